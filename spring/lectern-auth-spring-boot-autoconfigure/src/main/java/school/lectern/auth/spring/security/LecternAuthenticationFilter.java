package school.lectern.auth.spring.security;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.authentication.AuthenticationEventPublisher;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.context.SecurityContextRepository;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spring.web.PassedFilters;

/**
 * Guards the requests of a chain of Spring Security: {@link LecternAuthFilter} decides about each of them, and the token of an
 * admitted one becomes the authentication of its {@link SecurityContext}. Filters of the chain see the request as the container
 * made it, without a wrapper, unless the dialect hides credentials. Thread-safe.
 */
final class LecternAuthenticationFilter implements Filter {

    private final LecternAuthFilter guard;
    private final String authorityPrefix;
    private final SecurityContextHolderStrategy holder;
    private final AuthenticationEventPublisher events;
    private final SecurityContextRepository contexts = new RequestAttributeSecurityContextRepository();

    LecternAuthenticationFilter(
            LecternAuthFilter guard,
            String authorityPrefix,
            SecurityContextHolderStrategy holder,
            AuthenticationEventPublisher events) {
        this.guard = guard;
        this.authorityPrefix = authorityPrefix;
        this.holder = holder;
        this.events = events;
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        if (request.getDispatcherType() == DispatcherType.INCLUDE) {
            chain.doFilter(request, response);
            return;
        }
        boolean[] passed = {false};
        guard.doFilter(request, response, (wrapped, sameResponse) -> {
            passed[0] = true;
            proceed(guard.withoutCredential(request), response, chain);
        });
        if (!passed[0]) {
            LecternAuthFilter.findDenial(request).ifPresent(this::publishFailure);
        }
    }

    private void proceed(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        PassedFilters.note(request, guard);
        TokenPrincipal principal = LecternAuthFilter.findPrincipal(request).orElse(null);
        if (principal != null) {
            LecternAuthenticationToken authentication = new LecternAuthenticationToken(principal, authorityPrefix);
            SecurityContext context = holder.createEmptyContext();
            context.setAuthentication(authentication);
            holder.setContext(context);
            // Found again by asynchronous dispatches of this request, and by no other request.
            contexts.saveContext(context, request, response);
            if (request.getDispatcherType() == DispatcherType.REQUEST) {
                events.publishAuthenticationSuccess(authentication);
            }
        }
        chain.doFilter(request, response);
    }

    private void publishFailure(AuthError denial) {
        AuthenticationException failure = switch (denial.kind().category()) {
            case CREDENTIAL -> new BadCredentialsException(denial.kind().code());
            case UNAVAILABLE -> new AuthenticationServiceException(denial.kind().code());
            default -> null;
        };
        // A request without a credential is not an attempt to authenticate.
        if (failure != null && denial.kind() != AuthError.Kind.MISSING_CREDENTIAL) {
            events.publishAuthenticationFailure(failure, new PreAuthenticatedAuthenticationToken("N/A", "N/A"));
        }
    }
}
