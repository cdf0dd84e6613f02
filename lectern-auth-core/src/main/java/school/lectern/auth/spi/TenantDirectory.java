package school.lectern.auth.spi;

import java.util.Optional;
import java.util.regex.Pattern;

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

    /**
     * {@return a directory in which every id of a form is a tenant} For an application that has no list of its tenants in
     * memory: the tenants have neither a version nor a status.
     *
     * @param form a regular expression that the whole id matches
     * @throws java.util.regex.PatternSyntaxException if it is not a regular expression
     */
    static TenantDirectory matching(String form) {
        Pattern pattern = Pattern.compile(form);
        return id -> pattern.matcher(id).matches() ? Optional.of(new Tenant(id, null)) : Optional.empty();
    }
}
