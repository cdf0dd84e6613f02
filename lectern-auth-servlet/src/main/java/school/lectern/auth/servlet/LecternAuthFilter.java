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
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.HttpGuard.Dispatch;
import school.lectern.auth.http.HttpGuard.Passed;
import school.lectern.auth.http.HttpGuard.Refused;
import school.lectern.auth.http.HttpGuard.Result;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;

/**
 * Guards a servlet application: lets a request pass to its handler with its token as the principal, or answers it with the
 * dialect's error. Safe for use by many threads.
 *
 * <pre>{@code
 * LecternAuthFilter.register(servletContext, auth, routes -> routes
 *         .permitAll("GET", "/health")
 *         .guard("GET", "/v1/learners/{id}", "read:learners"));
 *
 * TokenPrincipal caller = LecternAuthFilter.principal(request);
 * }</pre>
 *
 * <p>{@link #register} maps the filter as it has to be mapped: to every path and for all {@link #dispatches}, before the
 * filters that answer requests. An application that maps it itself does the same. {@link #init} refuses to start with a
 * mapping that leaves a way around the filter, as far as the container shows it.
 *
 * <p>A request is authenticated once for each filter and for each requirement. If the application forwards it to another path
 * that has a rule, that rule is evaluated, too. If it forwards a request that this filter admitted to a path that no rule
 * names, and that can be read in one way only, the request passes: that is the application's choice. A path that has rules
 * for other methods is denied with 405.
 *
 * <p>An error page is shown to a request that this filter let pass, whether the route is open or the token was admitted. Three
 * error pages are guarded like any path: of a request that this filter refused, of a request that it has not seen, and a page
 * whose path a rule without variables guards.
 *
 * <p>Open and preflight routes never look at the credential: a request with a wrong or revoked token passes there like one
 * without, has no principal, takes no permit and leaves no audit row.
 */
public final class LecternAuthFilter implements Filter {

    private static final Logger log = LoggerFactory.getLogger(LecternAuthFilter.class);

    private final LecternAuth auth;
    private final RouteRules rules;
    private final HttpGuard guard;

    /** Whether the container reports the end of each dispatch to a listener, which is later than the filter's own end. */
    private volatile boolean endIsSignaled;

    /**
     * Creates a filter that trusts no proxy: a request comes from the peer of its connection.
     *
     * @throws IllegalArgumentException if a rule names a class of limits or a scope that the dialect does not have
     */
    public LecternAuthFilter(LecternAuth auth, RouteRules rules) {
        this(auth, rules, TrustedProxies.none());
    }

    /**
     * Creates a filter that reads the client's address from the headers of these proxies.
     *
     * @throws IllegalArgumentException if a rule names a class of limits or a scope that the dialect does not have
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
     * @param routes adds the rules
     * @return the filter
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public static LecternAuthFilter register(
            ServletContext context, LecternAuth auth, Consumer<RouteRules.Builder> routes) {
        RouteRules.Builder rules = RouteRules.builder();
        routes.accept(rules);
        return register(context, auth, rules.build());
    }

    /** As {@link #register(ServletContext, LecternAuth, Consumer)}, with rules that were built before. */
    public static LecternAuthFilter register(ServletContext context, LecternAuth auth, RouteRules rules) {
        return register(context, auth, rules, TrustedProxies.none());
    }

    /** As {@link #register(ServletContext, LecternAuth, RouteRules)}, with trusted proxies. */
    public static LecternAuthFilter register(
            ServletContext context, LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules, proxies);
        new FilterRegistrar(context).register(filter);
        return filter;
    }

    /**
     * Returns the token of a guarded request, also where a framework such as Spring Security answers
     * {@link HttpServletRequest#getUserPrincipal} itself.
     *
     * @param request the request as a handler sees it, in whatever wrapper
     * @return the token that the innermost filter admitted
     * @throws IllegalStateException if no filter has admitted a token: the route is open, the request was passed through without a
     *     credential, or the filter is not mapped to the route
     */
    public static TokenPrincipal principal(HttpServletRequest request) {
        return findPrincipal(request)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "the request has no token: its route is open, or"
                                        + " LecternAuthFilter is not mapped to it; guard the route, or use LecternAuthFilter.findPrincipal(request)"));
    }

    /**
     * Returns the token that the filter admitted, or empty if the route is open. Behind several filters, it is the token of the
     * innermost filter that admitted the request.
     *
     * @param request the request as a handler sees it, in whatever wrapper
     */
    public static Optional<TokenPrincipal> findPrincipal(HttpServletRequest request) {
        ServletExchange exchange = ServletExchange.find(request);
        return exchange == null ? Optional.empty() : Optional.ofNullable(exchange.principal());
    }

    /** Returns the dispatches that the filter must be mapped for: all but includes, which are the application's choice of a part. */
    public static EnumSet<DispatcherType> dispatches() {
        return EnumSet.complementOf(EnumSet.of(DispatcherType.INCLUDE));
    }

    /**
     * Checks the filter's mapping.
     *
     * @throws ServletException if the mapping leaves a way around the filter; the message says which, and what to change
     */
    @Override
    public void init(FilterConfig config) throws ServletException {
        new MappingCheck(config, rules).check();
        endIsSignaled = DispatchEnd.listen(config.getServletContext());
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
            if (isLetPass(exchange, decide(exchange, request), response)) {
                pass(exchange, request, response, chain);
            }
            returned = true;
        } finally {
            record.leave(request, response, returned, endIsSignaled);
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

    /** Prepares the response for the handler, or writes the refusal. */
    private static boolean isLetPass(ServletExchange exchange, Result result, HttpServletResponse response)
            throws IOException {
        if (result instanceof Refused refused) {
            exchange.send(refused.answer(), response);
            return false;
        }
        ServletExchange.addHeaders(((Passed) result).headers(), response);
        return true;
    }

    private void pass(
            ServletExchange exchange, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        ServletExchange behind = exchange.behind(request);
        // For code that holds the container's own request, as asynchronous work does.
        request.setAttribute(ServletExchange.ATTRIBUTE, behind);
        try {
            chain.doFilter(
                    new AuthenticatedRequest(
                            request, behind, (inner, method) -> override(exchange, inner, response, method)),
                    response);
        } catch (RefusedOverrideException refused) {
            if (!refused.isOf(this)) {
                throw refused;
            }
            exchange.send(refused.answer(), response);
        }
    }

    /** Decides on the method that code behind the filter reads as an override of the request's own. */
    private void override(
            ServletExchange exchange, HttpServletRequest request, HttpServletResponse response, String method) {
        Result result = guard.decideOverride(exchange.http(), new ServletCall(request), dispatch(request), method);
        if (result instanceof Refused refused) {
            throw new RefusedOverrideException(this, refused.answer());
        }
        ServletExchange.addHeaders(((Passed) result).headers(), response);
    }

    /**
     * Checks, immediately before a handler runs, that this filter allowed what the handler is about to do. Call it where a
     * framework offers a hook between its choice of a handler and the handler, such as a {@code HandlerInterceptor} of
     * Spring MVC. If the method or the path have changed behind the filter, the operation that they name is evaluated now; if
     * the request has not come through this filter, it is refused with the dialect's server error.
     *
     * @param request the request as the handler will see it
     * @param response the response, which must not be committed
     * @return true if the handler may run; false if the refusal has been written
     * @throws IOException if the refusal cannot be written
     */
    public boolean permitsHandler(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletExchange exchange = ServletExchange.of(request, response, guard, auth);
        if (!exchange.hasPassed()) {
            log.error(
                    "a request reached its handler without passing LecternAuthFilter, and is refused: map the filter to the"
                            + " handler's path for LecternAuthFilter.dispatches(), or use LecternAuthFilter.register");
            exchange.send(AuthError.unavailable(), response);
            return false;
        }
        return isLetPass(exchange, decide(exchange, request), response);
    }
}
