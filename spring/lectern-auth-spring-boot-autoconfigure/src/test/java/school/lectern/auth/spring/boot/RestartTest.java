package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiresScope;
import school.lectern.auth.token.IssuedToken;

/**
 * An application is closed and started again in the same process, as devtools does: its own classes are loaded again, and the
 * library's are not. Its tokens and their state remain.
 */
class RestartTest {

    /** Loads the classes of the application itself, and leaves all others to the parent. */
    private static final class Restart extends URLClassLoader {

        Restart() {
            super(
                    new URL[] {
                        Application.class.getProtectionDomain().getCodeSource().getLocation()
                    },
                    RestartTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(Application.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Application.Routes.class)
    static class Application {

        @RestController
        static class Routes {
            @GetMapping("/v1/me")
            @RequiresScope("read:learners")
            String me(TokenPrincipal caller) {
                return caller.tenantId();
            }
        }
    }

    /** One life of the application. */
    private record Life(ConfigurableApplicationContext context) {

        LecternAuth auth() {
            return context.getBean(LecternAuth.class);
        }

        int status(String token) {
            URI uri = URI.create(
                    "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/v1/me");
            try {
                return HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(uri)
                                        .header("Authorization", "Bearer " + token)
                                        .build(),
                                BodyHandlers.discarding())
                        .statusCode();
            } catch (IOException | InterruptedException failed) {
                throw new IllegalStateException(failed);
            }
        }
    }

    /** Returns the threads of the library. */
    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lectern-auth"))
                .collect(Collectors.toSet());
    }

    private static <T> T live(
            List<Class<?>> loaded, @Nullable HikariDataSource pool, Function<Life, T> actions, String... properties)
            throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        try (Restart loader = new Restart()) {
            thread.setContextClassLoader(loader);
            Class<?> application = loader.loadClass(Application.class.getName());
            loaded.add(application);
            List<String> all = new ArrayList<>(Arrays.asList(RunningApp.WITHOUT_SECURITY));
            all.addAll(List.of("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off"));
            all.addAll(List.of("spring.flyway.enabled=false", "spring.liquibase.enabled=false"));
            all.addAll(Arrays.asList(properties));
            try (ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
                    .properties(all.toArray(String[]::new))
                    .initializers(begun -> {
                        if (pool != null) {
                            begun.getBeanFactory().registerSingleton("dataSource", pool);
                        }
                    })
                    .run()) {
                return actions.apply(new Life(context));
            }
        } finally {
            thread.setContextClassLoader(own);
        }
    }

    private static IssuedToken issued(Life life) {
        IssuedToken token = life.auth()
                .tenant("123")
                .tokens()
                .issue(NewToken.named("one").scopes("read:learners"))
                .orElseThrow();
        assertThat(life.status(token.secret().expose())).isEqualTo(200);
        return token;
    }

    private static void assertTokensRemain(@Nullable HikariDataSource pool, String... properties) throws Exception {
        List<Class<?>> loaded = new ArrayList<>();
        Set<Thread> before = threads();
        IssuedToken token = live(loaded, pool, RestartTest::issued, properties);
        String secret = token.secret().expose();
        live(
                loaded,
                pool,
                life -> {
                    assertThat(life.status(secret)).as("after a restart").isEqualTo(200);
                    assertThat(threads())
                            .filteredOn(thread ->
                                    !before.contains(thread) && thread.getName().startsWith("lectern-auth-changes"))
                            .as("the threads that poll")
                            .hasSize(1);
                    life.auth()
                            .tenant("123")
                            .tokens()
                            .revoke(token.token().id())
                            .orElseThrow();
                    return life.status(secret);
                },
                properties);
        int status = live(loaded, pool, life -> life.status(secret), properties);
        assertThat(status).as("revoked before the last restart").isEqualTo(401);
        await().atMost(Duration.ofMinutes(1)).until(() -> before.containsAll(threads()));
        assertThat(loaded)
                .as("each life has classes of its own")
                .doesNotHaveDuplicates()
                .hasSize(3);
    }

    @Test
    void tokens_in_a_file_remain(@TempDir Path folder) throws Exception {
        assertTokensRemain(
                null,
                "spring.datasource.url=jdbc:h2:file:" + folder.resolve("tokens") + ";DB_CLOSE_ON_EXIT=FALSE",
                "spring.datasource.username=sa");
    }

    @Test
    void tokens_in_a_pool_that_stays_open_remain_and_no_connection_does() throws Exception {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl("jdbc:h2:mem:restart;DB_CLOSE_DELAY=-1");
            assertTokensRemain(pool);
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        }
    }
}
