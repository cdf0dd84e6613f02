package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.ReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.web.server.authentication.ServerBearerTokenAuthenticationConverter;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.util.matcher.NegatedServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.security.LecternAuthenticationToken;
import school.lectern.auth.spring.security.ReactiveOtherBearerTokens;
import school.lectern.auth.spring.security.ReactiveTokenDenials;
import school.lectern.auth.spring.web.RequiresScope;

/** A chain of a WebFlux application sees API tokens as authentications, and may deny more than the rules. */
@TestInstance(Lifecycle.PER_CLASS)
class ReactiveSecurityTest {

    private RunningApp app;

    @BeforeAll
    void start() {
        app = RunningApp.startWebFlux(
                Application.class,
                "lectern.auth.routes[0].path=/v1/me",
                "lectern.auth.routes[0].scope=read:learners",
                "lectern.auth.routes[1].path=/v1/admin",
                "lectern.auth.routes[2].path=/v1/change",
                "lectern.auth.routes[3].path=/v1/denied",
                "lectern.auth.routes[4].path=/v1/token",
                "lectern.auth.routes[5].path=/v1/service");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void handlers_get_the_token_as_principal_and_as_authentication() {
        HttpResponse<String> response = app.get("/v1/me", "Authorization", app.token("read:learners"));
        assertThat(response.body()).isEqualTo("123 [SCOPE_read:learners] true");
        assertThat(app.get("/v1/token", "Authorization", app.token("read:learners"))
                        .body())
                .isEqualTo("123");
        assertThat(app.get("/v1/me").statusCode()).isEqualTo(401);
    }

    @Test
    void a_denial_of_spring_security_is_answered_as_a_missing_scope_in_the_dialect() {
        for (String path : new String[] {"/v1/admin", "/v1/denied"}) {
            HttpResponse<String> response = app.get(path, "Authorization", app.token("read:learners"));
            assertThat(response.statusCode()).as(path).isEqualTo(403);
            assertThat(response.body()).as(path).contains("insufficient_scope");
            assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
        }
    }

    @Test
    void a_request_with_a_token_needs_no_csrf_token_and_another_one_does() {
        assertThat(app.send("POST", "/v1/change", "", "Authorization", app.token("write:learners"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(app.send("POST", "/unruled", "").statusCode()).isEqualTo(403);
    }

    @Test
    void a_path_that_neither_a_rule_nor_a_chain_handles_is_closed() {
        assertThat(app.get("/outside").statusCode()).isEqualTo(401);
        assertThat(app.get("/outside", "Authorization", app.token("read:learners"))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_service_needs_the_scope_of_its_annotation() {
        HttpResponse<String> denied = app.get("/v1/service", "Authorization", app.token("read:learners"));
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(denied.body()).contains("insufficient_scope");
        assertThat(app.get("/v1/service", "Authorization", app.token("delete:learners"))
                        .body())
                .isEqualTo("deleted all");
    }

    @Test
    void a_resource_server_verifies_its_own_tokens() {
        assertThat(app.get("/page", "Authorization", "Bearer other-token").body())
                .isEqualTo("page");
        assertThat(app.get("/page", "Authorization", "Bearer unknown").statusCode())
                .isEqualTo(401);
        assertThat(app.get("/v1/token", "Authorization", "Bearer other-token").statusCode())
                .isEqualTo(401);
    }

    @Test
    void a_path_that_no_rule_names_is_left_to_the_chain_and_a_token_is_verified_there() {
        HttpResponse<String> page = app.get("/page", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(302);
        assertThat(page.headers().firstValue("Location")).hasValue("/login");
        assertThat(app.get("/page", "Authorization", app.token("read:learners")).body())
                .isEqualTo("page");
        String wrong = app.token("read:learners").replaceAll("....$", "AAAA");
        assertThat(app.get("/page", "Authorization", wrong).statusCode()).isEqualTo(401);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableReactiveMethodSecurity
    @Import({Routes.class, Service.class})
    static class Application {

        /** Not one of the servers for servlets, which are on the class path of the tests, too. */
        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }

        @Bean
        ReactiveUserDetailsService users() {
            return new MapReactiveUserDetailsService(
                    User.withUsername("user").password("{noop}password").build());
        }

        @Bean
        SecurityWebFilterChain chain(ServerHttpSecurity http, LecternAuth auth, ReactiveTokenDenials denials) {
            return http.securityMatcher(
                            new NegatedServerWebExchangeMatcher(ServerWebExchangeMatchers.pathMatchers("/outside")))
                    .authorizeExchange(exchanges -> exchanges
                            .pathMatchers("/v1/denied")
                            .hasAuthority("SCOPE_delete:learners")
                            .anyExchange()
                            .authenticated())
                    .formLogin(withDefaults())
                    .oauth2ResourceServer(server -> server.bearerTokenConverter(ReactiveOtherBearerTokens.converter(
                                    auth, new ServerBearerTokenAuthenticationConverter()))
                            .opaqueToken(opaque -> opaque.introspector(token -> token.equals("other-token")
                                    ? Mono.just(new DefaultOAuth2AuthenticatedPrincipal(
                                            "someone", Map.of("active", true), List.of()))
                                    : Mono.error(new BadOpaqueTokenException("unknown")))))
                    .exceptionHandling(handling -> handling.accessDeniedHandler(denials))
                    .build();
        }
    }

    static class Service {

        @RequiresScope("delete:learners")
        Mono<String> deleteAll() {
            return Mono.just("deleted all");
        }
    }

    @RestController
    static class Routes {

        private final Service service;

        Routes(Service service) {
            this.service = service;
        }

        @GetMapping("/v1/service")
        Mono<String> service() {
            return service.deleteAll();
        }

        @GetMapping("/v1/me")
        Mono<String> me(LecternAuthenticationToken authentication) {
            return ReactiveSecurityContextHolder.getContext()
                    .map(context -> authentication.getPrincipal().tenantId() + " " + authentication.getAuthorities()
                            + " " + (context.getAuthentication() == authentication));
        }

        @GetMapping("/v1/token")
        Mono<String> token(@AuthenticationPrincipal TokenPrincipal caller) {
            return Mono.just(caller.tenantId());
        }

        @GetMapping("/v1/admin")
        @PreAuthorize("hasAuthority('SCOPE_write:learners')")
        Mono<String> admin() {
            return Mono.just("must not be reached");
        }

        @GetMapping("/v1/denied")
        Mono<String> denied() {
            return Mono.just("must not be reached");
        }

        @PostMapping("/v1/change")
        Mono<String> change() {
            return Mono.just("changed");
        }

        @GetMapping({"/page", "/outside"})
        String page() {
            return "page";
        }
    }
}
