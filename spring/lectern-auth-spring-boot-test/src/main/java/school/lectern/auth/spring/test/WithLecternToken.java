package school.lectern.auth.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Runs a test with a token, which the {@link school.lectern.auth.LecternAuth} of the application issues before the test method:
 *
 * <pre>{@code
 * @Test
 * @WithLecternToken(tenant = "123", scopes = "read:learners")
 * void a_learner_is_found() throws Exception {
 *     mvc.perform(get("/v1/learners/7")).andExpect(status().isOk());
 * }
 * }</pre>
 *
 * <p>The requests of an auto-configured {@code MockMvc} or {@code WebTestClient} that have no {@code Authorization} header are
 * sent with it, if the thread of the test method sends them.
 *
 * <p>With Spring Security, the security context of that thread has the token as its authentication, so that the test can call
 * guarded methods of services. The token is evaluated when the context is first read. This evaluation consumes a rate-limit
 * permit of the token, and writes an audit row if calls are recorded.
 *
 * <p>The annotation of a method replaces that of its class. Both can be annotations of an annotation. Nested test classes
 * inherit the annotation of the class around them.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface WithLecternToken {

    /** {@return the id of the tenant that the token belongs to} */
    String tenant() default TokenOfTest.TENANT;

    /** {@return the scopes, one in each element; none by default, which a dialect such as Lectern refuses} */
    String[] scopes() default {};
}
