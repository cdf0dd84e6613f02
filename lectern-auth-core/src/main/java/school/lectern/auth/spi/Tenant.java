package school.lectern.auth.spi;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.version.ApiVersion;

/**
 * What the application knows of a tenant.
 *
 * @param id the id under which the library knows it
 * @param createdUnder the version that applies where a request pins none; null in an API without versions
 * @param profile what the application's own handlers show of it, for example its name and its plan
 */
public record Tenant(String id, @Nullable ApiVersion createdUnder, Map<String, String> profile) {

    /** Copies what could change. */
    public Tenant {
        profile = Map.copyOf(profile);
    }

    /** A tenant of whom handlers show nothing. */
    public Tenant(String id, @Nullable ApiVersion createdUnder) {
        this(id, createdUnder, Map.of());
    }

    /** The version that the tenant was created under. */
    public Optional<ApiVersion> version() {
        return Optional.ofNullable(createdUnder);
    }
}
