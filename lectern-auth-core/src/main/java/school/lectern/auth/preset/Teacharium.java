package school.lectern.auth.preset;

import static school.lectern.auth.decision.AuthError.Kind.*;

import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;

/**
 * The dialect of the Teacharium API. A token is a public key {@code tapub_…}, a period, and a secret key {@code tasec_…}.
 * There are no permissions and no rate limits: a token may use the whole API of its organization. The body of an error
 * contains only a message.
 *
 * <p>The documentation of the API leaves some cases open. They are decided as follows: a header with several credentials,
 * with a tab, or with nothing after {@code Bearer} does not have two parts. An address that is not allowed, a suspended
 * organization and an expired token are an invalid token. A resource of another organization is not found.
 */
public final class Teacharium {

    /** The dialect of the Teacharium API. */
    public static final Dialect DIALECT = Dialect.builder("teacharium")
            .format(TokenFormat.builder()
                    .publicKey("tapub_", TokenBody.of(TokenBody.BASE62, 20), ".")
                    .prefix("tasec_")
                    .body(TokenBody.of(TokenBody.BASE62, 43))
                    .build())
            .requestIds(RequestIds.random("req_", TokenBody.BASE62, 15))
            .errorBody(error -> ErrorBody.object().put("error", error.message()))
            .error(401, "", "Missing authorization header", MISSING_CREDENTIAL)
            .error(401, "", "Authorization header must use the Bearer scheme", OTHER_SCHEME)
            .error(401, "", "Authorization token must be provided as <public>.<secret>", MALFORMED_CREDENTIAL)
            .error(
                    401,
                    "",
                    "Invalid API token",
                    MALFORMED_TOKEN,
                    UNKNOWN_TOKEN,
                    SUSPENDED,
                    EXPIRED,
                    ADDRESS_NOT_ALLOWED)
            .error(401, "", "API token has been revoked", REVOKED)
            .error(403, "", "Forbidden", INSUFFICIENT_SCOPE, ENVIRONMENT_MISMATCH, FORBIDDEN, TOKENS_MANAGE_NOTHING)
            .error(404, "", "Not found", NOT_FOUND, TOKEN_NOT_FOUND, TENANT_NOT_FOUND, TENANT_MISMATCH)
            .error(405, "", "Method not allowed", METHOD_NOT_ALLOWED)
            .error(409, "", "Conflict", CONFLICT, NAME_TAKEN)
            .error(400, "", "Invalid request: {field}", INVALID_REQUEST, UNSUPPORTED_VERSION)
            .error(429, "", "Too many requests", RATE_LIMITED, CREATION_LIMITED)
            .error(500, "", "Failed to verify API token", UNAVAILABLE)
            .build();

    private Teacharium() {}
}
