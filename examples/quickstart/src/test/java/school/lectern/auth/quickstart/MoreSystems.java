package school.lectern.auth.quickstart;

import static school.lectern.auth.decision.AuthError.Category.CREDENTIAL;
import static school.lectern.auth.decision.AuthError.Kind.*;
import static school.lectern.auth.dialect.LimitHeaders.NONE;
import static school.lectern.auth.dialect.LimitPlan.unlimited;
import static school.lectern.auth.dialect.LimitValue.*;
import static school.lectern.auth.format.TokenBody.*;

import java.time.Duration;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorMapping;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.TokenChecksum;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * Token systems of more providers, which use what {@link WellKnownSystems} do not: a token in two parts or without a scheme,
 * in the query, as a password, and several prefixes of which each has a body of its own.
 */
final class MoreSystems {

    private MoreSystems() {}

    static Dialect linear() {
        ErrorMapping denied = ErrorMapping.of(401, "AUTHENTICATION_ERROR", "Authentication required, not authenticated")
                .type("authentication error");
        Duration hour = Duration.ofHours(1);
        return Dialect.builder("linear")
                .format(TokenFormat.builder()
                        .prefix("lin_api_")
                        .body(of(BASE62, 40))
                        .build())
                .carriers(Carrier.authorization())
                .limits(
                        unlimited()
                                .with("Requests", RateLimit.fixed(2, hour))
                                .with("Complexity", RateLimit.fixed(250_000, hour))
                                .byDefault("Requests", "Complexity"),
                        NONE.with("X-RateLimit-{policy}-Limit", LIMIT)
                                .with("X-RateLimit-{policy}-Remaining", REMAINING)
                                .with("X-RateLimit-{policy}-Reset", RESET_EPOCH_MILLIS))
                .errorBody(error -> {
                    ErrorBody extensions = ErrorBody.object()
                            .put("type", error.type().orElse("internal error"))
                            .put("code", error.code().orElse("INTERNAL_SERVER_ERROR"))
                            .put("statusCode", error.status())
                            .put("userError", error.status() < 500);
                    ErrorBody one = ErrorBody.object().put("message", error.message());
                    return ErrorBody.object()
                            .putArray("errors", ErrorBody.array().add(one.putObject("extensions", extensions)));
                })
                .standardErrors()
                .error(denied, CREDENTIAL)
                .error(
                        ErrorMapping.of(400, "RATELIMITED", "Rate limit exceeded")
                                .type("ratelimited"),
                        RATE_LIMITED)
                .build();
    }

    static Dialect plaid() {
        return Dialect.builder("plaid")
                .format(TokenFormat.builder()
                        .publicKey("", of(HEX, 24), ".")
                        .prefix("")
                        .body(of(HEX, 30))
                        .minHiddenBits(120)
                        .build())
                .carriers(Carrier.headerParts("PLAID-CLIENT-ID", "PLAID-SECRET"))
                .requestIds(RequestIds.random("", BASE62, 15))
                .errorBody(error -> ErrorBody.object()
                        .putNull("display_message")
                        .put("error_code", error.code().orElse("INTERNAL_SERVER_ERROR"))
                        .put("error_message", error.message())
                        .put("error_type", error.type().orElse("API_ERROR"))
                        .put("request_id", error.requestId()))
                .standardErrors()
                .error(
                        ErrorMapping.of(
                                        400,
                                        "MISSING_FIELDS",
                                        "the following required fields are missing: client_id, secret")
                                .type("INVALID_REQUEST"),
                        MISSING_CREDENTIAL)
                .error(
                        ErrorMapping.of(400, "INVALID_API_KEYS", "invalid client_id or secret provided")
                                .type("INVALID_INPUT"),
                        CREDENTIAL)
                .build();
    }

    static Dialect shopify() {
        return Dialect.builder("shopify")
                .format(TokenFormat.builder()
                        .prefix("shpat_", "shpca_", "shppa_")
                        .body(of(HEX, 32))
                        .minHiddenBits(96)
                        .build())
                .carriers(Carrier.header("X-Shopify-Access-Token"))
                .scopes(ScopeGrammar.names("read_products", "write_products", "read_orders")
                        .implies("write_products", "read_products"))
                .limits(
                        unlimited()
                                .with("rest", RateLimit.gcra(4, Duration.ofSeconds(60)))
                                .byDefault("rest"),
                        NONE.with("X-Shopify-Shop-Api-Call-Limit", USED_OF_LIMIT))
                .requestIds(RequestIds.uuid())
                .errorBody(error -> ErrorBody.object()
                        .put(
                                "errors",
                                error.kind() == INSUFFICIENT_SCOPE
                                        ? "[API] This action requires merchant approval for " + error.neededScopes()
                                                + " scope."
                                        : error.message()))
                .standardErrors()
                .error(
                        401,
                        "",
                        "[API] Invalid API key or access token (unrecognized login or wrong password)",
                        CREDENTIAL)
                .error(403, "", "unused", INSUFFICIENT_SCOPE)
                .error(
                        429,
                        "",
                        "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
                        RATE_LIMITED)
                .build();
    }

    static Dialect azure() {
        return Dialect.builder("azure")
                .format(TokenFormat.builder()
                        .prefix("")
                        .body(of(HEX, 32))
                        .minHiddenBits(96)
                        .build())
                .carriers(Carrier.header("Ocp-Apim-Subscription-Key"), Carrier.unsafeQueryParameter("subscription-key"))
                .hideCredentials()
                .limits(unlimited().with("api", RateLimit.perMinute(3)).byDefault("api"), NONE)
                .errorBody(error ->
                        ErrorBody.object().put("statusCode", error.status()).put("message", error.message()))
                .standardErrors()
                .error(
                        401,
                        "",
                        "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
                        MISSING_CREDENTIAL)
                .error(
                        401,
                        "",
                        "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
                        CREDENTIAL)
                .error(429, "", "Rate limit is exceeded. Try again in {seconds} seconds.", RATE_LIMITED)
                .build();
    }

    static Dialect atlassian() {
        return Dialect.builder("atlassian")
                .format(TokenFormat.builder()
                        .prefix("ATATT3xFfGF0")
                        .body(of(BASE64_URL, 171, 180))
                        .checksum(TokenChecksum.crc32(DIGITS + "ABCDEF", 8).after("="))
                        .build())
                .carriers(Carrier.basicPassword(), Carrier.bearer())
                .scopes(ScopeGrammar.anyName())
                .errorBody(
                        error -> ErrorBody.object().put("code", error.status()).put("message", error.message()))
                .standardErrors()
                .error(401, "", "Unauthorized", CREDENTIAL)
                .error(401, "", "Unauthorized; scope does not match", INSUFFICIENT_SCOPE)
                .limits(
                        unlimited().with("api", RateLimit.perMinute(3)).byDefault("api"),
                        NONE.with("X-RateLimit-Limit", LIMIT)
                                .with("X-RateLimit-Remaining", REMAINING)
                                .with("X-RateLimit-Reset", RESET_TIME))
                .build();
    }

    static Dialect sentry() {
        return Dialect.builder("sentry")
                .format(
                        "user",
                        TokenFormat.builder()
                                .prefix("sntryu_")
                                .body(of(HEX, 64))
                                .build())
                .format(
                        "org",
                        TokenFormat.builder()
                                .prefix("sntrys_")
                                .body(sequence(
                                        literal("eyJpYXQiO"), of(BASE62, 10, 200), literal("_"), of(BASE62 + "+/", 43)))
                                .build())
                .legacyFormat(TokenFormat.builder().prefix("").body(of(HEX, 64)).build())
                .scopes(ScopeGrammar.names("org:ci", "project:read", "project:write", "project:admin")
                        .implies("project:admin", "project:write")
                        .implies("project:write", "project:read"))
                .limits(
                        unlimited()
                                .with("api", RateLimit.fixed(3, Duration.ofMinutes(1)))
                                .byDefault("api"),
                        NONE.with("X-Sentry-Rate-Limit-Limit", LIMIT)
                                .with("X-Sentry-Rate-Limit-Remaining", REMAINING)
                                .with("X-Sentry-Rate-Limit-Reset", RESET_EPOCH_SECONDS))
                .errorBody(error -> ErrorBody.object().put("detail", error.message()))
                .standardErrors()
                .error(401, "", "Authentication credentials were not provided.", MISSING_CREDENTIAL)
                .error(401, "", "Invalid token", CREDENTIAL)
                .error(403, "", "You do not have permission to perform this action.", INSUFFICIENT_SCOPE)
                .error(
                        429,
                        "",
                        "You are attempting to use this endpoint too frequently. Limit is 3 requests in 60 seconds",
                        RATE_LIMITED)
                .build();
    }

    static Dialect airtable() {
        return Dialect.builder("airtable")
                .format(TokenFormat.builder()
                        .publicKey("pat", of(BASE62, 14), ".")
                        .prefix("")
                        .body(of(HEX, 64))
                        .build())
                .legacyFormat(TokenFormat.builder()
                        .prefix("key")
                        .body(of(BASE62, 14))
                        .minHiddenBits(64)
                        .build())
                .scopes(ScopeGrammar.names("data.records:read", "data.records:write", "schema.bases:read"))
                .limits(unlimited().with("base", RateLimit.perMinute(3)).byDefault("base"), NONE)
                .errorBody(error -> {
                    ErrorBody coded = ErrorBody.object()
                            .put(
                                    error.status() == 429 ? "error" : "type",
                                    error.code().orElse("SERVER_ERROR"))
                            .put("message", error.message());
                    return switch (error.status()) {
                        case 404 -> ErrorBody.object().put("error", "NOT_FOUND");
                        case 429 ->
                            ErrorBody.object()
                                    .putArray("errors", ErrorBody.array().add(coded));
                        default -> ErrorBody.object().putObject("error", coded);
                    };
                })
                .standardErrors()
                .error(401, "AUTHENTICATION_REQUIRED", "Authentication required", CREDENTIAL)
                .error(
                        403,
                        "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
                        "Invalid permissions, or the requested model was not found.",
                        INSUFFICIENT_SCOPE)
                .error(429, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later", RATE_LIMITED)
                .build();
    }

    static Dialect twilio() {
        return Dialect.builder("Twilio API")
                .format(TokenFormat.builder()
                        .publicKey("SK", of(HEX, 32), ":")
                        .prefix("")
                        .body(of(BASE62, 32))
                        .build())
                .carriers(Carrier.basicParts())
                .requestIdHeader("Twilio-Request-Id")
                .requestIds(RequestIds.random("RQ", HEX, 32))
                .errorBody(error -> ErrorBody.object()
                        .put("code", error.number().orElse(20500))
                        .put("message", error.message())
                        .put(
                                "more_info",
                                "https://www.twilio.com/docs/errors/"
                                        + error.number().orElse(20500))
                        .put("status", error.status()))
                .standardErrors()
                .error(ErrorMapping.of(401, "", "Authenticate").number(20003), CREDENTIAL)
                .error(
                        ErrorMapping.of(404, "", "The requested resource was not found")
                                .number(20404),
                        NOT_FOUND)
                .error(ErrorMapping.of(429, "", "Too Many Requests").number(20429), RATE_LIMITED)
                .limits(unlimited().with("api", RateLimit.perMinute(3)).byDefault("api"), NONE)
                .build();
    }
}
