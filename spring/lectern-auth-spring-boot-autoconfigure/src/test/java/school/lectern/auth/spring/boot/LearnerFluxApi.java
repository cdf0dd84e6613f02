package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.bind.annotation.CrossOrigin;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.CorsRegistry;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.web.RequiresScope;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;

/** The API of {@link LearnerApi} with WebFlux. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({LearnerFluxApi.Routes.class, LearnerApi.Administration.class})
class LearnerFluxApi {

    /** Not one of the servers for servlets, which are on the class path of the tests, too. */
    @Bean
    NettyReactiveWebServerFactory server() {
        return new NettyReactiveWebServerFactory();
    }

    /** CORS for the management API, whose console is a page of another origin. */
    @Bean
    WebFluxConfigurer consoleOfTheManagementApi() {
        return new WebFluxConfigurer() {
            @Override
            public void addCorsMappings(CorsRegistry registry) {
                registry.addMapping("/api/v1/orgs/*/api-tokens/**").allowedOrigins("https://console.example");
            }
        };
    }

    /** Changes the method or the path of a request behind every other filter, as an application's own filter may. */
    @Bean
    WebFilter requestChanger() {
        return (exchange, chain) -> {
            String method = exchange.getRequest().getHeaders().getFirst("Change-To");
            String path = exchange.getRequest().getHeaders().getFirst("Change-Path");
            return chain.filter(exchange.mutate()
                    .request(request -> {
                        if (method != null) {
                            request.method(HttpMethod.valueOf(method));
                        }
                        if (path != null) {
                            request.uri(URI.create(path));
                        }
                    })
                    .build());
        };
    }

    /** A handler that no rule names, whose path the rule of another one matches. */
    @Bean
    RouterFunction<ServerResponse> function() {
        return RouterFunctions.route()
                .GET("/v1/reports/function", request -> ServerResponse.ok().bodyValue("must not be reached"))
                .build();
    }

    @RestController
    static class Routes {

        @GetMapping("/v1/learners/{id}")
        @RequiresScope("read:learners")
        @CrossOrigin("https://app.example")
        String learner(@PathVariable String id, TokenPrincipal caller, ServerWebExchange exchange) {
            assertThat(LecternAuthWebFilter.principal(exchange)).isSameAs(caller);
            return "learner " + id + " of " + caller.tenantId();
        }

        @PostMapping("/v1/learners/{id}")
        @RequiresScope("write:learners")
        Mono<String> changed(@PathVariable String id) {
            return Mono.just("changed " + id);
        }

        @DeleteMapping("/v1/learners/{id}")
        @RequiresScope("delete:learners")
        Mono<String> deleted(@PathVariable String id) {
            return Mono.just("deleted " + id);
        }

        @GetMapping("/v1/context")
        @RequiresScope("read:learners")
        Mono<String> context(Mono<TokenPrincipal> caller) {
            return Mono.deferContextual(context ->
                    caller.filter(context.get(TokenPrincipal.class)::equals).map(TokenPrincipal::tenantId));
        }

        @GetMapping(path = "/v1/reports/all", params = "year")
        @RequiresScope("read:learners")
        String yearlyReport() {
            return "of a year";
        }

        /** Also gets requests for /v1/reports/all without a year. */
        @GetMapping("/v1/reports/{id}")
        @RequiresScope("read:finance")
        String report(@PathVariable String id) {
            return "report " + id;
        }

        @RequestMapping("/v1/ruled")
        String ruled(ServerWebExchange exchange) {
            return "ruled " + exchange.getRequest().getMethod();
        }

        /** Its path starts like those of the management API. */
        @GetMapping("/api/v1/orgs/{org_id}/courses")
        @RequiresScope("read:learners")
        String courses(@PathVariable("org_id") String organization) {
            return "courses of " + organization;
        }

        @GetMapping("/v1/unannotated")
        String unannotated() {
            return "must not be reached";
        }

        @GetMapping("/v1/broken")
        @RequiresScope("read:learners")
        Mono<String> guardedBroken() {
            return Mono.error(new IllegalStateException("planted"));
        }

        @GetMapping("/public/hello")
        String hello() {
            return "hello";
        }

        @GetMapping("/public/broken")
        String broken() {
            throw new IllegalStateException("planted");
        }

        @GetMapping("/public/teapot")
        Mono<String> teapot() {
            return Mono.error(new ResponseStatusException(HttpStatusCode.valueOf(418)));
        }
    }
}
