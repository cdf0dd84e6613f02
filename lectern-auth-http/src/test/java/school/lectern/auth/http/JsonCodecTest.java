package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.dialect.ErrorBody;

/** Both versions of Jackson read strictly, and write what the other one writes. */
@ParameterizedClass
@EnumSource
class JsonCodecTest {

    @Parameter
    private JacksonVersion version;

    private Object read(String text) throws IOException {
        return version.codec().read(text);
    }

    private void isRefused(String text) {
        assertThatIOException().as(text).isThrownBy(() -> read(text));
    }

    private String written(Object tree) {
        String text = version.codec().text(tree);
        if (text.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
            assertThat(version.codec().bytes(tree)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        }
        return text;
    }

    @Test
    void a_tree_has_the_types_and_the_order_of_the_text() throws IOException {
        Map<?, ?> tree = (Map<?, ?>)
                read(" {\"z\":1,\"a\":2147483648,\"m\":9223372036854775808,\"f\":1.0,\"e\":1e2,\"t\":true,\"n\":null,"
                        + "\"s\":\"\\u00e4\\n\\/\",\"l\":[[],{},-0],\"\":\"\"}\r\n\t ");

        assertThat(tree.keySet().stream().map(String.class::cast))
                .containsExactly("z", "a", "m", "f", "e", "t", "n", "s", "l", "");
        assertThat(tree.values().toArray())
                .containsExactly(
                        1,
                        2147483648L,
                        new BigInteger("9223372036854775808"),
                        1.0,
                        100.0,
                        true,
                        null,
                        "\u00e4\n/",
                        List.of(List.of(), Map.of(), 0),
                        "");
    }

    @Test
    void decimals_are_doubles_however_many_digits_they_have() throws IOException {
        assertThat(read("[0.1,-0.0,123456789012345678901234567890.5,1e400,-1e400,1e-400,4.9e-324]"))
                .isEqualTo(List.of(
                        0.1,
                        -0.0,
                        1.2345678901234568e29,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        0.0,
                        Double.MIN_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\r\n\t ", "null", " null "})
    void a_text_without_a_value_is_null_as_null_is(String text) throws IOException {
        assertThat(read(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // More than one value.
                "{}{}",
                "{} {}",
                "{}}",
                "{}]",
                "{} x",
                "{}\n1",
                "1 2",
                "null null",
                "{},",
                // A name twice.
                "{\"a\":1,\"a\":1}",
                "{\"a\":1,\"b\":2,\"\\u0061\":3}",
                "{\"a\":{\"b\":1,\"b\":2}}",
                "[{\"b\":1,\"b\":2}]",
                "{\"\":1,\"\":2}",
                // Half of a surrogate pair in a name.
                "{\"\\ud83d\":1}",
                "{\"\\ude00\":1}",
                "{\"\\ude00\\ud83d\":1}",
                "{\"\\ud83dx\":1}",
                "[{\"a\":[{\"\\ud83d\ud83d\ude00\":1}]}]",
                // Not complete.
                "{",
                "[",
                "[1",
                "[1,",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "\"a",
                "\"\\u00e",
                "\"\\",
                "-",
                "1.",
                "1e",
                "1e+",
                "tru",
                "nul",
                // Syntax of other languages.
                "{'a':1}",
                "{a:1}",
                "{1:1}",
                "{null:1}",
                "['a']",
                "{\"a\":1,}",
                "[1,]",
                "[,1]",
                "[1,,2]",
                "[,]",
                "{,}",
                "{\"a\"}",
                "{\"a\",1}",
                "[\"a\":1]",
                "[1 2]",
                "{\"a\":1 \"b\":2}",
                "/* */{}",
                "{}// x",
                "{/* */}",
                "# x\n{}",
                "[NaN]",
                "[Infinity]",
                "[-Infinity]",
                "[+Infinity]",
                "[INF]",
                "[01]",
                "[-01]",
                "[00]",
                "[+1]",
                "[.5]",
                "[-.5]",
                "[5.]",
                "[1.e2]",
                "[0x1]",
                "[1f]",
                "[1_000]",
                "[1e1.5]",
                "[--1]",
                "[True]",
                "[undefined]",
                "[\"\\'\"]",
                "[\"\\x41\"]",
                "[\"\\a\"]",
                "[\"\\u00g0\"]",
                "[\"a\nb\"]",
                "[\"a\tb\"]",
                "[\"\u0000\"]",
                "[\"\u001f\"]",
                "[`a`]",
                "not json",
                "a=b",
                "<a/>",
                // Characters that are no white space.
                "\ufeff{}",
                "{}\ufeff",
                "\u001e{}",
                "{}\u0000",
                "\u00a0{}",
                "{\u000b}",
                "{\f}",
                "{\u2028}",
            })
    void text_that_is_not_one_json_value_without_repeated_names_is_refused(String text) {
        isRefused(text);
    }

    @Test
    void an_equal_name_in_another_object_is_no_repetition() throws IOException {
        assertThat(read("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":3}")).isInstanceOf(Map.class);
    }

    @Test
    void half_of_a_surrogate_pair_may_be_in_a_value_and_a_pair_anywhere() throws IOException {
        assertThat(read("\"\\ud83d\\ude00 \\ud83d \\ude00\"")).isEqualTo("\ud83d\ude00 \ud83d \ude00");
        assertThat(read("{\"\\ud83d\\ude00\ud83d\ude00\":1}")).isEqualTo(Map.of("\ud83d\ude00\ud83d\ude00", 1));
    }

    @Test
    void arrays_and_objects_are_at_most_1000_deep() throws IOException {
        assertThat(read("[".repeat(1000) + "]".repeat(1000))).isInstanceOf(List.class);
        assertThat(read("{\"a\":".repeat(1000) + "1" + "}".repeat(1000))).isInstanceOf(Map.class);
        isRefused("[".repeat(1001) + "]".repeat(1001));
        isRefused("{\"a\":".repeat(1001) + "1" + "}".repeat(1001));
        isRefused("[{\"a\":".repeat(501) + "1" + "}]".repeat(501));
        isRefused("[".repeat(100_000));
        isRefused("[".repeat(100_000) + "]".repeat(100_000));
    }

    @Test
    void numbers_have_at_most_1000_characters() throws IOException {
        assertThat(read("1" + "0".repeat(999))).isEqualTo(BigInteger.TEN.pow(999));
        assertThat(read("0." + "1".repeat(998))).isInstanceOf(Double.class);
        for (String number : List.of("1" + "0".repeat(1000), "0." + "1".repeat(1100), "1e" + "1".repeat(1100))) {
            isRefused(number);
            isRefused("{\"a\":[" + number + "]}");
        }
    }

    @Test
    void names_have_at_most_50_000_characters() throws IOException {
        assertThat(read("{\"" + "a".repeat(50_000) + "\":1}")).isInstanceOf(Map.class);
        isRefused("{\"" + "a".repeat(50_001) + "\":1}");
    }

    @Test
    void strings_have_at_most_20_million_characters() throws IOException {
        assertThat(read("\"" + "a".repeat(20_000_000) + "\"")).isInstanceOf(String.class);
        isRefused("\"" + "a".repeat(20_000_001) + "\"");
    }

    @Test
    void failures_do_not_quote_the_text_around_them() {
        assertThatIOException()
                .isThrownBy(() -> read("{\"planted-name\":\"planted-value\" ?"))
                .satisfies(failure -> {
                    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                        assertThat(cause).hasMessageNotContaining("planted");
                    }
                });
    }

    @Test
    void a_tree_is_written_in_its_order_and_without_white_space() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("z", 1);
        tree.put("b", null);
        tree.put("a", Arrays.asList(true, null, List.of(), Map.of(), List.of("x")));
        tree.put("", new BigInteger("9223372036854775808"));
        tree.put("l", Long.MIN_VALUE);

        assertThat(written(tree))
                .isEqualTo("{\"z\":1,\"b\":null,\"a\":[true,null,[],{},[\"x\"]],\"\":9223372036854775808,"
                        + "\"l\":-9223372036854775808}");
    }

    @Test
    void numbers_that_are_not_whole_are_written_as_the_jdk_writes_them() {
        for (double number : new double[] {0, -0.0, 0.1, -1.5, 1e30, 1e-30, 2e-3, 2.0E23, Double.MIN_VALUE}) {
            assertThat(written(List.of(number))).isEqualTo("[" + number + "]");
        }
        assertThat(written(List.of(Double.NaN, Double.POSITIVE_INFINITY))).isEqualTo("[\"NaN\",\"Infinity\"]");
    }

    @Test
    void only_what_json_requires_is_escaped_in_a_text() {
        assertThat(written(List.of("\"\\/\b\f\n\r\t\u0000\u001f\u007f<'\u00e4\u2028\ud83d\ude00")))
                .isEqualTo("[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001F\u007f<'\u00e4\u2028\ud83d\ude00\"]");
    }

    /** The core writes the JSON of error bodies itself. A client must not see which of the two has written a body. */
    @Test
    void every_character_has_the_bytes_that_it_has_in_an_error_body() {
        for (int from = 0; from <= Character.MAX_VALUE; from += 256) {
            StringBuilder text = new StringBuilder();
            IntStream.range(from, from + 256).forEach(c -> text.append((char) c));
            hasTheBytesOfAnErrorBody(text.toString());
            hasTheBytesOfAnErrorBody(text.reverse().toString());
        }
        hasTheBytesOfAnErrorBody("\ud83d\ude00 and \udbff\udfff");
    }

    private void hasTheBytesOfAnErrorBody(String text) {
        assertThat(version.codec().bytes(Map.of(text, text)))
                .isEqualTo(ErrorBody.object().put(text, text).toString().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_tree_that_is_too_deep_is_not_written() {
        assertThat(written(nested(1000))).hasSize(2000);
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        for (Object tree : List.of(nested(1001), cycle)) {
            assertThatIllegalStateException().isThrownBy(() -> version.codec().text(tree));
            assertThatIllegalStateException().isThrownBy(() -> version.codec().bytes(tree));
        }
    }

    private static Object nested(int depth) {
        Object tree = List.of();
        for (int i = 1; i < depth; i++) {
            tree = List.of(tree);
        }
        return tree;
    }
}
