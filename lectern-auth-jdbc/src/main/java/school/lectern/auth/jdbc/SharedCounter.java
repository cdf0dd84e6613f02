package school.lectern.auth.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.jdbc.connection.Deadline;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Moment;

/**
 * One counter, as this process sees it: a batch of permits for each number of permits that it is asked with, and at most one call to
 * the database at a time. The lock is held for a moment only, and never during that call: others wait for its end, and the clocks
 * are read after the lock is held.
 */
final class SharedCounter {

    /** No more than this part of a window's permits is taken at once, unless more are waited for: else a few processes would hold all. */
    private static final int PART = 8;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final RateLimit limit;
    private final Supplier<Moment> clocks;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition callEnded = lock.newCondition();
    private final List<PermitBatch> batches = new ArrayList<>(1);
    private final UseRate use;

    private @Nullable Call call;
    private int waiting;
    private long lastUseNanos;
    private boolean dropped;

    /** @param limit one of the shape that is counted, with any number of permits */
    SharedCounter(RateLimit limit, Supplier<Moment> clocks) {
        this.limit = limit;
        this.clocks = clocks;
        this.lastUseNanos = clocks.get().nanos();
        this.use = new UseRate(lastUseNanos);
    }

    RateLimit limit() {
        return limit;
    }

    /** What a caller that wants a permit does next. */
    sealed interface Next permits Answer, Call, Dropped {}

    /**
     * The permit was taken or refused here.
     *
     * @param from what it was taken from
     */
    record Answer(LimitStatus status, TakeResult from) implements Next {}

    /** The counter was forgotten, and there may be another one of its key by now. */
    record Dropped() implements Next {}

    /** The caller calls the database, and then says how that ended. */
    static final class Call implements Next {
        private final Moment asked;
        private final @Nullable Refill lasting;
        private final List<Unused> unused;
        private final long wanted;
        private @Nullable Throwable failure;

        private Call(Moment asked, @Nullable Refill lasting, List<Unused> unused, long wanted) {
            this.asked = asked;
            this.lasting = lasting;
            this.unused = unused;
            this.wanted = wanted;
        }

        /** Before the call was sent. */
        Moment asked() {
            return asked;
        }

        /** What the database answered before, if its window lasts. */
        @Nullable
        Refill lasting() {
            return lasting;
        }

        /** What has been removed from memory and is to be put back. */
        List<Unused> unused() {
            return unused;
        }

        long wanted() {
            return wanted;
        }
    }

    /**
     * Takes a permit, if it can be told here whether there is one. Otherwise waits for the call to the database that is under way, or
     * returns one to make.
     *
     * @throws StorageException if the call that was waited for failed, or did not end in time
     */
    Next take(RateLimit asked, Deadline end) {
        lock.lock();
        try {
            while (!dropped) {
                Moment now = clocks.get();
                PermitBatch batch = batchFor(asked);
                LimitStatus status = batch == null || refusesWhileOthersHave(batch) ? null : batch.take(now);
                if (batch != null && status != null) {
                    noteUse(status, now);
                    return new Answer(status, batch.lease().taken());
                }
                if (call == null) {
                    return begin(new Call(now, lasting(batch, now), removed(batch), wanted(asked, now)));
                }
                awaitCall(call, end);
            }
            return new Dropped();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Under another number of permits this process may hold some that the database counts as used: they are put back before this number
     * is refused. Once that was done, and none was left all the same, it is known to be used up.
     */
    private boolean refusesWhileOthersHave(PermitBatch batch) {
        return batch.hadAny() && !batch.hasUnused() && batches.stream().anyMatch(PermitBatch::hasUnused);
    }

    private Call begin(Call begun) {
        call = begun;
        return begun;
    }

    /** One for the caller, and one for each that waits; more if this process has lately used so many. */
    private long wanted(RateLimit asked, Moment now) {
        long part = (asked.permits() + PART - 1) / PART;
        return Math.max(1L + waiting, Math.min(part, 2 * use.inLastSecond(now.nanos())));
    }

    private void noteUse(LimitStatus status, Moment now) {
        lastUseNanos = now.nanos();
        if (status.admitted()) {
            use.note(now.nanos());
        }
    }

    private void awaitCall(Call other, Deadline end) {
        waiting++;
        try {
            long left = end.left().toNanos();
            while (call == other && left > 0) {
                left = callEnded.awaitNanos(left);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for a permit", interrupted);
        } finally {
            waiting--;
        }
        if (call == other) {
            throw new StorageException(
                    "no permit in time: the call to the database that others wait for has not ended");
        }
        if (other.failure != null) {
            // To ask again, one after the other, would make each wait for all.
            throw new StorageException("permits could not be taken, which others had asked for", other.failure);
        }
    }

    /**
     * Ends a call that took permits, and takes the first of them.
     *
     * @return what the limit says
     */
    LimitStatus filled(Call ended, Refill answer) {
        lock.lock();
        try {
            PermitBatch batch = new PermitBatch(answer);
            LimitStatus status = batch.takeFirst(ended.asked());
            Moment now = clocks.get();
            batches.removeIf(other -> other.isFor(answer.limit()) || other.isOver(now));
            batches.add(batch);
            noteUse(status, now);
            end(ended);
            return status;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a call that failed: those who wait for it fail, too. */
    void failed(Call ended, Throwable why) {
        lock.lock();
        try {
            ended.failure = why;
            end(ended);
        } finally {
            lock.unlock();
        }
    }

    /** Ends a call that put permits back, however it ended: those who wait for it ask for themselves. */
    void putBack(Call ended) {
        lock.lock();
        try {
            end(ended);
        } finally {
            lock.unlock();
        }
    }

    private void end(Call ended) {
        if (call == ended) {
            call = null;
        }
        callEnded.signalAll();
    }

    /**
     * Removes everything that is left here, to be put back: also what is known of permits that are used up, since it is not so any more.
     */
    List<Unused> removeAll() {
        lock.lock();
        try {
            return removed();
        } finally {
            lock.unlock();
        }
    }

    private List<Unused> removed() {
        List<Unused> unused = unusedOf(batches);
        batches.clear();
        return unused;
    }

    private List<Unused> removed(@Nullable PermitBatch batch) {
        if (batch == null) {
            return List.of();
        }
        batches.remove(batch);
        return unusedOf(List.of(batch));
    }

    /**
     * Removes everything that is left here, and this one unused permit, once no other call is under way.
     *
     * @return the call to make
     */
    Call removeAllWith(Unused one, Deadline end) {
        lock.lock();
        try {
            for (Call other = call; other != null; other = call) {
                awaitCall(other, end);
            }
            List<Unused> unused = new ArrayList<>(removed());
            unused.add(one);
            return begin(new Call(clocks.get(), null, unused, 0));
        } finally {
            lock.unlock();
        }
    }

    /** Removes everything that is left here if it has not been used for a while; null if there is nothing to put back. */
    @Nullable
    Call removeIfIdle() {
        lock.lock();
        try {
            Moment now = clocks.get();
            boolean isIdle = call == null && now.nanos() - lastUseNanos >= IDLE_NANOS;
            boolean isWorthWhile = batches.stream().anyMatch(batch -> batch.hasUnused() && batch.lasting(now) != null);
            return isIdle && isWorthWhile ? begin(new Call(now, null, removed(), 0)) : null;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the counter for good, and returns what is left here. */
    List<Unused> drop() {
        lock.lock();
        try {
            dropped = true;
            callEnded.signalAll();
            return removed();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the counter if nothing here counts any more, and nobody waits. */
    boolean dropIfOver() {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            Moment now = clocks.get();
            dropped = call == null && batches.stream().allMatch(batch -> batch.isOver(now));
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Returns what the limit says; null if only the database knows. */
    @Nullable
    LimitStatus peek(RateLimit asked) {
        lock.lock();
        try {
            PermitBatch batch = batchFor(asked);
            return batch == null ? null : batch.peek(clocks.get());
        } finally {
            lock.unlock();
        }
    }

    /** What is left here, and stays here. */
    List<Unused> unused() {
        lock.lock();
        try {
            return unusedOf(batches);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable PermitBatch batchFor(RateLimit asked) {
        for (PermitBatch batch : batches) {
            if (batch.isFor(asked)) {
                return batch;
            }
        }
        return null;
    }

    private static @Nullable Refill lasting(@Nullable PermitBatch batch, Moment now) {
        return batch == null ? null : batch.lasting(now);
    }

    private static List<Unused> unusedOf(List<PermitBatch> some) {
        return some.stream()
                .filter(PermitBatch::hasUnused)
                .map(PermitBatch::unused)
                .toList();
    }
}
