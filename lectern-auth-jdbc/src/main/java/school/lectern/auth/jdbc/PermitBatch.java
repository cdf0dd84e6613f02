package school.lectern.auth.jdbc;

import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.time.Moment;

/**
 * The permits that this process took in advance from one counter, for limits with one number of permits ({@link
 * RateLimit#permits}). A thread must hold the counter's lock to use it.
 */
final class PermitBatch {

    private final Refill lease;
    private long left;

    PermitBatch(Refill lease) {
        this.lease = lease;
        this.left = lease.taken().permits();
    }

    /** {@return whether the batch was taken for a limit with the same number of permits as the given one} */
    boolean isFor(RateLimit limit) {
        return lease.limit().permits() == limit.permits();
    }

    /** {@return the result from the database if the window is certain to last at the given moment, or else null} */
    @Nullable
    Refill lasting(Moment now) {
        return lease.lasts(now) ? lease : null;
    }

    /** {@return whether the window has ended, as far as this machine can determine} The batch is of no more use then. */
    boolean isOver(Moment now) {
        return lease.isOver(now);
    }

    /**
     * Takes a permit if the batch has one. Denies it if the batch has none, and the database had none left either.
     *
     * @param now the current moment, read after the lock was acquired
     * @return the status of the limit, or null if only the database can decide
     */
    @Nullable
    LimitStatus take(Moment now) {
        if (!lease.lasts(now) || (left == 0 && !lease.tookTheLast())) {
            return null;
        }
        boolean admitted = left > 0;
        left -= admitted ? 1 : 0;
        return lease.status(admitted, left, now);
    }

    /**
     * Takes the first permit of a new batch for the caller that called the database, if the batch has one.
     *
     * @param asked the moment before the call to the database was sent
     * @return the status of the limit at that moment
     */
    LimitStatus takeFirst(Moment asked) {
        boolean admitted = left > 0;
        left -= admitted ? 1 : 0;
        return lease.status(admitted, left, asked);
    }

    /** {@return the status of the limit, or null if only the database can supply it} */
    @Nullable
    LimitStatus peek(Moment now) {
        return lease.lasts(now) ? lease.status(left > 0 || !lease.tookTheLast(), left, now) : null;
    }

    /** {@return whether the database granted at least one permit to this batch} */
    boolean hadAny() {
        return lease.taken().permits() > 0;
    }

    /** {@return whether the batch has an unused permit} */
    boolean hasUnused() {
        return left > 0;
    }

    /** {@return the unused permits, which stay in the batch} The batch must be removed before they are put back. */
    Unused unused() {
        return new Unused(lease.taken(), left);
    }

    /** {@return the result from the database that this batch comes from} */
    Refill lease() {
        return lease;
    }
}
