package school.lectern.auth.spring.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.spring.boot.LecternAuthProperties.Route;
import school.lectern.auth.spring.web.AnnotatedRoutes;
import school.lectern.auth.spring.web.AnnotatedRoutes.MappedHandler;

/** Builds the {@link RouteRules} from the properties, from beans, and from annotated handlers. */
@AutoConfiguration(after = LecternAuthAutoConfiguration.class)
@ConditionalOnBean(LecternAuth.class)
@ConditionalOnWebApplication
public final class LecternAuthRoutesAutoConfiguration {

    /** Adds the rules of annotated handlers, behind those that were added before. */
    @FunctionalInterface
    interface HandlerRoutes {
        void addTo(RouteRules.Builder rules, RouteRules earlier);
    }

    @Bean
    PublicRoutes lecternAuthPublicRoutes(
            LecternAuthProperties properties, ListableBeanFactory beans, Environment environment) {
        List<PublicRoutes.PublicRoute> routes = new ArrayList<>();
        if (beans.containsBean(LecternAuthServletAutoConfiguration.MANAGEMENT)) {
            routes.addAll(PublicRoutes.managementApi(
                    DispatcherPath.of(environment) + properties.management().path()));
        }
        if (beans.containsBean("healthEndpoint")) {
            routes.addAll(PublicRoutes.healthProbes(environment));
        }
        return new PublicRoutes(routes);
    }

    /**
     * The rules of the routes.
     *
     * @param named those that do not come from annotations
     * @param all all of them
     */
    record ConfiguredRoutes(RouteRules named, RouteRules all) {

        /** Returns the named rules of an application. With a RouteRules bean of its own, these are all of them. */
        static RouteRules namedIn(ListableBeanFactory beans) {
            ConfiguredRoutes configured =
                    beans.getBeanProvider(ConfiguredRoutes.class).getIfAvailable();
            return configured == null ? beans.getBean(RouteRules.class) : configured.named();
        }
    }

    private static RouteRules build(RouteRules.Builder rules, LecternAuthProperties properties) {
        String tenantVariable = properties.tenantVariable();
        try {
            if (tenantVariable != null) {
                rules.tenantVariable(tenantVariable);
            }
            return rules.build();
        } catch (IllegalArgumentException wrong) {
            throw new LecternAuthConfigurationException(
                    "lectern.auth.tenant-variable is wrong: " + wrong.getMessage(),
                    "Name a segment of a guarded path, without braces, or remove the property",
                    wrong);
        }
    }

    private static void add(Route route, String property, RouteRules.Builder rules) {
        try {
            for (String method : route.methods()) {
                switch (route.access()) {
                    case GUARD -> rules.guard(method, route.path(), requirement(route));
                    case PASS_THROUGH -> rules.guardOrPassThrough(method, route.path(), requirement(route));
                    case PERMIT_ALL -> rules.permitAll(method, openPath(route));
                }
            }
        } catch (IllegalArgumentException | NullPointerException wrong) {
            throw new LecternAuthConfigurationException(
                    property + " is wrong: " + wrong.getMessage(),
                    "Correct this route: path is required; methods, access, scope, policy and unlimited are optional",
                    wrong);
        }
    }

    private static String openPath(Route route) {
        if (!route.scope().isEmpty() || route.policy() != null || route.unlimited()) {
            throw new IllegalArgumentException(
                    "access is permit-all, so scope, policy and unlimited would have no effect");
        }
        return route.path();
    }

    private static Requirement requirement(Route route) {
        Requirement scopes = Requirement.scopes(route.scope().toArray(String[]::new));
        Requirement limited = route.policy() == null ? scopes : scopes.policy(route.policy());
        return route.unlimited() ? limited.unlimited() : limited;
    }

    /** The rules, unless the application has rules of its own, which replace all of these. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(RouteRules.class)
    static class Rules {

        @Bean
        RouteRules lecternAuthRouteRules(ConfiguredRoutes routes, LecternAuth auth) {
            return MisfitRoutes.explain(auth, () -> {
                routes.all().requireFit(auth.dialect());
                return routes.all();
            });
        }

        @Bean
        ConfiguredRoutes lecternAuthConfiguredRoutes(
                LecternAuthProperties properties,
                PublicRoutes publicRoutes,
                ObjectProvider<RouteRulesCustomizer> customizers,
                ObjectProvider<HandlerRoutes> handlers) {
            RouteRules.Builder rules = RouteRules.builder();
            publicRoutes.addTo(rules);
            for (int i = 0; i < properties.routes().size(); i++) {
                add(properties.routes().get(i), "lectern.auth.routes[" + i + "]", rules);
            }
            customizers.orderedStream().forEach(customizer -> customizer.customize(rules));
            RouteRules named = rules.build();
            try {
                handlers.forEach(source -> source.addTo(rules, named));
            } catch (IllegalArgumentException wrong) {
                throw new LecternAuthConfigurationException(
                        String.valueOf(wrong.getMessage()),
                        "Correct the annotation or the rule that the message names",
                        wrong);
            }
            return new ConfiguredRoutes(named, build(rules, properties));
        }
    }

    /** Handlers of Spring MVC. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RequestMappingHandlerMapping.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Mvc {

        @Bean
        HandlerRoutes lecternAuthHandlerRoutes(
                ObjectProvider<RequestMappingHandlerMapping> mappings, Environment environment) {
            String prefix = DispatcherPath.of(environment);
            return (rules, earlier) ->
                    AnnotatedRoutes.of(handlers(mappings), prefix, earlier).addTo(rules);
        }

        private static List<MappedHandler> handlers(ObjectProvider<RequestMappingHandlerMapping> mappings) {
            List<MappedHandler> found = new ArrayList<>();
            mappings.orderedStream()
                    .forEach(mapping ->
                            mapping.getHandlerMethods().forEach((info, handler) -> found.add(mapped(info, handler))));
            return found;
        }

        private static MappedHandler mapped(RequestMappingInfo info, HandlerMethod handler) {
            Set<PathPattern> patterns = info.getPathPatternsCondition() == null
                    ? Set.of()
                    : info.getPathPatternsCondition().getPatterns();
            return new MappedHandler(
                    handler, patterns, info.getMethodsCondition().getMethods());
        }
    }

    /** Handlers of WebFlux. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    static class WebFlux {

        @Bean
        HandlerRoutes lecternAuthHandlerRoutes(
                ObjectProvider<org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping>
                        mappings) {
            return (rules, earlier) -> {
                List<MappedHandler> handlers = new ArrayList<>();
                mappings.orderedStream()
                        .forEach(mapping -> mapping.getHandlerMethods()
                                .forEach((info, handler) -> handlers.add(new MappedHandler(
                                        handler,
                                        info.getPatternsCondition().getPatterns(),
                                        info.getMethodsCondition().getMethods()))));
                AnnotatedRoutes.of(handlers, "", earlier).addTo(rules);
            };
        }
    }
}
