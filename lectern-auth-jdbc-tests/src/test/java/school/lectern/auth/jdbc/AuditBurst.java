package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.OpenStorage;

/** Writes audit rows from many threads until it is killed, and prints the id of each acknowledged row. */
final class AuditBurst {

    /** Appends durably, as the library does. */
    static final String DURABLE = "durable";

    /** Acknowledges rows that are only buffered. */
    static final String EAGER = "eager";

    /** Commits each row by plain H2. */
    static final String BY_HAND = "by hand";

    private static final int THREADS = 16;

    private AuditBurst() {}

    public static void main(String[] arguments) throws SQLException {
        DataSource pool = Pools.of(arguments[0], arguments[1]);
        boolean isH2 = arguments[0].startsWith("jdbc:h2:");
        if (isH2) {
            H2.execute(pool, "SET RETENTION_TIME 45000");
        }
        OpenStorage storage = JdbcStorage.builder(pool)
                // On a busy machine, the burst must not end before it is killed.
                .deadline(Duration.ofMinutes(1))
                .build()
                .open();
        if (isH2) {
            // So that H2 overwrites old blocks immediately, and not only after it has run for the retention time.
            H2.execute(pool, "SET RETENTION_TIME 0");
        }
        if (arguments[2].equals(BY_HAND)) {
            insertForEver(pool);
        }
        boolean eager = arguments[2].equals(EAGER);
        Consumer<AuditEvent> write = eager ? storage.audit()::offer : storage.audit()::append;
        for (int i = 0; i < THREADS; i++) {
            new Thread(() -> writeForEver(write)).start();
        }
    }

    private static void insertForEver(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            String insert =
                    "INSERT INTO lectern_audit (event_id, event_time, event, outcome) VALUES (?, 0, 'call', 'allowed')";
            while (true) {
                String id = UUID.randomUUID().toString();
                Sql.update(connection, insert, statement -> statement.setString(1, id));
                KillableProcess.say(id);
            }
        }
    }

    private static void writeForEver(Consumer<AuditEvent> write) {
        while (true) {
            AuditEvent event = event();
            write.accept(event);
            KillableProcess.say(event.id());
        }
    }

    static AuditEvent event() {
        return event(Instant.now());
    }

    static AuditEvent event(Instant at) {
        return AuditEvent.builder(
                        UUID.randomUUID().toString(),
                        Instant.ofEpochMilli(at.toEpochMilli()),
                        AuditEvent.CALL,
                        "allowed")
                .requestId("request")
                .tenantId("123")
                .tokenId("token")
                .method("GET")
                .endpoint("/v1/learners")
                .build();
    }
}
