package school.lectern.auth.spring.security;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;
import org.springframework.security.web.authentication.AuthenticationConverter;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * Lets {@code oauth2ResourceServer()} share a chain with {@code lecternAuth()}, although both read
 * {@code Authorization: Bearer}: a token that starts like those of the dialect is left to this library, and every other one
 * to the resource server.
 *
 * <p>The starter defines {@link #resolver} as a bean, which the resource server uses unless it has a resolver or a converter of
 * its own. Wrap yours:
 *
 * <pre>{@code
 * http.oauth2ResourceServer(server -> server
 *         .authenticationConverter(OtherBearerTokens.converter(auth, own))
 *         .jwt(withDefaults()));
 * }</pre>
 */
public final class OtherBearerTokens {

    private OtherBearerTokens() {}

    /**
     * {@return a resolver that finds no token in a request with a token of the dialect}
     *
     * @param auth the instance whose dialect recognizes its tokens
     * @param others finds the tokens of other requests
     */
    public static BearerTokenResolver resolver(LecternAuth auth, BearerTokenResolver others) {
        return request -> isOurs(auth, request) ? null : others.resolve(request);
    }

    /**
     * {@return a converter that finds no authentication in a request with a token of the dialect}
     *
     * @param auth the instance whose dialect recognizes its tokens
     * @param others converts other requests
     */
    public static AuthenticationConverter converter(LecternAuth auth, AuthenticationConverter others) {
        return request -> isOurs(auth, request) ? null : others.convert(request);
    }

    private static boolean isOurs(LecternAuth auth, HttpServletRequest request) {
        // A hidden credential is not in the request any more.
        return LecternAuthFilter.findPrincipal(request).isPresent()
                || auth.recognizes(LecternAuthFilter.credentials(request));
    }
}
