package school.lectern.auth.spring.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.servlet.AsyncHandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * Checks, when Spring MVC has selected a handler, that the operation that was authorized is the one that runs, and that the
 * token has the scopes of the handler's own {@link RequiresScope}. Rules select by method and path; Spring MVC also by
 * parameters, headers and media types, and other filters and forwards can change a request. So this check, and not the rule,
 * has the last word. Thread-safe.
 */
public final class GuardedHandlerInterceptor implements AsyncHandlerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(GuardedHandlerInterceptor.class);

    private final Supplier<Guarding> guarding;
    private final RequiredScopes scopes = new RequiredScopes();

    /**
     * How the requests of an application are guarded.
     *
     * @param context the context of the application; requests of other contexts, as on a management port, are not checked
     * @param everyRequest the filter that every request has to pass, or null if Spring Security guards the application
     * @param rules the rules of all routes
     * @param named the rules that do not come from annotations; null if handlers without a rule are left to Spring Security
     */
    public record Guarding(
            @Nullable ServletContext context,
            @Nullable LecternAuthFilter everyRequest,
            RouteRules rules,
            @Nullable RouteRules named) {}

    /**
     * Creates an interceptor.
     *
     * @param guarding returns how requests are guarded, always the same; called for each request
     */
    public GuardedHandlerInterceptor(Supplier<Guarding> guarding) {
        this.guarding = guarding;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        Guarding how = guarding.get();
        if (request.getServletContext() != how.context() || request.getDispatcherType() == DispatcherType.INCLUDE) {
            return true;
        }
        return isOperationAdmitted(how, request, response) && isHandlerAdmitted(how, request, response, handler);
    }

    /** Evaluates the operation again if it is not the one that was authorized. */
    private static boolean isOperationAdmitted(Guarding how, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        LecternAuthFilter filter = how.everyRequest();
        if (filter != null) {
            return filter.permitsHandler(request, response);
        }
        if (PassedFilters.hasNone(request) && how.rules().guards(request.getMethod(), path(request))) {
            return denyUnguarded(response);
        }
        return PassedFilters.permitHandler(request, response);
    }

    private boolean isHandlerAdmitted(
            Guarding how, HttpServletRequest request, HttpServletResponse response, Object handler) throws IOException {
        Optional<Requirement> needed = scopes.requirementOf(handler);
        if (needed.isPresent()) {
            return hasScopes(needed.get(), request, response);
        }
        // A rule of an annotation must not open another handler, whose path it happens to match.
        RouteRules named = how.named();
        if (request.getDispatcherType() == DispatcherType.REQUEST
                && (named == null
                        ? evadesRule(how.rules(), request)
                        : !named.names(request.getMethod(), path(request)))) {
            AuthErrors.deny(request, response, AuthError.of(AuthError.Kind.NOT_FOUND));
            return false;
        }
        return true;
    }

    private static boolean evadesRule(RouteRules rules, HttpServletRequest request) {
        String info = request.getPathInfo();
        return request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE) instanceof String pattern
                && HandlerPath.evadesRule(
                        rules,
                        request.getMethod(),
                        info == null ? "" : request.getServletPath(),
                        info == null ? request.getServletPath() : info,
                        pattern);
    }

    private static boolean hasScopes(Requirement needed, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Optional<TokenPrincipal> caller = LecternAuthFilter.findPrincipal(request);
        if (caller.isEmpty()) {
            return denyUnguarded(response);
        }
        Optional<AuthError> error = caller.get().insufficientScope(needed.withPathVariables(pathVariables(request)));
        if (error.isEmpty()) {
            return true;
        }
        AuthErrors.deny(request, response, error.get());
        return false;
    }

    /** Returns the values of the path's variables, as Spring MVC has read them for the selected handler. */
    private static Map<String, String> pathVariables(HttpServletRequest request) {
        @SuppressWarnings("unchecked") // the type that the constant documents
        Map<String, String> values =
                (Map<String, String>) request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE);
        return values == null ? Map.of() : values;
    }

    private static boolean denyUnguarded(HttpServletResponse response) throws IOException {
        log.error("a request reached a guarded handler without a token, and was denied: add lecternAuth() to the"
                + " SecurityFilterChain of its path, or remove the rule that opens it");
        response.sendError(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
        return false;
    }

    private static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }
}
