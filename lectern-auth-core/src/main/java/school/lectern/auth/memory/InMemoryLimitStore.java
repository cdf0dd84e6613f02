package school.lectern.auth.memory;

import java.time.Clock;
import java.util.concurrent.ConcurrentHashMap;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LocalCounts;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;

/**
 * Counts permits for one process, exactly. Bounded: counts that say nothing any more are dropped when room is needed, and a
 * store that is full of counts that do refuses new ones, since forgetting one would give its permits anew.
 */
public final class InMemoryLimitStore implements LimitStore {

    private static final int DEFAULT_CAPACITY = 1_000_000;

    private final Clock clock;
    private final int capacity;

    /**
     * By class, then by subject. A token that is kept in memory has one id, which is found without a look at its characters.
     */
    private final ConcurrentHashMap<String, LocalCounts> counts = new ConcurrentHashMap<>();

    /** A store of a million counts. */
    public InMemoryLimitStore(Clock clock) {
        this(clock, DEFAULT_CAPACITY);
    }

    /**
     * A store of so many counts.
     *
     * @throws IllegalArgumentException if that is less than one
     */
    public InMemoryLimitStore(Clock clock, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: at least 1, not " + capacity);
        }
        this.clock = clock;
        this.capacity = capacity;
    }

    @Override
    public LimitStatus take(LimitKey key, RateLimit limit) {
        LocalCounts ofClass = ofClass(key.limitClass());
        while (true) {
            LimitStatus known = ofClass.take(key.subject(), limit, clock.millis());
            if (known != null) {
                return known;
            }
            requireRoom();
            LimitStatus first = ofClass.begin(key.subject(), limit, clock.millis());
            if (first != null) {
                return first;
            }
        }
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit) {
        return ofClass(key.limitClass()).peek(key.subject(), limit, clock.millis());
    }

    /** There are as many classes as the dialect has. */
    private LocalCounts ofClass(String limitClass) {
        LocalCounts known = counts.get(limitClass);
        return known == null ? counts.computeIfAbsent(limitClass, first -> new LocalCounts()) : known;
    }

    /** The bound is kept to within the number of threads that ask at once. */
    private void requireRoom() {
        if (size() >= capacity) {
            long now = clock.millis();
            counts.values().forEach(some -> some.dropIdle(now));
            if (size() >= capacity) {
                throw new StorageException("the limit store in memory is full: " + capacity + " counts");
            }
        }
    }

    private long size() {
        return counts.values().stream().mapToLong(LocalCounts::size).sum();
    }
}
