package school.lectern.auth;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks methods whose results must not be ignored: a dropped result of an operation on tokens hides that it was refused. Error
 * Prone, SpotBugs and IDEs recognize the annotation by its name. On a type, it marks all its methods.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface CheckReturnValue {}
