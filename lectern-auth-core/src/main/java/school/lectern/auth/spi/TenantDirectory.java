package school.lectern.auth.spi;

import java.util.Optional;

/**
 * Knows the application's tenants. Asked on the way of requests that pin no version, so it should answer from memory. Safe
 * for use by many threads.
 */
@FunctionalInterface
public interface TenantDirectory {

    /** The tenant of that id, or empty if there is none. */
    Optional<Tenant> find(String tenantId);
}
