package school.lectern.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.http.RouteRules;

/** Checks at the start of an application that no mapping allows requests to bypass a filter. */
final class MappingCheck {

    private static final String METHOD_OVERRIDE = "org.springframework.web.filter.HiddenHttpMethodFilter";

    private static final Set<String> UPGRADES = Set.of(
            "org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter",
            "org.eclipse.jetty.ee11.websocket.servlet.WebSocketUpgradeFilter",
            "org.apache.tomcat.websocket.server.WsFilter");

    private static final String WAY_OUT =
            "use LecternAuthFilter.register(servletContext, auth, rules), or in Spring Boot a FilterRegistrationBean";

    private final String name;
    private final RouteRules rules;
    private final @Nullable ServletContext context;

    MappingCheck(FilterConfig config, RouteRules rules) {
        this.name = config.getFilterName();
        this.rules = rules;
        this.context = config.getServletContext();
    }

    /** @throws ServletException if a mapping allows requests to bypass the filter */
    void check() throws ServletException {
        FilterRegistration own = context == null || name == null ? null : context.getFilterRegistration(name);
        if (context == null || own == null) {
            return;
        }
        checkPatterns(own);
        List<MappedFilter> all = MappedFilter.all(context, own).orElse(List.of());
        List<MappedFilter> ours =
                all.stream().filter(map -> map.filterName().equals(name)).toList();
        if (!ours.isEmpty()) {
            int first = all.indexOf(ours.get(0));
            checkDispatches(ours);
            checkOrder(all.subList(0, first), all.subList(first, all.size()));
        }
    }

    private void checkPatterns(FilterRegistration own) throws ServletException {
        Collection<String> patterns = own.getUrlPatternMappings();
        List<String> outside = own.getServletNameMappings().isEmpty() && !patterns.isEmpty()
                ? pathsOutside(patterns.stream().map(UrlPattern::new).toList())
                : List.of();
        if (!outside.isEmpty()) {
            throw new ServletException("LecternAuthFilter \"" + name + "\" is mapped to " + patterns
                    + ", but its rules name " + outside
                    + ", for which it would never run. Every path of its rules must be mapped to it: map it to /*, or"
                    + " remove these rules");
        }
    }

    /** Returns the paths of rules that have no effect, since requests for them do not reach the filter. */
    private List<String> pathsOutside(List<UrlPattern> patterns) {
        return rules.paths().stream()
                .filter(path -> patterns.stream().noneMatch(pattern -> pattern.canMatch(path)))
                .toList();
    }

    private void checkDispatches(List<MappedFilter> ours) throws ServletException {
        EnumSet<DispatcherType> missing = LecternAuthFilter.dispatches();
        ours.forEach(map -> missing.removeAll(map.dispatches()));
        if (!missing.isEmpty()) {
            throw new ServletException("LecternAuthFilter \"" + name + "\" is not mapped for the dispatches " + missing
                    + ", so a request that arrives by one of them would reach a guarded handler unchecked. The filter must"
                    + " be mapped for LecternAuthFilter.dispatches(): " + WAY_OUT
                    + " with setDispatcherTypes(LecternAuthFilter.dispatches())");
        }
    }

    private void checkOrder(List<MappedFilter> before, List<MappedFilter> behind) throws ServletException {
        for (MappedFilter filter : before) {
            if (UPGRADES.contains(filter.filterName()) || !Collections.disjoint(filter.types(), UPGRADES)) {
                throw new ServletException("the filter \"" + filter.filterName()
                        + "\" runs before LecternAuthFilter \"" + name
                        + "\" and would open WebSockets without a token. A filter that upgrades connections must run behind"
                        + " it: " + WAY_OUT
                        + ", or register the upgrade filter under its class name after LecternAuthFilter");
            }
        }
        for (MappedFilter filter : behind) {
            if (filter.dispatches().contains(DispatcherType.REQUEST)
                    && filter.types().contains(METHOD_OVERRIDE)) {
                throw new ServletException("the filter \"" + filter.filterName() + "\" runs behind LecternAuthFilter \""
                        + name + "\" and would change the method of a request after its check. A filter that overrides"
                        + " methods must run before it: in Spring Boot, give LecternAuthFilter the order -101");
            }
        }
    }
}
