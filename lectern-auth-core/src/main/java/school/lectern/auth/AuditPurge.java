package school.lectern.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;

/**
 * Deletes audit rows that were kept for as long as they are to be, tenant by tenant, in portions small enough that no writer
 * waits for long. Several processes may do so at once.
 */
final class AuditPurge {

    private static final Logger log = LoggerFactory.getLogger(AuditPurge.class);

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
            deleted += purge(id);
            tenant = audit.tenantAfter(id);
        }
        return deleted;
    }

    /** One tenant that the application cannot tell of keeps its rows for now, and nobody else theirs. */
    private long purge(String tenantId) {
        try {
            Map<String, String> profile =
                    tenants.find(tenantId).map(Tenant::profile).orElse(Map.of());
            return purge(tenantId, retention.of(profile));
        } catch (RuntimeException broken) {
            log.warn(
                    "old audit rows of tenant {} are kept for now",
                    LogText.escape(tenantId),
                    RedactedFailure.of(broken));
            return 0;
        }
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
