package school.lectern.auth.decision;

import school.lectern.auth.limit.LimitStatus;

/** The rate limit of a request: its policy and its status. Immutable. */
public final class RateLimitResult {

    private final String policy;
    private final LimitStatus status;

    private RateLimitResult(String policy, LimitStatus status) {
        this.policy = policy;
        this.status = status;
    }

    /**
     * {@return the result for a policy}
     *
     * @param policy the rate-limit policy, for example {@code read}
     * @param status the status of the limit
     */
    public static RateLimitResult of(String policy, LimitStatus status) {
        return new RateLimitResult(policy, status);
    }

    /** {@return the rate-limit policy, for example {@code read}} */
    public String policy() {
        return policy;
    }

    /** {@return the status of the limit} */
    public LimitStatus status() {
        return status;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RateLimitResult that && policy.equals(that.policy) && status.equals(that.status);
    }

    @Override
    public int hashCode() {
        return policy.hashCode() * 31 + status.hashCode();
    }

    @Override
    public String toString() {
        return "RateLimitResult[policy=" + policy + ", status=" + status + "]";
    }
}
