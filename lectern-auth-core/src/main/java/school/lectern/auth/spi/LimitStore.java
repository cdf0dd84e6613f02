package school.lectern.auth.spi;

import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;

/**
 * Counts permits. Implementations are safe for use by many threads and may block. However many ask at once, a limit never
 * admits more than it says. They throw {@link StorageException} when they cannot count. A store has its own clock: where
 * it is shared, the shared one.
 */
public interface LimitStore {

    /** Takes one permit, if there is one. */
    LimitStatus take(LimitKey key, RateLimit limit);

    /** What the limit says now; takes nothing. */
    LimitStatus peek(LimitKey key, RateLimit limit);
}
