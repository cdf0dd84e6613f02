package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriterOutputStreamTest {

    private static final String TEXT = "{\"name\": \"Z\u00fcrich \u6771\u4eac \ud83d\ude00\"}\n".repeat(200);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 1023, 1024, 1025, 100_000})
    void text_is_the_same_wherever_its_bytes_are_divided(int size) throws IOException {
        StringWriter written = new StringWriter();
        byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
        try (WriterOutputStream out = new WriterOutputStream(written, StandardCharsets.UTF_8)) {
            for (int from = 0; from < bytes.length; from += size) {
                out.write(bytes, from, Math.min(size, bytes.length - from));
            }
        }
        assertThat(written).hasToString(TEXT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0xff, 0xc0})
    void a_byte_that_is_no_text_is_replaced(int stray) throws IOException {
        StringWriter written = new StringWriter();
        try (WriterOutputStream out = new WriterOutputStream(written, StandardCharsets.UTF_8)) {
            for (int i = 0; i < 5000; i++) {
                out.write(stray);
            }
            out.write('a');
        }
        assertThat(written.toString()).matches("\ufffd{5000}a");
    }

    @Test
    void text_that_the_writer_would_change_is_refused() throws IOException {
        StringWriter written = new StringWriter();
        try (WriterOutputStream out = new WriterOutputStream(written, StandardCharsets.ISO_8859_1)) {
            out.write("Z\u00fcrich".getBytes(StandardCharsets.UTF_8));
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> out.write("\u6771\u4eac".getBytes(StandardCharsets.UTF_8)))
                    .withMessageContaining("ISO-8859-1 cannot encode this text");
        }
        assertThat(written).hasToString("Z\u00fcrich");
    }
}
