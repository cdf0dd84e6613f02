package school.lectern.auth.jdbc;

import javax.sql.DataSource;
import org.junit.jupiter.api.Nested;

/** Two nodes at once, on each database. */
class SharedLimitsTwoNodesTest {

    @Nested
    class OnH2 extends TwoNodes {
        private final DataSource database = H2.inMemory();

        @Override
        DataSource pool() {
            return database;
        }
    }

    @Nested
    class OnPostgres extends TwoNodes {
        @Override
        DataSource pool() {
            return Postgres.pool();
        }
    }

    @Nested
    class OnMariaDb extends TwoNodes {
        @Override
        DataSource pool() {
            return MariaDb.pool();
        }
    }
}
