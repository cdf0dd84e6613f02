package school.lectern.auth.dialect;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.limit.LimitStatus;

/** The headers that report a rate limit. */
public enum LimitHeaders {
    /** Not at all. */
    NONE {
        @Override
        public Map<String, String> render(RateLimitResult limit) {
            return Map.of();
        }
    },
    /** {@code X-RateLimit-Limit}, {@code -Remaining}, and {@code -Reset} as a time in UTC, whole seconds. */
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
     * {@code RateLimit-Policy} and {@code RateLimit}, as draft-ietf-httpapi-ratelimit-headers-11 has them: the policy is named
     * as the class of requests is. Its window is in whole seconds, rounded up. The effective window ends when all permits
     * are back or, where none is left, with the next one: that is when {@code Retry-After} ends, too.
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
    /** Both {@link #X_RATE_LIMIT} and {@link #RATE_LIMIT}, for clients of either age. */
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

    /** The last reset time, formatted: windows of one length end together, and formatting takes longer than counting a call. */
    private static volatile ResetTime lastReset = new ResetTime(Instant.EPOCH, Instant.EPOCH.toString());

    private record ResetTime(Instant time, String text) {}

    /** Returns whether a header with this name, in upper or lower case, reports a rate limit. */
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

    /** Name → value. */
    public abstract Map<String, String> render(RateLimitResult limit);
}
