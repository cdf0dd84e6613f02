package school.lectern.auth;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenState;

/**
 * The lifetimes of tokens that the configuration sets. The default lifetime is written into new rows. The maximum lifetime is
 * stored nowhere: it is applied at each use, so that a shorter one applies to existing tokens, and a longer one gives them back
 * what a shorter one took. The same is true of the idle timeout.
 *
 * @param standard the lifetime of a new token for which no expiry is set; null for no end
 * @param max the longest time from {@link StoredToken#lifetimeStartedAt} for which a token is accepted; null for no maximum
 * @param idle the time without a use after which a token is no longer accepted; null for any time
 */
record TokenLifetimes(
        @Nullable Duration standard,
        @Nullable Duration max,
        @Nullable Duration idle) {

    /**
     * Added to the idle timeout. The stored last use may be older than the real one by the minute within which only one use is
     * written, and by the time until the next write succeeds; and the clocks of processes differ. Each error is in the token's
     * favor.
     */
    private static final Duration IDLE_GRACE = Duration.ofMinutes(3);

    /**
     * {@return the time from which on a token is expired: the earlier of its stored end and the end by the maximum; null for no
     * end}
     */
    @Nullable
    Instant end(Instant startedAt, @Nullable Instant stored) {
        Instant last = last(startedAt);
        return stored == null || (last != null && last.isBefore(stored)) ? last : stored;
    }

    /** {@return the end by the maximum of a token whose lifetime started at that time; null if there is no maximum} */
    private @Nullable Instant last(Instant startedAt) {
        return max == null ? null : after(startedAt, max);
    }

    /**
     * {@return whether the token is expired at that time, in milliseconds since the epoch} Creates nothing without a maximum.
     */
    boolean isExpired(StoredToken token, long millis) {
        return max == null ? token.isExpired(millis) : isExpired(token, Instant.ofEpochMilli(millis));
    }

    boolean isExpired(StoredToken token, Instant now) {
        return isOver(end(token.lifetimeStartedAt(), token.effectiveExpiry()), now);
    }

    private static boolean isOver(@Nullable Instant end, Instant now) {
        return end != null && !now.isBefore(end);
    }

    /**
     * {@return whether the token was not used for longer than the idle timeout} It is not final: another process may have
     * recorded a later use since the row was read.
     */
    boolean isIdle(StoredToken token, long millis) {
        return idle != null && isIdle(token.lastActivity(), Instant.ofEpochMilli(millis));
    }

    boolean isIdle(StoredToken token, Instant now) {
        return isIdle(token.lastActivity(), now);
    }

    private boolean isIdle(Instant lastActivity, Instant now) {
        return idle != null && isOver(after(after(lastActivity, idle), IDLE_GRACE), now);
    }

    /** {@return the state of the token by its stored fields and by these lifetimes} */
    TokenState state(Token token, Instant now) {
        TokenState stored = token.state(now);
        if (stored != TokenState.ACTIVE) {
            return stored;
        }
        if (isOver(end(token.lifetimeStartedAt(), token.effectiveExpiry().orElse(null)), now)) {
            return TokenState.EXPIRED;
        }
        return isIdle(token.lastActivity(), now) ? TokenState.IDLE : TokenState.ACTIVE;
    }

    /** {@return the token with the default lifetime, unless its settings set its expiry or that it never expires} */
    StoredToken withDefault(StoredToken token, NewToken settings) {
        return standard == null || settings.sets("expires_at")
                ? token
                : token.toBuilder()
                        .expiresAt(after(token.createdAt(), standard))
                        .build();
    }

    /** {@return the error of an expiry that is set later than the maximum, which would promise more than the token gets} */
    Optional<FieldError> violation(StoredToken token) {
        Instant last = last(token.lifetimeStartedAt());
        return last == null || token.expiresAt() == null || !token.expiresAt().isAfter(last)
                ? Optional.empty()
                : Optional.of(new FieldError("expires_at", "must be at most " + max + " after the creation"));
    }

    /** {@return the end of a lifetime; the latest instant if it is beyond all of them} */
    static Instant after(Instant start, Duration lifetime) {
        try {
            return start.plus(lifetime);
        } catch (DateTimeException | ArithmeticException beyondTime) {
            return Instant.MAX;
        }
    }
}
