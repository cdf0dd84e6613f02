package school.lectern.auth.spring.boot;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
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
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.handler.MappedInterceptor;
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

    /** The order of Spring Boot's HiddenHttpMethodFilter. */
    private static final int METHOD_OVERRIDE_ORDER = -10_000;

    @Bean(FILTER)
    @ConditionalOnMissingBean(name = FILTER)
    @Conditional(OnServletFilter.class)
    FilterRegistrationBean<LecternAuthFilter> lecternAuthFilterRegistration(
            LecternAuthProperties properties,
            LecternAuth auth,
            RouteRules rules,
            TrustedProxies proxies,
            Environment environment) {
        checkOrder(properties.filter().order(), environment);
        FilterRegistrationBean<LecternAuthFilter> registration =
                new FilterRegistrationBean<>(filter(auth, rules, proxies));
        registration.setName("lecternAuthFilter");
        registration.setDispatcherTypes(LecternAuthFilter.dispatches());
        registration.setOrder(properties.filter().order());
        return registration;
    }

    private static LecternAuthFilter filter(LecternAuth auth, RouteRules rules, TrustedProxies proxies) {
        try {
            return new LecternAuthFilter(auth, rules, proxies);
        } catch (IllegalArgumentException wrong) {
            throw new LecternAuthConfigurationException(
                    "The routes do not fit the dialect " + auth.dialect().name() + ": " + wrong.getMessage(),
                    "Correct lectern.auth.routes, the annotation @RequiresScope or the RouteRulesCustomizer that names it, or"
                            + " choose another lectern.auth.dialect",
                    wrong);
        }
    }

    /** The filter itself refuses such an order, too, but Tomcat reports its reason in the log alone. */
    private static void checkOrder(int order, Environment environment) {
        if (order <= METHOD_OVERRIDE_ORDER
                && environment.getProperty("spring.mvc.hiddenmethod.filter.enabled", Boolean.class, false)) {
            throw new LecternAuthConfigurationException(
                    "lectern.auth.filter.order is " + order
                            + ", so the filter of spring.mvc.hiddenmethod.filter.enabled would change the method of a request"
                            + " after its check",
                    "Set an order above " + METHOD_OVERRIDE_ORDER + ", or remove it: the default is -101");
        }
    }

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
            PublicRoutes publicRoutes,
            ListableBeanFactory beans,
            Environment environment) {
        return new StartReport(properties, auth, rules, publicRoutes, beans, environment);
    }

    /** The check of the operation that runs, at the handlers of Spring MVC. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({DispatcherServlet.class, MappedInterceptor.class})
    static class Mvc {

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
        static MappedInterceptor lecternAuthHandlerInterceptor(ApplicationContext context) {
            SingletonSupplier<Guarding> guarding = SingletonSupplier.of(() -> guarding(context));
            return new MappedInterceptor(null, new GuardedHandlerInterceptor(guarding::obtain));
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
                    isClosedByDefault ? named(context, all) : null);
        }

        /** With rules of the application, all of them are its own. */
        private static RouteRules named(ApplicationContext context, RouteRules all) {
            ConfiguredRoutes configured =
                    context.getBeanProvider(ConfiguredRoutes.class).getIfAvailable();
            return configured == null ? all : configured.named();
        }
    }
}
