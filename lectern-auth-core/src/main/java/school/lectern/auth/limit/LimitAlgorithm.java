package school.lectern.auth.limit;

/**
 * An algorithm that counts permits: pure functions of the limit, the cells of a counter (its numbers, which only the
 * algorithm interprets), and times in milliseconds since the epoch. The cells have a time, and no function except
 * {@link #carriedTo} returns cells with an earlier time.
 */
sealed interface LimitAlgorithm permits FixedWindow, SlidingWindow, Gcra {

    /** The latest time that a counter may have. Stored numbers beyond it are rejected, so that no sum overflows. */
    long MAX_TIME = 1_000_000_000_000_000L;

    /** {@return whether this algorithm can have written these cells} */
    boolean isValid(RateLimit limit, long[] cells);

    /** {@return the time of the cells} */
    long time(RateLimit limit, long[] cells);

    /** {@return the cells of a new counter, which has counted nothing} */
    long[] startedAt(RateLimit limit, long now);

    /** {@return the cells moved to a time that is not before their own} */
    long[] movedTo(RateLimit limit, long[] cells, long now);

    /** {@return the cells with everything that they have counted, at a time before their own} */
    long[] carriedTo(RateLimit limit, long[] cells, long now);

    /** {@return cells that have counted at least as much as each of the two, which must have the same time} */
    long[] larger(RateLimit limit, long[] one, long[] other);

    /** {@return the number of permits that are left} */
    long available(RateLimit limit, long[] cells);

    /**
     * {@return the cells after more permits were counted}
     *
     * @param permits at most the {@link #available} number
     */
    long[] plus(RateLimit limit, long[] cells, long permits);

    /**
     * {@return the cells after some permits were put back; unchanged if the permits no longer count}
     *
     * @param countedAt the time of the same counter's cells when the permits were counted
     */
    long[] minus(RateLimit limit, long[] cells, long permits, long countedAt);

    /**
     * {@return the status of the limit}
     *
     * @param now the current time, which may be before the time of the cells
     * @param admitted the value of {@link LimitStatus#admitted}
     */
    LimitStatus status(RateLimit limit, long[] cells, long now, boolean admitted);

    /** {@return the time from which on the cells give the same results as those of a new counter} */
    long idleFrom(RateLimit limit, long[] cells);

    /** {@return whether the value is within the allowed range of times} */
    static boolean isTime(long millis) {
        return millis >= -MAX_TIME && millis <= MAX_TIME;
    }

    /** {@return the quotient, rounded up, so that no time that is reported to a client is too early} */
    static long ceilDiv(long dividend, long divisor) {
        return -Math.floorDiv(-dividend, divisor);
    }
}
