package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import jakarta.servlet.http.HttpServletRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.ReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.ExposedToken;
import school.lectern.auth.spring.security.ReactiveTokenDenials;

/** A dialect of an application with carriers and scopes of its own, on both stacks, and transport that must be secure. */
class OwnDialectTest {

    private static final Dialect DIALECT = Lectern.DIALECT.toBuilder()
            .carriers(Carrier.header("X-API-Key"), Carrier.bearer(), Carrier.basicUserName(), Carrier.authorization())
            .scopes(ScopeGrammar.names("repo", "repo:status", "gist", "read:repo-7", "read:repo-8")
                    .implies("repo", "repo:status"))
            .build();

    private static final String[] ROUTES = {
        "lectern.auth.routes[0].path=/v1/any",
        "lectern.auth.routes[0].any-scope=gist,repo:status",
        "lectern.auth.routes[1].path=/v1/repos/{id}",
        "lectern.auth.routes[1].scope=read:repo-{id}",
        "lectern.auth.routes[2].path=/v1/shared",
        "lectern.auth.routes[2].access=pass-through",
        "lectern.auth.routes[3].path=/v1/status",
        "lectern.auth.routes[4].path=/v1/two",
        "lectern.auth.routes[4].policy=read,bulk"
    };

    private static final String INSECURE = "lectern.auth.require-secure-transport=true";
    private static final String PROXY = "lectern.auth.trusted-proxies=127.0.0.1";

    private static String[] properties(String[] first, String... more) {
        return Stream.of(first, ROUTES, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static String secret(RunningApp app, String... scopes) {
        return app.bean(LecternAuth.class)
                .tenant("123")
                .tokens()
                .issue(NewToken.named("test").scopes(scopes))
                .orElseThrow()
                .secret()
                .expose();
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    private static void isDenied(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains("\"error\"");
    }

    private static void isOk(HttpResponse<String> response, String body) {
        assertThat(response.body()).isEqualTo(body);
        assertThat(response.statusCode()).isEqualTo(200);
    }

    /** What holds on each stack, with and without Spring Security. */
    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Variant {

        RunningApp app;

        abstract RunningApp start(String... more);

        @BeforeAll
        void startApp() {
            app = start();
        }

        @AfterAll
        void stop() {
            app.close();
        }

        @Test
        void a_token_is_read_from_each_carrier() {
            String token = secret(app, "repo");
            isOk(app.get("/v1/any", "X-API-Key", token), "any");
            isOk(app.get("/v1/any", "Authorization", "Bearer " + token), "any");
            isOk(app.get("/v1/any", "Authorization", basic(token + ":")), "any");
            isOk(app.get("/v1/any", "Authorization", token), "any");
            isDenied(app.get("/v1/any", "X-API-Key", token, "Authorization", "Bearer " + token), 401);
        }

        @Test
        void one_of_the_scopes_is_enough_and_an_implied_one_counts() {
            isOk(app.get("/v1/any", "X-API-Key", secret(app, "gist")), "any");
            isOk(app.get("/v1/any", "X-API-Key", secret(app, "repo:status")), "any");
            isOk(app.get("/v1/any", "X-API-Key", secret(app, "repo")), "any");
            HttpResponse<String> denied = app.get("/v1/any", "X-API-Key", secret(app, "read:repo-7"));
            isDenied(denied, 403);
            assertThat(denied.headers().firstValue("WWW-Authenticate").orElseThrow())
                    .contains("scope=\"gist\"");
        }

        @Test
        void a_scope_is_required_for_the_segment_of_the_path() {
            String seven = secret(app, "read:repo-7");
            isOk(app.get("/v1/repos/7", "X-API-Key", seven), "repo 7");
            isDenied(app.get("/v1/repos/8", "X-API-Key", seven), 403);
            isDenied(app.get("/v1/repos/*", "X-API-Key", seven), 403);
            isOk(app.get("/v1/repos/8", "X-API-Key", secret(app, "read:repo-7", "read:repo-8")), "repo 8");
        }

        @Test
        void a_route_is_counted_by_each_of_its_policies() {
            String token = secret(app, "gist");
            for (int i = 0; i < 10; i++) {
                isOk(app.get("/v1/two", "X-API-Key", token), "two");
            }
            isDenied(app.get("/v1/two", "X-API-Key", token), 429);
            HttpResponse<String> read = app.get("/v1/any", "X-API-Key", token);
            assertThat(read.headers().firstValue("X-RateLimit-Remaining")).hasValue("189");
        }

        @Test
        void responses_vary_by_the_header_and_belong_to_one_client() {
            HttpResponse<String> known = app.get("/v1/shared", "X-API-Key", secret(app, "gist"));
            assertThat(known.headers().allValues("Vary")).contains("X-API-Key");
            // The headers of Spring Security yield to it.
            assertThat(known.headers().allValues("Cache-Control")).containsExactly("private");
            assertThat(app.get("/v1/any").headers().allValues("Cache-Control")).containsExactly("no-store");
        }
    }

    @Nested
    class Mvc extends Variant {
        @Override
        RunningApp start(String... more) {
            return RunningApp.start(MvcApplication.class, properties(RunningApp.WITHOUT_SECURITY, more));
        }

        @Test
        void the_management_api_issues_tokens_with_the_names_of_the_dialect() {
            String[] admin = {"X-Admin-Key", LearnerApi.ADMIN_KEY, "Content-Type", "application/json"};
            HttpResponse<String> issued =
                    app.send("POST", "/api/v1/orgs/123/api-tokens", "{\"name\":\"CI\",\"scopes\":[\"repo\"]}", admin);
            assertThat(issued.statusCode()).as(issued.body()).isEqualTo(200);
            assertThat(issued.body()).contains("\"scopes\":[\"repo\"]");
            String secret = issued.body().replaceAll("(?s).*\"token\":\"(sk_live_[^\"]+)\".*", "$1");
            isOk(app.get("/v1/any", "X-API-Key", secret), "any");
            HttpResponse<String> unknown =
                    app.send("POST", "/api/v1/orgs/123/api-tokens", "{\"name\":\"no\",\"scopes\":[\"admin\"]}", admin);
            isDenied(unknown, 422);
            assertThat(unknown.body()).contains("scopes");
        }
    }

    @Nested
    class MvcWithSpringSecurity extends Variant {
        @Override
        RunningApp start(String... more) {
            return RunningApp.start(SecuredMvcApplication.class, properties(new String[0], more));
        }

        @Test
        void authorities_are_the_scopes_and_those_that_they_imply() {
            isOk(app.get("/v1/status", "X-API-Key", secret(app, "repo")), "[SCOPE_repo, SCOPE_repo:status]");
            isDenied(app.get("/v1/status", "X-API-Key", secret(app, "gist")), 403);
        }

        @Test
        void users_with_passwords_share_the_scheme_of_tokens_in_one_chain() {
            isOk(app.get("/v1/shared", "Authorization", basic("user:password")), "shared user");
            String token = secret(app, "gist");
            HttpResponse<String> known = app.get("/v1/shared", "Authorization", basic(token + ":"));
            assertThat(known.statusCode()).as(known.body()).isEqualTo(200);
            assertThat(app.get("/v1/shared", "Authorization", basic("user:wrong"))
                            .statusCode())
                    .isEqualTo(401);
            isDenied(app.get("/v1/shared", "Authorization", basic(token + "x:")), 401);
            isDenied(app.get("/v1/shared", "Authorization", basic(token)), 401);
        }
    }

    @Nested
    class WebFlux extends Variant {
        @Override
        RunningApp start(String... more) {
            return RunningApp.startWebFlux(
                    WebFluxApplication.class, properties(new String[] {RunningApp.WEBFLUX_WITHOUT_SECURITY}, more));
        }
    }

    @Nested
    class WebFluxWithSpringSecurity extends Variant {
        @Override
        RunningApp start(String... more) {
            return RunningApp.startWebFlux(SecuredWebFluxApplication.class, properties(new String[0], more));
        }

        @Test
        void authorities_are_the_scopes_and_those_that_they_imply() {
            isOk(app.get("/v1/status", "X-API-Key", secret(app, "repo")), "[SCOPE_repo, SCOPE_repo:status]");
            isDenied(app.get("/v1/status", "X-API-Key", secret(app, "gist")), 403);
        }

        /** The credential is hidden, so Spring Security does not take it for a user name. */
        @Test
        void users_with_passwords_share_the_scheme_of_hidden_tokens() {
            isOk(app.get("/v1/shared", "Authorization", basic("user:password")), "shared user");
            HttpResponse<String> known = app.get("/v1/shared", "Authorization", basic(secret(app, "gist") + ":"));
            assertThat(known.statusCode()).as(known.body()).isEqualTo(200);
            assertThat(app.get("/v1/shared", "Authorization", basic("user:wrong"))
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    /** Not beside the applications of the variants: closing one application with Netty closes the connections of all. */
    @Nested
    class Transport {

        private void transportMustBeSecure(Variant variant) {
            try (RunningApp secure = variant.start(INSECURE, PROXY)) {
                String token = secret(secure, "gist");
                isOk(secure.get("/v1/any", "X-API-Key", token, "X-Forwarded-Proto", "https"), "any");
                for (String credential : List.of(token, "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1234", "x")) {
                    HttpResponse<String> denied = secure.get("/v1/any", "X-API-Key", credential);
                    isDenied(denied, 403);
                    assertThat(denied.headers().firstValue("WWW-Authenticate")).isEmpty();
                    assertThat(denied.headers().firstValue("X-RateLimit-Limit")).isEmpty();
                }
                isDenied(secure.get("/v1/any"), 403);
                isDenied(secure.get("/v1/any", "X-API-Key", token, "X-Forwarded-Proto", "http"), 403);
                isDenied(secure.get("/v1/shared", "X-API-Key", token), 403);
                Queue<ExposedToken> reported = secure.bean(Exposed.class).tokens;
                Awaitility.await().until(() -> reported.size() == 2);
            }
            try (RunningApp insecure = variant.start(INSECURE)) {
                isDenied(
                        insecure.get("/v1/any", "X-API-Key", secret(insecure, "gist"), "X-Forwarded-Proto", "https"),
                        403);
            }
        }

        @Test
        void a_transport_that_must_be_secure_is_that_of_the_proxy_with_the_filter() {
            transportMustBeSecure(new Mvc());
        }

        @Test
        void a_transport_that_must_be_secure_is_that_of_the_proxy_in_a_chain_of_Spring_Security() {
            transportMustBeSecure(new MvcWithSpringSecurity());
        }

        @Test
        void a_transport_that_must_be_secure_is_that_of_the_proxy_with_WebFlux() {
            transportMustBeSecure(new WebFlux());
        }

        @Test
        void a_transport_that_must_be_secure_is_that_of_the_proxy_with_WebFlux_and_Spring_Security() {
            transportMustBeSecure(new WebFluxWithSpringSecurity());
        }
    }

    static class Exposed implements AuthListener {
        final Queue<ExposedToken> tokens = new ConcurrentLinkedQueue<>();

        @Override
        public void exposed(ExposedToken token) {
            tokens.add(token);
        }
    }

    static class Common {
        @Bean
        Exposed exposed() {
            return new Exposed();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({MvcRoutes.class, LearnerApi.Administration.class})
    static class MvcApplication extends Common {
        @Bean
        Dialect dialect() {
            return DIALECT;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import(MvcRoutes.class)
    static class SecuredMvcApplication extends Common {
        @Bean
        Dialect dialect() {
            return DIALECT;
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("user").password("{noop}password").build());
        }

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .httpBasic(withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(WebFluxRoutes.class)
    static class WebFluxApplication extends Common {
        @Bean
        Dialect dialect() {
            return DIALECT;
        }

        /** Not one of the servers for servlets, which are on the class path of the tests, too. */
        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableReactiveMethodSecurity
    @Import(WebFluxRoutes.class)
    static class SecuredWebFluxApplication extends Common {
        @Bean
        Dialect dialect() {
            return DIALECT.toBuilder().hideCredentials().build();
        }

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
        SecurityWebFilterChain chain(ServerHttpSecurity http, ReactiveTokenDenials denials) {
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().authenticated())
                    .httpBasic(withDefaults())
                    .exceptionHandling(handling -> handling.accessDeniedHandler(denials))
                    .build();
        }
    }

    @RestController
    static class MvcRoutes {
        @GetMapping("/v1/any")
        String any() {
            return "any";
        }

        @GetMapping("/v1/two")
        String two() {
            return "two";
        }

        @GetMapping("/v1/repos/{id}")
        String repo(@PathVariable String id) {
            return "repo " + id;
        }

        @GetMapping("/v1/shared")
        String shared(HttpServletRequest request) {
            return "shared "
                    + (request.getUserPrincipal() == null
                            ? "nobody"
                            : request.getUserPrincipal().getName());
        }

        @GetMapping("/v1/status")
        @PreAuthorize("hasAuthority('SCOPE_repo:status')")
        String status(Authentication authentication) {
            return authentication.getAuthorities().stream()
                    .map(Object::toString)
                    .sorted()
                    .toList()
                    .toString();
        }
    }

    @RestController
    static class WebFluxRoutes {
        @GetMapping("/v1/any")
        String any() {
            return "any";
        }

        @GetMapping("/v1/two")
        String two() {
            return "two";
        }

        @GetMapping("/v1/repos/{id}")
        String repo(@PathVariable String id) {
            return "repo " + id;
        }

        @GetMapping("/v1/shared")
        Mono<String> shared(org.springframework.web.server.ServerWebExchange exchange) {
            ServerHttpRequest request = exchange.getRequest();
            return exchange.getPrincipal()
                    .map(java.security.Principal::getName)
                    .defaultIfEmpty("nobody")
                    .map(name -> "shared " + name);
        }

        @GetMapping("/v1/status")
        @PreAuthorize("hasAuthority('SCOPE_repo:status')")
        Mono<String> status(Authentication authentication) {
            return Mono.just(authentication.getAuthorities().stream()
                    .map(Object::toString)
                    .sorted()
                    .toList()
                    .toString());
        }
    }
}
