package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.format.CredentialSource;
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.HttpGuard.Dispatch;
import school.lectern.auth.http.HttpGuard.Passed;
import school.lectern.auth.http.HttpGuard.Refused;
import school.lectern.auth.http.HttpGuard.Result;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;

/**
 * Guards a servlet application: passes a request to its handler with its token as the principal, or denies it with the
 * dialect's error. Thread-safe.
 *
 * <pre>{@code
 * LecternAuthFilter.register(servletContext, auth, routes -> routes
 *         .permitAll("GET", "/health")
 *         .guard("GET", "/v1/learners/{id}", "read:learners"));
 *
 * TokenPrincipal caller = LecternAuthFilter.principal(request);
 * }</pre>
 *
 * <p>{@link #register} maps the filter correctly: to every path and for all {@link #dispatches}, before the filters that
 * respond to requests. An application that maps the filter itself must do the same. {@link #init} fails if a mapping allows
 * requests to bypass the filter, as far as the container exposes its mappings.
 *
 * <p>A request is authenticated once for each filter and for each requirement. If the application forwards it to another path
 * that has a rule, that rule is evaluated too. If the application forwards a request that this filter admitted to a path that
 * matches no rule and is unambiguous, the request passes, since the application chose that path. A path that has rules for
 * other methods only is denied with 405.
 *
 * <p>An error page is shown without a further check for a request that this filter let pass, whether the route is open or the
 * token was admitted. In three cases an error page is guarded like any path: for a request that this filter denied, for a
 * request that did not reach this filter, and if a rule without variables guards the page's path.
 *
 * <p>On open and preflight routes, the credential is not evaluated: a request with a wrong or revoked token passes like a
 * request without a credential, has no principal, consumes no permit and leaves no audit row.
 */
public final class LecternAuthFilter implements Filter {

    private static final Logger log = LoggerFactory.getLogger(LecternAuthFilter.class);
    private static final String DENIAL = LecternAuthFilter.class.getName() + ".denial";

    private final LecternAuth auth;
    private final RouteRules rules;
    private final HttpGuard guard;

    /**
     * Creates a filter that trusts no proxy: the client's address is that of the peer of its connection.
     *
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public LecternAuthFilter(LecternAuth auth, RouteRules rules) {
        this(auth, rules, TrustedProxies.none());
    }

    /**
     * Creates a filter that reads the client's address from the headers of trusted proxies.
     *
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @param proxies the trusted proxies
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public LecternAuthFilter(LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.rules = Objects.requireNonNull(rules, "rules");
        this.guard = new HttpGuard(auth, rules, proxies);
    }

    /**
     * Registers a filter that trusts no proxy, mapped to every path and all dispatches, before filters that were declared
     * elsewhere. A second filter at the end of the chain calls {@link #permitsHandler}. On Jetty, the filter that upgrades
     * connections to WebSockets is registered behind this one.
     *
     * @param context a context that is starting, as in a {@code ServletContainerInitializer} or a listener
     * @param auth the instance that authenticates requests
     * @param routes adds the rules to a builder
     * @return the filter
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public static LecternAuthFilter register(
            ServletContext context, LecternAuth auth, Consumer<RouteRules.Builder> routes) {
        RouteRules.Builder rules = RouteRules.builder();
        routes.accept(rules);
        return register(context, auth, rules.build());
    }

    /**
     * Registers a filter like {@link #register(ServletContext, LecternAuth, Consumer)}, with rules that are already built.
     *
     * @param context a context that is starting, as in a {@code ServletContainerInitializer} or a listener
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @return the filter
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public static LecternAuthFilter register(ServletContext context, LecternAuth auth, RouteRules rules) {
        return register(context, auth, rules, TrustedProxies.none());
    }

    /**
     * Registers a filter like {@link #register(ServletContext, LecternAuth, Consumer)}, with rules that are already built and
     * trusted proxies.
     *
     * @param context a context that is starting, as in a {@code ServletContainerInitializer} or a listener
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @param proxies the proxies whose headers contain the client's address
     * @return the filter
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public static LecternAuthFilter register(
            ServletContext context, LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules, proxies);
        new FilterRegistrar(context).register(filter);
        return filter;
    }

    /**
     * Returns the token of a guarded request, even if a framework such as Spring Security returns a principal of its own from
     * {@link HttpServletRequest#getUserPrincipal}.
     *
     * @param request the request as it appears to a handler, in any wrapper
     * @return the token that the innermost filter admitted
     * @throws IllegalStateException if no filter has admitted a token: the route is open, the request was passed through
     *     without a credential, or the filter is not mapped to the route
     */
    public static TokenPrincipal principal(HttpServletRequest request) {
        return findPrincipal(request)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "the request has no token: its route is open, or"
                                        + " LecternAuthFilter is not mapped to it; guard the route, or use LecternAuthFilter.findPrincipal(request)"));
    }

    /**
     * Returns the token that the filter admitted. Behind several filters, it is the token of the innermost filter that admitted
     * the request.
     *
     * @param request the request as it appears to a handler, in any wrapper
     * @return the token, or empty if the route is open, the request was passed through without a credential, or the filter is
     *     not mapped to the route
     */
    public static Optional<TokenPrincipal> findPrincipal(HttpServletRequest request) {
        ServletExchange exchange = ServletExchange.find(request);
        return exchange == null ? Optional.empty() : Optional.ofNullable(exchange.principal());
    }

    /**
     * {@return the parts of a request that may carry a credential} For {@link
     * school.lectern.auth.dialect.PrefixRegistry#find} and {@link LecternAuth#recognizes}, in front of the filter.
     *
     * @param request the request
     */
    public static CredentialSource credentials(HttpServletRequest request) {
        return new SentCredentials(request);
    }

    /**
     * {@return the error with which a filter denied the request, or empty if no filter has denied it} For code around the
     * filter, such as an adapter that reports denials to a framework.
     *
     * @param request the request as it appeared to the filter, in any wrapper
     */
    public static Optional<AuthError> findDenial(HttpServletRequest request) {
        return Optional.ofNullable((AuthError) request.getAttribute(DENIAL));
    }

    /**
     * {@return the dispatches that the filter must be mapped for} These are all except includes, since the application chooses
     * the resources that it includes. The set is a new one, which the caller may change.
     */
    public static EnumSet<DispatcherType> dispatches() {
        return EnumSet.complementOf(EnumSet.of(DispatcherType.INCLUDE));
    }

    /**
     * Checks the filter's mapping.
     *
     * @throws ServletException if the mapping allows requests to bypass the filter; the message names the problem and the
     *     solution
     */
    @Override
    public void init(FilterConfig config) throws ServletException {
        new MappingCheck(config, rules).check();
        completeAtEnd(config.getServletContext());
    }

    /**
     * Lets a context report the end of each dispatch, so that audit rows get the status that filters around this one have set.
     * {@link #init} does so. Call it for a filter that the container does not know, such as a filter in a chain of Spring
     * Security.
     *
     * @param context a context that is starting; a context that has started cannot report it, and rows then get the status that
     *     the response has when the filter returns
     */
    public static void completeAtEnd(ServletContext context) {
        DispatchEnd.listen(context);
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        if (!(servletRequest instanceof HttpServletRequest request)
                || !(servletResponse instanceof HttpServletResponse response)) {
            throw new ServletException("LecternAuthFilter guards HTTP only");
        }
        ServletExchange exchange = ServletExchange.of(request, response, guard, auth);
        RequestRecord record = exchange.record();
        record.enter();
        boolean returned = false;
        try {
            if (isLetPass(exchange, request, decide(exchange, request), response)) {
                pass(exchange, request, response, chain);
            }
            returned = true;
        } finally {
            record.leave(request, response, returned, DispatchEnd.isSignaled(request.getServletContext()));
        }
    }

    private Result decide(ServletExchange exchange, HttpServletRequest request) {
        return guard.decide(exchange.http(), new ServletCall(request), dispatch(request));
    }

    private static Dispatch dispatch(HttpServletRequest request) {
        DispatcherType type = request.getDispatcherType();
        if (type == DispatcherType.REQUEST) {
            return Dispatch.REQUEST;
        }
        return type == DispatcherType.ERROR ? Dispatch.ERROR : Dispatch.FORWARD;
    }

    /** Prepares the response for the handler, or writes the denial. Returns whether the request passes. */
    private static boolean isLetPass(
            ServletExchange exchange, HttpServletRequest request, Result result, HttpServletResponse response)
            throws IOException {
        if (result instanceof Refused refused) {
            refused.answer().error().ifPresent(denial -> request.setAttribute(DENIAL, denial));
            exchange.send(refused.answer(), response);
            return false;
        }
        ((Passed) result).addTo(ServletExchange.headers(response));
        return true;
    }

    private void pass(
            ServletExchange exchange, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ServletExchange behind = exchange.behind(request);
        // For code that uses the container's own request, such as asynchronous work.
        request.setAttribute(ServletExchange.ATTRIBUTE, behind);
        try {
            chain.doFilter(
                    new AuthenticatedRequest(
                            withoutCredential(request),
                            behind,
                            (inner, method) -> override(exchange, inner, response, method)),
                    response);
        } catch (RefusedOverrideException refused) {
            if (!refused.isOf(this)) {
                throw refused;
            }
            exchange.send(refused.answer(), response);
        }
    }

    /**
     * {@return the request as code behind this filter may see it: if the dialect {@linkplain
     * school.lectern.auth.dialect.DialectBuilder#hideCredentials hides credentials}, without the token that this filter has
     * admitted or will admit in {@link #permitsHandler}; otherwise the request itself} {@link #doFilter} passes such a
     * request on. For a filter that passes on another request.
     *
     * @param request a request that this filter has let pass
     */
    public HttpServletRequest withoutCredential(HttpServletRequest request) {
        if (!auth.dialect().hidesCredentials()) {
            return request;
        }
        RequestRecord record = RequestRecord.find(request);
        return record == null
                ? request
                : new RequestWithoutCredential(
                        request,
                        auth.dialect().carriers(),
                        () -> guard.principal(record.exchange()).isPresent());
    }

    /** Decides on the method that code behind the filter reads as an override of the request's own. */
    private void override(
            ServletExchange exchange, HttpServletRequest request, HttpServletResponse response, String method) {
        Result result = guard.decideOverride(exchange.http(), new ServletCall(request), dispatch(request), method);
        if (result instanceof Refused refused) {
            throw new RefusedOverrideException(this, refused.answer());
        }
        ((Passed) result).addTo(ServletExchange.headers(response));
    }

    /**
     * Checks, immediately before a handler runs, that this filter admitted the operation that the handler is about to execute.
     * Call it in a hook that a framework runs after it has selected a handler, such as a {@code HandlerInterceptor} of Spring
     * MVC. If the method or the path was changed behind the filter, the new operation is evaluated now. If the request did not
     * pass this filter, it is denied with the dialect's server error.
     *
     * @param request the request as it will appear to the handler
     * @param response the response, which must not be committed
     * @return true if the handler may run; false if the request is denied, and the response has been written
     * @throws IOException if the response cannot be written
     */
    public boolean permitsHandler(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletExchange exchange = ServletExchange.of(request, response, guard, auth);
        if (!exchange.hasPassed()) {
            log.error(
                    "a request reached its handler without passing LecternAuthFilter, and was denied: map the filter to the"
                            + " handler's path for LecternAuthFilter.dispatches(), or use LecternAuthFilter.register");
            exchange.send(AuthError.unavailable(), response);
            return false;
        }
        return guard.hasPassed(exchange.http(), new ServletCall(request))
                || isLetPass(exchange, request, decide(exchange, request), response);
    }
}
