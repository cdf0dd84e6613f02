package school.lectern.auth;

import java.time.Instant;
import java.util.Optional;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;

/**
 * What every operation on tokens needs.
 *
 * @param dialect the token system
 * @param tokens where tokens are stored
 * @param limits where creation permits are counted
 * @param hasher hashes new secrets
 * @param ids generates ids, and holds the randomness of secrets
 * @param clocks the wall clock in whole milliseconds: what is stored reads back the same
 * @param listener notified of what was done
 */
record IssuerParts(
        Dialect dialect,
        TokenStore tokens,
        LimitStore limits,
        TokenHasher hasher,
        IdGenerator ids,
        Clocks clocks,
        ListenerNotifier listener) {

    Instant now() {
        return clocks.now().instant();
    }

    ChangeEvents events() {
        return new ChangeEvents(dialect.format(), ids);
    }

    /** Returns the tenant's token with the id, or empty. Ids that no store can have are not sent to a database, which may fail on them. */
    Optional<StoredToken> find(String tenantId, String tokenId) {
        return canExist(tenantId, tokenId) ? tokens.get(tenantId, tokenId) : Optional.empty();
    }

    static boolean canExist(String tenantId, String tokenId) {
        return Identifier.isValid(tenantId) && Identifier.isValid(tokenId);
    }

    /** Runs a creation with a permit of the tenant, and returns its outcome. */
    <T> Outcome<T> creating(String tenantId, CreationPermit.Creation<T> creation) {
        return CreationPermit.run(this, tenantId, creation);
    }

    /** Returns the constraint on the name of a token that becomes active. */
    NameConstraint nameConstraint(Instant now) {
        return dialect.uniqueNames() ? NameConstraint.uniqueAt(now) : NameConstraint.free();
    }

    /** Returns the refusal of a change to a tenant that is gone, or empty. */
    Optional<AuthError> gone(String tenantId) {
        return tokens.isGone(tenantId) ? Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND)) : Optional.empty();
    }
}
