package school.lectern.auth.limit;

import org.jspecify.annotations.Nullable;

/** How a limit counts: pure functions of the limit, what was counted before, and the time in milliseconds. */
sealed interface Measure permits FixedWindow, SlidingWindow, Gcra {

    Taken take(RateLimit limit, @Nullable Count count, long most, long now);

    /** Permits that are void are not put back. */
    default Count putBack(RateLimit limit, Count count, long permits, long resetMillis) {
        return count;
    }

    LimitStatus peek(RateLimit limit, @Nullable Count count, long now);

    /** When the count gives the same answers as none. */
    long idleFrom(RateLimit limit, Count count);

    /** The quotient rounded up: what is told to a client is never early. */
    static long ceilDiv(long dividend, long divisor) {
        return -Math.floorDiv(-dividend, divisor);
    }
}
