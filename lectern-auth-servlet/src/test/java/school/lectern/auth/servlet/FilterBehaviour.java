package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** The filter's responses, and the request as handlers see it. */
abstract class FilterBehaviour extends Behaviour {

    private static final String PIN = "Lectern-Version: 2026-05-01";

    private final Map<String, String> seen = new ConcurrentHashMap<>();
    private final Set<Thread> guardedThreads = ConcurrentHashMap.newKeySet();
    private boolean threadWasUsedAgain;
    private Throwable breaksUnderHandler;

    @BeforeEach
    void serve() throws Exception {
        handle("/health", this::health);
        handle("/v1/learners", this::learners);
        handle("/v1/settings", says("settings"));
        handle("/v1/bulk", says("bulk"));
        handle(
                "/v1/invalid",
                (request, response) -> AuthErrors.send(request, response, AuthError.invalid("name", "is required")));
        handle("/v1/broken", (request, response) -> AuthErrors.send(request, response, AuthError.unavailable()));
        handle("/v1/long", this::revokedMeanwhile);
        handle("/v1/status", (request, response) -> response.setStatus(503));
        handle("/v1/sent", (request, response) -> response.sendError(500));
        handle("/v1/thrown", (request, response) -> {
            throw new IllegalStateException("planned");
        });
        handle("/v1/orgs/*", says("courses"));
        handle("/unlisted", says("unlisted"));
        RouteRules.Builder rules = RouteRules.builder()
                .permitAll("GET", "/health")
                .guard("GET", "/v1/learners", Requirement.scope("read:learners"))
                .guard("POST", "/v1/learners", Requirement.scope("write:learners"))
                .guard("GET", "/v1/settings", Requirement.scope("admin:tenant"))
                .guard("POST", "/v1/bulk", Requirement.scope("read:learners").policy("bulk"))
                .guard("GET", "/v1/orgs/{org_id}/courses", Requirement.scope("read:learners"))
                .permitAll("GET", "/v1/orgs/{org_id}/open")
                .tenantVariable("org_id");
        List.of("invalid", "broken", "long", "status", "sent", "thrown")
                .forEach(path -> rules.guard("GET", "/v1/" + path, Requirement.anyToken()));
        start(rules);
    }

    private void learners(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        guardedThreads.add(Thread.currentThread());
        TokenPrincipal principal = LecternAuthFilter.findPrincipal(request).orElseThrow();
        seen.put("principal", request.getUserPrincipal().getName());
        seen.put("user", request.getRemoteUser());
        seen.put("type", request.getAuthType());
        seen.put("roles", request.isUserInRole("read:learners") + " " + request.isUserInRole("write:learners"));
        seen.put("tenant", principal.token().tenantId());
        seen.put("version", principal.version().orElseThrow().toString());
        seen.put("request", principal.requestId());
        if (breaksUnderHandler != null) {
            audit.breakWith(breaksUnderHandler);
        }
        says("learners").answer(request, response);
    }

    private void health(HttpServletRequest request, HttpServletResponse response) throws IOException {
        threadWasUsedAgain |= guardedThreads.contains(Thread.currentThread());
        response.getOutputStream()
                .print(request.getUserPrincipal() + " " + request.getRemoteUser() + " " + request.getAuthType() + " "
                        + request.isUserInRole("read:learners"));
    }

    @Test
    void handler_sees_the_token_as_the_principal() {
        IssuedToken token = issue("read:learners");
        Reply reply = get("/v1/learners", bearer(token)).isOk();

        assertThat(seen)
                .containsEntry("principal", token.id())
                .containsEntry("user", token.id())
                .containsEntry("type", "Bearer")
                .containsEntry("roles", "true false")
                .containsEntry("tenant", "123")
                .containsEntry("version", "2026-01-01")
                .containsEntry("request", reply.header("X-Request-Id"));
    }

    private void revokedMeanwhile(HttpServletRequest request, HttpServletResponse response) throws IOException {
        TokenPrincipal principal = LecternAuthFilter.findPrincipal(request).orElseThrow();
        response.setHeader("X-Own", "stays");
        response.setHeader("Content-Encoding", "br");
        response.setHeader("Content-Digest", "sha-256=:AAAA:");
        response.setContentLength(1_000_000);
        response.getOutputStream().print("half of ");
        auth.tenant("123").tokens().revoke(principal.getName()).orElseThrow();
        AuthErrors.send(request, response, principal.recheck().orElseThrow());
    }

    @Test
    void request_whose_token_is_revoked_while_it_is_handled_is_answered_like_any_other_401() {
        Reply reply = get("/v1/long", bearer(issue("read:learners"))).isError(401, "invalid_token");
        assertThat(reply.headers().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        assertThat(reply.header("Content-Encoding")).isNull();
        assertThat(reply.header("Content-Digest")).isNull();
        assertThat(reply.header("X-Own")).isEqualTo("stays");
        assertThat(reply.header("WWW-Authenticate")).contains("invalid_token");
    }

    @Test
    void next_request_on_the_same_thread_has_no_principal() {
        String token = bearer(issue("read:learners"));
        for (int i = 0; i < 100 && !threadWasUsedAgain; i++) {
            get("/v1/learners", token).isOk();
            assertThat(get("/health").isOk().body()).isEqualTo("null null null false");
            // One more each time: a container that uses its threads in turns must not always have others for these.
            for (int j = 0; j < i && !threadWasUsedAgain; j++) {
                assertThat(get("/health", token).isOk().body()).isEqualTo("null null null false");
            }
        }
        assertThat(threadWasUsedAgain).isTrue();
    }

    @Test
    void open_route_needs_no_token_and_has_a_request_id_but_no_limits() {
        Reply reply = get("/health", "Authorization: Bearer nonsense").isOk();
        assertThat(reply.header("X-Request-Id")).matches("req_[0-9A-Za-z]{15}");
        assertThat(reply.headers().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        assertThat(reply.header("WWW-Authenticate")).isNull();
    }

    @Test
    void allowed_response_has_limits_version_and_request_id() {
        String token = bearer(issue("read:learners"));
        Reply first = get("/v1/learners", token).isOk().hasLimits(200, 199, RESET);
        Reply second = get("/v1/learners", token).isOk().hasLimits(200, 198, RESET);

        assertThat(first.header("Lectern-Version")).isEqualTo("2026-01-01");
        assertThat(first.header("X-Request-Id"))
                .matches("req_[0-9A-Za-z]{15}")
                .isNotEqualTo(second.header("X-Request-Id"));
        assertThat(first.header("WWW-Authenticate")).isNull();
    }

    @Test
    void reads_writes_and_bulk_are_counted_apart_and_reset_with_the_minute() {
        String token = bearer(issue("read:learners write:learners"));
        get("/v1/learners", token).hasLimits(200, 199, RESET);
        call("POST", "/v1/learners", token).hasLimits(60, 59, RESET);
        call("POST", "/v1/bulk", token).hasLimits(10, 9, RESET);
        get("/v1/learners", token).hasLimits(200, 198, RESET);

        clock.advance(Duration.ofMillis(39_749));
        get("/v1/learners", token).hasLimits(200, 197, RESET);
        clock.advance(Duration.ofMillis(1));
        get("/v1/learners", token).hasLimits(200, 199, "2026-05-07T13:25:00Z");
    }

    @Test
    void head_is_a_read_without_a_body() throws IOException {
        String token = bearer(issue("read:learners"));
        Reply allowed = raw("HEAD /v1/learners", token).isOk().hasLimits(200, 199, RESET);
        assertThat(allowed.body()).isEmpty();
        assertThat(reached).containsExactly("learners");

        for (Reply refused : List.of(
                raw("HEAD /v1/learners"),
                raw("HEAD /v1/settings", token),
                raw("HEAD /unlisted", token),
                raw("HEAD /v1/invalid", token))) {
            assertThat(refused.status()).isBetween(401, 422);
            assertThat(refused.body()).isEmpty();
            assertThat(refused.header("X-Request-Id")).matches("req_[0-9A-Za-z]{15}");
            assertThat(refused.header("Content-Type")).isEqualTo("application/json");
        }
        assertThat(reached).containsExactly("learners");
    }

    @Test
    void denial_for_want_of_scope_names_it_and_spends_no_permit() {
        String token = bearer(issue("read:learners"));
        for (int i = 0; i < 2; i++) {
            Reply reply = call("POST", "/v1/learners", token)
                    .isError(403, "insufficient_scope")
                    .hasLimits(60, 60, RESET);
            assertThat(reply.header("WWW-Authenticate"))
                    .isEqualTo("Bearer realm=\"lectern\", error=\"insufficient_scope\", scope=\"write:learners\"");
            assertThat(reply.header("Lectern-Version")).isEqualTo("2026-01-01");
        }
        get("/v1/settings", token).isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
    }

    @Test
    void unlisted_path_is_not_found_for_a_proven_token_alone() {
        Reply reply = get("/unlisted", bearer(issue("read:learners")))
                .isError(404, "not_found")
                .hasLimits(200, 200, RESET);
        assertThat(reply.header("WWW-Authenticate")).isNull();
        get("/unlisted").isUnauthorized(false);
        get("/unlisted", "Authorization: Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000")
                .isUnauthorized(true);
        assertThat(reached).isEmpty();
    }

    @Test
    void another_method_is_not_allowed_for_a_proven_token_alone() {
        String token = bearer(issue("read:learners write:learners delete:learners"));
        Reply reply = call("DELETE", "/v1/learners", token)
                .isError(405, "method_not_allowed")
                .hasLimits(60, 60, RESET);
        assertThat(reply.header("Allow")).isEqualTo("GET, POST");
        call("DELETE", "/v1/learners").isUnauthorized(false);
        call("POST", "/health", token).isError(405, "method_not_allowed");
        call("POST", "/health").isUnauthorized(false);
        call("OPTIONS", "/v1/learners").isUnauthorized(false);
        call("get", "/v1/learners", token).isError(405, "method_not_allowed");
        assertThat(reached).isEmpty();
    }

    @Test
    void another_tenants_path_is_as_one_that_does_not_exist() {
        String token = bearer(issue("read:learners"));
        get("/v1/orgs/123/courses", token).isOk();
        Reply foreign = get("/v1/orgs/456/courses", token).isError(404, "not_found");
        Reply unknown = get("/v1/orgs/789/courses", token).isError(404, "not_found");
        Reply unlisted = get("/v1/orgs/456/nothing", token).isError(404, "not_found");
        assertThat(Stream.of(foreign, unknown, unlisted).map(r -> r.body().replace(r.header("X-Request-Id"), "")))
                .containsOnly(foreign.body().replace(foreign.header("X-Request-Id"), ""));
        assertThat(reached).containsExactly("courses");
    }

    @Test
    void another_tenants_path_does_not_reveal_its_methods() {
        String token = bearer(issue("read:learners"));
        Reply unlisted = get("/v1/orgs/456/nothing", token).isError(404, "not_found");
        Reply foreign = call("PATCH", "/v1/orgs/456/courses", token).isError(404, "not_found");
        assertThat(foreign.header("Allow")).isNull();
        assertThat(foreign.body().replace(foreign.header("X-Request-Id"), ""))
                .isEqualTo(unlisted.body().replace(unlisted.header("X-Request-Id"), ""));
        Reply own = call("PATCH", "/v1/orgs/123/courses", token).isError(405, "method_not_allowed");
        assertThat(own.header("Allow")).isEqualTo("GET");
        call("PATCH", "/v1/orgs/456/courses").isUnauthorized(false);
        call("PATCH", "/v1/orgs/456/open", token).isError(405, "method_not_allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"invalid 422", "broken 500", "status 503", "sent 500", "thrown 500"})
    void responses_of_the_handler_have_the_limits_too(String pathAndStatus) {
        String[] words = pathAndStatus.split(" ");
        Reply reply = get("/v1/" + words[0], bearer(issue("read:learners")));
        assertThat(reply.status()).isEqualTo(Integer.parseInt(words[1]));
        reply.hasLimits(200, 199, RESET);
        assertThat(reply.header("X-Request-Id")).matches("req_[0-9A-Za-z]{15}");
        assertThat(reply.header("Lectern-Version")).isEqualTo("2026-01-01");
    }

    @Test
    void handlers_answer_errors_in_the_envelope_with_the_requests_id() {
        String token = bearer(issue("read:learners"));
        get("/v1/invalid", token).isInvalid("name");
        get("/v1/broken", token).isError(500, "internal_error");
    }

    @Test
    void retry_after_is_true() {
        String token = bearer(issue("123", settings -> settings.rateLimits(Map.of("read", 2L))));
        get("/v1/learners", token).isOk().hasLimits(2, 1, RESET);
        get("/v1/learners", token).isOk().hasLimits(2, 0, RESET);
        Reply refused = get("/v1/learners", token).isError(429, "rate_limited").hasLimits(2, 0, RESET);
        assertThat(refused.header("Retry-After")).isEqualTo("40");
        assertThat(refused.header("WWW-Authenticate")).isNull();

        clock.advance(Duration.ofSeconds(39));
        Reply later = get("/v1/learners", token).isError(429, "rate_limited");
        assertThat(later.header("Retry-After")).isEqualTo("1");
        clock.advance(Duration.ofSeconds(1));
        get("/v1/learners", token).isOk().hasLimits(2, 1, "2026-05-07T13:25:00Z");
        assertThat(reached).hasSize(3);
    }

    @Test
    void used_up_limit_does_not_hide_the_results_of_earlier_checks() {
        IssuedToken token = issue("123", settings -> settings.rateLimits(Map.of("read", 1L)));
        get("/v1/learners", bearer(token)).isOk();
        get("/v1/settings", bearer(token)).isError(403, "insufficient_scope").hasLimits(1, 0, RESET);
        get("/unlisted", bearer(token)).isError(404, "not_found").hasLimits(1, 0, RESET);
        auth.tenant("123").tokens().revoke(token.id());
        get("/v1/learners", bearer(token)).isUnauthorized(true);
    }

    @Test
    void request_that_pins_no_version_gets_the_one_of_its_tenant() {
        String token = bearer(issue("456", settings -> settings));
        Reply reply = get("/v1/learners", token).isOk();
        assertThat(reply.header("Lectern-Version")).isEqualTo("2026-05-01");
        assertThat(seen).containsEntry("version", "2026-05-01");
    }

    @Test
    void pinned_version_applies() {
        Reply reply = get("/v1/learners", bearer(issue("read:learners")), PIN).isOk();
        assertThat(reply.header("Lectern-Version")).isEqualTo("2026-05-01");
        assertThat(seen).containsEntry("version", "2026-05-01");
    }

    static Stream<List<String>> wrongPins() {
        return Stream.of(
                List.of("Lectern-Version: 2026-02-01"),
                List.of("Lectern-Version: 2026-13-01"),
                List.of("Lectern-Version: 2026-5-1"),
                List.of("Lectern-Version: latest"),
                List.of("Lectern-Version:"),
                List.of("Lectern-Version: 2026-05-01, 2026-05-01"),
                List.of("Lectern-Version: 2026-05-01T00:00:00Z"),
                List.of(PIN, PIN),
                List.of("Lectern-Version: 2026-01-01", PIN));
    }

    @ParameterizedTest
    @MethodSource("wrongPins")
    void wrong_pin_is_refused_by_the_headers_name_and_spends_no_permit(List<String> pins) throws IOException {
        List<String> headers = new ArrayList<>(pins);
        headers.add(bearer(issue("read:learners")));
        Reply reply = raw("GET /v1/learners", headers.toArray(String[]::new))
                .isInvalid("Lectern-Version")
                .hasLimits(200, 200, RESET);
        assertThat(reply.header("Lectern-Version")).isNull();
        assertThat(reached).isEmpty();
        raw("GET /v1/learners", pins.toArray(String[]::new)).isUnauthorized(false);
    }

    @Test
    void clients_own_request_id_is_replaced() throws IOException {
        String token = bearer(issue("read:learners"));
        for (String sent : List.of("req_AAAAAAAAAAAAAAA", "x".repeat(10 * 1024), "", "a b\tc", "\u00ff")) {
            for (Reply reply : List.of(
                    raw("GET /v1/learners", token, "X-Request-Id: " + sent),
                    raw("GET /v1/learners", "X-Request-Id: " + sent),
                    raw("GET /health", "X-Request-Id: " + sent, "X-Request-Id: " + sent))) {
                assertThat(reply.header("X-Request-Id"))
                        .matches("req_[0-9A-Za-z]{15}")
                        .isNotEqualTo(sent);
            }
        }
        assertThat(rows("123", true))
                .allSatisfy(row -> assertThat(row.requestId())
                        .matches("req_[0-9A-Za-z]{15}")
                        .isNotEqualTo("req_AAAAAAAAAAAAAAA"));
    }

    static Stream<Throwable> faults() {
        return Stream.of(
                new StorageException("planned"),
                new IllegalStateException("planned"),
                new StackOverflowError("planned"),
                new OutOfMemoryError("planned"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void broken_token_store_is_a_server_error_and_never_a_401(Throwable fault) {
        String token = bearer(issue("read:learners"));
        store.breakWith(fault);
        Reply reply = get("/v1/learners", token).isError(500, "internal_error");
        assertThat(reply.header("WWW-Authenticate")).isNull();
        get("/v1/learners", "Authorization: Bearer sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp0000")
                .isError(500, "internal_error");
        get("/unlisted", token).isError(500, "internal_error");
        get("/v1/learners").isUnauthorized(false);
        assertThat(reached).isEmpty();

        store.mend();
        get("/v1/learners", token).isOk();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void broken_limit_store_or_audit_log_is_a_server_error_before_the_handler(Throwable fault) {
        String token = bearer(issue("read:learners"));
        for (Breakable<?> part : List.of(limits, audit)) {
            part.breakWith(fault);
            get("/v1/learners", token).isError(500, "internal_error");
            assertThat(reached).isEmpty();
            part.mend();
        }
        get("/v1/learners", token).isOk();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void audit_log_that_breaks_while_the_handler_runs_spoils_no_answer(Throwable fault) {
        breaksUnderHandler = fault;
        assertThat(get("/v1/learners", bearer(issue("read:learners"))).isOk().body())
                .isEqualTo("learners");
    }
}
