package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.time.Clocks;

/** Permits that several nodes take from one database, by the real clock. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TwoNodes {

    private static final long PERMITS = 60;
    private static final Duration WINDOW = Duration.ofMillis(500);
    private static final int WINDOWS = Boolean.getBoolean("lectern.long") ? 40 : 4;

    private static final String PREFIX = "shared_";

    private DataSource one;
    private DataSource two;
    private final List<OpenStorage> opened = new ArrayList<>();

    abstract DataSource pool();

    @BeforeAll
    void makeTables() {
        one = pool();
        two = pool();
        open(one);
    }

    @AfterAll
    void close() throws Exception {
        opened.forEach(OpenStorage::close);
        ((AutoCloseable) one).close();
        ((AutoCloseable) two).close();
    }

    private OpenStorage open(DataSource source) {
        OpenStorage storage = JdbcStorage.builder(source)
                .tablePrefix(PREFIX)
                .deadline(Duration.ofSeconds(10))
                .build()
                .open();
        opened.add(storage);
        return storage;
    }

    // ---- one node

    @Test
    void two_hundred_permits_are_had_for_less_than_one_question_in_ten_calls() {
        RoundTrips trips = new RoundTrips(one);
        LimitStore limits = open(trips.source()).limits();
        LimitKey key = newKey();
        // Such a long window does not end while the test runs.
        RateLimit limit = RateLimit.fixed(200, Duration.ofDays(366));
        int before = trips.count();
        for (int left = 199; left >= 0; left--) {
            assertThat(limits.take(LimitTake.of(key, limit), Clocks.system().now())
                            .remaining())
                    .isEqualTo(left);
        }
        for (int i = 0; i < 300; i++) {
            assertThat(limits.take(LimitTake.of(key, limit), Clocks.system().now())
                            .admitted())
                    .isFalse();
            assertThat(limits.peek(LimitTake.of(key, limit), Clocks.system().now())
                            .remaining())
                    .isZero();
        }
        assertThat(trips.count() - before).isLessThan(20);
    }

    // ---- two nodes

    @Test
    void two_nodes_together_admit_no_more_than_the_limit_says() throws Exception {
        Collection<Admission> admissions = loaded(open(one).limits(), open(two).limits());
        assertNoneTooMany(admissions);
        assertThat(admissions).isNotEmpty();
    }

    @Test
    void a_node_that_counts_exactly_and_one_that_shares_admit_no_more_than_the_limit_says() throws Exception {
        assertNoneTooMany(loaded(open(one).limits(), open(two).exactLimits()));
    }

    @Test
    void a_slice_that_outlives_its_window_shows() throws Exception {
        JdbcLimitStore exact = (JdbcLimitStore) open(one).exactLimits();
        MutableClock stopped = MutableClock.at(Instant.now());
        LimitStore late = new SharedLimitStore(
                exact, Duration.ofSeconds(10), Clocks.of(stopped, () -> System.nanoTime() / 3), 1_000);
        LimitKey key = newKey();
        List<Admission> admissions = new ArrayList<>();
        untilTheNextWindow();
        for (int i = 0; i < 5; i++) {
            if (i == 4) {
                untilTheNextWindow();
            }
            long before = System.currentTimeMillis();
            admissions.add(Admission.of(
                    before,
                    late.take(
                            LimitTake.of(key, RateLimit.fixed(PERMITS, WINDOW)),
                            Clocks.system().now())));
        }
        assertThatThrownBy(() -> assertNoneTooMany(admissions)).isInstanceOf(AssertionError.class);
    }

    private static void untilTheNextWindow() throws InterruptedException {
        Thread.sleep(WINDOW.toMillis() - System.currentTimeMillis() % WINDOW.toMillis() + 5);
    }

    @Test
    void permits_that_are_taken_without_the_lock_show() throws Exception {
        LimitStore first = unlocked(one);
        LimitStore second = unlocked(two);
        // The race does not occur in each attempt.
        for (int attempt = 0; attempt < 10; attempt++) {
            Collection<Admission> admissions = loaded(first, second);
            try {
                assertNoneTooMany(admissions);
            } catch (AssertionError shown) {
                return;
            }
        }
        fail("ten loads did not show the bug");
    }

    private LimitStore unlocked(DataSource source) {
        return open(new RoundTrips(
                                source,
                                sql -> sql.replace(" FOR UPDATE", "")
                                        .replace("AND state = ? AND", "AND (state = ? OR 1 = 1) AND"))
                        .source())
                .limits();
    }

    private static void assertNoneTooMany(Collection<Admission> admissions) {
        Admission.assertNoneTooMany(admissions, PERMITS, WINDOW.toMillis());
    }

    /**
     * Returns what both stores admit in several windows, while three threads on each store call for one key without a pause.
     */
    private static Collection<Admission> loaded(LimitStore first, LimitStore second) throws Exception {
        LimitKey key = newKey();
        RateLimit limit = RateLimit.fixed(PERMITS, WINDOW);
        Collection<Admission> admissions = new ConcurrentLinkedQueue<>();
        long end = System.nanoTime() + WINDOW.multipliedBy(WINDOWS).toNanos();
        List<Callable<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            LimitStore limits = i % 2 == 0 ? first : second;
            callers.add(() -> {
                while (System.nanoTime() < end) {
                    long before = System.currentTimeMillis();
                    LimitStatus status = limits.take(
                            LimitTake.of(key, limit), Clocks.system().now());
                    if (status.admitted()) {
                        admissions.add(Admission.of(before, status));
                    }
                    Thread.sleep(pause());
                }
                return null;
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(callers.size());
        try {
            for (Future<Void> caller : threads.invokeAll(callers)) {
                caller.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return admissions;
    }

    /**
     * Returns alternately a pause so short that permits are soon used up, and one so long that batches have unused permits when
     * their window ends.
     */
    private static long pause() {
        return System.currentTimeMillis() / WINDOW.toMillis() % 2 == 0 ? 2 : 70;
    }

    private static LimitKey newKey() {
        return new LimitKey("apitoken_" + UUID.randomUUID(), "read");
    }
}
