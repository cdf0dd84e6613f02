package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;

/** Servers that are configured to acknowledge commits before they are durable. */
class ServerSettingsTest {

    private final List<String> atCommit = new ArrayList<>();

    @Test
    void postgresql_writes_each_commit_also_where_it_is_set_not_to() throws SQLException {
        try (HikariDataSource pool = Postgres.empty()) {
            assertThat(committedWith(pool)).as("by default").isEqualTo("on");
            H2.execute(
                    pool,
                    "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database()"
                            + " || ' SET synchronous_commit = off'; END $$");
            pool.getHikariPoolMXBean().softEvictConnections();
            assertThat(committedWith(pool)).as("set to off").isEqualTo("local");
            assertThat(setting(pool.getConnection()))
                    .as("on the application's connections")
                    .isEqualTo("off");
        }
    }

    /** By another user of the same pool, or by an administrator after the storage was opened. */
    @Test
    void commits_are_durable_also_if_a_session_is_changed_later() throws SQLException {
        try (HikariDataSource pool = Postgres.empty()) {
            boolean[] off = {false};
            OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> {
                        Connection connection = pool.getConnection();
                        Sql.update(connection, "SET synchronous_commit = " + (off[0] ? "off" : "on"), none -> {});
                        return noting(connection);
                    }))
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            off[0] = true;
            while (!atCommit.contains("local")) {
                storage.tokens().setSuspended("tenant " + System.nanoTime(), Instant.EPOCH, List.of());
            }
            atCommit.clear();
            storage.exactLimits()
                    .take(
                            LimitTake.of(new LimitKey("a", "b"), RateLimit.fixed(5, Duration.ofDays(1))),
                            Clocks.system().now());
            assertThat(atCommit).containsOnly("local");
            storage.close();
        }
    }

    /** Returns the value of the setting when a change was committed. */
    private String committedWith(HikariDataSource pool) {
        OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> noting(pool.getConnection())))
                .deadline(Patience.DEADLINE)
                .build()
                .open();
        atCommit.clear();
        storage.tokens().setSuspended("tenant " + System.nanoTime(), Instant.EPOCH, List.of());
        storage.close();
        assertThat(atCommit).isNotEmpty();
        return atCommit.get(atCommit.size() - 1);
    }

    private Connection noting(Connection real) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("commit")) {
                        atCommit.add(setting(real));
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private static String setting(Connection connection) throws SQLException {
        return Sql.query(connection, "SHOW synchronous_commit", none -> {}, row -> row.getString(1))
                .get(0);
    }

    @Test
    void mariadb_that_truncates_long_values_is_refused() throws SQLException {
        try (HikariDataSource pool = MariaDb.empty()) {
            LendingDataSource lax = new LendingDataSource(() -> {
                Connection connection = pool.getConnection();
                Sql.update(connection, "SET sql_mode = 'NO_ENGINE_SUBSTITUTION'", none -> {});
                return connection;
            });
            assertThatThrownBy(() -> JdbcStorage.builder(lax)
                            .deadline(Patience.DEADLINE)
                            .build()
                            .open())
                    .isInstanceOf(StorageException.class)
                    .hasMessageStartingWith("MariaDB's sql_mode");
        }
    }

    @Test
    void mariadb_whose_tables_hold_no_transaction_together_is_refused() throws SQLException {
        try (HikariDataSource pool = MariaDb.empty()) {
            JdbcStorage.builder(pool).deadline(Patience.DEADLINE).build().open().close();
            H2.execute(pool, "ALTER TABLE lectern_limits ENGINE = Aria");
            JdbcStorage.Builder builder = JdbcStorage.builder(pool).deadline(Patience.DEADLINE);
            assertThatThrownBy(() -> builder.build().open())
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("InnoDB");
            H2.execute(pool, "ALTER TABLE lectern_limits ENGINE = InnoDB");
            builder.build().open().close();
        }
    }

    @Test
    void mariadb_that_writes_no_commit_is_refused() throws SQLException {
        try (HikariDataSource pool = MariaDb.empty()) {
            H2.execute(pool, "SET GLOBAL innodb_flush_log_at_trx_commit = 0");
            try {
                assertThatThrownBy(() -> JdbcStorage.builder(pool)
                                .deadline(Patience.DEADLINE)
                                .build()
                                .open())
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("innodb_flush_log_at_trx_commit");
            } finally {
                H2.execute(pool, "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
            }
            JdbcStorage.builder(pool).deadline(Patience.DEADLINE).build().open().close();
        }
    }
}
