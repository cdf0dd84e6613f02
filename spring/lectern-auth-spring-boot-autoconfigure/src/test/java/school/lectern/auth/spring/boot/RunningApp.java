package school.lectern.auth.spring.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.token.IssuedToken;

/** A Spring Boot application on a port of the loopback interface, with tokens in memory unless its properties say otherwise. */
final class RunningApp implements AutoCloseable {

    /** Guards with the servlet filter, as in an application without Spring Security. */
    static final String[] WITHOUT_SECURITY = {
        "lectern.auth.filter.enabled=true",
        "spring.autoconfigure.exclude="
                + "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration,"
                + "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration,"
                + "org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration,"
                + "org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration,"
                + "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration"
    };

    /** Guards an application with WebFlux as if Spring Security were not on the class path. */
    static final String WEBFLUX_WITHOUT_SECURITY = "spring.autoconfigure.exclude="
            + "org.springframework.boot.security.autoconfigure.actuate.web.reactive.ReactiveManagementWebSecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration,"
            + "org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration,"
            + "school.lectern.auth.spring.boot.LecternAuthReactiveSecurityAutoConfiguration";

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final ConfigurableApplicationContext context;

    private RunningApp(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** Starts an application with Spring MVC of the library's auto-configurations, Spring Boot's, and a class. */
    static RunningApp start(Class<?> application, String... properties) {
        return start(WebApplicationType.SERVLET, application, properties);
    }

    /** Starts an application with WebFlux on Netty. */
    static RunningApp startWebFlux(Class<?> application, String... properties) {
        return start(WebApplicationType.REACTIVE, application, properties);
    }

    private static RunningApp start(WebApplicationType type, Class<?> application, String... properties) {
        List<String> all = new ArrayList<>(List.of(
                "server.port=0",
                "server.address=127.0.0.1",
                "lectern.auth.storage=memory",
                "spring.flyway.enabled=false",
                "spring.liquibase.enabled=false",
                "spring.main.banner-mode=off"));
        all.addAll(Arrays.asList(properties));
        return new RunningApp(new SpringApplicationBuilder(application)
                .web(type)
                .properties(all.toArray(String[]::new))
                .run());
    }

    int port() {
        return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Issues a token of the tenant 123, and returns the value of the Authorization header. */
    String token(String... scopes) {
        return "Bearer " + issue(bean(LecternAuth.class), scopes).secret().expose();
    }

    private static IssuedToken issue(LecternAuth auth, String... scopes) {
        return auth.tenant("123")
                .tokens()
                .issue(NewToken.named("test").scopes(scopes))
                .orElseThrow();
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    HttpResponse<String> getOnManagementPort(String path) {
        return sendTo("local.management.port", "GET", path, "");
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) {
        return sendTo("local.server.port", method, path, body, headers);
    }

    private HttpResponse<String> sendTo(String port, String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + context.getEnvironment().getProperty(port) + path))
                .timeout(Duration.ofMinutes(1))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stopped);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
