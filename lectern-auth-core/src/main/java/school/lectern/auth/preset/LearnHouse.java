package school.lectern.auth.preset;

import static school.lectern.auth.decision.AuthError.Kind.*;

import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.RequestIds;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * The dialect of the LearnHouse API. A token is {@code lh_} and 32 bytes in base64url. It belongs to one organization and has
 * rights: true or false for each resource and action. Requests are not limited; creations are, together with regenerations
 * and rotations.
 *
 * <p>The documentation of the API leaves some cases open. They are decided as follows: if the state of a token does not allow
 * an operation, such as a second rotation, the error is a conflict with a message of its own, because
 * {@code Token name already exists} would be false. For revoked, expired and malformed tokens, tokens of a suspended
 * organization, and tokens from an address that is not allowed, the credentials could not be validated.
 */
public final class LearnHouse {

    /** The dialect of the LearnHouse API. */
    public static final Dialect DIALECT = Dialect.builder("learnhouse")
            .format(TokenFormat.builder()
                    .prefix("lh_")
                    .body(TokenBody.base64Url(32))
                    .visibleCharacters(9)
                    .build())
            .scopes(ScopeGrammar.rights("action_create", "action_read", "action_update", "action_delete"))
            .uniqueNames()
            .creationLimit(RateLimit.perMinute(10))
            .requestIds(RequestIds.random("req_", TokenBody.BASE62, 15))
            .errorBody(error -> ErrorBody.object().put("detail", error.message()))
            .error(401, "", "Authentication required", MISSING_CREDENTIAL)
            .error(
                    401,
                    "",
                    "Could not validate credentials",
                    OTHER_SCHEME,
                    MALFORMED_CREDENTIAL,
                    MALFORMED_TOKEN,
                    UNKNOWN_TOKEN,
                    REVOKED,
                    SUSPENDED,
                    EXPIRED,
                    ADDRESS_NOT_ALLOWED)
            .error(403, "", "API token cannot access resources outside its organization", TENANT_MISMATCH)
            .error(403, "", "API token does not have '{action}' permission for {resource}", INSUFFICIENT_SCOPE)
            .error(403, "", "Insufficient permissions for the operation", FORBIDDEN, ENVIRONMENT_MISMATCH)
            .error(
                    403,
                    "",
                    "API tokens cannot manage other API tokens. Use user authentication.",
                    TOKENS_MANAGE_NOTHING)
            .error(404, "", "Not found", NOT_FOUND)
            .error(404, "", "API token not found", TOKEN_NOT_FOUND)
            .error(404, "", "Organization not found", TENANT_NOT_FOUND)
            .error(405, "", "Method not allowed", METHOD_NOT_ALLOWED)
            .error(409, "", "Token name already exists", NAME_TAKEN)
            .error(409, "", "The token is not in a state that allows this", CONFLICT)
            .error(400, "", "Invalid {field}: {reason}", INVALID_REQUEST, UNSUPPORTED_VERSION)
            .error(429, "", "Too many requests. Try again in {seconds} seconds.", RATE_LIMITED)
            .error(429, "", "Too many token creation requests. Try again in {seconds} seconds.", CREATION_LIMITED)
            .error(503, "", "Service temporarily unavailable", UNAVAILABLE)
            .build();

    private LearnHouse() {}
}
