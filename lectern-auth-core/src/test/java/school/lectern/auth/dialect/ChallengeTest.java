package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;

class ChallengeTest {

    private static final TokenFormat FORMAT = TokenFormat.builder()
            .prefix("key_")
            .body(TokenBody.of(TokenBody.BASE62, 32))
            .build();

    private static final TokenFormat PARTS = TokenFormat.builder()
            .publicKey("pub_", TokenBody.of(TokenBody.BASE62, 20), ".")
            .prefix("sec_")
            .body(TokenBody.of(TokenBody.BASE62, 43))
            .build();

    private static DialectBuilder dialect(Carrier first, Carrier... more) {
        return Dialect.builder("acme")
                .format(FORMAT)
                .carriers(first, more)
                .problemDetails()
                .standardErrors();
    }

    private static Map<String, String> headers(DialectBuilder dialect, AuthError error) {
        return dialect.build().render(error, "id").headers();
    }

    private static String challenge(DialectBuilder dialect, Kind kind) {
        return headers(dialect, AuthError.of(kind)).get("WWW-Authenticate");
    }

    @Test
    void every_scheme_that_carries_tokens_has_a_challenge() {
        DialectBuilder all = dialect(
                Carrier.header("X-Key"),
                Carrier.basicUserName(),
                Carrier.scheme("Bot"),
                Carrier.bearer(),
                Carrier.basicPassword());
        assertThat(challenge(all, Kind.MISSING_CREDENTIAL))
                .isEqualTo("Bearer realm=\"acme\", Basic realm=\"acme\", charset=\"UTF-8\", Bot realm=\"acme\"");
        assertThat(challenge(all, Kind.REVOKED))
                .isEqualTo("Bearer realm=\"acme\", error=\"invalid_token\","
                        + " Basic realm=\"acme\", charset=\"UTF-8\", Bot realm=\"acme\"");
    }

    @Test
    void a_dialect_without_a_scheme_names_where_the_token_belongs() {
        assertThat(challenge(dialect(Carrier.header("X-Key")), Kind.REVOKED))
                .isEqualTo("ApiKey realm=\"acme\", header=\"X-Key\"");
        assertThat(challenge(dialect(Carrier.unsafeQueryParameter("a\"\u00e9")), Kind.REVOKED))
                .isEqualTo("ApiKey realm=\"acme\", parameter=\"a??\"");
    }

    @Test
    void missing_scopes_are_named_only_where_Bearer_is_accepted() {
        AuthError missing = AuthError.insufficientScope(ScopeSet.parse("read:learners"));
        assertThat(headers(dialect(Carrier.bearer(), Carrier.header("X-Key")), missing))
                .containsEntry(
                        "WWW-Authenticate",
                        "Bearer realm=\"acme\", error=\"insufficient_scope\", scope=\"read:learners\"");
        assertThat(headers(dialect(Carrier.header("X-Key")), missing)).doesNotContainKey("WWW-Authenticate");
        assertThat(headers(dialect(Carrier.basicUserName()), missing)).doesNotContainKey("WWW-Authenticate");
    }

    @Test
    void the_address_of_the_metadata_is_in_Bearer_challenges() {
        DialectBuilder metadata = dialect(Carrier.bearer())
                .resourceMetadata(URI.create("https://api.example/.well-known/oauth-protected-resource"));
        String parameter = "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\"";
        assertThat(challenge(metadata, Kind.MISSING_CREDENTIAL)).isEqualTo("Bearer realm=\"acme\", " + parameter);
        assertThat(challenge(metadata, Kind.EXPIRED))
                .isEqualTo("Bearer realm=\"acme\", error=\"invalid_token\", " + parameter);
        assertThatThrownBy(() -> Dialect.builder("acme").resourceMetadata(URI.create("/metadata")))
                .hasMessageContaining("resourceMetadata must be an absolute address");
        assertThatThrownBy(() -> Dialect.builder("acme").resourceMetadata(URI.create("https://api.example/caf\u00e9")))
                .hasMessageContaining("resourceMetadata must be ASCII");
    }

    @Test
    void metadata_without_a_challenge_that_has_it_is_refused() {
        DialectBuilder unseen = dialect(Carrier.header("X-Key")).resourceMetadata(URI.create("https://api.example/x"));
        assertThatThrownBy(unseen::build)
                .hasMessage(
                        "resourceMetadata must not be set without Carrier.bearer(), in whose challenge it is: add that"
                                + " carrier, or call resourceMetadata(null)");
        Dialect seen = dialect(Carrier.bearer())
                .resourceMetadata(URI.create("https://api.example/x"))
                .build();
        DialectBuilder without = seen.toBuilder().carriers(Carrier.header("X-Key"));
        assertThatThrownBy(without::build).hasMessageContaining("resourceMetadata must not be set");
        assertThat(challenge(without.resourceMetadata(null), Kind.REVOKED)).startsWith("ApiKey");
    }

    @Test
    void a_header_of_the_dialect_itself_carries_no_token() {
        for (String name : new String[] {"x-request-ID", "Acme-Version", "RateLimit", "Retry-After", "Allow"}) {
            DialectBuilder carrying = dialect(Carrier.header(name))
                    .versionHeader("Acme-Version")
                    .limits(
                            LimitPlan.unlimited().with(LimitPlan.READ, RateLimit.perMinute(1)),
                            LimitHeaders.RATE_LIMIT_DRAFT_11);
            assertThatThrownBy(carrying::build)
                    .hasMessage("carriers must name a header that has no other value, was " + name
                            + ", which another setting or the library itself sets: choose another name");
        }
    }

    @Test
    void a_header_without_a_scheme_is_named() {
        assertThat(challenge(dialect(Carrier.authorization()), Kind.REVOKED))
                .isEqualTo("ApiKey realm=\"acme\", header=\"Authorization\"");
        assertThat(challenge(dialect(Carrier.authorization(), Carrier.bearer()), Kind.MISSING_CREDENTIAL))
                .isEqualTo("Bearer realm=\"acme\"");
        DialectBuilder parts = Dialect.builder("acme")
                .format(PARTS)
                .carriers(Carrier.headerParts("X-Id", "X-Secret"))
                .problemDetails()
                .standardErrors();
        assertThat(challenge(parts, Kind.REVOKED)).isEqualTo("ApiKey realm=\"acme\", header=\"X-Id, X-Secret\"");
    }

    @Test
    void a_status_other_than_401_and_403_has_no_challenge() {
        assertThat(challenge(dialect(Carrier.bearer()), Kind.NOT_FOUND)).isNull();
    }

    @Test
    void the_two_parts_need_formats_that_have_them() {
        assertThatThrownBy(() -> dialect(Carrier.basicParts()).build())
                .hasMessageContaining("carriers must not contain basicParts()");
        assertThatThrownBy(
                        () -> dialect(Carrier.headerParts("X-Id", "X-Secret")).build())
                .hasMessage("carriers must not contain headerParts(publicKey, secret) unless every format has a public"
                        + " key: use header(name)");
        DialectBuilder both = Dialect.builder("acme")
                .format("parts", PARTS)
                .carriers(Carrier.basicParts(), Carrier.bearer())
                .problemDetails()
                .standardErrors();
        assertThat(both.build().formats().havePublicKeys()).isTrue();
        assertThatThrownBy(() -> both.legacyFormat(FORMAT).build())
                .hasMessageContaining("basicParts() unless every format has a public key");
    }
}
