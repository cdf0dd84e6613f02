package school.lectern.auth.spring.boot;

import jakarta.servlet.http.HttpServletRequest;
import java.util.stream.Stream;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.authentication.AuthenticationManagerResolver;
import org.springframework.security.authentication.ProviderNotFoundException;
import org.springframework.security.authorization.method.AuthorizationManagerBeforeMethodInterceptor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.LogoutConfigurer;
import org.springframework.security.config.annotation.web.configurers.RequestCacheConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;
import org.springframework.security.oauth2.server.resource.web.DefaultBearerTokenResolver;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AuthenticationConverter;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.CorsSources;
import school.lectern.auth.spring.security.AuthorityPrefix;
import school.lectern.auth.spring.security.LecternAuthConfigurer;
import school.lectern.auth.spring.security.OtherBearerTokens;
import school.lectern.auth.spring.security.RequiredScopesOfMethods;

/** Guards an application that uses Spring Security: with a chain of its own, unless the application has one. */
@AutoConfiguration(
        after = LecternAuthRoutesAutoConfiguration.class,
        beforeName = {
            "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
            "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration",
            "org.springframework.boot.autoconfigure.security.servlet.UserDetailsServiceAutoConfiguration",
            "org.springframework.boot.autoconfigure.security.servlet.SecurityAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.security.servlet.ManagementWebSecurityAutoConfiguration"
        })
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnClass({SecurityFilterChain.class, HttpSecurity.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@Conditional(OnServletFilter.OnSpringSecurity.class)
public final class LecternAuthSecurityAutoConfiguration {

    /** The name of the bean that is the chain of an application that has none. */
    static final String OWN_CHAIN = "lecternAuthSecurityFilterChain";

    /** The name of the bean that requires a chain with the library. */
    static final String CHAIN_CHECK = "lecternAuthChainCheck";

    /** Behind every chain of an application, and before the one that Spring Boot would supply. */
    private static final int LAST = 2147483642;

    /** The beans in which Spring Security looks for a CORS configuration: a filter, the application's, and Spring MVC's. */
    private static final String[] CORS = {"corsFilter", CorsSources.BEAN, CorsBeforeGuard.OF_SPRING_MVC};

    @Bean(CHAIN_CHECK)
    SmartInitializingSingleton lecternAuthChainCheck(ObjectProvider<SecurityFilterChain> chains) {
        return () -> {
            if (chains.stream().noneMatch(LecternAuthConfigurer::guards)) {
                throw new LecternAuthConfigurationException(
                        "No SecurityFilterChain of the application applies lectern-auth, so no route would need a token",
                        "Add http.with(lecternAuth(), withDefaults()) to the chain of the API, or set"
                                + " lectern.auth.filter.enabled=true to guard every request before Spring Security");
            }
        };
    }

    /** Filters around those of Spring Security may change the status of a response. */
    @Bean
    ServletContextInitializer lecternAuthCompletion() {
        return LecternAuthFilter::completeAtEnd;
    }

    /** Methods of services. It is a bean of the infrastructure, so that Spring creates proxies for it in every application. */
    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static AuthorizationManagerBeforeMethodInterceptor lecternAuthMethodInterceptor(Environment environment) {
        return new AuthorizationManagerBeforeMethodInterceptor(
                RequiredScopesOfMethods.pointcut(), new RequiredScopesOfMethods(AuthorityPrefix.of(environment)));
    }

    /** Beside a resource server of OAuth 2.0, which reads the same header. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(BearerTokenResolver.class)
    @ConditionalOnMissingBean({BearerTokenResolver.class, AuthenticationConverter.class})
    static class ResourceServer {

        @Bean
        BearerTokenResolver lecternAuthOtherBearerTokens(LecternAuth auth) {
            return OtherBearerTokens.resolver(auth, new DefaultBearerTokenResolver());
        }
    }

    /** The chain of an application that has none. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(SecurityFilterChain.class)
    static class Chain {

        /** The route rules decide about every request, and deny each that they do not name. */
        @Bean(OWN_CHAIN)
        @Order(LAST)
        SecurityFilterChain lecternAuthSecurityFilterChain(
                HttpSecurity http, LecternAuthProperties properties, ListableBeanFactory beans) throws Exception {
            // Spring Security refuses to start if nothing could configure CORS, as in an application without Spring
            // MVC.
            if (Stream.of(CORS).anyMatch(beans::containsBean)) {
                http.cors(cors -> {});
            }
            PassThroughRoutes.refuse(properties, "SecurityFilterChain with lecternAuth() and another mechanism");
            return http.with(LecternAuthConfigurer.lecternAuth(), LecternAuthConfigurer::denyUnmatched)
                    .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                    .csrf(CsrfConfigurer::disable)
                    .logout(LogoutConfigurer::disable)
                    .requestCache(RequestCacheConfigurer::disable)
                    .build();
        }

        /** Users do not log in here. Spring Boot would otherwise generate a user, and print the password. */
        @Bean
        @ConditionalOnMissingBean
        AuthenticationManagerResolver<HttpServletRequest> lecternAuthNoUsers() {
            return request -> authentication -> {
                throw new ProviderNotFoundException("this application authenticates API tokens only");
            };
        }
    }
}
