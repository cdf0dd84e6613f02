package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.LearnHouse;

/** LearnHouse tokens are {@code lh_} and 43 base64url characters of exactly 32 random bytes: 46 in all. */
class Base64UrlBodyTest {

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final String BODY = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
    private static final TokenFormat FORMAT = LearnHouse.DIALECT.format();

    private static boolean parses(String body) {
        return FORMAT.parse(Secret.of("lh_" + body)) instanceof PresentedToken;
    }

    @Test
    void ten_thousand_drawn_tokens_parse_have_46_characters_and_are_unique() {
        SecureRandom random = new SecureRandom();
        Set<String> drawn = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            GeneratedToken fresh = FORMAT.generate(TokenEnvironment.LIVE, random);
            String token = fresh.value().expose();
            assertThat(token).hasSize(46).matches("lh_[A-Za-z0-9_-]{43}");
            assertThat(fresh.displayPrefix()).isEqualTo(token.substring(0, 12));
            assertThat(FORMAT.parse(fresh.value())).isInstanceOf(PresentedToken.class);
            drawn.add(token);
        }
        assertThat(drawn).hasSize(10_000);
    }

    /** 43 characters have 258 bits, of which 256 are used. In the only canonical encoding, the last two bits are zero. */
    @Test
    void of_the_last_characters_only_every_fourth_ends_a_canonical_spelling() {
        for (int last = 0; last < 64; last++) {
            assertThat(parses(BODY.substring(0, 42) + ALPHABET.charAt(last)))
                    .as("last character %s", ALPHABET.charAt(last))
                    .isEqualTo(last % 4 == 0);
        }
    }

    @Test
    void zero_bytes_and_full_bytes_are_bytes_like_others() {
        assertThat(parses("A".repeat(43))).isTrue();
        assertThat(parses("_".repeat(42) + "8")).isTrue();
        assertThat(parses("_".repeat(43))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCg", // 31 bytes
                "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCggA", // 33 bytes
                BODY + "=", // padding
                BODY + " ",
                BODY + "\n",
                "\n" + BODY
            })
    void any_other_length_is_refused(String body) {
        assertThat(parses(BODY)).isTrue();
        assertThat(parses(body)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "/", "=", ".", ",", "~", " ", "\0", "\u00e9", "\uff21"})
    void characters_outside_the_alphabet_are_refused_at_every_place(String foreign) {
        for (int i = 0; i < BODY.length(); i++) {
            assertThat(parses(BODY.substring(0, i) + foreign + BODY.substring(i + 1)))
                    .isFalse();
        }
    }

    @Test
    void the_prefix_is_exact_and_names_no_environment() {
        assertThat(((PresentedToken) FORMAT.parse(Secret.of("lh_" + BODY))).environment())
                .isNull();
        assertThat(FORMAT.parse(Secret.of("LH_" + BODY))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(FORMAT.parse(Secret.of("lh-" + BODY))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(FORMAT.parse(Secret.of(BODY))).isEqualTo(CredentialProblem.TOKEN);
    }
}
