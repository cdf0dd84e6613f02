package school.lectern.auth.spring.webflux;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpStatus;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.pattern.PathPattern;
import reactor.core.publisher.Mono;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.HandlerPath;
import school.lectern.auth.spring.web.RequiredScopes;
import school.lectern.auth.spring.web.RequiresScope;

/**
 * Checks, when WebFlux has selected a handler, that the operation that was authorized is the one that runs, and that the token
 * has the scopes of the handler's own {@link RequiresScope}; then leaves the handler to the adapter that can run it. Rules
 * select by method and path; WebFlux also by parameters, headers and media types, and other filters can change a request. So
 * this check, and not the rule, has the last word. Thread-safe.
 */
public final class GuardedHandlerAdapter implements HandlerAdapter, Ordered {

    private static final Logger log = LoggerFactory.getLogger(GuardedHandlerAdapter.class);

    private final Supplier<Guarding> guarding;
    private final RequiredScopes scopes = new RequiredScopes();

    /**
     * How the requests of an application are guarded.
     *
     * @param filter the filter that every request has to pass, or null if it is switched off
     * @param named the rules that do not come from annotations; null if the filter is switched off
     * @param leftToOthers whether a request that no rule names is left to another authorizer, such as Spring Security
     * @param adapters the adapters that run handlers, as {@link #of} returns them
     */
    public record Guarding(
            @Nullable LecternAuthWebFilter filter,
            @Nullable RouteRules named,
            Function<ServerWebExchange, Mono<Boolean>> leftToOthers,
            List<HandlerAdapter> adapters) {}

    /**
     * Creates an adapter.
     *
     * @param guarding returns how requests are guarded, always the same; called for each request
     */
    public GuardedHandlerAdapter(Supplier<Guarding> guarding) {
        this.guarding = guarding;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public boolean supports(Object handler) {
        return adapter(guarding.get().adapters(), handler).isPresent();
    }

    /**
     * {@return the adapters that run the handlers of a context, in their order}
     *
     * @param context the context
     */
    public static List<HandlerAdapter> of(ApplicationContext context) {
        return context.getBeanProvider(HandlerAdapter.class)
                .orderedStream()
                .filter(adapter -> !(adapter instanceof GuardedHandlerAdapter))
                .toList();
    }

    private static Optional<HandlerAdapter> adapter(List<HandlerAdapter> adapters, Object handler) {
        return adapters.stream().filter(adapter -> adapter.supports(handler)).findFirst();
    }

    @Override
    public Mono<HandlerResult> handle(ServerWebExchange exchange, Object handler) {
        Guarding how = guarding.get();
        if (ManagementPort.serves(exchange)) {
            return handleOnManagementPort(exchange, handler);
        }
        Mono<HandlerResult> handled = Mono.defer(
                () -> adapter(how.adapters(), handler).orElseThrow().handle(withPrincipal(exchange, handler), handler));
        return isOperationAdmitted(how, exchange)
                .filter(admitted -> admitted)
                .flatMap(admitted -> isHandlerAdmitted(how, exchange, handler))
                .filter(admitted -> admitted)
                .flatMap(admitted -> handled);
    }

    private static Mono<HandlerResult> handleOnManagementPort(ServerWebExchange exchange, Object handler) {
        return ManagementPort.mayRun(handler)
                ? adapter(of(Objects.requireNonNull(exchange.getApplicationContext())), handler)
                        .orElseThrow()
                        .handle(exchange, handler)
                : Mono.error(new ResponseStatusException(HttpStatus.NOT_FOUND));
    }

    /**
     * WebFlux gives a parameter of the type of a principal the principal of the exchange, which Spring Security has replaced by
     * its authentication. A handler that asks for the token gets the token.
     */
    private static ServerWebExchange withPrincipal(ServerWebExchange exchange, Object handler) {
        boolean asksForToken = handler instanceof HandlerMethod method
                && Arrays.stream(method.getMethodParameters()).anyMatch(GuardedHandlerAdapter::isToken);
        return asksForToken
                ? exchange.mutate()
                        .principal(Mono.justOrEmpty(LecternAuthWebFilter.findPrincipal(exchange)))
                        .build()
                : exchange;
    }

    /** Returns whether a parameter has the type of the token, or of a publisher of it. */
    private static boolean isToken(MethodParameter parameter) {
        return parameter.getParameterType() == TokenPrincipal.class
                || ResolvableType.forMethodParameter(parameter).getGeneric(0).resolve() == TokenPrincipal.class;
    }

    private static Mono<Boolean> isOperationAdmitted(Guarding how, ServerWebExchange exchange) {
        LecternAuthWebFilter filter = how.filter();
        return filter == null ? Mono.just(true) : filter.permitsHandler(exchange);
    }

    private Mono<Boolean> isHandlerAdmitted(Guarding how, ServerWebExchange exchange, Object handler) {
        Optional<Requirement> needed = scopes.requirementOf(handler);
        if (needed.isPresent()) {
            return hasScopes(needed.get(), exchange);
        }
        // A rule of an annotation must not open another handler, whose path it happens to match.
        WebFluxCall call = new WebFluxCall(exchange.getRequest());
        if (how.named() == null || how.named().names(call.method(), call.path())) {
            return Mono.just(true);
        }
        if (exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE) instanceof PathPattern pattern
                && HandlerPath.evadesRule(how.named(), call.method(), "", call.path(), pattern.getPatternString())) {
            return denyUnnamed(exchange);
        }
        return how.leftToOthers().apply(exchange).flatMap(left -> left ? Mono.just(true) : denyUnnamed(exchange));
    }

    private static Mono<Boolean> denyUnnamed(ServerWebExchange exchange) {
        boolean hasToken = LecternAuthWebFilter.findPrincipal(exchange).isPresent();
        return deny(exchange, AuthError.of(hasToken ? AuthError.Kind.NOT_FOUND : AuthError.Kind.MISSING_CREDENTIAL));
    }

    private static Mono<Boolean> hasScopes(Requirement needed, ServerWebExchange exchange) {
        Optional<TokenPrincipal> caller = LecternAuthWebFilter.findPrincipal(exchange);
        if (caller.isEmpty()) {
            log.error(
                    "a request reached a guarded handler without a token, and was denied: remove the rule that opens its"
                            + " path, or lectern.auth.filter.enabled=false");
            return Mono.error(new ResponseStatusException(HttpStatus.INTERNAL_SERVER_ERROR));
        }
        Map<String, String> values =
                exchange.getAttributeOrDefault(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE, Map.of());
        return caller.get()
                .insufficientScope(needed.withPathVariables(values))
                .map(error -> deny(exchange, error))
                .orElse(Mono.just(true));
    }

    private static Mono<Boolean> deny(ServerWebExchange exchange, AuthError error) {
        return LecternAuthWebFilter.deny(exchange, error).thenReturn(false);
    }
}
