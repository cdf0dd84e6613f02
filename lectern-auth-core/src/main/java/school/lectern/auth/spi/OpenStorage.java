package school.lectern.auth.spi;

import school.lectern.auth.time.Clocks;

/**
 * An open storage, whose tokens, limits and audit log belong together. Safe for use by many threads. Closing it is idempotent.
 */
public interface OpenStorage extends AutoCloseable {

    /** {@return the store of tokens} */
    TokenStore tokens();

    /**
     * {@return the store of limits that counts with the fewest calls to the storage} A limit never admits more than its number
     * of permits.
     */
    LimitStore limits();

    /**
     * {@return the store of limits that counts exactly, with a call to the storage for each request if the storage is shared}
     */
    LimitStore exactLimits();

    /** {@return the audit log} */
    AuditLog audit();

    /** {@return whether other processes may use the storage; then it is useful to cache its tokens} */
    boolean isShared();

    /** {@return the clocks that the storage was opened with} */
    Clocks clocks();

    @Override
    void close();
}
