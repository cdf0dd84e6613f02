package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.RenderedError;
import school.lectern.auth.quickstart.Wire.Reply;

/** Requests to the token systems of well-known providers over HTTP, and their exact responses. */
class WellKnownSystemsTest extends ProviderTest {

    private static final AuthError LIMITED = AuthError.limited(Kind.RATE_LIMITED, Duration.ofMillis(1_337));

    @Test
    void github() throws Exception {
        serve(WellKnownSystems.github(), "repo:status");
        String classic = issue(token -> token.prefix("gho_").scopes("repo"));
        String fineGrained = issue(token -> token.format("fine-grained").scopes("repo:status"));
        assertThat(classic).matches("gho_[0-9A-Za-z]{36}");
        assertThat(fineGrained).matches("github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}");

        is(get("Authorization: token " + classic), 200, "ok");
        Reply allowed = get("Authorization: Bearer " + fineGrained);
        is(allowed, 200, "ok");
        assertThat(allowed.headers())
                .containsAllEntriesOf(Map.of(
                        "x-ratelimit-limit", "5000",
                        "x-ratelimit-remaining", "4999",
                        "x-ratelimit-used", "1",
                        "x-ratelimit-resource", "core",
                        "x-ratelimit-reset", "1778162400"));
        assertThat(allowed.header("X-GitHub-Request-Id")).hasSize(26);

        // A published token, revoked long ago: its checksum is right, and it is unknown here.
        Reply unknown = get("Authorization: Bearer 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");
        is(
                unknown,
                401,
                "{\"message\":\"Bad credentials\",\"documentation_url\":\"https://docs.github.com/rest\",\"status\":\"401\"}");
        assertThat(unknown.header("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"github\", error=\"invalid_token\", token realm=\"github\"");
        is(get("Authorization: Bearer " + "0123456789abcdef0123456789abcdef01234567"), 401, unknown.body());

        String gist = issue(token -> token.scopes("gist"));
        Reply hidden = get("Authorization: Bearer " + gist);
        is(
                hidden,
                404,
                "{\"message\":\"Not Found\",\"documentation_url\":\"https://docs.github.com/rest\",\"status\":\"404\"}");
        Reply missing = server.wire().get("/v1/none", "Authorization: Bearer " + gist);
        is(missing, 404, hidden.body());
        assertThat(hidden.headers().keySet()).isEqualTo(missing.headers().keySet());
    }

    @Test
    void gitlab() throws Exception {
        serve(WellKnownSystems.gitlab(), "api");
        String routable = issue(token -> token.scopes("api"));
        String old = issue(token -> token.format("old").scopes("read_api"));
        assertThat(routable).matches("glpat-[0-9A-Za-z_-]{27,300}\\.[0-9a-z]{2}\\.[0-9a-z]{7}");
        assertThat(old).matches("glpat-[0-9A-Za-z_-]{20}");

        Reply allowed = get("PRIVATE-TOKEN: " + routable);
        is(allowed, 200, "ok");
        assertThat(allowed.header("Vary")).isEqualTo("PRIVATE-TOKEN");
        assertThat(allowed.headers())
                .containsAllEntriesOf(Map.of(
                        "ratelimit-limit", "2000",
                        "ratelimit-name", "authenticated_api",
                        "ratelimit-observed", "1",
                        "ratelimit-remaining", "1999",
                        "ratelimit-reset", "1778160240"));
        is(get("Authorization: Bearer " + routable), 200, "ok");
        is(
                get("PRIVATE-TOKEN: " + old),
                403,
                "{\"error\":\"insufficient_scope\","
                        + "\"error_description\":\"The request requires higher privileges\",\"scope\":\"api\"}");
        is(get("PRIVATE-TOKEN: x"), 401, "{\"message\":\"401 Unauthorized\"}");
        is(get("PRIVATE-TOKEN: " + old, "Authorization: Bearer " + old), 401, "{\"message\":\"401 Unauthorized\"}");
    }

    @Test
    void stripe() throws Exception {
        serve(WellKnownSystems.stripe(), "charges:write");
        String secret = issue(token -> token.scopes("*"));
        String restricted = issue(token -> token.format("restricted").scopes("charges:read"));
        assertThat(secret).matches("sk_live_[0-9A-Za-z]{99}");
        assertThat(restricted).matches("rk_live_[0-9A-Za-z]{99}");

        Reply allowed = get(basic(secret + ":"));
        is(allowed, 200, "ok");
        assertThat(allowed.header("Request-Id")).hasSize(26);
        is(get("Authorization: Bearer " + secret), 200, "ok");
        is(
                get(basic(restricted + ":")),
                403,
                "{\"error\":{\"type\":\"invalid_request_error\","
                        + "\"message\":\"The provided key does not have the required permissions\"}}");
        is(
                get(basic("sk_live_x:")),
                401,
                "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Invalid API Key provided\"}}");
        assertThat(get("Authorization: Basic !!!").status()).isEqualTo(401);
        assertThat(body(LIMITED))
                .isEqualTo("{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"rate_limit\","
                        + "\"message\":\"Too many requests\"}}");
        assertThat(body(AuthError.unavailable()))
                .isEqualTo("{\"error\":{\"type\":\"api_error\",\"message\":\"An error occurred\"}}");
    }

    @Test
    void slack() throws Exception {
        serve(WellKnownSystems.slack(), "chat:write.public");
        String token = issue(wanted -> wanted.scopes("chat:write.public"));
        assertThat(token).matches("xoxb-[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{24}");
        is(get("Authorization: Bearer " + token), 200, "ok");
        is(get(), 200, "{\"ok\":false,\"error\":\"not_authed\"}");
        is(get("Authorization: Bearer x"), 200, "{\"ok\":false,\"error\":\"invalid_auth\"}");
        String other = issue(wanted -> wanted.scopes("chat:write"));
        is(
                get("Authorization: Bearer " + other),
                200,
                "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"chat:write.public\",\"provided\":\"chat:write\"}");
        revoke(token);
        is(get("Authorization: Bearer " + token), 200, "{\"ok\":false,\"error\":\"token_revoked\"}");
        RenderedError limited = auth.dialect().render(LIMITED, "req_1");
        assertThat(limited.status()).isEqualTo(429);
        assertThat(limited.body()).isEqualTo("{\"ok\":false,\"error\":\"ratelimited\"}");
        assertThat(limited.headers()).containsEntry("Retry-After", "2");
    }

    @Test
    void openai() throws Exception {
        serve(WellKnownSystems.openai());
        String token = issue();
        assertThat(token).matches("sk-proj-[0-9A-Za-z_-]{74}T3BlbkFJ[0-9A-Za-z_-]{74}");
        Reply allowed = get("Authorization: Bearer " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.headers())
                .containsAllEntriesOf(Map.of(
                        "x-ratelimit-limit-requests", "60",
                        "x-ratelimit-remaining-requests", "59",
                        "x-ratelimit-reset-requests", "39.123s",
                        "x-ratelimit-remaining-tokens", "89999"));
        assertThat(body(LIMITED))
                .isEqualTo("{\"error\":{\"message\":\"Rate limit reached.\",\"type\":\"requests\",\"param\":null,"
                        + "\"code\":\"rate_limit_exceeded\"}}");
        assertThat(body(AuthError.unavailable()))
                .isEqualTo("{\"error\":{\"message\":\"The server had an error.\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":null}}");
        is(
                get("Authorization: Bearer x"),
                401,
                "{\"error\":{\"message\":\"Incorrect API key provided.\",\"type\":\"invalid_request_error\",\"param\":null,"
                        + "\"code\":\"invalid_api_key\"}}");
    }

    @Test
    void cloudflare() throws Exception {
        serve(WellKnownSystems.cloudflare());
        String token = issue();
        Reply allowed = get("Authorization: Bearer " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.header("RateLimit-Policy")).isEqualTo("\"default\";q=1200;w=300");
        assertThat(allowed.header("RateLimit")).isEqualTo("\"default\";r=1199;t=100");
        String invalid = "{\"success\":false,\"errors\":[{\"code\":1000,\"message\":\"Invalid API Token\"}],"
                + "\"messages\":[],\"result\":null}";
        is(get("Authorization: Bearer " + token.substring(1)), 401, invalid);
        // The form of older tokens is recognized.
        is(get("Authorization: Bearer " + "a".repeat(40)), 401, invalid);
    }

    @Test
    void discord() throws Exception {
        serve(WellKnownSystems.discord());
        String token = issue();
        assertThat(token).matches("[0-9A-Za-z_-]{24,28}\\.[0-9A-Za-z_-]{6}\\.[0-9A-Za-z_-]{27,38}");
        Reply allowed = get("Authorization: Bot " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.headers())
                .containsAllEntriesOf(Map.of(
                        "x-ratelimit-limit", "50",
                        "x-ratelimit-remaining", "49",
                        "x-ratelimit-reset", "1778160240.000",
                        "x-ratelimit-reset-after", "39.123",
                        "x-ratelimit-bucket", "abcd1234"));
        Reply bearer = get("Authorization: Bearer " + token);
        is(bearer, 401, "{\"message\":\"401: Unauthorized\",\"code\":0}");
        assertThat(bearer.header("WWW-Authenticate")).isEqualTo("Bot realm=\"discord\"");
        Reply last = bearer;
        for (int i = 0; i < 50; i++) {
            last = get("Authorization: Bot " + token);
        }
        is(last, 429, "{\"message\":\"You are being rate limited.\",\"retry_after\":39.123,\"global\":false}");
        assertThat(last.header("Retry-After")).isEqualTo("40");
    }

    @Test
    void a_vendor_with_x_api_key() throws Exception {
        serve(WellKnownSystems.vendorWithXApiKey());
        String token = issue();
        assertThat(token).matches("sk-ant-api03-[0-9A-Za-z_-]{93}AA");
        Reply allowed = get("x-api-key: " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.header("Cache-Control")).isEqualTo("private");
        assertThat(allowed.header("anthropic-ratelimit-requests-remaining")).isEqualTo("49");
        assertThat(allowed.header("anthropic-ratelimit-requests-reset")).isEqualTo("2026-05-07T13:24:00Z");
        assertThat(auth.dialect().status(AuthError.unavailable())).isEqualTo(529);
        Reply refused = get("x-api-key: sk-ant-api03-x");
        is(
                refused,
                401,
                "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"},"
                        + "\"request_id\":\"" + refused.header("request-id") + "\"}");
    }

    @Test
    void each_system_is_a_configuration_of_at_most_40_lines() throws IOException {
        assertThat(shortSystems(WellKnownSystems.class)).isEqualTo(8);
    }
}
