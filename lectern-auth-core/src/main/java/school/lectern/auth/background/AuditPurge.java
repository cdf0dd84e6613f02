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
 * Deletes audit rows whose retention time is over, tenant by tenant, in portions small enough that no writer waits for long.
 * Several processes may purge concurrently.
 */
public final class AuditPurge {

    private static final Logger log = LoggerFactory.getLogger(AuditPurge.class);

    /** The time between two purges. */
    public static final Duration EVERY = Duration.ofMinutes(30);

    private static final int PORTION = 500;

    private final AuditLog audit;
    private final Retention retention;
    private final Duration withoutTenant;
    private final TenantDirectory tenants;
    private final InstantSource clock;

    /**
     * Creates the task.
     *
     * @param audit the audit log
     * @param retention how long the rows of tenants are retained
     * @param withoutTenant how long rows without a tenant are retained at most
     * @param tenants the directory with the profiles that determine the retention time of a tenant
     * @param clock the clock
     */
    public AuditPurge(
            AuditLog audit, Retention retention, Duration withoutTenant, TenantDirectory tenants, InstantSource clock) {
        this.audit = audit;
        this.retention = retention;
        this.withoutTenant = withoutTenant;
        this.tenants = tenants;
        this.clock = clock;
    }

    /**
     * Deletes all audit rows whose retention time is over.
     *
     * @return the number of deleted rows
     */
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

    /**
     * Deletes the old rows of a tenant. If this fails, for example because the directory is not available, the rows of this
     * tenant are retained for now, and the purge of the other tenants continues.
     */
    private long purge(String tenantId, Retention times) {
        try {
            Map<String, String> profile =
                    tenants.find(tenantId).map(Tenant::profile).orElse(Map.of());
            return purge(tenantId, times.of(profile));
        } catch (RuntimeException broken) {
            log.warn(
                    "deleting old audit rows of tenant {} failed; will retry in 30 minutes",
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
