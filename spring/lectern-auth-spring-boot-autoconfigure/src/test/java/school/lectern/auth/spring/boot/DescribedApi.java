package school.lectern.auth.spring.boot;

import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.security.SecurityRequirement;
import io.swagger.v3.oas.models.OpenAPI;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import school.lectern.auth.spring.web.RequiresScope;

/** An API that springdoc describes, with an operation of each kind. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(DescribedApi.Routes.class)
class DescribedApi {

    static final String[] ROUTES = {
        "lectern.auth.routes[0].path=/v3/api-docs/**",
        "lectern.auth.routes[0].access=permit-all",
        "lectern.auth.routes[1].path=/public/**",
        "lectern.auth.routes[1].access=permit-all",
        "lectern.auth.routes[2].path=/v1/bulk",
        "lectern.auth.routes[2].methods=POST",
        "lectern.auth.routes[2].scope=write:learners",
        "lectern.auth.routes[2].policy=bulk",
        "lectern.auth.routes[3].path=/v1/mixed",
        "lectern.auth.routes[3].access=pass-through",
        "lectern.auth.routes[3].scope=read:learners",
        "lectern.auth.routes[4].path=/v1/any",
    };

    /** The API with WebFlux. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class Flux {

        /** Not one of the servers for servlets, which are on the class path of the tests, too. */
        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }
    }

    /** Leaves the description as it is. */
    static class OwnCustomizer implements GlobalOpenApiCustomizer {
        @Override
        public void customise(OpenAPI description) {}
    }

    @RestController
    static class Routes {

        @GetMapping("/v1/learners/{id}")
        @RequiresScope("read:learners")
        String learner(@PathVariable String id) {
            return "learner " + id;
        }

        @GetMapping("/v1/own")
        @RequiresScope({"read:learners", "read:finance"})
        @SecurityRequirement(name = "adminKey")
        @ApiResponse(responseCode = "403", description = "The application's own text")
        String own() {
            return "own";
        }

        @PostMapping("/v1/bulk")
        String bulk() {
            return "bulk";
        }

        @GetMapping("/v1/mixed")
        String mixed() {
            return "mixed";
        }

        @GetMapping("/v1/any")
        String any() {
            return "any";
        }

        @GetMapping("/v1/unnamed")
        String unnamed() {
            return "must not be reached";
        }

        @GetMapping("/public/hello")
        String hello() {
            return "hello";
        }
    }
}
