package school.lectern.auth.jdbc.connection;

import java.time.Duration;

/**
 * When something has to be over, however many waits it is made of.
 *
 * @param nanoTime by {@link System#nanoTime}
 */
public record Deadline(long nanoTime) {

    /** What has waited until the last moment still gets to ask. */
    static final Duration LEAST = Duration.ofMillis(10);

    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** How long may still be waited; a moment at least. */
    public Duration left() {
        Duration left = Duration.ofNanos(nanoTime - System.nanoTime());
        return left.compareTo(LEAST) < 0 ? LEAST : left;
    }

    public boolean isOver() {
        return System.nanoTime() - nanoTime >= 0;
    }
}
