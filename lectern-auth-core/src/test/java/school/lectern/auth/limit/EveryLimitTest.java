package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Properties of every rate limit, for every algorithm. */
class EveryLimitTest {

    private static final long NOW = Instant.parse("2026-03-04T05:06:07.089Z").toEpochMilli();
    private static final long TEN_YEARS = Duration.ofDays(3653).toMillis();

    static Stream<RateLimit> limits() {
        List<RateLimit> limits = new ArrayList<>();
        for (long permits : new long[] {1, 3, 7}) {
            for (long window : new long[] {10, 11, 137, 1_000, 60_000}) {
                limits.add(RateLimit.fixed(permits, Duration.ofMillis(window)));
                limits.add(RateLimit.sliding(permits, Duration.ofMillis(window)));
                limits.add(RateLimit.gcra(permits, Duration.ofMillis(window)));
            }
        }
        return limits.stream();
    }

    @ParameterizedTest
    @MethodSource("limits")
    void permit_is_back_when_the_refusal_says_and_not_a_millisecond_earlier(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 1);
        int refused = 0;
        for (int step = 0; step < 2_000; step++) {
            LimitStatus status = walk.take().status();
            if (!status.admitted()) {
                refused++;
                assertThat(status.remaining()).isZero();
                assertThat(status.retryMillis()).isPositive();
                assertThat(limit.take(walk.count, walk.now + status.retryMillis())
                                .status()
                                .admitted())
                        .isTrue();
                assertThat(limit.take(walk.count, walk.now + status.retryMillis() - 1)
                                .status()
                                .admitted())
                        .isFalse();
            }
            walk.advance();
            // By a little and by a lot: the result of a refusal must be right on both sides of a window.
            walk.now -= walk.back(3 * limit.window().toMillis());
        }
        assertThat(refused).isGreaterThan(100);
    }

    @ParameterizedTest
    @MethodSource("limits")
    void status_is_of_its_moment_and_of_its_window_also_where_the_clock_was_set_back(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 12);
        for (int step = 0; step < 300; step++) {
            for (LimitStatus status :
                    List.of(limit.peek(walk.count, walk.now), walk.take().status())) {
                assertThat(status.atMillis()).isEqualTo(walk.now);
                assertThat(status.windowMillis()).isEqualTo(limit.window().toMillis());
                assertThat(status.resetMillis()).isGreaterThanOrEqualTo(status.atMillis());
            }
            walk.advance();
            walk.now -= walk.back(3 * limit.window().toMillis());
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void wait_is_zero_as_long_as_a_permit_is_left_and_true_when_the_last_was_taken(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 2);
        for (int step = 0; step < 1_000; step++) {
            LimitStatus status = walk.take().status();
            assertThat(status.limit()).isEqualTo(limit.permits());
            assertThat(status.remaining()).isBetween(0L, limit.permits() - (status.admitted() ? 1 : 0));
            if (status.remaining() > 0) {
                assertThat(status.retryMillis()).isZero();
            } else {
                assertThat(limit.peek(walk.count, walk.now + status.retryMillis())
                                .admitted())
                        .isTrue();
                assertThat(limit.peek(walk.count, walk.now + status.retryMillis() - 1)
                                .admitted())
                        .isFalse();
            }
            walk.advance();
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void all_permits_are_back_at_the_reset_and_not_a_millisecond_earlier(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 3);
        for (int step = 0; step < 1_000; step++) {
            long reset = walk.take().status().resetMillis();
            assertThat(limit.peek(walk.count, reset).remaining()).isEqualTo(limit.permits());
            assertThat(limit.peek(walk.count, reset - 1).remaining()).isLessThan(limit.permits());
            walk.advance();
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void peek_says_what_taking_would_and_changes_nothing(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 4);
        for (int step = 0; step < 1_000; step++) {
            String before = String.valueOf(walk.count);
            LimitStatus peeked = limit.peek(walk.count, walk.now);
            assertThat(limit.peek(walk.count, walk.now)).isEqualTo(peeked);
            LimitStatus taken = limit.take(walk.count, walk.now).status();
            assertThat(walk.count == null ? "null" : walk.count.toString()).isEqualTo(before);

            assertThat(peeked.admitted()).isEqualTo(taken.admitted());
            if (taken.admitted()) {
                assertThat(peeked.remaining()).isEqualTo(taken.remaining() + 1);
            } else {
                assertThat(peeked).isEqualTo(taken);
            }
            walk.take();
            walk.advance();
            walk.now -= walk.back(3 * limit.window().toMillis());
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void several_permits_at_once_are_as_many_as_one_by_one(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 13);
        Random random = new Random(14);
        for (int step = 0; step < 1_000; step++) {
            long most = random.nextLong(1, limit.permits() + 3);
            TakeResult together = limit.take(walk.count, most, walk.now, Duration.ZERO);
            long admitted = 0;
            TakeResult single = walk.take();
            for (long asked = 1; asked < most; asked++) {
                admitted += single.permits();
                single = walk.take();
            }
            admitted += single.permits();
            assertThat(together.permits()).isEqualTo(admitted);
            assertThat(together.count()).isEqualTo(single.count());
            assertThat(together.status().admitted()).isEqualTo(admitted > 0);
            assertThat(together.status().remaining()).isEqualTo(single.status().remaining());
            assertThat(together.status().resetMillis())
                    .isEqualTo(single.status().resetMillis());
            walk.advance();
            walk.now -= walk.back(3 * limit.window().toMillis());
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void idle_count_gives_the_answers_of_none(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 5);
        Random random = new Random(6);
        for (int step = 0; step < 1_000; step++) {
            boolean admitted = walk.take().status().admitted();
            long idle = limit.idleFrom(walk.count);
            for (long later : new long[] {0, 1, random.nextLong(100_000), random.nextLong(TEN_YEARS)}) {
                assertThat(limit.peek(walk.count, idle + later)).isEqualTo(limit.peek(null, idle + later));
            }
            if (admitted) {
                assertThat(limit.peek(walk.count, idle - 1)).isNotEqualTo(limit.peek(null, idle - 1));
            }
            walk.advance();
            walk.now -= walk.back(3 * limit.window().toMillis());
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void clock_that_is_set_back_by_less_than_a_window_admits_like_a_stopped_clock(RateLimit limit) {
        RandomClient time = new RandomClient(limit, NOW, 7);
        RandomClient straight = new RandomClient(limit, 0, 0);
        RandomClient jumpy = new RandomClient(limit, 0, 0);
        for (int step = 0; step < 2_000; step++) {
            jumpy.now = time.now - time.back(limit.window().toMillis());
            straight.now = Math.max(straight.now, jumpy.now);
            assertThat(jumpy.take().status().admitted())
                    .isEqualTo(straight.take().status().admitted());
            time.advance();
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void clock_that_is_set_back_however_far_gives_no_permit(RateLimit limit) {
        Random random = new Random(9);
        long window = limit.window().toMillis();
        for (int round = 0; round < 500; round++) {
            RandomClient walk = new RandomClient(limit, NOW + random.nextLong(window), round);
            while (walk.take().status().admitted()) {
                // until no permit is left
            }
            walk.now -= random.nextLong(1, 5 * window);
            assertThat(walk.take().status().admitted()).isFalse();
            walk.now -= random.nextLong(1, 5 * window);
            assertThat(walk.take().status().admitted()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void clock_that_is_set_back_an_hour_locks_out_for_no_longer_than_its_window(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 10);
        while (walk.take().status().admitted()) {
            // until no permit is left
        }
        walk.now -= Duration.ofHours(1).toMillis();
        LimitStatus refused = walk.take().status();

        assertThat(refused.admitted()).isFalse();
        // A sliding window takes a tenth more, because its slots are whole milliseconds.
        long slot = limit.toString().contains("sliding") ? (limit.window().toMillis() + 9) / 10 : 0;
        long longest = slot == 0 ? limit.window().toMillis() : 11 * slot;
        assertThat(refused.retryMillis()).isBetween(1L, longest);
        walk.now += longest;
        assertThat(walk.take().status().admitted()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("limits")
    void far_future_neither_overflows_nor_holds_permits_back(RateLimit limit) {
        RandomClient walk = new RandomClient(limit, NOW, 11);
        for (long moment : new long[] {
            NOW, NOW + TEN_YEARS, Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli()
        }) {
            walk.now = moment;
            for (int i = 0; i < limit.permits(); i++) {
                LimitStatus status = walk.take().status();
                assertThat(status.admitted()).isTrue();
                assertThat(status.resetMillis())
                        .isBetween(moment, moment + 3 * limit.window().toMillis());
                assertThat(status.retryMillis())
                        .isBetween(0L, 3 * limit.window().toMillis());
            }
            assertThat(walk.take().status().admitted()).isFalse();
        }
        walk.now = NOW;
        assertThat(walk.take().status().admitted()).isFalse();
        assertThat(walk.take().status().retryMillis())
                .isBetween(1L, 3 * limit.window().toMillis());
    }

    @ParameterizedTest
    @MethodSource("limits")
    void old_moments_between_give_no_permit_at_the_newest_one(RateLimit limit) {
        long window = limit.window().toMillis();
        Random random = new Random(15);
        for (long old :
                new long[] {1, window - 1, window, window + 1, 2 * window, 3 * window, 60 * window, TEN_YEARS}) {
            for (int round = 0; round < 20; round++) {
                RandomClient walk = new RandomClient(limit, NOW + random.nextLong(window), 16);
                long newest = walk.now;
                long admitted = 0;
                for (int i = 0; i < 5; i++) {
                    walk.now = newest;
                    admitted += takeAll(walk);
                    walk.now = newest - old;
                    assertThat(takeAll(walk)).as("%s ms before", old).isZero();
                }
                assertThat(admitted).isEqualTo(limit.permits());
            }
        }
    }

    /**
     * After a clock was set back and then corrected, the limit admits at most as many calls as if the clock had not been set
     * back.
     */
    @ParameterizedTest
    @MethodSource("limits")
    void clock_that_is_corrected_grants_no_additional_permits(RateLimit limit) {
        long window = limit.window().toMillis();
        Random random = new Random(17);
        for (int round = 0; round < 500; round++) {
            RandomClient straight = new RandomClient(limit, NOW + random.nextLong(window), round);
            RandomClient jumpy = new RandomClient(limit, straight.now, round);
            for (long permits = random.nextLong(1 + limit.permits()); permits > 0; permits--) {
                straight.take();
                jumpy.take();
            }
            jumpy.now -= random.nextLong(4 * window);
            for (int asked = random.nextInt(4); asked > 0; asked--) {
                jumpy.take();
            }
            long back = random.nextLong(window);
            straight.now += back;
            jumpy.now = straight.now;
            assertThat(takeAll(jumpy)).isLessThanOrEqualTo(takeAll(straight));
        }
    }

    /** After the clock was set back by 60 windows, the limit admits all its permits again within two windows. */
    @ParameterizedTest
    @MethodSource("limits")
    void clock_that_was_set_back_is_used_after_a_window(RateLimit limit) {
        long window = limit.window().toMillis();
        RandomClient walk = new RandomClient(limit, NOW, 18);
        takeAll(walk);
        walk.now -= 60 * window;
        assertThat(takeAll(walk)).isZero();
        for (int passed = 0; passed < 70; passed++) {
            walk.now += 2 * window;
            assertThat(takeAll(walk)).as("after %s windows", 2 * passed).isEqualTo(limit.permits());
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void moment_within_a_tolerance_longer_than_the_window_counts_at_the_counters_time(RateLimit limit) {
        long window = limit.window().toMillis();
        Duration tolerance = Duration.ofMillis(20 * window);
        LimitState count = limit.take(null, limit.permits(), NOW, tolerance).count();
        for (long old : new long[] {1, window + 1, 11 * window, 19 * window}) {
            TakeResult taken = limit.take(count, 1, NOW - old, tolerance);
            assertThat(taken.permits()).isZero();
            assertThat(taken.count()).isEqualTo(count);
            assertThat(limit.peek(count, NOW - old, tolerance).admitted()).isFalse();
        }
        assertThat(limit.take(count, 1, NOW - 30 * window, tolerance).count()).isNotEqualTo(count);
    }

    private static long takeAll(RandomClient walk) {
        long admitted = 0;
        while (walk.take().status().admitted()) {
            admitted++;
        }
        return admitted;
    }
}
