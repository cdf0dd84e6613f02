package school.lectern.auth.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Guards the application under test as in production, but stores tokens in memory instead of its database. Use it with
 * {@code @SpringBootTest}. Tests with {@code @WebMvcTest} or {@code @WebFluxTest} do not need it.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ImportAutoConfiguration
public @interface AutoConfigureLecternAuth {}
