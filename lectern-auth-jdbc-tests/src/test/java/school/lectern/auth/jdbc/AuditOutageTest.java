package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.h2.api.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.OpenStorage;

/**
 * Audit rows that are written in the background while the database rejects them: afterwards, each row is present exactly once.
 */
class AuditOutageTest {

    private static final int ROWS = 100;

    @TempDir
    Path folder;

    /** A DataSource that counts the attempts to get a connection. */
    private record Counted(DataSource source, AtomicInteger attempts) {
        static Counted of(DataSource real) {
            AtomicInteger attempts = new AtomicInteger();
            return new Counted(
                    new LendingDataSource(() -> {
                        attempts.incrementAndGet();
                        return real.getConnection();
                    }),
                    attempts);
        }

        /** Waits until the writer has failed and has tried again. */
        void awaitThreeMore() {
            int before = attempts.get();
            Patience.await().until(() -> attempts.get() >= before + 3);
        }
    }

    private static OpenStorage open(DataSource source) {
        return JdbcStorage.builder(source)
                .deadline(Duration.ofSeconds(2))
                .build()
                .open();
    }

    private static void offer(OpenStorage storage) {
        for (int i = 0; i < ROWS; i++) {
            storage.audit()
                    .offer(AuditEvent.builder(
                                    "event " + i, Instant.parse("2026-05-07T13:23:30Z"), AuditEvent.CALL, "denied")
                            .tenantId("123")
                            .method("GET")
                            .endpoint("/")
                            .status(401)
                            .build());
        }
    }

    private static void assertAllThere(OpenStorage storage, DataSource source) throws Exception {
        Patience.await().until(() -> rows(source) == ROWS || storage.audit().dropped() > 0);
        assertThat(storage.audit().dropped()).isZero();
        assertThat(rows(source)).isEqualTo(ROWS);
        storage.close();
    }

    private static long rows(DataSource source) throws SQLException {
        return H2.number(source, "SELECT COUNT(*) FROM lectern_audit");
    }

    // ---- errors of servers

    static Stream<Arguments> notNow() {
        List<String> ofPostgres =
                List.of("25006", "25P02", "25P03", "40001", "40P01", "42501", "53000", "53100", "53200", "53300");
        List<String> more = List.of("53400", "55000", "55006", "55P03", "57014", "57P01", "57P03", "57P05", "58030");
        return Stream.of(
                        ofPostgres.stream().map(state -> Arguments.of(Kind.POSTGRESQL, state, 0)),
                        more.stream().map(state -> Arguments.of(Kind.POSTGRESQL, state, 0)),
                        Stream.of(1021, 1041, 1114, 1142, 1203, 1205, 1206, 1226, 1290, 1836)
                                .map(code -> Arguments.of(Kind.MARIADB, "HY000", code)),
                        Stream.of(Arguments.of(Kind.MARIADB, "25006", 1792)),
                        Stream.of("90097", "90098", "90108", "90121", "90131", "90135", "HYT00")
                                .map(state -> Arguments.of(Kind.H2, state, 0)))
                .flatMap(each -> each);
    }

    @ParameterizedTest
    @MethodSource("notNow")
    void what_the_server_does_not_take_now_is_written_later(Kind kind, String state, int code) throws Exception {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            Counted counted = Counted.of(pool);
            OpenStorage storage = open(counted.source());
            Raising.state = state;
            H2.execute(pool, raising(kind, state, code));
            if (kind.isPostgres()) {
                H2.execute(
                        pool,
                        "CREATE TRIGGER refusing BEFORE INSERT ON lectern_audit FOR EACH ROW EXECUTE FUNCTION refuse()");
            }
            offer(storage);
            counted.awaitThreeMore();
            if (kind == Kind.H2) {
                // In H2, dropping a trigger takes several steps: inserts may find a trigger that is partly removed.
                Raising.state = "";
            } else {
                H2.execute(pool, "DROP TRIGGER refusing" + (kind.isPostgres() ? " ON lectern_audit" : ""));
            }
            assertAllThere(storage, pool);
        }
    }

    private static String raising(Kind kind, String state, int code) {
        return switch (kind) {
            case H2 ->
                "CREATE TRIGGER refusing BEFORE INSERT ON lectern_audit FOR EACH ROW CALL '" + Raising.class.getName()
                        + "'";
            case MARIADB ->
                "CREATE TRIGGER refusing BEFORE INSERT ON lectern_audit FOR EACH ROW SIGNAL SQLSTATE '" + state
                        + "' SET MYSQL_ERRNO = " + code + ", MESSAGE_TEXT = 'not now'";
            default ->
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN RAISE EXCEPTION ''not now'' USING ERRCODE = ''" + state + "''; END'";
        };
    }

    /** Called by H2. */
    public static final class Raising implements Trigger {
        /** The SQL state that the trigger throws; empty to throw nothing. */
        private static volatile String state = "";

        @Override
        public void fire(Connection connection, Object[] before, Object[] after) throws SQLException {
            if (!state.isEmpty()) {
                throw new SQLException("not now", state, 0);
            }
        }
    }

    /** A server that becomes read-only, as before a failover. */
    @Test
    void a_server_that_is_read_only_for_a_while_loses_no_row() throws Exception {
        try (HikariDataSource pool = TestDatabase.of(Kind.POSTGRESQL, folder).pool()) {
            boolean[] readOnly = {false};
            Counted counted = Counted.of(new LendingDataSource(() -> {
                Connection connection = pool.getConnection();
                Sql.update(connection, "SET default_transaction_read_only = " + readOnly[0], none -> {});
                return connection;
            }));
            OpenStorage storage = open(counted.source());
            readOnly[0] = true;
            offer(storage);
            counted.awaitThreeMore();
            readOnly[0] = false;
            assertAllThere(storage, pool);
        }
    }

    // ---- errors of pools

    /** Pools with two connections and their minimum connection timeout. */
    enum Pool {
        HIKARI,
        DBCP,
        TOMCAT;

        DataSource open(String url) {
            return switch (this) {
                case HIKARI -> hikari(url);
                case DBCP -> dbcp(url);
                case TOMCAT -> tomcat(url);
            };
        }

        void close(DataSource pool) throws Exception {
            if (pool instanceof org.apache.tomcat.jdbc.pool.DataSource tomcat) {
                tomcat.close();
            } else {
                ((AutoCloseable) pool).close();
            }
        }

        private static DataSource hikari(String url) {
            HikariDataSource pool = Pools.of(url, "sa");
            pool.setConnectionTimeout(250);
            pool.setMaximumPoolSize(2);
            return pool;
        }

        private static DataSource dbcp(String url) {
            BasicDataSource pool = new BasicDataSource();
            pool.setUrl(url);
            pool.setUsername("sa");
            pool.setPassword("");
            pool.setMaxTotal(2);
            pool.setMaxWait(Duration.ofMillis(50));
            return pool;
        }

        private static DataSource tomcat(String url) {
            PoolProperties settings = new PoolProperties();
            settings.setUrl(url);
            settings.setDriverClassName("org.h2.Driver");
            settings.setUsername("sa");
            settings.setPassword("");
            settings.setMaxActive(2);
            settings.setInitialSize(0);
            settings.setMaxWait(50);
            return new org.apache.tomcat.jdbc.pool.DataSource(settings);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_pool_that_has_no_connection_for_a_while_loses_no_row(Pool kind) throws Exception {
        DataSource pool = kind.open(TestDatabase.of(Kind.H2, folder).url());
        Counted counted = Counted.of(pool);
        OpenStorage storage = open(counted.source());
        List<Connection> held = new ArrayList<>(List.of(pool.getConnection(), pool.getConnection()));
        offer(storage);
        counted.awaitThreeMore();
        for (Connection connection : held) {
            connection.close();
        }
        assertAllThere(storage, pool);
        kind.close(pool);
    }

    static Stream<Supplier<Throwable>> ofPools() {
        return Stream.of(
                () -> new SQLException("Cannot get a connection, pool error Timeout waiting for idle object"),
                () -> new SQLException("no password", "28P01"),
                () -> new SQLException("poisoned", "23505"),
                () -> new SQLTransientConnectionException("not within 250 ms"),
                () -> new SQLException("cannot make one", new IllegalStateException("closed")),
                () -> new IllegalStateException("Pool not open"),
                () -> new NoClassDefFoundError("a/driver/Part"));
    }

    @ParameterizedTest
    @MethodSource("ofPools")
    void whatever_a_pool_throws_in_place_of_a_connection_loses_no_row(Supplier<Throwable> thrown) throws Exception {
        try (HikariDataSource pool = H2.inMemory()) {
            boolean[] broken = {false};
            Counted counted = Counted.of(new LendingDataSource(() -> {
                if (broken[0]) {
                    throwing(thrown.get());
                }
                return pool.getConnection();
            }));
            OpenStorage storage = open(counted.source());
            broken[0] = true;
            offer(storage);
            counted.awaitThreeMore();
            broken[0] = false;
            assertAllThere(storage, pool);
        }
    }

    private static void throwing(Throwable why) throws Exception {
        if (why instanceof Error error) {
            throw error;
        }
        throw (Exception) why;
    }
}
