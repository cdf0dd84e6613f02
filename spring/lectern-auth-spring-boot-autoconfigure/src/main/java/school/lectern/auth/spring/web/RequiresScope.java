package school.lectern.auth.spring.web;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Guards a handler of Spring MVC or WebFlux: its requests need a token that has all of the scopes and, if {@link #anyOf} is
 * set, one of those, too; in each case the scope itself, or one that implies it. On a class, it applies to
 * every handler of the class that has no annotation of its own.
 *
 * <pre>{@code
 * @GetMapping("/v1/learners/{id}")
 * @RequiresScope("read:learners")
 * Learner learner(@PathVariable String id) { … }
 * }</pre>
 *
 * <p>At the start of the application, each annotated handler becomes a rule of its route, behind the rules of the properties
 * {@code lectern.auth.routes}. A mapping that no rule can express stops the start, and so do two mappings of one path and
 * method with different scopes. A handler that is not a controller method, such as a {@code WebSocketHandler},
 * does not become a rule: add a rule for its path. The scopes of the annotation on its class are then required in addition.
 *
 * <p>With Spring Security, it also guards methods of other beans, such as services: a call without the scopes fails with {@code
 * AccessDeniedException}, and the response is the dialect's error. A scope with a path variable denies every such call,
 * which has no path. Without Spring Security, it affects handlers only.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface RequiresScope {

    /**
     * {@return the scopes that a token needs, all of them, one in each element} A scope can contain one variable of the
     * path, such as {@code read:repo-{id}}. Without this and {@link #anyOf}, any valid token is sufficient.
     */
    String[] value() default {};

    /**
     * {@return further scopes, of which a token needs at least one; by default none} The error for a token without them
     * names the first.
     */
    String[] anyOf() default {};
}
