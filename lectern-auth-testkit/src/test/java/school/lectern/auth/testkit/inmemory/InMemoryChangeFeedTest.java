package school.lectern.auth.testkit.inmemory;

import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.testkit.ChangeFeedContract;

final class InMemoryChangeFeedTest extends ChangeFeedContract {

    @Override
    protected TokenStore open() {
        return new InMemoryTokenStore(new InMemoryAuditLog());
    }

    @Override
    protected int rounds() {
        return 300;
    }
}
