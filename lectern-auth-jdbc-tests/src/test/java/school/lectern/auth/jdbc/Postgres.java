package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** Real PostgreSQL servers for tests, one of each version, shared by the whole test run and stopped at its end. */
final class Postgres {

    private static final EmbeddedPostgres SERVER = start();
    private static final AtomicInteger NEXT = new AtomicInteger();

    /** The oldest supported version. Its binaries are available only in the long form of the tests. */
    private static final class Oldest {
        private static final EmbeddedPostgres SERVER = start(programs());
    }

    private Postgres() {}

    /** Starts another server, for a test that damages it. The caller closes it. */
    static EmbeddedPostgres start() {
        return start(EmbeddedPostgres.builder());
    }

    private static EmbeddedPostgres start(EmbeddedPostgres.Builder builder) {
        try {
            return withSettings(builder).start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static EmbeddedPostgres.Builder withSettings(EmbeddedPostgres.Builder builder) {
        return builder.setServerConfig("max_connections", "400")
                // The default of a server, which the test library overrides.
                .setServerConfig("synchronous_commit", "on");
    }

    private static EmbeddedPostgres.Builder programs() {
        Path programs = Path.of(System.getProperty("oldest.postgresql"), "postgres-linux-x86_64.txz");
        return EmbeddedPostgres.builder().setPgBinaryResolver((system, machine) -> Files.newInputStream(programs));
    }

    static EmbeddedPostgres server() {
        return SERVER;
    }

    static EmbeddedPostgres oldest() {
        return Oldest.SERVER;
    }

    /** Returns a new pool to a database that all tests share. */
    static HikariDataSource pool() {
        return pool(SERVER);
    }

    /** Returns a new pool to a new, empty database. */
    static HikariDataSource empty() throws SQLException {
        String name = "empty" + NEXT.incrementAndGet();
        try (HikariDataSource pool = pool()) {
            H2.execute(pool, "CREATE DATABASE " + name);
        }
        return Pools.of("jdbc:postgresql://127.0.0.1:" + SERVER.getPort() + "/" + name, "postgres");
    }

    static HikariDataSource pool(EmbeddedPostgres server) {
        return Pools.of(url(server), "postgres");
    }

    static String url(EmbeddedPostgres server) {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres";
    }
}
