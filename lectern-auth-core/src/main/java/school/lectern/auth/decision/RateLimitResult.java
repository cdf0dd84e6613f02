package school.lectern.auth.decision;

import school.lectern.auth.limit.LimitStatus;

/**
 * The limit that a request counts against, and what it says.
 *
 * @param policy the class of requests that it limits, for example {@code read}
 * @param status what it says
 */
public record RateLimitResult(String policy, LimitStatus status) {}
