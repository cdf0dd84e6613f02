package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitStateTest {

    @Test
    void parse_and_print_are_inverse() {
        Random random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            long[] cells = random.longs(1 + random.nextInt(12))
                    .map(n -> n >> random.nextInt(64))
                    .toArray();
            LimitState count = LimitState.of(FixedWindow.MEASURE, cells);
            assertThat(LimitState.parse(count.toString())).isEqualTo(count).hasSameHashCodeAs(count);
            for (int i = 0; i < cells.length; i++) {
                assertThat(LimitState.parse(count.toString()).current()[i]).isEqualTo(cells[i]);
            }
        }
        LimitState back = LimitState.of(Gcra.MEASURE, 9, 8, 7)
                .setBack(new long[] {1, 2, 3}, 4)
                .with(new long[] {5, 6, 7});
        assertThat(LimitState.parse(back.toString())).isEqualTo(back).hasSameHashCodeAs(back);
        assertThat(back).hasToString("gcra:1:9,8,7;4;5,6,7");
        LimitState extreme = LimitState.of(FixedWindow.MEASURE, Long.MIN_VALUE, 0, Long.MAX_VALUE);
        assertThat(LimitState.parse(extreme.toString())).isEqualTo(extreme);
    }

    @Test
    void print_names_the_measure_and_its_numbers() {
        assertThat(LimitState.of(FixedWindow.MEASURE, 3, -1, 0)).hasToString("fixed:0:3,-1,0");
        assertThat(LimitState.of(Gcra.MEASURE, 3, 5, 7).withIncarnation(-9)).hasToString("gcra:-9:3,5,7");
        assertThat(LimitState.of(FixedWindow.MEASURE, 3, 0)).isNotEqualTo(LimitState.of(FixedWindow.MEASURE, 3));
        assertThat(LimitState.of(FixedWindow.MEASURE, 3, 1)).isNotEqualTo(LimitState.of(FixedWindow.MEASURE, 1, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1,2",
                "fixed:",
                "fixed:1,2",
                "fixed:0:",
                "fixed:0:,",
                "fixed:0:1,",
                "fixed:0:,1",
                "fixed:0:1,,2",
                "fixed:0:1, 2",
                "fixed:0:+1,2",
                "fixed:0:01,2",
                "fixed:0:-0,2",
                "fixed:0:x",
                "fixed:x:1,2",
                "fixed::1,2",
                "fixed:0:1.5",
                "fixed:0:9223372036854775808",
                "fixed:0:1,2;3",
                "fixed:0:1,2;3;",
                "fixed:0:1,2;;3,4",
                "fixed:0:1,2;3;4,5;6",
                "fixed:0:1,2:3"
            })
    void text_that_is_no_count_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> LimitState.parse(text));
    }

    /** Text that no limit can have written must not be parsed as permits. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fixed | fixed:0:60000",
                "fixed | fixed:0:60000,-1",
                "fixed | fixed:0:60000,1000000001",
                "fixed | fixed:0:60001,1",
                "fixed | fixed:0:9223372036854760000,1",
                "fixed | fixed:0:60000,1,0",
                "fixed | fixed:0:60000,1;120000;0,-1",
                "fixed | gcra:0:60000,0,3",
                "fixed | other:0:60000,0",
                "sliding | sliding:0:5,1,1",
                "sliding | sliding:0:5,1,0,0,0,0,0,0,0,0,0,-2",
                "sliding | sliding:0:5,9223372036854775807,9223372036854775807,0,0,0,0,0,0,0,0,0",
                "sliding | sliding:0:9223372036854775807,1,0,0,0,0,0,0,0,0,0,0",
                "gcra | gcra:0:60000,0",
                "gcra | gcra:0:60000,-1,3",
                "gcra | gcra:0:60000,0,0",
                "gcra | gcra:0:60000,180001,3",
                "gcra | gcra:0:60000,1,9223372036854775807",
                "gcra | fixed:0:60000,0"
            })
    void count_that_no_limit_can_have_written_is_refused(String measure, String text) {
        Duration minute = Duration.ofMinutes(1);
        RateLimit limit = switch (measure) {
            case "fixed" -> RateLimit.fixed(3, minute);
            case "sliding" -> RateLimit.sliding(3, minute);
            default -> RateLimit.gcra(3, minute);
        };
        LimitState count = LimitState.parse(text);
        TakeResult taken = limit.take(null, 60_000);
        assertThatIllegalArgumentException().isThrownBy(() -> limit.take(count, 60_000));
        assertThatIllegalArgumentException().isThrownBy(() -> limit.peek(count, 60_000));
        assertThatIllegalArgumentException().isThrownBy(() -> limit.putBack(count, taken, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> limit.idleFrom(count));
    }
}
