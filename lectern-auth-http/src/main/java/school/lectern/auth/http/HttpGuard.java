package school.lectern.auth.http;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules.Match;

/**
 * Decides which requests reach their handlers, by the rules of an application's routes. It is called by adapters for servers;
 * an application uses an adapter. Thread-safe.
 *
 * <p>A request is authenticated once for each guard and for each requirement. If the application forwards it to another path
 * that has a rule, that rule is evaluated too. If the application forwards a request that this guard admitted to a path that
 * matches no rule and is unambiguous, the request passes, since the application chose that path. A path that has rules for
 * other methods only is denied with 405.
 *
 * <p>On open and preflight routes, the credential is not evaluated: a request with a wrong or revoked token passes like a
 * request without a credential, has no principal, consumes no permit and leaves no audit row. If the instance {@linkplain
 * LecternAuth#requiresSecureTransport requires secure transport}, a request over insecure transport with a token is denied
 * there, too.
 */
public final class HttpGuard {

    private final LecternAuth auth;
    private final RouteRules rules;
    private final TrustedProxies proxies;

    /** The way in which a request has reached the guard. */
    public enum Dispatch {
        /** The client has sent the request. */
        REQUEST,
        /** The application has forwarded the request. */
        FORWARD,
        /** The server runs the error page of the request. */
        ERROR
    }

    /** The decision about a request. */
    public sealed interface Result permits Passed, Refused {}

    /**
     * The request may continue to its handler.
     *
     * @param headers the headers of the response, such as rate-limit headers; {@link #addTo} sets them
     */
    public record Passed(Map<String, String> headers) implements Result {

        /**
         * Adds the headers to the response, before the handler runs: {@code Link} and {@code Vary} are added to other
         * headers of that name, {@code Cache-Control} does not replace one, and every other header does.
         *
         * @param response the headers of the response
         */
        public void addTo(ResponseHeaders response) {
            HeaderRules.add(headers, response, true);
        }
    }

    /**
     * The request is denied.
     *
     * @param answer the response for the client
     */
    public record Refused(HttpAnswer answer) implements Result {}

    /**
     * Creates a guard that trusts no proxy: the client's address is that of the peer of its connection.
     *
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @throws MisfitRulesException if the rules do not {@linkplain RouteRules#requireFit fit} the dialect
     */
    public HttpGuard(LecternAuth auth, RouteRules rules) {
        this(auth, rules, TrustedProxies.none());
    }

    /**
     * Creates a guard that reads the client's address from the headers of trusted proxies.
     *
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @param proxies the trusted proxies
     * @throws MisfitRulesException if the rules do not {@linkplain RouteRules#requireFit fit} the dialect
     */
    public HttpGuard(LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.rules = Objects.requireNonNull(rules, "rules");
        this.proxies = Objects.requireNonNull(proxies, "proxies");
        rules.requireFit(auth.dialect());
    }

    /**
     * Decides about a request that a client has sent.
     *
     * @param exchange the request's exchange, the same for all its dispatches and guards
     * @param call the request as it appears to code behind this guard
     * @return the decision
     */
    public Result decide(Exchange exchange, HttpCall call) {
        return decide(exchange, call, Dispatch.REQUEST);
    }

    /**
     * Decides about a request.
     *
     * @param exchange the request's exchange, the same for all its dispatches and guards
     * @param call the request as it appears to code behind this guard
     * @param dispatch the way in which the request has reached the guard
     * @return the decision
     */
    public Result decide(Exchange exchange, HttpCall call, Dispatch dispatch) {
        return decide(exchange, call, dispatch, Operation.of(call));
    }

    /**
     * Decides about a request for which code behind this guard runs another method than the request's own. Some frameworks read
     * such a method from {@code _method} or {@code X-HTTP-Method-Override}.
     *
     * @param exchange the request's exchange, the same for all its dispatches and guards
     * @param call the request as it appears to code behind this guard
     * @param dispatch the way in which the request has reached the guard
     * @param method the method as that code read it; a text that cannot be a method is ignored
     * @return the decision
     */
    public Result decideOverride(Exchange exchange, HttpCall call, Dispatch dispatch, String method) {
        return method.equals(call.method()) || !RouteRules.isMethod(method)
                ? new Passed(Map.of())
                : decide(exchange, call, dispatch, Operation.of(call).withMethod(method));
    }

    private Result decide(Exchange exchange, HttpCall call, Dispatch dispatch, Operation operation) {
        GuardRecord own = exchange.of(this);
        Match match = rules.match(operation, isPreflight(call));
        if (needsNoDecision(own, match, operation, dispatch)) {
            return passOpen(exchange, call, own, operation);
        }
        AuthRequest asked = exchange.request(auth, call, operation.method(), proxies);
        if (match.passesOthers() && !auth.recognizes(asked)) {
            return pass(own, operation, auth.dialect().passThroughHeaders());
        }
        Requirement requirement = match.requirement().orElseThrow();
        TokenPrincipal known = exchange.admitted(auth, asked, requirement);
        if (known != null) {
            own.admit(known);
            return pass(own, operation, Map.of());
        }
        Decision decision = auth.authenticate(asked, requirement);
        if (decision instanceof Denied denied) {
            return refuse(exchange, own, denied);
        }
        own.admit(exchange.admit(auth, asked, requirement, (Allowed) decision));
        return pass(own, operation, auth.headers(decision));
    }

    /** Lets a request pass without a decision, unless it contains a token that it exposes on its transport. */
    private Result passOpen(Exchange exchange, HttpCall call, GuardRecord own, Operation operation) {
        if (auth.requiresSecureTransport()) {
            AuthRequest sent = exchange.request(auth, call, operation.method(), proxies);
            Optional<Denied> insecure = auth.recognizes(sent) ? auth.denyInsecure(sent) : Optional.empty();
            if (insecure.isPresent()) {
                return refuse(exchange, own, insecure.get());
            }
        }
        return pass(own, operation, Map.of());
    }

    private Refused refuse(Exchange exchange, GuardRecord own, Denied denied) {
        own.refuse();
        return new Refused(exchange.refusal(auth, denied));
    }

    private static Passed pass(GuardRecord own, Operation operation, Map<String, String> headers) {
        own.pass(operation);
        return new Passed(headers);
    }

    /** Returns whether the route is open, or the application has forwarded a request that this guard let pass. */
    private static boolean needsNoDecision(GuardRecord own, Match match, Operation operation, Dispatch dispatch) {
        if (match.requirement().isEmpty()) {
            return true;
        }
        if (dispatch == Dispatch.ERROR) {
            own.showErrorPage(own.hasOnlyPassed() && match.named() != RouteRules.RuleMatch.EXACTLY);
            return own.showsErrorPage();
        }
        if (dispatch == Dispatch.REQUEST || match.named() != RouteRules.RuleMatch.NOT) {
            return false;
        }
        return own.principal() != null || own.showsErrorPage() || operation.isIndexOf(own.latest());
    }

    /**
     * {@return whether this guard has let the request pass, so that its handler may have written to the response}
     *
     * @param exchange the request's exchange
     */
    public boolean hasPassed(Exchange exchange) {
        return exchange.of(this).hasPassed();
    }

    /**
     * {@return whether the operation that this guard let pass last is still the operation of the request} If so, a further
     * decision about it would be the same.
     *
     * @param exchange the request's exchange
     * @param call the request as it appears now
     */
    public boolean hasPassed(Exchange exchange, HttpCall call) {
        return Operation.of(call).equals(exchange.of(this).latest());
    }

    /**
     * {@return the token that this guard admitted, or empty if the route is open or the request was passed through}
     *
     * @param exchange the request's exchange
     */
    public Optional<TokenPrincipal> principal(Exchange exchange) {
        return Optional.ofNullable(exchange.of(this).principal());
    }

    private static boolean isPreflight(HttpCall call) {
        return "OPTIONS".equals(call.method())
                && !call.headers("Origin").isEmpty()
                && !call.headers("Access-Control-Request-Method").isEmpty();
    }
}
