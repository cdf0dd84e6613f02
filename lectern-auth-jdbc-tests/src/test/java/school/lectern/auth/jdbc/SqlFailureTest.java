package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;

/** Real errors of databases, and how they are classified. */
class SqlFailureTest {

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_duplicate_key_is_distinguished_from_other_constraints(Kind kind) throws SQLException {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool();
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(3) NOT NULL, more INT CHECK (more > 0))");
            statement.execute("CREATE TABLE u (id INT, FOREIGN KEY (id) REFERENCES t (id))");
            statement.execute("INSERT INTO t VALUES (1, 'a', 1)");
            assertThat(failure(statement, "INSERT INTO t VALUES (1, 'b', 1)")).isEqualTo(SqlFailure.DUPLICATE_KEY);
            assertThat(failure(statement, "INSERT INTO t VALUES (2, 'b', 0)")).isNotEqualTo(SqlFailure.DUPLICATE_KEY);
            assertThat(failure(statement, "INSERT INTO t VALUES (2, NULL, 1)")).isEqualTo(SqlFailure.VALUE_REJECTED);
            assertThat(failure(statement, "INSERT INTO t VALUES (2, 'four', 1)"))
                    .isEqualTo(SqlFailure.VALUE_REJECTED);
            assertThat(failure(statement, "INSERT INTO u VALUES (7)")).isEqualTo(SqlFailure.VALUE_REJECTED);
            assertThat(failure(statement, "INSERT INTO nowhere VALUES (7)")).isEqualTo(SqlFailure.OTHER);
        }
    }

    @Test
    void a_server_that_has_no_room_or_whose_administrator_ends_a_connection_has_cut_its_clients_off()
            throws SQLException {
        assertThat(SqlFailure.of(new SQLException("too many clients", "53300"))).isEqualTo(SqlFailure.NOT_AVAILABLE);
        try (HikariDataSource pool = TestDatabase.of(Kind.MARIADB, folder).pool();
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(failure(statement, "KILL QUERY CONNECTION_ID()")).isEqualTo(SqlFailure.NOT_AVAILABLE);
        }
    }

    private static SqlFailure failure(Statement statement, String sql) {
        return SqlFailure.of(catchThrowableOfType(SQLException.class, () -> statement.execute(sql)));
    }

    @Test
    void an_h2_that_is_closed_or_gone_has_cut_its_clients_off() throws Exception {
        String url = TestDatabase.of(Kind.H2, folder).url();
        try (Connection connection = DriverManager.getConnection(url, "sa", "");
                Statement statement = connection.createStatement();
                Connection other = DriverManager.getConnection(url, "sa", "");
                Statement shutdown = other.createStatement()) {
            shutdown.execute("SHUTDOWN IMMEDIATELY");
            assertThat(failure(statement, "SELECT 1")).isEqualTo(SqlFailure.NOT_AVAILABLE);
        }
        try (HarmedServer.OfH2 server = new HarmedServer.OfH2(folder);
                HikariDataSource pool = server.database().pool();
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            server.crash();
            assertThat(failure(statement, "SELECT 1")).isEqualTo(SqlFailure.NOT_AVAILABLE);
        }
    }

    /** A retry is only for a row that another node creates at the same moment. */
    @ParameterizedTest
    @MethodSource("databases")
    void a_permit_whose_row_breaks_a_rule_is_tried_once(Kind kind) throws SQLException {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            RoundTrips trips = new RoundTrips(pool);
            OpenStorage storage = JdbcStorage.builder(trips.source())
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            LimitStore limits = storage.exactLimits();
            RateLimit limit = RateLimit.fixed(10, Duration.ofHours(1));
            int before = trips.count();
            limits.take(
                    LimitTake.of(new LimitKey("a", "read"), limit),
                    Clocks.system().now());
            int once = trips.count() - before;
            H2.execute(pool, "ALTER TABLE lectern_limits ADD CONSTRAINT refusing CHECK (subject <> 'b')");
            before = trips.count();
            assertThatThrownBy(() -> limits.take(
                            LimitTake.of(new LimitKey("b", "read"), limit),
                            Clocks.system().now()))
                    .isInstanceOf(StorageException.class)
                    .hasMessage("counting a permit failed");
            assertThat(trips.count() - before).isLessThan(2 * once);
            storage.close();
        }
    }
}
