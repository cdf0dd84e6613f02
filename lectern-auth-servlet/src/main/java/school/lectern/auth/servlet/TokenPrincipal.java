package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
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

/**
 * The token behind a request. {@link #of} finds it through any wrapper of the request. It is also
 * {@link HttpServletRequest#getUserPrincipal}, unless a framework such as Spring Security answers that itself. Immutable.
 */
public final class TokenPrincipal implements Principal {

    private final Allowed decision;

    private final Supplier<Decision> recheck;

    /** @param recheck judges the request again */
    TokenPrincipal(Allowed decision, Supplier<Decision> recheck) {
        this.decision = decision;
        this.recheck = recheck;
    }

    /**
     * Returns the token that the filter admitted, or empty if the route is open. Behind several filters, it is the token of the
     * innermost filter that admitted the request.
     *
     * @param request the request as a handler sees it, in whatever wrapper
     */
    public static Optional<TokenPrincipal> of(HttpServletRequest request) {
        Exchange exchange = Exchange.find(request);
        return exchange == null ? Optional.empty() : Optional.ofNullable(exchange.principal());
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
     * Judges the request again, for a handler with long work: what has happened to the token since is seen, no permit is taken,
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
