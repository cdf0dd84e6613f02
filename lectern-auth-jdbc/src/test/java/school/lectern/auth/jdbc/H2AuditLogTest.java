package school.lectern.auth.jdbc;

import org.junit.jupiter.api.AfterEach;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.testkit.AuditLogContract;

class H2AuditLogTest extends AuditLogContract {

    private final JdbcStorage storage =
            JdbcStorage.builder(H2.inMemory()).createTables().open();

    @Override
    protected AuditLog open() {
        return storage.audit();
    }

    @AfterEach
    void close() {
        storage.close();
    }
}
