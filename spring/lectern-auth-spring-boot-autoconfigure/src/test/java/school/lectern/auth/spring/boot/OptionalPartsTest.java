package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.catalina.webresources.TomcatURLStreamHandlerFactory;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;

/**
 * An application starts, issues tokens and is guarded without each optional dependency. It runs in a class loader that does not
 * have the archive, nor those that need it.
 */
class OptionalPartsTest {

    /** They would bring Jackson 2, so the class path of these tests is without them; {@link OpenApiTest} has them. */
    private static final Set<String> ABSENT = Set.of("springdoc-openapi-starter-common", "swagger-models-jakarta");

    /** An optional dependency, a class of it, the archives to leave out, and the kind of application that remains. */
    enum Part {
        LECTERN_AUTH_JDBC(
                "school.lectern.auth.jdbc.JdbcStorage",
                "lectern-auth-jdbc.*",
                WebApplicationType.SERVLET,
                "lectern.auth.storage=memory"),
        LECTERN_AUTH_MICROMETER(
                "school.lectern.auth.micrometer.MicrometerAuthMetrics",
                "lectern-auth-micrometer.*",
                WebApplicationType.SERVLET),
        MICROMETER_CORE(
                "io.micrometer.core.instrument.MeterRegistry",
                "(micrometer-(core|jakarta9)|spring-boot-(starter-)?(actuator|micrometer)).*",
                WebApplicationType.SERVLET),
        SPRING_BOOT_HEALTH(
                "org.springframework.boot.health.contributor.HealthIndicator",
                "spring-boot-(starter-)?(actuator|health).*",
                WebApplicationType.SERVLET),
        SPRING_BOOT_SERVLET(
                "jakarta.servlet.Filter",
                "(tomcat|jetty|jakarta.servlet|spring-webmvc|spring-boot-(servlet|tomcat|jetty|webmvc)).*",
                WebApplicationType.REACTIVE),
        SPRING_BOOT_JDBC(
                "org.springframework.boot.jdbc.EmbeddedDatabaseConnection",
                "spring-boot-(jdbc|flyway|liquibase).*",
                WebApplicationType.SERVLET),
        SPRING_BOOT_SQL(
                "org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization",
                "spring-boot-(sql|jdbc|flyway|liquibase).*",
                WebApplicationType.SERVLET),
        SPRING_BOOT_WEBMVC(
                "org.springframework.web.servlet.DispatcherServlet",
                "spring-(webmvc|boot-webmvc).*",
                WebApplicationType.SERVLET,
                // Without any servlet, Tomcat responds before the filters.
                "server.servlet.register-default-servlet=true"),
        SPRING_BOOT_WEBFLUX(
                "org.springframework.web.reactive.DispatcherHandler",
                "(reactor-|netty-|spring-webflux|spring-boot-(webflux|reactor|netty|http-codec)).*",
                WebApplicationType.SERVLET),
        SPRING_BOOT_WEB_SERVER(
                "org.springframework.boot.web.server.WebServer",
                "(tomcat|jetty)-.*|spring-boot-(web-server|tomcat|jetty|netty|reactor-netty|servlet|webmvc|webflux).*",
                WebApplicationType.NONE),
        SPRING_BOOT_SECURITY(
                "org.springframework.security.web.SecurityFilterChain",
                "spring-(boot-)?(starter-)?security.*",
                WebApplicationType.SERVLET),
        SPRING_SECURITY_OAUTH2_RESOURCE_SERVER(
                "org.springframework.security.oauth2.server.resource.web.BearerTokenResolver",
                "spring-(boot-)?security-oauth2.*",
                WebApplicationType.SERVLET);

        private final String type;
        private final Pattern archives;
        private final WebApplicationType kind;
        private final String[] properties;

        Part(String type, String archives, WebApplicationType kind, String... properties) {
            this.type = type;
            this.archives = Pattern.compile(archives);
            this.kind = kind;
            this.properties = properties;
        }

        String artifact() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The application, loaded without the part. Returns the status of a request without a token; 0 if no server runs. */
    public static final class Application implements BiFunction<String, String[], Integer> {

        /** Called by reflection, in another class loader. */
        public Application() {}

        @Configuration(proxyBeanMethods = false)
        @EnableAutoConfiguration
        static class Beans {
            @Bean(destroyMethod = "dispose")
            DataSource dataSource() {
                return JdbcConnectionPool.create("jdbc:h2:mem:parts;DB_CLOSE_ON_EXIT=FALSE", "sa", "");
            }
        }

        @Override
        public Integer apply(String kind, String[] properties) {
            if (ClassUtils.isPresent("org.apache.catalina.webresources.TomcatURLStreamHandlerFactory", null)) {
                Tomcat.keepTheFactoryOfTheProcess();
            }
            try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Beans.class)
                    .web(WebApplicationType.valueOf(kind))
                    .properties("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off")
                    .properties("spring.flyway.enabled=false", "spring.liquibase.enabled=false")
                    .properties(properties)
                    .run()) {
                context.getBean(LecternAuth.class)
                        .tenant("123")
                        .tokens()
                        .issue(NewToken.named("one").scopes("read:learners"))
                        .orElseThrow();
                String port = context.getEnvironment().getProperty("local.server.port");
                return port == null ? 0 : status(URI.create("http://127.0.0.1:" + port + "/v1/learners"));
            }
        }

        /** Loaded with Tomcat only. A process has one factory for URLs, which Tomcat of the other tests sets. */
        private static final class Tomcat {
            static void keepTheFactoryOfTheProcess() {
                TomcatURLStreamHandlerFactory.disable();
            }
        }

        private static int status(URI uri) {
            try {
                return HttpClient.newHttpClient()
                        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                        .statusCode();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(stopped);
            }
        }
    }

    @Test
    void each_optional_dependency_is_tested() throws IOException {
        Set<String> tested = Stream.concat(
                        ABSENT.stream(), Stream.of(Part.values()).map(Part::artifact))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> optional = Pattern.compile(
                        "<artifactId>([^<]+)</artifactId>\\s*(<version>[^<]+</version>\\s*)?<optional>true</optional>")
                .matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(optional).isEqualTo(tested);
        assertThat(ClassUtils.isPresent("org.springdoc.core.customizers.GlobalOpenApiCustomizer", null))
                .isFalse();
        assertThat(ClassUtils.isPresent("io.swagger.v3.oas.models.OpenAPI", null))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void an_application_is_guarded_without_a_part(Part missing) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        try (URLClassLoader without = without(missing.archives)) {
            thread.setContextClassLoader(without);
            assertThat(ClassUtils.isPresent(missing.type, own)).isTrue();
            assertThat(ClassUtils.isPresent(missing.type, without)).isFalse();
            @SuppressWarnings("unchecked")
            BiFunction<String, String[], Integer> application =
                    (BiFunction<String, String[], Integer>) without.loadClass(Application.class.getName())
                            .getConstructor()
                            .newInstance();
            assertThat(application.apply(missing.kind.name(), missing.properties))
                    .isEqualTo(missing.kind == WebApplicationType.NONE ? 0 : 401);
        } finally {
            thread.setContextClassLoader(own);
        }
    }

    private static URLClassLoader without(Pattern archives) throws MalformedURLException {
        List<URL> rest = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (Stream.of(entry.split("[/\\\\]")).noneMatch(name -> isOf(archives, name))) {
                rest.add(Path.of(entry).toUri().toURL());
            }
        }
        return new URLClassLoader(rest.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** A module of the library is a folder, and the rest are archives. */
    private static boolean isOf(Pattern archives, String name) {
        return (name.endsWith(".jar") || name.startsWith("lectern-auth-"))
                && archives.matcher(name).matches();
    }
}
