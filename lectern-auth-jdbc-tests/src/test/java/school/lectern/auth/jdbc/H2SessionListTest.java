package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.h2.tools.Server;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.testkit.Lookups;

/** The check of each look-up reads H2's list of sessions. That query sometimes fails while other sessions commit. */
class H2SessionListTest {

    private static final int WRITERS = 4;

    /** About one read in 300 fails if it is not repeated. */
    private static final int READS = 4_000;

    @Test
    void no_look_up_fails_while_other_sessions_commit() throws Exception {
        try (HikariDataSource source = H2.inMemory()) {
            requireReadsBesideWriters(source, READS);
        }
    }

    @Test
    void reads_on_an_h2_server_succeed_beside_writers() throws Exception {
        Server server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        String url = "jdbc:h2:tcp://localhost:" + server.getPort() + "/mem:sessions;DB_CLOSE_DELAY=-1";
        try (HikariDataSource source = Pools.of(url, "sa")) {
            requireReadsBesideWriters(source, READS / 4);
        } finally {
            server.stop();
        }
    }

    private static void requireReadsBesideWriters(DataSource source, int reads) throws Exception {
        H2.execute(source, "CREATE TABLE written (id INT PRIMARY KEY, changes BIGINT)");
        for (int i = 0; i < WRITERS; i++) {
            H2.execute(source, "INSERT INTO written VALUES (" + i + ", 0)");
        }
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        List<Future<Long>> writers = new ArrayList<>();
        try {
            for (int i = 0; i < WRITERS; i++) {
                int id = i;
                writers.add(threads.submit(() -> commits(source, id, over)));
            }
            try (OpenStorage storage = JdbcStorage.builder(source)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open()) {
                TokenStore tokens = storage.tokens();
                for (int i = 0; i < reads; i++) {
                    assertThat(Lookups.rows(tokens, "nobody")).isEmpty();
                    assertThat(tokens.get("123", "nobody")).isEmpty();
                }
            }
        } finally {
            over.set(true);
            threads.shutdown();
        }
        for (Future<Long> writer : writers) {
            assertThat(writer.get()).isPositive();
        }
    }

    private static long commits(DataSource source, int id, AtomicBoolean over) throws SQLException {
        long commits = 0;
        try (Connection connection = source.getConnection();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE written SET changes = changes + 1 WHERE id = " + id)) {
            connection.setAutoCommit(false);
            while (!over.get()) {
                update.executeUpdate();
                connection.commit();
                commits++;
            }
        }
        return commits;
    }
}
