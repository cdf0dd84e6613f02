package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {

    @Test
    void a_part_of_a_text_is_a_secret_like_any_other() {
        Secret part = Secret.part("Bearer sk_1 ", 7, 11);
        assertThat(part)
                .isEqualTo(Secret.of("sk_1"))
                .hasSameHashCodeAs(Secret.of("sk_1"))
                .hasToString("[redacted]");
        assertThat(part.expose()).isEqualTo("sk_1");
        assertThat(part.exposeBytes()).isEqualTo("sk_1".getBytes(StandardCharsets.UTF_8));
        assertThat(part).isNotEqualTo(Secret.of("sk_1 "));
    }

    @Test
    void its_own_characters_are_written_and_no_others() {
        byte[] room = new byte[4];
        Secret.part("xsk_1x", 1, 5).exposeTo(room);
        assertThat(room).isEqualTo("sk_1".getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 256, 257})
    void a_part_has_the_bytes_of_its_characters_however_long_it_is(int length) {
        String text = "s".repeat(length);
        Secret part = Secret.part("-" + text + "-", 1, 1 + length);
        byte[] room = new byte[length];
        part.exposeTo(room);
        assertThat(part.length()).isEqualTo(length);
        assertThat(part.exposeBytes()).isEqualTo(room).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    }
}
