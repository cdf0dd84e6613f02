package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlidingWindowTest {

    private static final long NOW = Instant.parse("2026-03-04T05:06:07.089Z").toEpochMilli();

    @ParameterizedTest
    @CsvSource({"1, 10", "1, 11", "2, 15", "3, 19", "3, 100", "7, 137", "5, 1000", "50, 1001", "5, 60000", "40, 60000"})
    void no_interval_of_the_windows_length_admits_more_than_the_permits(int permits, long window) {
        for (int seed = 0; seed < 5; seed++) {
            RandomClient walk = new RandomClient(RateLimit.sliding(permits, Duration.ofMillis(window)), NOW, seed);
            List<Long> log = new ArrayList<>();
            for (int step = 0; step < 4_000; step++) {
                if (walk.take().status().admitted()) {
                    log.add(walk.now);
                    // The half-open window that ends with this request, which is the fullest.
                    assertThat(within(log, walk.now, window)).isLessThanOrEqualTo(permits);
                }
                walk.advance();
            }
            assertThat(log).hasSizeBetween(100, 3_900);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "2, 20", "3, 100", "5, 1000", "50, 1000", "5, 60000", "40, 60000"})
    void request_is_admitted_if_fewer_than_the_permits_were_in_the_last_window_and_a_tenth(int permits, long window) {
        int owed = 0;
        for (int seed = 0; seed < 5; seed++) {
            RandomClient walk = new RandomClient(RateLimit.sliding(permits, Duration.ofMillis(window)), NOW, seed);
            List<Long> log = new ArrayList<>();
            for (int step = 0; step < 4_000; step++) {
                boolean due = within(log, walk.now, window + window / 10) < permits;
                boolean admitted = walk.take().status().admitted();
                if (due) {
                    owed++;
                    assertThat(admitted).isTrue();
                }
                if (admitted) {
                    log.add(walk.now);
                }
                walk.advance();
            }
        }
        assertThat(owed).isGreaterThan(500);
    }

    @Test
    void permit_comes_back_when_its_slot_has_left() {
        long slot = 6_000;
        long start = NOW - NOW % slot;
        RandomClient walk = new RandomClient(RateLimit.sliding(2, Duration.ofMinutes(1)), start + 5_999, 1);
        assertThat(walk.take().status())
                .isEqualTo(LimitStatus.of(true, 2, 1, start + 11 * slot, 0, 10 * slot, walk.now));
        walk.now = start + 3 * slot;
        assertThat(walk.take().status())
                .isEqualTo(LimitStatus.of(true, 2, 0, start + 14 * slot, 8 * slot, 10 * slot, walk.now));
        assertThat(walk.take().status())
                .isEqualTo(LimitStatus.of(false, 2, 0, start + 14 * slot, 8 * slot, 10 * slot, walk.now));
        walk.now = start + 11 * slot;
        assertThat(walk.take().status())
                .isEqualTo(LimitStatus.of(true, 2, 0, start + 22 * slot, 3 * slot, 10 * slot, walk.now));
    }

    @Test
    void boundary_of_a_minute_gives_no_second_burst() {
        long boundary = NOW - NOW % 60_000;
        RandomClient walk = new RandomClient(RateLimit.sliding(3, Duration.ofMinutes(1)), boundary - 1, 1);
        for (int i = 0; i < 3; i++) {
            assertThat(walk.take().status().admitted()).isTrue();
        }
        walk.now = boundary;
        assertThat(walk.take().status().admitted()).isFalse();
        walk.now = boundary + 59_998;
        assertThat(walk.take().status().admitted()).isFalse();
    }

    private static long within(List<Long> log, long end, long stretch) {
        long count = 0;
        for (int i = log.size() - 1; i >= 0 && log.get(i) > end - stretch; i--) {
            count++;
        }
        return count;
    }
}
