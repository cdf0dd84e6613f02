package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.version.ApiVersion;

/** A custom token system, as an application would define it. Its first version is deprecated. */
abstract class DialectBehaviour extends Behaviour {

    private static final Dialect FIFTH = Dialect.builder("fifth")
            .format(TokenFormat.builder()
                    .prefix(TokenEnvironment.LIVE, "fifth_live_")
                    .prefix(TokenEnvironment.TEST, "fifth_test_")
                    .body(TokenBody.of(TokenBody.BASE62, 40))
                    .visibleCharacters(4)
                    .build())
            .scopes(ScopeGrammar.verbs("read", "write"))
            .limits(
                    LimitPlan.unlimited().with(LimitPlan.READ, RateLimit.perMinute(2)),
                    LimitHeaders.X_RATE_LIMIT.and(LimitHeaders.RATE_LIMIT_DRAFT_11))
            .versionHeader("Fifth-Version")
            .requestIds(RequestIds.ulid())
            .problemDetails(URI.create("https://docs.example/problems#"))
            .standardErrors()
            .build();

    private static final String LINKS = "<https://docs.example/migrating>; rel=\"deprecation\", "
            + "<https://docs.example/lifecycle>; rel=\"sunset\"";

    private static final String NEXT_PAGE = "</v1/learners?page=2>; rel=\"next\"";

    private IssuedToken token;

    @BeforeEach
    void serve() throws Exception {
        ApiVersion first = ApiVersion.of("2026-01-01");
        versions = versions.deprecate(
                        first, Instant.parse("2026-05-01T00:00:00Z"), URI.create("https://docs.example/migrating"))
                .sunset(first, Instant.parse("2026-09-01T00:00:00Z"), URI.create("https://docs.example/lifecycle"));
        auth = judge(FIFTH);
        token = issue("read:learners");
        handle("/v1/learners", (request, response) -> {
            response.addHeader("Link", NEXT_PAGE);
            response.getOutputStream().print("learners");
        });
        AuthError invalid = AuthError.invalid(
                List.of(new FieldError("name", "is required"), new FieldError("age", "must be a number")));
        handle("/v1/invalid", (request, response) -> AuthErrors.send(request, response, invalid));
        handle("/v1/forward", (request, response) -> {
            response.addHeader("Link", "</v1/start>; rel=\"start\"");
            request.getRequestDispatcher("/v1/learners").forward(request, response);
        });
        serve(
                "/api/v1/orgs/*",
                new ManagementServlet(
                        auth,
                        request -> Optional.of(Caller.of("7", (org, wanted) -> true, Grant.everything())),
                        tenants));
        RouteRules.Builder rules = RouteRules.builder()
                .guard("GET", "/v1/learners", Requirement.scope("read:learners"))
                .guard("GET", "/v1/invalid", Requirement.anyToken())
                .guard("GET", "/v1/forward", Requirement.anyToken())
                .guard("GET", "/v1/settings", Requirement.scope("write:settings"));
        ManagementServlet.ROUTES.forEach(route -> rules.permitAll("*", route));
        start(rules);
    }

    private static Reply isGoing(Reply reply) {
        assertThat(reply.header("Fifth-Version")).isEqualTo("2026-01-01");
        assertThat(reply.header("Deprecation")).isEqualTo("@1777593600");
        assertThat(reply.header("Sunset")).isEqualTo("Tue, 01 Sep 2026 00:00:00 GMT");
        assertThat(reply.headers().get("link")).contains(LINKS);
        return reply;
    }

    private static Reply isSilentOfGoing(Reply reply) {
        assertThat(reply.headers()).doesNotContainKeys("deprecation", "sunset");
        assertThat(String.join(" ", reply.headers().getOrDefault("link", List.of())))
                .doesNotContain("deprecation");
        return reply;
    }

    /** Asserts that the body is exactly this problem. Only the request id is not known in advance. */
    private static void isProblem(Reply reply, int status, String title, String code, String detail, String more) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(reply.body())
                .isEqualTo("{\"type\":\"https://docs.example/problems#" + code + "\",\"title\":\"" + title
                        + "\",\"status\":" + status + ",\"detail\":\"" + detail + "\",\"code\":\"" + code
                        + "\",\"request_id\":\"" + reply.header("X-Request-Id") + "\"" + more + "}");
    }

    @Test
    void a_response_announces_the_limit_in_both_formats_and_the_retirement_of_its_version() {
        Reply reply = isGoing(get("/v1/learners", bearer(token)).isOk());

        assertThat(reply.header("RateLimit-Policy")).isEqualTo("\"read\";q=2;w=60");
        assertThat(reply.header("RateLimit")).isEqualTo("\"read\";r=1;t=40");
        reply.hasLimits(2, 1, RESET);
        assertThat(reply.headers().get("link")).containsExactlyInAnyOrder(LINKS, NEXT_PAGE);
        assertThat(reply.header("X-Request-Id")).matches("[0-9A-HJKMNP-TV-Z]{26}");
    }

    @Test
    void a_version_that_stays_says_nothing_of_going() {
        Reply reply = isSilentOfGoing(
                get("/v1/learners", bearer(token), "Fifth-Version: 2026-05-01").isOk());

        assertThat(reply.header("Fifth-Version")).isEqualTo("2026-05-01");
    }

    @Test
    void a_version_past_its_sunset_is_served_on() {
        clock.set(Instant.parse("2026-10-01T00:00:00Z"));

        isGoing(get("/v1/learners", bearer(token)).isOk());
    }

    @Test
    void a_denial_without_permits_announces_the_limit_and_the_version() {
        get("/v1/learners", bearer(token)).isOk();
        get("/v1/learners", bearer(token)).isOk();
        Reply reply = isGoing(get("/v1/learners", bearer(token)));

        isProblem(reply, 429, "Too Many Requests", "rate_limited", "The limit is used up. Retry after 40 seconds.", "");
        assertThat(reply.header("RateLimit-Policy")).isEqualTo("\"read\";q=2;w=60");
        assertThat(reply.header("RateLimit")).isEqualTo("\"read\";r=0;t=40");
        assertThat(reply.header("Retry-After")).isEqualTo("40");
    }

    @Test
    void a_denial_for_a_missing_scope_announces_the_version() {
        Reply reply = isGoing(get("/v1/settings", bearer(token)));

        isProblem(reply, 403, "Forbidden", "insufficient_scope", "The API token lacks a permission.", "");
        assertThat(reply.header("RateLimit")).isEqualTo("\"read\";r=2;t=40");
    }

    @Test
    void a_denial_without_a_verified_token_announces_neither_limit_nor_version() {
        Reply missing = isSilentOfGoing(get("/v1/learners"));
        Reply unknown = isSilentOfGoing(get("/v1/learners", "Authorization: Bearer fifth_live_unknown"));

        isProblem(missing, 401, "Unauthorized", "missing_token", "No API token was sent.", "");
        assertThat(missing.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"fifth\"");
        isProblem(unknown, 401, "Unauthorized", "invalid_token", "The API token is not valid.", "");
        assertThat(unknown.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"fifth\", error=\"invalid_token\"");
        assertThat(unknown.headers()).doesNotContainKeys("ratelimit", "ratelimit-policy", "fifth-version");
    }

    @Test
    void a_handlers_error_is_a_problem_that_names_its_fields() {
        Reply reply = isGoing(get("/v1/invalid", bearer(token)));

        isProblem(
                reply,
                400,
                "Bad Request",
                "invalid_request",
                "Invalid name: is required.",
                ",\"errors\":[{\"field\":\"name\",\"message\":\"is required\"},"
                        + "{\"field\":\"age\",\"message\":\"must be a number\"}]");
    }

    @Test
    void a_forwarded_request_is_judged_twice_and_links_once() {
        Reply reply = isGoing(get("/v1/forward", bearer(token)).isOk());

        assertThat(reply.headers().get("link"))
                .containsExactlyInAnyOrder(LINKS, "</v1/start>; rel=\"start\"", NEXT_PAGE);
        assertThat(reply.header("RateLimit")).isEqualTo("\"read\";r=0;t=40");
    }

    @Test
    void the_management_api_answers_in_json_and_refuses_with_problems() {
        Reply list = get("/api/v1/orgs/123/api-tokens").isOk();
        Reply refused = manage("no object", "Content-Type: application/json");
        Reply form = manage("name=CI", "Content-Type: application/x-www-form-urlencoded");

        assertThat(list.header("Content-Type")).isEqualTo("application/json");
        String why = "must be one JSON object, which has no name twice, and nothing else";
        isProblem(
                refused,
                400,
                "Bad Request",
                "invalid_request",
                "Invalid body: " + why + ".",
                ",\"errors\":[{\"field\":\"body\",\"message\":\"" + why + "\"}]");
        String type = "must be application/json, with the charset utf-8 or without one";
        isProblem(
                form,
                415,
                "Unsupported Media Type",
                "unsupported_media_type",
                "Invalid Content-Type: " + type + ".",
                ",\"errors\":[{\"field\":\"Content-Type\",\"message\":\"" + type + "\"}]");
    }

    private Reply manage(String body, String header) {
        return send("POST", "/api/v1/orgs/123/api-tokens", BodyPublishers.ofString(body), header);
    }
}
