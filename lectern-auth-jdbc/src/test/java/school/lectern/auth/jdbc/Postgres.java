package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** Real PostgreSQL servers for tests: one of each version for the whole run, which ends with it. */
final class Postgres {

    private static final EmbeddedPostgres SERVER = start();
    private static final AtomicInteger NEXT = new AtomicInteger();

    /** The oldest version that is supported; its programs are there in the long form of the tests. */
    private static final class Oldest {
        private static final EmbeddedPostgres SERVER = start(programs());
    }

    private Postgres() {}

    /** Another server, for a test that harms it. The caller closes it. */
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
                // As servers are unless they are told otherwise; these are told otherwise by their makers.
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

    /** A pool of its own, to a database that all tests share. */
    static HikariDataSource pool() {
        return pool(SERVER);
    }

    /** A pool of its own, to an empty database of its own. */
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
