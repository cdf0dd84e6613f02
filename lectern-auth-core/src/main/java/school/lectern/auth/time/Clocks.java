package school.lectern.auth.time;

import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * The two clocks of a process: the wall clock, which can be set, and the monotonic clock, which may stop while the machine is
 * frozen. A decision, the lease that it is based on, and the limits in memory use the same pair. Immutable, and safe for use
 * by many threads if the clocks are.
 */
public final class Clocks {

    private static final LongSupplier SYSTEM_NANOS = System::nanoTime;
    private static final Clocks SYSTEM = new Clocks(Clock.systemUTC(), SYSTEM_NANOS);

    private final Clock wall;
    private final LongSupplier nanos;

    private Clocks(Clock wall, LongSupplier nanos) {
        this.wall = Objects.requireNonNull(wall, "wall");
        this.nanos = Objects.requireNonNull(nanos, "nanos");
    }

    /** {@return the clocks of the system} */
    public static Clocks system() {
        return SYSTEM;
    }

    /**
     * {@return a pair of the given wall clock and the monotonic clock of the system}
     *
     * @param wall the wall clock
     */
    public static Clocks of(Clock wall) {
        return new Clocks(wall, SYSTEM_NANOS);
    }

    /**
     * {@return a pair of the given clocks}
     *
     * @param wall the wall clock
     * @param nanos a monotonic clock, in nanoseconds, such as {@link System#nanoTime}
     */
    public static Clocks of(Clock wall, LongSupplier nanos) {
        return new Clocks(wall, nanos);
    }

    /** {@return a reading of both clocks, of the monotonic clock first} */
    public Moment now() {
        return new Moment(nanos.getAsLong(), wall.millis());
    }

    /**
     * {@return a reading of the monotonic clock alone, in nanoseconds, to measure a duration} Only the difference of two
     * readings has a meaning.
     */
    public long nanos() {
        return nanos.getAsLong();
    }

    /** {@return whether the other object is a pair of the same clocks} */
    @Override
    public boolean equals(Object other) {
        return other instanceof Clocks clocks && clocks.wall.equals(wall) && clocks.nanos.equals(nanos);
    }

    @Override
    public int hashCode() {
        return Objects.hash(wall, nanos);
    }

    /** {@return the wall clock in whole milliseconds, so that a stored instant is read back unchanged} */
    public Clock wall() {
        return Clock.tick(wall, Duration.ofMillis(1));
    }
}
