package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.h2.tools.Server;

/** A database server that a test can pause, crash and restart. */
interface HarmedServer extends AutoCloseable {

    TestDatabase database();

    /** Stops all processes of the server, so that it does not answer. */
    void pause() throws Exception;

    void resume() throws Exception;

    /** Kills the server without warning, and restarts it with the committed data. */
    void crash() throws Exception;

    @Override
    void close() throws IOException;

    static HarmedServer of(TestDatabase.Kind kind, Path folder) throws Exception {
        return kind == TestDatabase.Kind.H2 ? new OfH2(folder) : new OfPostgres();
    }

    /** An H2 server in a separate process. */
    final class OfH2 implements HarmedServer {
        private final Path folder;
        private final int port;
        private Process process;

        OfH2(Path folder) throws Exception {
            this.folder = folder;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                this.port = free.getLocalPort();
            }
            this.process = start();
        }

        private Process start() throws IOException {
            Path errors = folder.resolve("errors-of-h2.txt");
            Process started = ChildProcess.java(
                            Server.class,
                            errors,
                            List.of("-Xmx192m", "-Dh2.bindAddress=127.0.0.1"),
                            "-tcp",
                            "-tcpPort",
                            Integer.toString(port),
                            "-ifNotExists",
                            "-baseDir",
                            folder.toString())
                    .start();
            String line = new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            if (line == null || !line.contains("running")) {
                throw new IOException(
                        "H2's server says: " + line + "; its error output:\n" + ChildProcess.tail(errors));
            }
            return started;
        }

        @Override
        public TestDatabase database() {
            return database("auth");
        }

        /** One of several databases of the server. */
        TestDatabase database(String name) {
            String host = "127.0.0.1:" + port;
            String url = "jdbc:h2:tcp://" + host + "/./" + name;
            return new TestDatabase(TestDatabase.Kind.H2, host, url, "sa");
        }

        @Override
        public void pause() throws Exception {
            ProcessSignals.send(process.toHandle(), "STOP");
        }

        @Override
        public void resume() throws Exception {
            ProcessSignals.send(process.toHandle(), "CONT");
        }

        @Override
        public void crash() throws Exception {
            close();
            process = start();
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }

    /** A cluster of PostgreSQL. */
    final class OfPostgres implements HarmedServer {
        private final EmbeddedPostgres server = Postgres.start();
        private final ProcessHandle first;

        OfPostgres() throws Exception {
            try (HikariDataSource pool = Postgres.pool(server)) {
                // The test server is started with the setting that may lose commits.
                H2.execute(pool, "ALTER DATABASE postgres SET synchronous_commit = on");
                first = ProcessHandle.of(H2.number(pool, "SELECT pg_backend_pid()"))
                        .flatMap(ProcessHandle::parent)
                        .orElseThrow();
            }
        }

        @Override
        public TestDatabase database() {
            return new TestDatabase(
                    TestDatabase.Kind.POSTGRESQL, "127.0.0.1:" + server.getPort(), Postgres.url(server), "postgres");
        }

        @Override
        public void pause() throws Exception {
            ProcessSignals.sendToAll(first, "STOP");
        }

        @Override
        public void resume() throws Exception {
            ProcessSignals.sendToAll(first, "CONT");
        }

        /** If one server process is killed, the postmaster kills all others and recovers from the log. */
        @Override
        public void crash() throws Exception {
            for (ProcessHandle child : first.children().toList()) {
                ProcessSignals.send(child, "KILL");
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
