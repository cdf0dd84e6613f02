package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static school.lectern.auth.format.TokenBody.BASE62;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;

class TokenFormatTest {

    private static final TokenFormat LECTERN = Lectern.DIALECT.format();
    private static final String BODY = "8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1234";
    private static final String KEY = "tapub_0123456789abcdefGHIJ";
    private static final String SECRET = "tasec_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    private static final TokenFormat TWO_PARTS = twoParts().build();

    private static TokenFormatBuilder twoParts() {
        return TokenFormat.builder()
                .publicKey("tapub_", TokenBody.of(BASE62, 20), ".")
                .prefix("tasec_")
                .body(TokenBody.of(BASE62, 43));
    }

    private static TokenFormatBuilder onePart() {
        return TokenFormat.builder()
                .prefix(TokenEnvironment.LIVE, "live_")
                .prefix(TokenEnvironment.TEST, "test_")
                .body(TokenBody.of(BASE62, 32));
    }

    private static ParsedCredential parse(String text) {
        return LECTERN.parse(Secret.of(text));
    }

    @Test
    void a_token_is_its_prefix_and_exactly_32_base62_characters() {
        PresentedToken live = (PresentedToken) parse("sk_live_lectern_" + BODY);
        PresentedToken test = (PresentedToken) parse("sk_test_lectern_" + BODY);

        assertThat(live.environment()).isEqualTo(TokenEnvironment.LIVE);
        assertThat(test.environment()).isEqualTo(TokenEnvironment.TEST);
        assertThat(live.publicKey()).isNull();
        assertThat(live.secret().expose()).isEqualTo("sk_live_lectern_" + BODY);
    }

    @Test
    void the_printed_example_of_28_characters_is_malformed() {
        assertThat(parse("sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp")).isEqualTo(CredentialProblem.TOKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SK_LIVE_LECTERN_" + BODY,
                "sk_Live_lectern_" + BODY,
                "\u017fk_live_lectern_" + BODY, // long s, which equalsIgnoreCase treats as s
                "s\u212a_live_lectern_" + BODY, // Kelvin sign, which equalsIgnoreCase treats as k
                "sk_l\u0131ve_lectern_" + BODY, // dotless i
                "sk_prod_lectern_" + BODY,
                "sk_live_lectern" + BODY,
                "sk_live_lectern_" + BODY + " ",
                " sk_live_lectern_" + BODY,
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123",
                "sk_live_lectern_" + BODY + "5",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123 ",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123\0",
                "sk_live_lectern_" + BODY + "\0",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123\u007f",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123\u00e9",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123\uff11", // full-width 1
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123\u212a",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123_",
                "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp123\n",
                "sk_live_lectern_' OR '1'='1",
                "sk_live_lectern_",
                ""
            })
    void any_other_spelling_is_malformed(String text) {
        assertThat(parse(text)).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void two_parts_are_a_public_key_and_a_secret() {
        PresentedToken token = (PresentedToken) TWO_PARTS.parse(Secret.of(KEY + "." + SECRET));

        assertThat(token.publicKey()).isEqualTo(KEY);
        assertThat(token.secret().expose()).isEqualTo(SECRET);
        assertThat(token.environment()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                KEY + ".." + SECRET,
                "." + SECRET,
                KEY + ".",
                "a.b.c",
                KEY + "." + SECRET + ".",
                KEY + "." + SECRET + "." + SECRET,
                ".",
                "",
                KEY + SECRET
            })
    void any_other_number_of_parts_is_no_credential(String text) {
        assertThat(TWO_PARTS.parse(Secret.of(text))).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tapub_0123456789abcdefGHI." + SECRET,
                "tapub_0123456789abcdefGHI\u00e9." + SECRET,
                "tapub_0123456789abcdefGHI ." + SECRET,
                "TAPUB_0123456789abcdefGHIJ." + SECRET,
                KEY + " ." + SECRET,
                SECRET + "." + KEY,
                KEY + "." + SECRET + " ",
                KEY + ".tasec_0123456789abcdefghijklmnopqrstuvwxyzABCDEF",
                "a.b"
            })
    void two_parts_of_another_shape_are_malformed(String text) {
        assertThat(TWO_PARTS.parse(Secret.of(text))).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void a_generated_token_parses_and_displays_no_more_than_it_should() {
        SecureRandom random = new SecureRandom();
        GeneratedToken one = LECTERN.generate(TokenEnvironment.TEST, random);
        GeneratedToken two = TWO_PARTS.generate(TokenEnvironment.LIVE, random);
        GeneratedToken again = TWO_PARTS.regenerate(TokenEnvironment.LIVE, "tasec_", two.displayPrefix(), random);

        assertThat(LECTERN.parse(one.value())).isInstanceOf(PresentedToken.class);
        assertThat(one.displayPrefix())
                .hasSize("sk_test_lectern_".length() + 4)
                .isEqualTo(one.value().expose().substring(0, 20));
        assertThat(TWO_PARTS.parse(two.value())).isInstanceOf(PresentedToken.class);
        assertThat(two.displayPrefix()).isEqualTo(two.token().publicKey());
        assertThat(again.token().publicKey()).isEqualTo(two.token().publicKey());
        assertThat(again.token().secret()).isNotEqualTo(two.token().secret());
    }

    private static StoredToken stored(GeneratedToken fresh, TokenEnvironment environment) {
        TokenHasher.HashedSecret stored = new TokenHasher().store(fresh.token());
        return StoredToken.builder("id", "tenant", environment, "name", Instant.EPOCH)
                .secret(stored.selector(), stored.hash())
                .displayPrefix(fresh.displayPrefix())
                .build();
    }

    @Test
    void drawn_tokens_are_unique_and_uniform_at_every_position() {
        int draws = 200_000;
        int length = BODY.length();
        int prefix = "sk_live_lectern_".length();
        long[][] seen = new long[length][128];
        Set<String> unique = new HashSet<>(2 * draws);
        SecureRandom random = new Repeatable(20260507);
        for (int i = 0; i < draws; i++) {
            String text = LECTERN.generate(TokenEnvironment.LIVE, random)
                    .value()
                    .expose()
                    .substring(prefix);
            unique.add(text);
            for (int p = 0; p < length; p++) {
                seen[p][text.charAt(p)]++;
            }
        }

        assertThat(unique).hasSize(draws);
        double expected = (double) draws / BASE62.length();
        for (long[] counts : seen) {
            double chiSquare = BASE62.chars()
                    .mapToDouble(c -> Math.pow(counts[c] - expected, 2) / expected)
                    .sum();
            // With 61 degrees of freedom, a value above 124 has a probability of one in a million.
            assertThat(chiSquare).isBetween(20.0, 124.0);
        }
    }

    @Test
    void formats_that_could_be_guessed_or_misread_are_not_built() {
        refused("body", TokenFormat.builder().prefix("a_"));
        refused("prefix", TokenFormat.builder().body(TokenBody.of(BASE62, 32)));
        refused("body", onePart().body(TokenBody.of(BASE62, 21))); // 125 bits
        refused(
                "body",
                onePart().body(TokenBody.of(BASE62, 24)).visibleCharacters(4)); // 143 bits, 24 of them displayed
        refused("visibleCharacters", onePart().visibleCharacters(-1));
        refused("body", onePart().visibleCharacters(33));
        refused("prefix", onePart().prefix(TokenEnvironment.TEST, "live_2"));
        refused("prefix", onePart().prefix(TokenEnvironment.TEST, "live_"));
        refused("prefix", onePart().prefix(TokenEnvironment.TEST, "te st_"));
        refused("prefix", onePart().prefix(TokenEnvironment.TEST, "te,st_"));
        refused("prefix", onePart().prefix(TokenEnvironment.TEST, "t\u00e9st_"));
        assertThat(onePart().body(TokenBody.of(BASE62, 22)).build()).isNotNull(); // 130 bits
    }

    private static void refused(String part, TokenFormatBuilder builder) {
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageStartingWith(part + " ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "aa", "a b", "a,b", "ab\u007f", "ab\u00e9", "ab\0"})
    void alphabets_that_a_header_cannot_contain_are_refused(String alphabet) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenBody.of(alphabet, 64))
                .withMessageStartingWith("alphabet must ");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 513, Integer.MAX_VALUE})
    void lengths_out_of_range_are_refused(int length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenBody.of(BASE62, length))
                .withMessageStartingWith("length must be from 1 to 512, was " + length);
    }

    @Test
    void a_credential_is_claimed_by_its_prefix_alone() {
        assertThat(LECTERN.recognizes(Secret.of("sk_test_lectern_"))).isTrue();
        assertThat(LECTERN.recognizes(Secret.of("sk_test_other_" + BODY))).isFalse();
        assertThat(TWO_PARTS.recognizes(Secret.of("tapub_"))).isTrue();
        assertThat(TWO_PARTS.recognizes(Secret.of(SECRET))).isFalse();
    }

    /** Generates the same values in every run, so that the statistical test is deterministic. */
    private static final class Repeatable extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient SplittableRandom source;

        Repeatable(long seed) {
            this.source = new SplittableRandom(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            source.nextBytes(bytes);
        }
    }
}
