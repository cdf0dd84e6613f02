package school.lectern.auth.testkit.inmemory;

import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.testkit.AuditLogContract;

final class InMemoryAuditLogTest extends AuditLogContract {

    @Override
    protected AuditLog open() {
        return new InMemoryAuditLog();
    }
}
