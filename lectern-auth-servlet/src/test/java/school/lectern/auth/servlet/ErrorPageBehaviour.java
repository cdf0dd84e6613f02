package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;

/** The application's error page, as in Spring Boot: at {@code /error}, with no rule of its own. */
abstract class ErrorPageBehaviour extends Behaviour {

    private static final List<Integer> STATUSES = List.of(400, 403, 404, 406, 413, 418, 500, 503);

    private String token;

    @BeforeEach
    void handlers() {
        token = bearer(issue("read:learners"));
        for (String under : List.of("/open", "/api")) {
            handle(under + "/throws", (request, response) -> {
                throw new IllegalStateException("planned");
            });
            handle(
                    under + "/sends",
                    (request, response) -> response.sendError(Integer.parseInt(request.getHeader("Status"))));
            handle(under + "/times-out", (request, response) -> {
                AsyncContext async = request.startAsync();
                async.setTimeout(50);
                async.addListener(new Answering(503));
            });
            handle(under + "/breaks", (request, response) -> {
                AsyncContext async = request.startAsync();
                async.addListener(new Answering(500));
                async.start(() -> {
                    ((HttpServletResponse) async.getResponse()).setStatus(500);
                    sendError(async, 500);
                    async.complete();
                });
            });
        }
        handle("/error", (request, response) -> {
            reached.add("error as "
                    + LecternAuthFilter.findPrincipal(request)
                            .map(TokenPrincipal::getName)
                            .isPresent());
            response.getOutputStream().print("page of " + request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE));
        });
        handle(
                "/error/forwarding",
                (request, response) ->
                        request.getRequestDispatcher("/views/error").forward(request, response));
        handle("/views/error", says("view"));
    }

    /** Ends asynchronous work at its timeout. */
    private record Answering(int status) implements AsyncListener {
        @Override
        public void onTimeout(AsyncEvent event) {
            sendError(event.getAsyncContext(), status);
            event.getAsyncContext().complete();
        }

        @Override
        public void onComplete(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    private static void sendError(AsyncContext async, int status) {
        try {
            ((HttpServletResponse) async.getResponse()).sendError(status);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private void start(RouteRules.Builder rules, String page) throws Exception {
        start(List.of(new LecternAuthFilter(auth, rules.build())), application -> {
            Container.Application served = application;
            for (int status : STATUSES) {
                served = served.errorPage(status, page);
            }
            return served;
        });
    }

    private static RouteRules.Builder rules() {
        return RouteRules.builder().permitAll("*", "/open/**").guard("*", "/api/**", Requirement.anyToken());
    }

    @ParameterizedTest
    @CsvSource({
        "/throws,500",
        "/sends,404",
        "/sends,418",
        "/sends,406",
        "/sends,413",
        "/sends,503",
        "/times-out,503",
        "/breaks,500",
        "/nothing,404"
    })
    void open_route_shows_the_applications_error_page(String path, int status) throws Exception {
        start(rules(), "/error");
        for (String credential : List.of("Other: none", "Authorization: Bearer nonsense", token)) {
            Reply reply = get("/open" + path, credential, "Status: " + status);
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.body()).isEqualTo("page of " + status);
            assertThat(reply.headers()).doesNotContainKey("www-authenticate");
        }
        assertThat(reached).hasSize(3).containsOnly("error as false");
        assertThat(rows("123", true)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"/throws,500", "/sends,404", "/sends,418", "/sends,403", "/times-out,503", "/breaks,500", "/nothing,404"
    })
    void admitted_request_shows_it_too_and_has_one_row_with_the_clients_status(String path, int status)
            throws Exception {
        start(rules(), "/error");
        Reply reply = get("/api" + path, token, "Status: " + status);
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).isEqualTo("page of " + status);
        reply.hasLimits(200, 199, RESET);
        assertThat(onlyCall().status()).isEqualTo(status);
        assertThat(reached).containsExactly("error as true");
    }

    @Test
    void rule_for_every_path_guards_the_page_against_direct_requests_alone() throws Exception {
        start(
                RouteRules.builder().permitAll("*", "/open/**").guard("*", "/**", Requirement.scope("admin:tenant")),
                "/error");
        assertThat(get("/open/throws").body()).isEqualTo("page of 500");
        get("/error").isUnauthorized(false);
        get("/error", token).isError(403, "insufficient_scope");
        assertThat(reached).containsExactly("error as false");
    }

    @Test
    void page_is_guarded_where_it_is_requested() throws Exception {
        start(rules(), "/error");
        get("/error").isUnauthorized(false);
        get("/error", token).isError(404, "not_found");
        assertThat(reached).isEmpty();
    }

    @Test
    void page_may_forward_to_its_view() throws Exception {
        start(rules(), "/error/forwarding");
        Reply reply = get("/open/throws");
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.body()).isEqualTo("view");
        get("/views/error").isUnauthorized(false);
    }

    @Test
    void request_that_the_filter_refused_or_never_saw_gets_no_page() throws Exception {
        Filter refusing = (request, response, chain) -> {
            if (((HttpServletRequest) request).getHeader("Early") != null
                    && request.getDispatcherType() == DispatcherType.REQUEST) {
                ((HttpServletResponse) response).sendError(400);
                return;
            }
            chain.doFilter(request, response);
            if (((HttpServletRequest) request).getHeader("Late") != null
                    && request.getDispatcherType() == DispatcherType.REQUEST) {
                ((HttpServletResponse) response).sendError(500);
            }
        };
        start(
                List.of(refusing, new LecternAuthFilter(auth, rules().build())),
                application -> application.errorPage(400, "/error").errorPage(500, "/error"));
        get("/open/throws", "Early: 1").isUnauthorized(false);
        get("/api/throws", "Late: 1").isUnauthorized(false);
        assertThat(reached).isEmpty();
        get("/open/throws", "Late: 1");
        assertThat(reached).containsExactly("error as false");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 503})
    void status_that_the_page_sets_is_the_one_of_the_row(int status) throws Exception {
        handle("/changing", (request, response) -> response.setStatus(status));
        start(rules(), "/changing");
        assertThat(get("/api/sends", token, "Status: 500").status()).isEqualTo(status);
        assertThat(onlyCall().status()).isEqualTo(status);
    }

    @Test
    void page_that_a_rule_for_it_alone_guards_is_judged_and_the_row_has_what_the_client_got() throws Exception {
        start(rules().guard("*", "/error", Requirement.scope("admin:tenant")), "/error");
        get("/open/throws").isUnauthorized(false);
        Reply reply = get("/api/throws", token).isError(403, "insufficient_scope");
        Patience.await().untilAsserted(() -> assertThat(rowsOf(reply)).containsExactly(403, 403));
        assertThat(reached).isEmpty();
    }

    /** Returns the statuses in the audit rows of the request; null if a status is not yet written. */
    private List<Integer> rowsOf(Reply reply) {
        return rows("123", true).stream()
                .filter(row -> row.requestId().equals(reply.header("X-Request-Id")))
                .map(AuditEvent::status)
                .collect(Collectors.toList());
    }

    @Test
    void each_request_completes_its_row_once() throws Exception {
        start(rules(), "/error");
        for (String path : List.of("/throws", "/sends", "/times-out", "/breaks", "/nothing")) {
            int before = audit.calls.get();
            get("/api" + path, token, "Status: 500");
            awaitCalls(before + 2);
        }
        int before = audit.calls.get();
        get("/open/throws");
        assertThat(audit.calls.get()).isEqualTo(before);
    }

    /** One call for the entry and one for the status. */
    private void awaitCalls(int expected) {
        Patience.await().until(() -> audit.calls.get() >= expected);
        assertThat(audit.calls.get()).isEqualTo(expected);
    }

    @Test
    void without_a_page_the_containers_own_status_is_the_one_of_the_row() throws Exception {
        start(List.of(new LecternAuthFilter(auth, rules().build())), UnaryOperator.identity());
        assertThat(get("/api/sends", token, "Status: 418").status()).isEqualTo(418);
        assertThat(onlyCall().status()).isEqualTo(418);
    }
}
