package school.lectern.auth.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;

class CarriersTest {

    private static final String TOKEN = "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1234";

    private static final Carriers BEARER = new Carriers(List.of(Carrier.bearer()), List.of(), List.of());

    /** The headers of a request by their names in lower case, and its query. */
    private record Request(Map<String, List<String>> headers, String sentQuery) implements CredentialSource {

        static Request of(String... authorization) {
            return new Request(Map.of("authorization", List.of(authorization)), null);
        }

        Request with(String header, String... values) {
            Map<String, List<String>> more = new HashMap<>(headers);
            more.put(header.toLowerCase(Locale.ROOT), List.of(values));
            return new Request(more, sentQuery);
        }

        Request withQuery(String query) {
            return new Request(headers, query);
        }

        @Override
        public List<Secret> credentials(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream()
                    .map(Secret::of)
                    .toList();
        }

        @Override
        public Secret query() {
            return sentQuery == null ? null : Secret.of(sentQuery);
        }
    }

    private static ParsedCredential parse(String... values) {
        return BEARER.parse(Request.of(values), Lectern.DIALECT.formats());
    }

    private static boolean claimed(String... values) {
        return BEARER.recognizes(Request.of(values), Lectern.DIALECT.formats());
    }

    private static Carriers in(Carrier... carriers) {
        return new Carriers(List.of(carriers), List.of(), List.of());
    }

    private static ParsedCredential parse(Carriers carriers, Request request) {
        return carriers.parse(request, Lectern.DIALECT.formats());
    }

    private static void finds(String token, ParsedCredential parsed) {
        assertThat(parsed)
                .isInstanceOfSatisfying(
                        PresentedToken.class,
                        found -> assertThat(found.secret().expose()).isEqualTo(token));
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
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
        TokenFormats formats = new TokenFormats(Map.of("default", format), List.of(), List.of());
        String text = format.generate(TokenEnvironment.LIVE, new SecureRandom())
                .value()
                .expose();
        for (String value : new String[] {"Bearer " + text, "Bearer   " + text + "  "}) {
            PresentedToken token = (PresentedToken) BEARER.parse(Request.of(value), formats);
            assertThat(token.secret().expose()).isEqualTo(text);
            assertThat(token.displayPrefix()).isEqualTo(text.substring(0, "secret-token:ghp_".length() + 4));
        }
        String cut = text.substring(0, text.length() - 1);
        assertThat(BEARER.parse(Request.of("Bearer " + cut), formats)).isEqualTo(CredentialProblem.TOKEN);
        assertThat(BEARER.parse(Request.of("Bearer " + cut + " "), formats)).isEqualTo(CredentialProblem.TOKEN);
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

    @Test
    void another_scheme_is_parsed_like_bearer() {
        Carriers bot = in(Carrier.scheme("Bot"), Carrier.bearer());
        finds(TOKEN, parse(bot, Request.of("Bot " + TOKEN)));
        finds(TOKEN, parse(bot, Request.of("bOT   " + TOKEN + " ")));
        finds(TOKEN, parse(bot, Request.of("Bearer " + TOKEN)));
        assertThat(parse(bot, Request.of("Bots " + TOKEN))).isEqualTo(CredentialProblem.OTHER_SCHEME);
        assertThat(parse(bot, Request.of("Bot"))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(bot, Request.of("Bot\t" + TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(in(Carrier.scheme("Bot")), Request.of("Bearer " + TOKEN)))
                .isEqualTo(CredentialProblem.OTHER_SCHEME);
        Carriers kelvin = in(Carrier.scheme("token"));
        assertThat(parse(kelvin, Request.of("to\u212aen " + TOKEN))).isEqualTo(CredentialProblem.OTHER_SCHEME);
        finds(TOKEN, parse(kelvin, Request.of("TOKEN " + TOKEN)));
    }

    @Test
    void the_whole_value_of_a_header_is_a_token() {
        Carriers header = in(Carrier.header("X-API-Key"));
        Request none = Request.of();
        finds(TOKEN, parse(header, none.with("x-api-key", TOKEN)));
        finds(TOKEN, parse(header, none.with("X-API-KEY", " " + TOKEN + "  ")));
        assertThat(parse(header, none)).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(header, none.with("X-API-Key", ""))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, none.with("X-API-Key", "  "))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, none.with("X-API-Key", TOKEN, TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, none.with("X-API-Key", TOKEN + "," + TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, none.with("X-API-Key", "Bearer " + TOKEN))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(header, none.with("X-API-Key", TOKEN + "\t"))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(header, none.with("X-API-Key", TOKEN + "a".repeat(7_000))))
                .isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void a_header_that_is_no_carrier_does_not_count() {
        finds(
                TOKEN,
                parse(in(Carrier.header("X-API-Key")), Request.of("Basic dTpw").with("X-API-Key", TOKEN)));
        finds(TOKEN, parse(BEARER, Request.of("Bearer " + TOKEN).with("X-API-Key", TOKEN)));
    }

    @Test
    void two_carriers_are_malformed_whatever_they_contain() {
        Carriers both = in(Carrier.bearer(), Carrier.header("X-API-Key"), Carrier.unsafeQueryParameter("key"));
        for (String authorization : new String[] {"Bearer " + TOKEN, "Basic dTpw", "Bearer", ""}) {
            for (String header : new String[] {TOKEN, "x", ""}) {
                Request request = Request.of(authorization).with("X-API-Key", header);
                assertThat(parse(both, request)).isEqualTo(CredentialProblem.CREDENTIAL);
            }
            for (String query : new String[] {"key=" + TOKEN, "key=", "key", "k%65y=x"}) {
                assertThat(parse(both, Request.of(authorization).withQuery(query)))
                        .isEqualTo(CredentialProblem.CREDENTIAL);
            }
        }
        assertThat(parse(both, Request.of().with("X-API-Key", TOKEN).withQuery("key=" + TOKEN)))
                .isEqualTo(CredentialProblem.CREDENTIAL);
        finds(TOKEN, parse(both, Request.of().withQuery("key=" + TOKEN)));
        finds(TOKEN, parse(both, Request.of("Bearer " + TOKEN).withQuery("keys=x&other")));
    }

    @Test
    void a_named_scheme_of_the_application_is_exempt_unless_a_token_is_beside_it() {
        Carriers foreign =
                new Carriers(List.of(Carrier.bearer(), Carrier.header("X-API-Key")), List.of("Basic"), List.of());
        Request login = Request.of("basic dTpw");
        assertThat(parse(foreign, login)).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(foreign, login.with("X-API-Key", TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(foreign, login.with("X-API-Key", "x"))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(foreign, Request.of("Digest x").with("X-API-Key", TOKEN)))
                .isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(foreign, Request.of("Basic dTpw", "Basic dTpw"))).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @Test
    void a_foreign_scheme_counts_beside_a_token_even_if_no_scheme_carries_tokens() {
        Carriers header = new Carriers(List.of(Carrier.header("X-API-Key")), List.of("Basic"), List.of());
        Request both = Request.of("Basic dTpw").with("X-API-Key", TOKEN);
        assertThat(parse(header, both)).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, Request.of("Basic dTpw", "Basic dTpw").with("X-API-Key", TOKEN)))
                .isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, Request.of("Digest x", "Basic dTpw").with("X-API-Key", TOKEN)))
                .isEqualTo(CredentialProblem.CREDENTIAL);
        finds(TOKEN, parse(header, Request.of("Digest x").with("X-API-Key", TOKEN)));
        assertThat(parse(header, Request.of("Basic dTpw"))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
    }

    @Test
    void a_request_that_another_site_can_forge_is_distinguished() {
        Carriers carriers = in(
                Carrier.bearer(),
                Carrier.header("X-API-Key"),
                Carrier.basicUserName(),
                Carrier.unsafeQueryParameter("key"));
        TokenFormats formats = Lectern.DIALECT.formats();
        assertThat(carriers.recognizesUnforgeable(Request.of("Bearer " + TOKEN), formats))
                .isTrue();
        assertThat(carriers.recognizesUnforgeable(Request.of().with("X-API-Key", TOKEN), formats))
                .isTrue();
        assertThat(carriers.recognizesUnforgeable(Request.of(basic(TOKEN + ":")), formats))
                .isFalse();
        assertThat(carriers.recognizesUnforgeable(Request.of("basic " + TOKEN), formats))
                .isFalse();
        assertThat(carriers.recognizesUnforgeable(Request.of().withQuery("key=" + TOKEN), formats))
                .isFalse();
    }

    @Test
    void basic_carries_a_token_as_the_user_name() {
        Carriers user = in(Carrier.basicUserName(), Carrier.bearer());
        finds(TOKEN, parse(user, Request.of(basic(TOKEN + ":"))));
        finds(TOKEN, parse(user, Request.of(basic(TOKEN + ":X").replace("Basic ", "BASIC   ") + " ")));
        finds(TOKEN, parse(user, Request.of("Bearer " + TOKEN)));
        assertThat(parse(user, Request.of(basic(TOKEN + ":" + TOKEN)))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(user, Request.of(basic("x:" + TOKEN)))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(user, Request.of(basic(":" + TOKEN)))).isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @Test
    void basic_carries_a_token_as_the_password() {
        Carriers password = in(Carrier.basicPassword());
        finds(TOKEN, parse(password, Request.of(basic(":" + TOKEN))));
        finds(TOKEN, parse(password, Request.of(basic("j\u00fcrgen:" + TOKEN))));
        assertThat(parse(password, Request.of(basic(TOKEN + ":x")))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(password, Request.of(basic("x:a:" + TOKEN)))).isEqualTo(CredentialProblem.TOKEN);
        Carriers both = in(Carrier.basicUserName(), Carrier.basicPassword());
        finds(TOKEN, parse(both, Request.of(basic("x:" + TOKEN))));
        finds(TOKEN, parse(both, Request.of(basic(TOKEN + ":x"))));
        assertThat(parse(both, Request.of(basic("x:x")))).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void basic_carries_the_two_parts_of_a_token() {
        Carriers parts = in(Carrier.basicParts());
        GeneratedToken token = Teacharium.DIALECT.format().generate(TokenEnvironment.LIVE, new SecureRandom());
        String key = token.token().publicKey();
        String secret = token.token().secret().expose();
        ParsedCredential parsed = parts.parse(Request.of(basic(key + ":" + secret)), Teacharium.DIALECT.formats());
        finds(secret, parsed);
        assertThat(((PresentedToken) parsed).publicKey()).isEqualTo(key);
        for (String wrong :
                new String[] {key + ":", ":" + secret, key + "." + secret + ":x", ":", secret + ":" + key}) {
            assertThat(parts.parse(Request.of(basic(wrong)), Teacharium.DIALECT.formats()))
                    .isInstanceOf(CredentialProblem.class);
        }
        assertThat(parts.recognizes(Request.of(basic(key + ":" + secret)), Teacharium.DIALECT.formats()))
                .isTrue();
    }

    private static final TokenFormats BARE_PARTS = new TokenFormats(
            Map.of(
                    "default",
                    TokenFormat.builder()
                            .publicKey("", TokenBody.of(TokenBody.DIGITS, 8, 10), ":")
                            .prefix("")
                            .body(TokenBody.of(TokenBody.BASE64_URL, 35))
                            .build()),
            List.of(),
            List.of());

    @Test
    void two_parts_without_a_prefix_are_recognized_together() {
        String secret = "a".repeat(35);
        Request basic = Request.of(basic("123456789:" + secret));
        finds(secret, in(Carrier.basicParts()).parse(basic, BARE_PARTS));
        assertThat(in(Carrier.basicParts()).recognizes(basic, BARE_PARTS)).isTrue();
        assertThat(in(Carrier.basicParts()).recognizes(Request.of(basic("123456789:x")), BARE_PARTS))
                .isFalse();
        Request headers = Request.of().with("X-Id", "123456789").with("X-Secret", secret);
        Carriers inHeaders = in(Carrier.headerParts("X-Id", "X-Secret"));
        finds(secret, inHeaders.parse(headers, BARE_PARTS));
        assertThat(inHeaders.recognizes(headers, BARE_PARTS)).isTrue();
        assertThat(inHeaders.recognizesUnforgeable(headers, BARE_PARTS)).isTrue();
        assertThat(inHeaders.tokens(headers, BARE_PARTS))
                .singleElement()
                .satisfies(token -> assertThat(token.whole().expose()).isEqualTo("123456789:" + secret));
        assertThat(new Carriers(List.of(Carrier.headerParts("X-Id", "X-Secret")), List.of("Digest"), List.of())
                        .parse(headers.with("Authorization", "Digest x"), BARE_PARTS))
                .isEqualTo(CredentialProblem.CREDENTIAL);
    }

    @Test
    void two_headers_together_are_one_credential() {
        Carriers parts = in(Carrier.headerParts("X-Id", "X-Secret"), Carrier.bearer());
        TokenFormats formats = Teacharium.DIALECT.formats();
        GeneratedToken token = Teacharium.DIALECT.format().generate(TokenEnvironment.LIVE, new SecureRandom());
        String key = token.token().publicKey();
        String secret = token.token().secret().expose();
        Request both = Request.of().with("X-Id", key).with("X-Secret", secret);
        finds(secret, parts.parse(both, formats));
        finds(secret, parts.parse(Request.of("Bearer " + token.value().expose()), formats));
        assertThat(parts.recognizes(Request.of().with("X-Id", key), formats)).isTrue();
        assertThat(parts.parse(Request.of(), formats)).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        for (Request wrong : List.of(
                Request.of().with("X-Id", key),
                Request.of().with("X-Secret", secret),
                Request.of().with("X-Id", key).with("X-Secret", ""),
                Request.of().with("X-Id", key + ", " + key).with("X-Secret", secret),
                Request.of().with("X-Id", key, key).with("X-Secret", secret),
                Request.of().with("X-Id", key).with("X-Secret", secret, secret),
                both.with("Authorization", "Bearer x"),
                Request.of("Bearer " + token.value().expose()).with("X-Id", ""))) {
            assertThat(parts.parse(wrong, formats)).isEqualTo(CredentialProblem.CREDENTIAL);
        }
        assertThat(parts.parse(Request.of().with("X-Id", secret).with("X-Secret", key), formats))
                .isEqualTo(CredentialProblem.TOKEN);
        assertThat(parts.headerNames()).containsExactly("Authorization", "X-Id", "X-Secret");
        assertThat(parts.presenting(token.value(), formats))
                .extracting(header -> header.name() + ": " + header.value().expose())
                .containsExactly("X-Id: " + key, "X-Secret: " + secret);
    }

    @Test
    void a_whole_authorization_header_is_a_token_without_a_scheme() {
        Carriers bare = in(Carrier.authorization(), Carrier.bearer(), Carrier.basicUserName());
        finds(TOKEN, parse(bare, Request.of(TOKEN)));
        finds(TOKEN, parse(bare, Request.of(TOKEN + "  ")));
        finds(TOKEN, parse(bare, Request.of("Bearer " + TOKEN)));
        finds(TOKEN, parse(bare, Request.of(basic(TOKEN + ":"))));
        assertThat(parse(bare, Request.of("x"))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(parse(bare, Request.of(""))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(bare, Request.of("Bearer"))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(bare, Request.of(TOKEN + "," + TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(bare, Request.of(TOKEN, TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(bare, Request.of("Token " + TOKEN))).isEqualTo(CredentialProblem.OTHER_SCHEME);
        assertThat(parse(bare, Request.of(TOKEN + " " + TOKEN))).isEqualTo(CredentialProblem.OTHER_SCHEME);
        assertThat(parse(bare, Request.of(TOKEN + "\t"))).isEqualTo(CredentialProblem.TOKEN);
        assertThat(bare.recognizesUnforgeable(Request.of(TOKEN), Lectern.DIALECT.formats()))
                .isTrue();
        assertThat(bare.scheme()).isEqualTo("Bearer");
        assertThat(in(Carrier.authorization()).scheme()).isEqualTo("ApiKey");
        assertThat(bare.presenting(Secret.of(TOKEN), Lectern.DIALECT.formats()))
                .singleElement()
                .satisfies(header -> assertThat(header.value().expose()).isEqualTo(TOKEN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic",
                "Basic ",
                "Basic !!!",
                "Basic dTpw dTpw",
                "Basic dTpw, Basic dTpw",
                "Basic dXBw", // no colon
                "Basic /////w==", // not UTF-8
                "Basic dQBw", // a control character
                "Basic dTo=cA=="
            })
    void a_malformed_basic_credential_is_malformed(String value) {
        assertThat(parse(in(Carrier.basicUserName()), Request.of(value))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(in(Carrier.basicUserName()).recognizes(Request.of(value), Lectern.DIALECT.formats()))
                .isFalse();
    }

    @Test
    void a_query_parameter_is_decoded_strictly_and_occurs_once() {
        Carriers query = in(Carrier.unsafeQueryParameter("api key"));
        Request none = Request.of();
        finds(TOKEN, parse(query, none.withQuery("a=b&api+key=" + TOKEN + "&c")));
        finds(TOKEN, parse(query, none.withQuery("api%20ke%79=" + TOKEN.replace("_", "%5f"))));
        assertThat(parse(query, none)).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(query, none.withQuery(""))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(query, none.withQuery("API+KEY=" + TOKEN))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(query, none.withQuery("api%2=" + TOKEN))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(query, none.withQuery("api+key=" + TOKEN + "&api%20key=" + TOKEN)))
                .isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(query, none.withQuery("api+key"))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(query, none.withQuery("api+key=%ff"))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(query, none.withQuery("api+key=%5"))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(query, none.withQuery("api+key=" + TOKEN + "%00"))).isEqualTo(CredentialProblem.TOKEN);
    }

    @Test
    void a_token_in_any_carrier_is_claimed() {
        Carriers carriers = in(
                Carrier.bearer(),
                Carrier.header("X-API-Key"),
                Carrier.basicPassword(),
                Carrier.unsafeQueryParameter("key"));
        TokenFormats formats = Lectern.DIALECT.formats();
        assertThat(carriers.recognizes(Request.of().with("X-API-Key", "a, " + TOKEN), formats))
                .isTrue();
        assertThat(carriers.recognizes(Request.of("bearer x", basic("u:" + TOKEN)), formats))
                .isTrue();
        assertThat(carriers.recognizes(Request.of(basic(TOKEN + ":p")), formats))
                .isTrue();
        assertThat(carriers.recognizes(Request.of().withQuery("key=x&key=" + TOKEN), formats))
                .isTrue();
        assertThat(carriers.recognizes(Request.of().withQuery("other=" + TOKEN), formats))
                .isFalse();
        assertThat(carriers.recognizes(Request.of(basic("u:p")).withQuery("key=x"), formats))
                .isFalse();
        assertThat(in(Carrier.header("X-API-Key")).recognizes(Request.of("Token " + TOKEN), formats))
                .isTrue();
    }

    @Test
    void carriers_that_contradict_each_other_are_refused() {
        assertThatThrownBy(() -> in(Carrier.bearer(), Carrier.scheme("bearer")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("carriers must be named once");
        assertThatThrownBy(() -> in(Carrier.header("X-Key"), Carrier.header("x-key")))
                .hasMessageContaining("x-key: <token>");
        assertThatThrownBy(() -> in(Carrier.basicParts(), Carrier.basicUserName()))
                .hasMessageContaining("must not combine basicParts()");
        assertThatThrownBy(() -> new Carriers(List.of(Carrier.basicUserName()), List.of("basic"), List.of()))
                .hasMessageContaining("foreignSchemes must not name a scheme that carries tokens");
        assertThatThrownBy(() -> Carrier.scheme("Basic")).hasMessageContaining("use basicUserName()");
        assertThatThrownBy(() -> Carrier.scheme("a b")).hasMessageContaining("RFC 9110");
        assertThatThrownBy(() -> Carrier.header("Authorization")).hasMessageContaining("use scheme(name)");
        assertThatThrownBy(() -> in(Carrier.header("X-Id"), Carrier.headerParts("x-id", "X-Secret")))
                .hasMessageContaining("must name a header once, but 'x-id' is named twice");
        assertThatThrownBy(() -> Carrier.headerParts("X-Id", "x-id")).hasMessageContaining("must name two headers");
        assertThatThrownBy(() -> Carrier.headerParts("X-Id", "Cookie")).hasMessageContaining("another meaning");
        assertThatThrownBy(() -> Carrier.header("Cookie")).hasMessageContaining("another meaning");
        assertThatThrownBy(() -> Carrier.unsafeQueryParameter("")).hasMessageContaining("must have a name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection",
                "host",
                "Content-Length",
                "content-type",
                "Transfer-Encoding",
                "TE",
                "Upgrade",
                "Keep-Alive",
                "Proxy-Authorization",
                "Proxy-Connection",
                "Set-Cookie",
                "Origin",
                "Referer",
                "Range",
                "If-Match",
                "Accept-Language",
                "Access-Control-Request-Method",
                "Forwarded",
                "X-Forwarded-For",
                "X-HTTP-Method-Override",
                "Sec-Fetch-Site",
                "Sec-WebSocket-Protocol"
            })
    void a_header_with_another_meaning_carries_no_token(String name) {
        assertThatThrownBy(() -> Carrier.header(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("header must not be one that HTTP gives another meaning, was '" + name
                        + "': choose a name such as X-API-Key");
    }

    /** On routes that are shared with another authenticator, such a request must not be passed on. */
    @Test
    void a_basic_credential_that_cannot_be_decoded_is_recognized_by_the_start_of_a_token_in_it() {
        Carriers carriers = in(Carrier.basicUserName(), Carrier.bearer());
        TokenFormats formats = Lectern.DIALECT.formats();
        String valid = basic(TOKEN + ":").substring("Basic ".length());
        byte[] notUtf8 = (TOKEN + ":\u00ff").getBytes(StandardCharsets.ISO_8859_1);
        for (String encoded : List.of(
                basic(TOKEN).substring("Basic ".length()), // no colon
                basic("user" + TOKEN).substring("Basic ".length()),
                basic(TOKEN + ":\u0001").substring("Basic ".length()), // a control character
                Base64.getEncoder().encodeToString(notUtf8),
                Base64.getUrlEncoder().encodeToString(notUtf8),
                valid.replace("=", "") + "!",
                valid.substring(0, 9) + "\t" + valid.substring(9),
                valid + "A")) {
            Request request = Request.of("Basic " + encoded);
            assertThat(parse(carriers, request)).isEqualTo(CredentialProblem.CREDENTIAL);
            assertThat(carriers.recognizes(request, formats)).as(encoded).isTrue();
            assertThat(carriers.recognizesUnforgeable(request, formats)).isFalse();
            assertThat(in(Carrier.bearer()).recognizes(request, formats)).isFalse();
        }
        assertThat(carriers.recognizes(Request.of(basic("no colon")), formats)).isFalse();
        assertThat(carriers.recognizes(
                        Request.of("Basic "
                                + Base64.getEncoder()
                                        .encodeToString("user:p\u00e4ss".getBytes(StandardCharsets.ISO_8859_1))),
                        formats))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key=" + TOKEN + "%",
                "key=" + TOKEN + "%f",
                "key=" + TOKEN + "%ff",
                "key=%ff" + TOKEN,
                "key=sk%5Flive%5Flectern%5F%ff",
                "key=" + TOKEN + "\u00e4",
                "k%6sey=" + TOKEN,
                "%ffkey=" + TOKEN,
                "key%=sk%5Flive_lectern_",
            })
    void a_query_that_cannot_be_decoded_is_recognized_by_the_start_of_a_token_in_it(String query) {
        Carriers carriers = in(Carrier.unsafeQueryParameter("key"));
        Request request = Request.of().withQuery("a=b&" + query + "&c");
        assertThat(parse(carriers, request)).isIn(CredentialProblem.CREDENTIAL, CredentialProblem.NO_CREDENTIAL);
        assertThat(carriers.recognizes(request, Lectern.DIALECT.formats())).isTrue();
        Request other = Request.of().withQuery(query.replace("lectern", "other"));
        assertThat(carriers.recognizes(other, Lectern.DIALECT.formats())).isFalse();
    }

    @Test
    void a_text_without_a_prefix_is_looked_for_as_a_whole() {
        TokenFormat bare = TokenFormat.builder()
                .prefix("")
                .body(TokenBody.of(TokenBody.HEX, 40))
                .build();
        TokenFormats formats = new TokenFormats(Map.of("default", bare), List.of(), List.of());
        String token = "0123456789abcdef".repeat(3).substring(0, 40);
        Carriers carriers = in(Carrier.basicUserName(), Carrier.unsafeQueryParameter("key"));
        assertThat(carriers.recognizes(Request.of(basic(token)), formats)).isTrue();
        assertThat(carriers.recognizes(Request.of(basic(token.substring(1))), formats))
                .isFalse();
        assertThat(carriers.recognizes(Request.of().withQuery("key=%ff" + token), formats))
                .isTrue();
        assertThat(carriers.recognizes(Request.of().withQuery("key=%ff"), formats))
                .isFalse();
    }

    @Test
    void a_credential_in_a_place_of_another_dialect_counts_beside_a_token() {
        Carriers own = new Carriers(
                List.of(Carrier.bearer()),
                List.of(),
                List.of(Carrier.bearer(), Carrier.header("X-API-Key"), Carrier.unsafeQueryParameter("key")));
        finds(TOKEN, parse(own, Request.of("Bearer " + TOKEN)));
        assertThat(parse(own, Request.of("Bearer " + TOKEN).with("X-API-Key", "x")))
                .isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(own, Request.of("Bearer " + TOKEN).withQuery("key="))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(own, Request.of().with("X-API-Key", TOKEN))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(parse(own, Request.of().withQuery("key=" + TOKEN))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(own.counts(Carrier.scheme("Bot"))).isTrue();
        assertThat(own.counts(Carrier.header("X-Other"))).isFalse();

        Carriers header =
                new Carriers(List.of(Carrier.header("X-API-Key")), List.of("Digest"), List.of(Carrier.scheme("Bot")));
        finds(TOKEN, parse(header, Request.of().with("X-API-Key", TOKEN)));
        assertThat(parse(header, Request.of("Bot x").with("X-API-Key", TOKEN))).isEqualTo(CredentialProblem.CREDENTIAL);
        assertThat(parse(header, Request.of("Bot " + TOKEN))).isEqualTo(CredentialProblem.NO_CREDENTIAL);
        assertThat(header.counts(Carrier.bearer())).isTrue();
        assertThat(header.counts(Carrier.scheme("Digest"))).isFalse();
        assertThatThrownBy(() -> new Carriers(
                        List.of(Carrier.header("X-API-Key")), List.of("Bot"), List.of(Carrier.scheme("Bot"))))
                .hasMessageContaining("foreignSchemes must not name a scheme that carries tokens");
    }
}
