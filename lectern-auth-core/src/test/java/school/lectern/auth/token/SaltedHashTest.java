package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.format.Secret;

/** Which strings are accepted as bcrypt or Argon2id hashes, and which are rejected. */
class SaltedHashTest {

    private static final String BODY = "m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
    private static final String SALT = "c29tZXNhbHQ";
    private static final String DIGEST = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    private static String base64(int bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(new byte[bytes]);
    }

    private static Secret secret(String character, int times) {
        return Secret.of(character.repeat(times));
    }

    private static BcryptHash bcrypt(Secret secret) {
        byte[] bytes = secret.expose().getBytes(StandardCharsets.UTF_8);
        return BcryptHash.parse(OpenBSDBCrypt.generate("2b", bytes, new byte[16], 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"$2a$04$", "$2b$04$", "$2y$04$", "$2b$12$"})
    void a_bcrypt_hash_within_the_caps_is_read(String start) {
        assertThat(TokenHash.bcrypt(start + BODY).expose()).isEqualTo(start + BODY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$2x$04$",
                "$2$04$",
                "$2c$04$",
                "$2A$04$",
                "2b$04$",
                " $2b$04$",
                "$2b$4$",
                "$2b$004$",
                "$2b$0x4$",
                "$2b$\uff10\uff14$",
                "$2b$03$",
                "$2b$00$",
                "$2b$13$",
                "$2b$31$",
                "$2b$99$",
                "$1$04$",
                ""
            })
    void a_bcrypt_hash_of_another_kind_or_beyond_the_caps_is_refused_and_not_quoted(String start) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenHash.bcrypt(start + BODY))
                .withNoCause()
                .withMessageStartingWith("bcrypt: ")
                .withMessageNotContainingAny(BODY.substring(0, 8));
    }

    @Test
    void a_bcrypt_hash_has_its_length_and_its_alphabet() {
        for (String body : new String[] {
            "", BODY + "a", BODY.substring(1), BODY.replace('m', '+'), BODY + "\n", BODY.replace('m', '=')
        }) {
            assertThatIllegalArgumentException().as(body).isThrownBy(() -> TokenHash.bcrypt("$2b$04$" + body));
        }
    }

    @Test
    void a_secret_longer_than_bcrypt_reads_never_matches() {
        BcryptHash longest = bcrypt(secret("a", 72));
        BcryptHash multiByte = bcrypt(secret("\u00e9", 36));

        assertThat(longest.matches(secret("a", 72))).isTrue();
        assertThat(longest.matches(secret("a", 71))).isFalse();
        assertThat(longest.takes(secret("a", 72))).isTrue();
        assertThat(longest.takes(secret("a", 73))).isFalse();
        assertThat(longest.matches(secret("a", 73))).isFalse();

        assertThat(multiByte.matches(secret("\u00e9", 36))).isTrue();
        assertThat(multiByte.takes(Secret.of("\u00e9".repeat(36) + "a"))).isFalse();
        assertThat(multiByte.matches(Secret.of("\u00e9".repeat(36) + "a"))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"m=8,t=1,p=1", "m=65536,t=1,p=1", "m=8,t=10,p=1", "m=128,t=1,p=16"})
    void an_argon2id_hash_within_the_caps_is_read(String parameters) {
        String text = "$argon2id$v=19$" + parameters + "$" + SALT + "$" + DIGEST;

        assertThat(TokenHash.argon2id(text).expose()).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$argon2id$v=19$m=65537,t=1,p=1$ | m is above",
                "$argon2id$v=19$m=999999999,t=1,p=1$ | m is above",
                "$argon2id$v=19$m=8,t=11,p=1$ | t is above",
                "$argon2id$v=19$m=65536,t=1,p=17$ | p is above",
                "$argon2id$v=19$m=7,t=1,p=1$ | m is below",
                "$argon2id$v=19$m=127,t=1,p=16$ | m is below",
                "$argon2id$v=19$m=0,t=1,p=1$ | is not $argon2id",
                "$argon2id$v=19$m=8,t=0,p=1$ | is not $argon2id",
                "$argon2id$v=19$m=8,t=1,p=0$ | is not $argon2id",
                "$argon2id$v=19$m=08,t=1,p=1$ | is not $argon2id",
                "$argon2id$v=19$m=-8,t=1,p=1$ | is not $argon2id",
                "$argon2id$v=19$m=9999999999,t=1,p=1$ | is not $argon2id",
                "$argon2id$v=19$t=1,m=8,p=1$ | is not $argon2id",
                "$argon2id$v=19$m=8,t=1,p=1,keyid=eA$ | is not $argon2id",
                "$argon2id$v=16$m=8,t=1,p=1$ | is not $argon2id",
                "$argon2id$m=8,t=1,p=1$ | is not $argon2id",
                "$argon2i$v=19$m=8,t=1,p=1$ | is not $argon2id",
                "$argon2d$v=19$m=8,t=1,p=1$ | is not $argon2id"
            })
    void an_argon2id_hash_of_another_kind_or_beyond_the_caps_is_refused_and_not_quoted(String start, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenHash.argon2id(start + SALT + "$" + DIGEST))
                .withNoCause()
                .withMessageStartingWith("argon2id: " + why)
                .withMessageNotContainingAny(SALT, DIGEST);
    }

    @Test
    void the_salt_and_the_digest_of_an_argon2id_hash_have_bounds() {
        String start = "$argon2id$v=19$m=8,t=1,p=1$";
        for (String good :
                new String[] {base64(8) + "$" + base64(16), base64(64) + "$" + base64(64), base64(9) + "$" + base64(20)
                }) {
            assertThatCode(() -> TokenHash.argon2id(start + good)).doesNotThrowAnyException();
        }
        for (String bad : new String[] {
            base64(7) + "$" + base64(16),
            base64(65) + "$" + base64(16),
            base64(8) + "$" + base64(15),
            base64(8) + "$" + base64(65),
            base64(8) + "$" + base64(1000),
            base64(8) + "$",
            "$" + base64(16),
            base64(8),
            base64(8) + "A=$" + base64(16),
            base64(9) + "A$" + base64(16),
            base64(8) + "$" + base64(18) + "A",
            base64(8) + "$" + base64(16) + "$",
            base64(8) + "$" + base64(16).replace('A', '-')
        }) {
            assertThatIllegalArgumentException()
                    .as(bad)
                    .isThrownBy(() -> TokenHash.argon2id(start + bad))
                    .withMessageStartingWith("argon2id: ");
        }
    }

    @Test
    void a_longest_hash_fits_into_256_characters() {
        String text = "$argon2id$v=19$m=65536,t=10,p=16$" + base64(64) + "$" + base64(64);

        assertThat(TokenHash.argon2id(text).expose()).hasSizeLessThanOrEqualTo(256);
    }
}
