package school.lectern.auth.jdbc;

import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Two concurrent nodes, on each database. The tests mostly wait for windows to end, so they run on all databases concurrently.
 */
class SharedLimitsTwoNodesTest {

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnH2 extends TwoNodes {
        private final DataSource database = H2.inMemory();

        @Override
        DataSource pool() {
            return database;
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnPostgres extends TwoNodes {
        @Override
        DataSource pool() {
            return Postgres.pool();
        }
    }

    @Nested
    @Execution(ExecutionMode.CONCURRENT)
    class OnMariaDb extends TwoNodes {
        @Override
        DataSource pool() {
            return MariaDb.pool();
        }
    }
}
