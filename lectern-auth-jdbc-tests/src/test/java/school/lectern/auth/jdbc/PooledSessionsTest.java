package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/** Session state that an application leaves on the connections of a pool that it shares with the library. */
class PooledSessionsTest {

    private static final List<String> TABLES =
            List.of("tokens", "tenants", "change_counter", "changes", "limits", "audit", "schema_version");

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    /** A DataSource that, after it is switched on, returns connections on which the given SQL was run. */
    private static final class Left {
        private final HikariDataSource pool;
        private volatile String[] statements = {};

        Left(HikariDataSource pool) {
            this.pool = pool;
        }

        DataSource source() {
            return new LendingDataSource(() -> {
                Connection connection = pool.getConnection();
                for (String sql : statements) {
                    Sql.update(connection, sql, none -> {});
                }
                return connection;
            });
        }

        /** Switches it on. Idle connections of the library have gone back by the end. */
        void leave(String... sql) {
            Patience.await().until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0);
            // As if the application had released its connections, and other code got new ones.
            pool.getHikariPoolMXBean().softEvictConnections();
            statements = sql;
        }
    }

    // ---- other tables with the same names

    static Stream<Arguments> copies() {
        return Stream.of(
                Arguments.of(Kind.H2, List.of("CREATE SCHEMA old", "SET SCHEMA old"), "SET SCHEMA old"),
                Arguments.of(
                        Kind.POSTGRESQL,
                        List.of("CREATE SCHEMA old", "SET search_path TO old"),
                        "SET search_path TO old, public"),
                Arguments.of(Kind.MARIADB, List.of("CREATE DATABASE old", "USE old"), "USE old"));
    }

    @ParameterizedTest
    @MethodSource("copies")
    void a_copy_of_the_tables_that_the_session_finds_first_decides_nothing(
            Kind kind, List<String> makeCopy, String lookThere) throws Exception {
        HikariDataSource pool = TestDatabase.of(kind, folder).pool();
        Left left = new Left(pool);
        try (Node node = Node.patient(pool, left.source())) {
            IssuedToken token = node.issue();
            copyTables(pool, kind, makeCopy);
            node.operations().revoke(token.id()).orElseThrow();
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);

            left.leave(lookThere);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            IssuedToken another = node.issue();
            node.operations().revoke(another.id()).orElseThrow();
            node.storage
                    .exactLimits()
                    .take(
                            LimitTake.of(new LimitKey("a", "b"), RateLimit.fixed(5, Duration.ofDays(366))),
                            Clocks.system().now());
            long number = node.storage
                    .tokens()
                    .changes()
                    .orElseThrow()
                    .since(Position.NONE)
                    .newest()
                    .number();

            left.leave();
            assertThat(node.kind(another)).isEqualTo(AuthError.Kind.REVOKED);
            assertThat(number).as("the number of changes").isEqualTo(2);
            assertThat(H2.number(pool, "SELECT COUNT(*) FROM lectern_limits WHERE subject = 'a'"))
                    .isEqualTo(1);
        } finally {
            if (kind == Kind.MARIADB) {
                try (HikariDataSource cleaning = (HikariDataSource) MariaDb.pool()) {
                    H2.execute(cleaning, "DROP DATABASE old");
                }
            }
        }
    }

    private static void copyTables(HikariDataSource pool, Kind kind, List<String> makeCopy) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            String from = kind == Kind.MARIADB ? connection.getCatalog() : connection.getSchema();
            for (String sql : makeCopy) {
                Sql.update(connection, sql, none -> {});
            }
            for (String table : TABLES) {
                String copy = "CREATE TABLE lectern_" + table + " AS SELECT * FROM " + from + ".lectern_" + table;
                Sql.update(connection, copy, none -> {});
            }
            // The setting must not stay on a connection of this pool.
            pool.evictConnection(connection);
        }
    }

    @Test
    void a_temporary_table_of_the_session_is_not_used() throws Exception {
        HikariDataSource pool = TestDatabase.of(Kind.POSTGRESQL, folder).pool();
        Left left = new Left(pool);
        try (Node node = Node.patient(pool, left.source())) {
            IssuedToken token = node.issue();
            node.operations().revoke(token.id()).orElseThrow();
            left.leave(
                    "CREATE TEMPORARY TABLE IF NOT EXISTS lectern_tokens AS SELECT * FROM public.lectern_tokens",
                    "UPDATE pg_temp.lectern_tokens SET revoked_at = NULL");
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
        }
    }

    static Stream<Arguments> oddNames() {
        return Stream.of(
                Arguments.of(Kind.H2, "CREATE SCHEMA \"O\"\"Brien's x\"", "SET SCHEMA \"O\"\"Brien's x\""),
                Arguments.of(
                        Kind.POSTGRESQL,
                        "CREATE SCHEMA \"O\"\"Brien's x\"",
                        "SET search_path TO \"O\"\"Brien's x\", public"),
                Arguments.of(Kind.MARIADB, "CREATE DATABASE IF NOT EXISTS `O``Brien's-x`", "USE `O``Brien's-x`"));
    }

    @ParameterizedTest
    @MethodSource("oddNames")
    void a_schema_may_have_any_name(Kind kind, String make, String use) throws Exception {
        HikariDataSource pool = TestDatabase.of(kind, folder).pool();
        H2.execute(pool, make);
        Left left = new Left(pool);
        left.leave(use);
        try (Node node = Node.patient(pool, left.source())) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            left.leave();
            node.operations().revoke(token.id()).orElseThrow();
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
        }
    }

    @Test
    void tables_behind_the_first_schema_of_the_path_are_used_and_not_upgraded_into_another_one() throws Exception {
        try (HikariDataSource pool = TestDatabase.of(Kind.POSTGRESQL, folder).pool()) {
            JdbcStorage.builder(pool).deadline(Patience.DEADLINE).build().open().close();
            H2.execute(pool, "CREATE SCHEMA app");
            Left left = new Left(pool);
            left.leave("SET search_path TO app, public");
            JdbcStorage.builder(left.source())
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open()
                    .close();
            H2.execute(pool, "DELETE FROM public.lectern_schema_version");
            assertThatThrownBy(() -> JdbcStorage.builder(left.source())
                            .deadline(Patience.DEADLINE)
                            .build()
                            .open())
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("the tables are in the schema public")
                    .hasMessageContaining("search_path");
        }
    }

    // ---- settings that change reads

    static Stream<Arguments> seeingOtherwise() {
        String dirty = "with the isolation READ UNCOMMITTED";
        String open = "open transaction";
        return Stream.of(
                Arguments.of(
                        Kind.H2, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", dirty),
                Arguments.of(Kind.H2, "SET AUTOCOMMIT OFF", "autocommit off"),
                Arguments.of(Kind.H2, "BEGIN", "autocommit off"),
                Arguments.of(Kind.MARIADB, "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", dirty),
                Arguments.of(Kind.MARIADB, "START TRANSACTION WITH CONSISTENT SNAPSHOT", open),
                Arguments.of(Kind.MARIADB, "SET autocommit = 0", "autocommit off"),
                Arguments.of(Kind.MARIADB, "SET character_set_results = latin1", "character_set_results"),
                Arguments.of(Kind.MARIADB, "SET character_set_connection = latin1", "character_set_connection"),
                Arguments.of(Kind.MARIADB, "SET collation_connection = latin1_swedish_ci", "character_set_connection"),
                Arguments.of(Kind.MARIADB, "SET sql_select_limit = 1", "sql_select_limit"),
                Arguments.of(Kind.POSTGRESQL, "BEGIN ISOLATION LEVEL REPEATABLE READ", open),
                Arguments.of(Kind.POSTGRESQL, "BEGIN", open));
    }

    @ParameterizedTest
    @MethodSource("seeingOtherwise")
    void a_session_that_does_not_see_commits_is_refused(Kind kind, String sql, String why) throws Exception {
        HikariDataSource pool = TestDatabase.of(kind, folder).pool();
        Left left = new Left(pool);
        try (Node node = Node.patient(pool, left.source())) {
            IssuedToken token = node.issue();
            left.leave(sql);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.UNAVAILABLE);
            assertThatThrownBy(
                            () -> node.storage.tokens().changes().orElseThrow().since(Position.NONE))
                    .isInstanceOf(StorageException.class)
                    .hasStackTraceContaining(why);
            left.leave();
            assertThat(node.allows(token)).isTrue();
        }
    }

    static Stream<Arguments> harmless() {
        return Stream.of(
                Arguments.of(Kind.H2, "SET TIME ZONE 'Pacific/Auckland'"),
                Arguments.of(Kind.H2, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
                Arguments.of(Kind.H2, "SET LOCK_TIMEOUT 1"),
                Arguments.of(Kind.MARIADB, "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
                Arguments.of(
                        Kind.MARIADB,
                        "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY')"),
                Arguments.of(Kind.MARIADB, "SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')"),
                Arguments.of(Kind.MARIADB, "SET time_zone = '-08:00'"),
                Arguments.of(Kind.POSTGRESQL, "SET default_transaction_isolation = 'serializable'"),
                Arguments.of(Kind.POSTGRESQL, "SET standard_conforming_strings = off"),
                Arguments.of(Kind.POSTGRESQL, "SET TimeZone = 'Pacific/Auckland'"),
                Arguments.of(Kind.POSTGRESQL, "SET search_path = ''"),
                Arguments.of(Kind.POSTGRESQL, "SET synchronous_commit = off"));
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void other_settings_of_a_session_change_nothing(Kind kind, String sql) throws Exception {
        HikariDataSource pool = TestDatabase.of(kind, folder).pool();
        Left left = new Left(pool);
        try (Node node = Node.patient(pool, left.source())) {
            IssuedToken token = node.issue();
            left.leave(sql);
            assertThat(node.allows(token)).isTrue();
            node.operations().revoke(token.id()).orElseThrow();
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            assertThat(node.storage
                            .tokens()
                            .changes()
                            .orElseThrow()
                            .since(Position.NONE)
                            .newest()
                            .number())
                    .isEqualTo(1);
        }
    }

    // ---- settings that change writes

    static Stream<Arguments> writingOtherwise() {
        return Stream.of(
                Arguments.of(Kind.MARIADB, "SET sql_mode = ''", "STRICT_TRANS_TABLES"),
                Arguments.of(
                        Kind.MARIADB, "SET sql_mode = 'STRICT_ALL_TABLES,EMPTY_STRING_IS_NULL'", "treats '' as NULL"),
                Arguments.of(Kind.MARIADB, "SET SESSION TRANSACTION READ ONLY", "READ ONLY"),
                Arguments.of(Kind.MARIADB, "SET character_set_connection = latin1", "character_set_connection"),
                Arguments.of(Kind.MARIADB, "SET sql_select_limit = 1", "sql_select_limit"),
                Arguments.of(Kind.MARIADB, "SET unique_checks = 0", "unique_checks"),
                Arguments.of(Kind.MARIADB, "SET sql_log_bin = 0", "sql_log_bin"),
                Arguments.of(Kind.MARIADB, "SET timestamp = 1000", "has a fixed time"),
                Arguments.of(Kind.POSTGRESQL, "SET default_transaction_read_only = on", "read-only"),
                Arguments.of(Kind.POSTGRESQL, "SET ROLE pg_read_all_stats", "permission denied"));
    }

    @ParameterizedTest
    @MethodSource("writingOtherwise")
    void a_session_that_may_write_something_else_changes_nothing(Kind kind, String sql, String why) throws Exception {
        HikariDataSource pool = TestDatabase.of(kind, folder).pool();
        Left left = new Left(pool);
        try (Node node = Node.patient(pool, left.source())) {
            TokenStore tokens = node.tokens();
            left.leave(sql);
            assertThatThrownBy(() -> tokens.setSuspended("123", Instant.EPOCH, List.of()))
                    .isInstanceOf(StorageException.class)
                    .hasStackTraceContaining(why);
            left.leave();
            assertThat(H2.number(pool, "SELECT change_number FROM lectern_change_counter"))
                    .isZero();
            assertThat(H2.number(pool, "SELECT COUNT(*) FROM lectern_tenants WHERE suspended_at IS NOT NULL"))
                    .isZero();
        }
    }

    // ---- time settings

    @ParameterizedTest
    @ValueSource(strings = {"1000", "UNIX_TIMESTAMP() + 3600"})
    void a_session_with_a_time_of_its_own_counts_nothing(String time) throws Exception {
        HikariDataSource pool = TestDatabase.of(Kind.MARIADB, folder).pool();
        Left left = new Left(pool);
        try (Node node = Node.patient(pool, left.source())) {
            LimitKey key = new LimitKey("a", "b");
            RateLimit limit = RateLimit.fixed(1, Duration.ofDays(366));
            assertThat(node.storage
                            .exactLimits()
                            .take(LimitTake.of(key, limit), Clocks.system().now())
                            .admitted())
                    .isTrue();
            left.leave("SET timestamp = " + time);
            for (LimitStore limits : List.of(node.storage.exactLimits(), node.storage.limits())) {
                assertThatThrownBy(() -> limits.take(
                                LimitTake.of(key, limit), Clocks.system().now()))
                        .isInstanceOf(StorageException.class)
                        .hasStackTraceContaining("has a fixed time");
                assertThatThrownBy(() -> limits.take(
                                LimitTake.of(new LimitKey("new", "b"), limit),
                                Clocks.system().now()))
                        .isInstanceOf(StorageException.class);
                assertThatThrownBy(() -> limits.peek(
                                LimitTake.of(key, limit), Clocks.system().now()))
                        .isInstanceOf(StorageException.class);
            }
            assertThatThrownBy(() -> node.storage.audit().settled()).isInstanceOf(StorageException.class);
            left.leave();
            assertThat(node.storage
                            .exactLimits()
                            .take(LimitTake.of(key, limit), Clocks.system().now())
                            .admitted())
                    .isFalse();
        }
    }
}
