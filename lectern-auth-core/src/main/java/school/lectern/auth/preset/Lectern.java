package school.lectern.auth.preset;

import static school.lectern.auth.decision.AuthError.Kind.*;

import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorView;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * The dialect of the Lectern API. A token is {@code sk_live_lectern_} or {@code sk_test_lectern_} and 32 characters. It has
 * scopes of the form {@code verb:resource}. Versions of the API are dates, and reads, writes and bulk requests have rate
 * limits.
 *
 * <p>The documentation of the API leaves some cases open. They are decided as follows: an address that is not allowed, a
 * suspended tenant and an expired token are {@code invalid_token}. A request to the wrong environment is a missing scope. A
 * resource of another tenant does not exist. Conflicts and wrong methods have the codes {@code conflict} and
 * {@code method_not_allowed}.
 */
public final class Lectern {

    /** The dialect of the Lectern API. */
    public static final Dialect DIALECT = Dialect.builder("lectern")
            .format(TokenFormat.builder()
                    .prefix(TokenEnvironment.LIVE, "sk_live_lectern_")
                    .prefix(TokenEnvironment.TEST, "sk_test_lectern_")
                    .body(TokenBody.of(TokenBody.BASE62, 32))
                    .visibleCharacters(4)
                    .build())
            .scopes(ScopeGrammar.verbs("read", "write", "delete", "admin").withPair("admin", "tenant"))
            .limits(
                    LimitPlan.unlimited()
                            .with(LimitPlan.READ, RateLimit.perMinute(200))
                            .with(LimitPlan.WRITE, RateLimit.perMinute(60))
                            .with(LimitPlan.BULK, RateLimit.perMinute(10)),
                    LimitHeaders.X_RATE_LIMIT)
            .optionalVersionHeader("Lectern-Version")
            .requestIds(RequestIds.random("req_", TokenBody.BASE62, 15))
            .errorBody(Lectern::body)
            .error(
                    401,
                    "invalid_token",
                    "The API token provided was not recognized.",
                    MISSING_CREDENTIAL,
                    OTHER_SCHEME,
                    MALFORMED_CREDENTIAL,
                    MALFORMED_TOKEN,
                    UNKNOWN_TOKEN,
                    REVOKED,
                    SUSPENDED,
                    EXPIRED,
                    ADDRESS_NOT_ALLOWED)
            .error(
                    403,
                    "insufficient_scope",
                    "The API token lacks a scope that this operation needs.",
                    INSUFFICIENT_SCOPE,
                    ENVIRONMENT_MISMATCH)
            .error(403, "insufficient_scope", "You may not do this.", FORBIDDEN)
            .error(403, "insufficient_scope", "API tokens cannot manage API tokens.", TOKENS_MANAGE_NOTHING)
            .error(
                    404,
                    "not_found",
                    "The resource does not exist.",
                    NOT_FOUND,
                    TOKEN_NOT_FOUND,
                    TENANT_NOT_FOUND,
                    TENANT_MISMATCH)
            .error(405, "method_not_allowed", "The path does not have this method.", METHOD_NOT_ALLOWED)
            .error(409, "conflict", "The token is not in a state that allows this.", CONFLICT, NAME_TAKEN)
            .error(422, "validation_failed", "The request is not valid.", INVALID_REQUEST, UNSUPPORTED_VERSION)
            .error(429, "rate_limited", "The limit is used up. Retry after {seconds} seconds.", RATE_LIMITED)
            .error(
                    429,
                    "rate_limited",
                    "Too many tokens were created. Retry after {seconds} seconds.",
                    CREATION_LIMITED)
            .error(500, "internal_error", "Something broke on our side. Please quote the request id.", UNAVAILABLE)
            .build();

    private Lectern() {}

    private static ErrorBody body(ErrorView view) {
        ErrorBody coded =
                view.code().map(code -> ErrorBody.object().put("code", code)).orElseGet(ErrorBody::object);
        ErrorBody error = coded.put("message", view.message()).put("request_id", view.requestId());
        boolean hasDetails = !view.fieldErrors().isEmpty();
        return ErrorBody.object().putObject("error", hasDetails ? error.putArray("details", details(view)) : error);
    }

    private static ErrorBody.Array details(ErrorView view) {
        return ErrorBody.array(
                view.fieldErrors(),
                field -> ErrorBody.object().put("field", field.field()).put("message", field.message()));
    }
}
