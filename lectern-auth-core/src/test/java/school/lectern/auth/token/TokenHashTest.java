package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.format.Secret;

class TokenHashTest {

    private static final String HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    @Test
    void a_hash_equals_its_stored_form() {
        TokenHash hash = TokenHash.of("sha256", HEX);

        assertThat(hash.expose()).isEqualTo(HEX);
        assertThat(hash.algorithm()).isEqualTo("sha256");
        assertThat(hash.length()).isEqualTo(32);
        assertThat(hash).isEqualTo(TokenHash.of("sha256", HEX)).hasSameHashCodeAs(TokenHash.of("sha256", HEX));
        assertThat(hash).isNotEqualTo(TokenHash.of("sha512", HEX)).isNotEqualTo(TokenHash.of("sha256", "00" + HEX));
    }

    /** Both for a digest that is stored as numbers and for one that is stored as bytes. */
    @Test
    void every_bit_is_compared() {
        for (TokenHash hash : List.of(TokenHash.sha256(HEX), TokenHash.sha512(HEX + HEX))) {
            byte[] same = hash.content().clone();
            assertThat(hash).isEqualTo(digest(hash, same));
            for (int bit = 0; bit < 8 * same.length; bit++) {
                same[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(hash).as("without bit " + bit).isNotEqualTo(digest(hash, same));
                same[bit / 8] ^= (byte) (1 << bit % 8);
            }
            assertThat(hash).isNotEqualTo(digest(hash, Arrays.copyOf(same, same.length - 1)));
            assertThat(hash).isNotEqualTo(digest(hash, Arrays.copyOf(same, same.length + 1)));
            assertThat(hash).isNotEqualTo(digest(hash, new byte[0]));
        }
    }

    private static TokenHash digest(TokenHash like, byte[] digest) {
        return TokenHash.digest(like.algorithm(), ByteBuffer.wrap(digest));
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
    void a_hash_of_an_unknown_algorithm_is_kept_as_it_is() {
        for (String algorithm : List.of("md5", "SHA256", "bcrypt", "argon2id", "hmac-sha256:", "hmac-sha256:01")) {
            for (String text : List.of("not hex", "$2x$31$", "AB", "\u00e9")) {
                TokenHash hash = TokenHash.of(algorithm, text);

                assertThat(hash.expose()).isEqualTo(text);
                assertThat(hash.algorithm()).isEqualTo(algorithm);
                assertThat(hash).hasToString(algorithm + ":[redacted]").isEqualTo(TokenHash.of(algorithm, text));
                assertThat(hash).isNotEqualTo(TokenHash.of(algorithm, text + "0"));
            }
        }
        assertThatThrownBy(() -> TokenHash.of("md5", "")).isInstanceOf(UnreadableTokenException.class);
    }

    @Test
    void a_hash_from_elsewhere_reads_back_as_it_was_stored() {
        String bcrypt = "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
        String argon2id = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        for (TokenHash hash : List.of(
                TokenHash.sha256(HEX),
                TokenHash.sha512(HEX + HEX),
                TokenHash.hmacSha256(7, HEX),
                TokenHash.bcrypt(bcrypt),
                TokenHash.argon2id(argon2id))) {
            assertThat(TokenHash.of(hash.algorithm(), hash.expose())).isEqualTo(hash);
        }
        assertThat(TokenHash.sha256(HEX.toUpperCase(Locale.ROOT)).expose()).isEqualTo(HEX);
        assertThat(TokenHash.sha512(HEX + HEX).expose()).isEqualTo(HEX + HEX);
        assertThat(TokenHash.hmacSha256(7, HEX).algorithm()).isEqualTo("hmac-sha256:7");
        assertThat(TokenHash.bcrypt(bcrypt).expose()).isEqualTo(bcrypt);
        assertThat(TokenHash.bcrypt(bcrypt).algorithm()).isEqualTo("bcrypt");
        assertThat(TokenHash.argon2id(argon2id).expose()).isEqualTo(argon2id);
        assertThat(TokenHash.argon2id(argon2id).algorithm()).isEqualTo("argon2id");
    }

    @Test
    void a_digest_from_elsewhere_has_its_length_and_its_digits() {
        for (String bad :
                List.of("", HEX.substring(2), HEX + "00", HEX.substring(1), HEX.substring(1) + "!", " " + HEX)) {
            refused("sha256", bad, () -> TokenHash.sha256(bad));
            refused("hmac-sha256:2", bad, () -> TokenHash.hmacSha256(2, bad));
            refused("sha512", HEX + bad, () -> TokenHash.sha512(HEX + bad));
        }
        refused("sha256", HEX, () -> TokenHash.sha256("\uff10".repeat(64)));
        refused("pepper", HEX, () -> TokenHash.hmacSha256(0, HEX));
        refused("pepper", HEX, () -> TokenHash.hmacSha256(-1, HEX));
        assertThatThrownBy(() -> TokenHash.sha256(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> TokenHash.bcrypt(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> TokenHash.argon2id(null)).isInstanceOf(NullPointerException.class);
    }

    private static void refused(String setting, String hex, ThrowingCallable making) {
        assertThatIllegalArgumentException()
                .isThrownBy(making)
                .withNoCause()
                .withMessageStartingWith(setting + " must ")
                .withMessageNotContainingAny(HEX.substring(2, 10), hex.isEmpty() ? "!" : hex);
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
