package school.lectern.auth.version;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which versions are released, and which one answers a request: the one that the request pins, or else the one that its
 * tenant was created under. Immutable.
 */
public final class VersionPolicy {

    private final Set<ApiVersion> released;

    private VersionPolicy(Set<ApiVersion> released) {
        this.released = released;
    }

    /**
     * The policy of an API that has released these versions.
     *
     * @throws IllegalArgumentException if there is none, or one twice
     */
    public static VersionPolicy released(ApiVersion... versions) {
        if (versions.length == 0) {
            throw new IllegalArgumentException("an API with versions has released at least one");
        }
        return new VersionPolicy(Set.of(versions));
    }

    /**
     * The version that applies.
     *
     * @param pins every value of the version header, as sent; none if the request did not pin
     * @param tenantVersion the version that the tenant was created under; asked only where nothing is pinned
     * @return empty if the pin is malformed, was never released, or is given more than once
     */
    public Optional<ApiVersion> resolve(List<String> pins, Supplier<ApiVersion> tenantVersion) {
        if (pins.isEmpty()) {
            return Optional.of(tenantVersion.get());
        }
        if (pins.size() > 1) {
            return Optional.empty();
        }
        return ApiVersion.parse(pins.get(0)).filter(released::contains);
    }
}
