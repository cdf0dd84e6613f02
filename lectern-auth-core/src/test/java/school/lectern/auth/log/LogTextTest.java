package school.lectern.auth.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogTextTest {

    private static final String HASH = "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99";

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 9, 10, 13, 27, 0x7f, 0x85, 0x9f, 0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b, 0x200d, 0x200e, 0x2028,
                0x2029, 0x202e, 0x2060, 0x2066, 0x2069, 0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xffff, 0xd800, 0xdfff
            })
    void an_invisible_character_is_escaped(int c) {
        assertThat(LogText.escape("a" + Character.toString(c) + "b")).isEqualTo(String.format("a\\u%04xb", c));
    }

    @Test
    void an_invisible_character_beyond_16_bits_is_escaped_as_two_units() {
        assertThat(LogText.escape(Character.toString(0xe0041))).isEqualTo("\\udb40\\udc41");
        assertThat(LogText.escape(Character.toString(0xe0100))).isEqualTo("\\udb40\\udd00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain ~", "müller", "東京 大学", "\ud83d\ude00", "a\u00a0b", "e\u0301", "\\u202e", "שלום"})
    void a_visible_text_stays_as_it_is(String text) {
        assertThat(LogText.escape(text)).isSameAs(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ERROR: duplicate key value violates unique constraint \"lectern_tokens_selector_key\""
                        + "|ERROR: duplicate key value violates unique constraint \"lectern_tokens_selector_key\"",
                "ERROR: null value in column \"hash\" of relation \"lectern_tokens\" violates not-null constraint"
                        + "|ERROR: null value in column \"hash\" of relation \"lectern_tokens\" violates not-null constraint",
                "ERROR: invalid input syntax for type bigint: \"5f4d\"|ERROR: invalid input syntax for type bigint: …",
                "ERROR: value too long for type character varying(128)|ERROR: value too long for type character varying(128)",
                "Batch entry 0 INSERT INTO lectern_audit (a) VALUES (('x'::varchar)) was aborted: ERROR: y"
                        + "|Batch entry 0 INSERT INTO lectern_audit …",
                "(conn=4) Duplicate entry 'it's key 'x' for key 'selector'|Duplicate entry …",
                "(conn=12) Data too long for column 'name' at row 1|Data too long for column 'name' at row 1",
                "Unique index or primary key violation: \"PUBLIC.X ON PUBLIC.T(S) VALUES ( /* 1 */ 'abc' )\""
                        + "|Unique index or primary key violation: …",
                "Value too long for column \"NAME CHARACTER VARYING(100)\": \"'abc'\"|Value too long for column …",
                "Table \"LECTERN_TOKENS\" not found; SQL statement:|Table \"LECTERN_TOKENS\" not found; SQL statement:",
                "pool - Connection is not available, request timed out after 2000ms (total=2, active=2, idle=0, waiting=0)."
                        + "|pool - Connection is not available, request timed out after 2000ms (total=2, active=2, idle=0, waiting=0).",
                "Connection to 127.0.0.1:5432 refused. Check it.|Connection to 127.0.0.1:5432 refused. Check it.",
                "For input string: \"5f4d\"|For input string: …",
                "token=abc|token…",
                "could not load JdbcSQLIntegrityConstraintViolationException|could not load JdbcSQLIntegrityConstraintViolationException",
            })
    void the_message_of_an_exception_stays_without_the_values_that_it_quotes(String text, String kept) {
        assertThat(LogText.withoutData(text)).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                HASH,
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000",
                "tasec_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000aaaaaaaaaaa",
                "lh_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp-_00aaaaaaaaaaa",
                "abcdefghijklmnopqrstuvwxyzabcdef",
                "AbcDEfghIJklmnOPqrstUVWxyZabcdeF",
                "8b1d3c4e-0f5a-4b6c-8d7e-9f0a1b2c3d4e",
            })
    void a_long_value_that_nothing_marks_as_one_does_not_stay_either(String value) {
        assertThat(LogText.withoutData("bad row " + value + " of today")).isEqualTo("bad row … of today");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\u000b", "\f"})
    void the_first_line_alone_stays(String end) {
        assertThat(LogText.withoutData("ERROR: broken" + end + "  Detail: Key (hash)=(" + HASH + ")"))
                .isEqualTo("ERROR: broken…");
        assertThat(LogText.withoutData("ERROR: broken" + end)).isEqualTo("ERROR: broken");
    }

    @Test
    void a_line_is_short_and_holds_no_control_character() {
        assertThat(LogText.withoutData("ab ".repeat(200))).hasSize(301).endsWith("…");
        assertThat(LogText.withoutData("a\u0000b\u202ec\u001b")).isEqualTo("a\\u0000b\\u202ec\\u001b");
    }
}
