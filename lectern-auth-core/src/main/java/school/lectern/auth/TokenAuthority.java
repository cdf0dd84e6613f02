package school.lectern.auth;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar.Notation;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.StoredToken;

/**
 * Everything that a token allows, or the most that a grant lets a token allow: two values of one kind, so that one comparison
 * tells whether a grant covers a token, and whether a change widens one.
 *
 * @param scopes null for everything that the tenant may do
 * @param environments where
 * @param addresses from which addresses; null for any
 * @param end until when; null for no end
 * @param permits how often, by limit class; a class that is absent is not bounded
 */
record TokenAuthority(
        @Nullable ScopeSet scopes,
        Set<TokenEnvironment> environments,
        @Nullable IpAllowlist addresses,
        @Nullable Instant end,
        Map<String, Long> permits) {

    /** Returns what any token may allow: all of them are covered by no less. */
    static TokenAuthority unlimited() {
        return new TokenAuthority(null, EnumSet.allOf(TokenEnvironment.class), null, null, Map.of());
    }

    /** Returns what the token allows while it is not revoked and its tenant is not suspended. */
    static TokenAuthority of(StoredToken token, Dialect dialect) {
        return new TokenAuthority(
                dialect.scopes().notation() == Notation.NONE ? null : token.scopes(),
                Set.of(token.environment()),
                token.allowlist(),
                token.effectiveExpiry(),
                permits(dialect, token.rateLimits()));
    }

    /** Returns the most that a token may allow which somebody with this grant changes at that moment. */
    static TokenAuthority of(Grant grant, Dialect dialect, Instant now) {
        return new TokenAuthority(
                grant.scopes().orElse(null),
                grant.environments(),
                grant.addresses().orElse(null),
                grant.maxLifetime().map(lifetime -> after(now, lifetime)).orElse(null),
                grant.rateLimits().map(own -> permits(dialect, own)).orElse(Map.of()));
    }

    /** The permits of the dialect's plan, with those of its classes replaced that the other map names. */
    private static Map<String, Long> permits(Dialect dialect, Map<String, Long> own) {
        Map<String, RateLimit> plan = dialect.limits().limits();
        return plan.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        limit -> own.getOrDefault(
                                limit.getKey(), limit.getValue().permits())));
    }

    private static Instant after(Instant now, Duration lifetime) {
        try {
            return now.plus(lifetime);
        } catch (DateTimeException | ArithmeticException beyondTime) {
            return Instant.MAX;
        }
    }

    /** Whether this allows whatever the other allows. */
    boolean covers(TokenAuthority other) {
        return (scopes == null || (other.scopes != null && scopes.covers(other.scopes)))
                && environments.containsAll(other.environments)
                && (addresses == null || (other.addresses != null && addresses.covers(other.addresses)))
                && (end == null || (other.end != null && !other.end.isAfter(end)))
                && permits.entrySet().stream().allMatch(most -> other.hasAtMost(most.getValue(), most.getKey()));
    }

    private boolean hasAtMost(long most, String policy) {
        Long own = permits.get(policy);
        return own != null && own <= most;
    }
}
