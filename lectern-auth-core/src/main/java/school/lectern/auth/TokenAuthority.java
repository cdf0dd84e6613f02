package school.lectern.auth;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeGrammar.Notation;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.StoredToken;

/**
 * Everything that a token allows, or the most that a grant lets a token allow. Both have the same type, so that one comparison
 * decides whether a grant covers a token, and whether a change widens a token.
 *
 * @param scopes the scopes; null for everything that the tenant may do
 * @param environments the environments; null for any
 * @param addresses the addresses; null for any
 * @param start the start of validity; null for no start
 * @param end the end of validity; null for no end
 * @param permits the permits, by limit policy; a policy that is absent is not bounded
 */
record TokenAuthority(
        @Nullable ScopeSet scopes,
        @Nullable Set<TokenEnvironment> environments,
        @Nullable IpAllowlist addresses,
        @Nullable Instant start,
        @Nullable Instant end,
        Map<String, Long> permits) {

    /** {@return the authority that covers every token, and that only the same authority covers} */
    static TokenAuthority unlimited() {
        return new TokenAuthority(null, null, null, null, null, Map.of());
    }

    /** {@return the authority of the token while it is not revoked and its tenant is not suspended} */
    static TokenAuthority of(StoredToken token, Dialect dialect) {
        return new TokenAuthority(
                dialect.scopes().notation() == Notation.NONE ? null : token.scopes(),
                Set.of(token.environment()),
                token.allowlist(),
                token.notBefore(),
                token.effectiveExpiry(),
                permits(dialect, token.rateLimits()));
    }

    /** {@return the most that a token may allow if an actor with this grant changes it at that moment} */
    static TokenAuthority of(Grant grant, Dialect dialect, Instant now) {
        return new TokenAuthority(
                grant.scopes().orElse(null),
                grant.environments().orElse(null),
                grant.addresses().orElse(null),
                null,
                grant.maxLifetime()
                        .map(lifetime -> TokenLifetimes.after(now, lifetime))
                        .orElse(null),
                grant.rateLimits().map(own -> permits(dialect, own)).orElse(Map.of()));
    }

    /** {@return the permits of the dialect's plan, with the other map's permits for the policies of the plan that it names} */
    private static Map<String, Long> permits(Dialect dialect, Map<String, Long> own) {
        Map<String, RateLimit> plan = dialect.limits().limits();
        return plan.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        limit -> own.getOrDefault(
                                limit.getKey(), limit.getValue().permits())));
    }

    /**
     * {@return whether this authority allows everything that the other one allows}
     *
     * @param grammar defines which scopes imply others
     */
    boolean covers(TokenAuthority other, ScopeGrammar grammar) {
        return (scopes == null || (other.scopes != null && grammar.isWithin(other.scopes, scopes)))
                && (environments == null
                        || (other.environments != null && environments.containsAll(other.environments)))
                && (addresses == null || (other.addresses != null && addresses.covers(other.addresses)))
                && (start == null || (other.start != null && !other.start.isBefore(start)))
                && (end == null || (other.end != null && !other.end.isAfter(end)))
                && permits.entrySet().stream().allMatch(most -> other.hasAtMost(most.getValue(), most.getKey()));
    }

    private boolean hasAtMost(long most, String policy) {
        Long own = permits.get(policy);
        return own != null && own <= most;
    }
}
