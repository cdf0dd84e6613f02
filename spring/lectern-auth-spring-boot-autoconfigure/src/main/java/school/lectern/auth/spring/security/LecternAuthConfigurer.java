package school.lectern.auth.spring.security;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.security.authentication.AuthenticationEventPublisher;
import org.springframework.security.authentication.DefaultAuthenticationEventPublisher;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.ExceptionHandlingConfigurer;
import org.springframework.security.config.annotation.web.configurers.HttpBasicConfigurer;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.www.BasicAuthenticationConverter;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.authentication.www.DigestAuthenticationFilter;
import org.springframework.security.web.util.matcher.MediaTypeRequestMatcher;
import org.springframework.security.web.util.matcher.NegatedRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.servlet.LecternAuthFilter;

/**
 * Guards a chain of Spring Security with API tokens:
 *
 * <pre>{@code
 * http.securityMatcher("/v1/**")
 *         .with(lecternAuth(), withDefaults())
 *         .authorizeHttpRequests(requests -> requests.anyRequest().authenticated());
 * }</pre>
 *
 * <p>The route rules are evaluated first; Spring Security can deny a request that they admit. The token of an admitted
 * request is the principal, and its scopes are authorities such as {@code SCOPE_read:learners}. Unless
 * {@link #denyUnmatched} is called, a path without a rule is left to {@code authorizeHttpRequests}; a token of the dialect
 * is also verified on such a path.
 *
 * <p>If the dialect carries tokens in Basic authentication, {@code httpBasic()} of the same chain ignores them. It then has the
 * default {@code authenticationDetailsSource}.
 *
 * <p>Requests with a token of the dialect need no CSRF token, unless it is in the query or in Basic authentication. The chain's
 * session policy is not changed. If Spring Security denies an admitted request, the request still consumes a rate-limit permit,
 * and its audit row gets the denial and the status.
 */
public final class LecternAuthConfigurer extends AbstractHttpConfigurer<LecternAuthConfigurer, HttpSecurity> {

    private static final String OAUTH2 =
            "org.springframework.security.config.annotation.web.configurers.oauth2.server.resource.OAuth2ResourceServerConfigurer";

    private @Nullable LecternAuth auth;
    private @Nullable RouteRules rules;
    private @Nullable TrustedProxies proxies;
    private @Nullable String authorityPrefix;
    private boolean deniesUnmatched;

    private LecternAuthConfigurer() {}

    /** {@return a new configurer, for {@link HttpSecurity#with}} */
    public static LecternAuthConfigurer lecternAuth() {
        return new LecternAuthConfigurer();
    }

    /**
     * {@return whether a chain was configured with this class}
     *
     * @param chain any chain
     */
    public static boolean guards(SecurityFilterChain chain) {
        return chain.getFilters().stream().anyMatch(LecternAuthenticationFilter.class::isInstance);
    }

    /**
     * Sets the instance that authenticates requests. Default: the bean of this type.
     *
     * @param value the instance
     * @return this configurer
     * @throws IllegalArgumentException if it was set before
     */
    public LecternAuthConfigurer auth(LecternAuth value) {
        requireUnset(auth, "auth");
        this.auth = value;
        return this;
    }

    /**
     * Sets the rules of the routes. Default: the bean of this type.
     *
     * @param value the rules
     * @return this configurer
     * @throws IllegalArgumentException if it was set before
     */
    public LecternAuthConfigurer routes(RouteRules value) {
        requireUnset(rules, "routes");
        this.rules = value;
        return this;
    }

    /**
     * Sets the proxies whose headers contain the client's address. Default: the bean of this type, or none.
     *
     * @param value the proxies
     * @return this configurer
     * @throws IllegalArgumentException if it was set before
     */
    public LecternAuthConfigurer trustedProxies(TrustedProxies value) {
        requireUnset(proxies, "trustedProxies");
        this.proxies = value;
        return this;
    }

    /**
     * Sets the prefix that makes a scope an authority. Default: the property {@code lectern.auth.security.authority-prefix}, or
     * {@code SCOPE_}.
     *
     * @param value the prefix, which may be empty
     * @return this configurer
     * @throws IllegalArgumentException if it was set before
     */
    public LecternAuthConfigurer authorityPrefix(String value) {
        requireUnset(authorityPrefix, "authorityPrefix");
        this.authorityPrefix = value;
        return this;
    }

    private static void requireUnset(@Nullable Object value, String setting) {
        if (value != null) {
            throw new IllegalArgumentException(
                    setting + " must be set once, but was set before: remove one of the calls");
        }
    }

    /**
     * Denies a path that no rule names, as without Spring Security: with 401 without a token, and 404 with one. By default such
     * a path is left to {@code authorizeHttpRequests}.
     *
     * @return this configurer
     */
    public LecternAuthConfigurer denyUnmatched() {
        this.deniesUnmatched = true;
        return this;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void init(HttpSecurity http) {
        LecternAuth found = auth(http);
        CsrfConfigurer<HttpSecurity> csrf = http.getConfigurer(CsrfConfigurer.class);
        if (csrf != null) {
            csrf.ignoringRequestMatchers(
                    request -> found.recognizesUnforgeable(LecternAuthFilter.credentials(request)));
        }
        shareBasic(http, found);
        ExceptionHandlingConfigurer<HttpSecurity> denials = http.getConfigurer(ExceptionHandlingConfigurer.class);
        if (denials != null) {
            TokenDenials inDialect = new TokenDenials(found, authorityPrefix(http));
            denials.defaultAccessDeniedHandlerFor(
                    inDialect,
                    request -> LecternAuthFilter.findPrincipal(request).isPresent());
            if (!hasOAuth2(http)) {
                denials.defaultAuthenticationEntryPointFor(inDialect, new NegatedRequestMatcher(pageOfABrowser()));
            }
        }
    }

    /**
     * Lets {@code httpBasic()} of the chain ignore Basic credentials that are tokens: it would take them for wrong passwords.
     */
    @SuppressWarnings("unchecked")
    private static void shareBasic(HttpSecurity http, LecternAuth auth) {
        HttpBasicConfigurer<HttpSecurity> basic = http.getConfigurer(HttpBasicConfigurer.class);
        if (basic == null || auth.dialect().carriers().all().stream().noneMatch(Carrier::isBasic)) {
            return;
        }
        basic.addObjectPostProcessor(new ObjectPostProcessor<BasicAuthenticationFilter>() {
            @Override
            public <F extends BasicAuthenticationFilter> F postProcess(F filter) {
                filter.setAuthenticationConverter(
                        OtherBearerTokens.converter(auth, new BasicAuthenticationConverter()));
                return filter;
            }
        });
    }

    /** Matches requests that a login page answers, if the chain has one. */
    private static RequestMatcher pageOfABrowser() {
        MediaTypeRequestMatcher html =
                new MediaTypeRequestMatcher(MediaType.TEXT_HTML, MediaType.APPLICATION_XHTML_XML);
        html.setIgnoredMediaTypes(Set.of(MediaType.ALL));
        return html;
    }

    /** A request without a credential is then asked for the other mechanism's. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static boolean hasOAuth2(HttpSecurity http) {
        try {
            Class type = Class.forName(OAUTH2, false, LecternAuthConfigurer.class.getClassLoader());
            return http.getConfigurer(type) != null;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }

    @Override
    public void configure(HttpSecurity http) {
        RouteRules own = rules != null ? rules : bean(http, RouteRules.class);
        TrustedProxies trusted = proxies != null
                ? proxies
                : context(http).getBeanProvider(TrustedProxies.class).getIfAvailable(TrustedProxies::none);
        LecternAuthFilter guard =
                new LecternAuthFilter(auth(http), deniesUnmatched ? own : own.passingUnmatched(), trusted);
        AuthenticationEventPublisher events = context(http)
                .getBeanProvider(AuthenticationEventPublisher.class)
                .getIfUnique(() -> new DefaultAuthenticationEventPublisher(context(http)));
        LecternAuthenticationFilter filter = new LecternAuthenticationFilter(
                guard, authorityPrefix(http), getSecurityContextHolderStrategy(), events);
        // Directly before the filter for bearer tokens, behind those for CORS and CSRF.
        http.addFilterAfter(postProcess(filter), DigestAuthenticationFilter.class);
    }

    private LecternAuth auth(HttpSecurity http) {
        return auth != null ? auth : bean(http, LecternAuth.class);
    }

    private String authorityPrefix(HttpSecurity http) {
        return authorityPrefix != null
                ? authorityPrefix
                : AuthorityPrefix.of(context(http).getEnvironment());
    }

    private static <T> T bean(HttpSecurity http, Class<T> type) {
        return context(http).getBean(type);
    }

    private static ApplicationContext context(HttpSecurity http) {
        return http.getSharedObject(ApplicationContext.class);
    }
}
