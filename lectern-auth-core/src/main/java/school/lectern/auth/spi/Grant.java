package school.lectern.auth.spi;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;

/**
 * The most that an actor may give to a token: its scopes, environments, addresses, lifetime and rate limits. Immutable.
 *
 * <pre>{@code
 * Grant grant = Grant.of(ScopeSet.parse("read:learners"))
 *         .withEnvironments(TokenEnvironment.TEST)
 *         .withAddresses(IpAllowlist.of(List.of(IpRange.parse("203.0.113.0/24"))))
 *         .withMaxLifetime(Duration.ofDays(90));
 * }</pre>
 *
 * <p>A grant covers a token only if it covers the whole token:
 *
 * <ul>
 *   <li><b>scopes:</b> each scope of the token is one of the grant's. A token of a dialect without scopes may do everything that
 *       its tenant may, so only a grant of {@linkplain #everything any scope} covers it.
 *   <li><b>environment:</b> the token's environment is one of the grant's.
 *   <li><b>addresses:</b> the token has an allowlist, and each address that it allows is one of the grant's.
 *   <li><b>lifetime:</b> the token ends at most the grant's lifetime from now. A token without an end is not covered by a grant
 *       with a lifetime.
 *   <li><b>rate limits:</b> in no limit class does the token have more permits than the grant. Where the grant says nothing of a
 *       class, that is the number of the dialect's plan.
 * </ul>
 */
public final class Grant {

    private static final Grant EVERYTHING = new Grant(null, EnumSet.allOf(TokenEnvironment.class), null, null, null);
    private static final Grant NOTHING = new Grant(ScopeSet.none(), Set.of(), null, null, Map.of());

    private final @Nullable ScopeSet scopes;
    private final Set<TokenEnvironment> environments;
    private final @Nullable IpAllowlist addresses;
    private final @Nullable Duration maxLifetime;
    private final @Nullable Map<String, Long> rateLimits;

    private Grant(
            @Nullable ScopeSet scopes,
            Set<TokenEnvironment> environments,
            @Nullable IpAllowlist addresses,
            @Nullable Duration maxLifetime,
            @Nullable Map<String, Long> rateLimits) {
        this.scopes = scopes;
        this.environments = Set.copyOf(environments);
        this.addresses = addresses;
        this.maxLifetime = maxLifetime;
        this.rateLimits = rateLimits == null ? null : Map.copyOf(rateLimits);
    }

    /** Returns the grant of an administrator, which covers every token. */
    public static Grant everything() {
        return EVERYTHING;
    }

    /** Returns the grant that covers no token: for a caller who may look at tokens, and end them, and nothing else. */
    public static Grant nothing() {
        return NOTHING;
    }

    /**
     * Returns the grant of these scopes and no others, in both environments, from any address, without an end, and with the rate
     * limits of the dialect's plan. In a dialect without scopes it covers no token.
     */
    public static Grant of(ScopeSet scopes) {
        return new Grant(scopes, EVERYTHING.environments, null, null, Map.of());
    }

    /**
     * Returns this grant for tokens of these environments only.
     *
     * @throws IllegalArgumentException if none is given; {@link #nothing} is the grant of no token
     */
    public Grant withEnvironments(TokenEnvironment... only) {
        if (only.length == 0) {
            throw new IllegalArgumentException("environments must name at least one; Grant.nothing() covers no token");
        }
        return new Grant(scopes, EnumSet.copyOf(List.of(only)), addresses, maxLifetime, rateLimits);
    }

    /** Returns this grant for tokens whose allowlist lies within these addresses. */
    public Grant withAddresses(IpAllowlist within) {
        return new Grant(scopes, environments, within, maxLifetime, rateLimits);
    }

    /**
     * Returns this grant for tokens that end at most so long from the moment of the change.
     *
     * @throws IllegalArgumentException if the time is not positive
     */
    public Grant withMaxLifetime(Duration lifetime) {
        if (lifetime.isNegative() || lifetime.isZero()) {
            throw new IllegalArgumentException("maxLifetime must be positive, was " + lifetime);
        }
        return new Grant(scopes, environments, addresses, lifetime, rateLimits);
    }

    /**
     * Returns this grant with these numbers of permits as the most that a token may have.
     *
     * @param permits limit class → permits; for a class that is not named, the number of the dialect's plan. An empty map is the
     *     plan alone
     * @throws IllegalArgumentException if a number is not from 1 to {@link RateLimit#MAX_PERMITS}
     */
    public Grant withRateLimits(Map<String, Long> permits) {
        permits.forEach((policy, most) -> {
            if (most < 1 || most > RateLimit.MAX_PERMITS) {
                throw new IllegalArgumentException(
                        "rateLimits must be from 1 to " + RateLimit.MAX_PERMITS + ", was " + most + " for " + policy);
            }
        });
        return new Grant(scopes, environments, addresses, maxLifetime, permits);
    }

    /** Returns this grant without a bound on rate limits. */
    public Grant withAnyRateLimits() {
        return new Grant(scopes, environments, addresses, maxLifetime, null);
    }

    /** Returns the scopes that a token may have, or empty if it may have any. */
    public Optional<ScopeSet> scopes() {
        return Optional.ofNullable(scopes);
    }

    /** Returns the environments that a token may belong to; empty in the grant of {@link #nothing}. */
    public Set<TokenEnvironment> environments() {
        return environments;
    }

    /** Returns the addresses that a token's allowlist has to lie within, or empty if it needs no allowlist. */
    public Optional<IpAllowlist> addresses() {
        return Optional.ofNullable(addresses);
    }

    /** Returns the longest time until a token's end, or empty if it needs no end. */
    public Optional<Duration> maxLifetime() {
        return Optional.ofNullable(maxLifetime);
    }

    /**
     * Returns the most permits that a token may have, by limit class, where they differ from the dialect's plan; empty if a token
     * may have any number.
     */
    public Optional<Map<String, Long>> rateLimits() {
        return Optional.ofNullable(rateLimits);
    }

    /** What is bounded, and how. */
    @Override
    public String toString() {
        return "Grant[scopes=" + or(scopes, "any") + ", environments=" + environments + ", addresses="
                + or(addresses, "any") + ", maxLifetime=" + or(maxLifetime, "any") + ", rateLimits="
                + or(rateLimits, "any") + "]";
    }

    private static Object or(@Nullable Object bound, String none) {
        return bound == null ? none : bound;
    }
}
