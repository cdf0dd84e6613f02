package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;

/** A request that was let pass, with its token as the principal. */
final class GuardedRequest extends HttpServletRequestWrapper {

    private final TokenPrincipal principal;

    GuardedRequest(HttpServletRequest request, TokenPrincipal principal) {
        super(request);
        this.principal = principal;
    }

    @Override
    public Principal getUserPrincipal() {
        return principal;
    }

    @Override
    public String getRemoteUser() {
        return principal.getName();
    }

    @Override
    public String getAuthType() {
        return "Bearer";
    }

    /** A role is a scope, written as the dialect writes it. */
    @Override
    public boolean isUserInRole(String role) {
        return principal.token().scopes().scopes().stream()
                .anyMatch(scope -> scope.toString().equals(role));
    }
}
