package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.DatabaseProducts;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.time.Clocks;

/**
 * Sessions and processes of different time zones on one database. Nothing that the library stores or decides depends on them.
 */
class TimeZonesTest {

    private static final List<String> ZONES = List.of("Europe/Berlin", "Pacific/Auckland", "America/St_Johns");

    /** Shorter than the offset between these zones. */
    static final Duration WINDOW = Duration.ofHours(3);

    private static final DateTimeFormatter LITERAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSxxx");

    @TempDir
    Path folder;

    static List<Kind> databases() {
        return Kind.all();
    }

    static Stream<Instant> clockChanges() {
        // Clocks go forward in Berlin, back in Berlin, and back by half an hour on Lord Howe Island.
        return Stream.of("2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-04-04T15:00:00Z")
                .map(Instant::parse)
                .flatMap(change -> Stream.of(-3_600_000, -1_800_001, -1, 0, 1, 1_799_999, 3_600_000)
                        .map(change::plusMillis));
    }

    // ---- two sessions

    @ParameterizedTest
    @MethodSource("databases")
    void sessions_of_different_zones_share_one_limit(Kind kind) throws SQLException {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            List<OpenStorage> nodes = new ArrayList<>();
            for (String zone : ZONES) {
                nodes.add(open(inZone(pool, kind, zone)));
            }
            for (boolean exact : List.of(false, true)) {
                LimitKey key = new LimitKey("apitoken_" + UUID.randomUUID(), "read");
                RateLimit limit = RateLimit.fixed(5, WINDOW);
                List<LimitStatus> answers = Stream.iterate(0, call -> call < 60, call -> call + 1)
                        .map(call -> nodes.get(call % nodes.size()))
                        .map(node -> (exact ? node.exactLimits() : node.limits())
                                .take(LimitTake.of(key, limit), Clocks.system().now()))
                        .toList();
                assertOneLimit(answers.stream()
                        .collect(Collectors.groupingBy(
                                LimitStatus::resetMillis,
                                Collectors.filtering(LimitStatus::admitted, Collectors.counting()))));
            }
            nodes.forEach(OpenStorage::close);
        }
    }

    /**
     * Asserts that all share one window, or two if one window ended during the test. If each zone had its own window, the three
     * zones would have three.
     */
    private static void assertOneLimit(Map<Long, Long> admittedByEnd) {
        assertThat(admittedByEnd).as("permits by the end of the window").hasSizeLessThanOrEqualTo(2);
        assertThat(admittedByEnd.values())
                .allMatch(admitted -> admitted <= 5, "at most 5")
                .anyMatch(admitted -> admitted > 0);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_window_starts_and_ends_at_the_same_moment_in_every_zone(Kind kind) throws SQLException {
        try (HikariDataSource pool = TestDatabase.of(kind, folder).pool()) {
            LimitKey key = new LimitKey("apitoken_1", "read");
            RateLimit limit = RateLimit.fixed(500, Duration.ofMinutes(7));
            for (String zone : ZONES) {
                try (OpenStorage node = open(inZone(pool, kind, zone))) {
                    long before = System.currentTimeMillis();
                    LimitStatus status = node.exactLimits()
                            .take(LimitTake.of(key, limit), Clocks.system().now());
                    long after = System.currentTimeMillis();
                    assertThat(status.atMillis()).as(zone).isBetween(before - 1, after + 1);
                    assertThat(status.resetMillis()).as(zone).isBetween(after - 1, after + 420_000);
                }
            }
        }
    }

    // ---- processes

    /**
     * A session of H2 starts in the time zone of its process. Sessions of the other databases do so unless their URL sets
     * another zone.
     */
    @ParameterizedTest
    @MethodSource("databases")
    void processes_of_different_zones_share_one_limit_and_its_end(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        List<String> limits = new ArrayList<>();
        for (int i = 0; i < ZONES.size(); i++) {
            List<String> printed = ZonedClient.run(ZONES.get(i), database);
            assertThat(printed).as("lines of the process in %s", ZONES.get(i)).hasSize(5 + i);
            assertThat(printed.subList(4, 5 + i)).containsOnly("audit " + ZonedClient.FOLD);
            limits.addAll(printed.subList(0, 4));
        }
        assertOneLimit(limits.stream()
                .map(answer -> answer.split(" ", -1))
                .collect(Collectors.groupingBy(
                        answer -> Long.parseLong(answer[1]),
                        Collectors.filtering(answer -> answer[0].equals("admitted"), Collectors.counting()))));
    }

    // ---- clocks that go forward and back

    @ParameterizedTest
    @MethodSource("clockChanges")
    void the_clock_of_h2_goes_on_while_local_clocks_change(Instant moment) throws SQLException {
        try (HikariDataSource pool = H2.inMemory()) {
            for (String zone : List.of("Europe/Berlin", "Australia/Lord_Howe", "UTC")) {
                for (int hours : List.of(-8, 0, 2)) {
                    String literal = "TIMESTAMP WITH TIME ZONE '"
                            + LITERAL.format(moment.atOffset(ZoneOffset.ofHours(hours))) + "'";
                    String sql = DatabaseProducts.H2.nowMillis().replace("CURRENT_TIMESTAMP", literal);
                    assertThat(H2.number(inZone(pool, Kind.H2, zone), "SELECT " + sql))
                            .as("%s in %s", literal, zone)
                            .isEqualTo(moment.toEpochMilli());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("clockChanges")
    void postgresqls_clock_is_right_through_clock_changes(Instant moment) throws SQLException {
        try (HikariDataSource pool = Postgres.pool()) {
            for (String zone : List.of("Europe/Berlin", "Australia/Lord_Howe", "UTC")) {
                String sql = DatabaseProducts.POSTGRESQL
                        .nowMillis()
                        .replace("pg_catalog.clock_timestamp()", "TIMESTAMP WITH TIME ZONE '" + moment + "'");
                assertThat(H2.number(inZone(pool, Kind.POSTGRESQL, zone), "SELECT " + sql))
                        .as(zone)
                        .isEqualTo(moment.toEpochMilli());
            }
        }
    }

    /** MariaDB can set a session's clock. */
    @ParameterizedTest
    @MethodSource("clockChanges")
    void mariadbs_clock_is_right_through_clock_changes(Instant moment) throws SQLException {
        try (HikariDataSource pool = (HikariDataSource) MariaDb.pool()) {
            for (String zone : List.of("+02:00", "-09:30", "SYSTEM")) {
                DataSource source = inZone(pool, Kind.MARIADB, zone);
                try (Connection connection = source.getConnection()) {
                    Sql.update(
                            connection, "SET timestamp = " + BigDecimal.valueOf(moment.toEpochMilli(), 3), none -> {});
                    assertThat(Sql.query(
                                    connection,
                                    "SELECT "
                                            + DatabaseProducts.MARIADB
                                                    .nowMillis()
                                                    .replace("SYSDATE()", "NOW()"),
                                    none -> {},
                                    row -> row.getLong(1)))
                            .as(zone)
                            .containsExactly(moment.toEpochMilli());
                    Sql.update(connection, "SET timestamp = DEFAULT", none -> {});
                }
            }
        }
    }

    private static OpenStorage open(DataSource source) {
        return JdbcStorage.builder(source)
                .deadline(Duration.ofSeconds(30))
                .build()
                .open();
    }

    /** Returns the pool, with connections that an application has left in that zone. */
    private static DataSource inZone(DataSource pool, Kind kind, String zone) {
        String sql = kind == Kind.MARIADB
                ? "SET time_zone = '" + offset(zone) + "'"
                : kind == Kind.H2 ? "SET TIME ZONE '" + zone + "'" : "SET TimeZone TO '" + zone + "'";
        return new LendingDataSource(() -> {
            Connection connection = pool.getConnection();
            Sql.update(connection, sql, none -> {});
            return connection;
        });
    }

    /** MariaDB supports zone names only after they are loaded into its tables. */
    private static String offset(String zone) {
        return zone.contains("/")
                ? ZoneId.of(zone).getRules().getOffset(Instant.now()).getId()
                : zone;
    }
}
