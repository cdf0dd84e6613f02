package school.lectern.auth.spring.test;

import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.support.AbstractTestExecutionListener;
import org.springframework.util.ClassUtils;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.format.CredentialHeader;

/** Issues the token of {@link WithLecternToken} before a test method, and removes it from the thread after the method. */
final class WithLecternTokenListener extends AbstractTestExecutionListener {

    private static final String SPRING_SECURITY = "org.springframework.security.core.context.SecurityContextHolder";

    /** Before Spring Security's listener at 11,000, which hands the security context to publishers. */
    private static final int ORDER = 10_500;

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public void beforeTestMethod(TestContext test) {
        WithLecternToken wanted = find(test.getTestMethod(), test.getTestClass());
        if (wanted != null) {
            ApplicationContext application = test.getApplicationContext();
            LecternAuth auth = auth(application);
            List<CredentialHeader> headers = TokenOfTest.PLAIN
                    .tenant(wanted.tenant())
                    .scopes(wanted.scopes())
                    .issue(auth);
            CurrentToken.begin(new CurrentToken(headers, authentication(application, auth, headers)));
        }
    }

    @Override
    public void afterTestMethod(TestContext test) {
        CurrentToken.end();
    }

    private static @Nullable WithLecternToken find(Method method, Class<?> type) {
        WithLecternToken own = AnnotatedElementUtils.findMergedAnnotation(method, WithLecternToken.class);
        return own != null ? own : TestContextAnnotationUtils.findMergedAnnotation(type, WithLecternToken.class);
    }

    private static LecternAuth auth(ApplicationContext application) {
        LecternAuth found = application.getBeanProvider(LecternAuth.class).getIfAvailable();
        if (found == null) {
            throw new IllegalStateException(
                    "@WithLecternToken needs a bean of type LecternAuth, and the application context"
                            + " of the test has none: add @AutoConfigureLecternAuth to the test class");
        }
        return found;
    }

    private static @Nullable ThreadAuthentication authentication(
            ApplicationContext application, LecternAuth auth, List<CredentialHeader> headers) {
        return ClassUtils.isPresent(SPRING_SECURITY, WithLecternTokenListener.class.getClassLoader())
                ? ThreadAuthentication.of(application, auth, headers)
                : null;
    }
}
