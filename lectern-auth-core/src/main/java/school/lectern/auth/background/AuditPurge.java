package school.lectern.auth.background;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
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
public final class AuditPurge {

    private static final Logger log = LoggerFactory.getLogger(AuditPurge.class);

    public static final Duration EVERY = Duration.ofMinutes(30);

    private static final int PORTION = 500;

    private final AuditLog audit;
    private final Retention retention;
    private final Duration withoutTenant;
    private final TenantDirectory tenants;
    private final InstantSource clock;

    /**
     * @param retention how long tenants' rows are kept
     * @param withoutTenant how long rows without a tenant are kept at most
     */
    public AuditPurge(
            AuditLog audit, Retention retention, Duration withoutTenant, TenantDirectory tenants, InstantSource clock) {
        this.audit = audit;
        this.retention = retention;
        this.withoutTenant = withoutTenant;
        this.tenants = tenants;
        this.clock = clock;
    }

    /** The number of rows that were deleted. */
    public long run() {
        boolean shorter = retention.shortest().compareTo(withoutTenant) < 0;
        return purge(null, shorter ? retention.shortest() : withoutTenant) + purgeTenants(retention);
    }

    private long purgeTenants(Retention times) {
        long deleted = 0;
        Optional<String> tenant = audit.tenantAfter("");
        while (tenant.isPresent()) {
            String id = tenant.get();
            deleted += purge(id, times);
            tenant = audit.tenantAfter(id);
        }
        return deleted;
    }

    /** One tenant that the application cannot tell of keeps its rows for now, and nobody else theirs. */
    private long purge(String tenantId, Retention times) {
        try {
            Map<String, String> profile =
                    tenants.find(tenantId).map(Tenant::profile).orElse(Map.of());
            return purge(tenantId, times.of(profile));
        } catch (RuntimeException broken) {
            log.warn(
                    "old audit rows of tenant {} are kept for now",
                    LogText.escape(tenantId),
                    RedactedFailure.of(broken));
            return 0;
        }
    }

    private long purge(@Nullable String tenantId, Duration kept) {
        Instant before = clock.instant().minus(kept);
        long deleted = 0;
        int portion;
        do {
            portion = audit.purge(tenantId, before, PORTION);
            deleted += portion;
        } while (portion == PORTION);
        return deleted;
    }
}
