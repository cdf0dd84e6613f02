package school.lectern.auth.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.MutableClock;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.StorageException;

class InMemoryLimitStoreTest {

    private final MutableClock clock = new MutableClock("2026-05-07T13:23:30Z");
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
    void exactly_so_many_are_admitted_however_many_ask_at_once(RateLimit limit) throws Exception {
        InMemoryLimitStore store = new InMemoryLimitStore(clock);
        AtomicInteger admitted = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            List<Future<?>> asked = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                asked.add(threads.submit(() -> {
                    start.await();
                    if (store.take(key("a"), limit).admitted()) {
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
        assertThat(store.take(key("a"), limit).admitted()).isFalse();
        assertThat(store.peek(key("a"), limit).remaining()).isZero();
    }

    @Test
    void a_window_that_was_made_longer_is_kept_until_its_new_end() {
        MutableClock boundary = new MutableClock("2026-05-07T13:23:00Z");
        InMemoryLimitStore store = new InMemoryLimitStore(boundary, 1);
        store.take(key("a"), RateLimit.fixed(2, Duration.ofSeconds(1)));
        store.take(key("a"), two);
        boundary.advance(Duration.ofSeconds(2));

        // In its place nothing fits, else what was used would be forgotten.
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> store.take(key("b"), two));
        assertThat(store.take(key("a"), two).admitted()).isFalse();
    }

    @Test
    void a_longer_window_begins_where_it_should_also_if_its_caller_is_late() {
        RateLimit three = RateLimit.perMinute(3);
        MutableClock late = new MutableClock("2026-05-07T13:23:01Z");
        InMemoryLimitStore store = new InMemoryLimitStore(late);
        store.take(key("a"), RateLimit.fixed(1, Duration.ofSeconds(1)));
        late.advance(Duration.ofMillis(-1));

        assertThat(store.take(key("a"), three).resetAt()).isEqualTo(Instant.parse("2026-05-07T13:24:00Z"));
        late.advance(Duration.ofSeconds(60));
        assertThat(store.take(key("a"), three).admitted()).isTrue();
        late.advance(Duration.ofSeconds(1));
        assertThat(store.take(key("a"), three).admitted()).isTrue();
        assertThat(store.take(key("a"), three).admitted()).isTrue();
        assertThat(store.take(key("a"), three).admitted()).isFalse();
    }

    @Test
    void subjects_and_classes_are_counted_apart_and_a_look_takes_nothing() {
        InMemoryLimitStore store = new InMemoryLimitStore(clock);
        store.take(key("a"), two);

        assertThat(store.peek(key("a"), two).remaining()).isEqualTo(1);
        assertThat(store.peek(key("a"), two).remaining()).isEqualTo(1);
        assertThat(store.peek(new LimitKey("a", "write"), two).remaining()).isEqualTo(2);
        assertThat(store.peek(key("b"), two).remaining()).isEqualTo(2);
    }

    @Test
    void a_full_store_refuses_rather_than_forget_a_live_count() {
        InMemoryLimitStore store = new InMemoryLimitStore(clock, 2);
        store.take(key("a"), two);
        store.take(key("a"), two);
        store.take(key("b"), two);

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> store.take(key("c"), two));
        assertThat(store.take(key("a"), two).admitted()).isFalse();
        assertThat(store.take(key("b"), two).remaining()).isZero();
        assertThat(store.peek(key("c"), two).remaining()).isEqualTo(2);
    }

    @Test
    void a_full_store_drops_what_says_nothing_any_more() {
        InMemoryLimitStore store = new InMemoryLimitStore(clock, 2);
        store.take(key("a"), two);
        store.take(key("b"), RateLimit.fixed(2, Duration.ofHours(1)));
        clock.advance(Duration.ofSeconds(29));
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> store.take(key("c"), two));

        clock.advance(Duration.ofSeconds(1));
        assertThat(store.take(key("c"), two).admitted()).isTrue();
        assertThat(store.peek(key("b"), RateLimit.fixed(2, Duration.ofHours(1))).remaining())
                .isEqualTo(1);
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> store.take(key("a"), two));
    }

    @Test
    void a_clock_that_is_set_back_gives_no_permits() {
        InMemoryLimitStore store = new InMemoryLimitStore(clock);
        store.take(key("a"), two);
        store.take(key("a"), two);
        clock.advance(Duration.ofHours(-1));

        assertThat(store.take(key("a"), two).admitted()).isFalse();
        clock.advance(Duration.ofMinutes(1));
        assertThat(store.take(key("a"), two).admitted()).isTrue();
    }

    @Test
    void a_store_for_less_than_one_count_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryLimitStore(clock, 0))
                .withMessageStartingWith("capacity:");
    }
}
