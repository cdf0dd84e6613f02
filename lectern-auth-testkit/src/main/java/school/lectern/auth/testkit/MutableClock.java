package school.lectern.auth.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * A clock that stands still until it is told otherwise, so that a test decides what time it is. Safe for use by many
 * threads: a time that was set is the time for every call that begins later.
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

    /** A clock in UTC that stands at that time. */
    public static MutableClock at(Instant start) {
        return new MutableClock(new Time(Objects.requireNonNull(start, "start")), ZoneOffset.UTC);
    }

    /** Sets the time, forward or back. */
    public void set(Instant instant) {
        time.set(Objects.requireNonNull(instant, "instant"));
    }

    /**
     * Moves the time on, or back if the duration is negative.
     *
     * @throws java.time.DateTimeException if the result is not a time that {@link Instant} can say; the time stays as it is
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

    /** The same clock, read in another zone: setting either sets both. */
    @Override
    public MutableClock withZone(ZoneId other) {
        return new MutableClock(time, Objects.requireNonNull(other, "other"));
    }

    @Override
    public String toString() {
        return "MutableClock[" + time.get() + "," + zone + "]";
    }

    /** The one time of all the zones that it is read in. */
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
