package school.lectern.auth.limit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many requests may be made in how long, and how that is measured. Immutable; its arithmetic is pure.
 *
 * <p>Three measures, each of which bounds exactly what it says:
 *
 * <ul>
 *   <li>{@link #fixed}: at most {@code permits} in each window, windows being aligned to the epoch (a one-minute window is
 *       a minute of UTC). Around a boundary, twice as many may come in less than a window's time.
 *   <li>{@link #sliding}: at most {@code permits} in <em>any</em> stretch of time as long as the window. Kept in ten slots
 *       a window and one more, so a permit comes back up to a tenth of a window later than it could, never earlier. A window
 *       that is not a multiple of 10 ms is measured as the next longer one that is.
 *   <li>{@link #gcra}: the generic cell rate algorithm: a burst of {@code permits}, which come back one by one, evenly
 *       spread over the window. In any stretch of time t, at most {@code permits + t × permits / window}.
 * </ul>
 *
 * <p>A clock that is set back gives no permits while it stays there. By less than a window, it is waited out; by more, the
 * count is carried over into the present window, so that nobody is locked out until the old time comes round again. What a
 * limit decided is to be kept also where it refused: it is how a set-back clock is noticed.
 *
 * <p>Where the count cannot be read, a request is refused as a server error. {@link #admittingOnOutage} chooses otherwise
 * for this one limit.
 */
public final class RateLimit {

    /** The largest number of permits a limit takes. */
    public static final long MAX_PERMITS = 1_000_000_000;

    private static final Duration MAX_WINDOW = Duration.ofDays(366);

    private final long permits;
    private final long windowMillis;
    private final Measure measure;
    private final boolean admitsOnOutage;

    private RateLimit(long permits, long windowMillis, Measure measure, boolean admitsOnOutage) {
        this.permits = permits;
        this.windowMillis = windowMillis;
        this.measure = measure;
        this.admitsOnOutage = admitsOnOutage;
    }

    /**
     * At most this many in each window, windows being aligned to the epoch.
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @param window whole milliseconds, from 1 ms to 366 days
     * @throws IllegalArgumentException if either is out of its range
     */
    public static RateLimit fixed(long permits, Duration window) {
        return checked(permits, window, FixedWindow.MEASURE);
    }

    /** At most this many in each minute of UTC. See {@link #fixed}. */
    public static RateLimit perMinute(long permits) {
        return fixed(permits, Duration.ofMinutes(1));
    }

    /**
     * At most this many in any stretch of time as long as the window.
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @param window whole milliseconds, from 10 ms to 366 days
     * @throws IllegalArgumentException if either is out of its range
     */
    public static RateLimit sliding(long permits, Duration window) {
        if (window.compareTo(Duration.ofMillis(SlidingWindow.SLOTS)) < 0) {
            throw new IllegalArgumentException("window: a sliding window is at least 10 ms long, not " + window);
        }
        return checked(permits, window, SlidingWindow.MEASURE);
    }

    /**
     * A burst of this many, which come back evenly over the window.
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @param window whole milliseconds, from 1 ms to 366 days
     * @throws IllegalArgumentException if either is out of its range
     */
    public static RateLimit gcra(long permits, Duration window) {
        return checked(permits, window, Gcra.MEASURE);
    }

    private static RateLimit checked(long permits, Duration window, Measure measure) {
        if (permits < 1 || permits > MAX_PERMITS) {
            throw new IllegalArgumentException("permits: from 1 to " + MAX_PERMITS + ", not " + permits);
        }
        if (window.isNegative() || window.isZero() || window.compareTo(MAX_WINDOW) > 0) {
            throw new IllegalArgumentException("window: from 1 ms to 366 days, not " + window);
        }
        if (window.toNanosPart() % 1_000_000 != 0) {
            throw new IllegalArgumentException("window: whole milliseconds, not " + window);
        }
        if (measure == Gcra.MEASURE && window.toMillis() > Long.MAX_VALUE / permits) {
            throw new IllegalArgumentException("permits × window in milliseconds: does not fit 64 bits");
        }
        return new RateLimit(permits, window.toMillis(), measure, false);
    }

    /** This limit, which lets requests pass while its count cannot be read. */
    public RateLimit admittingOnOutage() {
        return new RateLimit(permits, windowMillis, measure, true);
    }

    /** This limit with another number of permits, for one token. */
    public RateLimit withPermits(long other) {
        RateLimit changed = checked(other, window(), measure);
        return admitsOnOutage ? changed.admittingOnOutage() : changed;
    }

    /** The number of permits. */
    public long permits() {
        return permits;
    }

    /** The length of the window. */
    public Duration window() {
        return Duration.ofMillis(windowMillis);
    }

    /**
     * Whether it is measured in {@link #fixed} windows. The permits of such a window are all as good until it ends, so a store
     * can take some ahead of their use.
     */
    public boolean isFixed() {
        return measure == FixedWindow.MEASURE;
    }

    /** Whether requests pass while the count cannot be read. False unless asked for. */
    public boolean admitsOnOutage() {
        return admitsOnOutage;
    }

    /**
     * Asks for one permit.
     *
     * @param count what was counted so far, or null at the first time
     * @param nowMillis milliseconds since the epoch
     * @return the count after this request, and what the limit says of it
     */
    public Taken take(@Nullable Count count, long nowMillis) {
        return take(count, 1, nowMillis);
    }

    /**
     * Asks for several permits, and takes as many of them as there are: what asking for one as often at the same time would.
     *
     * @param count what was counted so far, or null at the first time
     * @param most at least 1
     * @param nowMillis milliseconds since the epoch
     * @return the count after this request, how many permits it took, and what the limit says of it
     * @throws IllegalArgumentException if {@code most} is less than 1
     */
    public Taken take(@Nullable Count count, long most, long nowMillis) {
        if (most < 1) {
            throw new IllegalArgumentException("most: at least 1, not " + most);
        }
        return measure.take(this, own(count), most, nowMillis);
    }

    /**
     * The count without permits that were taken ahead of their use, and not used. They are void, and the count stays as it is,
     * unless it still counts the window that they are of; so does the count of a limit that is not {@link #isFixed fixed}.
     *
     * @param count what was counted so far, or null where nothing was
     * @param permits how many
     * @param resetMillis what {@link LimitStatus#resetMillis} was when they were taken
     */
    public @Nullable Count putBack(@Nullable Count count, long permits, long resetMillis) {
        Count own = own(count);
        return own == null ? count : measure.putBack(this, own, permits, resetMillis);
    }

    /** What the limit says now, without a permit being taken. */
    public LimitStatus peek(@Nullable Count count, long nowMillis) {
        return measure.peek(this, own(count), nowMillis);
    }

    /**
     * When a count says nothing any more, and can be dropped: the earliest time from which it gives the same answers as
     * no count at all.
     *
     * @return milliseconds since the epoch
     */
    public long idleFrom(Count count) {
        Count own = own(count);
        return own == null ? Long.MIN_VALUE : measure.idleFrom(this, own);
    }

    /** The count, if this limit's measure made it: a limit that is measured anew starts anew. */
    private @Nullable Count own(@Nullable Count count) {
        return count != null && count.isOf(measure) ? count : null;
    }

    long windowMillis() {
        return windowMillis;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RateLimit limit
                && permits == limit.permits
                && windowMillis == limit.windowMillis
                && measure == limit.measure
                && admitsOnOutage == limit.admitsOnOutage;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(permits * 31 + windowMillis) + measure.hashCode();
    }

    @Override
    public String toString() {
        return permits + " per " + window() + " (" + measure + ")";
    }
}
