package school.lectern.auth.version;

import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.version.Retirement.Step;

/**
 * The released versions of an API, their deprecations and sunsets, and the choice of the version for a request: the version
 * that the request pins, or else the version that its tenant was created under. Immutable.
 *
 * <pre>{@code
 * VersionPolicy.released(first, second)
 *         .deprecate(first, Instant.parse("2026-07-01T00:00:00Z"), URI.create("https://docs.example/migrating"))
 *         .sunset(first, Instant.parse("2027-01-01T00:00:00Z"))
 * }</pre>
 *
 * <p>Deprecation and sunset are only announced: requests can use a version as long as it is released, also after its sunset.
 */
public final class VersionPolicy {

    /** The released versions by their text. Each version has one valid text, so a lookup also parses it. */
    /** The released versions by name, each in the form in which a decision contains it. */
    private final Map<String, Optional<ApiVersion>> released;

    private final Set<ApiVersion> versions;
    private final Map<ApiVersion, Retirement> retirements;

    private VersionPolicy(Set<ApiVersion> versions, Map<ApiVersion, Retirement> retirements) {
        this.versions = versions;
        this.released = versions.stream().collect(Collectors.toUnmodifiableMap(ApiVersion::toString, Optional::of));
        this.retirements = Map.copyOf(retirements);
    }

    /**
     * {@return the policy of an API}
     *
     * @param versions the released versions; at least one, each once
     * @throws IllegalArgumentException if there is no version, or one of them is given twice
     */
    public static VersionPolicy released(ApiVersion... versions) {
        if (versions.length == 0) {
            throw new IllegalArgumentException("versions must contain at least one released version");
        }
        return new VersionPolicy(Set.of(versions), Map.of());
    }

    /**
     * {@return this policy with a version deprecated: it works, but new clients should not use it (RFC 9745)}
     *
     * @param version a released version
     * @param since the start of the deprecation, which may be in the future. The header contains it in whole seconds
     * @throws IllegalArgumentException if the version is not released, or if its sunset is earlier
     */
    public VersionPolicy deprecate(ApiVersion version, Instant since) {
        return deprecated(version, new Step(since, null));
    }

    /**
     * {@return this policy with a version deprecated: it works, but new clients should not use it (RFC 9745)}
     *
     * @param version a released version
     * @param since the start of the deprecation, which may be in the future. The header contains it in whole seconds
     * @param documentation a document about the deprecation, to which a {@code Link} header refers
     * @throws IllegalArgumentException if the version is not released, or if its sunset is earlier
     */
    public VersionPolicy deprecate(ApiVersion version, Instant since, URI documentation) {
        return deprecated(version, new Step(since, documentation));
    }

    /**
     * {@return this policy with the sunset of a version: the time after which the version may be unavailable (RFC 8594)} The
     * sunset does not end the version. To end it, remove it from the released versions.
     *
     * @param version a released version
     * @param at the time of the sunset. The header contains it in whole seconds
     * @throws IllegalArgumentException if the version is not released, if its deprecation is later, or if the time is after
     *     the year 9999
     */
    public VersionPolicy sunset(ApiVersion version, Instant at) {
        return sunset(version, new Step(at, null));
    }

    /**
     * {@return this policy with the sunset of a version: the time after which the version may be unavailable (RFC 8594)} The
     * sunset does not end the version. To end it, remove it from the released versions.
     *
     * @param version a released version
     * @param at the time of the sunset. The header contains it in whole seconds
     * @param policy a document about the end of versions, to which a {@code Link} header refers
     * @throws IllegalArgumentException if the version is not released, if its deprecation is later, or if the time is after
     *     the year 9999
     */
    public VersionPolicy sunset(ApiVersion version, Instant at, URI policy) {
        return sunset(version, new Step(at, policy));
    }

    private VersionPolicy deprecated(ApiVersion version, Step deprecation) {
        requireUnset("deprecate", version, retirement(version).deprecation());
        return with(version, new Retirement(deprecation, retirement(version).sunset()));
    }

    private VersionPolicy sunset(ApiVersion version, Step sunset) {
        requireUnset("sunset", version, retirement(version).sunset());
        return with(version, new Retirement(retirement(version).deprecation(), sunset));
    }

    private static void requireUnset(String setting, ApiVersion version, @Nullable Step step) {
        if (step != null) {
            throw new IllegalArgumentException(setting + " must be called once for a version, but was called for "
                    + version + " before: remove one of the calls");
        }
    }

    private Retirement retirement(ApiVersion version) {
        return retirements.getOrDefault(version, Retirement.NONE);
    }

    private VersionPolicy with(ApiVersion version, Retirement retirement) {
        if (!versions.contains(version)) {
            throw new IllegalArgumentException("version must be one of the released versions, was " + version);
        }
        Map<ApiVersion, Retirement> more = new HashMap<>(retirements);
        more.put(version, retirement);
        return new VersionPolicy(versions, more);
    }

    /**
     * {@return the headers that announce the deprecation and the sunset of a version, by name; empty if neither was set}
     *
     * @param version the version that applies to the request
     */
    public Map<String, String> headers(ApiVersion version) {
        return retirement(version).headers();
    }

    /**
     * {@return the version that applies to a request} Empty if the version is not released, or no longer; if the pin is
     * malformed, or the header has more than one value; or if the request pins no version and the tenant has none.
     *
     * @param pins all values of the version header, as sent; empty if the request pins no version
     * @param tenantVersion returns the version that the tenant was created under, or empty if it has none. Called only if the
     *     request pins no version
     */
    public Optional<ApiVersion> resolve(List<String> pins, Supplier<Optional<ApiVersion>> tenantVersion) {
        if (pins.isEmpty()) {
            return tenantVersion.get().filter(versions::contains);
        }
        return pins.size() > 1 ? Optional.empty() : released.getOrDefault(pins.get(0), Optional.empty());
    }
}
