package school.lectern.auth.spi;

import java.time.Duration;
import school.lectern.auth.decision.AuthError;

/**
 * Counts what the library does. Called by the threads that do it, on the way of every request: implementations are safe for use
 * by many threads, do not block, and do not throw. Whatever is not overridden is not counted. Nothing here names a token.
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

    /** A request was allowed. */
    default void allowed() {}

    /** A request was denied. */
    default void denied(AuthError.Kind reason) {}

    /** A look-up was answered by the cache alone. */
    default void cacheHit() {}

    /** A look-up asked the store, since the cache did not have what it asked for. */
    default void cacheMiss() {}

    /** A look-up asked the store though the cache may have had the answer: no lease was live, or its row proved nothing. */
    default void readThrough() {}

    /** Cached tokens were dropped, since they have changed or may have. Those dropped for want of room do not count. */
    default void invalidated(int tokens) {}

    /** The feed of changes was asked; false if it could not answer. */
    default void changesPolled(boolean answered) {}

    /** For how long no poll has renewed the lease; told at each poll before it is asked. */
    default void leaseAge(Duration age) {}
}
