package school.lectern.auth.spring.web;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.method.HandlerMethod;
import school.lectern.auth.decision.Requirement;

/** The requirements of handlers and other methods by {@link RequiresScope}, read once for each method. Thread-safe. */
public final class RequiredScopes {

    private final ConcurrentMap<MethodClassKey, Optional<Requirement>> ofMethods = new ConcurrentHashMap<>();
    private final ConcurrentMap<Class<?>, Optional<Requirement>> ofClasses = new ConcurrentHashMap<>();

    /** Creates an instance that has read nothing yet. */
    public RequiredScopes() {}

    /**
     * {@return the requirement of a handler, or empty if it has no annotation}
     *
     * @param handler the handler as Spring has selected it: a method of a controller, behind any proxy, or an object whose
     *     class may have the annotation
     */
    public Optional<Requirement> requirementOf(Object handler) {
        return handler instanceof HandlerMethod method
                ? requirementOf(method.getMethod(), AopUtils.getTargetClass(method.getBean()))
                : ofClasses.computeIfAbsent(AopUtils.getTargetClass(handler), RequiredScopes::of);
    }

    /**
     * {@return the requirement of a method, or empty if neither it nor the class has the annotation}
     *
     * @param method the method, as the class implements it or as an interface declares it
     * @param type the class of the bean
     */
    public Optional<Requirement> requirementOf(Method method, Class<?> type) {
        return ofMethods.computeIfAbsent(new MethodClassKey(method, type), first -> of(method, type));
    }

    /**
     * {@return whether a method, or its class, has the annotation}
     *
     * @param method the method, as the class implements it or as an interface declares it
     * @param type the class of the bean
     */
    public static boolean isAnnotated(Method method, Class<?> type) {
        return of(method, type).isPresent();
    }

    static Optional<Requirement> of(HandlerMethod handler) {
        return of(handler.getMethod(), handler.getBeanType());
    }

    /** Returns the requirement of a method's own annotations, or else of those of its class, or empty if it has none. */
    private static Optional<Requirement> of(Method method, Class<?> type) {
        return of(AopUtils.getMostSpecificMethod(method, type)).or(() -> of(type));
    }

    private static Optional<Requirement> of(AnnotatedElement element) {
        Set<RequiresScope> found = AnnotatedElementUtils.findAllMergedAnnotations(element, RequiresScope.class);
        return found.isEmpty() ? Optional.empty() : Optional.of(requirement(found));
    }

    /** Returns the requirement of all the annotations together. */
    private static Requirement requirement(Set<RequiresScope> annotations) {
        Requirement needed = Requirement.scopes(annotations.stream()
                .flatMap(annotation -> Arrays.stream(annotation.value()))
                .toArray(String[]::new));
        for (RequiresScope annotation : annotations) {
            needed = annotation.anyOf().length == 0 ? needed : needed.andAnyOf(annotation.anyOf());
        }
        return needed;
    }
}
