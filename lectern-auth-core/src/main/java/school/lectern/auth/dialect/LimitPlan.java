package school.lectern.auth.dialect;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import school.lectern.auth.limit.RateLimit;

/**
 * The rate limits of a token: one limit for each policy, with a counter of its own. A policy is a class of requests, such as
 * all requests that only read. Immutable.
 */
public final class LimitPlan {

    /** The policy of requests that only read. */
    public static final String READ = "read";

    /** The policy of all other requests. */
    public static final String WRITE = "write";

    /** The policy of requests that contain many records. A route has this policy only if the application specifies it. */
    public static final String BULK = "bulk";

    private static final LimitPlan UNLIMITED = new LimitPlan(Map.of());

    private final Map<String, RateLimit> limits;

    /** The limits in the form that every request looks them up in, so that no request creates an {@code Optional}. */
    private final Map<String, Optional<RateLimit>> byClass;

    private LimitPlan(Map<String, RateLimit> limits) {
        this.limits = Map.copyOf(limits);
        this.byClass = limits.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, limit -> Optional.of(limit.getValue())));
    }

    /** {@return a plan without limits; responses then have no rate-limit headers} */
    public static LimitPlan unlimited() {
        return UNLIMITED;
    }

    /**
     * {@return this plan with a limit for a policy, which replaces the policy's limit if there is one}
     *
     * @param policy the name of the policy: 1 to 64 ASCII characters without quotes and backslashes, so that a header can
     *     contain it (RFC 9651, section 3.3.3)
     * @param limit the limit
     * @throws IllegalArgumentException if the name is not valid
     */
    public LimitPlan with(String policy, RateLimit limit) {
        if (!policy.matches("[ !#-\\[\\]-~]{1,64}")) {
            throw new IllegalArgumentException(
                    "policy must be 1 to 64 ASCII characters without quotes and backslashes, was '" + policy + "'");
        }
        Map<String, RateLimit> more = new LinkedHashMap<>(limits);
        more.put(policy, limit);
        return new LimitPlan(more);
    }

    /** {@return the limits by policy} */
    public Map<String, RateLimit> limits() {
        return limits;
    }

    /**
     * {@return whether the plan has limits, but none for the policy} A route with such a policy would be unlimited by
     * mistake.
     *
     * @param policy the name of the policy
     */
    public boolean lacks(String policy) {
        return !limits.isEmpty() && !limits.containsKey(policy);
    }

    /**
     * {@return the policy of a request whose route has none: {@link #READ} for {@code GET} and {@code HEAD}, otherwise
     * {@link #WRITE}}
     *
     * @param method the method of the request, in upper case
     */
    public static String classOf(String method) {
        return method.equals("GET") || method.equals("HEAD") ? READ : WRITE;
    }

    /**
     * {@return the limit of a policy, or empty if its requests are not limited}
     *
     * @param policy the name of the policy
     * @param own the token's own number of permits by policy, which takes precedence over the plan's
     */
    public Optional<RateLimit> limit(String policy, Map<String, Long> own) {
        Optional<RateLimit> planned = byClass.getOrDefault(policy, Optional.empty());
        Long permits = own.get(policy);
        return permits == null ? planned : planned.map(limit -> limit.withPermits(permits));
    }
}
