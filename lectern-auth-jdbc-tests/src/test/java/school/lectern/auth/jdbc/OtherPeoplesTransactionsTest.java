package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.TokenStore.Noted;
import school.lectern.auth.token.IssuedToken;

/** Transactions of the application or an administrator that use the library's connections and rows at the same time. */
class OtherPeoplesTransactionsTest {

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    /** As with a DataSource that binds a connection to the thread of the transaction. */
    @ParameterizedTest
    @MethodSource("databases")
    void a_caller_whose_own_transaction_sees_the_past_is_still_refused_a_revoked_token(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        HikariDataSource pool = database.pool();
        ThreadLocal<Connection> bound = new ThreadLocal<>();
        LendingDataSource lending =
                new LendingDataSource(() -> bound.get() == null ? pool.getConnection() : bound.get());
        try (Node other = Node.of(database);
                Node node = Node.of(pool, lending);
                Connection callers = snapshot(pool)) {
            IssuedToken token = node.issue();
            assertThat(standing(callers)).isEqualTo(1);
            bound.set(callers);
            assertThat(node.allows(token)).isTrue();
            other.operations().revoke(token.id()).orElseThrow();

            assertThat(standing(callers))
                    .as("tokens in the snapshot of the caller's transaction")
                    .isEqualTo(1);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            bound.remove();
            callers.rollback();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_connection_that_is_lent_out_of_a_transaction_is_refused(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        HikariDataSource pool = database.pool();
        boolean[] inTransaction = {false};
        LendingDataSource lending =
                new LendingDataSource(() -> inTransaction[0] ? snapshot(pool) : pool.getConnection());
        try (Node node = Node.of(pool, lending)) {
            IssuedToken token = node.issue();
            inTransaction[0] = true;
            // The DataSource is called again only after the connection that was just used has gone back.
            Patience.await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.UNAVAILABLE);
            inTransaction[0] = false;
            assertThat(node.allows(token)).isTrue();
        }
    }

    private static Connection snapshot(HikariDataSource pool) throws SQLException {
        Connection connection = pool.getConnection();
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setAutoCommit(false);
        return connection;
    }

    private static int standing(Connection connection) throws SQLException {
        return Sql.query(
                        connection,
                        "SELECT COUNT(*) FROM lectern_tokens WHERE revoked_at IS NULL",
                        none -> {},
                        row -> row.getInt(1))
                .get(0);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void connections_go_back_with_the_isolation_and_the_autocommit_that_they_came_with(Kind kind) throws Exception {
        HikariDataSource pool = alwaysTheSame(TestDatabase.of(kind, folder));
        boolean[] watched = {false};
        LendingDataSource lending = new LendingDataSource(() -> {
            Connection connection = pool.getConnection();
            if (watched[0]) {
                // The driver's own connection, because the pool would reset the setting when the connection comes back.
                Connection real = connection.unwrap(Connection.class);
                assertThat(real.getAutoCommit()).isTrue();
                assertThat(real.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
            }
            return connection;
        });
        try (Node node = Node.of(pool, lending)) {
            // A storage does not open with only one connection.
            pool.setMaximumPoolSize(1);
            pool.getHikariPoolMXBean().softEvictConnections();
            IssuedToken token = node.issue();
            watched[0] = true;
            assertThat(node.allows(token)).isTrue();
            node.operations()
                    .update(token.id(), new TokenUpdate().name("other"))
                    .orElseThrow();
            node.tokens().recordLastUsed(Map.of(token.id(), Instant.now()), Duration.ZERO);
            assertThat(node.storage.audit().purge("123", Instant.EPOCH, 10)).isZero();
            assertThat(node.allows(token)).isTrue();
        }
    }

    private static HikariDataSource alwaysTheSame(TestDatabase database) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.url());
        config.setUsername(database.user());
        config.setPassword("");
        config.setMaximumPoolSize(2);
        config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
        return new HikariDataSource(config);
    }

    /** If a request needed two connections, requests that share a pool would wait for each other. */
    @ParameterizedTest
    @MethodSource("databases")
    void a_request_is_served_by_a_pool_of_one_connection(Kind kind) throws Exception {
        try (Node node = Node.patient(TestDatabase.of(kind, folder))) {
            node.pool.setMaximumPoolSize(1);
            node.pool.getHikariPoolMXBean().softEvictConnections();
            IssuedToken token = node.issue();
            for (int i = 0; i < 20; i++) {
                assertThat(node.allows(token)).isTrue();
            }
            node.auth.close();
            assertThat(node.get(token).lastUsedAt()).isNotNull();
            assertThat(node.pool.getHikariPoolMXBean().getTotalConnections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_token_whose_row_an_administrator_holds_is_verified_and_its_use_is_left_out_at_once(Kind kind)
            throws Exception {
        try (Node node = Node.of(TestDatabase.of(kind, folder));
                Connection administrator = node.pool.getConnection()) {
            IssuedToken held = node.issue();
            IssuedToken free = node.issue();
            hold(administrator, "SELECT * FROM lectern_tokens WHERE token_id = '" + held.id() + "' FOR UPDATE");

            assertThat(node.allows(held)).isTrue();
            for (int use = 1; use <= 5; use++) {
                Instant at = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(use);
                Noted noted = node.tokens().recordLastUsed(Map.of(held.id(), at, free.id(), at), Duration.ZERO);
                assertThat(noted.leftOut()).containsExactly(held.id());
                assertThat(node.get(free).lastUsedAt()).isEqualTo(at);
            }
            node.operations().revoke(free.id()).orElseThrow();
            assertThat(node.get(held).lastUsedAt()).isNull();
            administrator.rollback();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void calls_do_not_wait_for_a_locked_row_of_a_limit(Kind kind) throws Exception {
        try (Node node = Node.of(TestDatabase.of(kind, folder));
                Connection administrator = node.pool.getConnection()) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            hold(administrator, "SELECT * FROM lectern_limits FOR UPDATE");

            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.UNAVAILABLE);
            administrator.rollback();
            assertThat(node.allows(token)).isTrue();
        }
    }

    private static void hold(Connection administrator, String rows) throws SQLException {
        administrator.setAutoCommit(false);
        assertThat(Sql.query(administrator, rows, none -> {}, row -> 1)).isNotEmpty();
    }
}
