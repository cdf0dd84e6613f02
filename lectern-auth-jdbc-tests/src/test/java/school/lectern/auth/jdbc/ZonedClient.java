package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.time.Clocks;

/** A process with a different default time zone. It takes four of five permits, and writes and reads a row of the audit log. */
final class ZonedClient {

    static final Instant FOLD = Instant.parse("2026-10-25T01:30:00.123Z");

    private ZonedClient() {}

    /**
     * Returns the output of the process: for each call, whether it was admitted and when the window ends; then the times of all
     * audit rows.
     */
    static List<String> run(String zone, TestDatabase database) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx96m",
                        "-Duser.timezone=" + zone,
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ZonedClient.class.getName(),
                        database.url(),
                        database.user())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .lines()
                .toList();
    }

    /** The process's main method. Arguments: the URL of its database, and the user. */
    public static void main(String[] arguments) {
        try (HikariDataSource pool = Pools.of(arguments[0], arguments[1]);
                OpenStorage storage = JdbcStorage.builder(pool)
                        .deadline(Duration.ofSeconds(30))
                        .build()
                        .open()) {
            for (int call = 0; call < 4; call++) {
                LimitStatus status = storage.exactLimits()
                        .take(
                                LimitTake.of(
                                        new LimitKey("apitoken_1", "read"), RateLimit.fixed(5, TimeZonesTest.WINDOW)),
                                Clocks.system().now());
                System.out.println((status.admitted() ? "admitted " : "refused ") + status.resetMillis());
            }
            storage.audit().append(event());
            storage.audit()
                    .read("123", FOLD, FOLD.plusMillis(1), "", 10)
                    .items()
                    .forEach(row -> System.out.println("audit " + row.at()));
        }
    }

    private static AuditEvent event() {
        String id = "event_" + ProcessHandle.current().pid();
        return AuditEvent.builder(id, FOLD, AuditEvent.CALL, "allowed")
                .tenantId("123")
                .method("GET")
                .endpoint("/")
                .status(200)
                .build();
    }
}
