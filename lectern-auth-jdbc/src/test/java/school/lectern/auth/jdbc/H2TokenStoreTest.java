package school.lectern.auth.jdbc;

import org.junit.jupiter.api.AfterEach;
import school.lectern.auth.testkit.TokenStoreContract;

class H2TokenStoreTest extends TokenStoreContract {

    private final JdbcStorage storage =
            JdbcStorage.builder(H2.inMemory()).createTables().open();

    @Override
    protected Storage open() {
        return new Storage(storage.tokens(), storage.audit());
    }

    @AfterEach
    void close() {
        storage.close();
    }
}
