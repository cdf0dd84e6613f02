/** Auto-configuration for Spring Boot: beans from the properties {@code lectern.auth.*}, and interfaces that customize them. */
@NullMarked
package school.lectern.auth.spring.boot;

import org.jspecify.annotations.NullMarked;
