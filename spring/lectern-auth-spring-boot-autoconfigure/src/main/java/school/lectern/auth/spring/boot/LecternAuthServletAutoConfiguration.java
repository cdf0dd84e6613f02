package school.lectern.auth.spring.boot;

import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.handler.MappedInterceptor;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.servlet.LecternAuthFilter;
import school.lectern.auth.servlet.ManagementServlet;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.ConfiguredRoutes;
import school.lectern.auth.spring.web.GuardedHandlerInterceptor;
import school.lectern.auth.spring.web.GuardedHandlerInterceptor.Guarding;
import school.lectern.auth.spring.web.ManagementHandler;

/** Guards a servlet application with a filter, unless Spring Security does, and serves the management API. */
@AutoConfiguration(after = LecternAuthRoutesAutoConfiguration.class)
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnClass({LecternAuthFilter.class, FilterRegistrationBean.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
public final class LecternAuthServletAutoConfiguration {

    /** The name of the bean that registers the filter. */
    static final String FILTER = "lecternAuthFilterRegistration";

    /** The name of the bean that serves the management API. */
    static final String MANAGEMENT = "lecternAuthManagement";

    /**
     * Switches on the filter of Spring Boot that changes the method of a request; the filter itself refuses to run before
     * it, but Tomcat reports that in the log alone.
     */
    private static final String METHOD_OVERRIDES = "spring.mvc.hiddenmethod.filter.enabled";

    @Bean(FILTER)
    @ConditionalOnMissingBean(name = FILTER)
    @Conditional(OnServletFilter.class)
    FilterRegistrationBean<LecternAuthFilter> lecternAuthFilterRegistration(
            LecternAuthProperties properties,
            LecternAuth auth,
            RouteRules rules,
            TrustedProxies proxies,
            Environment environment) {
        FilterOrder.check(properties.filter().order(), METHOD_OVERRIDES, environment);
        FilterRegistrationBean<LecternAuthFilter> registration =
                new FilterRegistrationBean<>(new LecternAuthFilter(auth, rules, proxies));
        registration.setName("lecternAuthFilter");
        registration.setDispatcherTypes(LecternAuthFilter.dispatches());
        registration.setOrder(properties.filter().order());
        return registration;
    }

    /** In an application without Spring MVC, where no handler has a path below the same prefix. */
    @Bean(MANAGEMENT)
    @ConditionalOnBean({ManagementAuthority.class, TenantDirectory.class})
    @ConditionalOnMissingBean(name = MANAGEMENT)
    @ConditionalOnProperty(name = "lectern.auth.management.enabled", matchIfMissing = true)
    ServletRegistrationBean<ManagementServlet> lecternAuthManagement(
            LecternAuthProperties properties,
            LecternAuth auth,
            ManagementAuthority authority,
            TenantDirectory tenants,
            TrustedProxies proxies) {
        ServletRegistrationBean<ManagementServlet> registration = new ServletRegistrationBean<>(
                new ManagementServlet(auth, authority, tenants, proxies),
                properties.management().path() + "/*");
        registration.setName(MANAGEMENT);
        return registration;
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

    /** The check of the operation that runs, at the handlers of Spring MVC, and the management API as one of them. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({DispatcherServlet.class, MappedInterceptor.class})
    static class Mvc {

        /** With the CORS configuration that the application gives all handlers. */
        @Bean(MANAGEMENT)
        @ConditionalOnBean({ManagementAuthority.class, TenantDirectory.class})
        @ConditionalOnMissingBean(name = MANAGEMENT)
        @ConditionalOnProperty(name = "lectern.auth.management.enabled", matchIfMissing = true)
        HandlerMapping lecternAuthManagement(
                LecternAuthProperties properties,
                LecternAuth auth,
                ManagementAuthority authority,
                TenantDirectory tenants,
                TrustedProxies proxies,
                @Qualifier("requestMappingHandlerMapping") ObjectProvider<RequestMappingHandlerMapping> handlers,
                Environment environment) {
            String path = properties.management().path();
            ManagementHandler handler = new ManagementHandler(
                    new ManagementServlet(auth, authority, tenants, proxies), DispatcherPath.of(environment) + path);
            // Before the application's handlers, as a servlet with a path of its own is.
            SimpleUrlHandlerMapping mapping = new SimpleUrlHandlerMapping(
                    PublicRoutes.managementPaths(path).stream()
                            .collect(Collectors.toMap(Function.identity(), route -> handler)),
                    Ordered.HIGHEST_PRECEDENCE);
            handlers.ifAvailable(others -> {
                CorsConfigurationSource cors = others.getCorsConfigurationSource();
                if (cors != null) {
                    mapping.setCorsConfigurationSource(cors);
                }
            });
            return mapping;
        }

        /** Answers preflights, and lets browsers read denials, where the application configures CORS. */
        @Bean
        @ConditionalOnMissingBean(CorsFilter.class)
        @Conditional(OnServletFilter.class)
        FilterRegistrationBean<CorsBeforeGuard> lecternAuthCorsFilter(
                LecternAuthProperties properties, ListableBeanFactory beans) {
            FilterRegistrationBean<CorsBeforeGuard> registration =
                    new FilterRegistrationBean<>(new CorsBeforeGuard(beans));
            registration.setOrder(properties.filter().order() - 1);
            return registration;
        }

        /** Static, and everything is found at the first request, since handler mappings are created while the filter is. */
        @Bean
        @ConditionalOnMissingBean
        static GuardedHandlerInterceptor lecternAuthGuardedHandlers(ApplicationContext context) {
            SingletonSupplier<Guarding> guarding = SingletonSupplier.of(() -> guarding(context));
            return new GuardedHandlerInterceptor(guarding::obtain);
        }

        @Bean
        static MappedInterceptor lecternAuthHandlerInterceptor(GuardedHandlerInterceptor interceptor) {
            return new MappedInterceptor(null, interceptor);
        }

        private static Guarding guarding(ApplicationContext context) {
            LecternAuthFilter filter = context.containsBean(FILTER)
                            && context.getBean(FILTER) instanceof FilterRegistrationBean<?> registration
                            && registration.getFilter() instanceof LecternAuthFilter found
                    ? found
                    : null;
            RouteRules all = context.getBean(RouteRules.class);
            boolean isClosedByDefault =
                    filter != null || context.containsBean(LecternAuthSecurityAutoConfiguration.OWN_CHAIN);
            return new Guarding(
                    ((WebApplicationContext) context).getServletContext(),
                    filter,
                    all,
                    isClosedByDefault ? ConfiguredRoutes.namedIn(context) : null);
        }
    }
}
