package school.lectern.auth.jdbc;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.jdbc.Lease.Moment;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;

/**
 * The permits of one key that this process has taken ahead of their use. For whoever holds its lock: also while they ask the
 * database, so that the others wait for that answer instead of asking, too.
 */
final class Slice {

    /** No more than this part of a window's permits is taken at once, or else a few processes would hold them all. */
    private static final int PART = 8;

    /** A process takes a single permit of a window at first, and then this many times as many as the time before. */
    private static final int GROWTH = 4;

    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Lease lease;
    private long left;
    private boolean dropped;
    private @Nullable Outage outage;

    private record Outage(Throwable why, long nanos) {}

    boolean tryLock() {
        return lock.tryLock();
    }

    boolean tryLock(Deadline end) throws InterruptedException {
        return lock.tryLock() || lock.tryLock(end.left().toNanos(), TimeUnit.NANOSECONDS);
    }

    void unlock() {
        lock.unlock();
    }

    /** Whether it was forgotten; there may be another one of its key by now. */
    boolean isDropped() {
        return dropped;
    }

    /** Is dropped unless its window lasts. */
    boolean dropIfOver(Moment now) {
        dropped = lease == null || lease.isOver(now);
        return dropped;
    }

    /** Takes a permit if there is one here, and refuses if there is none anywhere; null where only the database knows. */
    @Nullable
    LimitStatus take(RateLimit limit, Moment now) {
        Lease lasting = lasting(limit, now);
        if (lasting == null || (left == 0 && !lasting.tookTheLast())) {
            return null;
        }
        boolean admitted = left > 0;
        left -= admitted ? 1 : 0;
        return lasting.status(admitted, left, now);
    }

    /** What the limit says; null where only the database knows. */
    @Nullable
    LimitStatus peek(RateLimit limit, Moment now) {
        Lease lasting = lasting(limit, now);
        return lasting == null ? null : lasting.status(left > 0 || !lasting.tookTheLast(), left, now);
    }

    /** What the database answered, if that is still so. */
    @Nullable
    Lease lasting(RateLimit limit, Moment now) {
        return lease != null && lease.limit().equals(limit) && lease.lasts(now) ? lease : null;
    }

    /** How many permits to ask for: no fewer than there are callers who wait for one. */
    long wanted(RateLimit limit, Moment now) {
        long part = (limit.permits() + PART - 1) / PART;
        long more = lease == null || lease.isOver(now)
                ? 1
                : Math.min(part, GROWTH * lease.taken().permits());
        return Math.max(more, 1 + lock.getQueueLength());
    }

    /** What is left here. */
    Unused unused() {
        return lease == null ? Unused.NONE : new Unused(left, lease.resetMillis());
    }

    /** Forgets what is left, because it is put back: even if that fails, nobody knows that it was not done. */
    Unused clear() {
        Unused unused = unused();
        lease = null;
        left = 0;
        return unused;
    }

    /** Keeps what the database gave, but for one permit, which is for who asked. */
    LimitStatus fill(Lease answer, Moment now) {
        boolean admitted = answer.taken().permits() > 0;
        lease = answer;
        left = answer.taken().permits() - (admitted ? 1 : 0);
        return answer.status(admitted, left, now);
    }

    void noteFailure(Throwable why, long nanos) {
        outage = new Outage(why, nanos);
    }

    /** Why the database could not be asked, if that failed while somebody waited who came at that time. */
    @Nullable
    Throwable failureSince(long arrivedNanos) {
        return outage != null && outage.nanos() - arrivedNanos > 0 ? outage.why() : null;
    }
}
