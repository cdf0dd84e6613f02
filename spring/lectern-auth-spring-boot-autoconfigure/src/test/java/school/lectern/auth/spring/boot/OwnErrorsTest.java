package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.decision.AuthError.Kind.*;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.ErrorBody;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.dialect.LimitValue;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;

/** A dialect with statuses and headers of its own, with Spring MVC and WebFlux, without Spring Security. */
class OwnErrorsTest {

    private static final String[] ROUTES = {
        "lectern.auth.routes[0].path=/v1/learners",
        "lectern.auth.routes[0].scope=read:learners",
        "lectern.auth.routes[1].path=/v1/finance",
        "lectern.auth.routes[1].scope=read:finance",
        "lectern.auth.routes[2].path=/v1/reports",
        "lectern.auth.routes[2].scope=read:finance",
        "lectern.auth.routes[2].policy=reports",
        "lectern.auth.routes[3].path=/v1/free",
        "lectern.auth.routes[3].scope=read:finance",
        "lectern.auth.routes[3].unlimited=true",
        "lectern.auth.routes[4].path=/v1/open",
        "lectern.auth.routes[4].unlimited=true",
    };

    @RestController
    static class Learners {
        @GetMapping({"/v1/learners", "/v1/open"})
        String learners() {
            return "learners";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Learners.class)
    static class Api {
        @Bean
        Dialect dialect() {
            LimitPlan limits = LimitPlan.unlimited()
                    .with("core", RateLimit.perMinute(60))
                    .with("reports", RateLimit.perMinute(9))
                    .byDefault("core");
            return Dialect.builder("own")
                    .format(Lectern.DIALECT.format())
                    .scopes(Lectern.DIALECT.scopes())
                    .limits(limits, LimitHeaders.NONE.with("Quota-{policy}", LimitValue.LIMIT))
                    .requestIdHeader("X-Own-Request-Id")
                    .errorBody(error -> ErrorBody.object().put("error", error.message()))
                    .standardErrors()
                    .errorWithStatus200("", "Invalid", MISSING_CREDENTIAL, MALFORMED_TOKEN, UNKNOWN_TOKEN)
                    .error(404, "", "Not Found", NOT_FOUND, INSUFFICIENT_SCOPE)
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Api.class)
    static class ReactiveApi {
        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }
    }

    private static String[] with(String... more) {
        return Stream.of(ROUTES, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static Map<String, Object> whole(HttpResponse<String> response) {
        Map<String, Object> whole = new TreeMap<>();
        response.headers().map().forEach((name, values) -> whole.put(name.toLowerCase(Locale.ROOT), values));
        assertThat(whole.remove("x-own-request-id")).isNotNull();
        whole.remove("date");
        whole.put(":status", response.statusCode());
        whole.put(":body", response.body());
        return whole;
    }

    private static void check(RunningApp started) {
        try (RunningApp app = started) {
            String token = app.token("read:learners");
            HttpResponse<String> allowed = app.get("/v1/learners", "Authorization", token);
            assertThat(allowed.body()).isEqualTo("learners");
            assertThat(allowed.headers().firstValue("Quota-core")).hasValue("60");
            assertThat(allowed.headers().firstValue("X-Own-Request-Id")).isPresent();
            assertThat(allowed.headers().firstValue("X-Request-Id")).isEmpty();
            assertThat(app.get("/v1/open", "Authorization", token).headers().firstValue("Quota-core"))
                    .as("limits of an unlimited route")
                    .isEmpty();

            HttpResponse<String> unauthenticated = app.get("/v1/learners");
            assertThat(unauthenticated.statusCode()).isEqualTo(200);
            assertThat(unauthenticated.body()).isEqualTo("{\"error\":\"Invalid\"}");
            assertThat(whole(unauthenticated)).doesNotContainKeys("www-authenticate", "quota-core");

            Map<String, Object> missing = whole(app.get("/v1/nothing", "Authorization", token));
            assertThat(missing)
                    .containsEntry(":status", 404)
                    .containsEntry(":body", "{\"error\":\"Not Found\"}")
                    .containsEntry("quota-core", List.of("60"))
                    .doesNotContainKey("www-authenticate");
            for (String hidden : List.of("/v1/finance", "/v1/reports", "/v1/free")) {
                assertThat(whole(app.get(hidden, "Authorization", token)))
                        .as(hidden)
                        .isEqualTo(missing);
            }
        }
    }

    @Test
    void with_spring_mvc() {
        check(RunningApp.start(Api.class, with(RunningApp.WITHOUT_SECURITY)));
    }

    @Test
    void with_webflux() {
        check(RunningApp.startWebFlux(ReactiveApi.class, with(RunningApp.WEBFLUX_WITHOUT_SECURITY)));
    }
}
