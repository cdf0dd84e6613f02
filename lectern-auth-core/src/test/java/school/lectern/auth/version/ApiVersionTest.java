package school.lectern.auth.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.LocalDate;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiVersionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "2026-1-1",
                " 2026-01-01",
                "2026-01-01 ",
                "2026-01-01\n",
                "\t2026-01-01",
                "2026-02-30",
                "2026-02-29",
                "2026-13-01",
                "2026-00-01",
                "2026-01-00",
                "2026-01-32",
                "20260101",
                "2026/01/01",
                "02026-01-01",
                "+2026-01-01",
                "-2026-01-01",
                "26-01-01",
                "2026-01",
                "2026-W01-1",
                "2026-001",
                "2026-01-01T00:00:00Z",
                "2026-01-01Z",
                "v2026-01-01",
                "latest",
                "2026-01-01,2026-04-01",
                "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661",
                "2026-01-0\uFF11",
                "2026\u201101\u201101"
            })
    void malformed_text_is_refused(String text) {
        assertThat(ApiVersion.parse(text)).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> ApiVersion.of(text));
    }

    @Test
    void leap_day_is_a_date_in_leap_years() {
        assertThat(ApiVersion.parse("2028-02-29")).isPresent();
        assertThat(ApiVersion.parse("2100-02-29")).isEmpty();
    }

    @Test
    void parse_and_print_are_inverse_and_later_dates_are_newer() {
        Random random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            LocalDate first = LocalDate.ofEpochDay(random.nextInt(100_000));
            LocalDate second = first.plusDays(random.nextInt(3) - 1);
            ApiVersion a = ApiVersion.of(first.toString());
            ApiVersion b = ApiVersion.of(second.toString());

            assertThat(a).hasToString(first.toString()).isEqualTo(new ApiVersion(first));
            assertThat(Integer.signum(a.compareTo(b))).isEqualTo(Integer.signum(first.compareTo(second)));
            assertThat(a.isAtLeast(b)).isEqualTo(!first.isBefore(second));
        }
    }
}
