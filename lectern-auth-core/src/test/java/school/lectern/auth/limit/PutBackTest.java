package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Permits that were taken, not used, and put back. */
class PutBackTest {

    private static final long NOW = Instant.parse("2026-03-04T05:06:07.089Z").toEpochMilli();
    private static final Duration MINUTE = Duration.ofMinutes(1);

    static Stream<RateLimit> limits() {
        return Stream.of(RateLimit.fixed(10, MINUTE), RateLimit.sliding(10, MINUTE), RateLimit.gcra(10, MINUTE));
    }

    private static TakeResult take(RateLimit limit, @Nullable LimitState count, long most, long now) {
        return limit.take(count, most, now, Duration.ZERO);
    }

    @ParameterizedTest
    @MethodSource("limits")
    void permits_that_are_put_back_at_once_can_all_be_taken_again(RateLimit limit) {
        TakeResult ahead = take(limit, null, 7, NOW);
        LimitState less = limit.putBack(ahead.count(), ahead, 4);
        assertThat(limit.peek(less, NOW).remaining()).isEqualTo(7);
        assertThat(take(limit, less, 99, NOW).permits()).isEqualTo(7);
        assertThat(limit.putBack(null, ahead, 4)).isNull();
    }

    @ParameterizedTest
    @MethodSource("limits")
    void no_more_is_put_back_than_was_taken(RateLimit limit) {
        TakeResult others = take(limit, null, 5, NOW);
        TakeResult ahead = take(limit, others.count(), 2, NOW);
        assertThat(take(limit, limit.putBack(ahead.count(), ahead, 9), 99, NOW).permits())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @MethodSource("limits")
    void permits_that_count_no_longer_are_void(RateLimit limit) {
        TakeResult ahead = take(limit, null, 10, NOW);
        TakeResult later = take(limit, ahead.count(), 10, NOW + 2 * MINUTE.toMillis());
        assertThat(later.permits()).isEqualTo(10);
        assertThat(limit.putBack(later.count(), ahead, 10)).isEqualTo(later.count());
    }

    @ParameterizedTest
    @MethodSource("limits")
    void permits_of_another_counter_of_the_same_key_are_void(RateLimit limit) {
        TakeResult ahead = take(limit, null, 10, NOW);
        LimitState other = take(limit, null, 10, NOW).count().withIncarnation(7);
        assertThat(limit.putBack(other, ahead, 10)).isEqualTo(other);
    }

    @ParameterizedTest
    @MethodSource("limits")
    void permits_from_before_the_clock_was_set_back_are_void(RateLimit limit) {
        TakeResult ahead = take(limit, null, 10, NOW);
        LimitState back =
                take(limit, ahead.count(), 1, NOW - 10 * MINUTE.toMillis()).count();
        assertThat(limit.putBack(back, ahead, 10)).isEqualTo(back);
        LimitState returned = take(limit, back, 1, NOW).count();
        assertThat(limit.putBack(returned, ahead, 10)).isEqualTo(returned);
    }

    /**
     * Some requests put their permits back after a while. The permits of the other requests stay within the bound, in whatever
     * order they were taken. The bound is that of the algorithm: the limit's permits in each window that starts at a multiple
     * of its length, in any window, or in addition to the permits that were refilled.
     */
    @ParameterizedTest
    @MethodSource("limits")
    void permits_that_were_used_keep_to_the_bound_whatever_is_put_back(RateLimit limit) {
        int putBack = 0;
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            RandomClient walk = new RandomClient(limit, NOW, seed);
            List<TakeResult> open = new ArrayList<>();
            List<Long> used = new ArrayList<>();
            for (int step = 0; step < 400; step++) {
                TakeResult taken = walk.take();
                if (taken.permits() > 0 && random.nextBoolean()) {
                    open.add(taken);
                } else if (taken.permits() > 0) {
                    used.add(walk.now);
                }
                if (!open.isEmpty() && random.nextInt(3) == 0) {
                    TakeResult back = open.remove(random.nextInt(open.size()));
                    walk.count = limit.putBack(walk.count, back, 1);
                    putBack++;
                }
                walk.now += random.nextInt(4) == 0 ? random.nextInt(20_000) : random.nextInt(1_500);
            }
            assertThat(excess(limit, used)).isZero();
        }
        assertThat(putBack).isGreaterThan(1_000);
    }

    /** A bucket from which too much was removed would admit a second burst. */
    @Test
    void drops_of_others_stay_in_the_bucket() {
        RateLimit limit = RateLimit.gcra(10, MINUTE);
        TakeResult first = take(limit, null, 1, NOW);
        TakeResult second = take(limit, first.count(), 1, NOW + 6_000);
        LimitState less = limit.putBack(second.count(), first, 1);
        assertThat(limit.peek(less, NOW + 6_000).remaining()).isEqualTo(9);
    }

    private static long excess(RateLimit limit, List<Long> used) {
        long excess = 0;
        for (int from = 0; from < used.size(); from++) {
            for (int to = from; to < used.size(); to++) {
                long stretch = used.get(to) - used.get(from);
                long bound = switch (limit.shape()) {
                    case "fixed/60000" -> used.get(to) / 60_000 == used.get(from) / 60_000 ? 10 : Long.MAX_VALUE;
                    case "sliding/60000" -> stretch < 60_000 ? 10 : Long.MAX_VALUE;
                    default -> 10 + stretch * 10 / 60_000;
                };
                excess += to - from + 1 > bound ? 1 : 0;
            }
        }
        return excess;
    }
}
