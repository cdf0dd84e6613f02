package school.lectern.auth.spring.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.Environment;
import org.springframework.web.bind.annotation.CrossOrigin;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.util.pattern.PathPattern;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
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

    /** The properties of the CORS configuration of Spring Boot's endpoints. */
    private static final String ENDPOINTS_CORS = "management.endpoints.web.cors";

    /** Finds where an application configures CORS. */
    @FunctionalInterface
    interface CorsSources {

        /** The name of a bean that configures CORS, for Spring Security and for this library. */
        String BEAN = "corsConfigurationSource";

        /** Returns names for the log; none if CORS is not configured. */
        List<String> names();
    }

    /**
     * The rules of the routes.
     *
     * @param named those that do not come from annotations
     * @param all all of them
     * @param open descriptions of those that let requests pass without a token, with the reason
     */
    record ConfiguredRoutes(RouteRules named, RouteRules all, List<String> open) {

        /** Returns the named rules of an application. With a RouteRules bean of its own, these are all of them. */
        static RouteRules namedIn(ListableBeanFactory beans) {
            ConfiguredRoutes configured =
                    beans.getBeanProvider(ConfiguredRoutes.class).getIfAvailable();
            return configured == null ? beans.getBean(RouteRules.class) : configured.named();
        }
    }

    private static RouteRules build(RouteRules.Builder rules) {
        try {
            return rules.build();
        } catch (IllegalArgumentException wrong) {
            throw new LecternAuthConfigurationException(
                    "lectern.auth.tenant-variable, or the RouteRulesCustomizer that sets it, is wrong: "
                            + wrong.getMessage(),
                    "Name a segment of a guarded path, without braces, or remove the setting",
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
                    case PREFLIGHT -> rules.preflight(preflightPath(route));
                }
            }
        } catch (IllegalArgumentException | NullPointerException wrong) {
            throw new LecternAuthConfigurationException(
                    property + " is wrong: " + wrong.getMessage(),
                    "Correct this route: path is required; methods, access, scope, any-scope, policy, environment and"
                            + " unlimited are optional",
                    wrong);
        }
    }

    private static String openPath(Route route) {
        if (!route.scope().isEmpty()
                || !route.anyScope().isEmpty()
                || !route.policy().isEmpty()
                || route.environment() != null
                || route.unlimited()) {
            String access = route.access().name().toLowerCase(Locale.ROOT).replace('_', '-');
            throw new IllegalArgumentException("access is " + access
                    + ", so scope, any-scope, policy, environment and unlimited would have no effect");
        }
        return route.path();
    }

    private static String preflightPath(Route route) {
        if (!route.methods().equals(List.of("*"))) {
            throw new IllegalArgumentException("access is preflight, so methods would have no effect");
        }
        return openPath(route);
    }

    private static Requirement requirement(Route route) {
        Requirement needed = Requirement.scopes(route.scope().toArray(String[]::new));
        if (!route.anyScope().isEmpty()) {
            needed = needed.andAnyOf(route.anyScope().toArray(String[]::new));
        }
        for (String policy : route.policy()) {
            needed = needed.policy(policy);
        }
        if (route.unlimited()) {
            needed = needed.unlimited();
        }
        return route.environment() == null ? needed : needed.environment(TokenEnvironment.of(route.environment()));
    }

    /** Returns the names of the ways in which handlers have a CORS configuration. */
    private static List<String> ofHandlers(
            boolean isRegistered, Stream<HandlerMethod> handlers, Environment environment) {
        List<String> names = new ArrayList<>();
        if (isRegistered) {
            names.add("addCorsMappings");
        }
        if (handlers.anyMatch(handler -> AnnotatedElementUtils.hasAnnotation(handler.getMethod(), CrossOrigin.class)
                || AnnotatedElementUtils.hasAnnotation(handler.getBeanType(), CrossOrigin.class))) {
            names.add("@CrossOrigin");
        }
        if (!PublicRoutes.hasManagementPort(environment) && haveEndpointsCors(environment)) {
            names.add(ENDPOINTS_CORS);
        }
        return names;
    }

    private static boolean haveEndpointsCors(Environment environment) {
        Binder binder = Binder.get(environment);
        return Stream.of("allowed-origins", "allowed-origin-patterns")
                .anyMatch(name -> binder.bind(ENDPOINTS_CORS + "." + name, Bindable.listOf(String.class))
                        .isBound());
    }

    /** The rules, unless the application has rules of its own, which replace all of these. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(RouteRules.class)
    static class Rules {

        @Bean
        RouteRules lecternAuthRouteRules(ConfiguredRoutes routes) {
            return routes.all();
        }

        @Bean
        ConfiguredRoutes lecternAuthConfiguredRoutes(
                LecternAuthProperties properties,
                PublicRoutes publicRoutes,
                ObjectProvider<RouteRulesCustomizer> customizers,
                ObjectProvider<HandlerRoutes> handlers) {
            RouteRules.Builder rules = RouteRules.builder();
            String tenantVariable = properties.tenantVariable();
            if (tenantVariable != null) {
                // A customizer may set another one.
                rules.defaultTenantVariable(tenantVariable);
            }
            publicRoutes.addTo(rules);
            List<String> open = new ArrayList<>(
                    publicRoutes.routes().stream().map(Object::toString).toList());
            for (int i = 0; i < properties.routes().size(); i++) {
                add(properties.routes().get(i), "lectern.auth.routes[" + i + "]", rules);
            }
            addOpen(rules, "lectern.auth.routes", open);
            customizers.orderedStream().forEach(customizer -> customizer.customize(rules));
            addOpen(rules, "RouteRulesCustomizer", open);
            RouteRules named = rules.soFar();
            try {
                handlers.forEach(source -> source.addTo(rules, named));
            } catch (IllegalArgumentException wrong) {
                throw new LecternAuthConfigurationException(
                        String.valueOf(wrong.getMessage()),
                        "Correct the annotation or the rule that the message names",
                        wrong);
            }
            return new ConfiguredRoutes(named, build(rules), open);
        }

        /** Adds those that were added to the rules since the last call. */
        private static void addOpen(RouteRules.Builder rules, String reason, List<String> open) {
            rules.soFar().publicRoutes().stream()
                    .skip(open.size())
                    .forEach(route -> open.add(route + " (" + reason + ")"));
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

        @Bean
        CorsSources lecternAuthCorsSources(
                ObjectProvider<RequestMappingHandlerMapping> mappings,
                ListableBeanFactory beans,
                Environment environment) {
            return () -> {
                if (beans.getBeanNamesForType(CorsFilter.class, true, false).length > 0) {
                    return List.of("CorsFilter");
                }
                if (beans.containsBean(CorsSources.BEAN)
                        && beans.isTypeMatch(CorsSources.BEAN, CorsConfigurationSource.class)) {
                    return List.of(CorsSources.BEAN);
                }
                boolean isRegistered = mappings.stream()
                        .anyMatch(mapping ->
                                mapping.getCorsConfigurationSource() instanceof UrlBasedCorsConfigurationSource source
                                        && !source.getCorsConfigurations().isEmpty());
                return ofHandlers(
                        isRegistered,
                        mappings.stream().flatMap(mapping -> mapping.getHandlerMethods().values().stream()),
                        environment);
            };
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

        @Bean
        CorsSources lecternAuthCorsSources(
                ObjectProvider<org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping>
                        mappings,
                ObjectProvider<WebFluxConfigurer> configurers,
                ListableBeanFactory beans,
                Environment environment) {
            return () -> {
                if (beans.getBeanNamesForType(CorsWebFilter.class, true, false).length > 0) {
                    return List.of("CorsWebFilter");
                }
                if (beans.containsBean(CorsSources.BEAN)
                        && beans.isTypeMatch(
                                CorsSources.BEAN,
                                org.springframework.web.cors.reactive.CorsConfigurationSource.class)) {
                    return List.of(CorsSources.BEAN);
                }
                return ofHandlers(
                        !new RegisteredCors(configurers).all().isEmpty(),
                        mappings.stream().flatMap(mapping -> mapping.getHandlerMethods().values().stream()),
                        environment);
            };
        }
    }
}
