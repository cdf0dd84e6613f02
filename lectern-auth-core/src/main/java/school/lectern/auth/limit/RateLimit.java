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
 * <p><b>Times never lead back.</b> A count has a time: the newest that was used with it. An earlier time counts at the count's
 * time as long as it is at most a window earlier, or a longer tolerance that the store names. Such times come from callers that read
 * the clock and then had to wait. So a late caller never makes a full window look like a new one.
 *
 * <p>A time that is earlier than that means that the clock was set back. What was counted is carried over to the earlier time, so that
 * the key gets no permit at that moment, and is locked out for one more window at most. The newest state is kept until the clock has
 * gone on for a window. If the clock returns to the newest time before, it finds there at least what it left.
 *
 * <p>Why no permit is granted twice: let a count at time t have no permit left, and let a take come with any other time s.
 *
 * <ol>
 *   <li>If s is later than t, only what the measure lets go between t and s is free again.
 *   <li>If s is earlier by no more than the tolerance, the take counts at t. Nothing is free.
 *   <li>If s is earlier by more, the count is copied to s with everything that it holds. Nothing is free at s, and the state at t is
 *       kept beside it.
 *   <li>A later take at t, or after it, uses the larger of the kept state and the copy, each moved to that time as in 1. Nothing is
 *       free that was not free in 1.
 * </ol>
 *
 * <p>So a clock that alternates between two times admits at each of them what it would admit without the other. A window after the clock
 * was set back, the newest state is dropped: from then on the earlier time is the right one. Only a clock that is set back again and
 * again, and runs for a window in between, gets the permits of each window that it shows.
 *
 * <p>Every decision leads to a new count, also a refusal. A store has to keep it: it is how a clock that was set back is noticed.
 *
 * <p><b>One counter for each shape.</b> A counter belongs to a key and to the {@linkplain #shape shape} of its limit: the measure and the
 * window, not the number of permits. Limits of one shape share a counter, also if their numbers of permits differ. Together they
 * admit at most the largest number that was asked with. Limits of different shapes count apart. While nodes
 * have different configurations, a key gets at most the sum over the shapes.
 *
 * <p>Where the count cannot be read, a request is refused as a server error. {@link #failOpen} chooses otherwise
 * for this one limit.
 */
public final class RateLimit {

    /** The largest number of permits a limit takes. */
    public static final long MAX_PERMITS = 1_000_000_000;

    private static final Duration MAX_WINDOW = Duration.ofDays(366);

    private final long permits;
    private final long windowMillis;
    private final LimitAlgorithm measure;
    private final boolean admitsOnOutage;
    private final String shape;

    private RateLimit(long permits, long windowMillis, LimitAlgorithm measure, boolean admitsOnOutage) {
        this.permits = permits;
        this.windowMillis = windowMillis;
        this.measure = measure;
        this.admitsOnOutage = admitsOnOutage;
        this.shape = measure + "/" + windowMillis;
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

    private static RateLimit checked(long permits, Duration window, LimitAlgorithm measure) {
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
    public RateLimit failOpen() {
        return new RateLimit(permits, windowMillis, measure, true);
    }

    /** This limit with another number of permits, for one token. */
    public RateLimit withPermits(long other) {
        RateLimit changed = checked(other, window(), measure);
        return admitsOnOutage ? changed.failOpen() : changed;
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
    public boolean failsOpen() {
        return admitsOnOutage;
    }

    /**
     * Returns the measure and the window in milliseconds, such as {@code fixed/60000}: what a store counts by, beside the key. Has at most
     * 64 characters, of {@code a-z}, {@code 0-9} and {@code /}.
     */
    public String shape() {
        return shape;
    }

    /**
     * Asks for one permit.
     *
     * @param count what was counted before, or null if the counter is new
     * @param nowMillis milliseconds since the epoch
     * @return the count after this request, and what the limit says of it
     * @throws IllegalArgumentException if the count is not one of this limit's shape
     */
    public TakeResult take(@Nullable LimitState count, long nowMillis) {
        return take(count, 1, nowMillis, Duration.ZERO);
    }

    /**
     * Asks for several permits, and takes up to {@code most} of them: as many as asking for one {@code most} times at the same time would.
     *
     * @param count what was counted before, or null if the counter is new
     * @param most at least 1
     * @param nowMillis milliseconds since the epoch
     * @param tolerance how much earlier than the count's time a moment may be without meaning that the clock was set back; a window, if
     *     that is longer
     * @return the count after this request, how many permits it took, and what the limit says of it
     * @throws IllegalArgumentException if {@code most} is less than 1, or if the count is not one of this limit's shape
     */
    public TakeResult take(@Nullable LimitState count, long most, long nowMillis, Duration tolerance) {
        if (most < 1) {
            throw new IllegalArgumentException("most: at least 1, not " + most);
        }
        LimitState at = at(count, nowMillis, tolerance);
        long taken = Math.min(most, measure.available(this, at.current()));
        LimitState after = taken == 0 ? at : at.with(measure.plus(this, at.current(), taken));
        return new TakeResult(after, taken, status(after, nowMillis, taken > 0));
    }

    /**
     * Returns the count without some permits that were taken and not used.
     *
     * <p>The caller must put each permit back at most once, and must not use it any more. Permits of another counter, of another
     * incarnation of it, and permits that count no longer, are void: then the count is returned unchanged. No more is put back than
     * is still counted of these permits, so the permits of others stay counted.
     *
     * @param count what is counted now, or null if there is no counter
     * @param taken what taking the permits returned
     * @param permits how many of them to put back
     * @throws IllegalArgumentException if the count is not one of this limit's shape
     */
    public @Nullable LimitState putBack(@Nullable LimitState count, TakeResult taken, long permits) {
        if (count == null || checked(count).incarnation() != taken.count().incarnation()) {
            return count;
        }
        long back = Math.min(permits, taken.permits());
        return count.with(measure.minus(this, count.current(), back, timeOf(taken.count())));
    }

    /** Returns what the limit says now, without taking a permit. See {@link #peek(LimitState, long, Duration)}. */
    public LimitStatus peek(@Nullable LimitState count, long nowMillis) {
        return peek(count, nowMillis, Duration.ZERO);
    }

    /**
     * Returns what the limit says now, without taking a permit.
     *
     * @param count what was counted before, or null if the counter is new
     * @param nowMillis milliseconds since the epoch
     * @param tolerance as for {@link #take(LimitState, long, long, Duration)}
     * @throws IllegalArgumentException if the count is not one of this limit's shape
     */
    public LimitStatus peek(@Nullable LimitState count, long nowMillis, Duration tolerance) {
        LimitState at = at(count, nowMillis, tolerance);
        return status(at, nowMillis, measure.available(this, at.current()) > 0);
    }

    /**
     * Returns when a count can be dropped: the earliest time from which on it gives the same answers as no count at all.
     *
     * @return milliseconds since the epoch
     * @throws IllegalArgumentException if the count is not one of this limit's shape
     */
    public long idleFrom(LimitState count) {
        return Math.max(measure.idleFrom(this, checked(count).newest()), measure.idleFrom(this, count.current()));
    }

    /** The time at which the count's permits are counted, in milliseconds since the epoch. */
    long timeOf(LimitState count) {
        return measure.time(this, count.current());
    }

    /** The count at a moment; see the class for the four cases. */
    LimitState at(@Nullable LimitState count, long now, Duration tolerance) {
        if (count == null) {
            return LimitState.of(measure, measure.startedAt(this, now));
        }
        long[] newest = checked(count).newest();
        long[] current = count.current();
        if (count.isSetBack() && now >= measure.time(this, newest)) {
            return count.settled(measure.larger(this, movedTo(newest, now), movedTo(current, now)));
        }
        if (timeOf(count) - now > Math.max(windowMillis, tolerance.toMillis())) {
            return count.setBack(measure.carriedTo(this, current, now), now + windowMillis);
        }
        boolean believed = count.isSetBack() && now >= count.acceptedFrom();
        return believed ? count.settled(movedTo(current, now)) : count.with(movedTo(current, now));
    }

    private long[] movedTo(long[] cells, long now) {
        return measure.movedTo(this, cells, Math.max(now, measure.time(this, cells)));
    }

    /** Where the clock was set back, a permit that comes back after the newest time comes back no sooner than it would have there. */
    private LimitStatus status(LimitState count, long now, boolean admitted) {
        LimitStatus status = measure.status(this, count.current(), now, admitted);
        long newest = measure.time(this, count.newest());
        if (!count.isSetBack() || status.remaining() > 0 || now + status.retryMillis() < newest) {
            return status;
        }
        long[] then = measure.larger(this, count.newest(), movedTo(count.current(), newest));
        return measure.available(this, then) > 0 ? status : measure.status(this, then, now, admitted);
    }

    /** A count of another shape must not be taken for none: that would grant its permits again. */
    private LimitState checked(LimitState count) {
        if (!count.isOf(measure) || !measure.isValid(this, count.newest()) || !measure.isValid(this, count.current())) {
            throw new IllegalArgumentException("the count is not one of a limit of the shape " + shape);
        }
        return count;
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
