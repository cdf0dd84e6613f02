package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final List<BiFunction<Long, Duration, RateLimit>> KINDS =
            List.of(RateLimit::fixed, RateLimit::sliding, RateLimit::gcra);

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, RateLimit.MAX_PERMITS + 1})
    void number_of_permits_out_of_range_is_refused(long permits) {
        for (BiFunction<Long, Duration, RateLimit> kind : KINDS) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> kind.apply(permits, MINUTE))
                    .withMessageContaining("permits");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> kind.apply(1L, MINUTE).withPermits(permits));
        }
    }

    static Stream<Duration> windowsThatAreNone() {
        return Stream.of(
                Duration.ZERO,
                Duration.ofMillis(-1),
                Duration.ofMillis(-60_000),
                Duration.ofNanos(1),
                Duration.ofNanos(999_999),
                MINUTE.plusNanos(1),
                MINUTE.minusNanos(1),
                MINUTE.plusNanos(500_000),
                Duration.ofDays(366).plusMillis(1),
                Duration.ofDays(366).plusNanos(1),
                Duration.ofDays(367),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE));
    }

    @ParameterizedTest
    @MethodSource("windowsThatAreNone")
    void window_out_of_range_is_refused(Duration window) {
        for (BiFunction<Long, Duration, RateLimit> kind : KINDS) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> kind.apply(1L, window))
                    .withMessageContaining("window");
        }
    }

    @Test
    void ends_of_the_ranges_are_taken() {
        assertThat(RateLimit.fixed(1, Duration.ofMillis(1)).window()).isEqualTo(Duration.ofMillis(1));
        assertThat(RateLimit.gcra(1, Duration.ofMillis(1)).window()).isEqualTo(Duration.ofMillis(1));
        assertThat(RateLimit.sliding(1, Duration.ofMillis(10)).window()).isEqualTo(Duration.ofMillis(10));
        assertThat(RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366)).permits())
                .isEqualTo(1_000_000_000L);
        assertThat(RateLimit.sliding(RateLimit.MAX_PERMITS, Duration.ofDays(366))
                        .window())
                .isEqualTo(Duration.ofDays(366));
    }

    @Test
    void sliding_window_below_10_ms_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> RateLimit.sliding(1, Duration.ofMillis(9)));
    }

    @Test
    void gcra_whose_product_overflows_is_refused() {
        Duration longest = Duration.ofMillis(Long.MAX_VALUE / RateLimit.MAX_PERMITS);

        assertThat(RateLimit.gcra(RateLimit.MAX_PERMITS, longest).window()).isEqualTo(longest);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.gcra(RateLimit.MAX_PERMITS, longest.plusMillis(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RateLimit.gcra(1, Duration.ofDays(366)).withPermits(RateLimit.MAX_PERMITS));
        assertThat(RateLimit.fixed(1, Duration.ofDays(366))
                        .withPermits(RateLimit.MAX_PERMITS)
                        .permits())
                .isEqualTo(RateLimit.MAX_PERMITS);
    }

    @Test
    void per_minute_is_a_fixed_window_of_a_minute() {
        assertThat(RateLimit.perMinute(7))
                .isEqualTo(RateLimit.fixed(7, MINUTE))
                .hasSameHashCodeAs(RateLimit.fixed(7, MINUTE));
        assertThat(RateLimit.perMinute(7)).isNotEqualTo(RateLimit.sliding(7, MINUTE));
        assertThat(RateLimit.perMinute(7)).isNotEqualTo(RateLimit.perMinute(8));
        assertThat(RateLimit.perMinute(7)).isNotEqualTo(RateLimit.fixed(7, Duration.ofMinutes(2)));
        assertThat(RateLimit.perMinute(7)).isNotEqualTo(RateLimit.perMinute(7).failOpen());
    }

    @Test
    void outage_refuses_unless_asked_otherwise() {
        for (BiFunction<Long, Duration, RateLimit> kind : KINDS) {
            RateLimit limit = kind.apply(3L, MINUTE);
            assertThat(limit.failsOpen()).isFalse();
            assertThat(limit.withPermits(5).failsOpen()).isFalse();
            assertThat(limit.failOpen().failsOpen()).isTrue();
            assertThat(limit.failOpen().withPermits(5).failsOpen()).isTrue();
        }
    }

    @Test
    void other_number_of_permits_changes_nothing_else() {
        for (BiFunction<Long, Duration, RateLimit> kind : KINDS) {
            assertThat(kind.apply(3L, MINUTE).withPermits(5)).isEqualTo(kind.apply(5L, MINUTE));
        }
    }

    @Test
    void shape_is_the_measure_and_the_window_and_not_the_number_of_permits() {
        assertThat(RateLimit.perMinute(3).shape())
                .isEqualTo("fixed/60000")
                .isEqualTo(RateLimit.perMinute(4).shape());
        assertThat(RateLimit.perMinute(3).failOpen().shape()).isEqualTo("fixed/60000");
        assertThat(RateLimit.sliding(3, Duration.ofDays(366)).shape()).isEqualTo("sliding/31622400000");
        assertThat(RateLimit.gcra(3, MINUTE).shape()).isEqualTo("gcra/60000");
    }

    @Test
    void asking_for_less_than_one_permit_is_refused() {
        for (BiFunction<Long, Duration, RateLimit> kind : KINDS) {
            for (long most : new long[] {0, -1, Long.MIN_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> kind.apply(3L, MINUTE).take(null, most, 7, Duration.ZERO))
                        .withMessageStartingWith("most");
            }
        }
    }
}
