package school.lectern.auth.dialect;

import java.util.LinkedHashMap;
import java.util.Map;
import school.lectern.auth.limit.LimitStatus;

/** How a limit is told in headers. */
public enum LimitHeaders {
    /** Not at all. */
    NONE {
        @Override
        public Map<String, String> render(LimitStatus status) {
            return Map.of();
        }
    },
    /** {@code X-RateLimit-Limit}, {@code -Remaining}, and {@code -Reset} as a time in UTC, whole seconds. */
    X_RATE_LIMIT {
        @Override
        public Map<String, String> render(LimitStatus status) {
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put("X-RateLimit-Limit", Long.toString(status.limit()));
            headers.put("X-RateLimit-Remaining", Long.toString(status.remaining()));
            headers.put("X-RateLimit-Reset", status.resetAt().toString());
            return headers;
        }
    };

    /** Name → value. */
    public abstract Map<String, String> render(LimitStatus status);
}
