package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.time.Clocks;

/** Permits that are taken in batches, with three clocks that the test sets. */
class SharedLimitStoreTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:20Z");
    private static final LimitKey KEY = new LimitKey("apitoken_1", "read");
    private static final RateLimit LIMIT = RateLimit.perMinute(200);

    private final DataSource pool = H2.inMemory();
    private final RoundTrips trips = new RoundTrips(pool);
    private final MutableClock databaseClock = MutableClock.at(START);
    private final OpenStorage storage = JdbcStorage.builder(trips.source())
            .limitClock(databaseClock)
            // Long enough for an answer on a busy machine.
            .deadline(Duration.ofSeconds(30))
            .build()
            .open();
    private final JdbcLimitStore exact = (JdbcLimitStore) storage.exactLimits();

    @AfterEach
    void close() throws Exception {
        storage.close();
        ((AutoCloseable) pool).close();
    }

    /** A simulated process. Its clocks run with the database's clock unless a test sets them. */
    private final class Node {
        final MutableClock wall = MutableClock.at(START.plusSeconds(3));
        long nanos = 7;
        final SharedLimitStore limits;

        Node(int capacity) {
            limits = new SharedLimitStore(exact, Duration.ofSeconds(10), Clocks.of(wall, () -> nanos), capacity);
        }

        void passes(Duration time) {
            wall.advance(time);
            nanos += time.toNanos();
        }
    }

    private final Node node = new Node(1_000);

    private void passes(Duration time) {
        databaseClock.advance(time);
        node.passes(time);
    }

    private static int take(LimitStore limits, RateLimit limit, int calls) {
        return take(limits, KEY, limit, calls);
    }

    private static int take(LimitStore limits, LimitKey key, RateLimit limit, int calls) {
        int admitted = 0;
        for (int i = 0; i < calls; i++) {
            admitted +=
                    limits.take(LimitTake.of(key, limit), Clocks.system().now()).admitted() ? 1 : 0;
        }
        return admitted;
    }

    // ---- one node and several nodes

    @Test
    void reading_the_status_of_a_batch_needs_no_query() {
        take(node.limits, LIMIT, 3);
        int before = trips.count();
        passes(Duration.ofSeconds(5));
        assertThat(node.limits.peek(LimitTake.of(KEY, LIMIT), Clocks.system().now()))
                .isEqualTo(LimitStatus.of(
                        true, 200, 197, START.plusSeconds(40).toEpochMilli(), 0, 60_000, databaseClock.millis()));
        assertThat(trips.count()).isEqualTo(before);
    }

    @Test
    void a_node_with_few_calls_holds_no_unused_permits() {
        for (int i = 0; i < 199; i++) {
            assertThat(new Node(10)
                            .limits
                            .take(LimitTake.of(KEY, LIMIT), Clocks.system().now())
                            .remaining())
                    .isEqualTo(199 - i);
        }
        assertThat(take(node.limits, LIMIT, 10)).isEqualTo(1);
    }

    @Test
    void a_process_that_ends_loses_its_batch_and_creates_no_permits() {
        int had = 0;
        for (int start = 0; start < 30; start++) {
            had += take(new Node(10).limits, LIMIT, 20);
        }
        assertThat(had).isBetween(100, 200);
        assertThat(take(exact, LIMIT, 10)).isZero();
        passes(Duration.ofMinutes(1));
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(200);
    }

    @Test
    void a_limit_that_another_node_used_up_is_refused_without_a_query_until_the_window_ends() {
        assertThat(take(exact, LIMIT, 300)).isEqualTo(200);
        assertThat(take(node.limits, LIMIT, 1)).isZero();
        int before = trips.count();
        assertThat(take(node.limits, LIMIT, 100)).isZero();
        passes(Duration.ofSeconds(30));
        assertThat(node.limits
                        .take(LimitTake.of(KEY, LIMIT), Clocks.system().now())
                        .retryMillis())
                .isEqualTo(10_000);
        // For 101 calls; the storage's own cleanup may run in between.
        assertThat(trips.count() - before).isLessThan(10);
        passes(Duration.ofSeconds(10));
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(200);
    }

    @Test
    void other_permits_for_a_token_are_counted_exactly_on_one_node() {
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        assertThat(node.limits
                        .peek(
                                LimitTake.of(KEY, LIMIT.withPermits(40)),
                                Clocks.system().now())
                        .remaining())
                .isEqualTo(10);
        assertThat(take(node.limits, LIMIT.withPermits(40), 99)).isEqualTo(10);
        assertThat(take(node.limits, LIMIT.withPermits(20), 99)).isZero();
        assertThat(take(node.limits, LIMIT, 999)).isEqualTo(160);
        assertThat(take(node.limits, LIMIT.withPermits(205), 999)).isEqualTo(5);
    }

    // ---- clocks

    @Test
    void unused_permits_are_void_when_the_window_ends_by_any_clock() {
        List<Runnable> ends = List.of(
                () -> node.wall.advance(Duration.ofSeconds(40)),
                () -> node.nanos += Duration.ofSeconds(40).toNanos());
        for (Runnable end : ends) {
            assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
            end.run();
            databaseClock.advance(Duration.ofSeconds(40));
            assertThat(take(node.limits, LIMIT, 300)).isEqualTo(200);
            passes(Duration.ofSeconds(80));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -3_600_000, 1_000, 3_600_000, 315_360_000_000L, -315_360_000_000L})
    void a_machine_whose_clock_is_set_gives_neither_more_nor_fewer_permits(long jumpMillis) {
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        node.wall.advance(Duration.ofMillis(jumpMillis));
        assertThat(node.limits
                        .peek(LimitTake.of(KEY, LIMIT), Clocks.system().now())
                        .remaining())
                .isEqualTo(170);
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(170);
        node.wall.advance(Duration.ofMillis(-jumpMillis));
        assertThat(take(node.limits, LIMIT, 300)).isZero();
        passes(Duration.ofSeconds(40));
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(200);
    }

    @Test
    void a_database_whose_clock_is_set_back_an_hour_locks_out_for_a_window_and_gives_no_permits() {
        // The exact store queries the database for each call and notices immediately. A node that has cached that the
        // window is used up notices when that window is over.
        Map<LimitStore, Integer> whenNoticed = Map.of(exact, 200, node.limits, 0);
        whenNoticed.forEach((limits, permits) -> {
            assertThat(take(limits, LIMIT, 300)).isEqualTo(200);
            databaseClock.advance(Duration.ofHours(-1));
            assertThat(take(limits, LIMIT, 300)).isZero();
            passes(Duration.ofSeconds(40));
            assertThat(take(limits, LIMIT, 300)).isEqualTo(permits);
            passes(Duration.ofMinutes(1));
            assertThat(take(limits, LIMIT, 300)).isEqualTo(200);
            passes(Duration.ofSeconds(80));
        });
    }

    @Test
    void a_database_whose_clock_goes_ten_years_ahead_and_back_overflows_nothing() {
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        databaseClock.advance(Duration.ofDays(3653));
        node.passes(Duration.ofMinutes(1));
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(200);
        databaseClock.advance(Duration.ofDays(-3653));
        node.passes(Duration.ofMinutes(1));
        assertThat(take(node.limits, LIMIT, 300)).as("locked out for a window").isZero();
        databaseClock.advance(Duration.ofMinutes(1));
        node.passes(Duration.ofMinutes(1));
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(200);

        RateLimit longest = RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366));
        LimitKey other = new LimitKey("apitoken_2", "read");
        for (int i = 0; i < 50; i++) {
            assertThat(node.limits
                            .take(LimitTake.of(other, longest), Clocks.system().now())
                            .remaining())
                    .isEqualTo(RateLimit.MAX_PERMITS - 1 - i);
        }
    }

    /** Three nodes whose wall clocks are set at random, and whose clocks run at slightly different rates. */
    @Test
    void no_window_of_the_database_gives_too_many_however_the_clocks_of_nodes_are_set() {
        assertThat(overdrawn(true)).isZero();
    }

    @Test
    void the_test_detects_nodes_whose_clocks_are_stopped() {
        assertThat(overdrawn(false)).isPositive();
    }

    /** Returns how many windows of the database granted more permits than the limit has. */
    private long overdrawn(boolean clocksRun) {
        Random random = new Random(5);
        RateLimit limit = RateLimit.fixed(40, Duration.ofSeconds(1));
        List<Node> nodes = List.of(new Node(10), new Node(10), new Node(10));
        Map<Long, Integer> had = new HashMap<>();
        for (int step = 0; step < 6_000; step++) {
            Duration time = Duration.ofNanos(random.nextLong(20_000_000));
            databaseClock.advance(time);
            for (int i = 0; clocksRun && i < nodes.size(); i++) {
                // Slower or faster by up to 0.1 percent.
                nodes.get(i).passes(time.plusNanos(time.toNanos() / 1_100 * (i - 1)));
            }
            Node asked = nodes.get(random.nextInt(nodes.size()));
            if (random.nextInt(50) == 0) {
                asked.wall.advance(Duration.ofMillis(random.nextLong(-5_000, 5_000)));
            }
            if (asked.limits
                    .take(LimitTake.of(KEY, limit), Clocks.system().now())
                    .admitted()) {
                had.merge(databaseClock.millis() / 1_000, 1, Integer::sum);
            }
        }
        assertThat(had).hasSizeGreaterThan(40);
        return had.values().stream().filter(permits -> permits > 40).count();
    }

    // ---- permits that are put back

    private long counted() {
        return 200 - exact.peek(LimitTake.of(KEY, LIMIT), Clocks.system().now()).remaining();
    }

    @Test
    void unused_permits_are_put_back_when_the_store_is_closed_and_later_calls_count_exactly() {
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        assertThat(counted()).isGreaterThan(30);
        node.limits.close();
        assertThat(counted()).isEqualTo(30);
        assertThat(take(node.limits, LIMIT, 5)).isEqualTo(5);
        assertThat(counted()).isEqualTo(35);
        node.limits.close();
        assertThat(counted()).isEqualTo(35);
    }

    @Test
    void a_storage_that_is_closed_puts_back_the_unused_permits_of_many_keys() {
        OpenStorage other = JdbcStorage.builder(pool)
                .deadline(Patience.DEADLINE)
                .limitClock(databaseClock)
                .existingTables()
                .build()
                .open();
        List<LimitKey> keys = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            keys.add(new LimitKey("closed_" + i, "read"));
            assertThat(take(other.limits(), keys.get(i), LIMIT, 4)).isEqualTo(4);
        }
        other.close();
        for (LimitKey key : keys) {
            assertThat(exact.peek(LimitTake.of(key, LIMIT), Clocks.system().now())
                            .remaining())
                    .isEqualTo(196);
        }
    }

    @Test
    void unused_permits_are_put_back_after_five_seconds_without_use() {
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        long ahead = counted();
        passes(Duration.ofMillis(4_999));
        node.limits.putBackIdle();
        assertThat(counted()).isEqualTo(ahead);
        assertThat(take(node.limits, LIMIT, 1)).isEqualTo(1);
        passes(Duration.ofMillis(4_999));
        node.limits.putBackIdle();
        assertThat(counted()).isEqualTo(ahead);
        passes(Duration.ofMillis(1));
        node.limits.putBackIdle();
        assertThat(counted()).isEqualTo(31);
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(169);
    }

    @Test
    void idle_permits_are_put_back_for_other_nodes() {
        Node other = new Node(10);
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        passes(Duration.ofSeconds(5));
        node.limits.putBackIdle();
        assertThat(take(other.limits, LIMIT, 300)).isEqualTo(170);
        assertThat(take(node.limits, LIMIT, 300)).isZero();
    }

    @Test
    void unused_permits_of_a_window_are_not_put_back_into_the_next_window() {
        assertThat(take(node.limits, LIMIT, 30)).isEqualTo(30);
        databaseClock.advance(Duration.ofSeconds(40));
        assertThat(take(exact, LIMIT, 7)).isEqualTo(7);
        node.limits.close();
        assertThat(counted()).isEqualTo(7);
    }

    @Test
    void a_node_takes_at_most_twice_its_use_in_the_last_second_in_advance() {
        for (int used = 1; used <= 10; used++) {
            assertThat(take(node.limits, LIMIT, 1)).isEqualTo(1);
            assertThat(counted()).as("permits taken by one call in two seconds").isEqualTo(used);
            passes(Duration.ofSeconds(2));
        }
        int used = 10;
        for (int i = 1; i <= 100; i++) {
            used += take(node.limits, LIMIT, 1);
            assertThat(counted() - used)
                    .as("unused permits after %s calls in a second", i)
                    .isBetween(0L, Math.min(2L * i, 25));
        }
        assertThat(used).isEqualTo(110);
    }

    @Test
    void a_node_has_a_batch_for_each_of_two_limits_that_alternate() {
        RateLimit other = LIMIT.withPermits(160);
        take(node.limits, LIMIT, 20);
        take(node.limits, other, 20);
        int before = trips.count();
        for (int i = 0; i < 5; i++) {
            assertThat(take(node.limits, LIMIT, 1) + take(node.limits, other, 1))
                    .isEqualTo(2);
        }
        assertThat(trips.count() - before)
                .as("calls to the database in ten takes")
                .isLessThan(4);
        int used = 50 + take(node.limits, other, 300);
        assertThat(used)
                .as("permits admitted, including those that this node took under the other limit")
                .isEqualTo(160);
        assertThat(take(node.limits, LIMIT, 1)).isEqualTo(1);
        assertThat(take(node.limits, other, 1)).isZero();
        int usedUp = trips.count();
        assertThat(take(node.limits, other, 100)).isZero();
        assertThat(trips.count() - usedUp)
                .as("statements in 100 calls with a limit that is used up; only the storage's cleanup")
                .isLessThan(10);
        assertThat(take(node.limits, LIMIT, 300)).isEqualTo(39);
    }

    @Test
    void a_permit_that_is_put_back_is_there_for_any_node_at_once() {
        RateLimit ten = RateLimit.perMinute(10);
        Node other = new Node(10);
        List<Reservation> reserved = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            reserved.add((i % 2 == 0 ? node : other)
                    .limits.reserve(LimitTake.of(KEY, ten), Clocks.system().now()));
        }
        assertThat(node.limits
                        .take(LimitTake.of(KEY, ten), Clocks.system().now())
                        .admitted())
                .isFalse();
        reserved.subList(1, 10).forEach(Reservation::putBack);
        assertThat(take(node.limits, ten, 20)).isEqualTo(9);
        assertThat(take(other.limits, ten, 20)).isZero();
    }

    /** Takes, reservations, idle times and the close of two nodes, in random order: no permit is lost or granted twice. */
    @Test
    void every_permit_is_had_once_whatever_is_put_back() {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            LimitKey key = new LimitKey("random_" + seed, "read");
            List<Node> nodes = List.of(new Node(10), new Node(10), new Node(10));
            int used = 0;
            for (int step = 0; step < 60; step++) {
                Node asked = nodes.get(random.nextInt(2));
                switch (random.nextInt(6)) {
                    case 0 ->
                        asked.limits
                                .reserve(
                                        LimitTake.of(key, LIMIT),
                                        Clocks.system().now())
                                .putBack();
                    case 1 ->
                        used += asked.limits
                                        .reserve(
                                                LimitTake.of(key, LIMIT),
                                                Clocks.system().now())
                                        .status()
                                        .admitted()
                                ? 1
                                : 0;
                    case 2 -> {
                        asked.nanos += Duration.ofSeconds(5).toNanos();
                        asked.limits.putBackIdle();
                        asked.nanos -= Duration.ofSeconds(5).toNanos();
                    }
                    case 3 -> used += take(asked.limits, key, LIMIT.withPermits(150), 3);
                    default -> used += take(asked.limits, key, LIMIT, 4);
                }
            }
            nodes.forEach(each -> each.limits.close());
            used += take(exact, key, LIMIT, 300);
            assertThat(used).isEqualTo(200);
        }
    }

    @Test
    void a_batch_that_arrives_while_the_store_is_closed_is_put_back() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        boolean[] holds = {false};
        OpenStorage held = JdbcStorage.builder(new LendingDataSource(() -> {
                    if (holds[0]) {
                        holds[0] = false;
                        asked.countDown();
                        goesOn.await();
                    }
                    return pool.getConnection();
                }))
                .limitClock(databaseClock)
                .deadline(Duration.ofSeconds(30))
                .existingTables()
                .build()
                .open();
        SharedLimitStore limits = new SharedLimitStore(
                (JdbcLimitStore) held.exactLimits(),
                Duration.ofSeconds(30),
                Clocks.of(node.wall, () -> node.nanos),
                10);
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try {
            int used = take(limits, LIMIT, 20);
            while (counted() > used) {
                used += take(limits, LIMIT, 1);
            }
            holds[0] = true;
            Future<LimitStatus> caller = threads.submit(
                    () -> limits.take(LimitTake.of(KEY, LIMIT), Clocks.system().now()));
            asked.await();
            limits.close();
            goesOn.countDown();
            assertThat(caller.get().admitted()).isTrue();
            assertThat(counted()).isEqualTo(used + 1);
        } finally {
            goesOn.countDown();
            threads.shutdownNow();
            held.close();
        }
    }

    /** Permits that are being put back are not granted, and takes interleave with the close in every possible order. */
    @Test
    void permits_are_neither_lost_nor_doubled_while_nodes_come_and_go() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            for (int round = 0; round < 20; round++) {
                LimitKey key = new LimitKey("comes_and_goes_" + round, "read");
                List<Future<Integer>> callers = new ArrayList<>();
                for (Node each : List.of(new Node(10), new Node(10))) {
                    callers.add(threads.submit(() -> take(each.limits, key, LIMIT, 40)));
                    callers.add(threads.submit(() -> {
                        for (int i = 0; i < 20; i++) {
                            each.limits
                                    .reserve(
                                            LimitTake.of(key, LIMIT),
                                            Clocks.system().now())
                                    .putBack();
                        }
                        return 0;
                    }));
                    callers.add(threads.submit(() -> {
                        int used = take(each.limits, key, LIMIT, 10);
                        each.limits.close();
                        return used + take(each.limits, key, LIMIT, 5);
                    }));
                }
                int used = 0;
                for (Future<Integer> caller : callers) {
                    used += caller.get();
                }
                assertThat(used).isEqualTo(110);
                assertThat(take(exact, key, LIMIT, 300)).isEqualTo(90);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    // ---- memory

    @Test
    void keys_without_end_take_bounded_memory_and_are_counted_all_the_same() {
        Node small = new Node(100);
        for (int i = 0; i < 1_000; i++) {
            LimitKey key = new LimitKey("random_" + i, "read");
            for (int left = 2; left >= 0; left--) {
                assertThat(small.limits
                                .take(
                                        LimitTake.of(key, RateLimit.perMinute(3)),
                                        Clocks.system().now())
                                .remaining())
                        .isEqualTo(left);
            }
            assertThat(small.limits
                            .take(
                                    LimitTake.of(key, RateLimit.perMinute(3)),
                                    Clocks.system().now())
                            .admitted())
                    .isFalse();
            assertThat(small.limits.size()).isLessThanOrEqualTo(100);
        }
    }

    @Test
    void slices_of_windows_that_have_ended_make_room() {
        Node small = new Node(100);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 150; i++) {
                small.limits.take(
                        LimitTake.of(new LimitKey("round_" + round + "_" + i, "read"), LIMIT),
                        Clocks.system().now());
            }
            assertThat(small.limits.size()).isEqualTo(100);
            small.passes(Duration.ofMinutes(1));
            databaseClock.advance(Duration.ofMinutes(1));
        }
        small.limits.dropEnded();
        assertThat(small.limits.size()).isZero();
    }

    @Test
    void a_slice_that_is_dropped_as_it_is_made_loses_no_permit_and_makes_none() throws Exception {
        RateLimit limit = RateLimit.fixed(20, Duration.ofDays(366));
        ExecutorService threads = Executors.newFixedThreadPool(5);
        AtomicBoolean over = new AtomicBoolean();
        try {
            Future<?> sweeper = threads.submit(() -> {
                while (!over.get()) {
                    node.limits.dropEnded();
                }
            });
            for (int i = 0; i < 200; i++) {
                LimitKey key = new LimitKey("dropped_" + i, "read");
                int admitted = 0;
                Callable<Integer> caller = () -> take(node.limits, key, limit, 8);
                for (Future<Integer> call : threads.invokeAll(Collections.nCopies(4, caller))) {
                    admitted += call.get();
                }
                assertThat(admitted).isEqualTo(20);
            }
            over.set(true);
            sweeper.get();
        } finally {
            over.set(true);
            threads.shutdownNow();
        }
    }

    // ---- a database that fails

    @Test
    void callers_that_wait_for_a_failed_query_fail_and_the_next_call_sends_a_new_query() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch fails = new CountDownLatch(1);
        boolean[] broken = {false};
        try (HikariDataSource other = Pools.of("jdbc:h2:mem:failing;DB_CLOSE_DELAY=-1", "sa")) {
            JdbcStorage.builder(other)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open()
                    .close();
            int[] loans = {0};
            OpenStorage failing = JdbcStorage.builder(new LendingDataSource(() -> {
                        if (broken[0]) {
                            loans[0]++;
                            asked.countDown();
                            fails.await();
                            throw new SQLException("broken by the test");
                        }
                        return other.getConnection();
                    }))
                    .deadline(Duration.ofSeconds(20))
                    .existingTables()
                    .build()
                    .open();
            broken[0] = true;
            List<Thread> callers = new CopyOnWriteArrayList<>();
            ExecutorService threads = Executors.newFixedThreadPool(8, task -> {
                callers.add(new Thread(task));
                return callers.get(callers.size() - 1);
            });
            try {
                List<Future<LimitStatus>> waiting = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    waiting.add(threads.submit(() -> failing.limits()
                            .take(LimitTake.of(KEY, LIMIT), Clocks.system().now())));
                }
                asked.await();
                Patience.await("all other callers wait for the one that queries")
                        .until(() -> callers.stream()
                                        .filter(SharedLimitStoreTest::waitsInAStore)
                                        .count()
                                == 8);
                fails.countDown();
                for (Future<LimitStatus> call : waiting) {
                    assertThatThrownBy(() -> call.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(StorageException.class);
                }
                assertThat(loans[0]).as("calls to the database").isEqualTo(1);
                broken[0] = false;
                assertThat(failing.limits()
                                .take(LimitTake.of(KEY, LIMIT), Clocks.system().now())
                                .remaining())
                        .isEqualTo(199);
            } finally {
                threads.shutdownNow();
                failing.close();
            }
        }
    }

    private static boolean waitsInAStore(Thread caller) {
        return Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING).contains(caller.getState())
                && Arrays.stream(caller.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(SharedLimitStore.class.getName()));
    }

    @Test
    void a_caller_that_waits_for_anothers_query_waits_no_longer_than_the_deadline() throws Exception {
        CountDownLatch silent = new CountDownLatch(1);
        boolean[] answers = {true};
        OpenStorage slow = JdbcStorage.builder(new LendingDataSource(() -> {
                    if (!answers[0]) {
                        silent.await();
                    }
                    return pool.getConnection();
                }))
                .deadline(Duration.ofMillis(200))
                .existingTables()
                .build()
                .open();
        answers[0] = false;
        ExecutorService threads = Executors.newFixedThreadPool(20);
        try {
            Callable<LimitStatus> caller = () ->
                    slow.limits().take(LimitTake.of(KEY, LIMIT), Clocks.system().now());
            for (Future<LimitStatus> call : threads.invokeAll(Collections.nCopies(20, caller))) {
                assertThatThrownBy(call::get).hasCauseInstanceOf(StorageException.class);
            }
        } finally {
            silent.countDown();
            threads.shutdownNow();
            slow.close();
        }
    }
}
