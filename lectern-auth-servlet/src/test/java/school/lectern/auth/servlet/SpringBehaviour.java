package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.servletapi.SecurityContextHolderAwareRequestFilter;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.filter.FormContentFilter;
import org.springframework.web.filter.HiddenHttpMethodFilter;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.AsyncSupportConfigurer;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/** Spring's own filters and its dispatcher servlet with the filter, in the order of the guide. */
abstract class SpringBehaviour extends Behaviour {

    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
    private static final String ORIGIN = "Origin: https://app.example";

    private String token;
    private LecternAuthFilter guard;
    private boolean checksHandlers;

    @BeforeEach
    void token() {
        token = bearer(issue("read:learners write:learners"));
        guard = new LecternAuthFilter(
                auth,
                RouteRules.builder()
                        .permitAll("*", "/open/**")
                        .guard("GET", "/v1/**", Requirement.scope("read:learners"))
                        .guard("POST", "/v1/learners/{id}", Requirement.scope("write:learners"))
                        .guard("DELETE", "/v1/learners/{id}", Requirement.scope("delete:learners"))
                        .build());
    }

    /** Serves with the registrations that Spring Boot makes for an application with the same beans. */
    private void serve(Filter... order) throws Exception {
        start(List.of(), application -> {
            Container.Application served = application.extended(context -> {
                for (int i = 0; i < order.length; i++) {
                    FilterRegistration.Dynamic filter = context.addFilter("f" + i, order[i]);
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(LecternAuthFilter.dispatches(), false, "/*");
                }
                dispatcher(context);
            });
            for (int status : List.of(404, 405, 406, 413, 418, 500, 503)) {
                served = served.errorPage(status, "/error");
            }
            return served;
        });
    }

    private void dispatcher(ServletContext context) {
        AnnotationConfigWebApplicationContext beans = new AnnotationConfigWebApplicationContext();
        beans.register(Web.class);
        beans.addBeanFactoryPostProcessor(factory -> {
            factory.registerSingleton("guard", guard);
            factory.registerSingleton("checks", (Supplier<Boolean>) () -> checksHandlers);
            factory.registerSingleton("api", new Api(reached));
        });
        ServletRegistration.Dynamic servlet = context.addServlet("spring", new DispatcherServlet(beans));
        servlet.setAsyncSupported(true);
        servlet.setLoadOnStartup(1);
        servlet.setMultipartConfig(new MultipartConfigElement("", 1_000_000, 1_000_000, 0));
        servlet.addMapping("/*");
    }

    @Configuration
    @EnableWebMvc
    static class Web implements WebMvcConfigurer {
        private final LecternAuthFilter guard;
        private final Supplier<Boolean> checks;

        Web(LecternAuthFilter guard, Supplier<Boolean> checks) {
            this.guard = guard;
            this.checks = checks;
        }

        @Override
        public void configureAsyncSupport(AsyncSupportConfigurer configurer) {
            configurer.setDefaultTimeout(50);
        }

        @Override
        public void addInterceptors(InterceptorRegistry registry) {
            registry.addInterceptor(new HandlerInterceptor() {
                @Override
                public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
                        throws IOException {
                    return !checks.get() || guard.permitsHandler(request, response);
                }
            });
        }
    }

    @RestController
    static class Api {
        private final List<String> reached;

        Api(List<String> reached) {
            this.reached = reached;
        }

        @GetMapping(value = "/open/json", produces = MediaType.APPLICATION_JSON_VALUE)
        String json() {
            return "{}";
        }

        @GetMapping("/open/throws")
        String fails() {
            throw new IllegalStateException("planned");
        }

        @GetMapping("/open/sends")
        void sends(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.sendError(Integer.parseInt(request.getHeader("Status")));
        }

        @GetMapping("/open/times-out")
        DeferredResult<String> timesOut() {
            return new DeferredResult<>();
        }

        @GetMapping("/open/breaks")
        Callable<String> breaks() {
            return () -> {
                throw new IllegalStateException("planned");
            };
        }

        @RequestMapping("/error")
        String error(HttpServletRequest request) {
            reached.add("error");
            return "page of " + request.getAttribute("jakarta.servlet.error.status_code");
        }

        @PostMapping("/v1/learners/{id}")
        String post() {
            reached.add("posted");
            return "posted";
        }

        @DeleteMapping("/v1/learners/{id}")
        String delete() {
            reached.add("deleted");
            return "deleted";
        }

        @GetMapping("/v1/authentication")
        String authentication(Authentication authentication, HttpServletRequest request) {
            return (authentication == null ? "nobody" : authentication.getName()) + " "
                    + LecternAuthFilter.findPrincipal(request).isPresent();
        }

        @GetMapping("/v1/ping")
        String ping() {
            return "pong";
        }

        @GetMapping("/v1/principal")
        String principal(Principal principal) {
            return principal == null ? "nobody" : principal.getName();
        }

        @GetMapping("/v1/async")
        Callable<String> async(HttpServletRequest request) {
            return () -> "async " + LecternAuthFilter.findPrincipal(request).isPresent();
        }
    }

    private static Filter cors() {
        CorsConfiguration configuration = new CorsConfiguration();
        configuration.addAllowedOrigin("https://app.example");
        configuration.addAllowedMethod("*");
        configuration.addAllowedHeader("*");
        UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
        source.registerCorsConfiguration("/**", configuration);
        return new CorsFilter(source);
    }

    /** Returns the filters in the order of the guide. */
    private Filter[] guideOrder(Filter... behind) {
        List<Filter> order = new ArrayList<>(List.of(
                new ServerHttpObservationFilter(ObservationRegistry.create()),
                cors(),
                new HiddenHttpMethodFilter(),
                new FormContentFilter(),
                guard));
        order.addAll(List.of(behind));
        return order.toArray(Filter[]::new);
    }

    @Test
    void preflight_passes_and_errors_can_be_read_across_origins() throws Exception {
        serve(guideOrder());
        Reply preflight = raw("OPTIONS /v1/learners/7", ORIGIN, "Access-Control-Request-Method: DELETE");
        assertThat(preflight.isOk().header("Access-Control-Allow-Origin")).isEqualTo("https://app.example");
        Reply unknown = raw("GET /v1/ping", ORIGIN).isUnauthorized(false);
        Reply denied = raw("DELETE /v1/learners/7", ORIGIN, token).isError(403, "insufficient_scope");
        Reply allowed = raw("GET /v1/ping", ORIGIN, token).isOk();
        assertThat(List.of(unknown, denied, allowed))
                .extracting(reply -> reply.header("Access-Control-Allow-Origin"))
                .containsOnly("https://app.example");
        assertThat(raw("OPTIONS /v1/learners/7", "Origin: https://evil.example", "Access-Control-Request-Method: GET")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void overridden_method_is_the_one_that_is_judged() throws Exception {
        serve(guideOrder());
        rawWithBody("POST /v1/learners/7", "_method=DELETE", FORM, token).isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        rawWithBody("POST /v1/learners/7", "a=b", FORM, token).isOk();
        rawWithBody("POST /v1/learners/7", "_method=delete", FORM, bearer(issue("delete:learners")))
                .isOk();
        assertThat(reached).containsExactly("posted", "deleted");
    }

    @ParameterizedTest
    @CsvSource({"/throws,500", "/sends,404", "/sends,418", "/times-out,503", "/breaks,500", "/nothing,404", "/json,406"
    })
    void open_route_shows_the_error_page(String path, int status) throws Exception {
        serve(guideOrder());
        for (String credential : List.of("Other: none", token)) {
            Reply reply = get("/open" + path, credential, "Status: " + status, "Accept: text/plain");
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.body()).isEqualTo("page of " + status);
        }
        get("/error").isUnauthorized(false);
        get("/error", token).isError(404, "not_found");
        assertThat(rows("123", true))
                .allSatisfy(row -> assertThat(row.endpoint()).isEqualTo("/error"));
    }

    /** The hidden method is read from the form, so the form is parsed before the token is checked. */
    @Test
    void multipart_form_that_is_too_large_is_refused_before_its_token_is_looked_at() throws Exception {
        serve(guideOrder());
        String body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
                + "x".repeat(3_000_000) + "\r\n--b--\r\n";
        Reply reply = send(
                "POST",
                "/v1/learners/7",
                BodyPublishers.ofString(body),
                "Content-Type: multipart/form-data; boundary=b");
        assertThat(reply.status()).isGreaterThanOrEqualTo(400);
        assertThat(reached).isEmpty();
    }

    /** Here the form is not parsed, so the filter is the first to respond. */
    @Test
    void multipart_form_without_a_token_is_unauthorized_where_the_filter_comes_first() throws Exception {
        serve(guard, cors(), new FormContentFilter());
        // Sends only the beginning of a 3 MB body, so that the connection is not closed while the client still sends.
        rawBrokenOff(
                        "POST /v1/learners/7",
                        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nxxx",
                        "Content-Length: 3000000",
                        "Content-Type: multipart/form-data; boundary=b")
                .isUnauthorized(false);
        assertThat(reached).isEmpty();
    }

    /** Sets an authentication, as Spring Security's chain does, and wraps the request. */
    private static Filter security(String user) throws Exception {
        SecurityContextHolderAwareRequestFilter wrapping = new SecurityContextHolderAwareRequestFilter();
        wrapping.afterPropertiesSet();
        return (request, response, chain) -> {
            if (!user.isEmpty()) {
                SecurityContextHolder.getContext()
                        .setAuthentication(new TestingAuthenticationToken(user, "", "ROLE_USER"));
            }
            try {
                wrapping.doFilter(request, response, chain);
            } finally {
                SecurityContextHolder.clearContext();
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ada"})
    void token_is_found_before_and_inside_spring_securitys_chain(String user) throws Exception {
        serve(guideOrder(security(user)));
        authenticationIs(user);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ada"})
    void token_is_found_where_the_filter_is_inside_spring_securitys_chain(String user) throws Exception {
        serve(security(user), guard);
        authenticationIs(user);
    }

    private void authenticationIs(String user) {
        String name = user.isEmpty() ? "nobody" : user;
        assertThat(get("/v1/authentication", token).isOk().body()).isEqualTo(name + " true");
        assertThat(get("/v1/principal", token).isOk().body()).isEqualTo(name);
        assertThat(get("/v1/async", token).isOk().body()).isEqualTo("async true");
    }

    @Test
    void interceptor_judges_a_method_that_changed_behind_the_filter() throws Exception {
        checksHandlers = true;
        HiddenHttpMethodFilter renamed = new HiddenHttpMethodFilter();
        renamed.setMethodParam("verb");
        // Behind another filter, so that its type is not visible when the application starts.
        Filter hidden = (request, response, chain) -> renamed.doFilter(request, response, chain);
        serve(guard, hidden);
        rawWithBody("POST /v1/learners/7", "verb=DELETE", FORM, token).isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        rawWithBody("POST /v1/learners/7", "a=b", FORM, token).isOk();
        assertThat(get("/open/throws").body()).isEqualTo("page of 500");
        assertThat(get("/v1/async", token).isOk().body()).isEqualTo("async true");
        assertThat(reached).containsExactly("posted", "error");
    }
}
