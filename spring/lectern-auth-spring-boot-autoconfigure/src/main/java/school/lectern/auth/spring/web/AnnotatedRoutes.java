package school.lectern.auth.spring.web;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.http.server.PathContainer;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.util.pattern.PathPattern;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/**
 * The routes of handlers that have {@link RequiresScope}, the most specific path first, as Spring selects a handler. Immutable.
 */
public final class AnnotatedRoutes {

    private static final Comparator<Route> MOST_SPECIFIC_FIRST = Comparator.comparing(Route::pattern);

    private final List<Route> routes;

    /**
     * A handler as Spring MVC or WebFlux has mapped it.
     *
     * @param handler the handler
     * @param patterns the paths; empty if they are not path patterns
     * @param methods the methods; empty if it takes any method
     */
    public record MappedHandler(HandlerMethod handler, Set<PathPattern> patterns, Set<RequestMethod> methods) {}

    /**
     * One path and method of a handler.
     *
     * @param handler the handler, for messages
     * @param pattern the path as Spring compares it
     * @param path the path as a rule
     * @param example a path of a request that the pattern matches
     * @param method the method, or {@code *}
     * @param needed the requirement of the annotation, or empty if the handler has none
     */
    private record Route(
            HandlerMethod handler,
            PathPattern pattern,
            String path,
            String example,
            String method,
            Optional<Requirement> needed) {

        /** Returns whether a request can be one of both: a rule for GET also applies to HEAD. */
        boolean meets(Route other) {
            return covers(method, other.method) || covers(other.method, method);
        }

        private static boolean covers(String rule, String method) {
            return rule.equals("*") || rule.equals(method) || (rule.equals("GET") && method.equals("HEAD"));
        }

        @Override
        public String toString() {
            return method + " " + pattern.getPatternString() + " (" + handler.getShortLogMessage() + ")";
        }
    }

    private AnnotatedRoutes(List<Route> routes) {
        this.routes = routes;
    }

    /**
     * {@return the routes of handlers}
     *
     * @param handlers all handlers of the application
     * @param prefix the path of the DispatcherServlet, which every path starts with; empty if it is the root
     * @param earlier the rules that come before those of the annotations
     * @throws IllegalArgumentException if a path cannot be a rule, if two handlers of one path and method need different
     *     scopes, or if an earlier rule applies to a handler that has the annotation
     */
    public static AnnotatedRoutes of(List<MappedHandler> handlers, String prefix, RouteRules earlier) {
        List<Route> all = new ArrayList<>();
        handlers.forEach(handler -> all.addAll(routes(handler, prefix)));
        all.sort(MOST_SPECIFIC_FIRST);
        all.forEach(route -> requireNotDecided(route, earlier));
        all.removeIf(route -> earlier.names(route.method(), route.example()));
        requireOneMeaning(all);
        return new AnnotatedRoutes(
                all.stream().filter(route -> route.needed().isPresent()).toList());
    }

    /**
     * Adds a rule for each route.
     *
     * @param rules the builder
     */
    public void addTo(RouteRules.Builder rules) {
        for (Route route : routes) {
            rules.guard(route.method(), route.path(), route.needed().orElseThrow());
        }
    }

    private static List<Route> routes(MappedHandler mapped, String prefix) {
        HandlerMethod handler = mapped.handler();
        Optional<Requirement> needed = RequiredScopes.of(handler);
        if (mapped.patterns().isEmpty() && needed.isPresent()) {
            throw new IllegalArgumentException("@RequiresScope of " + handler.getShortLogMessage()
                    + " needs a mapping by path patterns: remove spring.mvc.pathmatch.matching-strategy, or guard the route"
                    + " with lectern.auth.routes");
        }
        List<Route> found = new ArrayList<>();
        for (PathPattern pattern : mapped.patterns()) {
            String path = needed.isPresent() ? prefix + path(pattern, handler) : "";
            for (String method : methods(mapped)) {
                found.add(new Route(handler, pattern, path, prefix + example(pattern), method, needed));
            }
        }
        return found;
    }

    private static List<String> methods(MappedHandler mapped) {
        return mapped.methods().isEmpty()
                ? List.of("*")
                : mapped.methods().stream().map(RequestMethod::name).sorted().toList();
    }

    /** Returns the path of a rule that matches the same requests as a pattern. */
    private static String path(PathPattern pattern, HandlerMethod handler) {
        String[] segments = pattern.getPatternString().split("/", -1);
        for (int i = 1; i < segments.length; i++) {
            String segment = segments[i];
            boolean isLast = i == segments.length - 1;
            if (isLast && (segment.equals("**") || segment.matches("\\{\\*[^{}]+}"))) {
                segments[i] = "**";
            } else if (segment.equals("*")) {
                segments[i] = "{segment" + i + "}";
            } else if (!segment.matches("\\{[^{}:*]+}|[^{}*?]*")) {
                throw new IllegalArgumentException("@RequiresScope of " + handler.getShortLogMessage()
                        + ": a rule cannot express the path " + pattern.getPatternString()
                        + ", whose segments must be plain text, {name}, * or, at the end, **; guard the route with"
                        + " lectern.auth.routes, and remove the annotation");
            }
        }
        return String.join("/", segments);
    }

    private static void requireNotDecided(Route route, RouteRules earlier) {
        if (route.needed().isPresent() && earlier.names(route.method(), route.example())) {
            throw new IllegalArgumentException("@RequiresScope of " + route
                    + " has no effect, since a rule of lectern.auth.routes or of a RouteRulesCustomizer applies to its path;"
                    + " remove one of the two");
        }
    }

    /**
     * Requires that a rule gives each handler the scopes that its own annotation names: rules know neither headers nor API
     * versions, and a pattern of one handler can match the path of another.
     */
    private static void requireOneMeaning(List<Route> all) {
        for (Route guarded : all) {
            for (Route other : all) {
                boolean differ =
                        guarded.needed().isPresent() && !guarded.needed().equals(other.needed());
                if (differ && guarded.meets(other) && takesRequestsOf(guarded, other)) {
                    throw new IllegalArgumentException("@RequiresScope contradicts itself: " + guarded + " needs "
                            + scopes(guarded.needed().get()) + ", and its path also matches " + other + ", which needs "
                            + other.needed().map(AnnotatedRoutes::scopes).orElse("no token by this annotation")
                            + "; give both the same scopes, or guard them with lectern.auth.routes");
                }
            }
        }
    }

    private static String scopes(Requirement needed) {
        return needed.alternatives().stream()
                .map(alternative -> alternative.scopes().toString())
                .collect(Collectors.joining(" or "));
    }

    /**
     * Returns whether requests that reach the other handler would be judged by the rule of this route: it has the same path, or
     * it matches the other path, and the other handler has no rule of its own that comes first.
     */
    private static boolean takesRequestsOf(Route route, Route other) {
        if (route.pattern().equals(other.pattern())) {
            return true;
        }
        return other.needed().isEmpty() && matches(route.pattern(), example(other.pattern()));
    }

    private static boolean matches(PathPattern pattern, String path) {
        return pattern.matches(PathContainer.parsePath(path));
    }

    /** Returns a path that the pattern matches. */
    private static String example(PathPattern pattern) {
        return pattern.getPatternString()
                .replaceAll("/\\{\\*[^{}]+}$|/\\*\\*$", "")
                .replaceAll("\\{[^{}]+}|\\*", "x");
    }
}
