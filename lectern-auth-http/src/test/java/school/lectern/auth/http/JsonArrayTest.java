package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonArrayTest {

    @Test
    void elements_are_separated_by_commas() throws IOException {
        for (int count = 0; count <= 3; count++) {
            int elements = count;
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Json.writeArray(out, array -> {
                for (int i = 0; i < elements; i++) {
                    array.add(Map.of("i", i));
                }
            });
            assertThat(out).hasToString("[{\"i\":0},{\"i\":1},{\"i\":2}".substring(0, Math.max(1, 8 * count)) + "]");
        }
    }

    @Test
    void an_array_is_written_while_its_elements_are_read() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<String, String> element = Map.of("name", "x".repeat(100));
        Json.writeArray(out, array -> {
            for (int i = 0; i < 1000; i++) {
                array.add(element);
                assertThat(out.size()).isGreaterThan(i * 100 - 9 * 1024);
            }
        });
        assertThat(Json.readObject("{\"all\":" + out + "}").orElseThrow().toString())
                .hasSizeGreaterThan(100_000);
    }

    @Test
    void the_stream_is_neither_flushed_nor_closed() throws IOException {
        OutputStream stream = new ByteArrayOutputStream() {
            @Override
            public void flush() {
                throw new AssertionError("flushed");
            }

            @Override
            public void close() {
                throw new AssertionError("closed");
            }
        };
        Json.writeArray(stream, array -> array.add(Map.of("name", "x".repeat(20_000))));
    }

    /** An IOException means that the client is gone, and any other exception that the storage has failed. */
    @Test
    void failures_of_the_stream_and_of_the_storage_are_passed_on_as_they_are() {
        IOException gone = new IOException("planned");
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw gone;
            }
        };
        assertThatThrownBy(() -> Json.writeArray(broken, array -> {})).isSameAs(gone);
        assertThatThrownBy(() -> Json.writeArray(broken, array -> array.add(Map.of("name", "x".repeat(20_000)))))
                .isSameAs(gone);

        RuntimeException ofStorage = new IllegalStateException("planned");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatThrownBy(() -> Json.writeArray(out, array -> {
                    array.add(Map.of("name", "x".repeat(20_000)));
                    throw ofStorage;
                }))
                .isSameAs(ofStorage);
        assertThat(out.toString()).startsWith("[{").doesNotEndWith("]");
    }
}
