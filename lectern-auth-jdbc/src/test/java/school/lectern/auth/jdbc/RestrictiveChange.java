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
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Changes after which a token may less, and never more again: whoever allows it later has not seen the change. */
enum RestrictiveChange {
    REVOKE(Kind.REVOKED),
    REVOKE_TENANT(Kind.REVOKED),
    REVOKE_CREATOR(Kind.REVOKED),
    SUSPEND_TENANT(Kind.SUSPENDED),
    REGENERATE(Kind.UNKNOWN_TOKEN),
    EXPIRE(Kind.EXPIRED),
    DROP_SCOPE(Kind.INSUFFICIENT_SCOPE),
    NARROW_ADDRESSES(Kind.ADDRESS_NOT_ALLOWED);

    /** Before any clock of a test: whatever a node takes for the present, that has passed. */
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    /** What a request is denied with once the change is seen. */
    final Kind denial;

    RestrictiveChange(Kind denial) {
        this.denial = denial;
    }

    boolean isOfGroup() {
        return this == REVOKE_TENANT || this == REVOKE_CREATOR || this == SUSPEND_TENANT;
    }

    /** Whether it makes a no of that question about that secret. */
    boolean ends(TokenProbe question, SharedToken changed, SharedToken asked) {
        boolean sameToken = changed.id().equals(asked.id());
        return switch (this) {
            case REVOKE, EXPIRE -> sameToken;
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
     * @param isRefused whether it was refused
     * @param isPending whether it was made, but not propagated
     * @param value the value of the outcome
     */
    record Made(
            boolean isRefused, boolean isPending, @Nullable Object value) {

        static Made of(Outcome<?> outcome) {
            boolean isPending = outcome.propagation().toCompletableFuture().isCompletedExceptionally();
            return outcome.<Made>fold(value -> new Made(false, isPending, value), error -> new Made(true, false, null));
        }
    }

    /** @param confirmed whether the change is waited for */
    Made make(LecternAuth auth, boolean confirmed, TokenStore tokens, SharedToken token) {
        TenantOperations tenant = auth.tenant(token.tenantId());
        CrossTenantOperations all = auth.acrossTenants();
        return make(
                confirmed ? tenant : tenant.withoutWaiting(), confirmed ? all : all.withoutWaiting(), tokens, token);
    }

    private Made make(TenantOperations tenant, CrossTenantOperations all, TokenStore tokens, SharedToken token) {
        return switch (this) {
            case REVOKE -> Made.of(tenant.tokens().revoke(token.id()));
            // By its creator: a token belongs to the user who was shown its secret last.
            case REGENERATE ->
                Made.of(tenant.tokens()
                        .actingAs(Actor.user(token.creator(), Grant.everything()))
                        .regenerate(token.id()));
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

    /** Past the issuer, which takes no end that has passed, and then confirmed as one does after a batch. */
    private static Made expire(CrossTenantOperations all, TokenStore tokens, SharedToken token) {
        WriteResult outcome = WriteResult.STALE;
        while (outcome == WriteResult.STALE) {
            StoredToken stored = tokens.get(token.tenantId(), token.id()).orElseThrow();
            outcome = stored.isRevoked() || stored.isExpired(LONG_AGO)
                    ? WriteResult.APPLIED
                    : tokens.update(stored.toBuilder().expiresAt(LONG_AGO).build(), NameConstraint.free(), List.of());
        }
        return new Made(false, all.awaitPropagation().isPresent(), token);
    }
}
