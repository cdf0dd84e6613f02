package school.lectern.auth.spring.security;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.AccessDeniedHandlerImpl;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * Answers in the dialect's words where Spring Security denies a request that the route rules let pass. Denials of other
 * requests are answered as Spring Security does by default. Thread-safe.
 */
final class TokenDenials implements AccessDeniedHandler, AuthenticationEntryPoint {

    private final DeniedScopes scopes;
    private final AccessDeniedHandler others = new AccessDeniedHandlerImpl();

    TokenDenials(LecternAuth auth, String authorityPrefix) {
        this.scopes = new DeniedScopes(auth, authorityPrefix);
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
            AuthErrors.deny(request, response, scopes.error(denied, principal));
        }
    }
}
