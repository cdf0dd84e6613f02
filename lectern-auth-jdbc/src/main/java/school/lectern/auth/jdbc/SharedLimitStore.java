package school.lectern.auth.jdbc;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.jdbc.Lease.Moment;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.Taken;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;

/**
 * Takes permits of fixed windows ahead from the rows that the exact store counts in, and hands them out without asking the
 * database. A permit is counted there before it is handed out here, and void when its window ends. So all processes together
 * never admit more than a limit says, and one that crashes loses permits and makes none.
 */
final class SharedLimitStore implements LimitStore {

    private static final int DEFAULT_CAPACITY = 100_000;

    /** To look through all slices is worth while only when some may have ended since the last time. */
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JdbcLimitStore exact;
    private final Duration deadline;
    private final Clock clock;
    private final LongSupplier nanos;
    private final int capacity;
    private final ConcurrentHashMap<LimitKey, Slice> slices = new ConcurrentHashMap<>();
    private final AtomicLong nextSweep;

    /** A store whose callers wait for each other's questions to the database, and for the answer to theirs, no longer than that. */
    SharedLimitStore(JdbcLimitStore exact, Duration deadline, Clock clock) {
        this(exact, deadline, clock, System::nanoTime, DEFAULT_CAPACITY);
    }

    SharedLimitStore(JdbcLimitStore exact, Duration deadline, Clock clock, LongSupplier nanos, int capacity) {
        this.exact = exact;
        this.deadline = deadline;
        this.clock = clock;
        this.nanos = nanos;
        this.capacity = capacity;
        this.nextSweep = new AtomicLong(nanos.getAsLong());
    }

    @Override
    public LimitStatus take(LimitKey key, RateLimit limit) {
        long arrived = nanos.getAsLong();
        Deadline end = Deadline.in(deadline);
        Slice slice = limit.isFixed() ? locked(key, true, end) : null;
        if (slice == null) {
            return exact.take(key, limit);
        }
        try {
            Moment now = now();
            LimitStatus status = slice.take(limit, now);
            return status != null ? status : ask(key, limit, slice, now, arrived, end);
        } finally {
            slice.unlock();
        }
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit) {
        Deadline end = Deadline.in(deadline);
        Slice slice = limit.isFixed() ? locked(key, false, end) : null;
        if (slice == null) {
            return exact.peek(key, limit);
        }
        try {
            LimitStatus status = slice.peek(limit, now());
            return status != null ? status : exact.peek(key, limit, slice.unused(), end);
        } finally {
            slice.unlock();
        }
    }

    /** Forgets slices whose windows have ended. */
    void dropEnded() {
        Moment now = now();
        for (Map.Entry<LimitKey, Slice> entry : slices.entrySet()) {
            Slice slice = entry.getValue();
            // Where somebody holds the lock, it is in use.
            if (slice.tryLock()) {
                try {
                    if (slice.dropIfOver(now)) {
                        slices.remove(entry.getKey(), slice);
                    }
                } finally {
                    slice.unlock();
                }
            }
        }
    }

    /** How many keys there are slices of. */
    int size() {
        return slices.size();
    }

    private LimitStatus ask(LimitKey key, RateLimit limit, Slice slice, Moment now, long arrived, Deadline end) {
        Throwable failure = slice.failureSince(arrived);
        if (failure != null) {
            // To ask again, one after the other, would make each wait for all.
            throw new StorageException("permits could not be taken, which others had asked for", failure);
        }
        long wanted = slice.wanted(limit, now);
        Lease lasting = slice.lasting(limit, now);
        Unused unused = slice.clear();
        try {
            Taken more = lasting == null ? null : exact.takeMore(key, limit, lasting.taken(), wanted, end);
            // More of the same window: for how long it lasts is known from the first answer.
            Lease answer = lasting != null && more != null
                    ? new Lease(limit, lasting.asked(), more)
                    : new Lease(limit, now, exact.exchange(key, limit, unused, wanted, end));
            return slice.fill(answer, now);
        } catch (RuntimeException | Error failed) {
            slice.noteFailure(failed, nanos.getAsLong());
            throw failed;
        }
    }

    /** The slice of that key, locked, which is made if asked for; null where there is none, or no room for one. */
    private @Nullable Slice locked(LimitKey key, boolean make, Deadline end) {
        while (true) {
            Slice slice = slices.get(key);
            if (slice == null && (!make || !hasRoom())) {
                return null;
            }
            Slice found = slice != null ? slice : slices.computeIfAbsent(key, k -> new Slice());
            lock(found, end);
            if (!found.isDropped()) {
                return found;
            }
            found.unlock();
        }
    }

    private void lock(Slice slice, Deadline end) {
        try {
            if (!slice.tryLock(end)) {
                throw new StorageException("no permit within " + deadline.toMillis() + " ms: others wait for theirs");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for a permit", interrupted);
        }
    }

    /** The bound is kept to within the number of threads that ask at once. A key without a slice is counted exactly. */
    private boolean hasRoom() {
        if (slices.mappingCount() >= capacity && isTimeToSweep()) {
            dropEnded();
        }
        return slices.mappingCount() < capacity;
    }

    private boolean isTimeToSweep() {
        long now = nanos.getAsLong();
        long due = nextSweep.get();
        return now - due >= 0 && nextSweep.compareAndSet(due, now + SWEEP_NANOS);
    }

    private Moment now() {
        return new Moment(nanos.getAsLong(), clock.millis());
    }
}
