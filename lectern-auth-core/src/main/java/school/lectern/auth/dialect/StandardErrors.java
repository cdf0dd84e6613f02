package school.lectern.auth.dialect;

import static school.lectern.auth.decision.AuthError.Kind.*;

/**
 * The error mappings of the standards, for dialects without an API documentation of their own: the codes of RFC 6750, section
 * 3.1, where it defines one, and the statuses of RFC 9110. All problems of a token have the same mapping.
 */
final class StandardErrors {

    private StandardErrors() {}

    static DialectBuilder addTo(DialectBuilder dialect) {
        return dialect.error(401, "missing_token", "No API token was sent.", MISSING_CREDENTIAL)
                .error(
                        401,
                        "invalid_token",
                        "The API token is not valid.",
                        OTHER_SCHEME,
                        MALFORMED_CREDENTIAL,
                        MALFORMED_TOKEN,
                        UNKNOWN_TOKEN,
                        REVOKED,
                        SUSPENDED,
                        EXPIRED,
                        ADDRESS_NOT_ALLOWED)
                .error(403, "insufficient_scope", "The API token lacks a permission.", INSUFFICIENT_SCOPE)
                .error(403, "forbidden", "The API token is one of the other environment.", ENVIRONMENT_MISMATCH)
                .error(403, "insecure_transport", "Use https: others can read this request.", INSECURE_TRANSPORT)
                .error(403, "forbidden", "You may not do this.", FORBIDDEN)
                .error(403, "forbidden", "API tokens cannot manage API tokens.", TOKENS_MANAGE_NOTHING)
                .error(
                        404,
                        "not_found",
                        "The resource does not exist.",
                        NOT_FOUND,
                        TOKEN_NOT_FOUND,
                        TENANT_NOT_FOUND,
                        TENANT_MISMATCH)
                .error(405, "method_not_allowed", "The resource does not have this method.", METHOD_NOT_ALLOWED)
                .error(400, "invalid_request", "Invalid {field}: {reason}.", INVALID_REQUEST, UNSUPPORTED_VERSION)
                .error(415, "unsupported_media_type", "Invalid {field}: {reason}.", UNSUPPORTED_MEDIA_TYPE)
                .error(409, "conflict", "The token is not in a state that allows this.", CONFLICT)
                .error(409, "conflict", "An active token has that name.", NAME_TAKEN)
                .error(409, "conflict", "The maximum number of tokens is reached. Revoke one first.", TOO_MANY_TOKENS)
                .error(429, "rate_limited", "The limit is used up. Retry after {seconds} seconds.", RATE_LIMITED)
                .error(
                        429,
                        "rate_limited",
                        "Too many tokens were created. Retry after {seconds} seconds.",
                        CREATION_LIMITED)
                .error(503, "service_unavailable", "The service is not available right now.", UNAVAILABLE);
    }
}
