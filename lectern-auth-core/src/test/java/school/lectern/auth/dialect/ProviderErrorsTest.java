package school.lectern.auth.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static school.lectern.auth.decision.AuthError.Kind.*;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.RateLimitResult;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;

/** The error bodies and headers of well-known token systems, as their documentation shows them, byte for byte. */
class ProviderErrorsTest {

    private static final RateLimit LIMIT = RateLimit.perMinute(60);

    private static DialectBuilder dialect(String name) {
        return Dialect.builder(name)
                .format(Lectern.DIALECT.format())
                .scopes(ScopeGrammar.verbs("read", "write"))
                .standardErrors();
    }

    private static String body(Dialect dialect, AuthError error) {
        return dialect.render(error, "req_1").body();
    }

    private static String body(Dialect dialect, Kind kind) {
        return body(dialect, AuthError.of(kind));
    }

    private static final AuthError MISSING_SCOPE =
            AuthError.insufficientScope(ScopeSet.parse("write:chat")).withHeld(ScopeSet.parse("read:chat read:users"));

    private static final AuthError LIMITED = AuthError.limited(RATE_LIMITED, Duration.ofMillis(1_337));

    /** Returns a limit of 60 that ends at 13:24:00.123, 60 seconds from now. */
    private static RateLimitResult limit(String policy, long remaining) {
        long reset = Instant.parse("2026-05-07T13:24:00.123Z").toEpochMilli();
        return RateLimitResult.of(
                policy, LimitStatus.of(remaining > 0, 60, remaining, reset, 60_000, 60_000, reset - 60_000));
    }

    private static Map<String, String> headers(Dialect dialect, RateLimitResult... limits) {
        return dialect.headers(Denied.of("req_1", LIMITED, Optional.empty(), Optional.empty(), List.of(limits)));
    }

    // GitHub

    static final Dialect GITHUB = dialect("github")
            .limits(
                    LimitPlan.unlimited().with("core", LIMIT).byDefault("core"),
                    LimitHeaders.NONE
                            .with("X-RateLimit-Limit", LimitValue.LIMIT)
                            .with("X-RateLimit-Remaining", LimitValue.REMAINING)
                            .with("X-RateLimit-Reset", LimitValue.RESET_EPOCH_SECONDS)
                            .with("X-RateLimit-Used", LimitValue.USED)
                            .with("X-RateLimit-Resource", LimitValue.POLICY))
            .requestIdHeader("X-GitHub-Request-Id")
            .errorBody(error -> ErrorBody.object()
                    .put("message", error.message())
                    .put("documentation_url", "https://docs.github.com/rest")
                    .put("status", Integer.toString(error.status())))
            .error(401, "", "Bad credentials", UNKNOWN_TOKEN, REVOKED, EXPIRED)
            .error(404, "", "Not Found", NOT_FOUND, INSUFFICIENT_SCOPE)
            .error(403, "", "API rate limit exceeded", RATE_LIMITED)
            .build();

    @Test
    void github() {
        assertThat(body(GITHUB, UNKNOWN_TOKEN))
                .isEqualTo("{\"message\":\"Bad credentials\",\"documentation_url\":\"https://docs.github.com/rest\","
                        + "\"status\":\"401\"}");
        assertThat(GITHUB.render(MISSING_SCOPE, "req_1")).isEqualTo(GITHUB.render(AuthError.of(NOT_FOUND), "req_1"));
        assertThat(GITHUB.status(LIMITED)).isEqualTo(403);
        assertThat(headers(GITHUB, limit("core", 0)))
                .containsExactly(
                        entry("X-GitHub-Request-Id", "req_1"),
                        entry("X-RateLimit-Limit", "60"),
                        entry("X-RateLimit-Remaining", "0"),
                        entry("X-RateLimit-Reset", "1778160241"),
                        entry("X-RateLimit-Used", "60"),
                        entry("X-RateLimit-Resource", "core"));
    }

    // GitLab

    static final Dialect GITLAB = dialect("gitlab")
            .limits(
                    LimitPlan.unlimited()
                            .with("throttle_authenticated_api", LIMIT)
                            .byDefault("throttle_authenticated_api"),
                    LimitHeaders.NONE
                            .with("RateLimit-Limit", LimitValue.LIMIT)
                            .with("RateLimit-Name", LimitValue.POLICY)
                            .with("RateLimit-Observed", LimitValue.USED)
                            .with("RateLimit-Remaining", LimitValue.REMAINING)
                            .with("RateLimit-Reset", LimitValue.RESET_EPOCH_SECONDS))
            .errorBody(error -> error.kind() == INSUFFICIENT_SCOPE
                    ? ErrorBody.object()
                            .put("error", "insufficient_scope")
                            .put("error_description", error.message())
                            .put("scope", error.neededScopes().toString())
                    : ErrorBody.object().put("message", error.status() + " " + error.message()))
            .error(401, "", "Unauthorized", UNKNOWN_TOKEN)
            .error(
                    403,
                    "",
                    "The request requires higher privileges than provided by the access token.",
                    INSUFFICIENT_SCOPE)
            .build();

    @Test
    void gitlab() {
        assertThat(body(GITLAB, UNKNOWN_TOKEN)).isEqualTo("{\"message\":\"401 Unauthorized\"}");
        assertThat(body(GITLAB, MISSING_SCOPE))
                .isEqualTo("{\"error\":\"insufficient_scope\",\"error_description\":\"The request requires higher"
                        + " privileges than provided by the access token.\",\"scope\":\"write:chat\"}");
        assertThat(headers(GITLAB, limit("throttle_authenticated_api", 59)))
                .containsExactly(
                        entry("X-Request-Id", "req_1"),
                        entry("RateLimit-Limit", "60"),
                        entry("RateLimit-Name", "throttle_authenticated_api"),
                        entry("RateLimit-Observed", "1"),
                        entry("RateLimit-Remaining", "59"),
                        entry("RateLimit-Reset", "1778160241"));
    }

    // Stripe

    private static ErrorBody stripe(ErrorView error) {
        ErrorBody typed = ErrorBody.object().put("type", error.status() < 500 ? "invalid_request_error" : "api_error");
        ErrorBody coded = error.code().map(code -> typed.put("code", code)).orElse(typed);
        return ErrorBody.object().putObject("error", coded.put("message", error.message()));
    }

    static final Dialect STRIPE = dialect("stripe")
            .requestIdHeader("Request-Id")
            .optionalVersionHeader("Stripe-Version")
            .errorBody(ProviderErrorsTest::stripe)
            .error(401, "", "Invalid API Key provided", UNKNOWN_TOKEN)
            .error(429, "rate_limit", "Too many requests", RATE_LIMITED)
            .error(500, "", "An error occurred", UNAVAILABLE)
            .build();

    @Test
    void stripe() {
        assertThat(body(STRIPE, UNKNOWN_TOKEN))
                .isEqualTo("{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Invalid API Key provided\"}}");
        assertThat(body(STRIPE, LIMITED))
                .isEqualTo("{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"rate_limit\","
                        + "\"message\":\"Too many requests\"}}");
        assertThat(body(STRIPE, UNAVAILABLE))
                .isEqualTo("{\"error\":{\"type\":\"api_error\",\"message\":\"An error occurred\"}}");
        assertThat(headers(STRIPE)).containsExactly(entry("Request-Id", "req_1"));
    }

    // Slack

    private static ErrorBody slack(ErrorView error) {
        ErrorBody body =
                ErrorBody.object().put("ok", false).put("error", error.code().orElse("fatal_error"));
        return error.kind() != INSUFFICIENT_SCOPE
                ? body
                : body.put("needed", error.neededScopes().toString())
                        .put("provided", error.heldScopes().toString().replace(' ', ','));
    }

    static final Dialect SLACK = dialect("slack")
            .errorBody(ProviderErrorsTest::slack)
            .errorWithStatus200("not_authed", "", MISSING_CREDENTIAL)
            .errorWithStatus200("invalid_auth", "", OTHER_SCHEME, MALFORMED_CREDENTIAL, MALFORMED_TOKEN, UNKNOWN_TOKEN)
            .errorWithStatus200("token_revoked", "", REVOKED)
            .errorWithStatus200("missing_scope", "", INSUFFICIENT_SCOPE)
            .errorWithStatus200("internal_error", "", UNAVAILABLE)
            .error(429, "ratelimited", "", RATE_LIMITED)
            .build();

    @Test
    void slack() {
        assertThat(SLACK.render(AuthError.of(UNKNOWN_TOKEN), "req_1").status()).isEqualTo(200);
        assertThat(SLACK.render(AuthError.of(UNKNOWN_TOKEN), "req_1").headers()).doesNotContainKey("WWW-Authenticate");
        assertThat(body(SLACK, UNKNOWN_TOKEN)).isEqualTo("{\"ok\":false,\"error\":\"invalid_auth\"}");
        assertThat(body(SLACK, MISSING_CREDENTIAL)).isEqualTo("{\"ok\":false,\"error\":\"not_authed\"}");
        assertThat(body(SLACK, REVOKED)).isEqualTo("{\"ok\":false,\"error\":\"token_revoked\"}");
        assertThat(body(SLACK, MISSING_SCOPE))
                .isEqualTo("{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"write:chat\","
                        + "\"provided\":\"read:chat,read:users\"}");
        RenderedError limited = SLACK.render(LIMITED, "req_1");
        assertThat(limited.status()).isEqualTo(429);
        assertThat(limited.body()).isEqualTo("{\"ok\":false,\"error\":\"ratelimited\"}");
        assertThat(limited.headers()).containsEntry("Retry-After", "2");
    }

    // OpenAI

    private static ErrorBody openAi(ErrorView error) {
        ErrorBody body = ErrorBody.object()
                .put("message", error.message())
                .put("type", error.type().orElse("invalid_request_error"))
                .putNull("param");
        return ErrorBody.object()
                .putObject(
                        "error",
                        error.code().map(code -> body.put("code", code)).orElse(body.putNull("code")));
    }

    static final Dialect OPENAI = dialect("openai")
            .limits(
                    LimitPlan.unlimited()
                            .with("requests", LIMIT)
                            .with("tokens", LIMIT)
                            .byDefault("requests", "tokens"),
                    LimitHeaders.NONE
                            .with("x-ratelimit-limit-{policy}", LimitValue.LIMIT)
                            .with("x-ratelimit-remaining-{policy}", LimitValue.REMAINING)
                            .with("x-ratelimit-reset-{policy}", LimitValue.RESET_DURATION))
            .requestIdHeader("x-request-id")
            .errorBody(ProviderErrorsTest::openAi)
            .error(401, "invalid_api_key", "Incorrect API key provided.", UNKNOWN_TOKEN)
            .error(
                    ErrorMapping.of(429, "rate_limit_exceeded", "Rate limit reached.")
                            .type("requests"),
                    RATE_LIMITED)
            .error(ErrorMapping.of(500, "", "The server had an error.").type("server_error"), UNAVAILABLE)
            .build();

    @Test
    void openAi() {
        assertThat(body(OPENAI, UNKNOWN_TOKEN))
                .isEqualTo("{\"error\":{\"message\":\"Incorrect API key provided.\",\"type\":\"invalid_request_error\","
                        + "\"param\":null,\"code\":\"invalid_api_key\"}}");
        assertThat(body(OPENAI, LIMITED))
                .isEqualTo("{\"error\":{\"message\":\"Rate limit reached.\",\"type\":\"requests\",\"param\":null,"
                        + "\"code\":\"rate_limit_exceeded\"}}");
        assertThat(body(OPENAI, UNAVAILABLE))
                .isEqualTo(
                        "{\"error\":{\"message\":\"The server had an error.\",\"type\":\"server_error\",\"param\":null,"
                                + "\"code\":null}}");
        assertThat(headers(OPENAI, limit("requests", 0), limit("tokens", 7)))
                .containsExactly(
                        entry("x-request-id", "req_1"),
                        entry("x-ratelimit-limit-requests", "60"),
                        entry("x-ratelimit-limit-tokens", "60"),
                        entry("x-ratelimit-remaining-requests", "0"),
                        entry("x-ratelimit-remaining-tokens", "7"),
                        entry("x-ratelimit-reset-requests", "1m0s"),
                        entry("x-ratelimit-reset-tokens", "1m0s"));
    }

    // Cloudflare

    private static ErrorBody cloudflare(ErrorView error) {
        ErrorBody one =
                ErrorBody.object().put("code", error.number().orElse(10_000)).put("message", error.message());
        return ErrorBody.object()
                .put("success", false)
                .putArray("errors", ErrorBody.array().add(one))
                .putArray("messages", ErrorBody.array())
                .putNull("result");
    }

    static final Dialect CLOUDFLARE = dialect("cloudflare")
            .limits(LimitPlan.unlimited().with("default", LIMIT).byDefault("default"), LimitHeaders.RATE_LIMIT_DRAFT_11)
            .errorBody(ProviderErrorsTest::cloudflare)
            .error(ErrorMapping.of(401, "", "Invalid API Token").number(1000), UNKNOWN_TOKEN)
            .error(ErrorMapping.of(403, "", "Authentication error"), FORBIDDEN)
            .build();

    @Test
    void cloudflare() {
        assertThat(body(CLOUDFLARE, UNKNOWN_TOKEN))
                .isEqualTo("{\"success\":false,\"errors\":[{\"code\":1000,\"message\":\"Invalid API Token\"}],"
                        + "\"messages\":[],\"result\":null}");
        assertThat(body(CLOUDFLARE, FORBIDDEN))
                .isEqualTo("{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Authentication error\"}],"
                        + "\"messages\":[],\"result\":null}");
        assertThat(headers(CLOUDFLARE, limit("default", 7)))
                .containsExactly(
                        entry("X-Request-Id", "req_1"),
                        entry("RateLimit-Policy", "\"default\";q=60;w=60"),
                        entry("RateLimit", "\"default\";r=7;t=60"));
    }

    // Discord

    private static ErrorBody discord(ErrorView error) {
        ErrorBody message = ErrorBody.object().put("message", error.message());
        return error.kind() == RATE_LIMITED
                ? message.put(
                                "retry_after",
                                error.exactRetryAfter().orElseThrow().toMillis() / 1000.0)
                        .put("global", false)
                : message.put("code", error.number().orElse(0));
    }

    static final Dialect DISCORD = dialect("discord")
            .limits(
                    LimitPlan.unlimited().with("abcd1234", LIMIT).byDefault("abcd1234"),
                    LimitHeaders.NONE
                            .with("X-RateLimit-Limit", LimitValue.LIMIT)
                            .with("X-RateLimit-Remaining", LimitValue.REMAINING)
                            .with("X-RateLimit-Reset", LimitValue.RESET_EPOCH_FRACTION)
                            .with("X-RateLimit-Reset-After", LimitValue.RESET_SECONDS_FRACTION)
                            .with("X-RateLimit-Bucket", LimitValue.POLICY))
            .errorBody(error ->
                    error.kind() == RATE_LIMITED && error.exactRetryAfter().isEmpty()
                            ? ErrorBody.object().put("message", error.message())
                            : discord(error))
            .error(401, "", "401: Unauthorized", UNKNOWN_TOKEN)
            .error(ErrorMapping.of(403, "", "Missing Access").number(50001), INSUFFICIENT_SCOPE, FORBIDDEN)
            .error(429, "", "You are being rate limited.", RATE_LIMITED)
            .build();

    @Test
    void discord() {
        assertThat(body(DISCORD, UNKNOWN_TOKEN)).isEqualTo("{\"message\":\"401: Unauthorized\",\"code\":0}");
        assertThat(body(DISCORD, MISSING_SCOPE)).isEqualTo("{\"message\":\"Missing Access\",\"code\":50001}");
        assertThat(body(DISCORD, LIMITED))
                .isEqualTo("{\"message\":\"You are being rate limited.\",\"retry_after\":1.337,\"global\":false}");
        assertThat(DISCORD.render(LIMITED, "req_1").headers()).containsEntry("Retry-After", "2");
        assertThat(headers(DISCORD, limit("abcd1234", 7)))
                .containsExactly(
                        entry("X-Request-Id", "req_1"),
                        entry("X-RateLimit-Limit", "60"),
                        entry("X-RateLimit-Remaining", "7"),
                        entry("X-RateLimit-Reset", "1778160240.123"),
                        entry("X-RateLimit-Reset-After", "60.000"),
                        entry("X-RateLimit-Bucket", "abcd1234"));
    }

    // A vendor with x-api-key

    static final Dialect VENDOR = dialect("vendor")
            .limits(
                    LimitPlan.unlimited().with("requests", LIMIT).byDefault("requests"),
                    LimitHeaders.NONE
                            .with("anthropic-ratelimit-{policy}-limit", LimitValue.LIMIT)
                            .with("anthropic-ratelimit-{policy}-remaining", LimitValue.REMAINING)
                            .with("anthropic-ratelimit-{policy}-reset", LimitValue.RESET_TIME))
            .requestIdHeader("request-id")
            .errorBody(error -> ErrorBody.object()
                    .put("type", "error")
                    .putObject(
                            "error",
                            ErrorBody.object()
                                    .put("type", error.code().orElseThrow())
                                    .put("message", error.message()))
                    .put("request_id", error.requestId()))
            .error(401, "authentication_error", "invalid x-api-key", UNKNOWN_TOKEN)
            .error(529, "overloaded_error", "Overloaded", UNAVAILABLE)
            .build();

    @Test
    void vendor() {
        assertThat(body(VENDOR, UNKNOWN_TOKEN))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\","
                        + "\"message\":\"invalid x-api-key\"},\"request_id\":\"req_1\"}");
        assertThat(VENDOR.status(AuthError.unavailable())).isEqualTo(529);
        assertThat(headers(VENDOR, limit("requests", 7)))
                .containsExactly(
                        entry("request-id", "req_1"),
                        entry("anthropic-ratelimit-requests-limit", "60"),
                        entry("anthropic-ratelimit-requests-remaining", "7"),
                        entry("anthropic-ratelimit-requests-reset", "2026-05-07T13:24:01Z"));
    }
}
