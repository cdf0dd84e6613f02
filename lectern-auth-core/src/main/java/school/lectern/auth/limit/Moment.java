package school.lectern.auth.limit;

import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * A reading of two clocks of one machine.
 *
 * @param nanos the monotonic clock, which is never set; only differences of two readings mean something
 * @param millis the wall clock, in milliseconds since the epoch, which may be set at any time
 */
public record Moment(long nanos, long millis) {

    /** Reads both clocks. */
    public static Moment read(LongSupplier nanos, Clock clock) {
        return new Moment(nanos.getAsLong(), clock.millis());
    }

    /** Returns whether this reading was made before the other one, whatever the wall clocks show. */
    public boolean isBefore(Moment other) {
        return isBefore(other.nanos);
    }

    boolean isBefore(long otherNanos) {
        return nanos - otherNanos < 0;
    }
}
