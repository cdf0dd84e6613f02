package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenHashTest {

    private static final String HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    @Test
    void a_hash_is_what_was_stored() {
        TokenHash hash = TokenHash.of("sha256", HEX);

        assertThat(hash.expose()).isEqualTo(HEX);
        assertThat(hash.algorithm()).isEqualTo("sha256");
        assertThat(hash.length()).isEqualTo(32);
        assertThat(hash).isEqualTo(TokenHash.of("sha256", HEX)).hasSameHashCodeAs(TokenHash.of("sha256", HEX));
        assertThat(hash).isNotEqualTo(TokenHash.of("sha512", HEX)).isNotEqualTo(TokenHash.of("sha256", "00" + HEX));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "abc", "zz", "0x00", "\uff10\uff10", " 00", "00 "})
    void a_hash_that_is_empty_or_not_hexadecimal_is_unreadable(String hex) {
        assertThatExceptionOfType(UnreadableTokenException.class)
                .isThrownBy(() -> TokenHash.of("sha256", hex))
                .withNoCause();
    }

    @Test
    void a_hash_that_is_missing_is_never_made() {
        assertThatThrownBy(() -> TokenHash.of("sha256", null)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> TokenHash.of(null, HEX)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> TokenHash.of("", HEX)).isInstanceOf(UnreadableTokenException.class);
    }

    @Test
    void no_message_and_no_print_holds_the_hash() {
        String broken = HEX.substring(1) + "!";

        assertThatThrownBy(() -> TokenHash.of("sha256", broken))
                .message()
                .doesNotContain(HEX.substring(1, 9))
                .doesNotContain("!");
        assertThat(TokenHash.of("sha256", HEX)).hasToString("sha256:[redacted]");
    }

    @Test
    void a_secret_prints_nothing_and_compares_by_its_characters() {
        Secret secret = Secret.of("canary");

        assertThat(secret).hasToString("[redacted]");
        assertThat(secret)
                .isEqualTo(Secret.of("canary"))
                .isNotEqualTo(Secret.of("canarY"))
                .isNotEqualTo("canary");
        assertThat(secret).hasSameHashCodeAs(Secret.of("another"));
    }
}
