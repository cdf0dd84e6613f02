package school.lectern.auth.memory;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.LocalCounts;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.TakeResult;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * Counts permits for one process, exactly. Bounded: counts that say nothing any more are dropped when room is needed, and a
 * store that is full of counts that do refuses new ones, since forgetting one would grant its permits again.
 *
 * <p>A call that read the clocks and was then held up counts at the time of its counter, however old its reading is. A clock
 * that was set back is told from that by the monotonic clock.
 */
public final class InMemoryLimitStore implements LimitStore {

    private static final int DEFAULT_CAPACITY = 1_000_000;

    private final Clocks clocks;
    private final int capacity;

    /**
     * By class and shape, then by subject. A token that is kept in memory has one id, which is found without a look at its characters.
     */
    private final ConcurrentHashMap<Counted, LocalCounts> counts = new ConcurrentHashMap<>();

    /** What is counted together, apart from whose it is. */
    private record Counted(String policy, String shape) {}

    /** Creates a store of a million counts. */
    public InMemoryLimitStore(Clocks clocks) {
        this(clocks, DEFAULT_CAPACITY);
    }

    /**
     * Creates a store of {@code capacity} counts.
     *
     * @throws IllegalArgumentException if the capacity is less than one
     */
    public InMemoryLimitStore(Clocks clocks, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
        }
        this.clocks = clocks;
        this.capacity = capacity;
    }

    @Override
    public LimitStatus take(LimitTake take, Moment now) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        LocalCounts counted = counted(key, limit);
        while (true) {
            LimitStatus status = counted.take(key.subject(), limit, now);
            if (status != null) {
                return status;
            }
            begin(counted, key, limit);
        }
    }

    @Override
    public Reservation reserve(LimitTake take, Moment now) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        LocalCounts counted = counted(key, limit);
        while (true) {
            TakeResult taken = counted.reserve(key.subject(), limit, now);
            if (taken != null) {
                return new Reserved(counted, key.subject(), limit, taken, new AtomicBoolean());
            }
            begin(counted, key, limit);
        }
    }

    private record Reserved(
            LocalCounts counted, String subject, RateLimit limit, TakeResult taken, AtomicBoolean isPutBack)
            implements Reservation {
        @Override
        public LimitStatus status() {
            return taken.status();
        }

        @Override
        public void putBack() {
            if (!isPutBack.getAndSet(true)) {
                counted.putBack(subject, limit, taken);
            }
        }
    }

    @Override
    public LimitStatus peek(LimitTake take, Moment now) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        LocalCounts counted = counts.get(new Counted(key.policy(), limit.shape()));
        return counted == null ? limit.peek(null, now.millis()) : counted.peek(key.subject(), limit, now);
    }

    @Override
    public Optional<Clocks> clocks() {
        return Optional.of(clocks);
    }

    /** As many as the dialect has classes, and more only while the shape of a limit changes. */
    private LocalCounts counted(LimitKey key, RateLimit limit) {
        Counted together = new Counted(key.policy(), limit.shape());
        LocalCounts known = counts.get(together);
        if (known != null) {
            return known;
        }
        requireRoom(counts.mappingCount());
        return counts.computeIfAbsent(together, first -> new LocalCounts());
    }

    private void begin(LocalCounts counted, LimitKey key, RateLimit limit) {
        if (size() >= capacity) {
            long now = clocks.now().millis();
            counts.values().forEach(some -> some.dropIdle(now));
            requireRoom(size());
        }
        // Not the moment of the decision: the counter that was missed may just have been dropped.
        counted.begin(key.subject(), limit, clocks.now());
    }

    /** The bound is kept to within the number of threads that ask concurrently. */
    private void requireRoom(long size) {
        if (size >= capacity) {
            throw new StorageException("the limit store in memory is full: " + capacity + " counts");
        }
    }

    private long size() {
        return counts.values().stream().mapToLong(LocalCounts::size).sum();
    }
}
