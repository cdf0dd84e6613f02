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
 * Counts permits exactly, in memory, for one process. The number of counters is bounded. When room is needed, counters that
 * no longer affect any decision are dropped. If all counters still affect decisions, the store rejects new counters, because
 * dropping one would grant its permits again.
 *
 * <p>A call whose clock reading is older than its counter, because the call was delayed, is counted at the time of the
 * counter, however old the reading is. The monotonic clock distinguishes a delayed call from a wall clock that was set back.
 */
public final class InMemoryLimitStore implements LimitStore {

    private static final int DEFAULT_CAPACITY = 1_000_000;

    private final Clocks clocks;
    private final int capacity;

    /**
     * By policy and shape of the limit, then by subject. A cached token always supplies the same string as its id, so that
     * the map finds it without comparing characters.
     */
    private final ConcurrentHashMap<Counted, LocalCounts> counts = new ConcurrentHashMap<>();

    /** A group of counters: every subject of a policy whose limit has this shape. */
    private record Counted(String policy, String shape) {}

    /**
     * Creates a store with room for a million counters.
     *
     * @param clocks the clocks that date new counters and decide which counters may be dropped
     */
    public InMemoryLimitStore(Clocks clocks) {
        this(clocks, DEFAULT_CAPACITY);
    }

    /**
     * Creates a store with the given capacity.
     *
     * @param clocks the clocks that date new counters and decide which counters may be dropped
     * @param capacity the maximum number of counters, at least 1
     * @throws IllegalArgumentException if the capacity is less than 1
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
        LimitStatus remembered = LocalCounts.takeFromRemembered(this, take, now);
        return remembered != null ? remembered : search(take, now);
    }

    private LimitStatus search(LimitTake take, Moment now) {
        LocalCounts counted = counted(take.key(), take.limit());
        while (true) {
            LimitStatus status = counted.take(take, now);
            if (status != null) {
                return status;
            }
            begin(counted, take.key(), take.limit());
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
        LimitStatus remembered = LocalCounts.peekAtRemembered(this, take, now);
        return remembered != null ? remembered : searchWithoutTaking(take, now);
    }

    private LimitStatus searchWithoutTaking(LimitTake take, Moment now) {
        LimitKey key = take.key();
        RateLimit limit = take.limit();
        LocalCounts counted = counts.get(new Counted(key.policy(), limit.shape()));
        return counted == null ? limit.peek(null, now.millis()) : counted.peek(key.subject(), limit, now);
    }

    @Override
    public Optional<Clocks> clocks() {
        return Optional.of(clocks);
    }

    /**
     * {@return the group of counters for the key's policy and the limit's shape, created if it does not exist} There is one
     * group for each policy of the dialect, and more only while the shape of a limit changes.
     */
    private LocalCounts counted(LimitKey key, RateLimit limit) {
        Counted together = new Counted(key.policy(), limit.shape());
        LocalCounts known = counts.get(together);
        if (known != null) {
            return known;
        }
        requireRoom(counts.mappingCount());
        return counts.computeIfAbsent(together, first -> new LocalCounts(this));
    }

    private void begin(LocalCounts counted, LimitKey key, RateLimit limit) {
        if (size() >= capacity) {
            long now = clocks.now().millis();
            counts.values().forEach(some -> some.dropIdle(now));
            requireRoom(size());
        }
        // The current time and not the time of the decision: the missing counter may have been dropped just now.
        counted.begin(key.subject(), limit, clocks.now());
    }

    /** Rejects a new counter if the store is full. Concurrent threads can exceed the capacity by at most their number. */
    private void requireRoom(long size) {
        if (size >= capacity) {
            throw new StorageException("the limit store in memory is full: " + capacity + " counts");
        }
    }

    private long size() {
        return counts.values().stream().mapToLong(LocalCounts::size).sum();
    }
}
