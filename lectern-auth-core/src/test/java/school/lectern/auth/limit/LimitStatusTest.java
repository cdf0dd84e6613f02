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

    @Test
    void quotient_is_rounded_up_on_both_sides_of_zero() {
        for (long dividend = -50; dividend <= 50; dividend++) {
            for (long divisor = 1; divisor <= 12; divisor++) {
                assertThat(Measure.ceilDiv(dividend, divisor)).isEqualTo((long) Math.ceil((double) dividend / divisor));
            }
        }
    }

    private static LimitStatus status(long resetMillis, long retryMillis) {
        return new LimitStatus(true, 1, 1, resetMillis, retryMillis);
    }
}
