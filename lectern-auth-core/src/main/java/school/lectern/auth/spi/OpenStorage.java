package school.lectern.auth.spi;

import school.lectern.auth.time.Clocks;

/**
 * A storage that is open: its tokens, limits and audit log belong together. Safe for use by many threads. Closing it is idempotent.
 */
public interface OpenStorage extends AutoCloseable {

    /** Returns the tokens. */
    TokenStore tokens();

    /** Returns the limits as they are counted with the fewest calls to the storage. They never admit more than they say. */
    LimitStore limits();

    /** Returns the limits as they are counted exactly, with a call to the storage for each request if it is shared. */
    LimitStore exactLimits();

    /** Returns the audit log. */
    AuditLog audit();

    /** Returns whether other processes may use the storage: then its tokens are worth caching. */
    boolean isShared();

    /** Returns the clocks that it was opened with. */
    Clocks clocks();

    @Override
    void close();
}
