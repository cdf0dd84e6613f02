package school.lectern.auth.time;

import java.time.Instant;

/**
 * A reading of the two clocks of a machine at the same time. All parts of one decision use the same moment.
 *
 * @param nanos the monotonic clock in nanoseconds, which is never set; only the difference of two readings has a meaning
 * @param millis the wall clock in milliseconds since the epoch, which can be set at any time
 */
public record Moment(long nanos, long millis) {

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long MAX_MILLIS = Long.MAX_VALUE / NANOS_PER_MILLI;

    /**
     * {@return whether this reading was made before another one, whatever the wall clocks show}
     *
     * @param other the other reading
     */
    public boolean isBefore(Moment other) {
        return isBefore(other.nanos);
    }

    /**
     * {@return whether this reading was made before another one, whatever the wall clocks show}
     *
     * @param otherNanos the monotonic part of the other reading
     */
    public boolean isBefore(long otherNanos) {
        return nanos - otherNanos < 0;
    }

    /**
     * {@return the time from an earlier moment to this one, in nanoseconds} The larger of the two clocks' results is used:
     * the monotonic clock may stop while a machine is frozen, and the wall clock may be set back.
     *
     * @param earlier the earlier moment
     */
    public long since(Moment earlier) {
        long byWall = Math.min(MAX_MILLIS, Math.max(0, millis - earlier.millis)) * NANOS_PER_MILLI;
        return Math.max(nanos - earlier.nanos, byWall);
    }

    /** {@return the wall part of this moment} */
    public Instant instant() {
        return Instant.ofEpochMilli(millis);
    }
}
