package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.ContextPathCompositeHandler;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/** Rules are relative to the context path in WebFlux, also if the application has several of them, each with a handler. */
class WebFluxContextPathTest {

    private static RunningApp start(Class<?> application, String... more) {
        return RunningApp.startWebFlux(
                application,
                Stream.of(new String[] {RunningApp.WEBFLUX_WITHOUT_SECURITY}, LearnerApi.ROUTES, more)
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    private static void assertGuarded(RunningApp app, String prefix) {
        String token = app.token("read:learners");
        assertThat(app.get(prefix + "/v1/learners/7", "Authorization", token).body())
                .isEqualTo("learner 7 of 123");
        assertThat(app.get(prefix + "/v1/learners/7").statusCode()).isEqualTo(401);
        assertThat(app.get(prefix + "/v1/learners/7", "Authorization", app.token("write:learners"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(app.get(prefix + "/public/hello").body()).isEqualTo("hello");
        assertThat(app.get(prefix + "/actuator/health").statusCode()).isEqualTo(200);
        assertThat(app.get(prefix + "/api/v1/orgs/123/api-tokens", "X-Admin-Key", LearnerApi.ADMIN_KEY)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void of_spring_boot() {
        try (RunningApp app = start(LearnerFluxApi.class, "spring.webflux.base-path=/app")) {
            assertGuarded(app, "/app");
            assertThat(app.get("/v1/learners/7", "Authorization", app.token("read:learners"))
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void of_several_handlers() {
        try (RunningApp app = start(Several.class)) {
            assertGuarded(app, "/one");
            assertGuarded(app, "/two/parts");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Several extends LearnerFluxApi {

        @Bean
        HttpHandler handlers(ApplicationContext context) {
            return new ContextPathCompositeHandler(Map.of(
                    "/one", WebHttpHandlerBuilder.applicationContext(context).build(),
                    "/two/parts",
                            WebHttpHandlerBuilder.applicationContext(context).build()));
        }
    }
}
