package school.lectern.auth.spring.web;

import java.lang.reflect.AnnotatedElement;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.method.HandlerMethod;
import school.lectern.auth.decision.Requirement;

/** What handlers require by {@link RequiresScope}, read once for each handler. Thread-safe. */
public final class RequiredScopes {

    private final ConcurrentMap<MethodClassKey, Optional<Requirement>> requirements = new ConcurrentHashMap<>();

    /** Creates an instance that has read no handler. */
    public RequiredScopes() {}

    /**
     * {@return what a handler requires, or empty if it has no annotation}
     *
     * @param handler the handler as Spring has selected it; anything but a method of a controller has no annotation
     */
    public Optional<Requirement> requirementOf(Object handler) {
        return handler instanceof HandlerMethod method
                ? requirements.computeIfAbsent(
                        new MethodClassKey(method.getMethod(), method.getBeanType()),
                        first -> of(method).map(RequiredScopes::requirement))
                : Optional.empty();
    }

    /** Returns the scopes that a handler's own annotations name, or else those of its class, or empty if it has none. */
    static Optional<Set<String>> of(HandlerMethod handler) {
        return scopes(handler.getMethod()).or(() -> scopes(handler.getBeanType()));
    }

    static Requirement requirement(Set<String> scopes) {
        return Requirement.scopes(scopes.toArray(String[]::new));
    }

    private static Optional<Set<String>> scopes(AnnotatedElement element) {
        Set<RequiresScope> found = AnnotatedElementUtils.findAllMergedAnnotations(element, RequiresScope.class);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(found.stream()
                        .flatMap(annotation -> Arrays.stream(annotation.value()))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }
}
