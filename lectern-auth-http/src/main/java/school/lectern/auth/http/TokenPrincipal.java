package school.lectern.auth.http;

import java.security.Principal;
import java.util.Optional;
import java.util.function.Supplier;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.token.VerifiedToken;
import school.lectern.auth.version.ApiVersion;

/** The token behind a request: its tenant, its scopes, and whether it is still valid. Immutable. */
public final class TokenPrincipal implements Principal {

    private final Allowed decision;

    private final Supplier<Decision> recheck;

    /** @param recheck decides about the request again */
    TokenPrincipal(Allowed decision, Supplier<Decision> recheck) {
        this.decision = decision;
        this.recheck = recheck;
    }

    /** The token's id. */
    @Override
    public String getName() {
        return decision.token().id();
    }

    /** Returns the id of the tenant that the token belongs to. */
    public String tenantId() {
        return token().tenantId();
    }

    /**
     * Returns whether the token has a scope.
     *
     * @param scope one scope, such as {@code read:learners}
     * @throws IllegalArgumentException if the text is not a scope
     */
    public boolean hasScope(String scope) {
        return token().scopes().covers(Scope.of(scope));
    }

    /** Returns the verified token: its environment, scopes and metadata. */
    public VerifiedToken token() {
        return decision.token();
    }

    /** The version of the API that applies to the request, in an API with versions. */
    public Optional<ApiVersion> version() {
        return decision.version();
    }

    /**
     * Decides about the request again, for a handler with long work: changes of the token since then count, no permit is taken,
     * and nothing is written down. Safe from any thread, for as long as the request is under way.
     *
     * @return the error with which to stop, or empty to go on
     */
    public Optional<AuthError> recheck() {
        return recheck.get() instanceof Denied denied ? Optional.of(denied.error()) : Optional.empty();
    }

    /** The request's id. */
    public String requestId() {
        return decision.requestId();
    }

    @Override
    public String toString() {
        return "TokenPrincipal[" + getName() + "]";
    }
}
