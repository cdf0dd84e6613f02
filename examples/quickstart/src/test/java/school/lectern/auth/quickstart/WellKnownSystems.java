package school.lectern.auth.quickstart;

import static school.lectern.auth.decision.AuthError.Category.CREDENTIAL;
import static school.lectern.auth.decision.AuthError.Kind.*;
import static school.lectern.auth.dialect.LimitHeaders.NONE;
import static school.lectern.auth.dialect.LimitPlan.unlimited;
import static school.lectern.auth.dialect.LimitValue.*;
import static school.lectern.auth.format.TokenBody.*;

import java.nio.ByteOrder;
import java.time.Duration;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorMapping;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenChecksum;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * Token systems of well-known providers as dialects, written from their public documentation. {@link WellKnownSystemsTest}
 * sends requests to each of them, and checks that none needs more than 40 lines.
 */
final class WellKnownSystems {

    private WellKnownSystems() {}

    static Dialect github() {
        TokenFormat classic = TokenFormat.builder()
                .prefix("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
                .body(of(BASE62, 30))
                .checksum(TokenChecksum.crc32(BASE62, 6))
                .build();
        TokenFormat fineGrained = TokenFormat.builder()
                .prefix("github_pat_")
                .body(sequence(of(BASE62, 22), literal("_"), of(BASE62, 59)))
                .build();
        return Dialect.builder("github")
                .format("classic", classic)
                .format("fine-grained", fineGrained)
                .legacyFormat(TokenFormat.builder().prefix("").body(of(HEX, 40)).build())
                .carriers(Carrier.bearer(), Carrier.scheme("token"))
                .scopes(ScopeGrammar.names("repo", "repo:status", "gist", "admin:org")
                        .implies("repo", "repo:status"))
                .limits(
                        unlimited()
                                .with("core", RateLimit.fixed(5000, Duration.ofHours(1)))
                                .byDefault("core"),
                        NONE.with("X-RateLimit-Limit", LIMIT)
                                .with("X-RateLimit-Remaining", REMAINING)
                                .with("X-RateLimit-Reset", RESET_EPOCH_SECONDS)
                                .with("X-RateLimit-Used", USED)
                                .with("X-RateLimit-Resource", POLICY))
                .requestIdHeader("X-GitHub-Request-Id")
                .errorBody(error -> ErrorBody.object()
                        .put("message", error.message())
                        .put("documentation_url", "https://docs.github.com/rest")
                        .put("status", Integer.toString(error.status())))
                .standardErrors()
                .error(401, "", "Requires authentication", MISSING_CREDENTIAL)
                .error(401, "", "Bad credentials", CREDENTIAL)
                .error(404, "", "Not Found", NOT_FOUND, INSUFFICIENT_SCOPE)
                .error(403, "", "API rate limit exceeded", RATE_LIMITED)
                .build();
    }

    static Dialect gitlab() {
        TokenFormat routable = TokenFormat.builder()
                .prefix("glpat-")
                .body(sequence(of(BASE64_URL, 27, 300), literal("."), of(BASE36, 2)))
                .checksum(TokenChecksum.crc32(BASE36, 7)
                        .over(TokenChecksum.Input.TOKEN_AND_SEPARATOR)
                        .after("."))
                .build();
        TokenFormat old = TokenFormat.builder()
                .prefix("glpat-")
                .body(of(BASE64_URL, 20))
                .minHiddenBits(120)
                .build();
        return Dialect.builder("gitlab")
                .format("routable", routable)
                .format("old", old)
                .carriers(Carrier.header("PRIVATE-TOKEN"), Carrier.bearer())
                .scopes(ScopeGrammar.names("api", "read_api", "read_user").implies("api", "read_api", "read_user"))
                .limits(
                        unlimited()
                                .with("authenticated_api", RateLimit.perMinute(2000))
                                .byDefault("authenticated_api"),
                        NONE.with("RateLimit-Limit", LIMIT)
                                .with("RateLimit-Name", POLICY)
                                .with("RateLimit-Observed", USED)
                                .with("RateLimit-Remaining", REMAINING)
                                .with("RateLimit-Reset", RESET_EPOCH_SECONDS))
                .errorBody(error -> error.kind() == INSUFFICIENT_SCOPE
                        ? ErrorBody.object()
                                .put("error", "insufficient_scope")
                                .put("error_description", error.message())
                                .put("scope", error.neededScopes().toString())
                        : ErrorBody.object().put("message", error.status() + " " + error.message()))
                .standardErrors()
                .error(401, "", "Unauthorized", CREDENTIAL)
                .error(403, "", "The request requires higher privileges", INSUFFICIENT_SCOPE)
                .build();
    }

    static Dialect stripe() {
        TokenBody first = of(BASE62, 99);
        TokenBody older = of(BASE62, 24);
        TokenFormat secret = TokenFormat.builder()
                .prefix(TokenEnvironment.LIVE, "sk_live_")
                .prefix(TokenEnvironment.TEST, "sk_test_")
                .body(first, older)
                .visibleCharacters(2)
                .build();
        TokenFormat restricted = TokenFormat.builder()
                .prefix(TokenEnvironment.LIVE, "rk_live_")
                .prefix(TokenEnvironment.TEST, "rk_test_")
                .body(first, older)
                .visibleCharacters(2)
                .build();
        return Dialect.builder("stripe")
                .format("secret", secret)
                .format("restricted", restricted)
                .carriers(Carrier.basicUserName(), Carrier.bearer())
                .scopes(ScopeGrammar.anyName().withEverything())
                .requestIdHeader("Request-Id")
                .optionalVersionHeader("Stripe-Version")
                .errorBody(error -> {
                    String type = error.status() < 500 ? "invalid_request_error" : "api_error";
                    ErrorBody typed = ErrorBody.object().put("type", type);
                    ErrorBody coded =
                            error.code().map(code -> typed.put("code", code)).orElse(typed);
                    return ErrorBody.object().putObject("error", coded.put("message", error.message()));
                })
                .standardErrors()
                .error(401, "", "Invalid API Key provided", CREDENTIAL)
                .error(403, "", "The provided key does not have the required permissions", INSUFFICIENT_SCOPE)
                .error(429, "rate_limit", "Too many requests", RATE_LIMITED)
                .error(500, "", "An error occurred", UNAVAILABLE)
                .build();
    }

    static Dialect slack() {
        TokenBody number = of(DIGITS, 10, 13);
        TokenBody dash = literal("-");
        return Dialect.builder("slack")
                .format(TokenFormat.builder()
                        .prefix("xoxb-", "xoxp-")
                        .body(sequence(number, dash, number, dash, of(BASE62, 24)))
                        .build())
                .scopes(ScopeGrammar.names("chat:write", "chat:write.public"))
                .errorBody(error -> {
                    ErrorBody body = ErrorBody.object()
                            .put("ok", false)
                            .put("error", error.code().orElse("fatal_error"));
                    return error.kind() != INSUFFICIENT_SCOPE
                            ? body
                            : body.put("needed", error.neededScopes().toString())
                                    .put(
                                            "provided",
                                            error.heldScopes().toString().replace(' ', ','));
                })
                .standardErrors()
                .errorWithStatus200("not_authed", "", MISSING_CREDENTIAL)
                .errorWithStatus200("invalid_auth", "", CREDENTIAL)
                .errorWithStatus200("token_revoked", "", REVOKED)
                .errorWithStatus200("missing_scope", "", INSUFFICIENT_SCOPE)
                .error(429, "ratelimited", "", RATE_LIMITED)
                .build();
    }

    static Dialect openai() {
        TokenBody half = of(BASE64_URL, 74);
        return Dialect.builder("openai")
                .format(TokenFormat.builder()
                        .prefix("sk-proj-")
                        .body(sequence(half, literal("T3BlbkFJ"), half))
                        .build())
                .limits(
                        unlimited()
                                .with("requests", RateLimit.perMinute(60))
                                .with("tokens", RateLimit.perMinute(90_000))
                                .byDefault("requests", "tokens"),
                        NONE.with("x-ratelimit-limit-{policy}", LIMIT)
                                .with("x-ratelimit-remaining-{policy}", REMAINING)
                                .with("x-ratelimit-reset-{policy}", RESET_DURATION))
                .requestIdHeader("x-request-id")
                .errorBody(error -> {
                    ErrorBody body = ErrorBody.object()
                            .put("message", error.message())
                            .put("type", error.type().orElse("invalid_request_error"))
                            .putNull("param");
                    return ErrorBody.object()
                            .putObject(
                                    "error",
                                    error.code()
                                            .map(code -> body.put("code", code))
                                            .orElse(body.putNull("code")));
                })
                .standardErrors()
                .error(401, "invalid_api_key", "Incorrect API key provided.", CREDENTIAL)
                .error(
                        ErrorMapping.of(429, "rate_limit_exceeded", "Rate limit reached.")
                                .type("requests"),
                        RATE_LIMITED)
                .error(ErrorMapping.of(500, "", "The server had an error.").type("server_error"), UNAVAILABLE)
                .build();
    }

    static Dialect cloudflare() {
        TokenFormat prefixed = TokenFormat.builder()
                .prefix("cfut_", "cfat_", "cfk_")
                .body(of(BASE62, 40))
                .checksum(TokenChecksum.crc32Hex(ByteOrder.BIG_ENDIAN))
                .build();
        return Dialect.builder("cloudflare")
                .format(prefixed)
                .legacyFormat(TokenFormat.builder()
                        .prefix("")
                        .body(of(BASE64_URL, 40))
                        .build())
                .limits(
                        unlimited()
                                .with("default", RateLimit.fixed(1200, Duration.ofMinutes(5)))
                                .byDefault("default"),
                        LimitHeaders.RATE_LIMIT_DRAFT_11)
                .errorBody(error -> ErrorBody.object()
                        .put("success", false)
                        .putArray(
                                "errors",
                                ErrorBody.array()
                                        .add(ErrorBody.object()
                                                .put("code", error.number().orElse(10_000))
                                                .put("message", error.message())))
                        .putArray("messages", ErrorBody.array())
                        .putNull("result"))
                .standardErrors()
                .error(ErrorMapping.of(401, "", "Invalid API Token").number(1000), CREDENTIAL)
                .error(
                        ErrorMapping.of(403, "", "Cannot use the access token from location")
                                .number(9109),
                        ADDRESS_NOT_ALLOWED)
                .build();
    }

    static Dialect discord() {
        TokenBody dot = literal(".");
        return Dialect.builder("discord")
                .format(TokenFormat.builder()
                        .prefix("")
                        .body(sequence(of(BASE64_URL, 24, 28), dot, of(BASE64_URL, 6), dot, of(BASE64_URL, 27, 38)))
                        .build())
                .carriers(Carrier.scheme("Bot"))
                .limits(
                        unlimited().with("abcd1234", RateLimit.perMinute(50)).byDefault("abcd1234"),
                        NONE.with("X-RateLimit-Limit", LIMIT)
                                .with("X-RateLimit-Remaining", REMAINING)
                                .with("X-RateLimit-Reset", RESET_EPOCH_FRACTION)
                                .with("X-RateLimit-Reset-After", RESET_SECONDS_FRACTION)
                                .with("X-RateLimit-Bucket", POLICY))
                .errorBody(error -> {
                    ErrorBody message = ErrorBody.object().put("message", error.message());
                    return error.exactRetryAfter()
                            .map(wait -> message.put("retry_after", wait.toMillis() / 1000.0)
                                    .put("global", false))
                            .orElseGet(() -> message.put("code", error.number().orElse(0)));
                })
                .standardErrors()
                .error(401, "", "401: Unauthorized", CREDENTIAL)
                .error(404, "", "404: Not Found", NOT_FOUND)
                .error(429, "", "You are being rate limited.", RATE_LIMITED)
                .build();
    }

    static Dialect vendorWithXApiKey() {
        return Dialect.builder("vendor")
                .format(TokenFormat.builder()
                        .prefix("sk-ant-api03-")
                        .body(sequence(of(BASE64_URL, 93), literal("AA")))
                        .build())
                .carriers(Carrier.header("x-api-key"), Carrier.bearer())
                .limits(
                        unlimited().with("requests", RateLimit.perMinute(50)).byDefault("requests"),
                        NONE.with("anthropic-ratelimit-{policy}-limit", LIMIT)
                                .with("anthropic-ratelimit-{policy}-remaining", REMAINING)
                                .with("anthropic-ratelimit-{policy}-reset", RESET_TIME))
                .requestIdHeader("request-id")
                .errorBody(error -> ErrorBody.object()
                        .put("type", "error")
                        .putObject(
                                "error",
                                ErrorBody.object()
                                        .put("type", error.code().orElse("api_error"))
                                        .put("message", error.message()))
                        .put("request_id", error.requestId()))
                .standardErrors()
                .error(401, "authentication_error", "invalid x-api-key", CREDENTIAL)
                .error(429, "rate_limit_error", "Number of requests has exceeded your rate limit", RATE_LIMITED)
                .error(529, "overloaded_error", "Overloaded", UNAVAILABLE)
                .build();
    }
}
