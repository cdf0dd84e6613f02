package school.lectern.auth.tenant;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.time.Clocks;

/** The application's tenant directory as the flow calls it: directly, or through a cache where every tenant has to be known. */
public final class Tenants implements AutoCloseable {

    private final @Nullable TenantDirectory directory;
    private final @Nullable KnownTenants known;

    /**
     * @param directory null where the application has none
     * @param requireKnown whether tokens of tenants that the directory does not know are denied
     */
    public Tenants(@Nullable TenantDirectory directory, boolean requireKnown, Clocks clocks) {
        this.directory = directory;
        this.known =
                requireKnown && directory != null ? new KnownTenants(directory, clocks, KnownTenants.DEADLINE) : null;
    }

    /** Returns the tenant, or empty if the directory does not know it or there is none. */
    public Optional<Tenant> find(String tenantId) {
        if (known != null) {
            return known.find(tenantId);
        }
        return directory == null ? Optional.empty() : KnownTenants.call(directory, tenantId);
    }

    /** Returns whether {@link #denies} may call the directory, and so take a while. */
    public boolean areRequired() {
        return known != null;
    }

    /** Returns whether the tenant's tokens are denied because the directory has to know it and does not. */
    public boolean denies(String tenantId) {
        return known != null && known.find(tenantId).isEmpty();
    }

    @Override
    public void close() {
        if (known != null) {
            known.close();
        }
    }
}
