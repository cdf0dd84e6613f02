package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Processes that share a database and nothing else. */
class TwoProcessesTest {

    private static final int WINDOWS = Boolean.getBoolean("lectern.long") ? 60 : 5;

    @TempDir
    Path folder;

    enum Server {
        /** A file that the first process to open it serves to the other. */
        H2_FILE,
        POSTGRESQL,
        MARIADB
    }

    @ParameterizedTest
    @EnumSource
    void two_processes_together_admit_no_more_than_the_limit(Server server) throws Exception {
        AtomicInteger admitted = new AtomicInteger();
        Patience.await("enough admissions").until(() -> {
            List<Admission> admissions = loaded(server, false);
            assertNoneTooMany(admissions);
            return admitted.addAndGet(admissions.size()) > LimitClient.PERMITS * (WINDOWS - 1) / 2;
        });
    }

    @ParameterizedTest
    @EnumSource
    void a_process_that_counts_for_itself_alone_shows(Server server) throws Exception {
        // On a busy machine, the two may run alternately.
        Patience.await("a window with too many").until(() -> {
            List<Admission> admissions = loaded(server, true);
            return catchThrowable(() -> assertNoneTooMany(admissions)) instanceof AssertionError;
        });
    }

    private static void assertNoneTooMany(List<Admission> admissions) {
        Admission.assertNoneTooMany(admissions, LimitClient.PERMITS, LimitClient.WINDOW.toMillis());
    }

    private List<Admission> loaded(Server server, boolean alone) throws Exception {
        String user = server == Server.POSTGRESQL ? "postgres" : server == Server.MARIADB ? "root" : "sa";
        String url = url(server);
        try (LimitClient first = ready(LimitClient.start(url, user, alone));
                LimitClient second = ready(LimitClient.start(url, user, false))) {
            String subject = "apitoken_" + UUID.randomUUID();
            long until = System.currentTimeMillis() + WINDOWS * LimitClient.WINDOW.toMillis();
            CompletableFuture<List<Admission>> one = first.load(subject, until);
            CompletableFuture<List<Admission>> two = second.load(subject, until);
            List<Admission> all = new ArrayList<>(one.get(60 + WINDOWS, TimeUnit.SECONDS));
            all.addAll(two.get(60, TimeUnit.SECONDS));
            return all;
        }
    }

    private static LimitClient ready(LimitClient client) throws IOException {
        try {
            client.awaitReady();
            return client;
        } catch (IOException failed) {
            client.close();
            throw failed;
        }
    }

    private String url(Server server) {
        if (server == Server.H2_FILE) {
            return "jdbc:h2:file:" + folder.resolve("limits") + ";AUTO_SERVER=TRUE";
        }
        try (HikariDataSource pool =
                (HikariDataSource) (server == Server.POSTGRESQL ? Postgres.pool() : MariaDb.pool())) {
            return pool.getJdbcUrl();
        }
    }
}
