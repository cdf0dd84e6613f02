package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.Lectern;

class BearerHeaderTest {

    private static final String TOKEN = "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1234";

    private static List<Secret> values(String... values) {
        return Arrays.stream(values).map(Secret::of).toList();
    }

    private static ParsedCredential parse(String... values) {
        return BearerHeader.parse(values(values), Lectern.DIALECT.format());
    }

    private static boolean claimed(String... values) {
        return BearerHeader.recognizes(values(values), Lectern.DIALECT.format());
    }

    @Test
    void no_header_is_no_credential() {
        assertThat(parse()).isEqualTo(CredentialProblem.NO_CREDENTIAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer " + TOKEN,
                "bEaReR " + TOKEN,
                "BEARER " + TOKEN,
                "Bearer  " + TOKEN,
                "Bearer " + TOKEN + "   ",
                "bearer      " + TOKEN + " "
            })
    void case_of_the_scheme_and_surrounding_spaces_do_not_count(String value) {
        PresentedToken token = (PresentedToken) parse(value);
        assertThat(token.secret().expose()).isEqualTo(TOKEN);
        assertThat(TOKEN).startsWith(token.displayPrefix());
    }

    @Test
    void a_checksum_and_a_wrapper_are_looked_for_within_the_credential() {
        TokenFormat format = TokenFormat.builder()
                .prefix("ghp_")
                .body(TokenBody.of(TokenBody.BASE62, 30))
                .checksum(TokenChecksum.crc32(TokenBody.BASE62, 6))
                .visibleCharacters(4)
                .secretTokenUri()
                .build();
        String text = format.generate(TokenEnvironment.LIVE, new SecureRandom())
                .value()
                .expose();
        for (String value : new String[] {"Bearer " + text, "Bearer   " + text + "  "}) {
            PresentedToken token = (PresentedToken) BearerHeader.parse(values(value), format);
            assertThat(token.secret().expose()).isEqualTo(text);
            assertThat(token.displayPrefix()).isEqualTo(text.substring(0, "secret-token:ghp_".length() + 4));
        }
        String cut = text.substring(0, text.length() - 1);
        assertThat(BearerHeader.parse(values("Bearer " + cut), format)).isEqualTo(CredentialProblem.TOKEN);
        assertThat(BearerHeader.parse(values("Bearer " + cut + " "), format)).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void the_default_locale_does_not_count() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        try {
            assertThat(parse("BEARER " + TOKEN)).isInstanceOf(PresentedToken.class);
            assertThat(parse("Bearer " + TOKEN.replace("i", "I"))).isEqualTo(CredentialProblem.TOKEN);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void two_headers_are_none_in_either_order_and_even_if_identical() {
        assertThat(parse("Bearer " + TOKEN, "Bearer " + TOKEN)).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse("Bearer " + TOKEN, "Basic dTpw")).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse("Basic dTpw", "Bearer " + TOKEN)).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse("Bearer " + TOKEN, "")).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse("", "Bearer " + TOKEN)).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer a, Bearer b",
                "Bearer " + TOKEN + ", Bearer " + TOKEN,
                "Bearer " + TOKEN + ",",
                "Bearer ," + TOKEN,
                "Bearer",
                "Bearer ",
                "Bearer    ",
                "Bearer\t" + TOKEN,
                "Bearer \t" + TOKEN,
                "Bearer\t"
            })
    void anything_but_exactly_one_credential_is_none(String value) {
        assertThat(parse(value)).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "Basic dTpw",
                "Basic " + TOKEN,
                "BearerV " + TOKEN,
                "Bearer" + TOKEN,
                "Bearer:" + TOKEN,
                "Token " + TOKEN,
                "Beare",
                "Be\u212arer " + TOKEN,
                "\uff22earer " + TOKEN,
                "Bearer\u00a0" + TOKEN,
                "Bearer\u2003" + TOKEN,
                TOKEN
            })
    void another_scheme_is_distinguished(String value) {
        assertThat(parse(value)).isEqualTo(CredentialProblem.OTHER_SCHEME);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer " + TOKEN + "\t",
                "Bearer " + TOKEN + "\r\nX: y",
                "Bearer " + TOKEN + "\0",
                "Bearer " + TOKEN + " " + TOKEN,
                "Bearer \u00a0" + TOKEN,
                "Bearer \"" + TOKEN + "\""
            })
    void any_other_byte_makes_the_token_malformed(String value) {
        assertThat(parse(value)).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void a_header_of_seven_kilobytes_is_malformed() {
        assertThat(parse("Bearer " + TOKEN + "a".repeat(7_000))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse("Bearer " + " ".repeat(7_000))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse("a".repeat(7_000))).isEqualTo(CredentialProblem.OTHER_SCHEME);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer " + TOKEN,
                "Bearer\t" + TOKEN,
                "Basic " + TOKEN,
                "Token   " + TOKEN,
                TOKEN,
                "Bearer eyJhbGciOi.x.y, Bearer " + TOKEN,
                "Bearer a," + TOKEN,
                "Bearer sk_test_lectern_tooShort"
            })
    void a_credential_with_our_prefix_is_always_claimed(String value) {
        assertThat(claimed(value)).isTrue();
    }

    @Test
    void a_second_header_with_our_prefix_is_claimed() {
        assertThat(claimed("Basic dTpw", "Bearer " + TOKEN)).isTrue();
        assertThat(claimed("Bearer " + TOKEN, "Basic dTpw")).isTrue();
    }

    @Test
    void a_credential_without_the_prefix_is_left_to_others() {
        assertThat(claimed()).isFalse();
        assertThat(claimed("")).isFalse();
        assertThat(claimed("Basic dTpw")).isFalse();
        assertThat(claimed("Bearer eyJhbGciOi.x.y")).isFalse();
        assertThat(claimed("Bearer x" + TOKEN)).isFalse();
    }
}
