package school.lectern.auth.memory;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.limit.Count;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.limit.Taken;
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
    private final ConcurrentHashMap<LimitKey, Entry> entries = new ConcurrentHashMap<>();

    private record Entry(RateLimit limit, Count count) {}

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
        makeRoomFor(key);
        long now = clock.millis();
        LimitStatus[] status = new LimitStatus[1];
        entries.compute(key, (k, entry) -> {
            Taken taken = limit.take(count(entry), now);
            status[0] = taken.status();
            return new Entry(limit, taken.count());
        });
        return status[0];
    }

    @Override
    public LimitStatus peek(LimitKey key, RateLimit limit) {
        return limit.peek(count(entries.get(key)), clock.millis());
    }

    private static @Nullable Count count(@Nullable Entry entry) {
        return entry == null ? null : entry.count();
    }

    /** The bound is kept to within the number of threads that ask at once. */
    private void makeRoomFor(LimitKey key) {
        if (entries.size() < capacity || entries.containsKey(key)) {
            return;
        }
        long now = clock.millis();
        for (Map.Entry<LimitKey, Entry> entry : entries.entrySet()) {
            Entry kept = entry.getValue();
            if (kept.limit().idleFrom(kept.count()) <= now) {
                entries.remove(entry.getKey(), kept);
            }
        }
        if (entries.size() >= capacity) {
            throw new StorageException("the limit store in memory is full: " + capacity + " counts");
        }
    }
}
