package school.lectern.auth.cache;

import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * How much time has passed, by two clocks, of which the one that says more is believed: a machine that is frozen may stop the
 * one, and somebody may set the other back.
 */
final class ElapsedTime {

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long MOST_MILLIS = Long.MAX_VALUE / NANOS_PER_MILLI;

    private final LongSupplier nanos;
    private final Clock wall;

    /** @param nanos a clock that is never set, such as {@link System#nanoTime} */
    ElapsedTime(LongSupplier nanos, Clock wall) {
        this.nanos = nanos;
        this.wall = wall;
    }

    /** A moment, as both clocks say it. */
    record Moment(long nanos, long millis) {

        /** The time from an earlier moment to this one, in nanoseconds. */
        long since(Moment earlier) {
            long byWall = Math.min(MOST_MILLIS, Math.max(0, millis - earlier.millis)) * NANOS_PER_MILLI;
            return Math.max(nanos - earlier.nanos, byWall);
        }
    }

    Moment now() {
        return new Moment(nanos.getAsLong(), wall.millis());
    }
}
