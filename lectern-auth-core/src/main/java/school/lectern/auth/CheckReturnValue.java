package school.lectern.auth;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks methods whose results must not be ignored: ignoring the result of an operation on tokens can hide a refusal. Error
 * Prone, SpotBugs and IDEs recognize the annotation by its name. On a type, it marks all methods of the type.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface CheckReturnValue {}
