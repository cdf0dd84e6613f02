package school.lectern.auth.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.MutableClock;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

class InMemoryLimitStoreTest {

    private final MutableClock clock = new MutableClock("2026-05-07T13:23:30Z");
    private Clocks clocks = Clocks.of(clock);

    private Moment now() {
        return clocks.now();
    }

    private final RateLimit two = RateLimit.perMinute(2);

    private static LimitKey key(String subject) {
        return new LimitKey(subject, "read");
    }

    static Stream<RateLimit> limits() {
        Duration minute = Duration.ofMinutes(1);
        return Stream.of(RateLimit.fixed(200, minute), RateLimit.sliding(200, minute), RateLimit.gcra(200, minute));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void concurrent_calls_get_exactly_the_permits_of_the_limit(RateLimit limit) throws Exception {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        AtomicInteger admitted = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            List<Future<?>> asked = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                asked.add(threads.submit(() -> {
                    start.await();
                    if (store.take(LimitTake.of(key("a"), limit), now()).admitted()) {
                        admitted.incrementAndGet();
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> done : asked) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(admitted).hasValue(200);
        assertThat(store.take(LimitTake.of(key("a"), limit), now()).admitted()).isFalse();
        assertThat(store.peek(LimitTake.of(key("a"), limit), now()).remaining()).isZero();
    }

    // ---- requests that remember their counter

    @ParameterizedTest
    @MethodSource("limits")
    void a_request_that_is_made_again_counts_like_a_new_one(RateLimit many) {
        RateLimit limit = many.withPermits(3);
        Random random = new Random(7);
        // So little room that idle counters are dropped while a request remembers them.
        List<InMemoryLimitStore> stores = List.of(new InMemoryLimitStore(clocks, 4), new InMemoryLimitStore(clocks, 4));
        List<InMemoryLimitStore> compared =
                List.of(new InMemoryLimitStore(clocks, 4), new InMemoryLimitStore(clocks, 4));
        List<LimitTake> again = IntStream.range(0, 4)
                .mapToObj(i -> LimitTake.of(key("s" + i), limit))
                .toList();
        for (int i = 0; i < 20_000; i++) {
            // Now and then, the clock is set back.
            clock.advance(Duration.ofSeconds(random.nextInt(50) == 0 ? -random.nextInt(200) : random.nextInt(30)));
            int subject = random.nextInt(again.size());
            int store = random.nextInt(stores.size());
            Moment now = now();
            LimitTake unseen = LimitTake.of(key("s" + subject), limit);
            assertThat(stores.get(store).peek(again.get(subject), now))
                    .isEqualTo(compared.get(store).peek(unseen, now));
            assertThat(stores.get(store).take(again.get(subject), now))
                    .isEqualTo(compared.get(store).take(unseen, now));
            assertThat(stores.get(store).peek(again.get(subject), now))
                    .isEqualTo(compared.get(store).peek(LimitTake.of(key("s" + subject), limit), now));
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void threads_that_share_a_request_get_exactly_the_permits_of_the_limit(RateLimit limit) {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        LimitTake shared = LimitTake.of(key("a"), limit);
        long admitted = IntStream.range(0, 5_000)
                .parallel()
                .filter(i -> store.take(shared, now()).admitted())
                .count();
        assertThat(admitted).isEqualTo(200);
    }

    // ---- shapes

    @Test
    void limits_of_other_shapes_are_counted_apart_and_other_numbers_of_permits_together() {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        RateLimit hourly = RateLimit.fixed(3, Duration.ofHours(1));
        assertThat(takeAll(store, two)).isEqualTo(2);
        assertThat(takeAll(store, hourly)).isEqualTo(3);
        assertThat(takeAll(store, RateLimit.sliding(3, Duration.ofHours(1)))).isEqualTo(3);
        for (int i = 0; i < 10; i++) {
            assertThat(takeAll(store, two) + takeAll(store, hourly)).isZero();
        }
        assertThat(takeAll(store, hourly.withPermits(4))).isEqualTo(1);
        assertThat(takeAll(store, hourly)).isZero();
    }

    @Test
    void shapes_without_end_take_bounded_memory() {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock), 3);
        for (int millis = 1; millis <= 3; millis++) {
            store.take(LimitTake.of(key("a"), RateLimit.fixed(1, Duration.ofMillis(millis))), now());
        }
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.take(LimitTake.of(key("a"), RateLimit.fixed(1, Duration.ofMillis(4))), now()));
    }

    // ---- two clocks

    /** A thread that read the clocks and was then paused for longer than a window. */
    @ParameterizedTest
    @MethodSource("limits")
    void a_call_with_an_older_moment_counts_at_the_counters_time(RateLimit limit) {
        long[] nanos = {1_000_000_000_000L};
        clocks = Clocks.of(clock, () -> nanos[0]);
        InMemoryLimitStore store = new InMemoryLimitStore(clocks, 10);
        assertThat(takeAll(store, limit)).isEqualTo(200);
        for (long late : new long[] {1, 59, 61, 600, 86_400}) {
            for (int i = 0; i < 3; i++) {
                pass(nanos, -late);
                assertThat(takeAll(store, limit)).isZero();
                assertThat(store.peek(LimitTake.of(key("a"), limit), now()).admitted())
                        .isFalse();
                pass(nanos, late);
                assertThat(takeAll(store, limit)).isZero();
            }
        }
        // Late by the monotonic clock, whatever the wall clock returned at that time.
        clock.advance(Duration.ofHours(5));
        nanos[0]--;
        assertThat(takeAll(store, limit)).isZero();
        nanos[0] += 2;
        assertThat(takeAll(store, limit)).isEqualTo(200);
    }

    private void pass(long[] nanos, long seconds) {
        nanos[0] += Duration.ofSeconds(seconds).toNanos();
        clock.advance(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void a_clock_that_is_set_back_and_forth_gives_no_permits(RateLimit limit) {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        assertThat(takeAll(store, limit)).isEqualTo(200);
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(-67));
            assertThat(takeAll(store, limit)).isZero();
            clock.advance(Duration.ofSeconds(67));
            assertThat(takeAll(store, limit)).isZero();
        }
    }

    private int takeAll(InMemoryLimitStore store, RateLimit limit) {
        int admitted = 0;
        while (store.take(LimitTake.of(key("a"), limit), now()).admitted()) {
            admitted++;
        }
        return admitted;
    }

    // ---- permits that are put back

    @ParameterizedTest
    @MethodSource("limits")
    void permits_that_are_put_back_while_others_take_are_neither_lost_nor_doubled(RateLimit limit) throws Exception {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                boolean uses = i % 2 == 0;
                callers.add(threads.submit(() -> uses ? used(store, limit) : putBack(store, limit)));
            }
            int used = 0;
            for (Future<Integer> caller : callers) {
                used += caller.get();
            }
            assertThat(used + takeAll(store, limit)).isEqualTo(200);
        } finally {
            threads.shutdownNow();
        }
    }

    private int used(InMemoryLimitStore store, RateLimit limit) {
        int used = 0;
        for (int i = 0; i < 20; i++) {
            used += store.take(LimitTake.of(key("a"), limit), now()).admitted() ? 1 : 0;
        }
        return used;
    }

    private int putBack(InMemoryLimitStore store, RateLimit limit) {
        for (int i = 0; i < 500; i++) {
            Reservation permit = store.reserve(LimitTake.of(key("a"), limit), now());
            permit.putBack();
            permit.putBack();
        }
        return 0;
    }

    @Test
    void subjects_and_classes_are_counted_apart_and_a_look_takes_nothing() {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        store.take(LimitTake.of(key("a"), two), now());

        assertThat(store.peek(LimitTake.of(key("a"), two), now()).remaining()).isEqualTo(1);
        assertThat(store.peek(LimitTake.of(key("a"), two), now()).remaining()).isEqualTo(1);
        assertThat(store.peek(LimitTake.of(new LimitKey("a", "write"), two), now())
                        .remaining())
                .isEqualTo(2);
        assertThat(store.peek(LimitTake.of(key("b"), two), now()).remaining()).isEqualTo(2);
    }

    @Test
    void a_full_store_refuses_rather_than_forget_a_live_count() {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock), 2);
        store.take(LimitTake.of(key("a"), two), now());
        store.take(LimitTake.of(key("a"), two), now());
        store.take(LimitTake.of(key("b"), two), now());

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.take(LimitTake.of(key("c"), two), now()));
        assertThat(store.take(LimitTake.of(key("a"), two), now()).admitted()).isFalse();
        assertThat(store.take(LimitTake.of(key("b"), two), now()).remaining()).isZero();
        assertThat(store.peek(LimitTake.of(key("c"), two), now()).remaining()).isEqualTo(2);
    }

    @Test
    void a_full_store_drops_what_says_nothing_any_more() {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock), 2);
        store.take(LimitTake.of(key("a"), two), now());
        store.take(LimitTake.of(key("b"), RateLimit.fixed(2, Duration.ofHours(1))), now());
        clock.advance(Duration.ofSeconds(29));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.take(LimitTake.of(key("c"), two), now()));

        clock.advance(Duration.ofSeconds(1));
        assertThat(store.take(LimitTake.of(key("c"), two), now()).admitted()).isTrue();
        assertThat(store.peek(LimitTake.of(key("b"), RateLimit.fixed(2, Duration.ofHours(1))), now())
                        .remaining())
                .isEqualTo(1);
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.take(LimitTake.of(key("a"), two), now()));
    }

    @Test
    void a_clock_that_is_set_back_grants_no_permits() {
        InMemoryLimitStore store = new InMemoryLimitStore(Clocks.of(clock));
        store.take(LimitTake.of(key("a"), two), now());
        store.take(LimitTake.of(key("a"), two), now());
        clock.advance(Duration.ofHours(-1));

        assertThat(store.take(LimitTake.of(key("a"), two), now()).admitted()).isFalse();
        clock.advance(Duration.ofMinutes(1));
        assertThat(store.take(LimitTake.of(key("a"), two), now()).admitted()).isTrue();
    }

    @Test
    void a_store_for_less_than_one_count_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryLimitStore(Clocks.of(clock), 0))
                .withMessage("capacity must be at least 1, was 0");
    }
}
