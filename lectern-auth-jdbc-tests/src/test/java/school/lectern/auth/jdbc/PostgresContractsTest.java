package school.lectern.auth.jdbc;

import javax.sql.DataSource;

class PostgresContractsTest extends StorageContracts {

    @Override
    DataSource database() {
        return Postgres.pool();
    }
}
