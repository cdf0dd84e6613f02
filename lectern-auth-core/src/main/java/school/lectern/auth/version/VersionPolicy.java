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
import school.lectern.auth.version.Retirement.Step;

/**
 * Which versions are released, which of them are on their way out, and which one answers a request: the one that the request
 * pins, or else the one that its tenant was created under. Immutable.
 *
 * <pre>{@code
 * VersionPolicy.released(first, second)
 *         .deprecate(first, Instant.parse("2026-07-01T00:00:00Z"), URI.create("https://docs.example/migrating"))
 *         .sunset(first, Instant.parse("2027-01-01T00:00:00Z"))
 * }</pre>
 *
 * <p>Deprecation and sunset are announcements: a version is served for as long as it is released, also past its sunset.
 */
public final class VersionPolicy {

    /** By how a request spells them: there is one spelling, so to look it up is to read it. */
    private final Map<String, ApiVersion> released;

    private final Set<ApiVersion> versions;
    private final Map<ApiVersion, Retirement> retirements;

    private VersionPolicy(Map<String, ApiVersion> released, Map<ApiVersion, Retirement> retirements) {
        this.released = released;
        this.versions = Set.copyOf(released.values());
        this.retirements = Map.copyOf(retirements);
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
        Map<String, ApiVersion> released = Set.of(versions).stream()
                .collect(Collectors.toUnmodifiableMap(ApiVersion::toString, version -> version));
        return new VersionPolicy(released, Map.of());
    }

    /**
     * This policy, with that version deprecated: it works, and nobody should start with it any more (RFC 9745).
     *
     * @param since from when on; may lie ahead. Told in whole seconds
     * @throws IllegalArgumentException if the version is not released, or if its sunset is earlier
     */
    public VersionPolicy deprecate(ApiVersion version, Instant since) {
        return deprecated(version, new Step(since, null));
    }

    /**
     * As above.
     *
     * @param documentation where one can read about the deprecation
     */
    public VersionPolicy deprecate(ApiVersion version, Instant since, URI documentation) {
        return deprecated(version, new Step(since, documentation));
    }

    /**
     * This policy, with a time from which on that version is likely to be no longer there (RFC 8594). To end it is to release
     * it no more: until then it is served, also past its sunset.
     *
     * @param at told in whole seconds
     * @throws IllegalArgumentException if the version is not released, if its deprecation is later, or if the time is past the
     *     year 9999
     */
    public VersionPolicy sunset(ApiVersion version, Instant at) {
        return sunset(version, new Step(at, null));
    }

    /**
     * As above.
     *
     * @param policy where one can read about the end of versions
     */
    public VersionPolicy sunset(ApiVersion version, Instant at, URI policy) {
        return sunset(version, new Step(at, policy));
    }

    private VersionPolicy deprecated(ApiVersion version, Step deprecation) {
        return with(version, new Retirement(deprecation, retirement(version).sunset()));
    }

    private VersionPolicy sunset(ApiVersion version, Step sunset) {
        return with(version, new Retirement(retirement(version).deprecation(), sunset));
    }

    private Retirement retirement(ApiVersion version) {
        return retirements.getOrDefault(version, Retirement.NONE);
    }

    private VersionPolicy with(ApiVersion version, Retirement retirement) {
        if (!versions.contains(version)) {
            throw new IllegalArgumentException("version " + version + " is not released");
        }
        Map<ApiVersion, Retirement> more = new HashMap<>(retirements);
        more.put(version, retirement);
        return new VersionPolicy(released, more);
    }

    /** What an answer in that version says of its going, as headers; nothing of a version that stays. */
    public Map<String, String> headers(ApiVersion version) {
        return retirement(version).headers();
    }

    /**
     * The version that applies.
     *
     * @param pins every value of the version header, as sent; none if the request did not pin
     * @param tenantVersion the version that the tenant was created under, or empty if it has none; asked only where nothing is
     *     pinned
     * @return empty if the version is not released, or not any more; if the pin is malformed, or is given more than once; or if
     *     nothing is pinned and the tenant has no version
     */
    public Optional<ApiVersion> resolve(List<String> pins, Supplier<Optional<ApiVersion>> tenantVersion) {
        if (pins.isEmpty()) {
            return tenantVersion.get().filter(versions::contains);
        }
        return pins.size() > 1 ? Optional.empty() : Optional.ofNullable(released.get(pins.get(0)));
    }
}
