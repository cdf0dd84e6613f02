package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.format.TokenBody.BASE62;
import static school.lectern.auth.format.TokenBody.BASE64_URL;
import static school.lectern.auth.format.TokenBody.DIGITS;
import static school.lectern.auth.format.TokenBody.HEX;
import static school.lectern.auth.format.TokenBody.literal;
import static school.lectern.auth.format.TokenBody.of;
import static school.lectern.auth.format.TokenBody.sequence;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A format accepts, displays and finds every token that it generates, also with unusual options. */
class GeneratedTokenTest {

    private static final TokenBody LONG = of(BASE62, 43);

    private final SecureRandom random = new SecureRandom();

    static Stream<TokenFormatBuilder> odd() {
        return Stream.of(
                key("", of(BASE64_URL + ".", 31), "."),
                key("", of("._", 8), "."),
                key("", of("._", 8), "._"),
                key(".", of("._", 8), ".."),
                key("k.", of("._", 8), "._.").prefix("._"),
                key("", TokenBody.base64Url(5), "-"),
                key("", sequence(literal("."), of(DIGITS, 5), literal(".")), ".")
                        .prefix("."),
                key("", sequence(of(DIGITS, 1, 5), literal("-"), of(HEX, 3, 7)), "."),
                key("", of(".:", 9), ":").prefix(":").body(of(".:", 130)),
                key("", of(".:", 9), ":").prefix(":").body(of(".:", 130)).secretTokenUri(),
                key("secret-token:", of("secrt-okn:", 9), ":").secretTokenUri(),
                TokenFormat.builder()
                        .publicKey("", of(".:", 9), ":")
                        .prefix(TokenEnvironment.LIVE, ".")
                        .prefix(TokenEnvironment.TEST, ":")
                        .body(LONG),
                TokenFormat.builder()
                        .prefix("")
                        .body(sequence(literal("-."), of("-.", 140, 150), literal(".-")))
                        .visibleCharacters(5));
    }

    private static TokenFormatBuilder key(String prefix, TokenBody body, String separator) {
        return TokenFormat.builder()
                .publicKey(prefix, body, separator)
                .prefix("")
                .body(LONG);
    }

    @ParameterizedTest
    @MethodSource("odd")
    void ten_thousand_tokens_of_an_odd_format_are_read_back(TokenFormatBuilder builder) {
        TokenFormat format = builder.build();
        for (int i = 0; i < 5_000; i++) {
            for (TokenEnvironment environment : List.of(TokenEnvironment.LIVE, TokenEnvironment.TEST)) {
                requireReadBack(format, environment, format.generate(environment, random));
            }
        }
    }

    @Test
    void ten_drawn_tokens_of_each_random_format_are_read_back() {
        int accepted = 0;
        int twoParts = 0;
        for (int seed = 0; seed < 3_000; seed++) {
            Optional<TokenFormat> built = build(new RandomFormat(seed));
            if (built.isEmpty()) {
                continue;
            }
            TokenFormat format = built.get();
            Pattern rule = Pattern.compile(format.scannerRule());
            accepted++;
            twoParts += format.hasPublicKey() ? 1 : 0;
            for (int i = 0; i < 10; i++) {
                TokenEnvironment environment = i % 2 == 0 ? TokenEnvironment.LIVE : TokenEnvironment.TEST;
                List<String> prefixes = format.prefixes(environment);
                String prefix = prefixes.get(i % prefixes.size());
                GeneratedToken fresh = format.generate(environment, prefix, random);
                requireReadBack(format, environment, fresh);
                requireFound(rule, fresh.value().expose());
                assertThat(format.hasPublicKey()
                                || format.shownPrefix(environment, fresh.displayPrefix())
                                        .equals(Optional.of(prefix)))
                        .as(rule.pattern())
                        .isTrue();
            }
        }
        assertThat(accepted).isGreaterThan(500);
        assertThat(twoParts).isBetween(150, accepted - 150);
    }

    private static Optional<TokenFormat> build(RandomFormat random) {
        try {
            return Optional.of(random.next().build());
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
    }

    private static void requireReadBack(TokenFormat format, TokenEnvironment environment, GeneratedToken fresh) {
        String text = fresh.value().expose();
        ParsedCredential parsed = format.parse(fresh.value());

        assertThat(parsed).as(() -> text + " by " + format.scannerRule()).isInstanceOf(PresentedToken.class);
        PresentedToken token = (PresentedToken) parsed;
        assertThat(token.publicKey()).isEqualTo(fresh.token().publicKey());
        assertThat(token.secret()).isEqualTo(fresh.token().secret());
        assertThat(token.environment()).isIn(environment, null);
        assertThat(token.secret().expose().length()).isGreaterThanOrEqualTo(format.minLength());
        assertThat(format.shownPrefix(environment, fresh.displayPrefix()))
                .as(text)
                .isPresent();
        assertThat(format.hasPublicKey() ? token.publicKey() : token.displayPrefix())
                .isEqualTo(fresh.displayPrefix());
        assertThat(format.recognizes(fresh.value())).isTrue();
    }

    private static void requireFound(Pattern rule, String token) {
        Matcher matcher = rule.matcher("token \"" + token + "\" and " + token + '\n');
        for (int i = 0; i < 2; i++) {
            assertThat(matcher.find()).as("%s by %s", token, rule).isTrue();
            assertThat(matcher.group(1)).as(rule.pattern()).isEqualTo(token);
        }
        assertThat(matcher.find()).isFalse();
    }

    /** Formats with short alphabets, so that texts often have the same characters, and with all options. */
    private static final class RandomFormat {
        private static final List<String> ALPHABETS =
                List.of("ab", "a.", "._-", "-_.", "ab.-_", HEX, BASE62, BASE64_URL, DIGITS);
        private static final List<String> TEXTS =
                List.of("", "a", "b", "ab", ".", "-", "_", "..", "a.", ".a", "aba", "sk-", "sk_", "1");

        private final Random random;

        RandomFormat(long seed) {
            this.random = new Random(seed);
        }

        TokenFormatBuilder next() {
            TokenFormatBuilder builder = TokenFormat.builder().minHiddenBits(64 + random.nextInt(65));
            if (random.nextBoolean()) {
                builder.publicKey(text(), body(1), text());
            } else {
                builder.visibleCharacters(random.nextInt(9));
            }
            if (random.nextBoolean()) {
                builder.prefix(text(), texts());
            } else {
                builder.prefix(TokenEnvironment.LIVE, text(), texts()).prefix(TokenEnvironment.TEST, text(), texts());
            }
            builder.body(body(60), random.nextBoolean() ? new TokenBody[0] : new TokenBody[] {body(60)});
            if (random.nextInt(4) == 0) {
                TokenChecksum checksum = TokenChecksum.crc32(one(ALPHABETS), 32).after(text());
                builder.checksum(checksum.over(one(List.of(TokenChecksum.Input.values()))));
            }
            return random.nextInt(8) == 0 ? builder.secretTokenUri() : builder;
        }

        private TokenBody body(int least) {
            return switch (random.nextInt(6)) {
                case 0 -> TokenBody.base58(least / 2 + 1 + random.nextInt(10));
                case 1 -> TokenBody.base64Url(least / 2 + 1 + random.nextInt(10));
                case 2 -> characters(least);
                default ->
                    sequence(Stream.generate(() -> piece(least))
                            .limit(1L + random.nextInt(5))
                            .toArray(TokenBody[]::new));
            };
        }

        private TokenBody piece(int least) {
            return random.nextBoolean()
                    ? literal(one(TEXTS.subList(1, TEXTS.size())))
                    : random.nextInt(8) == 0 ? body(1) : characters(least);
        }

        private TokenBody characters(int least) {
            int shortest = least + random.nextInt(10);
            return of(one(ALPHABETS), shortest, shortest + Math.max(0, random.nextInt(12) - 6));
        }

        private String[] texts() {
            return Stream.generate(this::text).limit(random.nextInt(3)).toArray(String[]::new);
        }

        private String text() {
            return one(TEXTS);
        }

        private <T> T one(List<T> all) {
            return all.get(random.nextInt(all.size()));
        }
    }
}
