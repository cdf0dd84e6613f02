package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.servlet.config.annotation.PathMatchConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.util.pattern.PathPatternParser;
import school.lectern.auth.spring.web.RequiresScope;

/**
 * Handler mappings that ignore case, and a chain of the application that permits every path without a rule: a guarded
 * handler is not open in another spelling, and others are reached in any.
 */
class LenientPathsTest {

    private static final String[] ROUTES = {
        "lectern.auth.routes[0].path=/v1/ruled/{id}", "lectern.auth.routes[0].scope=read:learners"
    };

    private static void assertGuarded(RunningApp started) {
        try (RunningApp app = started) {
            String token = app.token("read:learners");
            assertThat(app.get("/v1/ruled/A", "Authorization", token).body()).isEqualTo("ruled A");
            for (String path : new String[] {"/V1/ruled/A", "/v1/RULED/A"}) {
                assertThat(app.get(path).statusCode()).as(path).isIn(401, 404);
                assertThat(app.get(path, "Authorization", app.token("write:learners"))
                                .statusCode())
                        .as(path)
                        .isEqualTo(404);
            }
            assertThat(app.get("/v1/annotated", "Authorization", token).body()).isEqualTo("annotated");
            assertThat(app.get("/V1/ANNOTATED").statusCode()).isGreaterThanOrEqualTo(400);
            assertThat(app.get("/page/A").body()).isEqualTo("page A");
            assertThat(app.get("/PAGE/A").body()).isEqualTo("page A");
        }
    }

    @Test
    void with_spring_mvc() {
        assertGuarded(RunningApp.start(Mvc.class, ROUTES));
    }

    @Test
    void with_webflux() {
        assertGuarded(RunningApp.startWebFlux(WebFlux.class, ROUTES));
    }

    private static PathPatternParser ignoringCase() {
        PathPatternParser parser = new PathPatternParser();
        parser.setCaseSensitive(false);
        return parser;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class Mvc {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .build();
        }

        @Bean
        WebMvcConfigurer paths() {
            return new WebMvcConfigurer() {
                @Override
                public void configurePathMatch(PathMatchConfigurer configurer) {
                    configurer.setPatternParser(ignoringCase());
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class WebFlux {

        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity http) {
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().permitAll())
                    .build();
        }

        @Bean
        WebFluxConfigurer paths() {
            return new WebFluxConfigurer() {
                @Override
                public void configurePathMatching(
                        org.springframework.web.reactive.config.PathMatchConfigurer configurer) {
                    configurer.setUseCaseSensitiveMatch(false);
                }
            };
        }
    }

    @RestController
    static class Routes {

        @GetMapping("/v1/ruled/{id}")
        String ruled(@PathVariable String id) {
            return "ruled " + id;
        }

        @GetMapping("/v1/annotated")
        @RequiresScope("read:learners")
        String annotated() {
            return "annotated";
        }

        @GetMapping("/page/{id}")
        String page(@PathVariable String id) {
            return "page " + id;
        }
    }
}
