package school.lectern.auth.memory;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LocalCount;
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
    private final ConcurrentHashMap<String, ConcurrentHashMap<String, LocalCount>> counts = new ConcurrentHashMap<>();

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
        ConcurrentHashMap<String, LocalCount> ofClass = ofClass(key.limitClass());
        while (true) {
            LocalCount known = ofClass.get(key.subject());
            LocalCount count = known == null ? begin(ofClass, key.subject()) : known;
            LimitStatus status = count.take(limit, clock.millis());
            if (status != null) {
                return status;
            }
            // It was retired at this moment, for want of room.
            ofClass.remove(key.subject(), count);
        }
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit) {
        LocalCount count = ofClass(key.limitClass()).get(key.subject());
        long now = clock.millis();
        return count == null ? limit.peek(null, now) : count.peek(limit, now);
    }

    /** There are as many classes as the dialect has. */
    private ConcurrentHashMap<String, LocalCount> ofClass(String limitClass) {
        ConcurrentHashMap<String, LocalCount> known = counts.get(limitClass);
        return known == null ? counts.computeIfAbsent(limitClass, first -> new ConcurrentHashMap<>()) : known;
    }

    /** The bound is kept to within the number of threads that ask at once. */
    private LocalCount begin(ConcurrentHashMap<String, LocalCount> ofClass, String subject) {
        if (size() >= capacity) {
            long now = clock.millis();
            counts.values().forEach(some -> some.values().removeIf(count -> count.retire(now)));
            if (size() >= capacity) {
                throw new StorageException("the limit store in memory is full: " + capacity + " counts");
            }
        }
        return ofClass.computeIfAbsent(subject, first -> new LocalCount());
    }

    private long size() {
        return counts.values().stream().mapToLong(Map::size).sum();
    }
}
