package school.lectern.auth.dialect;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.limit.LimitStatus;

/** The headers of a response that report a rate limit. */
public enum LimitHeaders {
    /** No headers. */
    NONE {
        @Override
        public Map<String, String> render(RateLimitResult limit) {
            return Map.of();
        }
    },
    /**
     * {@code X-RateLimit-Limit}, {@code X-RateLimit-Remaining} and {@code X-RateLimit-Reset}. The last one is a time in UTC,
     * such as {@code 2026-01-01T00:00:00Z}.
     */
    X_RATE_LIMIT {
        @Override
        public Map<String, String> render(RateLimitResult limit) {
            LimitStatus status = limit.status();
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put(X_LIMIT, Long.toString(status.limit()));
            headers.put(X_REMAINING, Long.toString(status.remaining()));
            headers.put(X_RESET, resetTime(status.resetAt()));
            return headers;
        }
    },
    /**
     * {@code RateLimit-Policy} and {@code RateLimit} of draft-ietf-httpapi-ratelimit-headers-11. The name of the policy is
     * that of the {@link LimitPlan}. The window of the policy is in whole seconds, rounded up. The effective window ends when
     * all permits are available again or, if no permit is left, when the next one is available, which is also when
     * {@code Retry-After} ends.
     */
    RATE_LIMIT {
        @Override
        public Map<String, String> render(RateLimitResult limit) {
            LimitStatus status = limit.status();
            String policy = '"' + limit.policy() + '"';
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put(POLICY, policy + ";q=" + status.limit() + ";w=" + status.windowSeconds());
            headers.put(REMAINING, policy + ";r=" + status.remaining() + ";t=" + status.effectiveWindowSeconds());
            return headers;
        }
    },
    /** Both {@link #X_RATE_LIMIT} and {@link #RATE_LIMIT}, for older and newer clients. */
    BOTH {
        @Override
        public Map<String, String> render(RateLimitResult limit) {
            Map<String, String> headers = new LinkedHashMap<>(X_RATE_LIMIT.render(limit));
            headers.putAll(RATE_LIMIT.render(limit));
            return headers;
        }
    };

    private static final String X_LIMIT = "X-RateLimit-Limit";
    private static final String X_REMAINING = "X-RateLimit-Remaining";
    private static final String X_RESET = "X-RateLimit-Reset";
    private static final String POLICY = "RateLimit-Policy";
    private static final String REMAINING = "RateLimit";

    private static final List<String> NAMES = List.of(X_LIMIT, X_REMAINING, X_RESET, POLICY, REMAINING);

    /**
     * The last formatted reset time. Windows of the same length end at the same time, and formatting takes longer than
     * counting a call.
     */
    private static volatile ResetTime lastReset = new ResetTime(Instant.EPOCH, Instant.EPOCH.toString());

    private record ResetTime(Instant time, String text) {}

    /**
     * {@return whether a header with this name, in upper or lower case, reports a rate limit}
     *
     * @param name the name of the header
     */
    public static boolean isOne(String name) {
        return NAMES.stream().anyMatch(name::equalsIgnoreCase);
    }

    private static String resetTime(Instant time) {
        ResetTime last = lastReset;
        if (!last.time().equals(time)) {
            last = new ResetTime(time, time.toString());
            lastReset = last;
        }
        return last.text();
    }

    /**
     * {@return the headers that report a limit, by name, in their order}
     *
     * @param limit the limit that applied to a request, and its status
     */
    public abstract Map<String, String> render(RateLimitResult limit);
}
