package school.lectern.auth.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountTest {

    @Test
    void parse_and_print_are_inverse() {
        Random random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            long[] cells = random.longs(1 + random.nextInt(12))
                    .map(n -> n >> random.nextInt(64))
                    .toArray();
            Count count = Count.of(FixedWindow.MEASURE, cells);
            assertThat(Count.parse(count.toString())).isEqualTo(count).hasSameHashCodeAs(count);
            for (int i = 0; i < cells.length; i++) {
                assertThat(Count.parse(count.toString()).cell(i)).isEqualTo(cells[i]);
            }
        }
        Count extreme = Count.of(FixedWindow.MEASURE, Long.MIN_VALUE, 0, Long.MAX_VALUE);
        assertThat(Count.parse(extreme.toString())).isEqualTo(extreme);
    }

    @Test
    void print_names_the_measure_and_its_numbers() {
        assertThat(Count.of(FixedWindow.MEASURE, 3, -1, 0)).hasToString("fixed:3,-1,0");
        assertThat(Count.of(FixedWindow.MEASURE, 3, 0)).isNotEqualTo(Count.of(FixedWindow.MEASURE, 3));
        assertThat(Count.of(FixedWindow.MEASURE, 3, 1)).isNotEqualTo(Count.of(FixedWindow.MEASURE, 1, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1,2",
                "fixed:",
                "fixed:,",
                "fixed:1,",
                "fixed:,1",
                "fixed:1,,2",
                "fixed:1, 2",
                "fixed:x",
                "fixed:1.5",
                "fixed:9223372036854775808",
                "fixed:1;2"
            })
    void text_that_is_no_count_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Count.parse(text));
    }

    @Test
    void cell_that_is_not_there_reads_as_zero() {
        assertThat(Count.of(FixedWindow.MEASURE, 7).cell(0)).isEqualTo(7);
        assertThat(Count.of(FixedWindow.MEASURE, 7).cell(1)).isZero();
        assertThat(Count.of(FixedWindow.MEASURE, 7).cell(11)).isZero();
    }
}
