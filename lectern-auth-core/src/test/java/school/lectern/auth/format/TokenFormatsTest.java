package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.format.TokenBody.BASE36;
import static school.lectern.auth.format.TokenBody.BASE62;
import static school.lectern.auth.format.TokenBody.BASE64_URL;
import static school.lectern.auth.format.TokenBody.DIGITS;
import static school.lectern.auth.format.TokenBody.HEX;
import static school.lectern.auth.format.TokenBody.literal;
import static school.lectern.auth.format.TokenBody.of;
import static school.lectern.auth.format.TokenBody.sequence;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TokenFormatsTest {

    private static final TokenEnvironment SANDBOX = TokenEnvironment.of("sandbox");
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final TokenFormat CLASSIC = TokenFormat.builder()
            .prefix("ghp_", "gho_")
            .body(of(BASE62, 30))
            .checksum(TokenChecksum.crc32(BASE62, 6))
            .build();
    private static final TokenFormat FINE_GRAINED = TokenFormat.builder()
            .prefix("github_pat_")
            .body(sequence(of(BASE62, 22), literal("_"), of(BASE62, 59)))
            .build();
    private static final TokenFormat HEX_DIGITS =
            TokenFormat.builder().prefix("").body(of(HEX, 40)).build();

    private static Map<String, TokenFormat> named(Object... namesAndFormats) {
        Map<String, TokenFormat> named = new LinkedHashMap<>();
        for (int i = 0; i < namesAndFormats.length; i += 2) {
            named.put((String) namesAndFormats[i], (TokenFormat) namesAndFormats[i + 1]);
        }
        return named;
    }

    private static final TokenFormats GITHUB =
            new TokenFormats(named("classic", CLASSIC, "fine-grained", FINE_GRAINED), List.of(HEX_DIGITS), List.of());

    private static String text(TokenFormat format, TokenEnvironment environment) {
        return format.generate(environment, RANDOM).value().expose();
    }

    @Test
    void tokens_of_every_format_are_parsed_and_recognized() {
        for (TokenFormat format : List.of(CLASSIC, FINE_GRAINED, HEX_DIGITS)) {
            String token = text(format, TokenEnvironment.LIVE);
            assertThat(GITHUB.parse(Secret.of(token))).isInstanceOf(PresentedToken.class);
            assertThat(GITHUB.recognizes(Secret.of(token))).isTrue();
            assertThat(GITHUB.parse(Secret.of(token + "x"))).isEqualTo(CredentialProblem.TOKEN);
            assertThat(GITHUB.redacted("/repos/" + token + "/x")).doesNotContain(token.substring(20));
        }
        assertThat(GITHUB.leadingLiterals()).containsExactly("ghp_", "gho_", "github_pat_", "");
        assertThat(GITHUB.scannerRules()).hasSize(3);
    }

    @Test
    void the_first_format_is_that_of_new_tokens_unless_another_is_named() {
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, null, null)).contains(CLASSIC);
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, "fine-grained", null)).contains(FINE_GRAINED);
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, null, "github_pat_")).contains(FINE_GRAINED);
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, null, "gho_")).contains(CLASSIC);
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, "fine-grained", "gho_"))
                .isEmpty();
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, "old", null)).isEmpty();
        assertThat(GITHUB.names()).containsExactly("classic", "fine-grained");
    }

    @Test
    void a_legacy_format_is_verified_and_never_issued() {
        assertThat(GITHUB.issues(HEX_DIGITS)).isFalse();
        assertThat(GITHUB.issuing(TokenEnvironment.LIVE, null, "")).isEmpty();
        String token = text(HEX_DIGITS, TokenEnvironment.LIVE);
        PresentedToken parsed = (PresentedToken) GITHUB.parse(Secret.of(token));
        assertThat(GITHUB.showing(TokenEnvironment.LIVE, parsed.displayPrefix()))
                .contains(HEX_DIGITS);
    }

    @Test
    void formats_may_share_a_prefix_and_differ_in_their_bodies() {
        TokenFormat old = TokenFormat.builder()
                .prefix("glpat-")
                .body(of(BASE64_URL, 20))
                .minHiddenBits(120)
                .build();
        TokenFormat routable = TokenFormat.builder()
                .prefix("glpat-")
                .body(sequence(of(BASE64_URL, 27, 300), literal("."), of(BASE36, 2)))
                .checksum(TokenChecksum.crc32(BASE36, 7)
                        .over(TokenChecksum.Input.TOKEN_AND_SEPARATOR)
                        .after("."))
                .build();
        TokenFormats gitlab = new TokenFormats(named("routable", routable, "old", old), List.of(), List.of());
        for (TokenFormat format : List.of(old, routable)) {
            assertThat(gitlab.parse(Secret.of(text(format, TokenEnvironment.LIVE))))
                    .isInstanceOf(PresentedToken.class);
        }
    }

    @Test
    void environments_are_those_that_the_prefixes_name_or_live_and_test() {
        assertThat(GITHUB.environments()).containsExactly(TokenEnvironment.LIVE, TokenEnvironment.TEST);
        TokenFormat own = TokenFormat.builder()
                .prefix(SANDBOX, "sandbox_")
                .prefix(TokenEnvironment.of("production"), "production_")
                .body(of(BASE62, 32))
                .build();
        TokenFormats formats = new TokenFormats(named("default", own), List.of(), List.of());
        assertThat(formats.environments()).containsExactly(SANDBOX, TokenEnvironment.of("production"));
        assertThat(formats.defaultEnvironment()).isEqualTo(SANDBOX);
        assertThat(GITHUB.defaultEnvironment()).isEqualTo(TokenEnvironment.LIVE);
        PresentedToken parsed = (PresentedToken) formats.parse(Secret.of(text(own, SANDBOX)));
        assertThat(parsed.environment()).isEqualTo(SANDBOX);
        assertThat(new TokenFormats(named("default", HEX_DIGITS), List.of(), List.of(SANDBOX)).environments())
                .containsExactly(SANDBOX);
    }

    @Test
    void an_environment_that_no_token_can_have_is_refused() {
        TokenFormat live = TokenFormat.builder()
                .prefix(TokenEnvironment.LIVE, "live_")
                .body(of(BASE62, 32))
                .build();
        assertThatThrownBy(() ->
                        new TokenFormats(named("default", live), List.of(), List.of(TokenEnvironment.LIVE, SANDBOX)))
                .hasMessageContaining("no new token can be of the environment sandbox");
        assertThatThrownBy(() -> new TokenFormats(named("default", live), List.of(), List.of(SANDBOX)))
                .hasMessageContaining("[sandbox] does not name live");
        assertThatThrownBy(() -> new TokenFormats(
                        named("default", CLASSIC), List.of(), List.of(TokenEnvironment.LIVE, TokenEnvironment.LIVE)))
                .hasMessageContaining("once each");
        assertThatThrownBy(() -> new TokenFormats(Map.of(), List.of(CLASSIC), List.of()))
                .hasMessageContaining("format must be set");
    }

    @Test
    void a_token_that_two_formats_read_differently_is_refused() {
        TokenFormat parts = TokenFormat.builder()
                .publicKey("", of(DIGITS, 8, 10), ":")
                .prefix("")
                .body(of(BASE62, 35))
                .build();
        TokenFormat whole = TokenFormat.builder()
                .prefix("")
                .body(sequence(of(DIGITS, 8), literal(":"), of(BASE62, 35)))
                .build();
        assertThatThrownBy(() -> new TokenFormats(named("a", parts, "b", whole), List.of(), List.of()))
                .hasMessageContaining("format must be unambiguous");
        TokenFormat test = TokenFormat.builder()
                .prefix(TokenEnvironment.TEST, "gh")
                .body(of(BASE62 + "_", 38))
                .build();
        assertThatThrownBy(() -> new TokenFormats(named("a", CLASSIC, "b", test), List.of(), List.of()))
                .hasMessageContaining("format must be unambiguous");
        assertThat(new TokenFormats(named("a", parts), List.of(), List.of()).havePublicKeys())
                .isTrue();
        assertThat(new TokenFormats(named("a", parts, "b", CLASSIC), List.of(), List.of()).havePublicKeys())
                .isFalse();
    }

    @Test
    void names_of_environments_are_lower_case_ascii() {
        assertThat(TokenEnvironment.of("live")).isSameAs(TokenEnvironment.LIVE);
        assertThat(TokenEnvironment.of("a" + "0".repeat(31)).name()).hasSize(32);
        for (String wrong : List.of("", "Live", "1a", "a".repeat(33), "a b", "\u00e9a", "a\n")) {
            assertThatThrownBy(() -> TokenEnvironment.of(wrong)).hasMessageStartingWith("environment must be");
        }
    }
}
