package school.lectern.auth.testkit.inmemory;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.testkit.TokenStoreContract;

/** A store with a cache in front of it meets the contract of a store. */
final class CachingTokenStoreTest extends TokenStoreContract {

    private CachingTokenStore cache;

    @Override
    protected Stores open() {
        InMemoryAuditLog audit = new InMemoryAuditLog();
        InMemoryTokenStore tokens = new InMemoryTokenStore(audit);
        tokens.changes().orElseThrow().setLease(Duration.ofSeconds(10));
        cache = CachingTokenStore.builder(tokens)
                .pollEvery(Duration.ofMillis(1))
                .open();
        return new Stores(cache, audit);
    }

    @AfterEach
    void close() {
        cache.close();
    }
}
