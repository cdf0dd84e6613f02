package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static school.lectern.auth.format.TokenBody.BASE62;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;

class TokenFormatProvidersTest {

    private static final TokenChecksum CRC = TokenChecksum.crc32(BASE62, 6);

    private final SecureRandom random = new SecureRandom();

    private static boolean parses(TokenFormat format, String text) {
        return format.parse(Secret.of(text)) instanceof PresentedToken;
    }

    @ParameterizedTest
    @EnumSource
    void a_generated_token_is_parsed_into_the_parts_that_are_hashed(ProviderFormat provider) {
        for (GeneratedToken fresh : provider.draw(50, random)) {
            PresentedToken token = (PresentedToken) provider.format().parse(fresh.value());

            assertThat(token.secret()).isEqualTo(fresh.token().secret());
            assertThat(token.publicKey()).isEqualTo(fresh.token().publicKey());
            assertThat(fresh.token().secret().expose())
                    .hasSizeGreaterThanOrEqualTo(provider.format().minLength());
            assertThat(provider.format().recognizes(fresh.value())).isTrue();
            assertThat(provider.format().leadingLiterals())
                    .anyMatch(opening -> fresh.value().expose().startsWith(opening));
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_foreign_character_is_refused_at_every_place(ProviderFormat provider) {
        Set<ProviderFormat> varying = EnumSet.of(
                ProviderFormat.SLACK,
                ProviderFormat.SLACK_BOT,
                ProviderFormat.SLACK_APP,
                ProviderFormat.DISCORD_BOT,
                ProviderFormat.PYPI,
                ProviderFormat.TELEGRAM,
                ProviderFormat.LEARN_COIN);
        String text = provider.texts(1, random).get(0);
        for (int i = 0; i < text.length(); i++) {
            // A digest covers the lower halves of characters. Two characters with the same lower half must never be
            // confused.
            String sameHalf = Character.toString(text.charAt(i) + 0x100);
            for (String foreign : List.of("", " ", ",", "!", "\u00e9", "\uff11", "\0", "\n", sameHalf)) {
                String changed = text.substring(0, i) + foreign + text.substring(i + 1);
                // With one digit less, it may be another key if the length varies, or a smaller number in base58.
                boolean mayBeAnother = foreign.isEmpty() && varying.contains(provider);
                assertThat(mayBeAnother || !parses(provider.format(), changed))
                        .as("%s for %s at %s", foreign, text, i)
                        .isTrue();
            }
        }
        String longer = text + text.charAt(text.length() - 1);
        assertThat(provider != ProviderFormat.LEARN_COIN && parses(provider.format(), longer))
                .isFalse();
        assertThat(parses(provider.format(), text.charAt(0) + text)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"GITHUB", "GITLAB_ROUTABLE", "NPM", "GRAFANA"})
    void with_a_checksum_a_wrong_character_is_refused_at_every_place(ProviderFormat provider) {
        String text = provider.texts(1, random).get(0);
        for (int i = provider.format().leadingLiterals().get(0).length(); i < text.length(); i++) {
            for (char other : (BASE62 + "-_").toCharArray()) {
                boolean same = other == text.charAt(i);
                assertThat(parses(provider.format(), text.substring(0, i) + other + text.substring(i + 1)))
                        .isEqualTo(same);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LECTERN", "GITHUB", "STRIPE", "DIGITALOCEAN", "SECRET_TOKEN", "SLACK_BOT", "OPENAI"})
    void a_token_keeps_its_prefix_when_it_gets_a_new_secret_or_a_successor(ProviderFormat provider) {
        TokenFormat format = provider.format();
        for (TokenEnvironment environment : List.of(TokenEnvironment.LIVE, TokenEnvironment.TEST)) {
            for (String prefix : format.prefixes(environment)) {
                GeneratedToken first = format.generate(environment, prefix, random);

                assertThat(first.prefix()).isEqualTo(prefix);
                assertThat(format.shownPrefix(environment, first.displayPrefix()))
                        .hasValue(prefix);
                for (GeneratedToken next : List.of(format.generate(environment, prefix, random))) {
                    assertThat(next.value()).isNotEqualTo(first.value());
                    assertThat(next.displayPrefix()).hasSameSizeAs(first.displayPrefix());
                    assertThat(next.value().expose()).contains(prefix).startsWith(next.displayPrefix());
                    assertThat(format.parse(next.value())).isInstanceOf(PresentedToken.class);
                }
            }
        }
    }

    @Test
    void a_new_secret_of_two_parts_keeps_the_public_key_and_a_successor_has_its_own() {
        TokenFormat format = ProviderFormat.GITHUB_FINE_GRAINED.format();
        GeneratedToken first = format.generate(TokenEnvironment.LIVE, random);
        String prefix = format.prefixes(TokenEnvironment.LIVE).get(0);
        GeneratedToken again =
                format.regenerate(TokenEnvironment.LIVE, prefix, first.token().publicKey(), random);

        assertThat(again.token().publicKey()).isEqualTo(first.token().publicKey());
        assertThat(again.token().secret()).isNotEqualTo(first.token().secret());
        assertThat(format.generate(TokenEnvironment.LIVE, prefix, random)
                        .token()
                        .publicKey())
                .isNotEqualTo(first.token().publicKey());
    }

    private static StoredToken stored(GeneratedToken fresh, TokenEnvironment environment) {
        TokenHasher.HashedSecret stored = new TokenHasher().store(fresh.token());
        return StoredToken.builder("id", "tenant", environment, "name", Instant.EPOCH)
                .secret(stored.selector(), stored.hash())
                .displayPrefix(fresh.displayPrefix())
                .build();
    }

    @Test
    void new_tokens_have_the_first_prefix_and_the_first_body_and_others_only_where_asked_for() {
        TokenFormat stripe = ProviderFormat.STRIPE.format();

        assertThat(stripe.prefixes(TokenEnvironment.TEST)).containsExactly("sk_test_", "rk_test_");
        assertThat(stripe.generate(TokenEnvironment.TEST, random).value().expose())
                .matches("sk_test_[0-9A-Za-z]{99}");
        assertThat(stripe.generate(TokenEnvironment.TEST, "rk_test_", random)
                        .value()
                        .expose())
                .startsWith("rk_test_");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> stripe.generate(TokenEnvironment.TEST, "rk_live_", random))
                .withMessage("prefix of a test token must be one of [sk_test_, rk_test_], was 'rk_live_'");
        assertThat(stripe.shownPrefix(TokenEnvironment.LIVE, "rk_live_")).isEmpty();
        assertThat(stripe.shownPrefix(TokenEnvironment.LIVE, "pk_live_abcd")).isEmpty();
    }

    @Test
    void of_two_prefixes_that_start_alike_a_token_has_the_longer_if_it_starts_with_it() {
        TokenFormat format = TokenFormat.builder()
                .prefix("sk-", "sk-proj-")
                .body(TokenBody.of(BASE62, 48))
                .visibleCharacters(2)
                .build();

        for (String prefix : format.prefixes(TokenEnvironment.LIVE)) {
            GeneratedToken fresh = format.generate(TokenEnvironment.LIVE, prefix, random);
            assertThat(format.shownPrefix(TokenEnvironment.LIVE, fresh.displayPrefix()))
                    .hasValue(prefix);
        }
    }

    @Test
    void a_prefix_of_another_prefix_is_distinguished_by_the_length_of_the_display_prefix() {
        TokenFormat format = TokenFormat.builder()
                .prefix("sk", "skab")
                .body(TokenBody.of(BASE62, 43))
                .visibleCharacters(2)
                .build();

        assertThat(format.shownPrefix(TokenEnvironment.LIVE, "skab")).hasValue("sk");
        assertThat(format.shownPrefix(TokenEnvironment.LIVE, "skabab")).hasValue("skab");
        assertThat(format.shownPrefix(TokenEnvironment.LIVE, "skabcde"))
                .as("three characters where two are visible")
                .isEmpty();
        assertThat(ProviderFormat.SECRET_TOKEN
                        .format()
                        .shownPrefix(TokenEnvironment.LIVE, "secret-token:acme-admin:abcd"))
                .hasValue("acme-admin:");
    }

    @ParameterizedTest
    @CsvSource({
        "xoxb-1234567890-1234567890123-ABCDEFGHIJKLMNOPQRSTUVWX, true",
        "xoxb-123456789-1234567890123-ABCDEFGHIJKLMNOPQRSTUVWX, false",
        "xoxb-1234567890-12345678901234-ABCDEFGHIJKLMNOPQRSTUVWX, false",
        "xoxb-1234567890-1234567890123-ABCDEFGHIJKLMNOPQRSTUVW, false",
        "xoxb-1234567890-ABCDEFGHIJKLMNOPQRSTUVWX, false",
        "xoxb-12345678901-1234567890123ABCDEFGHIJKLMNOPQRSTUVWX, false"
    })
    void pieces_of_a_token_are_separated_by_the_literals_between_them(String text, boolean isToken) {
        assertThat(parses(ProviderFormat.SLACK_BOT.format(), text)).isEqualTo(isToken);
        assertThat(Pattern.matches(ProviderFormat.SLACK_BOT.format().scannerRule(), text))
                .isEqualTo(isToken);
    }

    @ParameterizedTest
    @CsvSource({"24, 27, true", "28, 38, true", "23, 38, false", "29, 27, false", "28, 39, false", "24, 26, false"})
    void pieces_at_both_ends_may_vary_in_length(int first, int last, boolean isToken) {
        String text = "-".repeat(first) + ".abc_12." + "_".repeat(last);

        assertThat(parses(ProviderFormat.DISCORD_BOT.format(), text)).isEqualTo(isToken);
        assertThat(parses(ProviderFormat.DISCORD_BOT.format(), text.replace("c_", "c.")))
                .isFalse();
    }

    @Test
    void of_a_sequence_the_whole_token_is_hashed_and_a_literal_may_be_shown() {
        GeneratedToken github =
                ProviderFormat.GITHUB_FINE_GRAINED_WHOLE.format().generate(TokenEnvironment.LIVE, random);
        GeneratedToken pypi = ProviderFormat.PYPI.format().generate(TokenEnvironment.LIVE, random);

        assertThat(github.token().secret()).isEqualTo(github.value());
        assertThat(github.token().publicKey()).isNull();
        assertThat(ProviderFormat.GITHUB_FINE_GRAINED_WHOLE.format().minLength())
                .isEqualTo(93);
        assertThat(pypi.displayPrefix()).isEqualTo("pypi-AgEIcHlwaS5vcmc");
        assertThat(ProviderFormat.PYPI.format().minLength()).isEqualTo(5 + 15 + 50);
    }

    @Test
    void a_display_prefix_must_match_the_positions_of_the_pieces() {
        TokenFormat format = TokenFormat.builder()
                .prefix("xoxb-")
                .body(TokenBody.sequence(
                        TokenBody.of(TokenBody.DIGITS, 1, 3), TokenBody.literal("-"), TokenBody.of(BASE62, 24)))
                .visibleCharacters(4)
                .build();

        assertThat(List.of("1-ab", "12-a", "123-", "1-12").stream()
                        .filter(shown -> format.shownPrefix(TokenEnvironment.LIVE, "xoxb-" + shown)
                                .isPresent())
                        .count())
                .isEqualTo(4);
        for (String shown : List.of("1234", "-abc", "a-bc", "1--a", "1-a", "1-abc", "123a")) {
            assertThat(format.shownPrefix(TokenEnvironment.LIVE, "xoxb-" + shown))
                    .as(shown)
                    .isEmpty();
        }
    }

    @Test
    void a_literal_distinguishes_similar_prefixes() {
        TokenBody dashed =
                TokenBody.sequence(TokenBody.of(BASE62, 5), TokenBody.literal("-"), TokenBody.of(BASE62, 40));

        accepted(TokenFormat.builder().prefix("a", "ab-").body(dashed, TokenBody.of(BASE62, 44)));
        refused("prefix", TokenFormat.builder().prefix("a", "abcdef-").body(dashed, TokenBody.of(BASE62, 40)));
        accepted(TokenFormat.builder().prefix("a", "abcdef_").body(dashed, TokenBody.of(BASE62, 40)));
    }

    @Test
    void repeated_prefixes_and_bodies_add_up_and_a_second_value_is_refused() {
        TokenFormat format = TokenFormat.builder()
                .prefix("new_")
                .prefix("old_")
                .body(TokenBody.of(BASE62, 43))
                .body(TokenBody.of(BASE62, 32))
                .build();
        assertThat(format.prefixes(TokenEnvironment.LIVE)).containsExactly("new_", "old_");
        assertThat(format.parse(Secret.of("old_" + "x".repeat(32)))).isInstanceOf(PresentedToken.class);
        List<ThrowingCallable> repeated = List.of(
                () -> TokenFormat.builder().prefix("a_").prefix(TokenEnvironment.LIVE, "b_"),
                () -> TokenFormat.builder().prefix(TokenEnvironment.LIVE, "b_").prefix("a_"),
                () -> TokenFormat.builder().checksum(CRC).checksum(CRC),
                () -> TokenFormat.builder()
                        .publicKey("k", TokenBody.of(BASE62, 9), ".")
                        .publicKey("k", TokenBody.of(BASE62, 9), "."),
                () -> TokenFormat.builder().visibleCharacters(1).visibleCharacters(1),
                () -> TokenFormat.builder().minHiddenBits(100).minHiddenBits(100));
        assertThat(repeated)
                .allSatisfy(call -> assertThatIllegalArgumentException().isThrownBy(call));
    }

    @Test
    void up_to_four_characters_are_visible_if_enough_bits_remain_hidden() {
        for (int visible = 0; visible <= 4; visible++) {
            TokenFormat format = TokenFormat.builder()
                    .prefix("a_")
                    .body(TokenBody.of(TokenBody.HEX, 32 + visible))
                    .build();
            assertThat(format.visibleBits()).isEqualTo(4.0 * visible);
        }
        assertThat(TokenFormat.builder()
                        .prefix("a_")
                        .body(TokenBody.of(TokenBody.HEX, 60))
                        .build()
                        .visibleBits())
                .isEqualTo(16);
    }

    @Test
    void the_visible_bits_are_the_minimum_over_all_bodies() {
        assertThat(ProviderFormat.GITHUB.format().visibleBits()).isEqualTo(23.8, within(0.05));
        assertThat(ProviderFormat.STRIPE.format().visibleBits()).isEqualTo(11.9, within(0.05));
        assertThat(ProviderFormat.NPM.format().visibleBits()).isEqualTo(23.8, within(0.05));
        assertThat(ProviderFormat.PYPI.format().visibleBits()).isZero();
        assertThat(ProviderFormat.SLACK_BOT.format().visibleBits()).isEqualTo(13.3, within(0.05));
        assertThat(ProviderFormat.TELEGRAM.format().visibleBits()).isEqualTo(26.6, within(0.05));
        assertThat(ProviderFormat.SENDGRID.format().visibleBits()).isEqualTo(128);
        // Of 32 bytes in 44 characters, 43 hold 251.9 bits: the first one holds four, not six.
        assertThat(visible(TokenBody.base58(32), 1).visibleBits()).isEqualTo(4.1, within(0.05));
        assertThat(visible(TokenBody.base64Url(32), 3).visibleBits()).isEqualTo(18);
        assertThat(TokenFormat.builder()
                        .prefix("a_")
                        .body(TokenBody.of(BASE62, 43), TokenBody.of("ab", 140))
                        .visibleCharacters(5)
                        .build()
                        .visibleBits())
                .isEqualTo(5);
    }

    private static TokenFormat visible(TokenBody body, int characters) {
        return TokenFormat.builder()
                .prefix("a_")
                .body(body)
                .visibleCharacters(characters)
                .build();
    }

    @Test
    void a_format_may_say_how_few_hidden_bits_it_allows() {
        Supplier<TokenFormatBuilder> gitlab =
                () -> TokenFormat.builder().prefix("glpat-").body(TokenBody.of(TokenBody.BASE64_URL, 20));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> gitlab.get().build())
                .withMessage(
                        "body 1, [\\-0-9A-Z_a-z]{20}, must have at least 128 bits of entropy that lists do not show,"
                                + " but has 120 (visibleCharacters is 0). Use a longer body, show fewer characters, or"
                                + " lower minHiddenBits, whose minimum is 64 and whose documentation describes the risk");
        refused("body", gitlab.get().minHiddenBits(121));
        accepted(gitlab.get().minHiddenBits(120));
        refused("body", gitlab.get().minHiddenBits(120).visibleCharacters(1));
        accepted(gitlab.get().minHiddenBits(114).visibleCharacters(1));
        accepted(TokenFormat.builder()
                .prefix("a_")
                .body(TokenBody.of(TokenBody.HEX, 16))
                .minHiddenBits(64));
        for (int bits : new int[] {63, 129, 0, -1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> gitlab.get().minHiddenBits(bits))
                    .withMessageStartingWith("minHiddenBits must be from 64 to 128, was ");
        }
    }

    @ParameterizedTest
    @CsvSource({"24, true", "99, true", "23, false", "25, false", "98, false", "100, false"})
    void an_older_length_is_read_and_none_between_them(int length, boolean isToken) {
        assertThat(parses(ProviderFormat.STRIPE.format(), "rk_live_" + "a".repeat(length)))
                .isEqualTo(isToken);
    }

    @ParameterizedTest
    @CsvSource({"7, false", "8, true", "9, true", "10, true", "11, false"})
    void a_public_key_of_digits_may_vary_in_length(int digits, boolean isToken) {
        String key = "1234567890123".substring(0, digits);
        ParsedCredential parsed = ProviderFormat.TELEGRAM.format().parse(Secret.of(key + ":" + "-".repeat(35)));

        assertThat(parsed instanceof PresentedToken token && key.equals(token.publicKey()))
                .isEqualTo(isToken);
    }

    @Test
    void the_lengths_locate_a_separator_that_the_parts_also_contain() {
        TokenFormat format = TokenFormat.builder()
                .publicKey("a_b_", TokenBody.of("_-", 4), "_-_")
                .prefix("_-_")
                .body(TokenBody.of("_-", 130))
                .build();
        PresentedToken token = (PresentedToken) format.parse(Secret.of("a_b__-_-_-__-_" + "_-".repeat(65)));

        assertThat(token.publicKey()).isEqualTo("a_b__-_-");
        assertThat(token.secret().expose()).isEqualTo("_-_" + "_-".repeat(65));
        assertThat(parses(format, "a_b__-_-_-_" + "_-".repeat(65))).isFalse();
        assertThat(parses(format, "a_b__-_-__-_-_" + "_-".repeat(65))).isFalse();
    }

    @Test
    void a_separator_that_secrets_may_contain_may_occur_more_than_once() {
        TokenFormat format = TokenFormat.builder()
                .publicKey("pub", TokenBody.of(BASE62, 20), ".")
                .prefix("")
                .body(TokenBody.of(BASE62 + '.', 43))
                .build();

        assertThat(parses(format, "pub" + "a".repeat(20) + "." + "b.".repeat(21) + "."))
                .isTrue();
        assertThat(format.parse(Secret.of("pub" + "a".repeat(20) + "."))).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "github_pat_",
                "github_pat_0123456789012345678901",
                "github_pat_0123456789012345678901_",
                "github-pat",
                "_x",
                ""
            })
    void a_text_without_a_second_part_is_no_credential_also_where_prefixes_hold_the_separator(String text) {
        assertThat(ProviderFormat.GITHUB_FINE_GRAINED.format().parse(Secret.of(text)))
                .isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "github_pat_01234567890123456789_01_x",
                "github_pat_0123456789012345678901_x",
                "github_pta_0123456789012345678901_x",
                "a_b_c"
            })
    void two_parts_of_another_shape_are_a_malformed_token_there(String text) {
        assertThat(ProviderFormat.GITHUB_FINE_GRAINED.format().parse(Secret.of(text)))
                .isEqualTo(CredentialProblem.TOKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {".atlasv1.", "a.atlasv1.", ".atlasv1.b", "a.atlasv1.b.atlasv1.c", "a.atlasv1.atlasv1.b", "a.b"})
    void a_long_separator_that_no_part_can_contain_must_occur_once(String text) {
        assertThat(ProviderFormat.TERRAFORM.format().parse(Secret.of(text))).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @Test
    void a_secret_token_uri_is_hashed_as_it_is_sent_and_nothing_without_its_scheme_is_one() {
        TokenFormat format = ProviderFormat.SECRET_TOKEN.format();
        String body = "0123456789abcdefghijklmnopqrstuv";
        PresentedToken token = (PresentedToken) format.parse(Secret.of("secret-token:acme-admin:" + body));

        assertThat(token.secret().expose()).isEqualTo("secret-token:acme-admin:" + body);
        assertThat(format.generate(TokenEnvironment.LIVE, random).displayPrefix())
                .matches("secret-token:acme_[0-9A-Za-z]{4}");
        assertThat(format.minLength()).isEqualTo("secret-token:acme_".length() + 32);
        for (String other : List.of("", "Secret-Token:", "secret-token:secret-token:", "secret-token")) {
            assertThat(format.parse(Secret.of(other + "acme_" + body))).isEqualTo(CredentialProblem.TOKEN);
        }
    }

    @Test
    void in_two_parts_the_uri_is_around_both_and_neither_holds_it() {
        TokenFormat format = TokenFormat.builder()
                .publicKey("pub-", TokenBody.of(BASE62, 20), ".")
                .prefix("sec-")
                .body(TokenBody.of(BASE62, 43))
                .checksum(TokenChecksum.crc32(BASE62, 6).over(TokenChecksum.Input.TOKEN))
                .secretTokenUri()
                .build();
        GeneratedToken fresh = format.generate(TokenEnvironment.LIVE, random);
        String text = fresh.value().expose();
        PresentedToken token = (PresentedToken) format.parse(fresh.value());

        assertThat(text).startsWith("secret-token:pub-");
        assertThat(token.publicKey()).isEqualTo(fresh.displayPrefix()).isEqualTo(text.substring(13, 37));
        assertThat(token.secret().expose()).isEqualTo(text.substring(38));
        assertThat(format.minLength()).isEqualTo(4 + 43 + 6);
        String otherKey =
                format.generate(TokenEnvironment.LIVE, random).value().expose().substring(0, 38);
        assertThat(parses(format, otherKey + text.substring(38)))
                .as("the checksum covers the key")
                .isFalse();
    }

    @Test
    void without_a_prefix_only_the_whole_shape_is_claimed() {
        TokenFormat cloudflare = ProviderFormat.CLOUDFLARE.format();
        TokenFormat telegram = ProviderFormat.TELEGRAM.format();

        assertThat(cloudflare.recognizes(Secret.of("a".repeat(40)))).isTrue();
        assertThat(cloudflare.recognizes(Secret.of("a".repeat(39)))).isFalse();
        assertThat(cloudflare.recognizes(Secret.of("sk_live_lectern_8aJ4"))).isFalse();
        assertThat(telegram.recognizes(Secret.of("12345678:" + "a".repeat(35)))).isTrue();
        assertThat(telegram.recognizes(Secret.of("12345678:"))).isFalse();
        assertThat(ProviderFormat.SECRET_TOKEN.format().recognizes(Secret.of("secret-token:acme_")))
                .isTrue();
        assertThat(ProviderFormat.SECRET_TOKEN.format().recognizes(Secret.of("secret-token:")))
                .isFalse();
    }

    @Test
    void the_shortest_secret_part_is_reported() {
        assertThat(ProviderFormat.GITHUB.format().minLength()).isEqualTo(40);
        assertThat(ProviderFormat.STRIPE.format().minLength()).isEqualTo(8 + 24);
        assertThat(ProviderFormat.TEACHARIUM.format().minLength()).isEqualTo(6 + 43);
        assertThat(ProviderFormat.LEARN_COIN.format().minLength()).isEqualTo(9 + 32);
    }

    @Test
    void formats_that_could_be_guessed_or_read_in_two_ways_are_not_built() {
        TokenBody long62 = TokenBody.of(BASE62, 43);
        // Every body is checked, including bodies of older tokens only; for a variable length, the minimum counts.
        refused("body", TokenFormat.builder().prefix("a_").body(long62, TokenBody.of(BASE62, 21)));
        refused("body", TokenFormat.builder().prefix("a_").body(TokenBody.of(BASE62, 21, 43)));
        refused("body", TokenFormat.builder().prefix("a_").body(long62, TokenBody.literal("a".repeat(43))));
        refused(
                "body",
                TokenFormat.builder()
                        .prefix("a_")
                        .body(TokenBody.sequence(TokenBody.of(BASE62, 21), TokenBody.literal("T3BlbkFJ"))));
        refused("body", TokenFormat.builder().prefix("glpat-").body(TokenBody.of(TokenBody.BASE64_URL, 20)));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenFormat.builder().prefix("a_", "a_"))
                .withMessageStartingWith("prefix must be added once, but a_ was added before");
        refused("prefix", TokenFormat.builder().prefix("a_", "a_b").body(TokenBody.of(BASE62, 42), long62));
        refused("prefix", TokenFormat.builder().prefix("a_b", "a_").body(TokenBody.of(BASE62, 40, 43)));
        accepted(TokenFormat.builder().prefix("a_b", "a_").body(long62));
        accepted(TokenFormat.builder().prefix("a_-", "a_").body(TokenBody.of(BASE62, 42), long62));
        accepted(TokenFormat.builder().prefix("new_", "").body(long62));
        refused(
                "prefix",
                TokenFormat.builder()
                        .prefix(TokenEnvironment.LIVE, "a_", "b_")
                        .prefix(TokenEnvironment.TEST, "c_", "b_-")
                        .body(long62));
        // A column holds 128 characters, which must fit the displayed prefix followed by the "~1" of a salted hash's
        // selector.
        refused("prefix", TokenFormat.builder().prefix("a".repeat(127)).body(long62));
        refused(
                "prefix",
                TokenFormat.builder().prefix("a".repeat(123)).body(long62).visibleCharacters(4));
        accepted(TokenFormat.builder().prefix("a".repeat(122)).body(long62).visibleCharacters(4));

        refused("publicKey", key("k_", TokenBody.of(BASE62, 20, 21), "a"));
        refused("publicKey", key("k_", TokenBody.base58(16), "1."));
        refused("publicKey", key("k_", TokenBody.of(BASE62, 20), ""));
        refused("publicKey", key("k_", TokenBody.of(BASE62, 127), "."));
        accepted(key("k_", TokenBody.of(BASE62, 126), "."));
        refused("publicKey", key("k_", TokenBody.literal("all"), "."));
        refused("publicKey", key("k_", TokenBody.sequence(TokenBody.of(BASE62, 9, 10), TokenBody.literal(".")), "."));
        refused("publicKey separator", key("k_", TokenBody.of(BASE62, 20), ", "));
        accepted(key("k_", TokenBody.of(BASE62, 20, 21), ".a"));
        accepted(key("k_", TokenBody.base58(16), "0"));
        accepted(key("k_", TokenBody.of(BASE62, 20), "a"));
        refused("prefix", key("k_", TokenBody.of(BASE62, 20), ".").prefix("s".repeat(128) + "_"));
        accepted(key("k_", TokenBody.of(BASE62, 20), ".").prefix("s".repeat(127) + "_"));
    }

    private static TokenFormatBuilder key(String prefix, TokenBody body, String separator) {
        return TokenFormat.builder()
                .publicKey(prefix, body, separator)
                .prefix("s_")
                .body(TokenBody.of(BASE62, 43));
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "/", "?", "%", "\"", "<", "[", "\\", "^", "`", "{", "|"})
    void a_uri_holds_no_character_that_would_have_to_be_encoded(String character) {
        String alphabet = BASE62 + character;
        TokenBody body = TokenBody.of(BASE62, 43);

        refused(
                "secretTokenUri",
                TokenFormat.builder().prefix("a" + character).body(body).secretTokenUri());
        refused(
                "secretTokenUri",
                TokenFormat.builder()
                        .prefix("a_")
                        .body(TokenBody.of(alphabet, 43))
                        .secretTokenUri());
        refused(
                "secretTokenUri",
                key("k" + character, TokenBody.of(BASE62, 20), ".").secretTokenUri());
        refused("secretTokenUri", key("k_", TokenBody.of(alphabet, 20), ".").secretTokenUri());
        refused(
                "secretTokenUri",
                key("k_", TokenBody.of(BASE62, 20), "." + character).secretTokenUri());
        TokenChecksum crc = TokenChecksum.crc32(BASE62, 6);
        refused(
                "secretTokenUri",
                TokenFormat.builder()
                        .prefix("a_")
                        .body(body)
                        .checksum(crc.after(character))
                        .secretTokenUri());
        refused(
                "secretTokenUri",
                TokenFormat.builder()
                        .prefix("a_")
                        .body(body)
                        .checksum(TokenChecksum.crc32(alphabet, 6))
                        .secretTokenUri());
        TokenBody sequence = TokenBody.sequence(body, TokenBody.literal("a" + character));
        refused(
                "secretTokenUri",
                TokenFormat.builder().prefix("a_").body(sequence).secretTokenUri());
        accepted(TokenFormat.builder().prefix("a" + character).body(TokenBody.of(alphabet, 43)));
    }

    @Test
    void a_uri_holds_all_that_needs_no_encoding() {
        String all = BASE62 + "-._~!$&'()*+;=:@";
        accepted(TokenFormat.builder().prefix(all).body(TokenBody.of(all, 43)).secretTokenUri());
    }

    private static void refused(String part, TokenFormatBuilder builder) {
        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageStartingWith(part + " ");
    }

    private static void accepted(TokenFormatBuilder builder) {
        assertThat(builder.build().prefixes(TokenEnvironment.LIVE)).isNotEmpty();
    }

    @Test
    void a_body_whose_length_varies_is_drawn_at_its_longest() {
        TokenBody body = TokenBody.of("ab", 128, 200);
        TokenFormat format = TokenFormat.builder().prefix("a_").body(body).build();

        assertThat(format.generate(TokenEnvironment.LIVE, random).value().expose())
                .hasSize(202);
        assertThat(List.of(127, 128, 150, 200, 201).stream()
                        .filter(length -> parses(format, "a_" + "b".repeat(length)))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(128, 150, 200);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenBody.of("ab", 3, 2))
                .withMessage("minLength must be at most maxLength, 2, was 3");
    }
}
