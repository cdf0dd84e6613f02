package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.version.ApiVersion;

/** The guide's Java code compiles, and the dialect that it builds sends exactly these responses. */
class DialectGuideTest {

    private static final Guide GUIDE = Guide.of("docs/dialects.md");

    /** The placeholder for the request id in expected responses. */
    private static final String ID = "req_8aJ4F2pYxQRk0Zq";

    private static final String UNAUTHORIZED = """
            HTTP/1.1 401 Unauthorized
            X-Request-Id: req_8aJ4F2pYxQRk0Zq
            Cache-Control: no-store
            WWW-Authenticate: Bearer realm="acme", error="invalid_token"
            Content-Type: application/problem+json
            Content-Length: 192
            Connection: close

            {"type":"https://docs.acme.example/problems#invalid_token","title":"Unauthorized","status":401,\
            "detail":"The API token is not valid.","code":"invalid_token","request_id":"req_8aJ4F2pYxQRk0Zq"}""";

    private final AskedStore store = new AskedStore();
    private final LecternAuth auth = DialectExamples.judge(
            store.tokens(),
            store.audit(),
            id -> Optional.of(new Tenant(id, ApiVersion.of("2026-05-01"), Map.of("plan", "free"))),
            DialectExamples.versions(),
            Clock.fixed(Instant.parse("2026-05-07T13:23:20.250Z"), ZoneOffset.UTC));
    private final Filter acme = DialectExamples.guard(auth);
    private final String token = DialectExamples.issue(auth);
    private GuardedJetty server;

    @BeforeEach
    void start() throws Exception {
        server = serve(acme);
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        auth.close();
    }

    private static GuardedJetty serve(Filter filter) throws Exception {
        return new GuardedJetty(filter, (request, response) -> {
            response.setContentType("application/json");
            response.getOutputStream().print("[]");
        });
    }

    private String answer(String methodAndPath, String... lines) throws IOException {
        return answerOf(server, methodAndPath, lines);
    }

    /** Returns the response as it was received, with a placeholder for the request id and normalized line ends. */
    private static String answerOf(GuardedJetty server, String methodAndPath, String... lines) throws IOException {
        String answer = server.wire().raw(methodAndPath, lines).replace("\r\n", "\n");
        String id = answer.replaceAll("(?s).*\nX-Request-Id: (req_[0-9A-Za-z]{15})\n.*", "$1");
        assertThat(id).hasSameSizeAs(ID);
        return answer.replace(id, ID);
    }

    private String bearer() {
        return "Authorization: Bearer " + token;
    }

    @Test
    void the_guides_java_is_that_of_the_compiled_examples() throws IOException {
        Guide.isCompiled(GUIDE.blocks("java"), Acme.class, DialectExamples.class, ScopeExamples.class);
        Guide.isCompiled(GUIDE.calls(), DialectExamples.class);
        assertThat(GUIDE.calls())
                .hasSize(DialectExamples.variants().size()
                        + DialectExamples.ofProviders().size());
        GUIDE.isReadable();
    }

    @Test
    void the_guides_scopes_imply_what_it_says() {
        ScopeGrammar github = ScopeExamples.github();
        assertThat(github.covers(ScopeSet.parse("maintainer"), Scope.of("read:org")))
                .isTrue();
        assertThat(github.covers(ScopeSet.parse("repo"), Scope.of("gist"))).isFalse();
        ScopeGrammar free = ScopeExamples.free();
        assertThat(free.covers(ScopeSet.parse("admin:*"), Scope.of("admin:org")))
                .isTrue();
        assertThat(free.covers(ScopeSet.parse("admin:*"), Scope.of("admin"))).isFalse();
        assertThat(free.covers(ScopeSet.parse("*"), Scope.of("read:repo-7"))).isTrue();
        assertThat(ScopeExamples.rules().paths()).contains("/repos/{id}");
    }

    /** So that a reader who follows the steps has the whole dialect, in this order. */
    @Test
    void the_guides_steps_are_the_whole_dialect_of_at_most_40_lines() throws IOException {
        List<String> dialect = Guide.source(Acme.class)
                .lines()
                .dropWhile(line -> !line.equals("final class Acme {"))
                .toList();
        assertThat(dialect).hasSizeLessThanOrEqualTo(40);
        List<String> steps = GUIDE.blocks("java").stream()
                .limit(3)
                .flatMap(String::lines)
                .map(String::strip)
                .toList();
        assertThat(dialect.stream().map(String::strip).filter(line -> !line.isEmpty()))
                .startsWith("final class Acme {")
                .endsWith("private Acme() {}", "}")
                .containsSubsequence(steps)
                .hasSize(steps.size() + 3);
    }

    @Test
    void an_allowed_request_and_the_next_one_which_has_no_permit_left() throws IOException {
        assertThat(answer("GET /v1/widgets", bearer())).isEqualTo("""
                HTTP/1.1 200 OK
                X-Request-Id: req_8aJ4F2pYxQRk0Zq
                X-RateLimit-Limit: 1
                X-RateLimit-Remaining: 0
                X-RateLimit-Reset: 2026-05-07T13:24:00Z
                RateLimit-Policy: "read";q=1;w=60
                RateLimit: "read";r=0;t=40
                Acme-Version: 2026-05-01
                Content-Type: application/json
                Content-Length: 2
                Connection: close

                []""");
        assertThat(answer("GET /v1/widgets", bearer()) + "\n")
                .isEqualTo("""
                HTTP/1.1 429 Too Many Requests
                X-Request-Id: req_8aJ4F2pYxQRk0Zq
                X-RateLimit-Limit: 1
                X-RateLimit-Remaining: 0
                X-RateLimit-Reset: 2026-05-07T13:24:00Z
                RateLimit-Policy: "read";q=1;w=60
                RateLimit: "read";r=0;t=40
                Acme-Version: 2026-05-01
                Cache-Control: no-store
                Retry-After: 40
                Content-Type: application/problem+json
                Content-Length: 213
                Connection: close

                {"type":"https://docs.acme.example/problems#rate_limited","title":"Too Many Requests","status":429,\
                "detail":"The limit is used up. Retry after 40 seconds.","code":"rate_limited",\
                "request_id":"req_8aJ4F2pYxQRk0Zq"}
                """)
                .isEqualTo(GUIDE.blocks("http").get(0));
    }

    @Test
    void a_request_that_pins_a_deprecated_version() throws IOException {
        assertThat(answer("GET /v1/widgets", bearer(), "Acme-Version: 2026-01-01"))
                .isEqualTo("""
                HTTP/1.1 200 OK
                X-Request-Id: req_8aJ4F2pYxQRk0Zq
                X-RateLimit-Limit: 1
                X-RateLimit-Remaining: 0
                X-RateLimit-Reset: 2026-05-07T13:24:00Z
                RateLimit-Policy: "read";q=1;w=60
                RateLimit: "read";r=0;t=40
                Acme-Version: 2026-01-01
                Deprecation: @1777593600
                Sunset: Fri, 01 Jan 2027 00:00:00 GMT
                Link: <https://docs.acme.example/moving>; rel="deprecation"
                Content-Type: application/json
                Content-Length: 2
                Connection: close

                []""");
    }

    @Test
    void a_request_whose_token_lacks_the_scope() throws IOException {
        assertThat(answer("POST /v1/widgets", bearer())).isEqualTo("""
                HTTP/1.1 403 Forbidden
                X-Request-Id: req_8aJ4F2pYxQRk0Zq
                X-RateLimit-Limit: 60
                X-RateLimit-Remaining: 60
                X-RateLimit-Reset: 2026-05-07T13:23:21Z
                RateLimit-Policy: "write";q=60;w=60
                RateLimit: "write";r=60;t=1
                Acme-Version: 2026-05-01
                Cache-Control: no-store
                WWW-Authenticate: Bearer realm="acme", error="insufficient_scope", scope="write:widgets"
                Content-Type: application/problem+json
                Content-Length: 205
                Connection: close

                {"type":"https://docs.acme.example/problems#insufficient_scope","title":"Forbidden","status":403,\
                "detail":"The API token lacks a permission.","code":"insufficient_scope",\
                "request_id":"req_8aJ4F2pYxQRk0Zq"}""");
    }

    @Test
    void a_wrong_checksum_is_refused_as_an_unknown_token_is_but_without_a_store_call() throws IOException {
        long finds = store.finds();
        String mistyped = token.substring(0, token.length() - 1) + (token.endsWith("0") ? "1" : "0");
        assertThat(answer("GET /v1/widgets", "Authorization: Bearer " + mistyped))
                .isEqualTo(UNAUTHORIZED);
        assertThat(store.finds()).isEqualTo(finds);

        String unknown = Acme.FORMAT
                .generate(TokenEnvironment.LIVE, new SecureRandom())
                .value()
                .expose();
        assertThat(answer("GET /v1/widgets", "Authorization: Bearer " + unknown))
                .isEqualTo(UNAUTHORIZED);
        assertThat(store.finds()).isEqualTo(finds + 1);
    }

    @Test
    void a_leaked_token_is_found_and_revoked_and_says_so_in_the_dialects_own_words() throws IOException {
        assertThat(token).startsWith("acme_ci_live_");
        String mistyped = token.substring(0, token.length() - 1) + (token.endsWith("0") ? "1" : "0");
        DialectExamples.revokeLeaked(auth, "export TOKEN=" + mistyped + "\n");
        assertThat(answer("GET /v1/widgets", bearer())).startsWith("HTTP/1.1 200 OK\n");

        DialectExamples.revokeLeaked(auth, "export TOKEN=" + mistyped + "\ncurl -H 'Bearer " + token + "' x\n");
        assertThat(answer("GET /v1/widgets", bearer()))
                .isEqualTo(UNAUTHORIZED
                        .replace("#invalid_token", "#token_revoked")
                        .replace("\"code\":\"invalid_token", "\"code\":\"token_revoked")
                        .replace("The API token is not valid.", "The API token was revoked.")
                        .replace("Content-Length: 192", "Content-Length: 191"));
    }

    @Test
    void the_guides_error_bodies_are_what_its_function_puts() {
        assertThat(DialectExamples.plain()
                        .render(AuthError.of(Kind.REVOKED), ID)
                        .body())
                .isEqualTo("{\"error\":{\"code\":\"token_revoked\",\"message\":\"The API token was revoked.\","
                        + "\"fields\":[]},\"request_id\":\"" + ID + "\"}");
        assertThat(DialectExamples.plain()
                        .render(AuthError.invalid("name", "is required"), ID)
                        .body())
                .contains("\"fields\":[{\"name\":\"name\",\"problem\":\"is required\"}]");
    }

    @Test
    void each_of_two_dialects_answers_its_own_tokens_in_its_own_words() throws Exception {
        InMemoryTokenStore others = new InMemoryTokenStore(new InMemoryAuditLog());
        try (LecternAuth judge =
                LecternAuth.builder(Lectern.DIALECT).tokens(others).open()) {
            Filter lectern = new LecternAuthFilter(judge, RouteRules.builder().build());
            GuardedJetty both = serve(DialectExamples.several(acme, lectern));
            try {
                assertThat(answerOf(both, "GET /v1/widgets", bearer())).contains("\nAcme-Version: 2026-05-01\n");
                assertThat(answerOf(both, "GET /v1/widgets", "Authorization: Bearer foreign"))
                        .isEqualTo(UNAUTHORIZED);
                assertThat(answerOf(both, "GET /v1/widgets", "Authorization: Bearer sk_live_lectern_x"))
                        .startsWith("HTTP/1.1 401 Unauthorized\n")
                        .contains("Bearer realm=\"lectern\"")
                        .endsWith("{\"error\":{\"code\":\"invalid_token\",\"message\":\"The API token provided was not"
                                + " recognized.\",\"request_id\":\"" + ID + "\"}}");
            } finally {
                both.stop();
            }
        }
    }

    @Test
    void the_formats_of_other_providers_and_the_variants_generate_the_documented_tokens() {
        List<TokenFormat> formats = new ArrayList<>(DialectExamples.ofProviders());
        formats.addAll(DialectExamples.variants());
        assertThat(formats)
                .extracting(format -> format.generate(TokenEnvironment.LIVE, new SecureRandom())
                        .value()
                        .expose())
                .zipSatisfy(
                        List.of(
                                "ghp_[0-9A-Za-z]{36}",
                                "sk_live_[0-9A-Za-z]{99}",
                                "dop_v1_[0-9a-f]{64}",
                                "SG\\.[0-9A-Za-z_-]{22}\\.[0-9A-Za-z_-]{43}",
                                "glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}",
                                "[0-9]{8,10}:[0-9A-Za-z_-]{35}",
                                "acme_k_[0-9A-Za-z]{20}\\.acme_s_[0-9A-Za-z]{43}",
                                "secret-token:acme:[0-9A-Za-z_-]{43}",
                                "acme_[0-9A-Za-z]{40}"),
                        (token, shape) -> assertThat(token).matches(shape));
        assertThat(formats.get(1).parse(Secret.of("rk_live_" + "a".repeat(24)))).isInstanceOf(PresentedToken.class);
        assertThat(formats.get(8).parse(Secret.of("acme_" + "a".repeat(32)))).isInstanceOf(PresentedToken.class);
    }
}
