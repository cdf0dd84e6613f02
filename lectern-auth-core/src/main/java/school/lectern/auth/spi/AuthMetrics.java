package school.lectern.auth.spi;

import java.time.Duration;
import school.lectern.auth.audit.TokenEvent;

/**
 * Counts and measures events of the library. The methods are called by the threads that do the work, on the path of every
 * request: implementations must be safe for use by many threads, must not block, and must not throw. A method that is not
 * overridden counts nothing. No argument identifies a token or a tenant, and each has few values, so that all of them may be
 * tags of a metrics system.
 *
 * <pre>{@code
 * final class Metrics implements AuthMetrics {
 *     @Override
 *     public void decided(DecisionSample sample) {
 *         String reason = sample.reason().map(AuthError.Kind::code).orElse("none");
 *         registry.timer("auth.decision", "reason", reason).record(sample.durationNanos(), TimeUnit.NANOSECONDS);
 *     }
 * }
 * }</pre>
 */
public interface AuthMetrics {

    /** Counts nothing, and measures nothing: with these metrics, no clock is read for a duration. */
    AuthMetrics NONE = new AuthMetrics() {};

    /** A decision that is being made. */
    @FunctionalInterface
    interface DecisionInProgress {

        /**
         * Called once, when the decision has been made, by the thread that makes it.
         *
         * @param sample the measurement of the decision
         */
        void decided(DecisionSample sample);
    }

    /**
     * Called when a decision begins, by the thread that makes it. Override this method if the metrics must span the work, for
     * example with a span of a trace; otherwise override {@link #decided}.
     *
     * @return called when the decision has been made. Default: {@link #decided}
     */
    default DecisionInProgress deciding() {
        return this::decided;
    }

    /**
     * Called when a decision has been made, unless {@link #deciding} is overridden. A {@code recheck} is a decision, too.
     *
     * @param sample the measurement of the decision
     */
    default void decided(DecisionSample sample) {}

    /** Called when the cache alone served a look-up. */
    default void cacheHit() {}

    /** Called when a look-up queried the store because the cache did not contain its token. */
    default void cacheMiss() {}

    /**
     * Called when a look-up queried the store although the cache may have contained its token: no lease was live, the cached
     * row did not match the secret, or the token was idle by the cached row.
     */
    default void readThrough() {}

    /**
     * Called when cached tokens were dropped because they have changed or may have changed. Tokens that were dropped for lack
     * of room do not count.
     *
     * @param tokens the number of dropped tokens
     */
    default void invalidated(int tokens) {}

    /**
     * Called after the feed of changes was polled.
     *
     * @param answered whether the poll succeeded
     */
    default void changesPolled(boolean answered) {}

    /**
     * Called before each poll of the feed of changes.
     *
     * @param age the time since a poll last renewed the lease
     */
    default void leaseAge(Duration age) {}

    /**
     * Called after each poll that read the clock of the store.
     *
     * @param skew the time by which the store's clock is ahead of the wall clock of this process; negative if it is behind.
     *     Exact up to half of the duration of the poll
     */
    default void clockSkew(Duration skew) {}

    /**
     * Called after each poll of the feed of changes.
     *
     * @param tokens the number of cached tokens
     */
    default void cacheSize(int tokens) {}

    /**
     * Called before and after the storage writes audit rows. Storage in memory writes each row immediately, and does not call
     * this.
     *
     * @param rows the number of rows and statuses that wait to be written
     */
    default void auditPending(int rows) {}

    /**
     * Called when audit rows were dropped, as {@link AuditLog#dropped} counts them.
     *
     * @param calls the number of calls and changes whose rows were dropped
     */
    default void auditDropped(long calls) {}

    /**
     * Called when a permit of a rate limit was requested. Requests that have no limit are not counted.
     *
     * @param policy the policy whose permits are counted: a policy of the dialect's plan, or {@code create} for creations of
     *     tokens
     * @param result the result
     */
    default void permitRequested(String policy, PermitResult result) {}

    /**
     * Called after this process changed tokens.
     *
     * @param event the kind of the change
     * @param tokens the number of changed tokens; at least 1
     */
    default void tokensChanged(TokenEvent event, long tokens) {}

    /**
     * Called when this process revoked a line of rotations because a token was used after its bearer had replaced it. The
     * revoked tokens are also counted by {@link #tokensChanged}.
     */
    default void reuseDetected() {}
}
