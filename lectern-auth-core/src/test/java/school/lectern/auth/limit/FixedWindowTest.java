package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FixedWindowTest {

    private static final long MINUTE = 60_000;
    private static final long BOUNDARY = Instant.parse("2026-03-04T05:06:00Z").toEpochMilli();
    private static final RateLimit THREE = RateLimit.perMinute(3);

    @ParameterizedTest
    @ValueSource(longs = {-700, 0, 1_767_225_600_000L})
    void window_admits_exactly_its_permits_at_every_offset(long start) {
        RateLimit limit = RateLimit.fixed(3, Duration.ofMillis(50));
        long first = start - Math.floorMod(start, 50L);
        for (long offset = 0; offset < 50; offset++) {
            RandomClient walk = new RandomClient(limit, first + offset, 1);
            for (int window = 0; window < 3; window++) {
                for (long remaining = 2; remaining >= 0; remaining--) {
                    LimitStatus status = walk.take().status();
                    assertThat(status.admitted()).isTrue();
                    assertThat(status.remaining()).isEqualTo(remaining);
                }
                assertThat(walk.take().status().admitted()).isFalse();
                long lastOfWindow = first + 50 * window + 49;
                assertThat(limit.take(walk.count, lastOfWindow).status().admitted())
                        .isFalse();
                walk.now += 50;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 7", "3, 50", "5, 60000", "60, 1000"})
    void request_is_admitted_if_and_only_if_its_window_has_a_permit_left(long permits, long window) {
        RandomClient walk = new RandomClient(RateLimit.fixed(permits, Duration.ofMillis(window)), BOUNDARY, 2);
        Map<Long, Long> admitted = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            boolean expected = admitted.getOrDefault(walk.now / window, 0L) < permits;
            assertThat(walk.take().status().admitted()).isEqualTo(expected);
            if (expected) {
                admitted.merge(walk.now / window, 1L, Long::sum);
            }
            walk.advance();
        }
        assertThat(admitted).containsValue(permits);
    }

    @Test
    void windows_are_minutes_of_utc_and_reset_at_their_end() {
        for (long offset : new long[] {0, 1, 30_000, 58_999, 59_000, 59_001, 59_999}) {
            RandomClient walk = new RandomClient(RateLimit.perMinute(1), BOUNDARY + offset, 3);
            LimitStatus admitted = walk.take().status();
            LimitStatus refused = walk.take().status();

            assertThat(admitted.resetMillis()).isEqualTo(BOUNDARY + MINUTE);
            assertThat(refused)
                    .isEqualTo(
                            LimitStatus.of(false, 1, 0, BOUNDARY + MINUTE, MINUTE - offset, MINUTE, BOUNDARY + offset));
            assertThat(refused.resetAt()).isEqualTo(Instant.parse("2026-03-04T05:07:00Z"));
            assertThat(refused.retryAfterSeconds()).isEqualTo(Math.max(1, (MINUTE - offset + 999) / 1000));
        }
    }

    @Test
    void untouched_window_says_that_all_is_left() {
        assertThat(THREE.peek(null, BOUNDARY + 7))
                .isEqualTo(LimitStatus.of(true, 3, 3, BOUNDARY + MINUTE, 0, MINUTE, BOUNDARY + 7));
    }

    @Test
    void clock_that_flutters_around_a_boundary_gives_no_extra_permit() {
        RandomClient walk = new RandomClient(THREE, BOUNDARY - 3, 4);
        for (int i = 0; i < 3; i++) {
            assertThat(walk.take().status().admitted()).isTrue();
        }
        int admitted = 0;
        for (int i = 0; i < 20; i++) {
            walk.now = i % 2 == 0 ? BOUNDARY + 2 : BOUNDARY - 3;
            admitted += walk.take().status().admitted() ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(3);
        walk.now = BOUNDARY + MINUTE - 1;
        assertThat(walk.take().status().admitted()).isFalse();
        walk.now = BOUNDARY + MINUTE;
        assertThat(walk.take().status().admitted()).isTrue();
    }

    @Test
    void permits_that_are_left_can_be_used_while_the_clock_is_5_ms_back() {
        RandomClient walk = new RandomClient(THREE, BOUNDARY + 2, 5);
        walk.take();
        walk.now -= 5;
        LimitStatus status = walk.take().status();

        assertThat(status).isEqualTo(LimitStatus.of(true, 3, 1, BOUNDARY + MINUTE, 0, MINUTE, walk.now));
    }

    @Test
    void clock_that_is_set_back_an_hour_gives_no_permit_at_once_and_all_after_one_window() {
        RandomClient walk = new RandomClient(THREE, BOUNDARY + 17_000, 6);
        for (int i = 0; i < 3; i++) {
            walk.take();
        }
        walk.now -= 60 * MINUTE;
        LimitStatus refused = walk.take().status();
        assertThat(refused.admitted()).isFalse();
        assertThat(refused.resetMillis()).isEqualTo(BOUNDARY - 59 * MINUTE);
        assertThat(refused.retryMillis()).isEqualTo(43_000);

        walk.now += 42_999;
        assertThat(walk.take().status().admitted()).isFalse();
        walk.now += 1;
        for (int i = 0; i < 3; i++) {
            assertThat(walk.take().status().admitted()).isTrue();
        }
        assertThat(walk.take().status().admitted()).isFalse();
    }

    @Test
    void largest_limit_counts_to_its_end() {
        RateLimit limit = RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366));
        long window = Duration.ofDays(366).toMillis();
        long start = BOUNDARY - BOUNDARY % window;
        LimitState nearlyFull = LimitState.of(FixedWindow.MEASURE, start, RateLimit.MAX_PERMITS - 1);

        TakeResult last = limit.take(nearlyFull, BOUNDARY);
        assertThat(last.status())
                .isEqualTo(LimitStatus.of(
                        true, RateLimit.MAX_PERMITS, 0, start + window, start + window - BOUNDARY, window, BOUNDARY));
        assertThat(limit.take(last.count(), BOUNDARY).status().admitted()).isFalse();
        assertThat(limit.take(null, Long.MAX_VALUE, BOUNDARY, Duration.ZERO).permits())
                .isEqualTo(RateLimit.MAX_PERMITS);
    }
}
