package school.lectern.auth.jdbc;

import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.time.Moment;

/** The permits of one counter that this process has taken ahead, for one number of permits. For whoever holds the counter's lock. */
final class PermitBatch {

    private final Refill lease;
    private long left;

    PermitBatch(Refill lease) {
        this.lease = lease;
        this.left = lease.taken().permits();
    }

    boolean isFor(RateLimit limit) {
        return lease.limit().permits() == limit.permits();
    }

    /** Returns what the database answered, if the window still lasts for certain. */
    @Nullable
    Refill lasting(Moment now) {
        return lease.lasts(now) ? lease : null;
    }

    /** Whether it has nothing more to give, and nothing more to say. */
    boolean isOver(Moment now) {
        return lease.isOver(now);
    }

    /** Takes a permit if there is one here, and refuses if there is none anywhere; null if only the database knows. */
    @Nullable
    LimitStatus take(Moment now) {
        if (!lease.lasts(now) || (left == 0 && !lease.tookTheLast())) {
            return null;
        }
        boolean admitted = left > 0;
        left -= admitted ? 1 : 0;
        return lease.status(admitted, left, now);
    }

    /** Takes the first permit of what was just taken for the caller, if there is one; says it of the moment before that. */
    LimitStatus takeFirst(Moment asked) {
        boolean admitted = left > 0;
        left -= admitted ? 1 : 0;
        return lease.status(admitted, left, asked);
    }

    /** Returns what the limit says; null if only the database knows. */
    @Nullable
    LimitStatus peek(Moment now) {
        return lease.lasts(now) ? lease.status(left > 0 || !lease.tookTheLast(), left, now) : null;
    }

    /** Whether the database had any permit to give. */
    boolean hadAny() {
        return lease.taken().permits() > 0;
    }

    boolean hasUnused() {
        return left > 0;
    }

    /** What is left here; whoever puts it back must forget the batch first. */
    Unused unused() {
        return new Unused(lease.taken(), left);
    }

    Refill lease() {
        return lease;
    }
}
