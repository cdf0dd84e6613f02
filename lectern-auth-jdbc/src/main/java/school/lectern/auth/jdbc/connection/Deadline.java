package school.lectern.auth.jdbc.connection;

import java.time.Duration;

/**
 * The time by which an operation must end, no matter how many separate waits it has.
 *
 * @param nanoTime the time by {@link System#nanoTime}
 */
public record Deadline(long nanoTime) {

    /** The minimum timeout of a call, so that an operation whose time is nearly over can still send its statement. */
    static final Duration LEAST = Duration.ofMillis(10);

    /**
     * {@return the deadline at the given time from now}
     *
     * @param time the time until the deadline
     */
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** {@return the time until the deadline, and at least 10 ms} */
    public Duration left() {
        Duration left = Duration.ofNanos(nanoTime - System.nanoTime());
        return left.compareTo(LEAST) < 0 ? LEAST : left;
    }

    /** {@return whether the deadline has passed} */
    public boolean isOver() {
        return System.nanoTime() - nanoTime >= 0;
    }
}
