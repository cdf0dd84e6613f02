package school.lectern.auth.spring.security;

import org.springframework.security.web.server.authentication.ServerAuthenticationConverter;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;

/**
 * Lets {@code oauth2ResourceServer()} share a WebFlux application with this library, as {@link OtherBearerTokens} does with
 * Spring MVC: a token that starts like those of the dialect is not a token of the resource server.
 *
 * <pre>{@code
 * http.oauth2ResourceServer(server -> server
 *         .bearerTokenConverter(ReactiveOtherBearerTokens.converter(auth, new ServerBearerTokenAuthenticationConverter()))
 *         .jwt(withDefaults()));
 * }</pre>
 */
public final class ReactiveOtherBearerTokens {

    private ReactiveOtherBearerTokens() {}

    /**
     * {@return a converter that finds no authentication in a request with a token of the dialect}
     *
     * @param auth the instance whose dialect recognizes its tokens
     * @param others converts other requests
     */
    public static ServerAuthenticationConverter converter(LecternAuth auth, ServerAuthenticationConverter others) {
        return exchange -> {
            // A hidden credential is not in the request any more.
            boolean isOurs = LecternAuthWebFilter.findPrincipal(exchange).isPresent()
                    || auth.recognizes(LecternAuthWebFilter.credentials(exchange));
            return isOurs ? Mono.empty() : others.convert(exchange);
        };
    }
}
