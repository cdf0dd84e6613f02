package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

class TokenRedactionTest {

    private static final TokenFormat LECTERN = Lectern.DIALECT.format();
    private static final String BODY = "8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000";
    private static final String TOKEN = "sk_live_lectern_" + BODY;

    static Stream<TokenFormat> formats() {
        return Stream.concat(
                Stream.of(Lectern.DIALECT, LearnCoin.DIALECT, LearnHouse.DIALECT, Teacharium.DIALECT)
                        .map(Dialect::format),
                Stream.of(
                        TokenFormat.builder()
                                .publicKey("", TokenBody.of(TokenBody.DIGITS, 8, 10), ":")
                                .prefix("")
                                .body(TokenBody.of(TokenBody.BASE64_URL, 35))
                                .build(),
                        TokenFormat.builder()
                                .prefix("")
                                .body(TokenBody.of(TokenBody.BASE62, 40))
                                .secretTokenUri()
                                .build(),
                        TokenFormat.builder()
                                .prefix("ghp_", "gho_")
                                .body(TokenBody.of(TokenBody.BASE62, 30))
                                .checksum(TokenChecksum.crc32(TokenBody.BASE62, 6))
                                .build()));
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        text.chars().forEach(c -> encoded.append(String.format("%%%02x", c)));
        return encoded.toString();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void no_token_stays_in_a_text_wherever_it_is(TokenFormat format) {
        for (TokenEnvironment environment : List.of(TokenEnvironment.LIVE, TokenEnvironment.TEST)) {
            for (int i = 0; i < 50; i++) {
                GeneratedToken fresh = format.generate(environment, new SecureRandom());
                String token = fresh.value().expose();
                String proof = fresh.token().secret().expose();
                String end = proof.substring(proof.length() - 10);
                for (String text : List.of(
                        token,
                        "/v1/" + token + "/x",
                        "/v1/x=" + token + ";y",
                        "/v1/" + token + "/" + token,
                        "/v1/" + encoded(token),
                        "/v1/" + encoded(encoded(token)).toUpperCase(Locale.ROOT))) {
                    assertThat(format.redacted(text)).contains("[redacted]").doesNotContain(end, encoded(end));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {TOKEN + "x", "xsk_live_lectern_" + BODY, "sk_test_lectern_" + BODY, "Sk_Live_Lectern_" + BODY})
    void a_text_that_is_nearly_a_token_is_redacted_too(String text) {
        assertThat(LECTERN.redacted("/v1/" + text)).endsWith("_[redacted]").doesNotContain(BODY);
    }

    @Test
    void a_part_of_a_token_does_not_stay() {
        for (int length = 8; length < BODY.length(); length++) {
            assertThat(LECTERN.redacted("/v1/sk_live_lectern_" + BODY.substring(0, length) + "/x"))
                    .isEqualTo("/v1/sk_live_lectern_[redacted]/x");
        }
    }

    @Test
    void a_public_key_stays_and_a_secret_alone_does_not() {
        GeneratedToken fresh = Teacharium.DIALECT.format().generate(TokenEnvironment.LIVE, new SecureRandom());
        String key = fresh.displayPrefix();
        String secret = fresh.token().secret().expose();
        TokenFormat format = Teacharium.DIALECT.format();
        assertThat(format.redacted("/x/" + key + "." + secret)).isEqualTo("/x/" + key + ".tasec_[redacted]");
        assertThat(format.redacted("/x/" + secret + "/y")).isEqualTo("/x/tasec_[redacted]/y");
        assertThat(format.redacted("/x/" + key)).isEqualTo("/x/" + key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/v1/learners/7",
                "/v1/sk_live_lectern_8aJ4",
                "/v1/100%",
                "/v1/%zz%41",
                "/v1/m\u00fcller",
                "/api/v1/orgs/123/api-tokens/apitoken_8b1d3c4e-0f5a-4b6c-8d7e-9f0a1b2c3d4e/rotate"
            })
    void any_other_text_stays_as_it_is(String text) {
        formats().forEach(format -> assertThat(format.redacted(text)).isEqualTo(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "--", "::", "~~~"})
    void the_parts_of_an_issued_token_are_those_that_were_generated(String separator) {
        for (TokenFormat format : List.of(
                TokenFormat.builder()
                        .publicKey("pk_", TokenBody.of(TokenBody.BASE62, 20), separator)
                        .prefix("sk_")
                        .body(TokenBody.of(TokenBody.BASE62, 43))
                        .build(),
                TokenFormat.builder()
                        .publicKey("pk_", TokenBody.of(TokenBody.BASE62, 20), separator.replace("~", "-"))
                        .prefix("")
                        .body(TokenBody.of(TokenBody.BASE62, 43))
                        .secretTokenUri()
                        .build())) {
            GeneratedToken fresh = format.generate(TokenEnvironment.LIVE, new SecureRandom());
            IssuedToken issued = new IssuedToken(
                    fresh,
                    StoredToken.builder("apitoken_1", "123", TokenEnvironment.LIVE, "CI", Instant.EPOCH)
                            .secret(fresh.displayPrefix(), TokenHash.of("sha256", "00".repeat(32)))
                            .build());
            String token = issued.secret().expose();
            String key = issued.publicKey().orElseThrow();
            String secret = issued.secretKey().orElseThrow().expose();
            assertThat(secret).matches("(?:sk_)?[0-9A-Za-z]{43}");
            assertThat(token).endsWith(secret).contains(key);
            assertThat(token.length() - secret.length() - token.indexOf(key) - key.length())
                    .isEqualTo(separator.length());
        }
    }

    @Test
    void a_token_of_one_part_has_no_parts() {
        GeneratedToken fresh = LECTERN.generate(TokenEnvironment.LIVE, new SecureRandom());
        IssuedToken issued = new IssuedToken(
                fresh,
                StoredToken.builder("apitoken_1", "123", TokenEnvironment.LIVE, "CI", Instant.EPOCH)
                        .secret("x", TokenHash.of("sha256", "00".repeat(32)))
                        .build());
        assertThat(issued.publicKey()).isEmpty();
        assertThat(issued.secretKey()).isEmpty();
    }
}
