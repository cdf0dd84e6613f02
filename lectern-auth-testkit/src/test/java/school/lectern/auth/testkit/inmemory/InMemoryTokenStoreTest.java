package school.lectern.auth.testkit.inmemory;

import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.testkit.TokenStoreContract;

final class InMemoryTokenStoreTest extends TokenStoreContract {

    @Override
    protected Stores open() {
        InMemoryAuditLog audit = new InMemoryAuditLog();
        return new Stores(new InMemoryTokenStore(audit), audit);
    }
}
