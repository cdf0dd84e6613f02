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
 * Decides which requests reach their handlers, by the rules of an application's routes. Adapters for servers call it; an
 * application uses an adapter. Safe for use by many threads.
 *
 * <p>A request is authenticated once for each guard and for each requirement. If the application sends it on to another path
 * that has a rule, that rule is evaluated, too. If it sends a request that this guard admitted on to a path that no rule
 * names, and that can be read in one way only, the request passes: that is the application's choice. A path that has rules
 * for other methods is denied with 405.
 *
 * <p>Open and preflight routes never look at the credential: a request with a wrong or revoked token passes there like one
 * without, has no principal, takes no permit and leaves no audit row.
 */
public final class HttpGuard {

    private final LecternAuth auth;
    private final RouteRules rules;
    private final TrustedProxies proxies;

    /** How a request has reached the guard. */
    public enum Dispatch {
        /** From the client. */
        REQUEST,
        /** The application has sent it on. */
        FORWARD,
        /** The server shows the error page for it. */
        ERROR
    }

    /** The decision about a request. */
    public sealed interface Result permits Passed, Refused {}

    /**
     * The request goes on to its handler.
     *
     * @param headers to set on the response before the handler runs, such as limits; {@code Link} is added to others of its
     *     name
     */
    public record Passed(Map<String, String> headers) implements Result {}

    /**
     * The request ends here.
     *
     * @param answer the response for the client
     */
    public record Refused(HttpAnswer answer) implements Result {}

    /**
     * Creates a guard that trusts no proxy: a request comes from the peer of its connection.
     *
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public HttpGuard(LecternAuth auth, RouteRules rules) {
        this(auth, rules, TrustedProxies.none());
    }

    /**
     * Creates a guard that reads the client's address from the headers of these proxies.
     *
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public HttpGuard(LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.rules = Objects.requireNonNull(rules, "rules");
        this.proxies = Objects.requireNonNull(proxies, "proxies");
        rules.requireFit(auth.dialect());
    }

    /** Decides about a request that a client has sent. */
    public Result decide(Exchange exchange, HttpCall call) {
        return decide(exchange, call, Dispatch.REQUEST);
    }

    /**
     * Decides about a request.
     *
     * @param exchange the request's exchange, the same for all its dispatches and guards
     * @param call the request as code behind this guard will see it
     * @param dispatch how it has come here
     */
    public Result decide(Exchange exchange, HttpCall call, Dispatch dispatch) {
        return decide(exchange, call, dispatch, Operation.of(call));
    }

    /**
     * Decides about a request for which code behind this guard runs another method than the request's own, as frameworks do
     * that read {@code _method} or {@code X-HTTP-Method-Override}.
     *
     * @param method the method as that code read it; text that cannot be a method changes nothing
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
            return pass(own, operation, Map.of());
        }
        AuthRequest asked = exchange.request(call, operation.method(), proxies);
        if (match.passesOthers() && !auth.recognizes(asked)) {
            return pass(own, operation, Map.of());
        }
        Requirement requirement = match.requirement().orElseThrow();
        TokenPrincipal known = exchange.admitted(auth, asked, requirement);
        if (known != null) {
            own.admit(known);
            return pass(own, operation, Map.of());
        }
        Decision decision = auth.authenticate(asked, requirement);
        if (decision instanceof Denied denied) {
            own.refuse();
            return new Refused(exchange.refusal(auth, denied));
        }
        own.admit(exchange.admit(auth, asked, requirement, (Allowed) decision));
        return pass(own, operation, auth.headers(decision));
    }

    private static Passed pass(GuardRecord own, Operation operation, Map<String, String> headers) {
        own.pass(operation);
        return new Passed(headers);
    }

    /** Returns whether the route is open, or the application sent on a request that this guard let pass. */
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

    /** Returns whether this guard has let the request pass, so that its handler may have written to the response. */
    public boolean hasPassed(Exchange exchange) {
        return exchange.of(this).hasPassed();
    }

    /** Returns the token that this guard admitted, or empty if the route is open or the request was passed through. */
    public Optional<TokenPrincipal> principal(Exchange exchange) {
        return Optional.ofNullable(exchange.of(this).principal());
    }

    private static boolean isPreflight(HttpCall call) {
        return "OPTIONS".equals(call.method())
                && !call.headers("Origin").isEmpty()
                && !call.headers("Access-Control-Request-Method").isEmpty();
    }
}
