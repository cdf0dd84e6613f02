package school.lectern.auth.quickstart;

import java.util.Map;
import java.util.Optional;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** The two tenants of the example, and the released versions of its API. */
final class Tenants implements TenantDirectory {

    static final ApiVersion FIRST = ApiVersion.of("2026-01-01");
    static final ApiVersion SECOND = ApiVersion.of("2026-05-01");
    static final ApiVersion THIRD = ApiVersion.of("2026-09-01");

    static final VersionPolicy RELEASED = VersionPolicy.released(FIRST, SECOND, THIRD);

    private final Map<String, Tenant> tenants = Map.of(
            "123", tenant("123", FIRST, "Example University", "developer"),
            "456", tenant("456", SECOND, "Second University", "institution"));

    private static Tenant tenant(String id, ApiVersion createdUnder, String name, String plan) {
        String did = "did:web:example.test#tenant-" + id;
        return new Tenant(id, createdUnder, Map.of("name", name, "did", did, "plan", plan));
    }

    @Override
    public Optional<Tenant> find(String tenantId) {
        return Optional.ofNullable(tenants.get(tenantId));
    }
}
