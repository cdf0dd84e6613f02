package school.lectern.auth.memory;

import java.time.Clock;
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
    private final ConcurrentHashMap<LimitKey, LocalCount> counts = new ConcurrentHashMap<>();

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
        while (true) {
            LocalCount count = counts.get(key);
            LimitStatus status = (count == null ? begin(key) : count).take(limit, clock.millis());
            if (status != null) {
                return status;
            }
            // It was retired at this moment, for want of room.
            if (count != null) {
                counts.remove(key, count);
            }
        }
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit) {
        LocalCount count = counts.get(key);
        long now = clock.millis();
        return count == null ? limit.peek(null, now) : count.peek(limit, now);
    }

    /** The bound is kept to within the number of threads that ask at once. */
    private LocalCount begin(LimitKey key) {
        if (counts.size() >= capacity) {
            long now = clock.millis();
            counts.values().removeIf(count -> count.retire(now));
        }
        if (counts.size() >= capacity) {
            throw new StorageException("the limit store in memory is full: " + capacity + " counts");
        }
        return counts.computeIfAbsent(key, first -> new LocalCount());
    }
}
