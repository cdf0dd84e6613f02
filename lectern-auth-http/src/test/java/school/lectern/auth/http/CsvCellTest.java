package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvCellTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "+cmd|' /C calc'!A0",
                "-1",
                "@SUM(A1)",
                "\uff1d1",
                "\uff0b1",
                "\uff0d1",
                "\uff201",
                "'x",
                " =1"
            })
    void a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe_that_a_reader_can_remove(String value) {
        String cell = CsvCell.of(value);
        String read =
                cell.startsWith("\"") ? cell.substring(1, cell.length() - 1).replace("\"\"", "\"") : cell;
        assertThat(read).isEqualTo("'" + value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\t=1", "\r=1", "\n=1", "\u200b=1", "\ufeff=1", "\u202e=1", "\u0000=1"})
    void an_invisible_start_is_made_visible(String value) {
        assertThat(CsvCell.of(value)).matches("\\\\u[0-9a-f]{4}=1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "plain|plain",
                "|",
                "/v1/a-b|/v1/a-b",
                "a,b|\"a,b\"",
                "a;b|\"a;b\"",
                "a\"b|\"a\"\"b\"",
                "~ a~|~\" a\"~",
                "{}|{}",
                "müller 東京|müller 東京"
            })
    void a_cell_is_quoted_where_it_has_to_be(String value, String cell) {
        assertThat(CsvCell.of(value == null ? "" : value)).isEqualTo(cell == null ? "" : cell);
    }

    @Test
    void a_cell_is_one_line() {
        assertThat(CsvCell.of("a\r\nb\u2028c")).isEqualTo("a\\u000d\\u000ab\\u2028c");
    }
}
