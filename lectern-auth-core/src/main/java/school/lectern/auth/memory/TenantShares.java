package school.lectern.auth.memory;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The places of a bounded number of events, by tenant. When there is one too many, the oldest of the tenant that has the most
 * gives way: so a tenant that fills the log removes its own events, and not those of others. Not safe for use by many threads.
 */
final class TenantShares {

    private final int capacity;
    private final Map<@Nullable String, Share> byTenant = new HashMap<>();
    private final TreeSet<Share> bySize = new TreeSet<>(Comparator.<Share>comparingInt(share -> share.places.size())
            .thenComparing(share -> share.tenantId, Comparator.nullsFirst(Comparator.naturalOrder())));
    private int size;

    TenantShares(int capacity) {
        this.capacity = capacity;
    }

    private static final class Share {
        private final @Nullable String tenantId;
        private final Set<Long> places = new LinkedHashSet<>();

        Share(@Nullable String tenantId) {
            this.tenantId = tenantId;
        }
    }

    /** Adds a place that is later than all others; the place that has to give way, which has been removed. */
    Optional<Long> add(@Nullable String tenantId, long place) {
        Share share = byTenant.computeIfAbsent(tenantId, Share::new);
        bySize.remove(share);
        share.places.add(place);
        bySize.add(share);
        size++;
        return size > capacity ? Optional.of(removeOldest()) : Optional.empty();
    }

    private long removeOldest() {
        Share largest = bySize.last();
        long oldest = largest.places.iterator().next();
        remove(largest.tenantId, oldest);
        return oldest;
    }

    void remove(@Nullable String tenantId, long place) {
        Share share = byTenant.get(tenantId);
        if (share == null) {
            return;
        }
        bySize.remove(share);
        size -= share.places.remove(place) ? 1 : 0;
        if (share.places.isEmpty()) {
            byTenant.remove(tenantId);
        } else {
            bySize.add(share);
        }
    }
}
