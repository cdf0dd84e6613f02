package school.lectern.auth.spi;

import java.time.Duration;
import java.util.HashSet;
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
 * The most that an actor may grant to a token: its scopes, environments, addresses, lifetime and rate limits. Immutable.
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
 *   <li><b>scopes:</b> each scope of the token is one of the grant's, or one of them implies it or covers it as a pattern. A
 *       pattern of the token must be covered by one scope of the grant. A token of a dialect without scopes may do everything
 *       that its tenant may, so only a grant of {@linkplain #everything any scope} covers it.
 *   <li><b>environment:</b> the token's environment is one of the grant's.
 *   <li><b>addresses:</b> the token has an allowlist, and each address that it allows is one of the grant's.
 *   <li><b>lifetime:</b> the token ends at most the grant's lifetime from now. A grant with a lifetime does not cover a token
 *       without an end.
 *   <li><b>rate limits:</b> the token has no more permits than the grant in any limit policy. For a policy that the grant does
 *       not name, the bound is the number of permits in the dialect's plan.
 * </ul>
 */
public final class Grant {

    private static final Grant EVERYTHING = new Grant(null, null, null, null, null);
    private static final Grant NOTHING = new Grant(ScopeSet.none(), Set.of(), null, null, Map.of());

    private final @Nullable ScopeSet scopes;
    private final @Nullable Set<TokenEnvironment> environments;
    private final @Nullable IpAllowlist addresses;
    private final @Nullable Duration maxLifetime;
    private final @Nullable Map<String, Long> rateLimits;

    private Grant(
            @Nullable ScopeSet scopes,
            @Nullable Set<TokenEnvironment> environments,
            @Nullable IpAllowlist addresses,
            @Nullable Duration maxLifetime,
            @Nullable Map<String, Long> rateLimits) {
        this.scopes = scopes;
        this.environments = environments == null ? null : Set.copyOf(environments);
        this.addresses = addresses;
        this.maxLifetime = maxLifetime;
        this.rateLimits = rateLimits == null ? null : Map.copyOf(rateLimits);
    }

    /** {@return the grant of an administrator, which covers every token} */
    public static Grant everything() {
        return EVERYTHING;
    }

    /** {@return the grant that covers no token, for a caller who may only read tokens and revoke them} */
    public static Grant nothing() {
        return NOTHING;
    }

    /**
     * {@return the grant of these scopes and no others, in any environment, from any address, without an end, and with the
     * rate limits of the dialect's plan} In a dialect without scopes it covers no token.
     *
     * @param scopes the scopes that a token may have
     */
    public static Grant of(ScopeSet scopes) {
        return new Grant(scopes, null, null, null, Map.of());
    }

    /**
     * {@return this grant for tokens of these environments only}
     *
     * @param only the environments that a token may belong to; at least one
     * @throws IllegalArgumentException if there is none; {@link #nothing} is the grant of no token
     */
    public Grant withEnvironments(TokenEnvironment... only) {
        if (only.length == 0) {
            throw new IllegalArgumentException("environments must name at least one; Grant.nothing() covers no token");
        }
        return new Grant(scopes, new HashSet<>(List.of(only)), addresses, maxLifetime, rateLimits);
    }

    /**
     * {@return this grant for tokens whose allowlist lies within these addresses}
     *
     * @param within the addresses that a token may allow
     */
    public Grant withAddresses(IpAllowlist within) {
        return new Grant(scopes, environments, within, maxLifetime, rateLimits);
    }

    /**
     * {@return this grant for tokens that end within a time from the moment of the change}
     *
     * @param lifetime the longest time until a token's end; positive
     * @throws IllegalArgumentException if the time is not positive
     */
    public Grant withMaxLifetime(Duration lifetime) {
        if (lifetime.isNegative() || lifetime.isZero()) {
            throw new IllegalArgumentException("maxLifetime must be positive, was " + lifetime);
        }
        return new Grant(scopes, environments, addresses, lifetime, rateLimits);
    }

    /**
     * {@return this grant with these numbers of permits as the most that a token may have}
     *
     * @param permits limit policy → permits; for a policy that is not named, the number of the dialect's plan. An empty map
     *     stands for the plan alone
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

    /** {@return this grant without a bound on rate limits} */
    public Grant withAnyRateLimits() {
        return new Grant(scopes, environments, addresses, maxLifetime, null);
    }

    /** {@return the scopes that a token may have, or empty if it may have any} */
    public Optional<ScopeSet> scopes() {
        return Optional.ofNullable(scopes);
    }

    /**
     * {@return the environments that a token may belong to, or empty if it may belong to any; the set is empty in the grant of
     * {@link #nothing}}
     */
    public Optional<Set<TokenEnvironment>> environments() {
        return Optional.ofNullable(environments);
    }

    /** {@return the addresses that a token's allowlist has to lie within, or empty if the token needs no allowlist} */
    public Optional<IpAllowlist> addresses() {
        return Optional.ofNullable(addresses);
    }

    /** {@return the longest time until a token's end, or empty if the token needs no end} */
    public Optional<Duration> maxLifetime() {
        return Optional.ofNullable(maxLifetime);
    }

    /**
     * {@return the most permits that a token may have, by limit policy, where they differ from the dialect's plan; empty if a
     * token may have any number}
     */
    public Optional<Map<String, Long>> rateLimits() {
        return Optional.ofNullable(rateLimits);
    }

    /** {@return the bounds of this grant} */
    @Override
    public String toString() {
        return "Grant[scopes=" + or(scopes, "any") + ", environments=" + or(environments, "any")
                + ", addresses=" + or(addresses, "any") + ", maxLifetime=" + or(maxLifetime, "any") + ", rateLimits="
                + or(rateLimits, "any") + "]";
    }

    private static Object or(@Nullable Object bound, String none) {
        return bound == null ? none : bound;
    }
}
