package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.dialect.ErrorBody;

/**
 * The core writes the JSON of error bodies itself. It must be byte-identical to the JSON of Jackson, which writes all other
 * bodies.
 */
class ErrorBodyJsonTest {

    private static final ObjectMapper JACKSON = new ObjectMapper();

    private static void isAsJacksonWritesIt(String text) throws Exception {
        byte[] bytes = ErrorBody.object().put(text, text).toString().getBytes(StandardCharsets.UTF_8);

        assertThat(bytes).isEqualTo(JACKSON.writeValueAsBytes(Map.of(text, text)));
    }

    @Test
    void every_character_is_written_as_jackson_writes_it() throws Exception {
        for (int from = 0; from <= Character.MAX_VALUE; from += 256) {
            StringBuilder text = new StringBuilder();
            IntStream.range(from, from + 256).forEach(c -> text.append((char) c));
            isAsJacksonWritesIt(text.toString());
            isAsJacksonWritesIt(text.reverse().toString());
        }
        isAsJacksonWritesIt("\ud83d\ude00 and \udbff\udfff");
    }

    @Test
    void numbers_are_written_as_jackson_writes_them() throws Exception {
        for (long number : new long[] {0, -1, 429, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(ErrorBody.object().put("a", number))
                    .hasToString(JACKSON.writeValueAsString(Map.of("a", number)));
        }
        for (double number : new double[] {0, -0.0, 0.1, -1.5, 1e30, 1e-30, Double.MIN_VALUE, Double.MAX_VALUE}) {
            assertThat(ErrorBody.object().put("a", number))
                    .hasToString(JACKSON.writeValueAsString(Map.of("a", number)));
        }
    }
}
