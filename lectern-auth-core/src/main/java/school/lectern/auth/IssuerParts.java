package school.lectern.auth;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.log.LogText;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LiveTokenLimits;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;

/**
 * The configuration, stores and services that every operation on tokens uses.
 *
 * @param dialect the token system
 * @param tokens the store of tokens
 * @param limits the store that counts creation permits
 * @param hasher hashes new secrets
 * @param ids generates ids, and has the source of randomness for secrets
 * @param clocks the wall clock in whole milliseconds, so that a stored time is read back unchanged
 * @param listener notified of completed changes
 * @param metrics counts completed changes
 * @param lifetimes the default lifetime, the maximum lifetime and the idle timeout of tokens
 * @param liveTokens the maximum numbers of live tokens
 */
record IssuerParts(
        Dialect dialect,
        TokenStore tokens,
        LimitStore limits,
        TokenHasher hasher,
        IdGenerator ids,
        Clocks clocks,
        ListenerNotifier listener,
        AuthMetrics metrics,
        TokenLifetimes lifetimes,
        LiveTokenLimits liveTokens) {

    private static final int MAX_REASON = 500;

    Instant now() {
        return clocks.now().instant();
    }

    TokenRules rules() {
        return new TokenRules(dialect, lifetimes);
    }

    /**
     * {@return the reason as it is stored and recorded, or null if it is blank} It must never prevent a change, and must not
     * contain a token: tokens in it are redacted, characters that a database or a reader cannot show are escaped, and the text
     * is cut.
     */
    @Nullable
    String recordable(String reason) {
        String text = LogText.escape(dialect.formats().redacted(reason)).strip();
        int length = Math.min(MAX_REASON, text.codePointCount(0, text.length()));
        return text.isEmpty() ? null : text.substring(0, text.offsetByCodePoints(0, length));
    }

    ChangeEvents events() {
        return new ChangeEvents(dialect.formats(), ids);
    }

    /**
     * {@return the tenant's token with the id, or empty} An id that no store can contain is not sent to a database, which may
     * fail on it.
     */
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

    /** {@return the constraints on a new token} */
    TokenConstraints constraints(Instant now) {
        return new TokenConstraints(now, dialect.uniqueNames(), liveTokens);
    }

    /** {@return the outcome of an insert: the stored token, or the reason why nothing was stored} */
    static Outcome<StoredToken> outcome(InsertResult result) {
        return result.stored()
                .<Outcome<StoredToken>>map(Outcome.Done::new)
                .orElseGet(() -> new Outcome.Refused<>(
                        switch (result.kind()) {
                            case NAME_TAKEN -> AuthError.of(Kind.NAME_TAKEN);
                            case TENANT_GONE -> AuthError.of(Kind.TENANT_NOT_FOUND);
                            case TOO_MANY_TOKENS -> AuthError.of(Kind.TOO_MANY_TOKENS);
                            case REJECTED ->
                                AuthError.invalid("token", "has a value that the database does not accept");
                            default -> AuthError.of(Kind.CONFLICT);
                        }));
    }

    /** {@return the refusal of a change if the tenant is gone, otherwise empty} */
    Optional<AuthError> gone(String tenantId) {
        return tokens.isGone(tenantId) ? Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND)) : Optional.empty();
    }
}
