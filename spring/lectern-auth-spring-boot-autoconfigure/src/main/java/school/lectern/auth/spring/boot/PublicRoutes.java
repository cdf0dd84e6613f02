package school.lectern.auth.spring.boot;

import java.util.ArrayList;
import java.util.List;
import org.springframework.core.env.Environment;
import school.lectern.auth.http.ManagementApi;
import school.lectern.auth.http.RouteRules;

/**
 * The routes that need no token without a rule of the application: health probes, which have no credential, and the management
 * API, which identifies its callers itself. Immutable.
 *
 * @param routes the routes, in the order of their rules
 */
record PublicRoutes(List<PublicRoute> routes) {

    /**
     * One open route.
     *
     * @param method the method, or {@code *}
     * @param path the path of the rule
     * @param reason why it needs no token, for the log
     */
    record PublicRoute(String method, String path, String reason) {
        @Override
        public String toString() {
            return (method.equals("*") ? path : method + " " + path) + " (" + reason + ")";
        }
    }

    /** Returns the paths of the management API as rules, below a path of the application. */
    static List<PublicRoute> managementApi(String path) {
        return managementPaths(path).stream()
                .map(route -> new PublicRoute("*", route, "management API"))
                .toList();
    }

    /** Returns the paths of the management API below a path. All other paths there are the application's. */
    static List<String> managementPaths(String path) {
        return ManagementApi.ROUTES.stream()
                .map(route -> path + route.substring(LecternAuthProperties.MANAGEMENT_PATH.length()))
                .toList();
    }

    /** Returns the paths of Spring Boot's health endpoint, if it is served on the port of the application. */
    static List<PublicRoute> healthProbes(Environment environment) {
        List<PublicRoute> found = new ArrayList<>();
        if (environment.getProperty("management.endpoint.health.probes.add-additional-paths", Boolean.class, false)) {
            found.add(new PublicRoute("GET", DispatcherPath.of(environment) + "/livez", "health probes"));
            found.add(new PublicRoute("GET", DispatcherPath.of(environment) + "/readyz", "health probes"));
        }
        if (hasManagementPort(environment)) {
            return found;
        }
        String base = environment.getProperty("management.endpoints.web.base-path", "/actuator");
        String name = environment.getProperty("management.endpoints.web.path-mapping.health", "health");
        String health = DispatcherPath.of(environment) + (base.equals("/") ? "" : base) + "/" + name;
        found.add(new PublicRoute("GET", health + "/**", "health probes"));
        return found;
    }

    /** Returns whether endpoints are served on a port of their own. If both ports are 0, two free ones are chosen. */
    static boolean hasManagementPort(Environment environment) {
        String port = environment.getProperty("management.server.port");
        return port != null && (port.equals("0") || !port.equals(environment.getProperty("server.port", "8080")));
    }

    void addTo(RouteRules.Builder rules) {
        routes.forEach(route -> rules.permitAll(route.method(), route.path()));
    }
}
