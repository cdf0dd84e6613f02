package school.lectern.auth.decision;

import java.util.Optional;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.VerifiedToken;
import school.lectern.auth.version.ApiVersion;

/** The answer to a request: {@link Allowed} or {@link Denied}. A value; a denial is no exception. */
public sealed interface Decision {

    /** The id of the request that was judged. */
    String requestId();

    /** What the limit of this request's class says; empty where there is none, or where it may not be told. */
    Optional<RateLimitResult> limits();

    /** The version that applies; empty where there are none, or where the judgement did not get that far. */
    Optional<ApiVersion> version();

    /**
     * The request may be handled.
     *
     * @param requestId the id of the request
     * @param token the token that was presented
     * @param version the version that applies
     * @param limits what the limit says, this request counted
     * @param entry the audit row that was written before the handler runs, to be completed with the status; empty where
     *     calls are not recorded
     */
    record Allowed(
            String requestId,
            VerifiedToken token,
            Optional<ApiVersion> version,
            Optional<RateLimitResult> limits,
            Optional<AuditEvent> entry)
            implements Decision {}

    /**
     * The request is refused.
     *
     * @param requestId the id of the request
     * @param error why
     * @param token the token, if its secret was proven before the denial
     * @param version the version that applies
     * @param limits what the limit says
     */
    record Denied(
            String requestId,
            AuthError error,
            Optional<VerifiedToken> token,
            Optional<ApiVersion> version,
            Optional<RateLimitResult> limits)
            implements Decision {}
}
