package school.lectern.auth.spi;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.version.ApiVersion;

/**
 * The application's data about a tenant.
 *
 * @param id the id by which the library identifies the tenant
 * @param createdUnder the version for requests that pin none; null in an API without versions
 * @param profile data that the application's own handlers show, for example the name and the plan
 */
public record Tenant(String id, @Nullable ApiVersion createdUnder, Map<String, String> profile) {

    /**
     * Copies the profile.
     *
     * @param id the id by which the library identifies the tenant
     * @param createdUnder the version for requests that pin none; null in an API without versions
     * @param profile data that the application's own handlers show, for example the name and the plan
     */
    public Tenant {
        profile = Map.copyOf(profile);
    }

    /**
     * Creates a tenant without a profile.
     *
     * @param id the id by which the library identifies the tenant
     * @param createdUnder the version for requests that pin none; null in an API without versions
     */
    public Tenant(String id, @Nullable ApiVersion createdUnder) {
        this(id, createdUnder, Map.of());
    }

    /** {@return the version that the tenant was created under, or empty in an API without versions} */
    public Optional<ApiVersion> version() {
        return Optional.ofNullable(createdUnder);
    }
}
