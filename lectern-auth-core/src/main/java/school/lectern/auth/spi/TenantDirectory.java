package school.lectern.auth.spi;

import java.util.Optional;

/**
 * Looks up the application's tenants. Called on the path of requests that pin no version, so it should read from memory. With
 * {@code LecternAuthBuilder.requireKnownTenants}, it is called on the path of every request, by threads of the library, within
 * a deadline and at most once a minute for a known tenant. Safe for use by many threads.
 */
@FunctionalInterface
public interface TenantDirectory {

    /**
     * {@return the tenant with the id, or empty if there is none}
     *
     * @param tenantId the tenant's id
     */
    Optional<Tenant> find(String tenantId);
}
