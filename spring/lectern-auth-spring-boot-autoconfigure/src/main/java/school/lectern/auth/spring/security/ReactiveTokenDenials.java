package school.lectern.auth.spring.security;

import org.springframework.http.HttpStatus;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.web.server.authorization.HttpStatusServerAccessDeniedHandler;
import org.springframework.security.web.server.authorization.ServerAccessDeniedHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;

/**
 * Sends the dialect's error if Spring Security denies a request with an admitted token in a WebFlux application. Other
 * requests that Spring Security denies get Spring Security's own 403. Thread-safe.
 *
 * <pre>{@code
 * http.exceptionHandling(handling -> handling.accessDeniedHandler(tokenDenials))
 * }</pre>
 */
public final class ReactiveTokenDenials implements ServerAccessDeniedHandler {

    private final DeniedScopes scopes;
    private final ServerAccessDeniedHandler others = new HttpStatusServerAccessDeniedHandler(HttpStatus.FORBIDDEN);

    /**
     * Creates a handler.
     *
     * @param auth the instance whose dialect answers
     * @param authorityPrefix the prefix that makes a scope an authority
     */
    public ReactiveTokenDenials(LecternAuth auth, String authorityPrefix) {
        this.scopes = new DeniedScopes(auth, authorityPrefix);
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, AccessDeniedException denied) {
        return LecternAuthWebFilter.findPrincipal(exchange)
                .map(principal -> LecternAuthWebFilter.deny(exchange, scopes.error(denied, principal)))
                .orElseGet(() -> others.handle(exchange, denied));
    }
}
