package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitStatusTest {

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "999, 1", "1000, 1", "1001, 2", "1999, 2", "2000, 2", "59001, 60", "60000, 60"})
    void retry_in_seconds_is_rounded_up_and_at_least_one(long millis, long seconds) {
        assertThat(status(0, millis).retryAfterSeconds()).isEqualTo(seconds);
        assertThat(status(0, millis).retryAfter()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "999, 1", "1000, 1", "1001, 2", "1767225600000, 1767225600", "1767225600001, 1767225601"
    })
    void reset_is_rounded_up_to_a_second(long millis, long seconds) {
        assertThat(status(millis, 0).resetAt()).isEqualTo(Instant.ofEpochSecond(seconds));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "999, 1", "1000, 1", "1001, 2", "60000, 60", "31622400000, 31622400"})
    void window_in_seconds_is_rounded_up(long millis, long seconds) {
        assertThat(status(1, 0, 0, millis, 0).windowSeconds()).isEqualTo(seconds);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1000, 1", "1001, 2", "23750, 24", "60000, 60"})
    void permits_that_are_left_have_to_last_until_all_are_back(long millis, long seconds) {
        long now = 1_767_225_600_123L;
        assertThat(status(1, now + millis, 0, 60_000, now).effectiveWindowSeconds())
                .isEqualTo(seconds);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1000, 1", "1001, 2"})
    void where_none_is_left_the_next_permit_ends_the_wait(long millis, long seconds) {
        LimitStatus status = status(0, 50_000, millis, 60_000, 0);

        assertThat(status.effectiveWindowSeconds()).isEqualTo(seconds).isEqualTo(status.retryAfterSeconds());
    }

    @Test
    void quotient_is_rounded_up_on_both_sides_of_zero() {
        for (long dividend = -50; dividend <= 50; dividend++) {
            for (long divisor = 1; divisor <= 12; divisor++) {
                assertThat(LimitAlgorithm.ceilDiv(dividend, divisor))
                        .isEqualTo((long) Math.ceil((double) dividend / divisor));
            }
        }
    }

    private static LimitStatus status(long resetMillis, long retryMillis) {
        return status(1, resetMillis, retryMillis, 60_000, 0);
    }

    private static LimitStatus status(
            long remaining, long resetMillis, long retryMillis, long windowMillis, long atMillis) {
        return LimitStatus.of(true, 9, remaining, resetMillis, retryMillis, windowMillis, atMillis);
    }
}
