package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.testkit.Lookups;

/** A verification ends within its deadline, in whatever way the database or the pool fails to answer. */
class DeadlineTest {

    @Test
    void a_pool_whose_connections_are_all_held_is_not_waited_for() throws SQLException {
        try (HikariDataSource pool = Pools.of("jdbc:h2:mem:held;DB_CLOSE_DELAY=-1", "sa")) {
            pool.setMaximumPoolSize(2);
            OpenStorage storage = JdbcStorage.builder(pool).build().open();
            try (Connection one = pool.getConnection();
                    Connection two = pool.getConnection()) {
                assertThat(one).isNotSameAs(two);
                fails(storage.tokens());
            }
            answers(storage.tokens());
            storage.close();
        }
    }

    @Test
    void a_data_source_that_never_answers_delays_no_caller_for_long() throws Exception {
        HikariDataSource pool = Pools.of("jdbc:h2:mem:silent;DB_CLOSE_DELAY=-1", "sa");
        JdbcStorage.builder(pool).build().open().close();
        CountDownLatch silent = new CountDownLatch(1);
        boolean[] answers = {true};
        AtomicInteger asking = new AtomicInteger();
        OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> {
                    if (!answers[0]) {
                        asking.incrementAndGet();
                        silent.await();
                    }
                    return pool.getConnection();
                }))
                .deadline(Duration.ofMillis(200))
                .existingTables()
                .build()
                .open();
        answers[0] = false;
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try {
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                calls.add(() -> {
                    fails(storage.tokens());
                    return true;
                });
            }
            for (Future<Boolean> call : threads.invokeAll(calls)) {
                assertThat(call.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(asking)
                .as("threads that request a connection")
                .hasValueLessThanOrEqualTo(16)
                .hasValueGreaterThan(0);

        answers[0] = true;
        silent.countDown();
        answers(storage.tokens());
        Patience.await("connections that arrive late are released")
                .until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
        storage.close();
        pool.close();
    }

    @Test
    void a_data_source_that_breaks_is_an_outage_whatever_it_throws() {
        HikariDataSource pool = Pools.of("jdbc:h2:mem:breaking;DB_CLOSE_DELAY=-1", "sa");
        JdbcStorage.builder(pool).build().open().close();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> {
                    if (failure.get() instanceof Error error) {
                        throw error;
                    }
                    if (failure.get() instanceof Exception broken) {
                        throw broken;
                    }
                    return pool.getConnection();
                }))
                .existingTables()
                .build()
                .open();
        for (Throwable each : List.of(
                new SQLException("down"), new IllegalStateException("no pool"), new LinkageError("no driver"))) {
            failure.set(each);
            assertThatThrownBy(() -> Lookups.rows(storage.tokens(), "none"))
                    .isInstanceOf(StorageException.class)
                    .hasStackTraceContaining(each.getClass().getName())
                    .hasStackTraceContaining(each.getMessage());
        }
        storage.close();
        pool.close();
    }

    /** With a pool, and with a driver's own DataSource, which opens a connection for each call. */
    @Test
    void calls_do_not_wait_for_a_server_that_has_stopped_answering(@TempDir Path folder) throws Exception {
        try (HarmedServer server = HarmedServer.of(TestDatabase.Kind.POSTGRESQL, folder);
                HikariDataSource pool = server.database().pool()) {
            PGSimpleDataSource plain = new PGSimpleDataSource();
            plain.setUrl(server.database().url());
            plain.setUser("postgres");
            for (DataSource source : List.of(pool, plain)) {
                OpenStorage storage = JdbcStorage.builder(source).build().open();
                answers(storage.tokens());
                server.pause();
                try {
                    for (int i = 0; i < 5; i++) {
                        fails(storage.tokens());
                    }
                } finally {
                    server.resume();
                }
                answers(storage.tokens());
                storage.close();
            }
        }
    }

    @Test
    void a_deadline_that_makes_no_sense_is_refused() {
        JdbcStorage.Builder builder = JdbcStorage.builder(H2.inMemory());
        for (Duration odd :
                List.of(Duration.ZERO, Duration.ofMillis(9), Duration.ofMinutes(2), Duration.ofMillis(-1))) {
            assertThatThrownBy(() -> builder.deadline(odd))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("deadline");
        }
    }

    @Test
    void a_setting_is_set_once_and_a_default_yields_to_it() {
        JdbcStorage.Builder builder = JdbcStorage.builder(H2.inMemory())
                .defaults(usual -> usual.tablePrefix("a_").deadline(Duration.ofSeconds(1)))
                .tablePrefix("b_")
                .deadline(Duration.ofSeconds(2))
                .auditSettling(Duration.ofMinutes(1))
                .random(new SecureRandom())
                .defaults(usual -> usual.tablePrefix("c_"));
        List<Runnable> repeated = List.of(
                () -> builder.tablePrefix("d_"),
                () -> builder.deadline(Duration.ofSeconds(3)),
                () -> builder.auditSettling(Duration.ofMinutes(1)),
                () -> builder.random(new SecureRandom()));

        assertThat(repeated)
                .allSatisfy(call -> assertThatThrownBy(call::run)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(" must be set once, but was set before"));
    }

    /** Returns while the server does not answer. A call without a deadline would not return. */
    private static void fails(TokenStore tokens) {
        assertThatThrownBy(() -> Lookups.rows(tokens, "none")).isInstanceOf(StorageException.class);
    }

    private static void answers(TokenStore tokens) {
        Patience.await()
                .ignoreException(StorageException.class)
                .untilAsserted(() -> assertThat(Lookups.rows(tokens, "none")).isEmpty());
    }
}
