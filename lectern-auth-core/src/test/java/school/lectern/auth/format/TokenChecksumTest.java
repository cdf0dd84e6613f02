package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static school.lectern.auth.format.TokenBody.BASE36;
import static school.lectern.auth.format.TokenBody.BASE62;
import static school.lectern.auth.format.TokenBody.HEX;

import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.format.TokenChecksum.Input;

class TokenChecksumTest {

    private static ParsedCredential parse(TokenFormat format, String text) {
        return format.parse(Secret.of(text));
    }

    private static TokenFormat with(TokenChecksum checksum) {
        return TokenFormat.builder()
                .prefix("a_")
                .body(TokenBody.of(BASE62, 30))
                .checksum(checksum)
                .build();
    }

    /**
     * Published examples that are not real tokens: from the documentation of therootcompany/base62-token.js, from secretlint's
     * discussion of npm tokens, and from the API documentation of grafana/grafana.
     */
    @ParameterizedTest
    @CsvSource({
        "GITHUB, ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ, 0mLq17",
        "NPM, npm_qkJaB6MffYVzZXWqmcoF49yrUxP3wf, 0LsakP",
        "GRAFANA, glsa_yscW25imSKJIuav8zF37RZmnbiDvB05G_, fcaaf58a"
    })
    void published_examples_have_the_checksum_that_we_compute(ProviderFormat provider, String token, String checksum) {
        assertThat(parse(provider.format(), token + checksum)).isInstanceOf(PresentedToken.class);
        for (String wrong : List.of(checksum.toUpperCase(Locale.ROOT), "000000", "00000000", "")) {
            assertThat(parse(provider.format(), token + wrong)).isEqualTo(CredentialProblem.TOKEN);
        }
    }

    /** The CRC-32 of "123456789" is cbf43926, the check value in every specification of CRC-32. */
    @ParameterizedTest
    @CsvSource({
        "0123456789abcdef, 8, cbf43926",
        "0123456789abcdef, 10, 00cbf43926",
        "0123456789, 10, 3421780262",
        "zyxwvutsrq, 12, zzwvxysrzxtx"
    })
    void the_check_value_is_written_in_the_alphabets_digits_and_padded_with_its_first(
            String alphabet, int digits, String expected) {
        assertThat(TokenChecksum.crc32(alphabet, digits).complete("123456789", 0))
                .isEqualTo("123456789" + expected);
    }

    @Test
    void the_four_bytes_come_in_either_order() {
        assertThat(TokenChecksum.crc32Hex(ByteOrder.BIG_ENDIAN).complete("x123456789", 1))
                .isEqualTo("x123456789cbf43926");
        assertThat(TokenChecksum.crc32Hex(ByteOrder.LITTLE_ENDIAN).complete("x123456789", 1))
                .isEqualTo("x1234567892639f4cb");
    }

    @ParameterizedTest
    @CsvSource({"BODY, x12345=z12345", "TOKEN, x12345=zx12345", "TOKEN_AND_SEPARATOR, x12345=zx12345=z"})
    void a_checksum_covers_its_declared_parts(Input input, String over) {
        String[] seen = new String[1];
        UnaryOperator<String> recorded = text -> {
            seen[0] = text;
            return "ab";
        };
        String token =
                TokenChecksum.of(recorded, "ab", 2).over(input).after("=z").complete("x12345", 1);

        assertThat(token).isEqualTo("x12345=zab");
        assertThat("x12345=z" + seen[0]).isEqualTo(over);
    }

    @Test
    void ones_own_function_is_one_like_the_others() {
        TokenFormat format =
                with(TokenChecksum.of(text -> Integer.toString(text.chars().sum() % 10) + "x", "0123456789x", 2)
                        .after("="));
        String text = format.generate(TokenEnvironment.LIVE, new SecureRandom())
                .value()
                .expose();

        assertThat(text).matches("a_[0-9A-Za-z]{30}=[0-9]x");
        assertThat(parse(format, text)).isInstanceOf(PresentedToken.class);
        assertThat(parse(format, text.replace("=", "-"))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(format, text.substring(0, 34))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(format, text + "x")).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(format, text.substring(0, 33) + "xx")).isEqualTo(CredentialProblem.TOKEN);
    }

    /** Every text ends with the empty string: a function that returns an empty checksum would accept every token. */
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "abc", "aC", "a,"})
    void a_function_with_an_invalid_checksum_accepts_no_token(String given) {
        TokenFormat format = with(TokenChecksum.of(text -> given, "ab", 2));

        assertThatIllegalStateException()
                .isThrownBy(() -> format.parse(Secret.of("a_" + "0".repeat(30) + "bb")))
                .withMessageNotContaining("0000");
        assertThatIllegalStateException().isThrownBy(() -> format.generate(TokenEnvironment.LIVE, new SecureRandom()));
    }

    @Test
    void checksums_that_could_not_be_written_are_refused() {
        refused("digits", () -> TokenChecksum.crc32(BASE62, 5));
        refused("digits", () -> TokenChecksum.crc32(HEX, 7));
        refused("digits", () -> TokenChecksum.crc32(BASE36, 6));
        refused("length", () -> TokenChecksum.crc32(BASE36, 65));
        refused("length", () -> TokenChecksum.of(text -> text, BASE36, 0));
        refused("alphabet", () -> TokenChecksum.of(text -> text, "aa", 1));
        refused("alphabet", () -> TokenChecksum.crc32("a,b", 32));
        refused("separator", () -> TokenChecksum.crc32(HEX, 8).after(" "));
        refused("separator", () -> TokenChecksum.crc32(HEX, 8).after(","));
        assertThat(TokenChecksum.crc32("01", 32).complete("", 0)).isEqualTo("0".repeat(32));
    }

    private static void refused(String part, Runnable made) {
        assertThatIllegalArgumentException().isThrownBy(made::run).withMessageStartingWith(part + " must ");
    }
}
