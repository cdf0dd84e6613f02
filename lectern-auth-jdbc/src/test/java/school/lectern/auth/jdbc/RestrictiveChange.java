package school.lectern.auth.jdbc;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.Actor;
import school.lectern.auth.Outcome;
import school.lectern.auth.TokenIssuer;
import school.lectern.auth.TokenSettings;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.TokenGroup;
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
    boolean ends(Question question, SharedToken changed, SharedToken asked) {
        boolean sameToken = changed.id().equals(asked.id());
        return switch (this) {
            case REVOKE, EXPIRE -> sameToken;
            case REGENERATE -> changed.secret().equals(asked.secret());
            case DROP_SCOPE -> sameToken && question == Question.MAY_WRITE;
            case NARROW_ADDRESSES -> sameToken && question == Question.MAY_READ_FROM_AFAR;
            case REVOKE_TENANT, SUSPEND_TENANT -> changed.tenantId().equals(asked.tenantId());
            case REVOKE_CREATOR -> changed.creator().equals(asked.creator());
        };
    }

    Outcome<?> make(TokenIssuer issuer, TokenStore tokens, SharedToken token) {
        Actor actor = Actor.application();
        return switch (this) {
            case REVOKE -> issuer.revoke(token.tenantId(), token.id(), actor);
            // By its creator: a token belongs to the user who was shown its secret last.
            case REGENERATE ->
                issuer.regenerate(token.tenantId(), token.id(), Actor.user(token.creator(), Grant.everything()));
            case DROP_SCOPE -> update(issuer, token, new TokenSettings().scopes(ScopeSet.parse("read:learners")));
            case NARROW_ADDRESSES ->
                update(
                        issuer,
                        token,
                        new TokenSettings().allowlist(IpAllowlist.of(List.of(IpRange.parse("10.0.0.0/8")))));
            case REVOKE_TENANT -> issuer.revokeAll(new TokenGroup.OfTenant(token.tenantId()), actor);
            case REVOKE_CREATOR -> issuer.revokeAll(new TokenGroup.OfUser(token.creator()), actor);
            case SUSPEND_TENANT -> issuer.suspend(token.tenantId(), actor);
            case EXPIRE -> expire(issuer, tokens, token);
        };
    }

    private static Outcome<?> update(TokenIssuer issuer, SharedToken token, TokenSettings settings) {
        return issuer.update(token.tenantId(), token.id(), settings, Actor.application());
    }

    /** Past the issuer, which takes no end that has passed, and then confirmed as one does after a batch. */
    private static Outcome<?> expire(TokenIssuer issuer, TokenStore tokens, SharedToken token) {
        WriteResult outcome = WriteResult.STALE;
        while (outcome == WriteResult.STALE) {
            StoredToken stored = tokens.get(token.tenantId(), token.id()).orElseThrow();
            outcome = stored.isRevoked() || stored.isExpired(LONG_AGO)
                    ? WriteResult.DONE
                    : tokens.update(stored.toBuilder().expiresAt(LONG_AGO).build(), NameConstraint.free(), List.of());
        }
        Optional<String> pending = issuer.awaitPropagation();
        return pending.isPresent() ? new Outcome.Pending<>(token, pending.get()) : new Outcome.Done<>(token);
    }
}
