package school.lectern.auth.jdbc;

import java.util.concurrent.TimeUnit;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.time.Moment;

/**
 * What the database answered when it was asked for permits of a fixed window, and for how long that can be relied on.
 *
 * @param asked before the question was sent: so no time is missed between the answer's making and its coming
 * @param taken what was had, at the time of the answer by the database's clock; what remains is for whoever asks next
 */
record Refill(RateLimit limit, Moment asked, TakeResult taken) {

    /** The database's clock and this machine's may run at rates that differ by a thousandth. */
    private static final int DRIFT = 1_000;

    /** Both tell whole milliseconds, so what they say may be up to one old. */
    private static final long ROUNDING_MILLIS = 2;

    /**
     * Whether the window still lasts for certain. Time is measured by the clock that says more: one stands still while the
     * machine sleeps, the other may have been set. One that was set back has nothing to say: only the database knows then.
     */
    boolean lasts(Moment now) {
        long rest = rest();
        return wallElapsed(now) >= 0 && !hasPassed(rest - ROUNDING_MILLIS - rest / DRIFT, now);
    }

    /** Whether the window is over, as far as this machine can tell. */
    boolean isOver(Moment now) {
        return hasPassed(rest(), now);
    }

    /** What was left of the window when the database answered. */
    private long rest() {
        return resetMillis() - taken.status().atMillis();
    }

    private boolean hasPassed(long millis, Moment now) {
        return now.nanos() - asked.nanos() >= TimeUnit.MILLISECONDS.toNanos(millis) || wallElapsed(now) >= millis;
    }

    private long wallElapsed(Moment now) {
        return now.millis() - asked.millis();
    }

    /** When the window ends, by the database's clock. */
    long resetMillis() {
        return taken.status().resetMillis();
    }

    /** Whether there were no permits for anybody else. */
    boolean tookTheLast() {
        return taken.status().remaining() == 0;
    }

    /** What the limit says while the window lasts, if of the permits that were had so many are left. */
    LimitStatus status(boolean admitted, long left, Moment now) {
        LimitStatus told = taken.status();
        long at = told.atMillis() + wallElapsed(now);
        long remaining = told.remaining() + left;
        long wait = remaining > 0 ? 0 : told.resetMillis() - at;
        return LimitStatus.of(admitted, told.limit(), remaining, told.resetMillis(), wait, told.windowMillis(), at);
    }
}
