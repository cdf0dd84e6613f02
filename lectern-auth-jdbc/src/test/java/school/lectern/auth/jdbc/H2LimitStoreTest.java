package school.lectern.auth.jdbc;

import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.testkit.LimitStoreContract;
import school.lectern.auth.testkit.MutableClock;

class H2LimitStoreTest extends LimitStoreContract {

    @Override
    protected LimitStore open(MutableClock clock) {
        return JdbcStorage.builder(H2.inMemory())
                .createTables()
                .limitClock(clock)
                .open()
                .limits();
    }
}
