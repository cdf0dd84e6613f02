package school.lectern.auth.limit;

import java.time.Duration;
import java.time.Instant;

/**
 * What a limit says of itself at one moment.
 *
 * @param admitted whether the request in question got its permit; where none was asked for, whether it would have
 * @param limit the permits of a window
 * @param remaining the permits that are left
 * @param resetMillis when all permits are back, in milliseconds since the epoch
 * @param retryMillis how long until the next permit, in milliseconds; 0 where one is left
 * @param windowMillis the length of a window, in milliseconds
 * @param atMillis the moment, by the clock that counts, in milliseconds since the epoch
 */
public record LimitStatus(
        boolean admitted,
        long limit,
        long remaining,
        long resetMillis,
        long retryMillis,
        long windowMillis,
        long atMillis) {

    /** When all permits are back, rounded up to a whole second so that it is never early. */
    public Instant resetAt() {
        return Instant.ofEpochSecond(LimitAlgorithm.ceilDiv(resetMillis, 1000));
    }

    /** How long to wait for the next permit, in whole seconds (RFC 9110, section 10.2.3): rounded up, at least 1. */
    public long retryAfterSeconds() {
        return Math.max(1, LimitAlgorithm.ceilDiv(retryMillis, 1000));
    }

    /** The length of a window, in whole seconds: rounded up. */
    public long windowSeconds() {
        return LimitAlgorithm.ceilDiv(windowMillis, 1000);
    }

    /**
     * For how long the permits that are left have to last, in whole seconds: until all are back or, where none is left, until
     * the next one is there. Rounded up, at least 1.
     */
    public long effectiveWindowSeconds() {
        return remaining > 0 ? Math.max(1, LimitAlgorithm.ceilDiv(resetMillis - atMillis, 1000)) : retryAfterSeconds();
    }

    /** How long to wait for the next permit. */
    public Duration retryAfter() {
        return Duration.ofMillis(retryMillis);
    }
}
