package school.lectern.auth.testkit.inmemory;

import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.testkit.LimitStoreContract;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.time.Clocks;

final class InMemoryLimitStoreTest extends LimitStoreContract {

    @Override
    protected LimitStore open(MutableClock clock) {
        return new InMemoryLimitStore(Clocks.of(clock));
    }
}
