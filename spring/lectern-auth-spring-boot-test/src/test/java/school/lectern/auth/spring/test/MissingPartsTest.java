package school.lectern.auth.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.test.context.TestContextManager;
import org.springframework.util.ClassUtils;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spring.security.LecternAuthenticationToken;

/** Each optional part of Spring can be absent from the class path: a test then runs with the parts that exist. */
class MissingPartsTest {

    /** A test of an application, run by Spring's test framework alone in a class loader without a part. */
    @SpringBootTest(classes = SimulatedTest.Application.class)
    @AutoConfigureLecternAuth
    @WithLecternToken(tenant = "456", scopes = "read:learners")
    public static class SimulatedTest implements Callable<List<Boolean>> {

        @Configuration(proxyBeanMethods = false)
        @EnableAutoConfiguration
        static class Application {}

        @Autowired
        private LecternAuth auth;

        @Override
        public List<Boolean> call() throws Exception {
            var method = SimulatedTest.class.getDeclaredMethod("method");
            TestContextManager manager = new TestContextManager(SimulatedTest.class);
            manager.prepareTestInstance(this);
            manager.beforeTestMethod(this, method);
            CurrentToken during = CurrentToken.find();
            boolean isAuthenticated = during != null && during.authentication() != null && ThreadContext.hasToken();
            manager.afterTestMethod(this, method, null);
            boolean isSent =
                    during != null && during.headers().get(0).value().expose().startsWith("Bearer ");
            boolean isIssued = !auth.tenant("456")
                    .tokens()
                    .list(CursorPage.START, 1)
                    .items()
                    .isEmpty();
            boolean isCleared = CurrentToken.find() == null && !(isAuthenticated && ThreadContext.hasToken());
            return List.of(isIssued, isSent, isAuthenticated, isCleared);
        }

        void method() {}
    }

    /** Loaded with Spring Security only. */
    static final class ThreadContext {
        private ThreadContext() {}

        static boolean hasToken() {
            return SecurityContextHolder.getContext().getAuthentication() instanceof LecternAuthenticationToken;
        }
    }

    /** A part, a class of it, and the archives to leave out. */
    enum Part {
        SPRING_SECURITY("org.springframework.security.core.Authentication", "spring-(boot-)?security.*"),
        /** Its listener clears the security context, too. */
        TESTS_OF_SPRING_SECURITY(
                "org.springframework.security.test.context.TestSecurityContextHolder", "spring-security-test.*"),
        SERVLETS(
                "jakarta.servlet.Filter",
                "(tomcat|spring-webmvc|spring-boot-(servlet|tomcat|webmvc|starter-tomcat)|jakarta.servlet).*"),
        WEBFLUX(
                "reactor.core.publisher.Mono",
                "(reactor-|spring-webflux|spring-boot-(reactor|webflux|webtestclient)).*"),
        AUTO_CONFIGURED_CLIENTS(
                "org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc",
                "spring-boot-(webmvc-test|webflux-test|webtestclient).*");

        private final String type;
        private final Pattern archives;

        Part(String type, String archives) {
            this.type = type;
            this.archives = Pattern.compile(archives);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_test_runs_without_a_part(Part missing) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        try (URLClassLoader without = without(missing.archives)) {
            thread.setContextClassLoader(without);
            assertThat(ClassUtils.isPresent(missing.type, own)).isTrue();
            assertThat(ClassUtils.isPresent(missing.type, without)).isFalse();
            Callable<?> test = (Callable<?>) without.loadClass(SimulatedTest.class.getName())
                    .getConstructor()
                    .newInstance();
            assertThat(test.call()).isEqualTo(List.of(true, true, missing != Part.SPRING_SECURITY, true));
        } finally {
            thread.setContextClassLoader(own);
        }
    }

    private static URLClassLoader without(Pattern archives) throws MalformedURLException {
        List<URL> rest = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String name = Path.of(entry).getFileName().toString();
            if (!archives.matcher(name).matches()) {
                rest.add(Path.of(entry).toUri().toURL());
            }
        }
        return new URLClassLoader(rest.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
