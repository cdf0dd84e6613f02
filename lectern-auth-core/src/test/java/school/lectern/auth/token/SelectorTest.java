package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectorTest {

    private static final String HALF = "0123456789abcdef0123456789abcdef";

    @Test
    void a_digest_has_the_key_of_its_selector() {
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            byte[] digest = new byte[32];
            random.nextBytes(digest);
            String selector = HexFormat.of().formatHex(digest, 0, 16);
            assertThat(TokenHash.digest("sha256", ByteBuffer.wrap(digest)).key())
                    .isEqualTo(Selector.of(selector))
                    .hasSameHashCodeAs(Selector.of(selector))
                    .hasToString(selector);
        }
    }

    @Test
    void selectors_that_differ_in_any_character_have_other_keys() {
        for (int i = 0; i < HALF.length(); i++) {
            String other = HALF.substring(0, i) + (HALF.charAt(i) == '7' ? '8' : '7') + HALF.substring(i + 1);
            assertThat(Selector.of(other)).isNotEqualTo(Selector.of(HALF));
        }
        assertThat(Selector.of(HALF.toUpperCase(Locale.ROOT))).isNotEqualTo(Selector.of(HALF));
        assertThat(Selector.of(HALF + "0")).isNotEqualTo(Selector.of(HALF));
        assertThat(Selector.of("tapub_1")).isEqualTo(Selector.of("tapub_1")).isNotEqualTo(Selector.of("tapub_2"));
        assertThat(Selector.of("0".repeat(32))).isNotEqualTo(Selector.of("0"));
    }

    @Test
    void a_digest_has_one_selector() {
        byte[] digest = new byte[32];
        new Random(2).nextBytes(digest);
        TokenHash hash = TokenHash.digest("sha256", ByteBuffer.wrap(digest));
        Selector key = hash.key();
        String selector = hash.selector();
        for (int i = 0; i < selector.length(); i++) {
            String other =
                    selector.substring(0, i) + (selector.charAt(i) == '7' ? '8' : '7') + selector.substring(i + 1);
            assertThat(Selector.of(other)).isNotEqualTo(key);
        }
        assertThat(Selector.of(selector.toUpperCase(Locale.ROOT))).isNotEqualTo(key);
        assertThat(Selector.of(selector + "0")).isNotEqualTo(key);
        assertThat(Selector.of("")).isNotEqualTo(key);
    }
}
