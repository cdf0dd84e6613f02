package school.lectern.auth.jdbc;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.Actor;
import school.lectern.auth.CrossTenantOperations;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.TenantOperations;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Changes that permanently restrict a token. A node that later allows what the change forbids has not seen the change. */
enum RestrictiveChange {
    REVOKE(Kind.REVOKED),
    REVOKE_TENANT(Kind.REVOKED),
    REVOKE_CREATOR(Kind.REVOKED),
    SUSPEND_TENANT(Kind.SUSPENDED),
    REGENERATE(Kind.UNKNOWN_TOKEN),
    DISABLE(Kind.DISABLED),
    START_LATER(Kind.NOT_YET_VALID),
    EXPIRE(Kind.EXPIRED),
    DROP_SCOPE(Kind.INSUFFICIENT_SCOPE),
    NARROW_ADDRESSES(Kind.ADDRESS_NOT_ALLOWED);

    /** Earlier than every clock of a test, so that it is in the past for every node. */
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    /** Later than every clock of a test. */
    private static final Instant FAR_AHEAD = Instant.parse("9000-01-01T00:00:00Z");

    /** The denial of a request after the change is visible. */
    final Kind denial;

    RestrictiveChange(Kind denial) {
        this.denial = denial;
    }

    boolean isOfGroup() {
        return this == REVOKE_TENANT || this == REVOKE_CREATOR || this == SUSPEND_TENANT;
    }

    /** Returns whether the change makes the node deny that request with that secret. */
    boolean ends(TokenProbe question, SharedToken changed, SharedToken asked) {
        boolean sameToken = changed.id().equals(asked.id());
        return switch (this) {
            case REVOKE, DISABLE, START_LATER, EXPIRE -> sameToken;
            case REGENERATE -> changed.secret().equals(asked.secret());
            case DROP_SCOPE -> sameToken && question == TokenProbe.MAY_WRITE;
            case NARROW_ADDRESSES -> sameToken && question == TokenProbe.MAY_READ_FROM_AFAR;
            case REVOKE_TENANT, SUSPEND_TENANT -> changed.tenantId().equals(asked.tenantId());
            case REVOKE_CREATOR -> changed.creator().equals(asked.creator());
        };
    }

    /**
     * The result of a change.
     *
     * @param isRefused whether the change was rejected
     * @param isPending whether the change was made, but not propagated
     * @param value the value of the outcome
     */
    record Made(
            boolean isRefused, boolean isPending, @Nullable Object value) {

        static Made of(Outcome<?> outcome) {
            boolean isPending = outcome.propagation().toCompletableFuture().isCompletedExceptionally();
            return outcome.<Made>fold(value -> new Made(false, isPending, value), error -> new Made(true, false, null));
        }
    }

    /**
     * Makes the change.
     *
     * @param confirmed whether to wait for propagation
     */
    Made make(LecternAuth auth, boolean confirmed, TokenStore tokens, SharedToken token) {
        TenantOperations tenant = auth.tenant(token.tenantId());
        CrossTenantOperations all = auth.acrossTenants();
        return make(
                confirmed ? tenant : tenant.withoutWaiting(), confirmed ? all : all.withoutWaiting(), tokens, token);
    }

    private Made make(TenantOperations tenant, CrossTenantOperations all, TokenStore tokens, SharedToken token) {
        return switch (this) {
            case REVOKE -> Made.of(tenant.tokens().revoke(token.id()));
            // Made by the token's creator: a token belongs to the user who last received its secret.
            case REGENERATE ->
                Made.of(tenant.tokens()
                        .actingAs(Actor.user(token.creator(), Grant.everything()))
                        .regenerate(token.id()));
            case DISABLE -> Made.of(tenant.tokens().disable(token.id()));
            case START_LATER -> Made.of(tenant.tokens().update(token.id(), new TokenUpdate().notBefore(FAR_AHEAD)));
            case DROP_SCOPE -> Made.of(tenant.tokens().update(token.id(), new TokenUpdate().scopes("read:learners")));
            case NARROW_ADDRESSES ->
                Made.of(tenant.tokens()
                        .update(
                                token.id(),
                                new TokenUpdate().allowlist(IpAllowlist.of(List.of(IpRange.parse("10.0.0.0/8"))))));
            case REVOKE_TENANT -> Made.of(tenant.tokens().revokeAll());
            case REVOKE_CREATOR -> Made.of(all.revokeAllOf(token.creator()));
            case SUSPEND_TENANT -> Made.of(tenant.suspend());
            case EXPIRE -> expire(all, tokens, token);
        };
    }

    /** Bypasses the issuer, which rejects a past expiry, and then waits for propagation as after a batch. */
    private static Made expire(CrossTenantOperations all, TokenStore tokens, SharedToken token) {
        WriteResult outcome = WriteResult.STALE;
        while (outcome == WriteResult.STALE) {
            StoredToken stored = tokens.get(token.tenantId(), token.id()).orElseThrow();
            outcome = stored.isRevoked() || stored.isExpired(LONG_AGO)
                    ? WriteResult.APPLIED
                    : tokens.update(stored.toBuilder().expiresAt(LONG_AGO).build(), TokenConstraints.none(), List.of());
        }
        return new Made(false, all.awaitPropagation().isPresent(), token);
    }
}
