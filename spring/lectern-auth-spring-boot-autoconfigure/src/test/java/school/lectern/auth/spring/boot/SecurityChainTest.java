package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.security.config.Customizer.withDefaults;
import static school.lectern.auth.spring.security.LecternAuthConfigurer.lecternAuth;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authentication.event.AbstractAuthenticationEvent;
import org.springframework.security.authentication.event.AuthenticationFailureBadCredentialsEvent;
import org.springframework.security.authentication.event.AuthenticationSuccessEvent;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.ContentCachingResponseWrapper;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spring.security.LecternAuthenticationToken;
import school.lectern.auth.spring.web.RequiresScope;

/**
 * A chain of the application authenticates API tokens beside a form login, and Spring Security may deny more than the rules.
 */
@TestInstance(Lifecycle.PER_CLASS)
class SecurityChainTest {

    private RunningApp app;

    @BeforeAll
    void start() {
        app = RunningApp.start(
                Application.class,
                "lectern.auth.routes[0].path=/v1/me",
                "lectern.auth.routes[0].scope=read:learners",
                "lectern.auth.routes[1].path=/v1/later",
                "lectern.auth.routes[2].path=/v1/admin",
                "lectern.auth.routes[3].path=/v1/change",
                "lectern.auth.routes[4].path=/v1/denied",
                "lectern.auth.routes[5].path=/v1/service",
                "lectern.auth.routes[6].path=/v1/broken",
                "lectern.auth.audit.mode=buffered");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    @Test
    void handlers_get_the_token_as_principal_and_as_authentication() {
        HttpResponse<String> response = app.get("/v1/me", "Authorization", app.token("read:learners"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("123 [SCOPE_read:learners] true true");
    }

    @Test
    void the_security_context_reaches_asynchronous_work() {
        HttpResponse<String> response = app.get("/v1/later", "Authorization", app.token("read:learners"));
        assertThat(response.body()).isEqualTo("LecternAuthenticationToken");
    }

    @Test
    void a_denial_of_spring_security_is_answered_as_a_missing_scope_in_the_dialect() {
        HttpResponse<String> response = app.get("/v1/admin", "Authorization", app.token("read:learners"));
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).contains("insufficient_scope");
        assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
        HttpResponse<String> withoutScope = app.get("/v1/denied", "Authorization", app.token("read:learners"));
        assertThat(withoutScope.statusCode()).isEqualTo(403);
        assertThat(withoutScope.body()).contains("\"error\"");
    }

    @Test
    void a_service_needs_the_scope_of_its_annotation_whoever_calls_it() {
        HttpResponse<String> denied = app.get("/v1/service", "Authorization", app.token("read:learners"));
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(denied.body()).contains("insufficient_scope");
        assertThat(app.get("/v1/service", "Authorization", app.token("delete:learners"))
                        .body())
                .isEqualTo("deleted all");
        assertThatThrownBy(() -> app.bean(Service.class).deleteAll())
                .isInstanceOf(AuthenticationCredentialsNotFoundException.class);
        assertThat(app.bean(Service.class).harmless()).isEqualTo("harmless");
    }

    @Test
    void the_audit_row_has_the_status_that_a_filter_around_spring_security_answers() {
        HttpResponse<String> response =
                app.get("/v1/me", "Authorization", app.token("read:learners"), "Answer-With", "202");
        assertThat(response.statusCode()).isEqualTo(202);
        String requestId = response.headers().firstValue("X-Request-Id").orElseThrow();
        Awaitility.await()
                .untilAsserted(() -> assertThat(rows(requestId))
                        .singleElement()
                        .satisfies(row -> assertThat(row.status()).isEqualTo(202)));
    }

    @Test
    void the_audit_row_has_the_status_and_the_reason_of_a_denial_by_spring_security() {
        HttpResponse<String> response = app.get("/v1/admin", "Authorization", app.token("read:learners"));
        String requestId = response.headers().firstValue("X-Request-Id").orElseThrow();
        Awaitility.await()
                .untilAsserted(() -> assertThat(rows(requestId)).singleElement().satisfies(row -> {
                    assertThat(row.status()).isEqualTo(403);
                    assertThat(row.outcome()).isEqualTo("denied:FORBIDDEN");
                }));
    }

    @Test
    void the_audit_row_of_a_handler_that_throws_has_the_status_that_was_answered() {
        HttpResponse<String> response = app.get("/v1/broken", "Authorization", app.token("read:learners"));
        assertThat(response.statusCode()).isEqualTo(500);
        String requestId = response.headers().firstValue("X-Request-Id").orElseThrow();
        Awaitility.await()
                .untilAsserted(() -> assertThat(rows(requestId))
                        .singleElement()
                        .satisfies(row -> assertThat(row.status()).isEqualTo(500)));
    }

    private List<AuditEvent> rows(String requestId) {
        return app.bean(LecternAuth.class).audit().read("123", null, null, CursorPage.START, 1000).items().stream()
                .filter(row -> requestId.equals(row.requestId()))
                .toList();
    }

    @Test
    void a_request_with_a_token_needs_no_csrf_token_and_another_one_does() {
        assertThat(app.send("POST", "/v1/change", "", "Authorization", app.token("write:learners"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(app.send("POST", "/v1/change", "").statusCode()).isEqualTo(403);
    }

    @Test
    void the_form_login_answers_browsers_and_a_guarded_route_answers_in_the_dialect() {
        HttpResponse<String> page = app.get("/dashboard", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(302);
        assertThat(page.headers().firstValue("Location").orElseThrow()).endsWith("/login");
        assertThat(app.get("/login", "Accept", "text/html").statusCode()).isEqualTo(200);
        HttpResponse<String> api = app.get("/v1/me", "Accept", "text/html");
        assertThat(api.statusCode()).isEqualTo(401);
        assertThat(api.body()).contains("\"error\"");
    }

    @Test
    void a_path_without_a_rule_is_left_to_spring_security_with_the_token_as_principal() {
        assertThat(app.get("/dashboard", "Authorization", app.token("read:learners"))
                        .body())
                .isEqualTo("dashboard of LecternAuthenticationToken");
        assertThat(app.get("/dashboard", "Authorization", "Bearer sk_live_lectern_" + "x".repeat(43))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void no_session_is_created_for_a_token() {
        HttpResponse<String> response = app.get("/v1/me", "Authorization", app.token("read:learners"));
        assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void authentications_are_published_as_events() {
        Events events = app.bean(Events.class);
        events.seen.clear();
        app.get("/v1/me", "Authorization", app.token("read:learners"));
        app.get("/v1/me", "Authorization", "Bearer nonsense");
        app.get("/v1/me");
        assertThat(events.seen)
                .hasExactlyElementsOfTypes(
                        AuthenticationSuccessEvent.class, AuthenticationFailureBadCredentialsEvent.class);
    }

    @Test
    void the_chain_of_the_guide_guards_and_leaves_pages_to_the_login() {
        try (RunningApp guide = RunningApp.start(
                GuideApplication.class,
                "lectern.auth.routes[0].path=/v1/me",
                "lectern.auth.routes[0].scope=read:learners")) {
            assertThat(guide.get("/v1/me", "Authorization", guide.token("read:learners"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(guide.get("/v1/me").statusCode()).isEqualTo(401);
            assertThat(guide.get("/dashboard", "Accept", "text/html").statusCode())
                    .isEqualTo(302);
        }
    }

    @Test
    void the_management_api_works_in_a_chain_that_permits_its_paths() {
        try (RunningApp managed = RunningApp.start(
                ManagedApplication.class,
                "lectern.auth.routes[0].path=/api/**",
                "lectern.auth.routes[1].path=/v1/me",
                "lectern.auth.routes[1].scope=read:learners")) {
            String[] admin = {"X-Admin-Key", LearnerApi.ADMIN_KEY, "Content-Type", "application/json"};
            HttpResponse<String> issued = managed.send(
                    "POST", "/api/v1/orgs/123/api-tokens", "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}", admin);
            assertThat(issued.statusCode()).as(issued.body()).isEqualTo(200);
            String secret = issued.body().replaceAll("(?s).*\"token\":\"(sk_live_[^\"]+)\".*", "$1");
            assertThat(managed.get("/v1/me", "Authorization", "Bearer " + secret)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(managed.get("/api/v1/orgs/123/api-tokens").statusCode()).isEqualTo(401);
            assertThat(managed.get("/api/v1/other").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void an_application_whose_chains_do_not_use_the_library_does_not_start() {
        assertThatThrownBy(() -> RunningApp.start(Forgotten.class).close())
                .hasStackTraceContaining("No SecurityFilterChain of the application applies lectern-auth");
    }

    @Test
    void a_guarded_handler_outside_the_chains_with_the_library_is_closed() {
        try (RunningApp narrow = RunningApp.start(
                NarrowApplication.class,
                "lectern.auth.routes[0].path=/v2/ruled",
                "lectern.auth.routes[1].path=/v1/me")) {
            assertThat(narrow.get("/v1/me", "Authorization", narrow.token("read:learners"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(narrow.get("/v2/annotated").statusCode()).isEqualTo(500);
            assertThat(narrow.get("/v2/ruled").statusCode()).isEqualTo(500);
            assertThat(narrow.get("/v2/open").body()).isEqualTo("open");
        }
    }

    static class Events {
        private final Queue<AbstractAuthenticationEvent> seen = new ConcurrentLinkedQueue<>();

        @EventListener
        void on(AbstractAuthenticationEvent event) {
            seen.add(event);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableMethodSecurity
    @Import({Routes.class, ServiceRoutes.class, Service.class})
    static class Application {

        /** Changes the status of a response when everything behind it has returned. */
        @Bean
        FilterRegistrationBean<Filter> statusChanger() {
            FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>((request, response, chain) -> {
                String other = ((HttpServletRequest) request).getHeader("Answer-With");
                if (other == null) {
                    chain.doFilter(request, response);
                    return;
                }
                ContentCachingResponseWrapper delayed =
                        new ContentCachingResponseWrapper((HttpServletResponse) response);
                chain.doFilter(request, delayed);
                delayed.setStatus(Integer.parseInt(other));
                delayed.copyBodyToResponse();
            });
            registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return registration;
        }

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                            .permitAll()
                            .requestMatchers("/v1/denied")
                            .denyAll()
                            .anyRequest()
                            .authenticated())
                    .formLogin(withDefaults())
                    .build();
        }

        @Bean
        Events events() {
            return new Events();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({GuideExamples.Chain.class, Routes.class})
    static class GuideApplication {}

    /** Its callers are programs with a key, so no browser could be misled to call it. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Routes.class)
    static class ManagedApplication extends LearnerApi.Administration {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.with(lecternAuth(), withDefaults())
                    .csrf(csrf -> csrf.ignoringRequestMatchers("/api/v1/orgs/**"))
                    .authorizeHttpRequests(requests -> requests.requestMatchers("/api/v1/orgs/**")
                            .permitAll()
                            .anyRequest()
                            .authenticated())
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Routes.class, SecondVersion.class})
    static class NarrowApplication {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.securityMatcher("/v1/**")
                    .with(lecternAuth(), withDefaults())
                    .build();
        }
    }

    @RestController
    static class SecondVersion {

        @GetMapping("/v2/annotated")
        @RequiresScope("write:learners")
        String annotated() {
            return "must not be reached";
        }

        @GetMapping("/v2/ruled")
        String ruled() {
            return "must not be reached";
        }

        @GetMapping("/v2/open")
        String open() {
            return "open";
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Forgotten {

        @Bean
        SecurityFilterChain chain(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .build();
        }
    }

    @RestController
    static class Routes {

        @GetMapping("/v1/me")
        String me(
                @AuthenticationPrincipal TokenPrincipal caller,
                Authentication authentication,
                HttpServletRequest request) {
            return caller.tenantId() + " " + authentication.getAuthorities() + " "
                    + (authentication.getCredentials() == null) + " "
                    + new RequestAttributeSecurityContextRepository().containsContext(request);
        }

        @GetMapping("/v1/later")
        Callable<String> later() {
            return () -> type(SecurityContextHolder.getContext().getAuthentication());
        }

        @GetMapping("/v1/admin")
        @PreAuthorize("hasAuthority('SCOPE_write:learners')")
        String admin() {
            return "must not be reached";
        }

        @GetMapping("/v1/denied")
        String denied() {
            return "must not be reached";
        }

        @GetMapping("/v1/broken")
        String broken() {
            throw new IllegalStateException("planted");
        }

        @PostMapping("/v1/change")
        String change() {
            return "changed";
        }

        @GetMapping("/dashboard")
        String dashboard(Authentication authentication) {
            return "dashboard of " + type(authentication);
        }

        private static String type(Authentication authentication) {
            return authentication instanceof LecternAuthenticationToken ? "LecternAuthenticationToken" : "another";
        }
    }

    static class Service {

        @RequiresScope("delete:learners")
        String deleteAll() {
            return "deleted all";
        }

        String harmless() {
            return "harmless";
        }
    }

    @RestController
    static class ServiceRoutes {

        private final Service service;

        ServiceRoutes(Service service) {
            this.service = service;
        }

        @GetMapping("/v1/service")
        String service() {
            return service.deleteAll();
        }
    }
}
