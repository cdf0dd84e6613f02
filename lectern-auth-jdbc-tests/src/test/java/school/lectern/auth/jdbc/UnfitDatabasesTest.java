package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.testkit.Lookups;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/**
 * Databases on which a function would fail or a guarantee would not hold. They are rejected with the cause and the fix, at the
 * start and later.
 */
class UnfitDatabasesTest {

    private static final AtomicInteger NEXT = new AtomicInteger();

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    private static void assertRefused(DataSource source, String... why) {
        assertRefused(JdbcStorage.builder(source).deadline(Patience.DEADLINE), why);
    }

    private static void assertRefused(JdbcStorage.Builder builder, String... why) {
        assertThatThrownBy(() -> builder.build().open())
                .isInstanceOf(StorageException.class)
                .hasMessageContainingAll(why);
    }

    private static void assertNoLease(OpenStorage storage, String... why) {
        for (String each : why) {
            assertThatThrownBy(() -> storage.tokens().changes().orElseThrow().since(Position.NONE))
                    .isInstanceOf(StorageException.class)
                    .hasStackTraceContaining(each);
        }
    }

    // ---- H2

    @ParameterizedTest
    @ValueSource(strings = {"Oracle", "MSSQLServer", "Derby", "STRICT", "DB2", "HSQLDB"})
    void a_mode_of_h2_in_which_statements_fail_is_refused(String mode) {
        try (HikariDataSource pool = Pools.of("jdbc:h2:mem:refused" + mode + ";MODE=" + mode, "sa")) {
            assertRefused(pool, "H2's MODE", "take MODE out of the URL");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "REGULAR",
                "LEGACY",
                "PostgreSQL",
                "PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH",
                "MySQL",
                "MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE",
                "MariaDB;DATABASE_TO_LOWER=TRUE",
                "PostgreSQL;DATABASE_TO_UPPER=FALSE"
            })
    void in_the_modes_that_tests_of_applications_use_every_part_works(String mode) {
        String url = "jdbc:h2:mem:mode" + NEXT.incrementAndGet() + ";DB_CLOSE_DELAY=-1;MODE=" + mode;
        HikariDataSource pool = Pools.of(url, "sa");
        try (Node node = Node.patient(pool, pool)) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            for (int i = 0; i < 6; i++) {
                boolean admitted = node.storage
                        .exactLimits()
                        .take(
                                LimitTake.of(new LimitKey("a", "b"), RateLimit.fixed(5, Duration.ofDays(366))),
                                Clocks.system().now())
                        .admitted();
                assertThat(admitted).isEqualTo(i < 5);
            }
            assertThat(node.operations().revokeAll().orElseThrow()).isEqualTo(1);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            assertThat(node.storage
                            .tokens()
                            .changes()
                            .orElseThrow()
                            .since(new Position(0, 0))
                            .changes())
                    .hasValueSatisfying(all -> assertThat(all).isNotEmpty());
            assertThat(node.storage.audit().purge("123", Instant.parse("2999-01-01T00:00:00Z"), 100))
                    .isPositive();
        }
    }

    @Test
    void a_mode_that_is_set_later_ends_the_lease() throws SQLException {
        try (HikariDataSource pool = H2.inMemory()) {
            OpenStorage storage = JdbcStorage.builder(pool)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            storage.tokens().changes().orElseThrow().since(Position.NONE);
            H2.execute(pool, "SET MODE Oracle");
            assertNoLease(storage, "H2's MODE");
            storage.close();
        }
    }

    @Test
    void a_file_of_h2_that_is_opened_to_be_read_is_refused() {
        String url = "jdbc:h2:file:" + folder.resolve("readable").toAbsolutePath();
        DataSource writable = new LendingDataSource(() -> DriverManager.getConnection(url, "sa", ""));
        JdbcStorage.builder(writable).deadline(Patience.DEADLINE).build().open().close();
        assertRefused(
                new LendingDataSource(() -> DriverManager.getConnection(url + ";ACCESS_MODE_DATA=r", "sa", "")),
                "read-only");
    }

    // ---- PostgreSQL

    @ParameterizedTest
    @ValueSource(strings = {"LATIN1", "SQL_ASCII", "WIN1252"})
    void an_encoding_of_postgresql_that_does_not_hold_every_text_is_refused(String encoding) throws SQLException {
        String name = "encoded_" + encoding.toLowerCase(Locale.ROOT);
        try (HikariDataSource pool = Postgres.pool()) {
            H2.execute(
                    pool,
                    "CREATE DATABASE " + name + " ENCODING '" + encoding
                            + "' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        }
        String url = "jdbc:postgresql://127.0.0.1:" + Postgres.server().getPort() + "/" + name;
        try (HikariDataSource pool = Pools.of(url, "postgres")) {
            assertRefused(pool, "encoding", "ENCODING 'UTF8'");
        }
    }

    @Test
    void a_database_of_postgresql_that_is_made_read_only_is_refused_and_ends_the_lease() throws Exception {
        TestDatabase database = TestDatabase.of(Kind.POSTGRESQL, folder);
        String name = database.url().substring(database.url().lastIndexOf('/') + 1);
        try (HikariDataSource pool = database.pool();
                HikariDataSource administrator = Postgres.pool()) {
            OpenStorage storage = JdbcStorage.builder(pool)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            H2.execute(administrator, "ALTER DATABASE " + name + " SET default_transaction_read_only = on");
            pool.getHikariPoolMXBean().softEvictConnections();
            assertNoLease(storage, "read-only", "default_transaction_read_only");
            assertRefused(pool, "read-only", "default_transaction_read_only");
            H2.execute(administrator, "ALTER DATABASE " + name + " RESET default_transaction_read_only");
            pool.getHikariPoolMXBean().softEvictConnections();
            storage.tokens().changes().orElseThrow().since(Position.NONE);
            storage.close();
        }
    }

    // ---- MariaDB

    /** The setting applies to the whole server, so this test has its own server. */
    @Test
    void settings_of_a_mariadb_server_that_change_later_end_the_lease_and_the_rows() throws Exception {
        try (HikariDataSource pool = MariaDb.empty()) {
            OpenStorage storage = JdbcStorage.builder(pool)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            H2.execute(pool, "SET GLOBAL innodb_flush_log_at_trx_commit = 0");
            try {
                assertNoLease(storage, "innodb_flush_log_at_trx_commit");
                assertThat(Lookups.rows(storage.tokens(), "x"))
                        .as("rows are still read")
                        .isEmpty();
            } finally {
                H2.execute(pool, "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
            }
            storage.tokens().changes().orElseThrow().since(Position.NONE);
            storage.close();
        }
    }

    /**
     * Simulates a setting of a server: the servers of these tests are shared, and a replica or a cluster would need several
     * servers.
     */
    private static DataSource saying(HikariDataSource pool, String setting, boolean[] from, String value) {
        return new RoundTrips(pool, sql -> from[0] ? sql.replace(setting, value) : sql).source();
    }

    @Test
    void a_mariadb_that_becomes_a_read_only_replica_gives_neither_rows_nor_a_lease() throws Exception {
        try (HikariDataSource pool = MariaDb.empty()) {
            boolean[] replica = {false};
            OpenStorage storage = JdbcStorage.builder(saying(pool, "@@GLOBAL.read_only", replica, "1"))
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            assertThat(Lookups.rows(storage.tokens(), "x")).isEmpty();
            replica[0] = true;
            Patience.await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            assertNoLease(storage, "read-only", "connect to the primary");
            assertThatThrownBy(() -> Lookups.rows(storage.tokens(), "y", "z"))
                    .hasStackTraceContaining("connect to the primary");
            assertRefused(saying(pool, "@@GLOBAL.read_only", replica, "'ON'"), "read-only", "connect to the primary");
            storage.close();
        }
    }

    @Test
    void a_galera_cluster_is_refused_unless_one_node_is_declared_to_be_the_only_writer() throws Exception {
        try (HikariDataSource pool = MariaDb.empty()) {
            boolean[] cluster = {true};
            DataSource node = saying(pool, "@@wsrep_on", cluster, "1");
            assertRefused(node, "Galera", "galeraWithOneWriter()");
            JdbcStorage.builder(node)
                    .deadline(Patience.DEADLINE)
                    .galeraWithOneWriter()
                    .build()
                    .open()
                    .close();
            cluster[0] = false;
            OpenStorage storage = JdbcStorage.builder(node)
                    .deadline(Patience.DEADLINE)
                    .existingTables()
                    .build()
                    .open();
            cluster[0] = true;
            assertNoLease(storage, "Galera");
            storage.close();
        }
    }

    @Test
    void a_mysql_driver_is_distinguished_from_a_mysql_server() throws Exception {
        String url = "jdbc:mysql://127.0.0.1:" + MariaDb.port() + "/auth?useSSL=false";
        assertRefused(
                new LendingDataSource(() -> DriverManager.getConnection(url, "root", "")),
                "the server is MariaDB, and the driver is MySQL's",
                "mariadb-java-client");
    }

    @Test
    void a_mariadb_connection_without_a_database_is_refused() {
        try (HikariDataSource pool = Pools.of("jdbc:mariadb://127.0.0.1:" + MariaDb.port() + "/", "root")) {
            assertRefused(pool, "name a database in the URL");
        }
    }

    @Test
    void an_empty_text_that_is_null_is_refused() throws Exception {
        try (HikariDataSource pool = MariaDb.empty()) {
            DataSource source = new LendingDataSource(() -> {
                Connection connection = pool.getConnection();
                Sql.update(connection, "SET sql_mode = 'STRICT_ALL_TABLES,EMPTY_STRING_IS_NULL'", none -> {});
                return connection;
            });
            assertRefused(source, "treats '' as NULL");
        }
    }

    // ---- pools

    @ParameterizedTest
    @MethodSource("databases")
    void a_pool_of_one_connection_is_refused(Kind kind) throws SQLException {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            pool.setMaximumPoolSize(1);
            pool.setConnectionTimeout(250);
            assertRefused(pool, "no second connection", "maximum size");
            pool.setMaximumPoolSize(2);
            pool.setConnectionTimeout(Patience.DEADLINE.toMillis());
            JdbcStorage.builder(pool).deadline(Patience.DEADLINE).build().open().close();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_pool_of_read_only_connections_is_refused(Kind kind) throws SQLException {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (HikariDataSource pool = database.pool()) {
            DataSource readOnly = new LendingDataSource(() -> {
                Connection connection = pool.getConnection();
                connection.setReadOnly(true);
                return connection;
            });
            assertRefused(readOnly, "read-only");
        }
    }

    // ---- tables

    @ParameterizedTest
    @MethodSource("databases")
    void tables_that_a_newer_version_has_upgraded_end_the_lease(Kind kind) throws Exception {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            OpenStorage storage = JdbcStorage.builder(pool)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            storage.tokens().changes().orElseThrow().since(Position.NONE);
            H2.execute(pool, "INSERT INTO lectern_schema_version (version) VALUES (99)");
            assertNoLease(storage, "version 99", "replace this process");
            H2.execute(pool, "DELETE FROM lectern_schema_version WHERE version = 99");
            storage.tokens().changes().orElseThrow().since(Position.NONE);
            storage.close();
        }
    }
}
