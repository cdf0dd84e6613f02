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
 * One counter in the memory of this process. It has one batch of permits for each number of permits ({@link
 * RateLimit#permits}) of the limits that use it, and at most one call to the database at a time. The lock is held only for a
 * moment, and never during that call: other callers wait for the end of the call. The clocks are read after the lock is
 * acquired.
 */
final class SharedCounter {

    /**
     * One call takes at most one eighth of the window's permits, unless more callers than that wait for permits. Otherwise, a
     * few processes would take all permits of the window.
     */
    private static final int PART = 8;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final RateLimit limit;
    private final Supplier<Moment> clocks;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition callEnded = lock.newCondition();
    private final List<PermitBatch> batches = new ArrayList<>(1);
    private final UseRate use;

    private @Nullable CounterCall call;
    private int waiting;
    private long lastUseNanos;
    private boolean dropped;

    /**
     * @param limit a limit with the counter's shape, and with any number of permits
     * @param clocks returns the current moment
     */
    SharedCounter(RateLimit limit, Supplier<Moment> clocks) {
        this.limit = limit;
        this.clocks = clocks;
        this.lastUseNanos = clocks.get().nanos();
        this.use = new UseRate(lastUseNanos);
    }

    /** {@return a limit with the counter's shape} */
    RateLimit limit() {
        return limit;
    }

    /** The next step of a caller that wants a permit. */
    sealed interface Next permits Answer, CounterCall, Dropped {}

    /**
     * A permit was taken or denied.
     *
     * @param status the status of the limit
     * @param from the result of the database call that the permit comes from
     */
    record Answer(LimitStatus status, TakeResult from) implements Next {}

    /** The counter was dropped. Its key may have another counter by now. */
    record Dropped() implements Next {}

    /**
     * Takes or denies a permit, if this process can decide it without the database. Otherwise waits for the call to the
     * database that is in progress, or returns a call that the caller has to make.
     *
     * @param asked the limit
     * @param end the deadline of the wait
     * @return the next step of the caller
     * @throws StorageException if the call that this method waited for failed or did not end in time, or if the thread was
     *     interrupted
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
                    return begin(new CounterCall(now, lasting(batch, now), removed(batch), wanted(asked, now)));
                }
                awaitCall(call, end);
            }
            return new Dropped();
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@return whether the batch has no unused permit, while another batch has one} The database counts that permit as used,
     * so it is put back before a permit of this batch is denied. If the database has granted no permit to this batch even
     * after that, the batch is known to be used up, and this method returns false.
     */
    private boolean refusesWhileOthersHave(PermitBatch batch) {
        return batch.hadAny() && !batch.hasUnused() && batches.stream().anyMatch(PermitBatch::hasUnused);
    }

    private CounterCall begin(CounterCall begun) {
        call = begun;
        return begun;
    }

    /**
     * {@return the number of permits to take} It is one for the caller and one for each waiting caller. It is more if this
     * process used more in the last second: up to twice that number, and at most 1/{@link #PART} of the window's permits.
     */
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

    private void awaitCall(CounterCall other, Deadline end) {
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
            // The waiting callers do not call the database themselves. Otherwise, each of them would wait for the calls
            // of all callers before it.
            throw new StorageException("permits could not be taken, which others had asked for", other.failure);
        }
    }

    /**
     * Ends a call that took permits, and takes the first of them for the caller, if there is one.
     *
     * @param ended the call
     * @param answer the result from the database
     * @return the status of the limit
     */
    LimitStatus filled(CounterCall ended, Refill answer) {
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

    /**
     * Ends a call that failed. The callers that wait for it fail, too.
     *
     * @param ended the call
     * @param why the failure
     */
    void failed(CounterCall ended, Throwable why) {
        lock.lock();
        try {
            ended.failure = why;
            end(ended);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends a call that put permits back, whether it succeeded or failed. The callers that wait for it then try again
     * themselves.
     *
     * @param ended the call
     */
    void putBack(CounterCall ended) {
        lock.lock();
        try {
            end(ended);
        } finally {
            lock.unlock();
        }
    }

    private void end(CounterCall ended) {
        if (call == ended) {
            call = null;
        }
        callEnded.signalAll();
    }

    /**
     * Removes all batches, so that their unused permits can be put back. Batches that are known to be used up are removed, too,
     * because they no longer are when permits have been put back.
     *
     * @return the unused permits
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
     * Waits until no other call is in progress. Then removes all batches, and begins a call that puts back their unused
     * permits and the given one.
     *
     * @param one the unused permit
     * @param end the deadline of the wait
     * @return the call that the caller has to make
     * @throws StorageException if a call that this method waited for failed or did not end in time, or if the thread was
     *     interrupted
     */
    CounterCall removeAllWith(Unused one, Deadline end) {
        lock.lock();
        try {
            for (CounterCall other = call; other != null; other = call) {
                awaitCall(other, end);
            }
            List<Unused> unused = new ArrayList<>(removed());
            unused.add(one);
            return begin(new CounterCall(clocks.get(), null, unused, 0));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes all batches if the counter was not used for five seconds, no call is in progress, and there are unused permits
     * whose window is certain to last.
     *
     * @return the call that puts the permits back, or null if nothing was removed
     */
    @Nullable
    CounterCall removeIfIdle() {
        lock.lock();
        try {
            Moment now = clocks.get();
            boolean isIdle = call == null && now.nanos() - lastUseNanos >= IDLE_NANOS;
            boolean isWorthWhile = batches.stream().anyMatch(batch -> batch.hasUnused() && batch.lasting(now) != null);
            return isIdle && isWorthWhile ? begin(new CounterCall(now, null, removed(), 0)) : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Drops the counter permanently.
     *
     * @return the unused permits
     */
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

    /**
     * Drops the counter if the windows of all batches have ended, no call is in progress, and no other thread holds the lock.
     *
     * @return whether the counter was dropped
     */
    boolean dropIfOver() {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            Moment now = clocks.get();
            dropped = dropped || (call == null && batches.stream().allMatch(batch -> batch.isOver(now)));
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /**
     * {@return the status of the limit, or null if only the database can supply it}
     *
     * @param asked the limit
     */
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

    /** {@return the unused permits, which stay in this counter} */
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
