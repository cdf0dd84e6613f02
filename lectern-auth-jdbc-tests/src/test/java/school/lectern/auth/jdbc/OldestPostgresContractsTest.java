package school.lectern.auth.jdbc;

import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;

@Tag("long")
class OldestPostgresContractsTest extends StorageContracts {

    @Override
    DataSource database() {
        return Postgres.pool(Postgres.oldest());
    }
}
