package school.lectern.auth.jdbc;

import java.util.concurrent.TimeUnit;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.time.Moment;

/**
 * The database's answer to a request for permits of a fixed window, and how long this process can rely on it.
 *
 * @param limit the limit
 * @param asked the moment before the request was sent, so that elapsed time includes the time between the creation of the
 *     answer and its arrival
 * @param taken the result, at the time of the answer by the database's clock; the permits that remain are for the next caller
 *     in any process
 */
record Refill(RateLimit limit, Moment asked, TakeResult taken) {

    /** The rates of the database's clock and of this machine's clocks may differ by one part in this number. */
    private static final int DRIFT = 1_000;

    /** Both clocks count whole milliseconds, so the reading of each may be up to one millisecond old. */
    private static final long ROUNDING_MILLIS = 2;

    /**
     * {@return whether the window is certain to last at the given moment} Elapsed time is measured by the clock that shows
     * more: the monotonic clock stops while the machine sleeps, and the wall clock may have been set. If the wall clock was
     * set back to before the request, this method returns false, and only the database can decide.
     *
     * @param now the current moment
     */
    boolean lasts(Moment now) {
        long rest = rest();
        return wallElapsed(now) >= 0 && !hasPassed(rest - ROUNDING_MILLIS - rest / DRIFT, now);
    }

    /** {@return whether the window has ended at the given moment, as far as this machine can determine} */
    boolean isOver(Moment now) {
        return hasPassed(rest(), now);
    }

    /** {@return the time that was left of the window when the database answered, in milliseconds} */
    private long rest() {
        return resetMillis() - taken.status().atMillis();
    }

    private boolean hasPassed(long millis, Moment now) {
        return now.nanos() - asked.nanos() >= TimeUnit.MILLISECONDS.toNanos(millis) || wallElapsed(now) >= millis;
    }

    private long wallElapsed(Moment now) {
        return now.millis() - asked.millis();
    }

    /** {@return the end of the window by the database's clock, in milliseconds since the epoch} */
    long resetMillis() {
        return taken.status().resetMillis();
    }

    /** {@return whether the database had no permit left after this request} */
    boolean tookTheLast() {
        return taken.status().remaining() == 0;
    }

    /**
     * {@return the status of the limit while the window lasts}
     *
     * @param admitted whether a permit was granted to the caller
     * @param left the number of unused permits among the permits that the request took
     * @param now the current moment
     */
    LimitStatus status(boolean admitted, long left, Moment now) {
        LimitStatus told = taken.status();
        long at = told.atMillis() + wallElapsed(now);
        long remaining = told.remaining() + left;
        long wait = remaining > 0 ? 0 : told.resetMillis() - at;
        return LimitStatus.of(admitted, told.limit(), remaining, told.resetMillis(), wait, told.windowMillis(), at);
    }
}
