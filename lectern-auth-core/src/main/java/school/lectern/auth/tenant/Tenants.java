package school.lectern.auth.tenant;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.time.Clocks;

/** The application's tenant directory. It is called directly or, if each tenant must be known, through a cache. */
public final class Tenants implements AutoCloseable {

    private final @Nullable TenantDirectory directory;
    private final @Nullable KnownTenants known;

    /**
     * @param directory the application's directory, or null if there is none
     * @param requireKnown whether tokens are denied if the directory does not know their tenant
     * @param clocks the clocks of the cache
     */
    public Tenants(@Nullable TenantDirectory directory, boolean requireKnown, Clocks clocks) {
        this.directory = directory;
        this.known =
                requireKnown && directory != null ? new KnownTenants(directory, clocks, KnownTenants.DEADLINE) : null;
    }

    /**
     * {@return the tenant; empty if there is no directory, or the directory does not know the tenant}
     *
     * @param tenantId the tenant's id
     * @throws school.lectern.auth.spi.StorageException if the directory fails or is late
     */
    public Optional<Tenant> find(String tenantId) {
        if (known != null) {
            return known.find(tenantId);
        }
        return directory == null ? Optional.empty() : KnownTenants.call(directory, tenantId);
    }

    /** {@return whether {@link #denies} may call the directory, and so may take some time} */
    public boolean areRequired() {
        return known != null;
    }

    /**
     * {@return whether the tenant's tokens are denied, because each tenant must be known and the directory does not know this
     * one}
     *
     * @param tenantId the tenant's id
     * @throws school.lectern.auth.spi.StorageException if the directory had to be called, and fails or is late
     */
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
