package school.lectern.auth.spring.boot;

import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.ConfiguredRoutes;
import school.lectern.auth.spring.security.ReactiveChains;
import school.lectern.auth.spring.webflux.GuardedHandlerAdapter;
import school.lectern.auth.spring.webflux.GuardedHandlerAdapter.Guarding;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter.AdmittedContext;
import school.lectern.auth.spring.webflux.ManagementWebHandler;

/**
 * Guards an application with WebFlux, with or without Spring Security, and serves the management API. The filter runs before
 * Spring Security, whose chains see the token as the authentication.
 */
@AutoConfiguration(
        after = {LecternAuthRoutesAutoConfiguration.class, LecternAuthReactiveSecurityAutoConfiguration.class})
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnClass({WebFluxConfigurer.class, HandlerAdapter.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
public final class LecternAuthReactiveAutoConfiguration {

    /** The name of the bean that is the filter. */
    static final String FILTER = "lecternAuthWebFilter";

    /** Switches on the filter of Spring Boot that changes the method of a request. */
    private static final String METHOD_OVERRIDES = "spring.webflux.hiddenmethod.filter.enabled";

    @Bean(FILTER)
    @ConditionalOnMissingBean
    @ConditionalOnProperty(name = "lectern.auth.filter.enabled", matchIfMissing = true)
    LecternAuthWebFilter lecternAuthWebFilter(
            LecternAuthProperties properties,
            LecternAuth auth,
            RouteRules rules,
            TrustedProxies proxies,
            ObjectProvider<AdmittedContext> admitted,
            ListableBeanFactory beans,
            Environment environment) {
        int order = properties.filter().order();
        FilterOrder.check(order, METHOD_OVERRIDES, environment);
        RouteRules applied = ApplicationChains.existIn(beans) ? rules.passingUnmatched() : rules;
        AdmittedContext context = admitted.getIfAvailable(() -> (written, exchange, principal) -> written);
        return new LecternAuthWebFilter(auth, applied, proxies, order, context);
    }

    /** Answers preflights, and lets browsers read denials, where the application configures CORS. */
    @Bean
    @ConditionalOnMissingBean(CorsWebFilter.class)
    @ConditionalOnBean(LecternAuthWebFilter.class)
    CorsBeforeWebFilter lecternAuthCorsWebFilter(LecternAuthProperties properties, ListableBeanFactory beans) {
        return new CorsBeforeWebFilter(properties.filter().order() - 1, beans);
    }

    /** Everything is found at the first request, since it depends on the other adapters. */
    @Bean
    @ConditionalOnMissingBean
    static GuardedHandlerAdapter lecternAuthHandlerAdapter(ApplicationContext context) {
        SingletonSupplier<Guarding> guarding = SingletonSupplier.of(() -> guarding(context));
        return new GuardedHandlerAdapter(guarding::obtain);
    }

    private static Guarding guarding(ApplicationContext context) {
        LecternAuthWebFilter filter =
                context.getBeanProvider(LecternAuthWebFilter.class).getIfAvailable();
        return new Guarding(
                filter,
                filter == null ? null : ConfiguredRoutes.namedIn(context),
                ApplicationChains.existIn(context) ? ReactiveChains.in(context) : request -> Mono.just(false),
                GuardedHandlerAdapter.of(context));
    }

    @Bean
    SmartInitializingSingleton lecternAuthStartReport(
            LecternAuthProperties properties,
            LecternAuth auth,
            RouteRules rules,
            ListableBeanFactory beans,
            Environment environment) {
        return new StartReport(properties, auth, rules, beans, environment);
    }

    /** The management API, unless the application has a bean of its name. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean({ManagementAuthority.class, TenantDirectory.class})
    @ConditionalOnMissingBean(name = LecternAuthServletAutoConfiguration.MANAGEMENT)
    @ConditionalOnProperty(name = "lectern.auth.management.enabled", matchIfMissing = true)
    static class Management {

        @Bean
        @ConditionalOnMissingBean
        ManagementWebHandler lecternAuthManagementHandler(
                LecternAuthProperties properties,
                LecternAuth auth,
                ManagementAuthority authority,
                TenantDirectory tenants,
                TrustedProxies proxies) {
            return new ManagementWebHandler(
                    auth, authority, tenants, proxies, properties.management().path());
        }

        @Bean(LecternAuthServletAutoConfiguration.MANAGEMENT)
        HandlerMapping lecternAuthManagement(
                LecternAuthProperties properties,
                ManagementWebHandler handler,
                ObjectProvider<WebFluxConfigurer> configurers) {
            // Before the application's handlers, as a servlet with a path of its own is.
            SimpleUrlHandlerMapping mapping = new SimpleUrlHandlerMapping(
                    PublicRoutes.managementPaths(properties.management().path()).stream()
                            .collect(Collectors.toMap(Function.identity(), route -> handler)),
                    Ordered.HIGHEST_PRECEDENCE);
            mapping.setCorsConfigurations(new RegisteredCors(configurers).all());
            return mapping;
        }
    }
}
