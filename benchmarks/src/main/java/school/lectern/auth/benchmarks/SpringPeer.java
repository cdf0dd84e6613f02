package school.lectern.auth.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.springframework.http.HttpHeaders;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.authentication.OpaqueTokenAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OAuth2IntrospectionAuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;

/** Spring Security's filter for bearer tokens, with an introspector whose results are all cached before the measurement. */
@State(Scope.Benchmark)
public class SpringPeer {

    private static final List<GrantedAuthority> AUTHORITIES =
            AuthorityUtils.createAuthorityList("SCOPE_read:learners", "SCOPE_write:learners", "SCOPE_read:courses");

    private final MockHttpServletResponse response = new MockHttpServletResponse();
    private final Request request = new Request();
    private String[] headers;
    private BearerTokenAuthenticationFilter filter;

    /**
     * One request object for all calls, with a different header in each call: in a server, the request has just been written
     * and is in the CPU cache.
     */
    private static final class Request extends MockHttpServletRequest {
        private String authorization;

        Request() {
            super("GET", "/v1/learners");
        }

        @Override
        public String getHeader(String name) {
            return name.equals(HttpHeaders.AUTHORIZATION) ? authorization : super.getHeader(name);
        }
    }

    /** Introspects each token once, so that it is cached. */
    @Setup
    public void setUp(Tokens tokens) {
        Set<String> known = new HashSet<>();
        headers = tokens.headers();
        for (int i = 0; i < headers.length; i++) {
            known.add(tokens.characters(i));
        }
        Cache<String, OAuth2AuthenticatedPrincipal> cache =
                Caffeine.newBuilder().maximumSize(4L * headers.length).build();
        OpaqueTokenIntrospector cached = token -> cache.get(token, asked -> introspect(known, asked));
        filter =
                new BearerTokenAuthenticationFilter(new ProviderManager(new OpaqueTokenAuthenticationProvider(cached)));
        for (int i = 0; i < headers.length; i++) {
            Tokens.require(authenticate(i) != null, "spring");
        }
        Tokens.require(authenticate("Bearer sk_unknown") == null, "spring");
    }

    private static OAuth2AuthenticatedPrincipal introspect(Set<String> known, String token) {
        if (!known.contains(token)) {
            throw new BadOpaqueTokenException("unknown");
        }
        return new OAuth2IntrospectionAuthenticatedPrincipal("123", Map.of("active", true), AUTHORITIES);
    }

    Authentication authenticate(int i) {
        return authenticate(headers[i]);
    }

    /** Returns the authentication that the handler gets, or null if the handler is not called. */
    private Authentication authenticate(String header) {
        request.authorization = header;
        Authentication[] seen = new Authentication[1];
        FilterChain handler = (asked, answered) ->
                seen[0] = SecurityContextHolder.getContext().getAuthentication();
        try {
            filter.doFilter(request, response, handler);
        } catch (IOException | ServletException broken) {
            throw new IllegalStateException(broken);
        } finally {
            SecurityContextHolder.clearContext();
        }
        return seen[0];
    }
}
