package school.lectern.auth.spring.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.env.Environment;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.ConfiguredRoutes;
import school.lectern.auth.spring.boot.LecternAuthRoutesAutoConfiguration.CorsSources;

/** Logs at the start which routes need a token and which do not, and stops it if the client's address cannot be trusted. */
final class StartReport implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(StartReport.class);

    private final LecternAuthProperties properties;
    private final LecternAuth auth;
    private final RouteRules rules;
    private final ListableBeanFactory beans;
    private final Environment environment;

    StartReport(
            LecternAuthProperties properties,
            LecternAuth auth,
            RouteRules rules,
            ListableBeanFactory beans,
            Environment environment) {
        this.properties = properties;
        this.auth = auth;
        this.rules = rules;
        this.beans = beans;
        this.environment = environment;
    }

    @Override
    public void afterSingletonsInstantiated() {
        checkRules();
        checkForwardedHeaders();
        log.info(
                "lectern-auth: dialect {}; guarded: {}; paths with rules: {}; public: {}; management API: {}",
                auth.dialect().name(),
                guarded(),
                rules.paths().size(),
                opened(),
                management());
    }

    /** With forwarded headers, the peer that the filter sees is already the client that a header names. */
    private void checkForwardedHeaders() {
        Optional<String> reason = ForwardedHeaders.reason(beans, environment);
        if (reason.isEmpty()) {
            return;
        }
        if (trustsProxies()) {
            throw new LecternAuthConfigurationException(
                    reason.get()
                            + " replaces the proxy's address with the client's before lectern-auth sees it, so"
                            + " lectern.auth.trusted-proxies, or your TrustedProxies bean, would find no proxy",
                    "Set server.forward-headers-strategy=none, or remove lectern.auth.trusted-proxies and the bean. With"
                            + " either of them, only the proxies that it names are believed");
        }
        if (ForwardedHeaders.anyClientIsBelieved(beans, environment)) {
            log.warn(
                    "{} trusts the address that any client names in Forwarded and X-Forwarded-For: do not use address"
                            + " allowlists of tokens with it, or set server.forward-headers-strategy=none and"
                            + " lectern.auth.trusted-proxies",
                    reason.get());
        }
    }

    private boolean trustsProxies() {
        return !properties.trustedProxies().isEmpty()
                || !beans.containsBean(LecternAuthAutoConfiguration.TRUSTED_PROXIES);
    }

    /** Rules of the application replace all others, which would then have no effect. */
    private void checkRules() {
        if (beans.getBeanProvider(ConfiguredRoutes.class).getIfAvailable() == null
                && !properties.routes().isEmpty()) {
            throw new LecternAuthConfigurationException(
                    "lectern.auth.routes has no effect, since a bean of type RouteRules replaces its rules",
                    "Remove one of the two, or add the rules of the bean with a RouteRulesCustomizer");
        }
    }

    private String guarded() {
        return switch (GuardedPaths.of(beans)) {
            case ALL -> "every path";
            case OF_RULES ->
                WebFilterBean.existsIn(beans)
                        ? "the paths of the rules, and what your SecurityWebFilterChain guards"
                        : "the paths of each SecurityFilterChain with lecternAuth()";
            case NONE -> "nothing, since lectern.auth.filter.enabled is false";
        };
    }

    private String opened() {
        ConfiguredRoutes configured =
                beans.getBeanProvider(ConfiguredRoutes.class).getIfAvailable();
        List<String> open = new ArrayList<>(
                configured == null
                        ? rules.publicRoutes().stream()
                                .map(route -> route + " (RouteRules bean)")
                                .toList()
                        : configured.open());
        beans.getBeanProvider(CorsSources.class)
                .ifAvailable(cors -> preflights(cors.names()).ifPresent(open::add));
        return open.isEmpty() ? "nothing" : String.join(", ", open);
    }

    /** Describes those that CORS answers. A chain of the application does so only if it says so. */
    private Optional<String> preflights(List<String> sources) {
        GuardedPaths guarded = GuardedPaths.of(beans);
        if (sources.isEmpty() || guarded == GuardedPaths.NONE) {
            return Optional.empty();
        }
        boolean dependsOnChain = guarded == GuardedPaths.OF_RULES && !WebFilterBean.existsIn(beans);
        return Optional.of("preflights where CORS is configured"
                + (dependsOnChain ? ", in chains with http.cors(...)" : "")
                + " ("
                + String.join(", ", sources)
                + ")");
    }

    private String management() {
        if (!properties.management().enabled()) {
            return "not exposed, since lectern.auth.management.enabled is false";
        }
        return beans.containsBean(LecternAuthServletAutoConfiguration.MANAGEMENT)
                ? DispatcherPath.of(environment) + properties.management().path()
                : "not exposed, since it needs beans of type ManagementAuthority and TenantDirectory";
    }
}
