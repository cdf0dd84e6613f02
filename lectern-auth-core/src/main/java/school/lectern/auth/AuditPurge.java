package school.lectern.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;

/**
 * Deletes audit rows that were kept for as long as they are to be, tenant by tenant, in portions small enough that no writer
 * waits for long. Several processes may do so at once.
 */
final class AuditPurge {

    static final Duration EVERY = Duration.ofMinutes(30);

    private static final int PORTION = 500;

    private final AuditLog audit;
    private final Retention retention;
    private final TenantDirectory tenants;
    private final Ids ids;

    AuditPurge(AuditLog audit, Retention retention, TenantDirectory tenants, Ids ids) {
        this.audit = audit;
        this.retention = retention;
        this.tenants = tenants;
        this.ids = ids;
    }

    /** The number of rows that were deleted. */
    long run() {
        long deleted = purge(null, retention.ofStrangers());
        Optional<String> tenant = audit.tenantAfter("");
        while (tenant.isPresent()) {
            String id = tenant.get();
            Map<String, String> profile = tenants.find(id).map(Tenant::profile).orElse(Map.of());
            deleted += purge(id, retention.of(profile));
            tenant = audit.tenantAfter(id);
        }
        return deleted;
    }

    private long purge(@Nullable String tenantId, Duration kept) {
        Instant before = ids.now().minus(kept);
        long deleted = 0;
        int portion;
        do {
            portion = audit.purge(tenantId, before, PORTION);
            deleted += portion;
        } while (portion == PORTION);
        return deleted;
    }
}
