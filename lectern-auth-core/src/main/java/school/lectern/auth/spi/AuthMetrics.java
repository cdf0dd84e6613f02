package school.lectern.auth.spi;

import java.time.Duration;
import school.lectern.auth.decision.AuthError;

/**
 * Counts events of the library. The methods are called by the threads that do the work, on the path of every request:
 * implementations must be safe for use by many threads, must not block, and must not throw. A method that is not overridden
 * counts nothing. No argument identifies a token.
 *
 * <pre>{@code
 * final class Metrics implements AuthMetrics {
 *     @Override
 *     public void denied(AuthError.Kind reason) {
 *         registry.counter("auth.denied", "reason", reason.toString()).increment();
 *     }
 * }
 * }</pre>
 */
public interface AuthMetrics {

    /** Counts nothing. */
    AuthMetrics NONE = new AuthMetrics() {};

    /** Called when a request was allowed. */
    default void allowed() {}

    /**
     * Called when a request was denied.
     *
     * @param reason the kind of the denial
     */
    default void denied(AuthError.Kind reason) {}

    /** Called when the cache alone served a look-up. */
    default void cacheHit() {}

    /** Called when a look-up queried the store because the cache did not contain its token. */
    default void cacheMiss() {}

    /**
     * Called when a look-up queried the store although the cache may have contained its token: no lease was live, or the cached
     * row did not match the secret.
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
}
