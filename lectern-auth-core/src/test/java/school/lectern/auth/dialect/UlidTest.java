package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ULIDs: 26 characters of Crockford's base32 for 48 bits of milliseconds and 80 random bits. */
class UlidTest {

    private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final long NOW = Instant.parse("2026-05-07T10:00:00Z").toEpochMilli();

    private static Supplier<String> source(Clock clock) {
        return RequestIds.ulid().source(clock, new SecureRandom());
    }

    private static long time(String ulid) {
        long millis = 0;
        for (char c : ulid.substring(0, 10).toCharArray()) {
            millis = millis << 5 | CROCKFORD.indexOf(c);
        }
        return millis;
    }

    @Test
    void an_id_is_26_characters_without_i_l_o_and_u() {
        Supplier<String> ids = source(Clock.systemUTC());
        for (int i = 0; i < 10_000; i++) {
            assertThat(ids.get()).matches("[0-7][0-9A-HJKMNP-TV-Z]{25}");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 31, 32, 1_469_922_850_259L, 1_778_148_000_000L, (1L << 48) - 1})
    void the_first_ten_characters_are_the_milliseconds_of_the_clock(long millis) {
        assertThat(time(source(Clock.fixed(Instant.ofEpochMilli(millis), ZoneOffset.UTC))
                        .get()))
                .isEqualTo(millis);
    }

    @Test
    void the_published_example_of_a_time_is_written_as_published() {
        Clock clock = Clock.fixed(Instant.ofEpochMilli(1_469_922_850_259L), ZoneOffset.UTC);
        assertThat(source(clock).get()).startsWith("01ARZ3NDEK");
    }

    @Test
    void a_later_millisecond_generates_new_random_bits() {
        SetClock clock = new SetClock();
        Supplier<String> ids = source(clock);
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            clock.millis.incrementAndGet();
            drawn.add(ids.get().substring(10));
        }
        assertThat(drawn).hasSize(10_000);
    }

    @Test
    void ids_grow_within_a_millisecond_and_when_the_clock_steps_back() {
        SetClock clock = new SetClock();
        Supplier<String> ids = source(clock);
        List<String> drawn = new ArrayList<>();
        for (long step : new long[] {0, 0, -1, -3_600_000, 0, 3_600_000, 1, 2, -2, -50 * 365 * 86_400_000L, 0}) {
            clock.millis.addAndGet(step);
            drawn.add(ids.get());
        }
        assertThat(drawn).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void ids_grow_even_when_all_random_bits_are_used_up() {
        SecureRandom ones = new Ones();
        Supplier<String> ids = RequestIds.ulid().source(Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC), ones);
        List<String> drawn = List.of(ids.get(), ids.get(), ids.get());
        assertThat(drawn.get(0)).endsWith("Z".repeat(16));
        assertThat(drawn).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void eight_threads_get_ids_that_are_unique_and_grow_while_the_clock_steps_back_and_forth() throws Exception {
        SetClock clock = new SetClock();
        Supplier<String> ids = source(clock);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        Set<String> all = new HashSet<>();
        try {
            List<Future<List<String>>> runs = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int seed = t;
                runs.add(threads.submit(() -> {
                    List<String> own = new ArrayList<>();
                    for (int i = 0; i < 5_000; i++) {
                        clock.millis.addAndGet((i + seed) % 5 - 2);
                        own.add(ids.get());
                    }
                    return own;
                }));
            }
            for (Future<List<String>> run : runs) {
                List<String> own = run.get();
                assertThat(own).isSorted();
                all.addAll(own);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(all).hasSize(40_000);
    }

    /** A clock that the test sets. */
    private static final class SetClock extends Clock {
        private final AtomicLong millis = new AtomicLong(NOW);

        @Override
        public long millis() {
            return millis.get();
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** Generates only one-bits. */
    private static final class Ones extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            java.util.Arrays.fill(bytes, (byte) 0xff);
        }
    }
}
