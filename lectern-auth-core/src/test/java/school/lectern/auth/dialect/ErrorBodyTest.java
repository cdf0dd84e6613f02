package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorBodyTest {

    /** Every way to put a member named {@code a}. */
    static final List<Function<ErrorBody, ErrorBody>> PUTS = List.of(
            body -> body.put("a", "text"),
            body -> body.put("a", 1),
            body -> body.put("a", 1.5),
            body -> body.put("a", true),
            body -> body.putNull("a"),
            body -> body.putObject("a", ErrorBody.object()),
            body -> body.putArray("a", ErrorBody.array()));

    @Test
    void members_of_all_types_keep_their_order() {
        ErrorBody body = ErrorBody.object()
                .put("z", "text")
                .put("int", 7)
                .put("long", Long.MIN_VALUE)
                .put("double", -1.5)
                .put("true", true)
                .put("false", false)
                .putNull("null")
                .putObject("object", ErrorBody.object().put("b", 1).put("a", 2))
                .putObject("none", ErrorBody.object())
                .putArray("array", ErrorBody.array().add("x"))
                .putArray("empty", ErrorBody.array())
                .put("a", "last");

        assertThat(body)
                .hasToString("{\"z\":\"text\",\"int\":7,\"long\":-9223372036854775808,\"double\":-1.5,\"true\":true,"
                        + "\"false\":false,\"null\":null,\"object\":{\"b\":1,\"a\":2},\"none\":{},\"array\":[\"x\"],"
                        + "\"empty\":[],\"a\":\"last\"}");
        assertThat(ErrorBody.object()).hasToString("{}");
    }

    @Test
    void elements_of_all_types_keep_their_order() {
        ErrorBody.Array array = ErrorBody.array()
                .add("text")
                .add(7)
                .add(Long.MAX_VALUE)
                .add(1e30)
                .add(true)
                .add(false)
                .addNull()
                .add(ErrorBody.object().put("a", 1))
                .add(ErrorBody.array().add(1).add(2))
                .add(7);

        assertThat(array).hasToString("[\"text\",7,9223372036854775807,1.0E30,true,false,null,{\"a\":1},[1,2],7]");
    }

    @Test
    void an_array_of_objects_has_one_for_each_item_in_their_order() {
        Function<String, ErrorBody> object = item -> ErrorBody.object().put("item", item);

        assertThat(ErrorBody.array(List.of("b", "a", "b"), object))
                .hasToString("[{\"item\":\"b\"},{\"item\":\"a\"},{\"item\":\"b\"}]");
        assertThat(ErrorBody.array(List.of(), object)).hasToString("[]");
    }

    @ParameterizedTest
    @FieldSource("PUTS")
    void a_repeated_member_is_refused_whatever_its_values_are(Function<ErrorBody, ErrorBody> put) {
        for (Function<ErrorBody, ErrorBody> first : PUTS) {
            ErrorBody body = first.apply(ErrorBody.object()).put("b", 2);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> put.apply(body))
                    .withMessage("member a must be put only once, but the body has one");
        }
    }

    @Test
    void names_differ_by_their_characters_and_by_their_object() {
        assertThat(ErrorBody.object()
                        .put("a", 1)
                        .put("A", 2)
                        .put("", 3)
                        .putObject("b", ErrorBody.object().put("a", 4)))
                .hasToString("{\"a\":1,\"A\":2,\"\":3,\"b\":{\"a\":4}}");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void a_number_that_json_cannot_write_is_refused(double value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ErrorBody.object().put("a", value))
                .withMessage("value must be a finite number, was " + value);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ErrorBody.array().add(value))
                .withMessage("value must be a finite number, was " + value);
    }

    @Test
    @SuppressWarnings("NullAway")
    void a_text_that_is_null_is_refused() {
        String none = null;
        assertThatNullPointerException()
                .isThrownBy(() -> ErrorBody.object().put("a", none))
                .withMessageContaining("putNull");
        assertThatNullPointerException()
                .isThrownBy(() -> ErrorBody.array().add(none))
                .withMessageContaining("addNull");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "0000, \\u0000",
                "0001, \\u0001",
                "0008, \\b",
                "0009, \\t",
                "000a, \\n",
                "000b, \\u000B",
                "000c, \\f",
                "000d, \\r",
                "001f, \\u001F",
                "0022, \\\"",
                "005c, \\\\",
                "d800, \\uD800",
                "dbff, \\uDBFF",
                "dc00, \\uDC00",
                "dfff, \\uDFFF"
            })
    void characters_that_could_break_the_json_are_escaped_in_values_and_names(String hex, String escaped) {
        String text = "x" + (char) Integer.parseInt(hex, 16) + "y";

        assertThat(ErrorBody.object().put(text, text)).hasToString("{\"x" + escaped + "y\":\"x" + escaped + "y\"}");
        assertThat(ErrorBody.array().add(text)).hasToString("[\"x" + escaped + "y\"]");
    }

    @Test
    void other_characters_stay_and_an_astral_one_is_escaped_as_its_two_halves() {
        assertThat(ErrorBody.object().put("a", " !#/<>&'\u007f\u0080\u00e9\u2028\u2029\ud7ff\ue000\uffff"))
                .hasToString("{\"a\":\" !#/<>&'\u007f\u0080\u00e9\u2028\u2029\ud7ff\ue000\uffff\"}");
        assertThat(ErrorBody.object().put("a", "\ud83d\ude00")).hasToString("{\"a\":\"\\uD83D\\uDE00\"}");
    }

    @Test
    void a_body_that_is_extended_stays_as_it_is() {
        ErrorBody base = ErrorBody.object().put("a", 1);
        ErrorBody.Array elements = ErrorBody.array().add(1);
        ErrorBody nested = ErrorBody.object().putObject("base", base).putArray("elements", elements);

        assertThat(base.put("b", 2)).hasToString("{\"a\":1,\"b\":2}");
        assertThat(base.put("b", "other")).as("the name is not in use").hasToString("{\"a\":1,\"b\":\"other\"}");
        assertThat(elements.add(2)).hasToString("[1,2]");
        assertThat(base).hasToString("{\"a\":1}");
        assertThat(elements).hasToString("[1]");
        assertThat(nested).hasToString("{\"base\":{\"a\":1},\"elements\":[1]}");
    }

    @Test
    void many_threads_extend_one_body() throws Exception {
        ErrorBody base = ErrorBody.object().put("a", 1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<ErrorBody>> extended = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            int value = i;
            extended.add(threads.submit(() -> base.put("b", value)));
        }
        threads.shutdown();

        List<String> texts = new ArrayList<>();
        for (Future<ErrorBody> body : extended) {
            texts.add(body.get().toString());
        }
        assertThat(texts)
                .isEqualTo(IntStream.range(0, 1_000)
                        .mapToObj(value -> "{\"a\":1,\"b\":" + value + "}")
                        .toList());
    }

    @Test
    void bodies_are_equal_if_their_members_are_in_the_same_order() {
        ErrorBody body = ErrorBody.object().put("a", 1).put("b", 2);

        assertThat(ErrorBody.object().put("a", 1).put("b", 2)).isEqualTo(body).hasSameHashCodeAs(body);
        assertThat(ErrorBody.object().put("b", 2).put("a", 1)).isNotEqualTo(body);
        assertThat(ErrorBody.array().add(1)).isEqualTo(ErrorBody.array().add(1));
        assertThat(ErrorBody.array().add(1)).hasSameHashCodeAs(ErrorBody.array().add(1));
        assertThat(ErrorBody.array().add(1)).isNotEqualTo(ErrorBody.array().add("1"));
    }
}
