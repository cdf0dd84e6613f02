package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.testkit.Lookups;

/**
 * A connection that was just used serves the next caller. If there is none, it goes back to the application's pool a moment
 * later.
 */
class IdleConnectionsTest {

    private static final AtomicInteger NEXT = new AtomicInteger();

    private final HikariDataSource pool =
            Pools.of("jdbc:h2:mem:kept" + NEXT.incrementAndGet() + ";DB_CLOSE_DELAY=-1", "sa");
    private final AtomicInteger lent = new AtomicInteger();
    private final OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> {
                lent.incrementAndGet();
                return pool.getConnection();
            }))
            .build()
            .open();

    @AfterEach
    void close() {
        storage.close();
        pool.close();
    }

    @Test
    void calls_that_come_one_upon_the_other_share_a_connection() {
        lent.set(0);
        for (int i = 0; i < 1_000; i++) {
            Lookups.rows(storage.tokens(), "none");
        }
        assertThat(lent).as("connections from the DataSource").hasValueLessThan(200);
    }

    @Test
    void after_a_pause_the_application_has_all_of_its_connections() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            Lookups.rows(storage.tokens(), "none");
        }
        awaitNoneLent();
    }

    @Test
    void without_a_pause_the_pool_has_them_back_now_and_then_too() {
        lent.set(0);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (System.nanoTime() < end) {
            Lookups.rows(storage.tokens(), "none");
        }
        assertThat(lent).as("connections from the DataSource").hasValueGreaterThan(3);
    }

    @Test
    void an_application_with_one_connection_gets_it_after_a_verification() throws SQLException {
        pool.setMaximumPoolSize(1);
        for (int i = 0; i < 20; i++) {
            Lookups.rows(storage.tokens(), "none");
            try (Connection own = pool.getConnection()) {
                assertThat(own.isValid(1)).isTrue();
            }
        }
    }

    @Test
    void what_failed_is_not_kept() throws Exception {
        H2.execute(pool, "ALTER TABLE lectern_tokens RENAME TO gone");
        List<Connection> used = new ArrayList<>();
        OpenStorage failing = JdbcStorage.builder(new LendingDataSource(() -> {
                    Connection connection = pool.getConnection();
                    used.add(connection);
                    return connection;
                }))
                .existingTables()
                .build()
                .open();
        used.clear();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> Lookups.rows(failing.tokens(), "none")).isInstanceOf(StorageException.class);
        }
        assertThat(used).hasSize(3).allMatch(IdleConnectionsTest::isClosed);
        failing.close();
    }

    @Test
    void closing_releases_idle_connections() {
        Lookups.rows(storage.tokens(), "none");
        storage.close();
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException broken) {
            return true;
        }
    }

    private void awaitNoneLent() {
        Patience.await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
    }
}
