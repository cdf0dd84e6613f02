package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SecretTest {

    @Test
    void a_part_of_a_text_is_a_secret_like_any_other() {
        Secret part = Secret.part("Bearer sk_1 ", 7, 11);
        assertThat(part)
                .isEqualTo(Secret.of("sk_1"))
                .hasSameHashCodeAs(Secret.of("sk_1"))
                .hasToString("[redacted]");
        assertThat(part.expose()).isEqualTo("sk_1");
        assertThat(part.bytes()).isEqualTo("sk_1".getBytes(StandardCharsets.UTF_8));
        assertThat(part).isNotEqualTo(Secret.of("sk_1 "));
    }

    @Test
    void its_own_characters_are_written_and_no_others() {
        byte[] room = new byte[4];
        Secret.part("xsk_1x", 1, 5).writeTo(room);
        assertThat(room).isEqualTo("sk_1".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void every_secret_has_the_digest_of_its_ascii_however_long_it_is() throws Exception {
        for (String text : new String[] {"", "sk_1", "s".repeat(256), "s".repeat(257)}) {
            byte[] expected = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            String hex = HexFormat.of().formatHex(expected);
            Secret part = Secret.part("-" + text + "-", 1, 1 + text.length());
            assertThat(Sha2.SHA256.hash(Secret.of(text)).expose()).isEqualTo(hex);
            assertThat(Sha2.SHA256.hash(part).expose()).isEqualTo(hex);
        }
    }
}
