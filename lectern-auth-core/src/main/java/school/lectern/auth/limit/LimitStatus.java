package school.lectern.auth.limit;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/** The status of a rate limit at one moment. Immutable. */
public final class LimitStatus {

    private final boolean admitted;
    private final long limit;
    private final long remaining;
    private final long resetMillis;
    private final long retryMillis;
    private final long windowMillis;
    private final long atMillis;

    private LimitStatus(
            boolean admitted,
            long limit,
            long remaining,
            long resetMillis,
            long retryMillis,
            long windowMillis,
            long atMillis) {
        this.admitted = admitted;
        this.limit = limit;
        this.remaining = remaining;
        this.resetMillis = resetMillis;
        this.retryMillis = retryMillis;
        this.windowMillis = windowMillis;
        this.atMillis = atMillis;
    }

    /**
     * {@return a status} For stores that do not use the arithmetic of {@link RateLimit}.
     *
     * @param admitted whether the request got its permit; if it requested none, whether it would have got a permit
     * @param limit the number of permits per window, at least 1
     * @param remaining the number of permits that are left, from 0 to the limit
     * @param resetMillis the time at which all permits are available again, in milliseconds since the epoch
     * @param retryMillis the time until the next permit, in milliseconds; 0 if a permit is left
     * @param windowMillis the length of a window, in milliseconds
     * @param atMillis the time of this status, by the clock of the counter, in milliseconds since the epoch
     */
    public static LimitStatus of(
            boolean admitted,
            long limit,
            long remaining,
            long resetMillis,
            long retryMillis,
            long windowMillis,
            long atMillis) {
        return new LimitStatus(admitted, limit, remaining, resetMillis, retryMillis, windowMillis, atMillis);
    }

    /** {@return whether the request got its permit; if it requested none, whether it would have got a permit} */
    public boolean admitted() {
        return admitted;
    }

    /** {@return the number of permits per window} */
    public long limit() {
        return limit;
    }

    /** {@return the number of permits that are left, from 0 to the limit} */
    public long remaining() {
        return remaining;
    }

    /** {@return the time at which all permits are available again, in milliseconds since the epoch} */
    public long resetMillis() {
        return resetMillis;
    }

    /** {@return the time until the next permit, in milliseconds; 0 if a permit is left} */
    public long retryMillis() {
        return retryMillis;
    }

    /** {@return the length of a window, in milliseconds} */
    public long windowMillis() {
        return windowMillis;
    }

    /** {@return the time of this status, by the clock of the counter, in milliseconds since the epoch} */
    public long atMillis() {
        return atMillis;
    }

    /** {@return the time at which all permits are available again} Rounded up to a whole second, so that it is never early. */
    public Instant resetAt() {
        return Instant.ofEpochSecond(LimitAlgorithm.ceilDiv(resetMillis, 1000));
    }

    /** {@return how long to wait for the next permit, in whole seconds (RFC 9110, section 10.2.3): rounded up, at least 1} */
    public long retryAfterSeconds() {
        return Math.max(1, LimitAlgorithm.ceilDiv(retryMillis, 1000));
    }

    /** {@return the length of a window in whole seconds, rounded up} */
    public long windowSeconds() {
        return LimitAlgorithm.ceilDiv(windowMillis, 1000);
    }

    /**
     * {@return the period for which the remaining permits have to last, in whole seconds} It ends when all permits are
     * available again or, if no permit is left, when the next permit is available. Rounded up, at least 1.
     */
    public long effectiveWindowSeconds() {
        return remaining > 0 ? Math.max(1, LimitAlgorithm.ceilDiv(resetMillis - atMillis, 1000)) : retryAfterSeconds();
    }

    /** {@return how long to wait for the next permit; zero if a permit is left} */
    public Duration retryAfter() {
        return Duration.ofMillis(retryMillis);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LimitStatus that
                && admitted == that.admitted
                && limit == that.limit
                && remaining == that.remaining
                && resetMillis == that.resetMillis
                && retryMillis == that.retryMillis
                && windowMillis == that.windowMillis
                && atMillis == that.atMillis;
    }

    @Override
    public int hashCode() {
        return Objects.hash(admitted, limit, remaining, resetMillis, retryMillis, windowMillis, atMillis);
    }

    @Override
    public String toString() {
        return "LimitStatus[admitted=" + admitted + ", limit=" + limit + ", remaining=" + remaining + ", resetMillis="
                + resetMillis + ", retryMillis=" + retryMillis + ", windowMillis=" + windowMillis + ", atMillis="
                + atMillis + "]";
    }
}
