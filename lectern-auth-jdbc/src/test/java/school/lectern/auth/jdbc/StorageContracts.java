package school.lectern.auth.jdbc;

import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.testkit.AuditLogContract;
import school.lectern.auth.testkit.LimitStoreContract;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.testkit.TokenStoreContract;

/** What every storage has to keep, on one database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StorageContracts {

    private static final AtomicInteger NEXT = new AtomicInteger();

    private DataSource source;
    private JdbcStorage storage;

    abstract DataSource database();

    @BeforeAll
    void open() {
        source = database();
        storage = newTables().open();
    }

    @AfterAll
    void close() throws Exception {
        storage.close();
        ((AutoCloseable) source).close();
    }

    private JdbcStorage.Builder newTables() {
        return JdbcStorage.builder(source)
                .tablePrefix("t" + NEXT.incrementAndGet() + "_")
                .createTables();
    }

    @Nested
    class Tokens extends TokenStoreContract {
        @Override
        protected Storage open() {
            return new Storage(storage.tokens(), storage.audit());
        }
    }

    @Nested
    class Limits extends LimitStoreContract {
        @Override
        protected LimitStore open(MutableClock clock) {
            return newTables().limitClock(clock).open().limits();
        }
    }

    @Nested
    class Audit extends AuditLogContract {
        @Override
        protected AuditLog open() {
            return storage.audit();
        }
    }
}
