package school.lectern.auth.jdbc;

import javax.sql.DataSource;

class H2ContractsTest extends StorageContracts {

    @Override
    DataSource database() {
        return H2.inMemory();
    }
}
