package school.lectern.auth.spring.boot;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.authentication.ProviderNotFoundException;
import org.springframework.security.authentication.ReactiveAuthenticationManagerResolver;
import org.springframework.security.authorization.method.AuthorizationManagerBeforeReactiveMethodInterceptor;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity.CorsSpec;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.spring.security.AuthorityPrefix;
import school.lectern.auth.spring.security.LecternAuthenticationToken;
import school.lectern.auth.spring.security.ReactiveTokenDenials;
import school.lectern.auth.spring.security.RequiredScopesOfMethods;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter.AdmittedContext;

/**
 * Makes the token of a WebFlux application the authentication of Spring Security, and supplies a chain that leaves all
 * decisions to the rules, unless the application has one.
 */
@AutoConfiguration(
        after = LecternAuthRoutesAutoConfiguration.class,
        beforeName = {
            "org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.actuate.web.reactive.ReactiveManagementWebSecurityAutoConfiguration",
            "org.springframework.boot.autoconfigure.security.reactive.ReactiveUserDetailsServiceAutoConfiguration",
            "org.springframework.boot.autoconfigure.security.reactive.ReactiveSecurityAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.security.reactive.ReactiveManagementWebSecurityAutoConfiguration"
        })
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnClass({SecurityWebFilterChain.class, ServerHttpSecurity.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
public final class LecternAuthReactiveSecurityAutoConfiguration {

    /** The name of the bean that is the chain of an application that has none. */
    static final String OWN_CHAIN = "lecternAuthSecurityWebFilterChain";

    /** Behind every chain of an application. */
    private static final int LAST = 2147483642;

    @Bean
    @ConditionalOnMissingBean
    AdmittedContext lecternAuthAdmittedContext(LecternAuthProperties properties, LecternAuth auth) {
        String prefix = properties.security().authorityPrefix();
        return (context, exchange, principal) -> {
            // A browser does not add such a token by itself, so another site cannot forge the request.
            if (auth.recognizesUnforgeable(LecternAuthWebFilter.credentials(exchange))) {
                CsrfWebFilter.skipExchange(exchange);
            }
            return context.putAll(
                    ReactiveSecurityContextHolder.withAuthentication(new LecternAuthenticationToken(principal, prefix))
                            .readOnly());
        };
    }

    @Bean
    @ConditionalOnMissingBean
    ReactiveTokenDenials lecternAuthTokenDenials(LecternAuthProperties properties, LecternAuth auth) {
        return new ReactiveTokenDenials(auth, properties.security().authorityPrefix());
    }

    /** Methods of services that return a publisher. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static AuthorizationManagerBeforeReactiveMethodInterceptor lecternAuthMethodInterceptor(Environment environment) {
        return new AuthorizationManagerBeforeReactiveMethodInterceptor(
                RequiredScopesOfMethods.pointcut(),
                new RequiredScopesOfMethods(AuthorityPrefix.of(environment)).reactive());
    }

    /** The chain of an application that has none. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(SecurityWebFilterChain.class)
    static class Chain {

        /** The route rules decide about every request, and deny each that they do not name. */
        @Bean(OWN_CHAIN)
        @Order(LAST)
        SecurityWebFilterChain lecternAuthSecurityWebFilterChain(
                ServerHttpSecurity http, LecternAuthProperties properties, ReactiveTokenDenials denials) {
            PassThroughRoutes.refuse(properties, "SecurityWebFilterChain with another mechanism");
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().permitAll())
                    .exceptionHandling(handling -> handling.accessDeniedHandler(denials))
                    .csrf(ServerHttpSecurity.CsrfSpec::disable)
                    .httpBasic(ServerHttpSecurity.HttpBasicSpec::disable)
                    .formLogin(ServerHttpSecurity.FormLoginSpec::disable)
                    .logout(ServerHttpSecurity.LogoutSpec::disable)
                    .requestCache(ServerHttpSecurity.RequestCacheSpec::disable)
                    .cors(CorsSpec::disable)
                    .build();
        }

        /** Users do not log in here. Spring Boot would otherwise generate a user, and print the password. */
        @Bean
        @ConditionalOnMissingBean
        ReactiveAuthenticationManagerResolver<ServerWebExchange> lecternAuthNoUsers() {
            return exchange -> Mono.just(authentication ->
                    Mono.error(new ProviderNotFoundException("this application authenticates API tokens only")));
        }
    }
}
