package school.lectern.auth.memory;

import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;

/**
 * A storage in the memory of the process, for tests, trials, and applications whose tokens need not survive a restart. Each
 * time it is opened, it is empty. It has room for a million tokens, a million counters of rate limits, 100,000 audit rows of
 * calls and 100,000 audit rows of changes.
 */
public final class InMemoryStorage implements Storage {

    private static final InMemoryStorage INSTANCE = new InMemoryStorage();

    private InMemoryStorage() {}

    /** {@return the storage in memory} */
    public static InMemoryStorage create() {
        return INSTANCE;
    }

    @Override
    public OpenStorage open(StorageContext context) {
        InMemoryAuditLog audit = new InMemoryAuditLog(InMemoryAuditLog.DEFAULT_CAPACITY, context.metrics());
        return new Open(
                new InMemoryTokenStore(audit), new InMemoryLimitStore(context.clocks()), audit, context.clocks());
    }

    private record Open(TokenStore tokens, LimitStore limits, AuditLog audit, Clocks clocks) implements OpenStorage {

        @Override
        public LimitStore exactLimits() {
            return limits;
        }

        @Override
        public boolean isShared() {
            return false;
        }

        /** Does nothing: the memory is released with the last reference. */
        @Override
        public void close() {}
    }
}
