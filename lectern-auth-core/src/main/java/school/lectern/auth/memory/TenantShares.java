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
 * The positions of a bounded number of events, grouped by tenant. When there are too many, the oldest position of the tenant
 * with the most positions is removed. So a tenant that fills the log displaces its own events and not those of other tenants.
 * Not thread-safe.
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

    /**
     * Adds a position, which must be later than all others.
     *
     * @return the position that was removed to make room, or empty if there was room
     */
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
