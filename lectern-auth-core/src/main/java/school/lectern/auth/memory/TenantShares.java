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
 * A bounded number of rows, grouped by tenant. When there are too many, the oldest row of the tenant with the most rows is
 * removed. So a tenant that fills the log displaces its own rows and not those of other tenants. Not thread-safe.
 *
 * @param <R> a row, which is compared by its identity
 */
final class TenantShares<R> {

    private final int capacity;
    private final Map<@Nullable String, Share<R>> byTenant = new HashMap<>();
    private final TreeSet<Share<R>> bySize = new TreeSet<>(Comparator.<Share<R>>comparingInt(share -> share.rows.size())
            .thenComparing(share -> share.tenantId, Comparator.nullsFirst(Comparator.naturalOrder())));
    private int size;

    TenantShares(int capacity) {
        this.capacity = capacity;
    }

    private static final class Share<R> {
        private final @Nullable String tenantId;
        private final Set<R> rows = new LinkedHashSet<>();

        Share(@Nullable String tenantId) {
            this.tenantId = tenantId;
        }
    }

    /**
     * Adds a row, which must be later than all others.
     *
     * @return the row that was removed to make room, or empty if there was room
     */
    Optional<R> add(@Nullable String tenantId, R row) {
        Share<R> share = byTenant.computeIfAbsent(tenantId, Share::new);
        bySize.remove(share);
        share.rows.add(row);
        bySize.add(share);
        size++;
        return size > capacity ? Optional.of(removeOldest()) : Optional.empty();
    }

    private R removeOldest() {
        Share<R> largest = bySize.last();
        R oldest = largest.rows.iterator().next();
        remove(largest.tenantId, oldest);
        return oldest;
    }

    void remove(@Nullable String tenantId, R row) {
        Share<R> share = byTenant.get(tenantId);
        if (share == null) {
            return;
        }
        bySize.remove(share);
        size -= share.rows.remove(row) ? 1 : 0;
        if (share.rows.isEmpty()) {
            byTenant.remove(tenantId);
        } else {
            bySize.add(share);
        }
    }
}
