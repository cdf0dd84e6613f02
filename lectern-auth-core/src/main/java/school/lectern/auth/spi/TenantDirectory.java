package school.lectern.auth.spi;

import java.util.Optional;

/**
 * Knows the application's tenants. Called on the way of requests that pin no version, so it should answer from memory; with
 * {@code LecternAuthBuilder.requireKnownTenants} on the way of every request, by threads of the library, within a deadline and at
 * most once a minute for a known tenant. Safe for use by many threads.
 */
@FunctionalInterface
public interface TenantDirectory {

    /** The tenant of that id, or empty if there is none. */
    Optional<Tenant> find(String tenantId);
}
