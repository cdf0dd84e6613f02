package school.lectern.auth.spring.web;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Guards a handler of Spring MVC or WebFlux: its requests need a token that has all of the scopes. On a class, it applies to
 * every handler of the class that has no annotation of its own.
 *
 * <pre>{@code
 * @GetMapping("/v1/learners/{id}")
 * @RequiresScope("read:learners")
 * Learner learner(@PathVariable String id) { … }
 * }</pre>
 *
 * <p>At the start of the application, each annotated handler becomes a rule of its route, behind the rules of the properties
 * {@code lectern.auth.routes}. A mapping that no rule can express stops the start, and so do two mappings of one path and method
 * with different scopes. A handler that is no method of a controller, such as a {@code WebSocketHandler}, becomes no rule: its
 * path needs one, and the annotation of its class is required in addition.
 *
 * <p>With Spring Security, it also guards methods of other beans, such as services: a call without the scopes fails with {@code
 * AccessDeniedException}, which the dialect answers. Without Spring Security, it has an effect on handlers alone.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface RequiresScope {

    /** {@return the scopes, one in each element; none if any valid token is sufficient} */
    String[] value();
}
