package school.lectern.auth.preset;

import static school.lectern.auth.decision.AuthError.Kind.*;

import java.time.Duration;
import java.util.Map;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.ErrorView;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;

/**
 * The dialect of the LearnCoin API. A key is {@code lrn_live_} or {@code lrn_test_} and 32 bytes in base58. It belongs to one
 * tenant and one environment, and may have a list of allowed addresses. Keys have no permissions, and there are no rate
 * limits unless the application sets some. Audit rows are retained according to the entry {@code plan} in the tenant's
 * profile. Every authenticated call must have an audit row, so build the {@code LecternAuth} with {@code audit}.
 *
 * <p>The documentation of the API leaves some cases open. They are decided as follows: a header without a Bearer credential
 * is an invalid key; so is an expired key, and a key of a suspended tenant. An outage is {@code service_unavailable}. A
 * resource of another tenant does not exist.
 */
public final class LearnCoin {

    /** The dialect of the LearnCoin API. */
    public static final Dialect DIALECT = Dialect.builder("learncoin")
            .format(TokenFormat.builder()
                    .prefix(TokenEnvironment.LIVE, "lrn_live_")
                    .prefix(TokenEnvironment.TEST, "lrn_test_")
                    .body(TokenBody.base58(32))
                    .visibleCharacters(4)
                    .build())
            .requestIds(RequestIds.ulid())
            .requestIdInBodies()
            .retention(Retention.by(
                    "plan",
                    Map.of(
                            "developer", Duration.ofDays(90),
                            "starter", Duration.ofDays(90),
                            "institution", Duration.ofDays(365),
                            "industry", Duration.ofDays(365))))
            .errorBody(LearnCoin::body)
            .error(401, "api_key_missing", "No Authorization header was sent.", MISSING_CREDENTIAL)
            .error(
                    401,
                    "api_key_invalid",
                    "The key has a wrong format or does not exist.",
                    OTHER_SCHEME,
                    MALFORMED_CREDENTIAL,
                    MALFORMED_TOKEN,
                    UNKNOWN_TOKEN,
                    SUSPENDED,
                    EXPIRED)
            .error(401, "api_key_revoked", "The key was revoked.", REVOKED)
            .error(401, "ip_not_allowed", "The key may not be used from this address.", ADDRESS_NOT_ALLOWED)
            .error(403, "environment_mismatch", "The key belongs to the other environment.", ENVIRONMENT_MISMATCH)
            .error(403, "forbidden", "You may not do this.", INSUFFICIENT_SCOPE, FORBIDDEN)
            .error(403, "forbidden", "API keys cannot manage API keys.", TOKENS_MANAGE_NOTHING)
            .error(
                    404,
                    "not_found",
                    "The resource does not exist.",
                    NOT_FOUND,
                    TOKEN_NOT_FOUND,
                    TENANT_NOT_FOUND,
                    TENANT_MISMATCH)
            .error(405, "method_not_allowed", "The path does not have this method.", METHOD_NOT_ALLOWED)
            .error(409, "conflict", "The key is not in a state that allows this.", CONFLICT, NAME_TAKEN)
            .error(400, "validation_failed", "Invalid {field}: {reason}.", INVALID_REQUEST, UNSUPPORTED_VERSION)
            .error(429, "rate_limited", "The limit is used up. Retry after {seconds} seconds.", RATE_LIMITED)
            .error(429, "rate_limited", "Too many keys were created. Retry after {seconds} seconds.", CREATION_LIMITED)
            .error(503, "service_unavailable", "The service is not available right now.", UNAVAILABLE)
            .build();

    private LearnCoin() {}

    private static ErrorBody body(ErrorView view) {
        ErrorBody coded =
                view.code().map(code -> ErrorBody.object().put("code", code)).orElseGet(ErrorBody::object);
        return ErrorBody.object()
                .putObject("error", coded.put("message", view.message()))
                .put("request_id", view.requestId());
    }
}
