package school.lectern.auth.dialect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    private static final LimitPlan UNLIMITED = new LimitPlan(Map.of(), List.of());

    private static final List<String> OF_READS = List.of(READ);
    private static final List<String> OF_WRITES = List.of(WRITE);

    private final Map<String, RateLimit> limits;

    /** The limits in the form that every request looks them up in, so that no request creates an {@code Optional}. */
    private final Map<String, Optional<RateLimit>> byClass;

    /** The policies of a request whose route has none; empty for those of its method. */
    private final List<String> usual;

    private LimitPlan(Map<String, RateLimit> limits, List<String> usual) {
        this.limits = Map.copyOf(limits);
        this.byClass = limits.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, limit -> Optional.of(limit.getValue())));
        this.usual = List.copyOf(usual);
    }

    /** {@return a plan without limits; responses then have no rate-limit headers} */
    public static LimitPlan unlimited() {
        return UNLIMITED;
    }

    /**
     * {@return this plan with a limit for a policy that it has no limit for}
     *
     * @param policy the name of the policy: 1 to 64 ASCII characters without quotes and backslashes, so that a header can
     *     contain it (RFC 9651, section 3.3.3)
     * @param limit the limit
     * @throws IllegalArgumentException if the name is not valid, or the plan has a limit for it
     */
    public LimitPlan with(String policy, RateLimit limit) {
        if (!policy.matches("[ !#-\\[\\]-~]{1,64}")) {
            throw new IllegalArgumentException(
                    "policy must be 1 to 64 ASCII characters without quotes and backslashes, was '" + policy + "'");
        }
        if (limits.containsKey(policy)) {
            throw new IllegalArgumentException("policy " + policy + " must have one limit, but has "
                    + limits.get(policy) + ": remove one of the calls, or use replacing to change the limit of a plan");
        }
        return put(policy, limit);
    }

    /**
     * {@return this plan with another limit for a policy that it has a limit for}
     *
     * @param policy the name of the policy
     * @param limit the limit
     * @throws IllegalArgumentException if the plan has no limit for the policy
     */
    public LimitPlan replacing(String policy, RateLimit limit) {
        if (!limits.containsKey(policy)) {
            throw new IllegalArgumentException("policy " + policy + " must be one of " + limits.keySet()
                    + " to be replaced: use with to add a limit");
        }
        return put(policy, limit);
    }

    private LimitPlan put(String policy, RateLimit limit) {
        Map<String, RateLimit> more = new LinkedHashMap<>(limits);
        more.put(policy, Objects.requireNonNull(limit, "limit"));
        return new LimitPlan(more, usual);
    }

    /**
     * {@return this plan with the policies of requests whose route names none, in place of {@link #READ} or {@link #WRITE} by
     * the method} With several policies, a request needs a permit of each.
     *
     * @param policies names of policies that the plan has limits for; at least one
     * @throws IllegalArgumentException if the plan has no limit for one of them, if one is given twice, or if this method was
     *     called before
     */
    public LimitPlan byDefault(String... policies) {
        List<String> names = List.of(policies);
        if (!usual.isEmpty()) {
            throw new IllegalArgumentException(
                    "byDefault must be called once, but was called with " + usual + " before: remove one of the calls");
        }
        if (names.isEmpty()
                || names.stream().distinct().count() < names.size()
                || !limits.keySet().containsAll(names)) {
            throw new IllegalArgumentException("byDefault must have different policies of the plan, which are "
                    + limits.keySet() + ", but was called with " + names + ": call with for each of them first");
        }
        return new LimitPlan(limits, names);
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
     * {@return the policies of a request whose route has none: those of {@link #byDefault}, otherwise {@link #READ} for {@code
     * GET} and {@code HEAD}, and {@link #WRITE} for other methods} Immutable.
     *
     * @param method the method of the request, in upper case
     */
    public List<String> policies(String method) {
        if (!usual.isEmpty()) {
            return usual;
        }
        return method.equals("GET") || method.equals("HEAD") ? OF_READS : OF_WRITES;
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
