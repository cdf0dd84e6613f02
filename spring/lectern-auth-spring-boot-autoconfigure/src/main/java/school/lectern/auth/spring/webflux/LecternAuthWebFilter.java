package school.lectern.auth.spring.webflux;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.CredentialSource;
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.HttpGuard.Passed;
import school.lectern.auth.http.HttpGuard.Refused;
import school.lectern.auth.http.HttpGuard.Result;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;

/**
 * Guards an application with WebFlux: passes a request to its handler with its token as the principal, or denies it with the
 * dialect's error. Requests are evaluated on threads of their own, so the event loop never waits for a database.
 * Thread-safe.
 *
 * <p>A handler gets the token as a parameter of the type {@link TokenPrincipal}, from {@link #principal}, or from the
 * context of Reactor under the key {@code TokenPrincipal.class}.
 */
public final class LecternAuthWebFilter implements WebFilter, Ordered, DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(LecternAuthWebFilter.class);

    private final LecternAuth auth;
    private final HttpGuard guard;
    private final int order;
    private final AdmittedContext admitted;
    private final OffTheEventLoop evaluations = OffTheEventLoop.own();

    /** Adds information about an admitted token to the context of Reactor, for code behind the filter. */
    @FunctionalInterface
    public interface AdmittedContext {
        /**
         * Adds to the context.
         *
         * @param context the context, which contains the token
         * @param exchange the request
         * @param principal the token
         * @return the context for code behind the filter
         */
        Context write(Context context, ServerWebExchange exchange, TokenPrincipal principal);
    }

    /**
     * Creates a filter.
     *
     * @param auth the instance that authenticates requests
     * @param rules the rules of the application's routes
     * @param proxies the proxies whose headers contain the client's address
     * @param order the order of the filter among others: it must run before each filter that responds to requests
     * @param admitted adds to the context of Reactor
     * @throws IllegalArgumentException if a rule names a limit policy or a scope that the dialect does not have
     */
    public LecternAuthWebFilter(
            LecternAuth auth, RouteRules rules, TrustedProxies proxies, int order, AdmittedContext admitted) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.guard = new HttpGuard(auth, rules, proxies);
        this.order = order;
        this.admitted = Objects.requireNonNull(admitted, "admitted");
    }

    /**
     * Returns the token of a guarded request.
     *
     * @param exchange the request as it appears to a handler
     * @return the token
     * @throws IllegalStateException if no token was admitted: the route is open, or the request was passed through without a
     *     credential
     */
    public static TokenPrincipal principal(ServerWebExchange exchange) {
        return findPrincipal(exchange)
                .orElseThrow(
                        () -> new IllegalStateException("the request has no token, since its route is open: guard the"
                                + " route, or use LecternAuthWebFilter.findPrincipal(exchange)"));
    }

    /**
     * {@return the token of a request, or empty if none was admitted}
     *
     * @param exchange the request as it appears to a handler
     */
    public static Optional<TokenPrincipal> findPrincipal(ServerWebExchange exchange) {
        WebFluxExchange found = WebFluxExchange.find(exchange);
        return found == null ? Optional.empty() : Optional.ofNullable(found.principal());
    }

    /**
     * {@return the parts of a request that may carry a credential} For {@link LecternAuth#recognizes}, in front of the filter.
     *
     * @param exchange the request
     */
    public static CredentialSource credentials(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        return new AuthRequest(
                "",
                "",
                "",
                request.getURI().getRawQuery(),
                null,
                name -> request.getHeaders().getOrEmpty(name));
    }

    /**
     * Sends an error in the format of the library, as the whole response.
     *
     * @param exchange the request, which came through a filter of this class
     * @param error the error
     * @return completes when the response is written
     * @throws IllegalStateException if the request did not come through this filter
     */
    public static Mono<Void> send(ServerWebExchange exchange, AuthError error) {
        return state(exchange).send(error);
    }

    /**
     * Denies a request that this filter has admitted: sends the error like {@link #send}, and the audit row of the request gets
     * the denial as its outcome.
     *
     * @param exchange the request, which came through a filter of this class
     * @param error the error
     * @return completes when the response is written
     * @throws IllegalStateException if the request did not come through this filter
     */
    public static Mono<Void> deny(ServerWebExchange exchange, AuthError error) {
        return state(exchange).deny(error);
    }

    private static WebFluxExchange state(ServerWebExchange exchange) {
        WebFluxExchange found = WebFluxExchange.find(exchange);
        if (found == null) {
            throw new IllegalStateException("the request did not come through LecternAuthWebFilter");
        }
        return found;
    }

    @Override
    public int getOrder() {
        return order;
    }

    /** Ends the threads that evaluate requests. */
    @Override
    public void destroy() {
        evaluations.dispose();
    }

    /** The decision about a request, and its exchange. */
    private record Decided(WebFluxExchange exchange, Result result) {}

    @Override
    public Mono<Void> filter(ServerWebExchange web, WebFilterChain chain) {
        if (ManagementPort.serves(web)) {
            return chain.filter(web);
        }
        return decide(web).flatMap(decided -> {
            WebFluxExchange exchange = decided.exchange();
            if (decided.result() instanceof Refused refused) {
                return exchange.sendError(refused.answer());
            }
            ((Passed) decided.result()).addTo(exchange.headers());
            return proceed(web, exchange, chain)
                    .doOnError(exchange::noteFailedCommit)
                    .doFinally(end -> exchange.noteCommittedStatus());
        });
    }

    private Mono<Decided> decide(ServerWebExchange web) {
        return evaluations
                .call(() -> {
                    WebFluxExchange exchange = WebFluxExchange.of(web, auth);
                    Result result = guard.decide(exchange.http(), new WebFluxCall(web.getRequest()));
                    guard.principal(exchange.http()).ifPresent(exchange::admit);
                    return new Decided(exchange, result);
                })
                .onErrorResume(
                        RejectedExecutionException.class, full -> Mono.fromSupplier(() -> unavailable(web, full)));
    }

    /** Every thread for evaluations is in use, and their queue is full. */
    private Decided unavailable(ServerWebExchange web, RejectedExecutionException full) {
        WebFluxExchange exchange = WebFluxExchange.of(web, auth);
        log.error(
                "request {} could not be evaluated, since its queue is full; the decision is a server error",
                exchange.http().requestId(),
                full);
        return new Decided(exchange, new Refused(exchange.http().error(auth, AuthError.unavailable())));
    }

    private Mono<Void> proceed(ServerWebExchange web, WebFluxExchange exchange, WebFilterChain chain) {
        ServerWebExchange shown = withoutCredential(web, exchange);
        TokenPrincipal principal = exchange.principal();
        if (principal == null) {
            return chain.filter(shown);
        }
        return chain.filter(shown.mutate().principal(Mono.just(principal)).build())
                .contextWrite(context -> admitted.write(context.put(TokenPrincipal.class, principal), web, principal));
    }

    /** Returns the request as code behind this filter may see it. */
    private ServerWebExchange withoutCredential(ServerWebExchange web, WebFluxExchange exchange) {
        if (!auth.dialect().hidesCredentials()) {
            return web;
        }
        ServerHttpRequest shown = RequestWithoutCredential.of(
                web.getRequest(), auth.dialect().carriers(), () -> exchange.principal() != null);
        return web.mutate().request(shown).build();
    }

    /**
     * Checks, immediately before a handler runs, that this filter let the operation pass that the handler is about to execute.
     * If a filter changed the method or the path, the new operation is evaluated now.
     *
     * @return whether the handler may run; if not, the response has been written
     */
    Mono<Boolean> permitsHandler(ServerWebExchange web) {
        WebFluxExchange exchange = WebFluxExchange.find(web);
        if (exchange == null || !guard.hasPassed(exchange.http())) {
            log.error(
                    "a request reached its handler without passing LecternAuthWebFilter, and was denied: do not handle"
                            + " requests in a filter with an order below lectern.auth.filter.order");
            return evaluations
                    .call(() -> WebFluxExchange.of(web, auth))
                    .flatMap(begun -> begun.send(AuthError.unavailable()))
                    .thenReturn(false);
        }
        if (guard.hasPassed(exchange.http(), new WebFluxCall(web.getRequest()))) {
            return Mono.just(true);
        }
        return decide(web).flatMap(decided -> {
            if (decided.result() instanceof Refused refused) {
                return exchange.sendError(refused.answer()).thenReturn(false);
            }
            ((Passed) decided.result()).addTo(exchange.headers());
            return Mono.just(true);
        });
    }
}
