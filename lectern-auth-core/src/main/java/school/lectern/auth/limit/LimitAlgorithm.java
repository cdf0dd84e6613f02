package school.lectern.auth.limit;

/**
 * How a limit counts: pure functions of the limit, the cells of a counter, and times in milliseconds since the epoch. Every
 * state of the cells has a time, and no function leads from a state to one with an earlier time, except {@link #carriedTo}.
 */
sealed interface LimitAlgorithm permits FixedWindow, SlidingWindow, Gcra {

    /** The latest time that a counter may be at; a stored number beyond it is refused, so that no sum overflows. */
    long MAX_TIME = 1_000_000_000_000_000L;

    /** Whether these are numbers that this measure can have written. */
    boolean isValid(RateLimit limit, long[] cells);

    /** The time that the cells are at. */
    long time(RateLimit limit, long[] cells);

    /** The cells of a counter that has counted nothing. */
    long[] startedAt(RateLimit limit, long now);

    /** The cells at a time that is not before their own. */
    long[] movedTo(RateLimit limit, long[] cells, long now);

    /** The cells with everything that they have counted, at a time before their own. */
    long[] carriedTo(RateLimit limit, long[] cells, long now);

    /** Cells that have counted at least as much as either; both are at the same time. */
    long[] larger(RateLimit limit, long[] one, long[] other);

    /** The number of permits that are left. */
    long available(RateLimit limit, long[] cells);

    /** The cells with more permits counted, at most those that are {@link #available}. */
    long[] plus(RateLimit limit, long[] cells, long permits);

    /**
     * The cells without permits that were counted in the same counter when its cells were at that time. Where the permits no
     * longer count, the cells are returned unchanged.
     */
    long[] minus(RateLimit limit, long[] cells, long permits, long countedAt);

    LimitStatus status(RateLimit limit, long[] cells, long now, boolean admitted);

    /** The time from which on the cells give the same answers as those of a counter that has counted nothing. */
    long idleFrom(RateLimit limit, long[] cells);

    static boolean isTime(long millis) {
        return millis >= -MAX_TIME && millis <= MAX_TIME;
    }

    /** The quotient rounded up: what a client is told is never early. */
    static long ceilDiv(long dividend, long divisor) {
        return -Math.floorDiv(-dividend, divisor);
    }
}
