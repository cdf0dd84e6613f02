package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.jdbc.connection.Deadline;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.testkit.AuditLogContract;
import school.lectern.auth.testkit.ChangeFeedContract;
import school.lectern.auth.testkit.LimitStoreContract;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.testkit.TokenStoreContract;
import school.lectern.auth.time.Clocks;

/** The contract of every storage, on one database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StorageContracts {

    private static final AtomicInteger NEXT = new AtomicInteger();

    /**
     * Tables that all limit tests use one after the other, because creating tables takes a server longer than most of these
     * tests. They are separate from the storage's tables, from which the storage deletes counters that are idle by the current
     * time.
     */
    private static final String COUNTS = "counts_";

    private final String prefix = "t" + NEXT.incrementAndGet() + "_";
    private final List<OpenStorage> opened = new ArrayList<>();
    private DataSource source;
    private OpenStorage storage;

    abstract DataSource database();

    @BeforeAll
    void open() {
        source = database();
        storage = tables("").build().open();
        tables(COUNTS).build().open().close();
    }

    @AfterAll
    void close() throws Exception {
        storage.close();
        ((AutoCloseable) source).close();
    }

    private JdbcStorage.Builder tables(String apart) {
        return JdbcStorage.builder(source)
                .tablePrefix(prefix + apart)
                // Many concurrent updates of one row take time. Another test checks how long a request waits.
                .deadline(Duration.ofSeconds(30))
                .settleIn(Duration.ofSeconds(2));
    }

    @BeforeEach
    void dropCounts() throws SQLException {
        H2.execute(source, "DELETE FROM " + prefix + COUNTS + "limits");
    }

    private OpenStorage counting(MutableClock clock) {
        OpenStorage counting = tables(COUNTS).limitClock(clock).build().open();
        opened.add(counting);
        return counting;
    }

    /** Each store deletes counters that are idle by the clock of its test. */
    @AfterEach
    void closeThoseThatCounted() {
        opened.forEach(OpenStorage::close);
        opened.clear();
    }

    @Nested
    class Tokens extends TokenStoreContract {
        @Override
        protected Stores open() {
            return new Stores(storage.tokens(), storage.audit());
        }

        /** Each round is a transaction that a server makes durable. */
        @Override
        protected int rounds() {
            return Integer.getInteger("race.rounds", 50);
        }
    }

    @Nested
    class SharedLimits extends LimitStoreContract {
        @Override
        protected LimitStore open(MutableClock clock) {
            return counting(clock).limits();
        }

        @Override
        protected LimitStore openAnother(MutableClock clock) {
            return counting(clock).limits();
        }
    }

    @Nested
    class ExactLimits extends LimitStoreContract {
        @Override
        protected LimitStore open(MutableClock clock) {
            return counting(clock).exactLimits();
        }

        @Override
        protected LimitStore openAnother(MutableClock clock) {
            return counting(clock).exactLimits();
        }
    }

    @Test
    void limits_that_say_nothing_any_more_are_dropped_and_others_stay() throws SQLException {
        JdbcLimitStore limits = (JdbcLimitStore) storage.exactLimits();
        RateLimit brief = RateLimit.fixed(5, Duration.ofMillis(1));
        // Not a clock-based window, which might end while the test runs: its permit is refilled after twelve minutes.
        RateLimit hourly = RateLimit.gcra(5, Duration.ofHours(1));
        limits.take(
                LimitTake.of(new LimitKey("idle", "read"), brief),
                Clocks.system().now());
        for (int doubled = 0; doubled < 9; doubled++) {
            H2.execute(
                    source,
                    "INSERT INTO %1$slimits (subject, policy, state, expires_at) SELECT CONCAT(subject, '-%2$d'),"
                                    .formatted(prefix, doubled)
                            + " policy, state, expires_at FROM " + prefix + "limits");
        }
        limits.take(
                LimitTake.of(new LimitKey("busy", "read"), hourly),
                Clocks.system().now());
        assertThat(limits.dropIdle()).as("before a minute of grace").isZero();
        H2.execute(source, "UPDATE " + prefix + "limits SET expires_at = expires_at - 120000");
        assertThat(limits.dropIdle()).isEqualTo(512);
        assertThat(limits.peek(
                                LimitTake.of(new LimitKey("busy", "read"), hourly),
                                Clocks.system().now())
                        .remaining())
                .isEqualTo(4);
    }

    /** For example while nodes with different configurations are running. */
    @Test
    void each_shape_of_a_limit_has_a_row_of_its_own_that_is_idle_when_its_window_is_over() throws SQLException {
        JdbcLimitStore limits = (JdbcLimitStore) storage.exactLimits();
        LimitKey key = new LimitKey("both", "read");
        String idleFrom = "SELECT expires_at FROM " + prefix + "limits WHERE subject = 'both' AND policy = '%s read'";
        limits.take(
                LimitTake.of(key, RateLimit.fixed(5, Duration.ofDays(366))),
                Clocks.system().now());
        long longer = H2.number(source, idleFrom.formatted("fixed/31622400000"));
        for (LimitStore store : List.of(limits, storage.limits())) {
            store.take(
                    LimitTake.of(key, RateLimit.fixed(200, Duration.ofMinutes(1))),
                    Clocks.system().now());
        }
        assertThat(H2.number(source, idleFrom.formatted("fixed/31622400000"))).isEqualTo(longer);
        H2.execute(source, "UPDATE " + prefix + "limits SET expires_at = 1 WHERE policy LIKE 'fixed/60000 %'");
        limits.dropIdle();
        assertThat(limits.peek(
                                LimitTake.of(key, RateLimit.fixed(5, Duration.ofDays(366))),
                                Clocks.system().now())
                        .remaining())
                .isEqualTo(4);
        assertThat(H2.number(source, "SELECT COUNT(*) FROM " + prefix + "limits WHERE subject = 'both'"))
                .isEqualTo(1);
    }

    /** If the count were read as empty, its permits would be granted again. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fixed:1,2",
                "fixed:0:60000",
                "fixed:0:60000,-5",
                "fixed:0:60001,5",
                "gcra:0:60000,0,5",
                "fixed:0:60000,5;1;2",
                "nothing"
            })
    void a_count_that_cannot_be_read_is_an_outage(String counted) throws SQLException {
        LimitKey key = new LimitKey("unreadable-" + counted.length(), "read");
        RateLimit limit = RateLimit.perMinute(5);
        H2.execute(
                source,
                "INSERT INTO " + prefix + "limits (subject, policy, state, expires_at) VALUES ('" + key.subject()
                        + "', 'fixed/60000 read', '" + counted + "', 9000000000000)");
        for (LimitStore store : List.of(storage.exactLimits(), storage.limits())) {
            assertThatThrownBy(() ->
                            store.take(LimitTake.of(key, limit), Clocks.system().now()))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("cannot be read");
            assertThatThrownBy(() -> store.reserve(
                            LimitTake.of(key, limit), Clocks.system().now()))
                    .isInstanceOf(StorageException.class);
            assertThatThrownBy(() ->
                            store.peek(LimitTake.of(key, limit), Clocks.system().now()))
                    .isInstanceOf(StorageException.class);
        }
        H2.execute(source, "DELETE FROM " + prefix + "limits WHERE subject = '" + key.subject() + "'");
    }

    /** Such a time comes from a statement that waited for its row for the maximum time of a call. */
    @Test
    void a_time_from_two_deadlines_before_counts_at_the_rows_time() {
        MutableClock clock = MutableClock.at(Instant.parse("2026-01-01T00:00:20Z"));
        JdbcLimitStore limits = (JdbcLimitStore) counting(clock).exactLimits();
        Duration window = Duration.ofSeconds(1);
        for (RateLimit limit :
                List.of(RateLimit.fixed(5, window), RateLimit.sliding(5, window), RateLimit.gcra(5, window))) {
            LimitKey key = new LimitKey("late", limit.shape());
            LimitStatus last = limits.exchange(key, limit, List.of(), 5, Deadline.in(Duration.ofSeconds(30)))
                    .status();
            assertThat(last.remaining()).isZero();
            clock.advance(Duration.ofSeconds(-59));
            assertThat(limits.take(LimitTake.of(key, limit), Clocks.system().now())
                            .retryMillis())
                    .isGreaterThanOrEqualTo(59_000);
            clock.advance(Duration.ofSeconds(59));
            assertThat(limits.take(LimitTake.of(key, limit), Clocks.system().now())
                            .admitted())
                    .isFalse();
        }
    }

    /**
     * A row that was deleted or restored during a window starts a new count, which does not include permits that were taken
     * before.
     */
    @Test
    void permits_of_a_row_that_was_deleted_are_not_put_back_into_the_next_one() throws SQLException {
        LimitKey key = new LimitKey("deleted", "read");
        RateLimit limit = RateLimit.fixed(5, Duration.ofDays(366));
        for (LimitStore store : List.of(storage.exactLimits(), storage.limits())) {
            List<Reservation> reserved = List.of(
                    store.reserve(LimitTake.of(key, limit), Clocks.system().now()),
                    store.reserve(LimitTake.of(key, limit), Clocks.system().now()));
            H2.execute(source, "DELETE FROM " + prefix + "limits WHERE subject = 'deleted'");
            assertThat(storage.exactLimits()
                            .take(LimitTake.of(key, limit), Clocks.system().now())
                            .remaining())
                    .isEqualTo(4);
            reserved.forEach(Reservation::putBack);
            assertThat(storage.exactLimits()
                            .peek(LimitTake.of(key, limit), Clocks.system().now())
                            .remaining())
                    .isEqualTo(4);
            H2.execute(source, "DELETE FROM " + prefix + "limits WHERE subject = 'deleted'");
        }
    }

    @Nested
    class Feed extends ChangeFeedContract {
        @Override
        protected TokenStore open() {
            return storage.tokens();
        }
    }

    @Nested
    class Audit extends AuditLogContract {
        @Override
        protected AuditLog open() {
            return storage.audit();
        }

        @Override
        protected Duration settling() {
            return Duration.ofMinutes(1);
        }
    }
}
