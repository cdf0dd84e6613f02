package school.lectern.auth.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * A clock whose time changes only when a test sets it. Safe for use by many threads: every call that begins after a change has
 * returned observes the new time.
 *
 * <pre>{@code
 * MutableClock clock = MutableClock.at(Instant.parse("2026-01-01T00:00:00Z"));
 * clock.advance(Duration.ofMinutes(5));
 * clock.instant();  // 2026-01-01T00:05:00Z
 * }</pre>
 */
public final class MutableClock extends Clock {

    private final Time time;
    private final ZoneId zone;

    private MutableClock(Time time, ZoneId zone) {
        this.time = time;
        this.zone = zone;
    }

    /**
     * {@return a new clock in UTC}
     *
     * @param start the clock's time until it is changed
     */
    public static MutableClock at(Instant start) {
        return new MutableClock(new Time(Objects.requireNonNull(start, "start")), ZoneOffset.UTC);
    }

    /**
     * Sets the time, forward or back.
     *
     * @param instant the new time
     */
    public void set(Instant instant) {
        time.set(Objects.requireNonNull(instant, "instant"));
    }

    /**
     * Moves the time forward, or back if the duration is negative.
     *
     * @param duration how far to move the time
     * @throws java.time.DateTimeException if the result exceeds the range of {@link Instant}; the time then stays the same
     * @throws ArithmeticException if the result overflows; the time then stays the same
     */
    public void advance(Duration duration) {
        time.advance(duration);
    }

    @Override
    public Instant instant() {
        return time.get();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** {@return the same clock in another zone: setting the time of one sets the time of both} */
    @Override
    public MutableClock withZone(ZoneId other) {
        return new MutableClock(time, Objects.requireNonNull(other, "other"));
    }

    @Override
    public String toString() {
        return "MutableClock[" + time.get() + "," + zone + "]";
    }

    /** The time that the clocks of all zones share. */
    private static final class Time {
        private Instant now;

        Time(Instant now) {
            this.now = now;
        }

        synchronized Instant get() {
            return now;
        }

        synchronized void set(Instant instant) {
            now = instant;
        }

        synchronized void advance(Duration duration) {
            now = now.plus(duration);
        }
    }
}
