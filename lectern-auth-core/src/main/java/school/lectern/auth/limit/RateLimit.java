package school.lectern.auth.limit;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A limit on the number of requests in a window of time, and the algorithm that counts them. Immutable; all its arithmetic is
 * pure.
 *
 * <p>There are three algorithms, each with an exact bound:
 *
 * <ul>
 *   <li>{@link #fixed}: at most {@code permits} requests in each window. Windows are aligned to the epoch: a one-minute
 *       window is a minute of UTC. Around a boundary, up to twice as many requests may be admitted in less than the length
 *       of a window.
 *   <li>{@link #sliding}: at most {@code permits} requests in <em>any</em> stretch of time as long as the window. The counter
 *       has ten slots for a window and one more. So a permit becomes available up to a tenth of a window later than it could,
 *       never earlier. A window that is not a multiple of 10 ms is rounded up to the next multiple.
 *   <li>{@link #gcra}: the generic cell rate algorithm. It admits a burst of {@code permits} requests; the permits become
 *       available again one by one, evenly spread over the window. In any stretch of time t, it admits at most
 *       {@code permits + t × permits / window} requests.
 * </ul>
 *
 * <p><b>The time of a counter does not decrease.</b> The state of a counter has a time: the newest time that it was used
 * with. If a call has an earlier time, it counts at the counter's time, as long as it is earlier by at most a window, or by
 * at most the store's tolerance if that is longer. Such times come from callers that read the clock and then had to wait. So
 * a late caller never makes a full window look like a new one.
 *
 * <p>If a time is earlier by more than that, the clock was set back. Everything that was counted is carried over to the
 * earlier time. So setting the clock back frees no permit, and locks a key out for at most one more window. The newest state
 * is retained until the clock has advanced by a window. If the clock returns to the newest time before that, it finds at
 * least as much counted there as before.
 *
 * <p>Why no permit is granted twice: let the state at time t have no permit left, and let a call follow with another time s.
 *
 * <ol>
 *   <li>If s is later than t, only the permits are available that the algorithm frees between t and s.
 *   <li>If s is earlier than t by no more than the tolerance, the call counts at t. No permit is available.
 *   <li>If s is earlier than t by more, the state is copied to s with everything that it has counted. No permit is available
 *       at s, and the state at t is retained beside the copy.
 *   <li>A later call at t, or after t, uses the larger of the retained state and the copy, each moved to the time of that call
 *       as in case 1. No permit is available that was not available in case 1.
 * </ol>
 *
 * <p>So a clock that alternates between two times admits at each of them only as many requests as without the other time. One
 * window after the clock was set back, the newest state is dropped, and from then on the earlier time is accepted as correct.
 * Only a clock that is set back repeatedly, and that advances by a window each time, grants the permits of each window that it
 * shows.
 *
 * <p>Every call to take permits returns a new state, even if the call is refused. The store must save that state; otherwise
 * it cannot be detected that the clock was set back.
 *
 * <p><b>One counter for each shape.</b> A counter belongs to a key and to the {@linkplain #shape shape} of its limit: the
 * algorithm and the window, but not the number of permits. Limits of the same shape share a counter, even if their numbers of
 * permits differ. Together they admit at most the largest of those numbers. Limits of different shapes have separate
 * counters. While nodes have different configurations, a key gets at most the sum over the shapes.
 *
 * <p>If the counter cannot be read, a request is refused with a server error. {@link #failOpen} changes that for one limit.
 */
public final class RateLimit {

    /** The largest number of permits that a limit may have. */
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
     * {@return a limit on the number of requests in each window} Windows are aligned to the epoch.
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @param window whole milliseconds, from 1 ms to 366 days
     * @throws IllegalArgumentException if either is out of its range
     */
    public static RateLimit fixed(long permits, Duration window) {
        return checked(permits, window, FixedWindow.MEASURE);
    }

    /**
     * {@return a limit on the number of requests in each minute of UTC} See {@link #fixed}.
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @throws IllegalArgumentException if the number is out of its range
     */
    public static RateLimit perMinute(long permits) {
        return fixed(permits, Duration.ofMinutes(1));
    }

    /**
     * {@return a limit on the number of requests in any stretch of time as long as the window}
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @param window whole milliseconds, from 10 ms to 366 days
     * @throws IllegalArgumentException if either is out of its range
     */
    public static RateLimit sliding(long permits, Duration window) {
        if (window.compareTo(Duration.ofMillis(SlidingWindow.SLOTS)) < 0) {
            throw new IllegalArgumentException("window of a sliding limit must be at least 10 ms, was " + window);
        }
        return checked(permits, window, SlidingWindow.MEASURE);
    }

    /**
     * {@return a limit that admits a burst of requests, whose permits become available again evenly over the window}
     *
     * @param permits from 1 to {@link #MAX_PERMITS}
     * @param window whole milliseconds, from 1 ms to 366 days
     * @throws IllegalArgumentException if either is out of its range, or if their product in milliseconds does not fit 64
     *     bits
     */
    public static RateLimit gcra(long permits, Duration window) {
        return checked(permits, window, Gcra.MEASURE);
    }

    private static RateLimit checked(long permits, Duration window, LimitAlgorithm measure) {
        if (permits < 1 || permits > MAX_PERMITS) {
            throw new IllegalArgumentException("permits must be from 1 to " + MAX_PERMITS + ", was " + permits);
        }
        if (window.isNegative() || window.isZero() || window.compareTo(MAX_WINDOW) > 0) {
            throw new IllegalArgumentException("window must be from 1 ms to 366 days, was " + window);
        }
        if (window.toNanosPart() % 1_000_000 != 0) {
            throw new IllegalArgumentException("window must be a whole number of milliseconds, was " + window);
        }
        if (measure == Gcra.MEASURE && window.toMillis() > Long.MAX_VALUE / permits) {
            throw new IllegalArgumentException(
                    "permits × window in milliseconds must fit 64 bits, was " + permits + " × " + window.toMillis());
        }
        return new RateLimit(permits, window.toMillis(), measure, false);
    }

    /** {@return this limit, changed to admit requests while its counter cannot be read} */
    public RateLimit failOpen() {
        return new RateLimit(permits, windowMillis, measure, true);
    }

    /**
     * {@return this limit with another number of permits, for one token}
     *
     * @param other from 1 to {@link #MAX_PERMITS}
     * @throws IllegalArgumentException if the number is out of its range
     */
    public RateLimit withPermits(long other) {
        RateLimit changed = checked(other, window(), measure);
        return admitsOnOutage ? changed.failOpen() : changed;
    }

    /** {@return the number of permits} */
    public long permits() {
        return permits;
    }

    /** {@return the length of the window} */
    public Duration window() {
        return Duration.ofMillis(windowMillis);
    }

    /**
     * {@return whether the limit counts in {@link #fixed} windows} All permits of such a window are equivalent until the
     * window ends, so a store can take some of them before they are needed.
     */
    public boolean isFixed() {
        return measure == FixedWindow.MEASURE;
    }

    /** {@return whether requests are admitted while the counter cannot be read} Default: false. */
    public boolean failsOpen() {
        return admitsOnOutage;
    }

    /**
     * {@return the algorithm and the window in milliseconds, such as {@code fixed/60000}} It identifies a counter together
     * with the key. It has at most 64 characters of {@code a-z}, {@code 0-9} and {@code /}.
     */
    public String shape() {
        return shape;
    }

    /**
     * Takes one permit, if there is one.
     *
     * @param count the state before this call, or null if the counter is new
     * @param nowMillis the time, in milliseconds since the epoch
     * @return the state after this call, and the limit's status
     * @throws IllegalArgumentException if the state does not belong to a limit of this shape
     */
    public TakeResult take(@Nullable LimitState count, long nowMillis) {
        return take(count, 1, nowMillis, Duration.ZERO);
    }

    /**
     * Takes up to {@code most} permits: as many as {@code most} calls for one permit at the same time would take.
     *
     * @param count the state before this call, or null if the counter is new
     * @param most the maximum number of permits to take, at least 1
     * @param nowMillis the time, in milliseconds since the epoch
     * @param tolerance by how much the time may be earlier than the state's time without meaning that the clock was set back;
     *     at least a window is always tolerated
     * @return the state after this call, the number of permits that were taken, and the limit's status
     * @throws IllegalArgumentException if {@code most} is less than 1, or if the state does not belong to a limit of this
     *     shape
     */
    public TakeResult take(@Nullable LimitState count, long most, long nowMillis, Duration tolerance) {
        if (most < 1) {
            throw new IllegalArgumentException("most must be at least 1, was " + most);
        }
        LimitState at = at(count, nowMillis, tolerance);
        long taken = Math.min(most, measure.available(this, at.current()));
        LimitState after = taken == 0 ? at : at.with(measure.plus(this, at.current(), taken));
        return new TakeResult(after, taken, status(after, nowMillis, taken > 0));
    }

    /**
     * {@return the state after some permits were put back that were taken and not used; null if there is no counter}
     *
     * <p>The caller must put each permit back at most once, and must not use it after that. The state is returned unchanged
     * if the permits were taken from another counter or from another incarnation of this one, or if they no longer count. The
     * number of permits that are put back is at most the number of these permits that still count, so the permits of other
     * calls stay counted.
     *
     * @param count the current state, or null if there is no counter
     * @param taken the result of taking the permits
     * @param permits the number of permits to put back
     * @throws IllegalArgumentException if the state does not belong to a limit of this shape
     */
    public @Nullable LimitState putBack(@Nullable LimitState count, TakeResult taken, long permits) {
        if (count == null || checked(count).incarnation() != taken.count().incarnation()) {
            return count;
        }
        long back = Math.min(permits, taken.permits());
        return count.with(measure.minus(this, count.current(), back, timeOf(taken.count())));
    }

    /**
     * {@return the limit's current status} No permit is taken. See {@link #peek(LimitState, long, Duration)}.
     *
     * @param count the current state, or null if the counter is new
     * @param nowMillis the time, in milliseconds since the epoch
     * @throws IllegalArgumentException if the state does not belong to a limit of this shape
     */
    public LimitStatus peek(@Nullable LimitState count, long nowMillis) {
        return peek(count, nowMillis, Duration.ZERO);
    }

    /**
     * {@return the limit's current status} No permit is taken.
     *
     * @param count the current state, or null if the counter is new
     * @param nowMillis the time, in milliseconds since the epoch
     * @param tolerance as in {@link #take(LimitState, long, long, Duration)}
     * @throws IllegalArgumentException if the state does not belong to a limit of this shape
     */
    public LimitStatus peek(@Nullable LimitState count, long nowMillis, Duration tolerance) {
        LimitState at = at(count, nowMillis, tolerance);
        return status(at, nowMillis, measure.available(this, at.current()) > 0);
    }

    /**
     * {@return the earliest time at which a counter can be removed, because from then on its state gives the same results as
     * a new counter; in milliseconds since the epoch}
     *
     * @param count the state of the counter
     * @throws IllegalArgumentException if the state does not belong to a limit of this shape
     */
    public long idleFrom(LimitState count) {
        return Math.max(measure.idleFrom(this, checked(count).newest()), measure.idleFrom(this, count.current()));
    }

    /** {@return the time at which the state counts permits, in milliseconds since the epoch} */
    long timeOf(LimitState count) {
        return measure.time(this, count.current());
    }

    /** {@return the state at a time; the comment of the class has the four cases} */
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

    /**
     * {@return the status of the limit} If the clock was set back and the next permit becomes available only after the newest
     * time, the status reports no earlier time for it than the retained state does.
     */
    private LimitStatus status(LimitState count, long now, boolean admitted) {
        LimitStatus status = measure.status(this, count.current(), now, admitted);
        long newest = measure.time(this, count.newest());
        if (!count.isSetBack() || status.remaining() > 0 || now + status.retryMillis() < newest) {
            return status;
        }
        long[] then = measure.larger(this, count.newest(), movedTo(count.current(), newest));
        return measure.available(this, then) > 0 ? status : measure.status(this, then, now, admitted);
    }

    /**
     * Requires a state of this shape. A state of another shape must not be treated as a new counter, because its permits
     * would be granted again.
     */
    private LimitState checked(LimitState count) {
        if (!count.isOf(measure) || !measure.isValid(this, count.newest()) || !measure.isValid(this, count.current())) {
            throw new IllegalArgumentException("count must be the state of a counter of the shape " + shape);
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
