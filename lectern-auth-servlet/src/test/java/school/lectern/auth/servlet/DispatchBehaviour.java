package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/** Requests that the application dispatches again: forwards, error pages, asynchronous dispatches. */
abstract class DispatchBehaviour extends Behaviour {

    private final ExecutorService elsewhere = Executors.newSingleThreadExecutor();
    private String token;

    @BeforeEach
    void handlers() {
        token = bearer(issue("read:learners"));
        handle("/api/x", (request, response) -> {
            reached.add("x as " + (request.getUserPrincipal() == null ? "nobody" : "token"));
            response.getOutputStream().print("secrets");
        });
        handle("/api/write", says("write"));
        handle("/page", (request, response) -> {
            reached.add("page as " + (request.getUserPrincipal() == null ? "nobody" : "token"));
            response.getOutputStream().print("page");
        });
        for (String target : List.of("/api/x", "/api/write", "/page", "/health")) {
            handle(
                    "/open/to" + target,
                    (request, response) -> request.getRequestDispatcher(target).forward(request, response));
            handle(
                    "/api/to" + target,
                    (request, response) -> request.getRequestDispatcher(target).forward(request, response));
        }
        handle("/api/to/any", (request, response) -> {
            String target = request.getHeader("To");
            if (request.getHeader("Later") == null) {
                request.getRequestDispatcher(target).forward(request, response);
            } else if (request.getDispatcherType() == DispatcherType.REQUEST) {
                request.startAsync().dispatch(target);
            }
        });
        handle("/api/posted", says("posted"));
        handle("/health", says("health"));
        handle("/open/fails", (request, response) -> response.sendError(500));
        handle("/open/throws", (request, response) -> {
            throw new IllegalStateException("planned");
        });
        handle("/api/fails", (request, response) -> response.sendError(500));
        handle("/api/throws", (request, response) -> {
            throw new IllegalStateException("planned");
        });
    }

    @AfterEach
    void end() {
        elsewhere.shutdownNow();
    }

    private static RouteRules rules() {
        return RouteRules.builder()
                .permitAll("*", "/open/**")
                .permitAll("GET", "/health")
                .guard("*", "/api/x", Requirement.scope("read:learners"))
                .guard("*", "/api/write", Requirement.scope("write:learners"))
                .guard("POST", "/api/posted", Requirement.scope("read:learners"))
                .guard("*", "/api/to/**", Requirement.scope("read:learners"))
                .guard("*", "/api/fails", Requirement.scope("read:learners"))
                .guard("*", "/api/throws", Requirement.scope("read:learners"))
                .guard("*", "/async/**", Requirement.scope("read:learners"))
                .build();
    }

    private void start() throws Exception {
        start(UnaryOperator.identity());
    }

    private void start(UnaryOperator<Container.Application> change) throws Exception {
        start(List.of(new LecternAuthFilter(auth, rules())), change);
    }

    /** Returns how many reads the token has left, of 200, including the read of this call. */
    private int spentWithThisLook() throws IOException {
        return 200 - Integer.parseInt(get("/api/x", token).isOk().header("X-RateLimit-Remaining"));
    }

    @Test
    void forward_from_an_open_path_to_a_guarded_one_is_judged() throws Exception {
        start();
        get("/open/to/api/x").isUnauthorized(false);
        get("/open/to/api/x", "Authorization: Bearer nonsense").isUnauthorized(true);
        get("/open/to/api/write", token).isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();

        get("/open/to/api/x", token).isOk().hasLimits(200, 199, RESET);
        assertThat(reached).containsExactly("x as token");
    }

    @Test
    void forward_from_an_open_path_to_one_without_a_rule_is_refused() throws Exception {
        start();
        get("/open/to/page").isUnauthorized(false);
        get("/open/to/page", token).isError(404, "not_found");
        assertThat(reached).isEmpty();
    }

    @Test
    void forward_from_an_open_path_to_an_open_one_passes() throws Exception {
        start();
        get("/open/to/health").isOk();
        assertThat(reached).containsExactly("health");
    }

    @Test
    void forward_of_a_request_that_was_let_in_to_a_path_without_a_rule_passes_as_the_same_request() throws Exception {
        start();
        Reply reply = get("/api/to/page", token).isOk().hasLimits(200, 199, RESET);
        assertThat(reached).containsExactly("page as token");
        AuditEvent row = onlyCall();
        assertThat(row.endpoint()).isEqualTo("/api/to/page");
        assertThat(row.status()).isEqualTo(200);
        assertThat(row.requestId()).isEqualTo(reply.header("X-Request-Id"));
    }

    @Test
    void forward_of_a_request_that_was_let_in_to_a_path_with_another_rule_is_judged_by_that() throws Exception {
        start();
        get("/api/to/api/write", token).isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        Reply reply = get("/api/to/api/x", token).isOk();
        assertThat(reached).containsExactly("x as token");
        assertThat(rows("123", true))
                .filteredOn(row -> row.requestId().equals(reply.header("X-Request-Id")))
                .extracting(AuditEvent::endpoint)
                .containsExactly("/api/to/api/x", "/api/x");
    }

    /** A container may map the path to the same handler, although the rule does not match it. */
    @ParameterizedTest
    @ValueSource(
            strings = {"/api/write;x", "/api/write;jsessionid=1", "/api/./write", "/api/q/../write", "//api/write"})
    void request_that_was_let_in_and_is_sent_on_by_another_spelling_of_a_path_is_not_let_in(String target)
            throws Exception {
        start();
        for (String when : List.of("Now: 1", "Later: 1")) {
            assertThat(get("/api/to/any", token, "To: " + target, when).status())
                    .as(when)
                    .isGreaterThanOrEqualTo(400);
            assertThat(reached).as(when).isEmpty();
        }
        get("/api/to/any", token, "To: /page").isOk();
        get("/api/to/any", token, "To: /page", "Later: 1").isOk();
        assertThat(reached).containsExactly("page as token", "page as token");
    }

    @Test
    void a_forward_with_a_method_without_a_rule_is_refused() throws Exception {
        start();
        get("/api/to/any", token, "To: /api/posted").isError(405, "method_not_allowed");
        get("/api/to/any", token, "To: /api/posted", "Later: 1").isError(405, "method_not_allowed");
        assertThat(reached).isEmpty();
        call("POST", "/api/to/any", token, "To: /api/posted").isOk();
        assertThat(reached).containsExactly("posted");
    }

    @Test
    void error_page_with_a_rule_for_another_method_is_shown_to_a_request_that_was_let_in() throws Exception {
        start(application -> application.errorPage(500, "/api/posted"));
        get("/api/fails", token);
        assertThat(reached).containsExactly("posted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/open/fails", "/open/throws"})
    void error_page_that_is_guarded_is_judged(String path) throws Exception {
        start(application -> application.errorPage(500, "/api/x"));
        Reply refused = get(path);
        assertThat(reached).isEmpty();
        assertThat(refused.body()).doesNotContain("secrets");
        refused.isUnauthorized(false);

        get(path, token);
        assertThat(reached).containsExactly("x as token");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/open/fails", "/open/throws"})
    void error_page_without_a_rule_is_shown_for_an_open_route(String path) throws Exception {
        start(application -> application.errorPage(500, "/page"));
        for (String credential : List.of("Other: none", "Authorization: Bearer nonsense", token)) {
            Reply reply = get(path, credential);
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.body()).isEqualTo("page");
            assertThat(reply.headers()).doesNotContainKey("www-authenticate");
        }
        assertThat(reached).containsOnly("page as nobody");
        assertThat(rows("123", true)).isEmpty();
        get("/page").isUnauthorized(false);
        get("/page", token).isError(404, "not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/fails", "/api/throws"})
    void failed_handler_is_written_down_with_500_and_spends_one_permit(String path) throws Exception {
        start();
        assertThat(get(path, token).status()).isEqualTo(500);
        assertThat(onlyCall().status()).isEqualTo(500);
        assertThat(spentWithThisLook()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/fails", "/api/throws"})
    void error_page_of_a_request_that_was_let_in_is_no_request_of_its_own(String path) throws Exception {
        start(application -> application.errorPage(500, "/page"));
        Reply reply = get(path, token);
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.body()).isEqualTo("page");
        assertThat(reached).containsExactly("page as token");
        assertThat(onlyCall().status()).isEqualTo(500);
        assertThat(spentWithThisLook()).isEqualTo(2);
    }

    @Test
    void filter_that_is_mapped_twice_judges_once() throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(auth, rules());
        start(List.of(filter, filter, new LecternAuthFilter(auth, rules())), UnaryOperator.identity());
        get("/api/x", token).isOk().hasLimits(200, 199, RESET);
        assertThat(reached).containsExactly("x as token");
        assertThat(onlyCall().status()).isEqualTo(200);
    }

    @Test
    void request_that_is_dispatched_asynchronously_is_judged_once_and_keeps_its_principal() throws Exception {
        handle("/async/again", (request, response) -> {
            reached.add(request.getDispatcherType() + " as " + request.getRemoteUser());
            if (request.getDispatcherType() == DispatcherType.ASYNC) {
                response.setStatus(202);
            } else {
                AsyncContext async = request.startAsync();
                elsewhere.execute(async::dispatch);
            }
        });
        start();
        Reply reply = get("/async/again", token);
        String id = rows("123", false).get(0).tokenId();
        assertThat(reply.status()).isEqualTo(202);
        reply.hasLimits(200, 199, RESET);
        assertThat(reached).containsExactly("REQUEST as " + id, "ASYNC as " + id);
        assertThat(onlyCall().status()).isEqualTo(202);
        assertThat(onlyCall().requestId()).isEqualTo(reply.header("X-Request-Id"));
    }

    @Test
    void request_that_is_dispatched_asynchronously_to_another_rule_is_judged_by_that() throws Exception {
        handle("/async/elsewhere", (request, response) -> request.startAsync().dispatch("/api/write"));
        start();
        get("/async/elsewhere").isUnauthorized(false);
        get("/async/elsewhere", token).isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
    }

    @Test
    void stranger_who_is_dispatched_asynchronously_from_an_open_path_to_a_guarded_one_is_refused() throws Exception {
        handle("/open/async", (request, response) -> request.startAsync().dispatch("/api/x"));
        start();
        get("/open/async").isUnauthorized(false);
        assertThat(reached).isEmpty();
        get("/open/async", token).isOk().hasLimits(200, 199, RESET);
        assertThat(reached).containsExactly("x as token");
    }

    @Test
    void request_that_is_completed_elsewhere_is_written_down_with_its_final_status() throws Exception {
        handle("/async/completed", (request, response) -> {
            AsyncContext async = request.startAsync();
            elsewhere.execute(() -> {
                ((HttpServletResponse) async.getResponse()).setStatus(503);
                async.complete();
            });
        });
        start();
        assertThat(get("/async/completed", token).status()).isEqualTo(503);
        assertThat(onlyCall().status()).isEqualTo(503);
        assertThat(spentWithThisLook()).isEqualTo(2);
    }

    @Test
    void request_that_starts_over_is_written_down_with_its_final_status() throws Exception {
        handle("/async/over", (request, response) -> {
            AsyncContext async = request.startAsync();
            if (request.getDispatcherType() == DispatcherType.ASYNC) {
                elsewhere.execute(() -> {
                    ((HttpServletResponse) async.getResponse()).setStatus(201);
                    async.complete();
                });
            } else {
                elsewhere.execute(async::dispatch);
            }
        });
        start();
        assertThat(get("/async/over", token).status()).isEqualTo(201);
        assertThat(onlyCall().status()).isEqualTo(201);
    }

    @Test
    void request_that_is_given_up_is_written_down_with_500() throws Exception {
        handle("/async/slow", (request, response) -> request.startAsync().setTimeout(50));
        start();
        assertThat(get("/async/slow", token).status()).isEqualTo(500);
        assertThat(onlyCall().status()).isEqualTo(500);
    }
}
