package school.lectern.auth.spring.security;

import java.util.List;
import java.util.function.Function;
import org.springframework.context.ApplicationContext;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The chains of Spring Security in a WebFlux application. A request that matches none of them is not authorized by any. */
public final class ReactiveChains {

    private ReactiveChains() {}

    /**
     * {@return whether a chain handles a request}
     *
     * @param context the application
     */
    public static Function<ServerWebExchange, Mono<Boolean>> in(ApplicationContext context) {
        List<SecurityWebFilterChain> chains =
                context.getBeanProvider(SecurityWebFilterChain.class).stream().toList();
        return exchange -> Flux.fromIterable(chains)
                .concatMap(chain -> chain.matches(exchange))
                .any(matches -> matches);
    }
}
