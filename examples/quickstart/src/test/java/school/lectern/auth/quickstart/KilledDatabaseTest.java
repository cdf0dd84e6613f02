package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;

/** A hundred clients of the quickstart, and the server of its database killed under them as a power cut would. */
class KilledDatabaseTest {

    private static final int CLIENTS = 100;
    private static final boolean LONG = Boolean.getBoolean("lectern.long");
    private static final int ROUNDS = LONG ? 10 : 1;

    @TempDir
    Path folder;

    /** Those of PostgreSQL; in the long form the oldest that is supported, too. */
    static List<String> versions() {
        return LONG ? List.of("newest", "oldest") : List.of("newest");
    }

    @ParameterizedTest
    @MethodSource("versions")
    void no_client_is_kept_waiting_or_told_that_its_token_is_wrong_while_postgresql_is_gone(String version)
            throws Exception {
        survives(new Postgres(folder, version.equals("oldest")));
    }

    private record Seen(String requestId, int status, long began, long millis) {}

    private void survives(Postgres database) throws Exception {
        ProcessHandle server = database.start();
        Map<String, String> settings =
                Map.of("LECTERN_DB_URL", database.url(), "LECTERN_DB_USER", "postgres", "LECTERN_CACHE", "off");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (RunningQuickstart quickstart = RunningQuickstart.start(folder.resolve("quickstart"), settings)) {
            ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < CLIENTS; i++) {
                String secret =
                        quickstart.issue("\"read:learners\"").get("token").asText();
                clients.execute(() -> ask(quickstart, secret, seen));
            }
            for (int round = 0; round < ROUNDS; round++) {
                TimeUnit.SECONDS.sleep(2);
                long killed = System.nanoTime();
                kill(server);
                database.forget();
                TimeUnit.SECONDS.sleep(2);
                long gone = System.nanoTime();
                server = database.start();
                awaitAnswers(seen, System.nanoTime());

                assertThat(seen).extracting(Seen::status).containsOnly(200, 500);
                List<Long> times = seen.stream()
                        .filter(one -> one.began() >= killed && one.began() <= gone)
                        .map(Seen::millis)
                        .sorted()
                        .toList();
                assertThat(times).hasSizeGreaterThan(CLIENTS);
                System.out.println("without the database, " + times.size() + " answers took up to "
                        + times.get(times.size() / 2) + ", " + times.get(times.size() * 99 / 100) + ", "
                        + times.get(times.size() - 1) + " ms (50, 99, 100 %)");
                assertThat(times.get(times.size() * 99 / 100))
                        .as("99 of a hundred")
                        .isLessThanOrEqualTo(1_000);
            }
            assertThat(quickstart.terminate())
                    .as("the end of a drain under load")
                    .isZero();
            clients.shutdownNow();
            assertThat(clients.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            assertThat(recorded(database.url()))
                    .containsAll(seen.stream()
                            .filter(one -> one.status() == 200)
                            .map(Seen::requestId)
                            .toList());
        } finally {
            clients.shutdownNow();
            kill(server);
            database.forget();
        }
    }

    /** Slowly enough for the limit of its token. */
    private static void ask(RunningQuickstart quickstart, String secret, ConcurrentLinkedQueue<Seen> seen) {
        try {
            while (true) {
                long began = System.nanoTime();
                Answer answer = quickstart.get("/v1/learners", secret);
                seen.add(new Seen(answer.header("X-Request-Id"), answer.status(), began, millisSince(began)));
                TimeUnit.MILLISECONDS.sleep(LONG ? 400 : 250);
            }
        } catch (Exception theServerIsGoneOrTheTestIsOver) {
            // What counts are the answers until then.
        }
    }

    private static long millisSince(long began) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private static void awaitAnswers(ConcurrentLinkedQueue<Seen> seen, long restarted) throws InterruptedException {
        while (seen.stream().noneMatch(one -> one.status() == 200 && one.began() > restarted)) {
            assertThat(Duration.ofNanos(System.nanoTime() - restarted))
                    .as("after the restart")
                    .isLessThan(Duration.ofSeconds(5));
            Thread.sleep(20);
        }
        System.out.println("back " + millisSince(restarted) + " ms after the restart");
    }

    /** The ids of the requests that the audit log knows to have been let in. */
    private static Set<String> recorded(String url) throws Exception {
        Set<String> ids = new HashSet<>();
        try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT request_id FROM lectern_audit WHERE event = 'call' AND outcome = 'allowed'")) {
            while (row.next()) {
                ids.add(row.getString(1));
            }
        }
        return ids;
    }

    /** With all processes that it has started. */
    private static void kill(ProcessHandle server) {
        List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
        all.add(server);
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
    }

    private static final class Postgres {
        private final Path folder;
        private final boolean oldest;
        private EmbeddedPostgres server;
        private int port;

        Postgres(Path folder, boolean oldest) {
            this.folder = folder.resolve("postgres");
            this.oldest = oldest;
        }

        String url() {
            return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        }

        ProcessHandle start() throws Exception {
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(folder)
                    .setCleanDataDirectory(false)
                    // As servers are unless they are told otherwise: this one for tests would lose what it
                    // acknowledged.
                    .setServerConfig("synchronous_commit", "on");
            if (oldest) {
                Path programs = Path.of(System.getProperty("oldest.postgresql"), "postgres-linux-x86_64.txz");
                builder.setPgBinaryResolver((system, machine) -> Files.newInputStream(programs));
            }
            server = builder.start();
            port = server.getPort();
            String pid = Files.readAllLines(folder.resolve("postmaster.pid")).get(0);
            return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        }

        void forget() throws IOException {
            server.close();
        }
    }
}
