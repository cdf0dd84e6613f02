package school.lectern.auth.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.jdbc.JdbcLimitStore.PutBack;
import school.lectern.auth.jdbc.JdbcLimitStore.Reserved;
import school.lectern.auth.jdbc.JdbcLimitStore.Unused;
import school.lectern.auth.jdbc.SharedCounter.Answer;
import school.lectern.auth.jdbc.connection.Deadline;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * Takes permits of fixed windows in advance, from the rows in which the exact store counts, and grants them without a call to
 * the database.
 *
 * <p>All processes together never admit more requests than a limit allows. This is the proof: for each counter and window, the
 * count in the row is at all times at least the number of permits that were granted, plus the unused permits in the memory of
 * all processes.
 *
 * <ul>
 *   <li>Only the row's transaction raises the count, and it commits before its permits are granted. If the outcome of that
 *       transaction is unknown, its permits are not granted; the count may be too high then, never too low.
 *   <li>Permits are put back by lowering the count. They are removed from memory first, so they cannot be granted any more,
 *       and they are put back at most once. If the outcome is unknown, they are lost.
 *   <li>Permits are put back only into the window, and into the incarnation of the row, from which they were taken: otherwise,
 *       the count does not include them.
 *   <li>Unused permits are void as soon as it is uncertain whether the window still lasts. The elapsed time is the longer one
 *       of the times that the monotonic clock and the wall clock show.
 * </ul>
 *
 * <p>So a process that crashes, and a call whose outcome is unknown, lose permits until the window ends, and create none. The
 * unused permits of a counter are put back if the counter was not used for five seconds, and when the store is closed.
 */
final class SharedLimitStore implements LimitStore, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SharedLimitStore.class);

    private static final int DEFAULT_CAPACITY = 100_000;

    /** The minimum time between two searches for counters whose windows have ended: a search right after another finds few. */
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The maximum time that {@link #close} waits for the database. */
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private static final int PUT_BACK_AT_ONCE = 100;

    private final JdbcLimitStore exact;
    private final Duration deadline;
    private final Clocks clocks;
    private final int capacity;
    private final ConcurrentHashMap<CounterKey, SharedCounter> counters = new ConcurrentHashMap<>();
    private final AtomicLong nextSweep;
    private volatile boolean closed;

    /** Identifies a counter, and its row in the table. */
    private record CounterKey(LimitKey key, String shape) {}

    /**
     * @param exact the store that counts in the table
     * @param deadline the maximum time that a caller waits for database calls: for a call of another caller and for its own,
     *     together
     * @param clocks the clocks that measure how long a batch is valid
     */
    SharedLimitStore(JdbcLimitStore exact, Duration deadline, Clocks clocks) {
        this(exact, deadline, clocks, DEFAULT_CAPACITY);
    }

    SharedLimitStore(JdbcLimitStore exact, Duration deadline, Clocks clocks, int capacity) {
        this.exact = exact;
        this.deadline = deadline;
        this.clocks = clocks;
        this.capacity = capacity;
        this.nextSweep = new AtomicLong(clocks.now().nanos());
    }

    @Override
    public Optional<Clocks> clocks() {
        return Optional.of(clocks);
    }

    /** A batch is checked for validity at the time after its lock was acquired, and not at the moment of the decision. */
    @Override
    public LimitStatus take(LimitTake take, Moment moment) {
        Answer answer = take.limit().isFixed() ? takeShared(take.key(), take.limit()) : null;
        return answer == null ? exact.take(take, moment) : answer.status();
    }

    @Override
    public Reservation reserve(LimitTake take, Moment moment) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        Answer answer = limit.isFixed() ? takeShared(key, limit) : null;
        if (answer == null) {
            return exact.reserve(take, moment);
        }
        TakeResult one = new TakeResult(answer.from().count(), answer.status().admitted() ? 1 : 0, answer.status());
        return new Reserved(one, () -> putBack(key, limit, new Unused(one, 1)));
    }

    /**
     * {@return the status after taking one permit, or null if there is no room for another counter, or the store is closed}
     * Null means that the key has to be counted exactly.
     */
    private @Nullable Answer takeShared(LimitKey key, RateLimit limit) {
        Deadline end = Deadline.in(deadline);
        SharedCounter counter = counter(key, limit);
        while (counter != null) {
            SharedCounter.Next next = counter.take(limit, end);
            if (next instanceof Answer answer) {
                return answer;
            }
            if (next instanceof CounterCall call) {
                return ask(key, limit, counter, call, end);
            }
            counters.remove(new CounterKey(key, limit.shape()), counter);
            counter = counter(key, limit);
        }
        return null;
    }

    private Answer ask(LimitKey key, RateLimit limit, SharedCounter counter, CounterCall call, Deadline end) {
        Refill answer;
        try {
            answer = answer(key, limit, counter, call, end);
        } catch (RuntimeException | Error failed) {
            counter.failed(call, failed);
            throw failed;
        }
        LimitStatus status = counter.filled(call, answer);
        if (closed) {
            putBackAll(List.of(new PutBack(key, limit, counter.drop())), end);
        }
        return new Answer(status, answer.taken());
    }

    private Refill answer(LimitKey key, RateLimit limit, SharedCounter counter, CounterCall call, Deadline end) {
        Refill lasting = call.lasting();
        TakeResult more = lasting == null ? null : exact.takeMore(key, limit, lasting.taken(), call.wanted(), end);
        if (lasting != null && more != null && more.permits() > 0) {
            // More permits of the same window. How long it lasts is known from the first answer.
            return new Refill(limit, lasting.asked(), more);
        }
        TakeResult taken = exact.exchange(key, limit, call.unused(), call.wanted(), end);
        List<Unused> others = taken.permits() > 0 ? List.of() : counter.removeAll();
        // No caller is denied while this process has unused permits that it took for a limit with another number of
        // permits.
        return new Refill(
                limit, call.asked(), others.isEmpty() ? taken : exact.exchange(key, limit, others, call.wanted(), end));
    }

    @Override
    public LimitStatus peek(LimitTake take, Moment moment) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        SharedCounter counter = limit.isFixed() ? counters.get(new CounterKey(key, limit.shape())) : null;
        if (counter == null) {
            return exact.peek(take, moment);
        }
        LimitStatus status = counter.peek(limit);
        return status != null ? status : exact.peek(key, limit, counter.unused(), Deadline.in(deadline));
    }

    /** Puts back one permit, and all unused permits of its counter, so that any process can take them. */
    private void putBack(LimitKey key, RateLimit limit, Unused one) {
        Deadline end = Deadline.in(deadline);
        SharedCounter counter = counters.get(new CounterKey(key, limit.shape()));
        if (counter == null) {
            exact.putBack(List.of(new PutBack(key, limit, List.of(one))), end);
            return;
        }
        CounterCall call = counter.removeAllWith(one, end);
        try {
            exact.putBack(List.of(new PutBack(key, limit, call.unused())), end);
        } finally {
            counter.putBack(call);
        }
    }

    /** Puts back the unused permits of counters that were not used for five seconds. */
    void putBackIdle() {
        List<Idle> idle = new ArrayList<>();
        counters.forEach((key, counter) -> {
            CounterCall call = counter.removeIfIdle();
            if (call != null) {
                idle.add(new Idle(new PutBack(key.key(), counter.limit(), call.unused()), counter, call));
            }
            if (idle.size() >= PUT_BACK_AT_ONCE) {
                putBack(idle);
            }
        });
        putBack(idle);
    }

    private record Idle(PutBack putBack, SharedCounter counter, CounterCall call) {}

    /** Callers wait until the permits are put back, so this happens soon after the permits were removed from memory. */
    private void putBack(List<Idle> idle) {
        try {
            putBackAll(sorted(idle.stream().map(Idle::putBack)), Deadline.in(deadline));
        } finally {
            idle.forEach(each -> each.counter().putBack(each.call()));
            idle.clear();
        }
    }

    /** {@return the permits in an order that is the same in all processes, so that they cannot deadlock on the rows} */
    private static List<PutBack> sorted(Stream<PutBack> all) {
        return all.sorted(Comparator.comparing((PutBack each) -> each.key().subject())
                        .thenComparing(each -> each.key().policy())
                        .thenComparing(each -> each.limit().shape()))
                .toList();
    }

    /** Puts all unused permits back. From then on, every permit is counted exactly, with a call to the database. */
    @Override
    public void close() {
        closed = true;
        List<PutBack> left = new ArrayList<>();
        counters.forEach((key, counter) -> {
            List<Unused> unused = counter.drop();
            if (!unused.isEmpty()) {
                left.add(new PutBack(key.key(), counter.limit(), unused));
            }
        });
        counters.clear();
        putBackAll(sorted(left.stream()), Deadline.in(CLOSING));
    }

    private void putBackAll(List<PutBack> all, Deadline end) {
        for (List<PutBack> some : Sql.portions(all, PUT_BACK_AT_ONCE)) {
            try {
                exact.putBack(some, end);
            } catch (RuntimeException failed) {
                log.warn(
                        "unused permits of {} limits could not be put back; they are lost until their windows end",
                        some.size(),
                        RedactedFailure.of(failed));
            }
        }
    }

    /** Drops the counters whose windows have ended. */
    void dropEnded() {
        counters.forEach((key, counter) -> {
            // A counter whose lock is held is in use, and stays.
            if (counter.dropIfOver()) {
                counters.remove(key, counter);
            }
        });
    }

    /** {@return the number of counters of which this process has permits, or which it knows to be used up} */
    int size() {
        return counters.size();
    }

    /**
     * {@return the counter of the key, which is created if there is none, or null if there is no room for another counter or
     * the store is closed}
     */
    private @Nullable SharedCounter counter(LimitKey key, RateLimit limit) {
        CounterKey counted = new CounterKey(key, limit.shape());
        SharedCounter known = counters.get(counted);
        if (closed || (known == null && !hasRoom())) {
            return null;
        }
        return known != null ? known : counters.computeIfAbsent(counted, first -> new SharedCounter(limit, this::now));
    }

    /**
     * {@return whether there is room for another counter} The number of counters may exceed the capacity, at most by the
     * number of threads that call this method concurrently.
     */
    private boolean hasRoom() {
        if (counters.mappingCount() >= capacity && isTimeToSweep()) {
            dropEnded();
        }
        return counters.mappingCount() < capacity;
    }

    private boolean isTimeToSweep() {
        long now = clocks.now().nanos();
        long due = nextSweep.get();
        return now - due >= 0 && nextSweep.compareAndSet(due, now + SWEEP_NANOS);
    }

    private Moment now() {
        return clocks.now();
    }
}
