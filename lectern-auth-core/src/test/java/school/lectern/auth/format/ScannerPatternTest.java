package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class ScannerPatternTest {

    private static final Map<ProviderFormat, Pattern> RULES = Arrays.stream(ProviderFormat.values())
            .collect(Collectors.toMap(
                    Function.identity(),
                    provider -> Pattern.compile(provider.format().scannerRule())));

    private final SecureRandom random = new SecureRandom();

    private static List<String> found(ProviderFormat provider, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = RULES.get(provider).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    @ParameterizedTest
    @EnumSource
    void a_token_is_found_in_all_surroundings(ProviderFormat provider) {
        for (String token : provider.texts(100, random)) {
            for (String around : List.of(
                    "%s",
                    "\"%s\"",
                    "'%s'",
                    "`%s`",
                    "(%s)",
                    "<a>%s</a>",
                    "TOKEN=%s",
                    "TOKEN = %s;",
                    "token: %s\n",
                    "Authorization: Bearer %s\r\n",
                    "{\"token\":\"%s\",\"id\":1}",
                    "https://api.example.com/?token=%s&page=2",
                    "https://api.example.com/%s/things",
                    "https://user:%s@example.com/",
                    "first line\n%s\nlast line",
                    "\t%s\t",
                    "see %s.",
                    "\u00ab%s\u00bb")) {
                assertThat(found(provider, around.formatted(token))).as(around).containsExactly(token);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void neighbours_are_both_found_with_one_character_between_them(ProviderFormat provider) {
        for (int i = 0; i < 100; i++) {
            List<String> tokens = provider.texts(1, random);
            for (String between : List.of(" ", "\n", ",", ";", "|", "\"", "&", "/", "\t")) {
                assertThat(found(provider, String.join(between, tokens)))
                        .as("between: %s", between)
                        .containsExactlyElementsOf(tokens);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"LEARN_COIN", "DISCORD_BOT", "PYPI"})
    void a_token_that_is_a_character_longer_or_shorter_is_none(ProviderFormat provider) {
        for (String token : provider.texts(20, random)) {
            if (token.startsWith("-")) {
                continue; // A longer token would be one that ends after a hyphen: see below.
            }
            int last = token.length() - 1;
            for (String near : List.of(
                    token.substring(0, last),
                    token + token.charAt(last),
                    token + 'x',
                    token + 'Z',
                    token + '_',
                    'x' + token,
                    '_' + token)) {
                assertThat(found(provider, near)).as(near).isEmpty();
                assertThat(found(provider, '"' + near + '"')).as(near).isEmpty();
            }
        }
    }

    /**
     * With one character less of base58, the number may be smaller but have the same number of bytes. The pattern has their
     * bounds.
     */
    @ParameterizedTest
    @CsvSource({"31, false", "32, true", "44, true", "45, false"})
    void the_rule_has_the_minimum_and_maximum_length_of_base58(int length, boolean isToken) {
        String text = "lrn_live_" + "1".repeat(length);

        assertThat(found(ProviderFormat.LEARN_COIN, text).contains(text)).isEqualTo(isToken);
        assertThat(found(ProviderFormat.LEARN_COIN, 'x' + text)).isEmpty();
    }

    /** If lengths vary, the text on one side of the foreign character may be a token of its own. */
    @ParameterizedTest
    @EnumSource
    void a_foreign_character_at_any_place_makes_it_none(ProviderFormat provider) {
        boolean varies = EnumSet.of(
                        ProviderFormat.LEARN_COIN,
                        ProviderFormat.STRIPE,
                        ProviderFormat.DISCORD_BOT,
                        ProviderFormat.PYPI,
                        ProviderFormat.TELEGRAM)
                .contains(provider);
        String token = provider.texts(1, random).get(0);
        for (int i = 0; i < token.length(); i++) {
            String near = token.substring(0, i) + '!' + token.substring(i + 1);
            assertThat(found(provider, near)).as(near).allMatch(part -> varies && part.indexOf('!') < 0);
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"TELEGRAM", "TERRAFORM", "CLOUDFLARE", "DISCORD_BOT"})
    void a_prefix_in_another_case_or_with_another_letter_is_none(ProviderFormat provider) {
        for (String token : provider.texts(5, random)) {
            String swapped = token.charAt(0) == 'S'
                    ? token.toLowerCase(Locale.ROOT).substring(0, 3) + token.substring(3)
                    : token.substring(0, 3).toUpperCase(Locale.ROOT) + token.substring(3);
            String lower = token.startsWith("PMAK") ? "pmak" + token.substring(4) : swapped;
            assertThat(found(provider, lower)).as(lower).isEmpty();
            assertThat(found(provider, 'q' + token.substring(1))).isEmpty();
        }
    }

    @Test
    void of_hexadecimal_digits_only_the_small_ones_count() {
        assertThat(found(ProviderFormat.DIGITALOCEAN, "dop_v1_" + "A".repeat(64)))
                .isEmpty();
        assertThat(found(ProviderFormat.DIGITALOCEAN, "dop_v1_" + "g".repeat(64)))
                .isEmpty();
        assertThat(found(ProviderFormat.DIGITALOCEAN, "dop_v1_" + "a".repeat(64)))
                .hasSize(1);
        assertThat(found(ProviderFormat.DIGITALOCEAN, "doq_v1_" + "a".repeat(64)))
                .isEmpty();
    }

    @Test
    void the_last_character_of_base64url_must_encode_whole_bytes() {
        assertThat(found(ProviderFormat.LEARN_HOUSE, "lh_" + "A".repeat(43))).hasSize(1);
        assertThat(found(ProviderFormat.LEARN_HOUSE, "lh_" + "B".repeat(43))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "-", "_", "---", "A-", "-A"})
    void a_token_without_a_prefix_is_found_whatever_it_starts_and_ends_with(String edge) {
        String token = edge + "b".repeat(40 - 2 * edge.length()) + edge;
        assertThat(found(ProviderFormat.CLOUDFLARE, token)).containsExactly(token);
        assertThat(found(ProviderFormat.CLOUDFLARE, '"' + token + "\" '" + token + '\''))
                .containsExactly(token, token);
    }

    /** Without lookahead and lookbehind, no expression can match both neighbors and also distinguish a hyphen from a space. */
    @Test
    void without_a_prefix_the_end_of_a_longer_text_is_found_after_punctuation_of_the_alphabet_alone() {
        for (String end : List.of("a".repeat(40), "_" + "a".repeat(39), "-" + "a".repeat(39))) {
            assertThat(found(ProviderFormat.CLOUDFLARE, '-' + end)).containsExactly(end);
            assertThat(found(ProviderFormat.CLOUDFLARE, '_' + end)).isEmpty();
            assertThat(found(ProviderFormat.CLOUDFLARE, 'a' + end)).isEmpty();
            assertThat(found(ProviderFormat.CLOUDFLARE, end.substring(1))).isEmpty();
        }
        for (String more : List.of("-", "_", "a", "aa")) {
            assertThat(found(ProviderFormat.CLOUDFLARE, "a".repeat(40) + more)).isEmpty();
        }
    }

    /** Punctuation that has a meaning in regular expressions, in every part of a format. */
    @Test
    void punctuation_means_itself() {
        String marks = "!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~";
        TokenFormat format = TokenFormat.builder()
                .publicKey("a" + marks, TokenBody.of(marks, 10), marks)
                .prefix(marks)
                .body(TokenBody.of(marks, 40))
                .checksum(TokenChecksum.of(text -> "^-", marks, 2).after(marks))
                .build();
        String token = format.generate(TokenEnvironment.LIVE, random).value().expose();
        Matcher matcher = Pattern.compile(format.scannerRule()).matcher("x " + token + " y");

        assertThat(matcher.find()).isTrue();
        assertThat(matcher.group(1)).isEqualTo(token);
        assertThat(Pattern.compile(format.scannerRule())
                        .matcher("x " + token + "^")
                        .find())
                .isFalse();
    }

    @Test
    void an_opening_of_punctuation_needs_no_boundary() {
        TokenFormat format = TokenFormat.builder()
                .prefix("$t_", "u_")
                .body(TokenBody.of(TokenBody.HEX, 32))
                .build();
        Pattern rule = Pattern.compile(format.scannerRule());

        assertThat(rule.matcher("a$t_" + "0".repeat(32)).find()).isTrue();
        assertThat(rule.matcher("au_" + "0".repeat(32)).find()).isFalse();
    }

    @Test
    void rules_are_short_and_the_same_at_every_time() {
        assertThat(ProviderFormat.LECTERN.format().scannerRule())
                .isEqualTo("(\\b(?:sk_live_lectern_|sk_test_lectern_)[0-9A-Za-z]{32})(?:[^0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.LEARN_COIN.format().scannerRule())
                .isEqualTo("(\\b(?:lrn_live_|lrn_test_)[1-9A-HJ-NP-Za-km-z]{32,44})(?:[^0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.TEACHARIUM.format().scannerRule())
                .isEqualTo("(\\btapub_[0-9A-Za-z]{20}\\.tasec_[0-9A-Za-z]{43})(?:[^0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.LEARN_HOUSE.format().scannerRule())
                .isEqualTo("(\\blh_[\\-0-9A-Z_a-z]{42}[048AEIMQUYcgkosw])(?:[^\\-0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.GITHUB.format().scannerRule())
                .isEqualTo("(\\b(?:ghp_|gho_|ghu_|ghs_|ghr_)[0-9A-Za-z]{30}[0-9A-Za-z]{6})(?:[^0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.CLOUDFLARE.format().scannerRule())
                .isEqualTo("((?:\\b[0-9A-Z_a-z]|\\B[\\-])[\\-0-9A-Z_a-z]{39})(?:[^\\-0-9A-Z_a-z]|$)");
    }

    @Test
    void a_sequence_is_its_pieces_and_ends_as_the_last_of_them() {
        assertThat(ProviderFormat.SLACK_BOT.format().scannerRule())
                .isEqualTo("(\\b(?:xoxb-|xoxp-)[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{24})(?:[^0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.DISCORD_BOT.format().scannerRule())
                .isEqualTo("((?:\\b[0-9A-Z_a-z]|\\B[\\-])[\\-0-9A-Z_a-z]{23,27}\\.[\\-0-9A-Z_a-z]{6}\\."
                        + "[\\-0-9A-Z_a-z]{27,38})(?:[^\\-0-9A-Z_a-z]|$)");
        assertThat(ProviderFormat.ANTHROPIC.format().scannerRule())
                .isEqualTo("(\\b(?:sk-ant-admin01-|sk-ant-api03-)[\\-0-9A-Z_a-z]{93}AA)(?:[^\\-0-9A-Z_a-z]|$)");
    }

    @Test
    void a_token_that_starts_as_a_shorter_one_does_is_found_whole() {
        TokenBody dotted = TokenBody.sequence(
                TokenBody.of(TokenBody.HEX, 32), TokenBody.literal("."), TokenBody.of(TokenBody.HEX, 32));
        List<TokenFormat> formats = List.of(
                TokenFormat.builder()
                        .prefix("k_")
                        .body(TokenBody.of(TokenBody.HEX, 32), dotted)
                        .build(),
                TokenFormat.builder()
                        .prefix("k_", "k_" + "a".repeat(32) + "." + "a".repeat(22))
                        .body(dotted)
                        .build());
        String whole = "k_" + "a".repeat(32) + "." + "a".repeat(32);
        assertFound(formats.get(0), whole);
        assertFound(formats.get(0), whole.substring(0, 34));
        assertFound(formats.get(1), whole);
        assertFound(formats.get(1), whole.substring(0, 57) + "a".repeat(32) + "." + "a".repeat(32));
    }

    private static void assertFound(TokenFormat format, String token) {
        Matcher matcher = Pattern.compile(format.scannerRule()).matcher('"' + token + '"');
        assertThat(matcher.find()).isTrue();
        assertThat(matcher.group(1)).isEqualTo(token);
    }

    /** RE2 supports neither; its syntax is documented at github.com/google/re2/wiki/Syntax. */
    @ParameterizedTest
    @EnumSource
    void a_rule_looks_neither_ahead_nor_behind_nor_back(ProviderFormat provider) {
        assertThat(provider.format().scannerRule())
                .doesNotContain("(?=", "(?!", "(?<", "(?>", "*+", "++", "}+")
                .doesNotContainPattern("\\\\[1-9A-Za-z&&[^bB]]");
    }
}
