package school.lectern.auth.dialect;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import school.lectern.auth.limit.RateLimit;

/**
 * Which limits a token has: one for each class of requests, with counters of their own. Immutable.
 *
 * <p>{@code GET} and {@code HEAD} are {@link #READ}, all other methods {@link #WRITE}; a route may name another class.
 */
public final class LimitPlan {

    /** The class of requests that only read. */
    public static final String READ = "read";

    /** The class of all other requests. */
    public static final String WRITE = "write";

    /** The class of requests that carry many records; a route is of this class only if the application says so. */
    public static final String BULK = "bulk";

    private static final LimitPlan UNLIMITED = new LimitPlan(Map.of());

    private final Map<String, RateLimit> limits;

    /** The same, as every request asks for it. */
    private final Map<String, Optional<RateLimit>> byClass;

    private LimitPlan(Map<String, RateLimit> limits) {
        this.limits = Map.copyOf(limits);
        this.byClass = limits.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, limit -> Optional.of(limit.getValue())));
    }

    /** No limits, and no headers that tell of any. */
    public static LimitPlan unlimited() {
        return UNLIMITED;
    }

    /**
     * This plan, with a limit for that class.
     *
     * @throws IllegalArgumentException if the class cannot be named in a header (RFC 9651, section 3.3.3), or has more than 64
     *     characters
     */
    public LimitPlan with(String policy, RateLimit limit) {
        if (!policy.matches("[ !#-\\[\\]-~]{1,64}")) {
            throw new IllegalArgumentException(
                    "limit class: must be 1 to 64 ASCII characters without quotes and backslashes");
        }
        Map<String, RateLimit> more = new LinkedHashMap<>(limits);
        more.put(policy, limit);
        return new LimitPlan(more);
    }

    /** Class → limit. */
    public Map<String, RateLimit> limits() {
        return limits;
    }

    /** Whether there are limits, but none of that class: a route that names it would go unlimited by mistake. */
    public boolean lacks(String policy) {
        return !limits.isEmpty() && !limits.containsKey(policy);
    }

    /** The class of a request whose route names none. */
    public static String classOf(String method) {
        return method.equals("GET") || method.equals("HEAD") ? READ : WRITE;
    }

    /**
     * The limit of a class.
     *
     * @param own the token's own permits by class, which go before the plan's
     * @return empty if requests of this class are not limited
     */
    public Optional<RateLimit> limit(String policy, Map<String, Long> own) {
        Optional<RateLimit> planned = byClass.getOrDefault(policy, Optional.empty());
        Long permits = own.get(policy);
        return permits == null ? planned : planned.map(limit -> limit.withPermits(permits));
    }
}
