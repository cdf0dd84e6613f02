package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.decision.AuthError.Kind.*;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.DialectBuilder;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorMapping;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.LimitValue;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.token.IssuedToken;

/** Errors and headers as well-known token systems have them. */
abstract class ProviderBehaviour extends Behaviour {

    private static final Requirement FINANCE = Requirement.scope("read:finance");

    private static DialectBuilder dialect(String name) {
        return Dialect.builder(name)
                .format(Lectern.DIALECT.format())
                .scopes(Lectern.DIALECT.scopes())
                .standardErrors();
    }

    private IssuedToken serve(Dialect dialect) throws Exception {
        auth = judge(dialect);
        handle("/v1/learners", says("learners"));
        handle("/v1/denied", (request, response) -> {
            response.setHeader("ETag", "\"handler\"");
            response.getOutputStream().print("not sent");
            AuthErrors.deny(request, response, AuthError.of(FORBIDDEN));
        });
        handle("/v1/again", (request, response) -> AuthErrors.send(request, response, AuthError.of(UNKNOWN_TOKEN)));
        start(RouteRules.builder()
                .guard("GET", "/v1/again", "read:learners")
                .guard("GET", "/v1/learners", "read:learners")
                .guard("GET", "/v1/denied", "read:learners")
                .guard("GET", "/v1/finance", FINANCE)
                .guard("GET", "/v1/reports", FINANCE.policy("reports"))
                .guard("GET", "/v1/free", FINANCE.unlimited()));
        return issue("read:learners");
    }

    /** Returns everything of a response but the date and the request's id. */
    private static Map<String, Object> whole(Reply reply, String requestIdHeader) {
        Map<String, Object> whole = new TreeMap<>(reply.headers());
        assertThat(whole.remove(requestIdHeader.toLowerCase(Locale.ROOT))).isNotNull();
        whole.remove("date");
        whole.put(":status", reply.status());
        whole.put(":body", reply.body());
        return whole;
    }

    private static final Dialect GITHUB = dialect("github")
            .limits(
                    LimitPlan.unlimited()
                            .with("core", RateLimit.perMinute(2))
                            .with("reports", RateLimit.perMinute(9))
                            .byDefault("core"),
                    LimitHeaders.NONE
                            .with("X-RateLimit-Limit", LimitValue.LIMIT)
                            .with("X-RateLimit-Remaining", LimitValue.REMAINING)
                            .with("X-RateLimit-Reset", LimitValue.RESET_EPOCH_SECONDS)
                            .with("X-RateLimit-Used", LimitValue.USED)
                            .with("X-RateLimit-Resource", LimitValue.POLICY))
            .requestIdHeader("X-GitHub-Request-Id")
            .errorBody(error -> ErrorBody.object().put("message", error.message()))
            .error(401, "", "Bad credentials", UNKNOWN_TOKEN, MALFORMED_TOKEN)
            .error(404, "", "Not Found", NOT_FOUND, INSUFFICIENT_SCOPE)
            .error(403, "", "API rate limit exceeded", RATE_LIMITED)
            .build();

    @Test
    void a_missing_scope_is_the_404_of_a_resource_that_does_not_exist() throws Exception {
        String token = bearer(serve(GITHUB));
        Map<String, Object> missing = whole(get("/v1/nothing", token), "X-GitHub-Request-Id");

        assertThat(missing)
                .containsEntry(":status", 404)
                .containsEntry("x-ratelimit-remaining", List.of("2"))
                .containsEntry("x-ratelimit-resource", List.of("core"))
                .doesNotContainKeys("www-authenticate", "x-request-id");
        for (String hidden : List.of("/v1/finance", "/v1/reports", "/v1/free")) {
            assertThat(whole(get(hidden, token), "X-GitHub-Request-Id"))
                    .as(hidden)
                    .isEqualTo(missing);
        }
    }

    @Test
    void headers_have_the_names_and_the_forms_that_the_dialect_defines() throws Exception {
        String token = bearer(serve(GITHUB));
        Reply again = get("/v1/again", token);
        Reply allowed = get("/v1/learners", token).isOk();
        Reply refused = get("/v1/learners", token);
        Reply unknown = get("/v1/learners", "Authorization: Bearer x");

        for (Reply reply : List.of(allowed, refused)) {
            assertThat(reply.header("X-GitHub-Request-Id")).isNotNull();
            assertThat(reply.header("X-Request-Id")).isNull();
            assertThat(reply.header("X-RateLimit-Limit")).isEqualTo("2");
            assertThat(reply.header("X-RateLimit-Remaining")).isEqualTo("0");
            assertThat(reply.header("X-RateLimit-Used")).isEqualTo("2");
            assertThat(reply.header("X-RateLimit-Reset")).isEqualTo("1778160240");
        }
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.header("Retry-After")).isEqualTo("40");
        assertThat(refused.body()).isEqualTo("{\"message\":\"API rate limit exceeded\"}");
        for (Reply reply : List.of(unknown, again)) {
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.headers()).doesNotContainKeys("x-ratelimit-limit", "x-ratelimit-used");
            assertThat(reply.header("X-GitHub-Request-Id")).isNotNull();
        }
    }

    private static final Dialect SLACK = dialect("slack")
            .errorBody(error -> ErrorBody.object()
                    .put("ok", false)
                    .put("error", error.code().orElse("fatal_error")))
            .limits(
                    LimitPlan.unlimited()
                            .with("all", RateLimit.perMinute(1))
                            .with("reports", RateLimit.perMinute(1))
                            .byDefault("all"),
                    LimitHeaders.NONE)
            .requestIdInBodies()
            .errorWithStatus200("not_authed", "", MISSING_CREDENTIAL)
            .errorWithStatus200("invalid_auth", "", UNKNOWN_TOKEN, MALFORMED_TOKEN)
            .errorWithStatus200("missing_scope", "", INSUFFICIENT_SCOPE)
            .errorWithStatus200("access_denied", "", FORBIDDEN)
            .build();

    private List<AuditEvent> calls() {
        return audit.part.read("123", null, null, CursorPage.START, 100).items().stream()
                .filter(event -> event.event().equals(AuditEvent.CALL))
                .toList();
    }

    @Test
    void an_error_with_the_status_200_is_the_whole_response_and_is_recorded_as_a_denial() throws Exception {
        String token = bearer(serve(SLACK));
        Reply missing = get("/v1/learners").isOk();
        Reply scope = get("/v1/finance", token).isOk();
        Reply denied = get("/v1/denied", token).isOk();

        assertThat(missing.body()).isEqualTo("{\"ok\":false,\"error\":\"not_authed\"}");
        assertThat(scope.body()).isEqualTo("{\"ok\":false,\"error\":\"missing_scope\"}");
        assertThat(denied.body()).isEqualTo("{\"ok\":false,\"error\":\"access_denied\"}");
        for (Reply reply : List.of(missing, scope, denied)) {
            assertThat(reply.headers()).doesNotContainKeys("www-authenticate", "etag");
            assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
            assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        }
        assertThat(get("/v1/learners", token).status()).isEqualTo(429);
        assertThat(reached).isEmpty();
        Patience.await("the rows of three calls")
                .until(() -> calls().size() == 3 && calls().stream().allMatch(call -> call.status() != null));
        assertThat(calls())
                .extracting(call -> call.outcome() + " " + call.status())
                .containsExactlyInAnyOrder(
                        "denied:INSUFFICIENT_SCOPE 200", "denied:FORBIDDEN 200", "denied:RATE_LIMITED 429");
    }

    @Test
    void several_limits_and_codes_that_are_numbers() throws Exception {
        String token = bearer(serve(dialect("openai")
                .errorBody(error -> ErrorBody.object()
                        .put("code", error.number().orElse(0))
                        .put("type", error.type().orElse("invalid_request_error"))
                        .putNull("param"))
                .limits(
                        LimitPlan.unlimited()
                                .with("requests", RateLimit.perMinute(3))
                                .with("tokens", RateLimit.perMinute(1))
                                .with("reports", RateLimit.perMinute(1))
                                .byDefault("requests", "tokens"),
                        LimitHeaders.NONE
                                .with("x-ratelimit-remaining-{policy}", LimitValue.REMAINING)
                                .with("x-ratelimit-reset-{policy}", LimitValue.RESET_DURATION))
                .requestIdHeader("x-request-id")
                .error(ErrorMapping.of(429, "", "no").type("tokens").number(1015), RATE_LIMITED)
                .build()));
        Reply allowed = get("/v1/learners", token).isOk();
        Reply refused = get("/v1/learners", token);

        assertThat(allowed.header("x-ratelimit-remaining-requests")).isEqualTo("2");
        assertThat(allowed.header("x-ratelimit-remaining-tokens")).isEqualTo("0");
        assertThat(allowed.header("x-ratelimit-reset-tokens")).isEqualTo("39.75s");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("x-ratelimit-remaining-requests")).isEqualTo("2");
        assertThat(refused.body()).isEqualTo("{\"code\":1015,\"type\":\"tokens\",\"param\":null}");
    }
}
