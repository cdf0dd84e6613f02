package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;

/** A hundred clients use the quickstart while its database server is stopped, or killed like in a power cut. */
class HarmedDatabaseTest {

    private static final int CLIENTS = 100;
    private static final boolean LONG = Boolean.getBoolean("lectern.long");
    private static final int ROUNDS = LONG ? 10 : 1;

    private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();

    @TempDir
    Path folder;

    enum Server {
        POSTGRESQL,
        OLDEST_POSTGRESQL,
        MARIADB
    }

    static List<Server> servers() {
        return LONG ? List.of(Server.values()) : List.of(Server.POSTGRESQL, Server.MARIADB);
    }

    private HarmedServer of(Server server) throws IOException {
        return server == Server.MARIADB
                ? HarmedServer.mariadb(folder)
                : HarmedServer.postgresql(folder, server == Server.OLDEST_POSTGRESQL);
    }

    private record Seen(String requestId, int status, long began, long millis) {}

    @ParameterizedTest
    @MethodSource("servers")
    void no_client_waits_long_or_gets_a_401_while_the_server_is_silent_or_gone(Server which) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (HarmedServer server = of(which)) {
            server.start();
            try (RunningQuickstart quickstart = quickstartOn(server)) {
                for (int i = 0; i < CLIENTS; i++) {
                    String secret = issued(quickstart);
                    clients.execute(() -> ask(quickstart, secret));
                }
                for (int round = 0; round < ROUNDS; round++) {
                    survives(server::pause, server::resume);
                    survives(server::kill, server::start);
                }
                assertThat(quickstart.terminate())
                        .as("exit code of a shutdown under load")
                        .isZero();
            }
            clients.shutdownNow();
            assertThat(clients.awaitTermination(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(recorded(server)).containsAll(admitted());
        } finally {
            clients.shutdownNow();
        }
    }

    /** On a busy machine, a call may miss its deadline even without a fault. */
    private static String issued(RunningQuickstart quickstart) {
        return Patience.await()
                .ignoreException(IllegalStateException.class)
                .until(() -> quickstart.issue("\"read:learners\"").get("token").asText(), Objects::nonNull);
    }

    private RunningQuickstart quickstartOn(HarmedServer server) throws Exception {
        Map<String, String> settings = new HashMap<>(server.settings());
        settings.put("LECTERN_CACHE", "off");
        return RunningQuickstart.startAsItIs(folder.resolve("quickstart"), settings);
    }

    private interface Act {
        void run() throws Exception;
    }

    private void survives(Act harm, Act mend) throws Exception {
        awaitAnswers(200, 2 * CLIENTS, System.nanoTime());
        long harmed = System.nanoTime();
        harm.run();
        // The responses arrive while the server does not answer the library. A request that waited for the server would
        // get none.
        awaitAnswers(500, 2 * CLIENTS, harmed);
        long end = System.nanoTime();
        mend.run();
        long mended = System.nanoTime();
        awaitAnswers(200, 1, mended);
        System.out.println("back " + millisSince(mended) + " ms after the server");

        assertThat(seen).extracting(Seen::status).containsOnly(200, 500);
        List<Seen> meanwhile = seen.stream()
                .filter(one -> one.began() >= harmed && one.began() <= end)
                .toList();
        List<Long> times = meanwhile.stream().map(Seen::millis).sorted().toList();
        System.out.println("without the database, " + times.size() + " answers took up to "
                + times.get(times.size() / 2) + ", " + times.get(times.size() * 99 / 100) + ", "
                + times.get(times.size() - 1) + " ms (50, 99, 100 %)");
    }

    private List<String> admitted() {
        return seen.stream()
                .filter(one -> one.status() == 200)
                .map(Seen::requestId)
                .toList();
    }

    /** Slow enough for the limit of its token. */
    private void ask(RunningQuickstart quickstart, String secret) {
        try {
            while (true) {
                long began = System.nanoTime();
                Answer answer = quickstart.get("/v1/learners", secret);
                seen.add(new Seen(answer.header("X-Request-Id"), answer.status(), began, millisSince(began)));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LONG ? 400 : 250));
            }
        } catch (Exception theServerIsGoneOrTheTestIsOver) {
            // Only the responses until then are counted.
        }
    }

    private static long millisSince(long began) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private void awaitAnswers(int status, int count, long since) {
        Patience.await()
                .until(() -> seen.stream()
                                .filter(one -> one.status() == status && one.began() > since)
                                .count()
                        >= count);
    }

    /** Returns the ids of the requests that are admitted according to the audit log. */
    private static Set<String> recorded(HarmedServer server) throws Exception {
        Set<String> ids = new HashSet<>();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT request_id FROM lectern_audit WHERE event = 'call' AND outcome = 'allowed'")) {
            while (row.next()) {
                ids.add(row.getString(1));
            }
        }
        return ids;
    }
}
