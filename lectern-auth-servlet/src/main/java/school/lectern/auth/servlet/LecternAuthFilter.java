package school.lectern.auth.servlet;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.servlet.RouteRules.Named;

/**
 * Guards a servlet application: lets a request pass to its handler with its token as the principal, or answers it with the
 * dialect's error. Safe for use by many threads.
 *
 * <pre>{@code
 * FilterRegistration.Dynamic filter = context.addFilter("auth", new LecternAuthFilter(auth, rules));
 * filter.setAsyncSupported(true);
 * filter.addMappingForUrlPatterns(LecternAuthFilter.dispatches(), false, "/*");
 * }</pre>
 *
 * <p>Map it to every path and to {@link #dispatches}, before all other filters that answer requests. A request is judged
 * once. Where the application forwards it to another path that has a rule, it is judged again by that rule, as a request of
 * its own. Where it forwards a request that was let in to a path that no rule names, and that can be read in one way only,
 * that was the application's choice; a path that has rules for other methods answers 405, as ever, unless it is an error
 * page. An error page is guarded like any path, so that an open route cannot lead to a guarded one: open it, if open routes
 * are to show it.
 *
 * <p>Open and preflight routes never look at the credential: a request with a wrong or revoked token passes there like one
 * without, has no principal, spends no permit and leaves no audit row.
 */
public final class LecternAuthFilter implements Filter {

    /** What could make a path mean one thing to this filter and another to a handler. Most characters are passed at a glance. */
    private static final Pattern AMBIGUOUS =
            Pattern.compile("(?=[;\\\\/%])([;\\\\]|//|/\\.{1,2}(/|$)|%(2f|5c|2e|3b|00))", Pattern.CASE_INSENSITIVE);

    private final LecternAuth auth;
    private final RouteRules rules;
    private final TrustedProxies proxies;

    /**
     * A filter that believes no proxy: a request comes from the peer of its connection.
     *
     * @throws IllegalArgumentException if a rule names a class of limits or a scope that the dialect has not
     */
    public LecternAuthFilter(LecternAuth auth, RouteRules rules) {
        this(auth, rules, TrustedProxies.none());
    }

    /** A filter that believes what these proxies say of where a request came from. */
    public LecternAuthFilter(LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.rules = Objects.requireNonNull(rules, "rules");
        this.proxies = Objects.requireNonNull(proxies, "proxies");
        rules.requireFit(auth.dialect());
    }

    /** The dispatches that the filter is to see: all but includes, which are the application's own choice of a part. */
    public static EnumSet<DispatcherType> dispatches() {
        return EnumSet.complementOf(EnumSet.of(DispatcherType.INCLUDE));
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException {
        if (!(servletRequest instanceof HttpServletRequest request)
                || !(servletResponse instanceof HttpServletResponse response)) {
            throw new ServletException("LecternAuthFilter guards HTTP only");
        }
        Exchange exchange = Exchange.of(request, response, auth);
        RouteRules.Match match = rules.match(request.getMethod(), plainPath(request), isPreflight(request));
        AuthRequest asked = exchange.request(request, proxies);
        if (isLetIn(exchange, match, request) || (match.passesOthers() && !auth.claims(asked))) {
            pass(exchange, request, response, chain);
            return;
        }
        Requirement requirement = match.requirement().orElseThrow();
        Decision decision = auth.authenticate(asked, requirement);
        if (decision instanceof Denied denied) {
            exchange.refuse(denied, response);
            return;
        }
        Allowed allowed = (Allowed) decision;
        exchange.judged(request, new TokenPrincipal(allowed, () -> auth.recheck(asked, requirement)));
        exchange.announce(allowed, response);
        passAndTell(allowed, exchange, request, response, chain);
    }

    /** Whether no judgement is due: an open route, one that was judged, or where a request that was let in was sent on to. */
    private static boolean isLetIn(Exchange exchange, RouteRules.Match match, HttpServletRequest request) {
        DispatcherType type = request.getDispatcherType();
        boolean sentOn = exchange.principal() != null && type != DispatcherType.REQUEST;
        // An error page is shown by the method of the request that failed, which it need not have a rule for.
        Named least = type == DispatcherType.ERROR ? Named.BY_A_RULE : Named.BY_ITS_PATH;
        return match.requirement().isEmpty()
                || exchange.wasJudged(request)
                || (sentOn && match.named().compareTo(least) < 0);
    }

    private static void pass(
            Exchange exchange, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        TokenPrincipal principal = exchange.principal();
        chain.doFilter(principal == null ? request : new GuardedRequest(request, principal), response);
    }

    /** Hands the request to its handler, and tells the audit log how that ended. */
    private void passAndTell(
            Allowed allowed,
            Exchange exchange,
            HttpServletRequest request,
            HttpServletResponse response,
            FilterChain chain)
            throws IOException, ServletException {
        boolean returned = false;
        try {
            pass(exchange, request, response, chain);
            returned = true;
        } finally {
            if (!returned || !isListening(new Completion(allowed, response), request)) {
                auth.completed(allowed, returned ? response.getStatus() : 500);
            }
        }
    }

    /** Whether the listener will hear of the request's end: it goes on elsewhere, and has not ended there meanwhile. */
    private static boolean isListening(AsyncListener listener, HttpServletRequest request) {
        try {
            if (request.isAsyncStarted()) {
                request.getAsyncContext().addListener(listener);
                return true;
            }
            return false;
        } catch (IllegalStateException endedMeanwhile) {
            return false;
        }
    }

    /** Tells the audit log when a request ends that its handler went on with elsewhere. */
    private final class Completion implements AsyncListener {
        private final Allowed allowed;
        private final HttpServletResponse response;

        Completion(Allowed allowed, HttpServletResponse response) {
            this.allowed = allowed;
            this.response = response;
        }

        @Override
        public void onComplete(AsyncEvent event) {
            auth.completed(allowed, response.getStatus());
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        /** A handler that starts over loses its listeners. */
        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }

    /** The path that rules are matched with; null if what was sent can be read in two ways. */
    private static @Nullable String plainPath(HttpServletRequest request) {
        String sent = request.getRequestURI();
        String path = Exchange.path(request);
        boolean plain =
                sent != null && path.startsWith("/") && !AMBIGUOUS.matcher(sent).find() && !path.contains("//");
        return plain ? path : null;
    }

    private static boolean isPreflight(HttpServletRequest request) {
        return "OPTIONS".equals(request.getMethod())
                && request.getHeader("Origin") != null
                && request.getHeader("Access-Control-Request-Method") != null;
    }
}
