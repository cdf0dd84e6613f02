package school.lectern.auth.quickstart;

import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;

/** The Java code of docs/audit.md. {@link AuditGuideTest} compares the two. */
final class AuditExamples {

    private AuditExamples() {}

    /** The destination of the guide's rows. */
    record Siem(List<AuditEvent> received) {
        void send(AuditEvent event) {
            received.add(event);
        }
    }

    static LecternAuth budgeted(OpenStorage storage) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(storage)
                .audit(AuditMode.DURABLE)
                .auditBudget(AuditBudget.DEFAULT
                        .rowsPerClient(20)
                        .rowsPerToken(20)
                        .retentionWithoutTenant(Duration.ofDays(7)))
                .open();
        return auth;
    }

    static JdbcStorage.Builder settling(DataSource dataSource) {
        return JdbcStorage.builder(dataSource).auditSettling(Duration.ofMinutes(1));
    }

    static String follow(AuditLog log, String start, Siem siem) {
        String position = start;
        String end = log.settled();
        CursorPage<AuditEvent> page = log.readWritten(null, position, end, 500);
        while (!page.items().isEmpty()) {
            page.items().forEach(siem::send);
            page = log.readWritten(null, page.next(), end, 500);
        }
        position = end;
        return position;
    }
}
