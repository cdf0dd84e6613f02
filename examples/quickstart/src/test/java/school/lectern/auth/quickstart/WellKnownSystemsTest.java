package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Secret;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.quickstart.Wire.Reply;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.token.IssuedToken;

/** Requests to the token systems of well-known providers over HTTP, and their exact responses. */
class WellKnownSystemsTest {

    private LecternAuth auth;
    private GuardedJetty server;

    @AfterEach
    void stop() throws Exception {
        server.stop();
        auth.close();
    }

    private void serve(Dialect dialect, String... scopes) throws Exception {
        auth = LecternAuth.builder(dialect).storage(InMemoryStorage.create()).open();
        RouteRules rules = RouteRules.builder().guard("GET", "/v1/x", scopes).build();
        server = new GuardedJetty(
                new LecternAuthFilter(auth, rules),
                (request, response) -> response.getOutputStream().print("ok"));
    }

    private String issue(UnaryOperator<NewToken> settings) {
        IssuedToken issued = auth.tenant("123")
                .tokens()
                .issue(settings.apply(NewToken.named("CI")))
                .orElseThrow();
        return issued.secret().expose();
    }

    private String issue() {
        return issue(token -> token);
    }

    private Reply get(String... headers) throws IOException {
        return server.wire().get("/v1/x", headers);
    }

    private static String basic(String userAndPassword) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    private static void is(Reply reply, int status, String body) {
        assertThat(reply.body()).isEqualTo(body);
        assertThat(reply.status()).isEqualTo(status);
    }

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
        assertThat(allowed.header("X-RateLimit-Remaining")).isEqualTo("4999");
        assertThat(allowed.header("X-RateLimit-Used")).isEqualTo("1");
        assertThat(allowed.header("X-RateLimit-Resource")).isEqualTo("core");
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
        assertThat(allowed.header("RateLimit-Observed")).isEqualTo("1");
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
        auth.acrossTenants().revokePresented(Secret.of(token)).orElseThrow();
        is(get("Authorization: Bearer " + token), 200, "{\"ok\":false,\"error\":\"token_revoked\"}");
    }

    @Test
    void openai() throws Exception {
        serve(WellKnownSystems.openai());
        String token = issue();
        assertThat(token).matches("sk-proj-[0-9A-Za-z_-]{74}T3BlbkFJ[0-9A-Za-z_-]{74}");
        Reply allowed = get("Authorization: Bearer " + token);
        is(allowed, 200, "ok");
        assertThat(allowed.header("x-ratelimit-limit-requests")).isEqualTo("60");
        assertThat(allowed.header("x-ratelimit-remaining-tokens")).isEqualTo("89999");
        assertThat(allowed.header("x-ratelimit-reset-requests")).matches("(1m0s|[0-9]{1,2}(\\.[0-9]+)?s)");
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
        assertThat(allowed.header("X-RateLimit-Bucket")).isEqualTo("abcd1234");
        assertThat(allowed.header("X-RateLimit-Reset-After")).matches("[0-9]+(\\.[0-9]+)?");
        Reply bearer = get("Authorization: Bearer " + token);
        is(bearer, 401, "{\"message\":\"401: Unauthorized\",\"code\":0}");
        assertThat(bearer.header("WWW-Authenticate")).isEqualTo("Bot realm=\"discord\"");
        Reply last = bearer;
        for (int i = 0; i < 50; i++) {
            last = get("Authorization: Bot " + token);
        }
        assertThat(last.body())
                .matches("\\{\"message\":\"You are being rate limited.\",\"retry_after\":[0-9.]+,\"global\":false}|ok");
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
        Reply refused = get("x-api-key: sk-ant-api03-x");
        is(
                refused,
                401,
                "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"},"
                        + "\"request_id\":\"" + refused.header("request-id") + "\"}");
    }

    @Test
    void each_system_is_a_configuration_of_at_most_40_lines() throws Exception {
        serve(WellKnownSystems.slack());
        Matcher methods = Pattern.compile("    static Dialect (\\w+)\\(\\) \\{\n(.*?)\n    }\n", Pattern.DOTALL)
                .matcher(Guide.source(WellKnownSystems.class));
        int found = 0;
        while (methods.find()) {
            found++;
            assertThat(methods.group(2).lines().toList()).as(methods.group(1)).hasSizeLessThanOrEqualTo(40);
        }
        assertThat(found).isEqualTo(8);
    }
}
