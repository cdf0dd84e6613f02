package school.lectern.auth.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsConfigurationSource;
import org.springframework.web.cors.reactive.CorsProcessor;
import org.springframework.web.cors.reactive.CorsUtils;
import org.springframework.web.cors.reactive.DefaultCorsProcessor;
import org.springframework.web.cors.reactive.PreFlightRequestHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.CorsSources;
import school.lectern.auth.spring.webflux.ManagementPort;

/**
 * Applies the CORS configuration of a WebFlux application before a request needs a token, as {@link CorsBeforeGuard} does for
 * Spring MVC. A request without CORS configuration passes as it is.
 */
final class CorsBeforeWebFilter implements WebFilter, Ordered {

    private final int order;
    private final ListableBeanFactory beans;

    /** WebFlux's dispatcher, which knows the CORS configuration of handlers. */
    private final ObjectProvider<PreFlightRequestHandler> handlers;

    private final CorsProcessor processor = new DefaultCorsProcessor();

    CorsBeforeWebFilter(int order, ListableBeanFactory beans) {
        this.order = order;
        this.beans = beans;
        this.handlers = beans.getBeanProvider(PreFlightRequestHandler.class);
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (ManagementPort.serves(exchange) || !isCorsRequest(exchange)) {
            return chain.filter(exchange);
        }
        CorsConfigurationSource source = ofTheApplication();
        return source == null
                ? askHandlers(exchange).then(Mono.defer(() -> proceed(exchange, chain)))
                : apply(source.getCorsConfiguration(exchange), exchange, chain);
    }

    /** A malformed origin or host is not a reason to fail: such a request is judged like any other. */
    private static boolean isCorsRequest(ServerWebExchange exchange) {
        try {
            return CorsUtils.isCorsRequest(exchange.getRequest());
        } catch (IllegalArgumentException | IllegalStateException malformed) {
            return false;
        }
    }

    private @Nullable CorsConfigurationSource ofTheApplication() {
        return beans.containsBean(CorsSources.BEAN)
                        && beans.isTypeMatch(CorsSources.BEAN, CorsConfigurationSource.class)
                ? beans.getBean(CorsSources.BEAN, CorsConfigurationSource.class)
                : null;
    }

    private Mono<Void> apply(@Nullable CorsConfiguration configured, ServerWebExchange exchange, WebFilterChain chain) {
        return configured == null
                        || (processor.process(configured, exchange)
                                && !CorsUtils.isPreFlightRequest(exchange.getRequest()))
                ? chain.filter(exchange)
                : Mono.empty();
    }

    /** Lets the mapping of the request's handler set the CORS headers. A request without a handler has none. */
    private Mono<Void> askHandlers(ServerWebExchange exchange) {
        PreFlightRequestHandler dispatcher = handlers.getIfUnique();
        return dispatcher == null
                ? Mono.empty()
                : dispatcher.handlePreFlight(exchange).onErrorComplete();
    }

    private static Mono<Void> proceed(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpResponse response = exchange.getResponse();
        boolean isPreflight = CorsUtils.isPreFlightRequest(exchange.getRequest());
        boolean isAllowed = response.getHeaders().getFirst(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN) != null;
        if (isPreflight ? isAllowed : isRejected(response)) {
            return Mono.empty();
        }
        // A preflight that nothing allows is denied like any request, unless a rule opens its path.
        response.setStatusCode(null);
        return chain.filter(exchange);
    }

    /** WebFlux answers 403 also where it has no handler. The header shows that a CORS configuration was applied. */
    private static boolean isRejected(ServerHttpResponse response) {
        return HttpStatus.FORBIDDEN.equals(response.getStatusCode())
                && response.getHeaders().getOrEmpty(HttpHeaders.VARY).contains(HttpHeaders.ORIGIN);
    }
}
