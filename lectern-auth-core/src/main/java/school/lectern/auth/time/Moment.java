package school.lectern.auth.time;

import java.time.Instant;

/**
 * A reading of the two clocks of a machine, made at the same time. Whatever belongs to one decision uses one moment.
 *
 * @param nanos the monotonic clock in nanoseconds, which is never set; only differences of two readings have a meaning
 * @param millis the wall clock in milliseconds since the epoch, which may be set at any time
 */
public record Moment(long nanos, long millis) {

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long MAX_MILLIS = Long.MAX_VALUE / NANOS_PER_MILLI;

    /** Returns whether this reading was made before the other reading, whatever the wall clocks show. */
    public boolean isBefore(Moment other) {
        return isBefore(other.nanos);
    }

    /**
     * Returns whether this reading was made before another one, whatever the wall clocks show.
     *
     * @param otherNanos the monotonic part of the other reading
     */
    public boolean isBefore(long otherNanos) {
        return nanos - otherNanos < 0;
    }

    /**
     * Returns the time from an earlier moment to this one in nanoseconds, by the clock that shows more time: a machine that is
     * frozen may stop the monotonic clock, and somebody may set the wall clock back.
     */
    public long since(Moment earlier) {
        long byWall = Math.min(MAX_MILLIS, Math.max(0, millis - earlier.millis)) * NANOS_PER_MILLI;
        return Math.max(nanos - earlier.nanos, byWall);
    }

    /** Returns the wall part of this moment. */
    public Instant instant() {
        return Instant.ofEpochMilli(millis);
    }
}
