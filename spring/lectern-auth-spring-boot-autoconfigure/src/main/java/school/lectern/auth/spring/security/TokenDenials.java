package school.lectern.auth.spring.security;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorityAuthorizationDecision;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.AccessDeniedHandlerImpl;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * Answers in the dialect's words where Spring Security denies a request that the route rules let pass. Denials of other
 * requests are answered as Spring Security does by default. Thread-safe.
 */
final class TokenDenials implements AccessDeniedHandler, AuthenticationEntryPoint {

    private final LecternAuth auth;
    private final String authorityPrefix;
    private final AccessDeniedHandler others = new AccessDeniedHandlerImpl();

    TokenDenials(LecternAuth auth, String authorityPrefix) {
        this.auth = auth;
        this.authorityPrefix = authorityPrefix;
    }

    /** Answers a request without an authentication. */
    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
            throws IOException {
        AuthErrors.send(request, response, AuthError.of(AuthError.Kind.MISSING_CREDENTIAL));
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException denied)
            throws IOException, ServletException {
        TokenPrincipal principal = LecternAuthFilter.findPrincipal(request).orElse(null);
        if (principal == null || response.isCommitted()) {
            others.handle(request, response, denied);
        } else {
            AuthErrors.send(request, response, error(denied, principal));
        }
    }

    /** Returns the error for missing scopes if the denial names authorities that are scopes, or else one without a reason. */
    private AuthError error(AccessDeniedException denied, TokenPrincipal principal) {
        String[] scopes = required(denied).stream()
                .map(GrantedAuthority::getAuthority)
                .filter(authority -> authority != null && authority.startsWith(authorityPrefix))
                .map(authority -> authority.substring(authorityPrefix.length()))
                .filter(scope -> auth.dialect().scopes().scope(scope).isPresent())
                .toArray(String[]::new);
        return scopes.length == 0
                ? AuthError.of(AuthError.Kind.FORBIDDEN)
                : Requirement.scopes(scopes).insufficientScope(principal.token().scopes());
    }

    private static Collection<GrantedAuthority> required(AccessDeniedException denied) {
        return denied instanceof AuthorizationDeniedException authorization
                        && authorization.getAuthorizationResult() instanceof AuthorityAuthorizationDecision decision
                ? decision.getAuthorities()
                : List.of();
    }
}
