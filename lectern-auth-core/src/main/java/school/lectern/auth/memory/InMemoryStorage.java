package school.lectern.auth.memory;

import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;

/**
 * A storage in the memory of the process, for tests, trials, and applications whose tokens need not outlive them. Each opening
 * begins empty. It holds a million tokens, a million counters of limits, and the newest 100,000 audit rows.
 */
public final class InMemoryStorage implements Storage {

    private static final InMemoryStorage INSTANCE = new InMemoryStorage();

    private InMemoryStorage() {}

    /** Returns the storage in memory. */
    public static InMemoryStorage create() {
        return INSTANCE;
    }

    @Override
    public OpenStorage open(StorageContext context) {
        InMemoryAuditLog audit = new InMemoryAuditLog();
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

        /** Nothing to close: the memory goes with the last reference. */
        @Override
        public void close() {}
    }
}
