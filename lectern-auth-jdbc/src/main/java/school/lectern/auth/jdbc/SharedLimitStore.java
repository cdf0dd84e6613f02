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
import school.lectern.auth.jdbc.SharedCounter.Call;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Deadline;
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
 * Takes permits of fixed windows ahead from the rows that the exact store counts in, and hands them out without a call to the database.
 *
 * <p>Why all processes together never admit more than a limit says: for each counter and window, the row's count is at all times at least
 * the number of permits that were handed out, plus those that processes hold.
 *
 * <ul>
 *   <li>Only the row's transaction raises the count, and it commits before its permits are handed out. If the outcome of that
 *       transaction is unknown, its permits are not handed out; the count may be too high then, never too low.
 *   <li>Permits are put back by lowering the count. They are removed from memory first, so nobody can hand them out any more, and they
 *       are put back at most once. If the outcome is unknown, they are lost.
 *   <li>They are put back only into the window, and into the incarnation of the row, from which they were taken: otherwise the count does
 *       not hold them.
 *   <li>What is left is void when the window ends for certain, by whichever clock says that more time has passed.
 * </ul>
 *
 * <p>So a process that crashes, and a call of unknown outcome, lose permits until the window ends, and create none. Permits that
 * were not used for five seconds are put back, and those that are left when the store is closed.
 */
final class SharedLimitStore implements LimitStore, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SharedLimitStore.class);

    private static final int DEFAULT_CAPACITY = 100_000;

    /** To look through all counters is worth while only when some may have ended since the last time. */
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long closing waits for the database. */
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private static final int PUT_BACK_AT_ONCE = 100;

    private final JdbcLimitStore exact;
    private final Duration deadline;
    private final Clocks clocks;
    private final int capacity;
    private final ConcurrentHashMap<CounterKey, SharedCounter> counters = new ConcurrentHashMap<>();
    private final AtomicLong nextSweep;
    private volatile boolean closed;

    /** What one row counts. */
    private record CounterKey(LimitKey key, String shape) {}

    /** A store whose callers wait for each other's calls to the database, and for the answer to theirs, no longer than that. */
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

    /** Whether a batch is still valid is not judged at the moment of the decision, but after its lock is held. */
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

    /** Null if there is no room for what would be taken ahead: then the key is counted exactly. */
    private @Nullable Answer takeShared(LimitKey key, RateLimit limit) {
        Deadline end = Deadline.in(deadline);
        SharedCounter counter = counter(key, limit);
        while (counter != null) {
            SharedCounter.Next next = counter.take(limit, end);
            if (next instanceof Answer answer) {
                return answer;
            }
            if (next instanceof Call call) {
                return ask(key, limit, counter, call, end);
            }
            counters.remove(new CounterKey(key, limit.shape()), counter);
            counter = counter(key, limit);
        }
        return null;
    }

    private Answer ask(LimitKey key, RateLimit limit, SharedCounter counter, Call call, Deadline end) {
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

    private Refill answer(LimitKey key, RateLimit limit, SharedCounter counter, Call call, Deadline end) {
        Refill lasting = call.lasting();
        TakeResult more = lasting == null ? null : exact.takeMore(key, limit, lasting.taken(), call.wanted(), end);
        if (lasting != null && more != null && more.permits() > 0) {
            // More of the same window: for how long it lasts is known from the first answer.
            return new Refill(limit, lasting.asked(), more);
        }
        TakeResult taken = exact.exchange(key, limit, call.unused(), call.wanted(), end);
        List<Unused> others = taken.permits() > 0 ? List.of() : counter.removeAll();
        // No caller is refused while this process holds permits that it took under another number.
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

    /** Puts one permit back, and all that is left of its counter: so any process can have them. */
    private void putBack(LimitKey key, RateLimit limit, Unused one) {
        Deadline end = Deadline.in(deadline);
        SharedCounter counter = counters.get(new CounterKey(key, limit.shape()));
        if (counter == null) {
            exact.putBack(List.of(new PutBack(key, limit, List.of(one))), end);
            return;
        }
        Call call = counter.removeAllWith(one, end);
        try {
            exact.putBack(List.of(new PutBack(key, limit, call.unused())), end);
        } finally {
            counter.putBack(call);
        }
    }

    /** Puts permits back that have not been used for five seconds. */
    void putBackIdle() {
        List<Idle> idle = new ArrayList<>();
        counters.forEach((key, counter) -> {
            Call call = counter.removeIfIdle();
            if (call != null) {
                idle.add(new Idle(new PutBack(key.key(), counter.limit(), call.unused()), counter, call));
            }
            if (idle.size() >= PUT_BACK_AT_ONCE) {
                putBack(idle);
            }
        });
        putBack(idle);
    }

    private record Idle(PutBack putBack, SharedCounter counter, Call call) {}

    /** Callers wait for this, so it is done soon after the permits were removed. */
    private void putBack(List<Idle> idle) {
        try {
            putBackAll(sorted(idle.stream().map(Idle::putBack)), Deadline.in(deadline));
        } finally {
            idle.forEach(each -> each.counter().putBack(each.call()));
            idle.clear();
        }
    }

    /** In one order everywhere, so that no two processes wait for each other's rows in a circle. */
    private static List<PutBack> sorted(Stream<PutBack> all) {
        return all.sorted(Comparator.comparing((PutBack each) -> each.key().subject())
                        .thenComparing(each -> each.key().policy())
                        .thenComparing(each -> each.limit().shape()))
                .toList();
    }

    /** Puts everything back that is left. Afterwards, the store counts exactly. */
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
        for (List<PutBack> some : Database.portions(all, PUT_BACK_AT_ONCE)) {
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

    /** Forgets counters whose windows have ended. */
    void dropEnded() {
        counters.forEach((key, counter) -> {
            // Where somebody holds the lock, it is in use.
            if (counter.dropIfOver()) {
                counters.remove(key, counter);
            }
        });
    }

    /** How many counters this process holds permits of, or knows to be used up. */
    int size() {
        return counters.size();
    }

    /** The counter of that key, which is made if there is none; null if there is no room for one, or the store is closed. */
    private @Nullable SharedCounter counter(LimitKey key, RateLimit limit) {
        CounterKey counted = new CounterKey(key, limit.shape());
        SharedCounter known = counters.get(counted);
        if (closed || (known == null && !hasRoom())) {
            return null;
        }
        return known != null ? known : counters.computeIfAbsent(counted, first -> new SharedCounter(limit, this::now));
    }

    /** The bound is kept to within the number of threads that ask concurrently. */
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
