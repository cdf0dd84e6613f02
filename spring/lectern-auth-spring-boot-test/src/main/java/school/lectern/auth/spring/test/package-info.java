/** Tests of Spring Boot applications, with real tokens. */
@NullMarked
package school.lectern.auth.spring.test;

import org.jspecify.annotations.NullMarked;
