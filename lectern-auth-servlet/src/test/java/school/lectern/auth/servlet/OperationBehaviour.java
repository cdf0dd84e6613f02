package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/** The operation that is checked is the operation that runs, whatever changes the method or the path in between. */
abstract class OperationBehaviour extends Behaviour {

    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";

    private String writer;
    private String deleter;

    @BeforeEach
    void handlers() {
        writer = bearer(issue("write:learners"));
        deleter = bearer(issue("write:learners delete:learners"));
        handle("/v1/learners/*", (request, response) -> {
            reached.add(request.getMethod() + " " + request.getPathInfo());
            response.getOutputStream().print(request.getMethod());
        });
        handle("/forms/*", (request, response) -> {
            reached.add("form " + request.getParameter("_method"));
            response.getOutputStream().print("form");
        });
    }

    private static RouteRules rules() {
        return RouteRules.builder()
                .guard("POST", "/v1/learners/{id}", Requirement.scope("write:learners"))
                .guard("DELETE", "/v1/learners/{id}", Requirement.scope("delete:learners"))
                .permitAll("POST", "/forms/open")
                .guard("DELETE", "/forms/open", Requirement.scope("delete:learners"))
                .permitAll("*", "/forms/any")
                .permitAll("*", "/public/**")
                .build();
    }

    /** Overrides the method by a value from the request, as filters of frameworks do. */
    private static Filter overriding(Reading reading) {
        return (request, response, chain) -> {
            HttpServletRequest http = (HttpServletRequest) request;
            String method = http.getMethod().equals("POST") ? reading.read(http) : null;
            chain.doFilter(method == null ? http : new WithMethod(http, method.toUpperCase()), response);
        };
    }

    private interface Reading {
        String read(HttpServletRequest request);
    }

    private static final class WithMethod extends HttpServletRequestWrapper {
        private final String method;

        WithMethod(HttpServletRequest request, String method) {
            super(request);
            this.method = method;
        }

        @Override
        public String getMethod() {
            return method;
        }
    }

    private static Filter filterReading(String how) {
        return overriding(
                switch (how) {
                    case "parameter" -> request -> request.getParameter("_method");
                    case "values" -> request -> first(request.getParameterValues("_method"));
                    case "map" -> request -> first(request.getParameterMap().get("_method"));
                    case "header" -> request -> request.getHeader("X-HTTP-Method-Override");
                    case "headers" ->
                        request -> {
                            var values = request.getHeaders("x-http-method-override");
                            return values.hasMoreElements() ? values.nextElement() : null;
                        };
                    default -> request -> request.getHeader("X-Custom");
                });
    }

    private static String first(String[] values) {
        return values == null ? null : values[0];
    }

    private Reply post(String path, String token, String method) {
        return send(
                "POST",
                path,
                BodyPublishers.ofString("_method=" + method),
                token,
                FORM,
                "X-HTTP-Method-Override: " + method,
                "X-Custom: " + method);
    }

    @ParameterizedTest
    @ValueSource(strings = {"parameter", "values", "map", "header", "headers"})
    void method_that_is_overridden_behind_the_filter_is_judged(String how) throws Exception {
        start(List.of(new LecternAuthFilter(auth, rules()), filterReading(how)), UnaryOperator.identity());
        post("/v1/learners/7", writer, "DELETE").isError(403, "insufficient_scope");
        post("/v1/learners/7", writer, "delete").isError(403, "insufficient_scope");
        post("/v1/learners/7", writer, "PATCH").isError(405, "method_not_allowed");
        assertThat(reached).isEmpty();
        post("/v1/learners/7", deleter, "DELETE").isOk();
        post("/v1/learners/7", writer, "POST").isOk();
        assertThat(reached).containsExactly("DELETE /7", "POST /7");
        assertThat(rows("123", true)).extracting(AuditEvent::method).contains("POST", "DELETE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"parameter", "values", "map", "header", "headers", "custom"})
    void method_that_is_overridden_before_the_filter_is_the_one_that_is_judged(String how) throws Exception {
        start(List.of(filterReading(how), new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        post("/v1/learners/7", writer, "DELETE").isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        post("/v1/learners/7", deleter, "DELETE").isOk();
        assertThat(reached).containsExactly("DELETE /7");
        assertThat(onlyPassed()).containsExactly("DELETE");
    }

    /** Reads and writes have separate limits, and each audit row has the method that ran. */
    @Test
    void method_that_needs_the_same_token_is_a_decision_of_its_own() throws Exception {
        RouteRules anyMethod = RouteRules.builder()
                .guard("*", "/v1/**", Requirement.scope("write:learners"))
                .build();
        start(List.of(new LecternAuthFilter(auth, anyMethod), filterReading("header")), UnaryOperator.identity());
        post("/v1/learners/7", writer, "GET").isOk();
        assertThat(reached).containsExactly("GET /7");
        assertThat(onlyPassed()).containsExactlyInAnyOrder("POST", "GET");
    }

    private List<String> onlyPassed() {
        return rows("123", true).stream()
                .filter(row -> row.outcome().equals("allowed"))
                .map(AuditEvent::method)
                .toList();
    }

    @Test
    void handler_that_reads_an_override_itself_is_judged_by_it() throws Exception {
        start(List.of(new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        post("/forms/open", "Other: none", "DELETE").isUnauthorized(false);
        post("/forms/open", writer, "DELETE").isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        post("/forms/open", deleter, "DELETE").isOk();
        post("/forms/any", "Other: none", "DELETE").isOk();
        post("/forms/any", "Other: none", "no method").isOk();
        assertThat(reached).containsExactly("form DELETE", "form DELETE", "form no method");
    }

    /** At the end of the chain, as LecternAuthFilter.register maps it, or where a framework has chosen a handler. */
    private static Filter check(LecternAuthFilter filter) {
        return (ServletRequest request, ServletResponse response, FilterChain chain) -> {
            if (filter.permitsHandler((HttpServletRequest) request, (HttpServletResponse) response)) {
                chain.doFilter(request, response);
            }
        };
    }

    @Test
    void check_at_the_handler_decides_about_an_unforeseeable_method() throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules());
        start(List.of(filter, filterReading("custom"), check(filter)), UnaryOperator.identity());
        post("/v1/learners/7", writer, "DELETE").isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        post("/v1/learners/7", deleter, "DELETE").isOk();
        Reply reply =
                post("/v1/learners/7", bearer(issue("write:learners")), "POST").isOk();
        assertThat(reply.hasLimits(60, 59, RESET).body()).isEqualTo("POST");
        assertThat(reached).containsExactly("DELETE /7", "POST /7");
    }

    /**
     * Returns the request with one part of its path replaced. Containers choose servlets by the original path, frameworks may
     * choose handlers by any of these parts.
     */
    private static HttpServletRequest rewritten(HttpServletRequest request, String what, String path) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public String getRequestURI() {
                return what.contains("uri") ? path : super.getRequestURI();
            }

            @Override
            public String getServletPath() {
                return what.contains("path") ? path : super.getServletPath();
            }

            @Override
            public String getPathInfo() {
                return what.contains("path") ? null : super.getPathInfo();
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"uri", "path", "uri and path"})
    void check_at_the_handler_judges_a_path_that_was_rewritten(String what) throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules());
        Filter rewriting = (request, response, chain) ->
                chain.doFilter(rewritten((HttpServletRequest) request, what, "/v1/learners/7"), response);
        handle("/public/*", says("public"));
        start(List.of(filter, rewriting, check(filter)), UnaryOperator.identity());
        call("DELETE", "/public/x").isUnauthorized(false);
        assertThat(call("DELETE", "/public/x", writer).status()).isIn(403, 404);
        assertThat(reached).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"uri", "path"})
    void path_that_a_wrapper_before_the_filter_changed_in_part_can_be_read_in_two_ways(String what) throws Exception {
        Filter rewriting = (request, response, chain) ->
                chain.doFilter(rewritten((HttpServletRequest) request, what, "/public/x"), response);
        start(List.of(rewriting, new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        call("DELETE", "/v1/learners/7").isUnauthorized(false);
        call("DELETE", "/v1/learners/7", writer).isError(404, "not_found");
        assertThat(reached).isEmpty();
    }

    @Test
    void path_that_a_wrapper_before_the_filter_changed_as_a_whole_is_the_one_that_is_judged() throws Exception {
        Filter rewriting = (request, response, chain) ->
                chain.doFilter(rewritten((HttpServletRequest) request, "uri path", "/public/x"), response);
        start(List.of(rewriting, new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        call("DELETE", "/v1/learners/7").isOk();
    }

    @Test
    void check_at_the_handler_refuses_what_never_came_through_the_filter() throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules());
        start(List.of(check(filter)), UnaryOperator.identity());
        post("/v1/learners/7", deleter, "POST").isError(500, "internal_error");
        assertThat(reached).isEmpty();
        assertThat(log.text()).contains("without passing LecternAuthFilter");
    }

    @Test
    void check_at_the_handler_lets_pass_what_the_filter_did() throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules());
        handle("/public/*", says("public"));
        handle(
                "/public/to",
                (request, response) ->
                        request.getRequestDispatcher("/v1/learners/7").forward(request, response));
        start(List.of(filter, check(filter)), UnaryOperator.identity());
        get("/public/x").isOk();
        call("POST", "/public/to").isUnauthorized(false);
        call("POST", "/public/to", writer).isOk().hasLimits(60, 59, RESET);
        assertThat(reached).containsExactly("public", "POST /7");
    }

    /**
     * In every container, filters with URL patterns do not apply to it: it runs with the path and the decision of the request.
     */
    @Test
    void named_dispatch_runs_with_the_decision_for_the_original_path() throws Exception {
        handle("/public/named", (request, response) -> {
            RequestDispatcher learners = request.getServletContext().getNamedDispatcher("/v1/learners/*");
            learners.forward(request, response);
        });
        start(List.of(new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        call("DELETE", "/public/named").isOk();
        assertThat(reached).hasSize(1);
    }

    @Test
    void opening_a_directory_opens_its_welcome_page_and_nothing_else(@TempDir Path files) throws Exception {
        Files.writeString(files.resolve("index.html"), "welcome");
        Files.writeString(files.resolve("other.html"), "other");
        Files.createDirectory(files.resolve("docs"));
        Files.writeString(files.resolve("docs").resolve("index.html"), "docs");
        start(
                List.of(new LecternAuthFilter(
                        auth,
                        RouteRules.builder()
                                .permitAll("GET", "/")
                                .guard("GET", "/docs/", Requirement.scope("write:learners"))
                                .build())),
                application -> application.withFiles(files));
        assertThat(get("/").isOk().body()).isEqualTo("welcome");
        get("/index.html").isUnauthorized(false);
        get("/other.html").isUnauthorized(false);
        get("/docs/").isUnauthorized(false);
        assertThat(get("/docs/", writer).isOk().body()).isEqualTo("docs");
        get("/docs/", bearer(issue("read:learners"))).isError(403, "insufficient_scope");
    }

    /** As in Spring Boot. */
    @Test
    void forward_to_the_index_of_an_open_directory_passes_and_no_other() throws Exception {
        handle(
                "",
                (request, response) -> request.getRequestDispatcher(
                                request.getHeader("To") == null ? "/index.html" : request.getHeader("To"))
                        .forward(request, response));
        handle("/index.html", says("index"));
        handle("/secret", says("secret"));
        handle("/indexes/index.html", says("other index"));
        start(
                List.of(new LecternAuthFilter(
                        auth, RouteRules.builder().permitAll("GET", "/").build())),
                UnaryOperator.identity());
        assertThat(get("/").isOk().body()).isEqualTo("index");
        get("/", "To: /secret").isUnauthorized(false);
        get("/", "To: /indexes/index.html").isUnauthorized(false);
        get("/index.html").isUnauthorized(false);
        assertThat(reached).containsExactly("index");
    }
}
