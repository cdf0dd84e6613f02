package school.lectern.auth.jdbc;

import javax.sql.DataSource;

class MariaDbContractsTest extends StorageContracts {

    @Override
    DataSource database() {
        return MariaDb.pool();
    }
}
