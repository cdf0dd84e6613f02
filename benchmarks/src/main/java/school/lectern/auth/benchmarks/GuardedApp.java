package school.lectern.auth.benchmarks;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.OpenStorage;

/** An instance of the library with its tokens in memory and, if calls are recorded, their database. */
final class GuardedApp {

    /** The database for recorded calls. */
    private record Records(DatabaseServer server, OpenStorage storage) {

        static Records start(String database) throws IOException {
            DatabaseServer server = DatabaseServer.start(database);
            return new Records(
                    server, JdbcStorage.builder(server.pool()).build().open());
        }

        /**
         * Checks that calls were recorded if they should be. Otherwise the measurement is not what its name states. Buffered
         * rows are in the database when their storage is closed, and not before.
         */
        void stop() throws Exception {
            storage.close();
            System.err.println(storage.audit().dropped() + " rows were dropped because the buffer was full");
            try (OpenStorage reopened = JdbcStorage.of(server.pool()).open()) {
                Tokens.require(reopened.audit().tenantAfter("").isPresent(), "recorded");
            }
            server.stop();
        }
    }

    private final Optional<Records> records;
    private final CachingTokenStore cache;
    private final LecternAuth auth;
    private final List<String> tokens;

    private GuardedApp(Optional<Records> records, AuditMode recording, int tokens) {
        this.records = records;
        this.cache = Tokens.cache(tokens);
        AuditLog audit = records.isPresent() ? records.get().storage().audit() : new InMemoryAuditLog(1);
        this.auth = Tokens.judge(cache).audit(audit, recording).open();
        this.tokens =
                IntStream.range(0, tokens).mapToObj(i -> Tokens.issue(auth)).toList();
    }

    static GuardedApp of(String mode, String database, int tokens) throws IOException {
        return switch (mode) {
            case "filter" -> new GuardedApp(Optional.empty(), AuditMode.OFF, tokens);
            case "buffered" -> new GuardedApp(Optional.of(Records.start(database)), AuditMode.BUFFERED, tokens);
            case "durable" -> new GuardedApp(Optional.of(Records.start(database)), AuditMode.DURABLE, tokens);
            default -> throw new IllegalArgumentException("unknown mode: " + mode);
        };
    }

    Filter filter() {
        Requirement held = Requirement.scope("read:learners");
        return new LecternAuthFilter(
                auth, RouteRules.builder().guard("GET", WebServer.PATH, held).build());
    }

    List<String> tokens() {
        return tokens;
    }

    void stop() throws Exception {
        auth.close();
        cache.close();
        if (records.isPresent()) {
            records.get().stop();
        }
    }
}
