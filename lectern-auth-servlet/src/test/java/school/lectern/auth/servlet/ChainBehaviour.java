package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.token.IssuedToken;

/** Several filters in one chain, from the library and from others. */
abstract class ChainBehaviour extends Behaviour {

    private static final String STAFF_TENANT = "tnt_1";

    private final InMemoryAuditLog staffAudit = new InMemoryAuditLog();
    private LecternAuth staff;
    private String token;
    private IssuedToken staffToken;

    @BeforeEach
    void handlers() {
        staff = judge(LearnCoin.DIALECT, staffAudit);
        staffToken = staff.tenant(STAFF_TENANT)
                .tokens()
                .issue(NewToken.named("staff"))
                .orElseThrow();
        token = bearer(issue("read:learners"));
        handle("/x", principalOf("x"));
        handle("/staff/x", principalOf("staff"));
        handle("/staff/page", principalOf("page"));
        handle("/staff/fails", (request, response) -> AuthErrors.send(request, response, AuthError.of(Kind.NOT_FOUND)));
        handle(
                "/to",
                (request, response) ->
                        request.getRequestDispatcher(request.getHeader("To")).forward(request, response));
    }

    private Handler principalOf(String name) {
        return (request, response) -> {
            reached.add(name);
            response.getOutputStream()
                    .print(LecternAuthFilter.findPrincipal(request)
                            .map(principal -> principal.token().tenantId())
                            .orElse("nobody"));
        };
    }

    /** Guards all paths for customers and some paths for staff, with two stores and two dialects. */
    private void serveTwo(RouteRules.Builder customers) throws Exception {
        Filter inner = new LecternAuthFilter(
                staff,
                RouteRules.builder()
                        .guard("*", "/staff/**", Requirement.anyToken())
                        .build());
        start(
                List.of(new LecternAuthFilter(auth, customers.build()), inner),
                application -> application.map(inner, "/staff/*"));
    }

    private List<AuditEvent> staffCalls(String tenant) {
        return staffAudit.read(tenant, null, null, CursorPage.START, 100).items().stream()
                .filter(row -> row.event().equals(AuditEvent.CALL))
                .toList();
    }

    /** Even if both require the same: the second filter's tokens are different ones. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void second_filter_decides_for_itself_whatever_the_first_allowed(boolean requiresTheSame) throws Exception {
        Requirement required = requiresTheSame ? Requirement.anyToken() : Requirement.scope("read:learners");
        serveTwo(RouteRules.builder().guard("*", "/**", required));
        for (String path : List.of("/staff/x", "/staff/page", "/staff/nothing")) {
            Reply refused = get(path, token);
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.json().at("/error/code").asText()).isEqualTo("api_key_invalid");
            assertThat(refused.json().at("/request_id").asText()).isEqualTo(refused.header("X-Request-Id"));
            assertThat(refused.headers().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        }
        get("/to", token, "To: /staff/x");
        assertThat(reached).isEmpty();
        get("/x", token).isOk();
        get("/to", token, "To: /x").isOk();
        assertThat(reached).containsExactly("x", "x");
    }

    @Test
    void refusal_of_the_second_filter_is_in_its_own_audit_log() throws Exception {
        serveTwo(RouteRules.builder().guard("*", "/**", Requirement.scope("read:learners")));
        String foreign = "Authorization: Bearer " + staffToken.secret().expose();
        get("/staff/x", foreign).isUnauthorized(true);
        staff.tenant(STAFF_TENANT).tokens().revoke(staffToken.id());
        Reply reply = get("/staff/x", token);
        assertThat(reply.status()).isEqualTo(401);
        assertThat(onlyCall().status()).isEqualTo(401);
        assertThat(onlyCall().requestId()).isEqualTo(reply.header("X-Request-Id"));
        assertThat(reached).isEmpty();
    }

    @Test
    void handlers_see_the_innermost_filters_principal_and_dialect() throws Exception {
        serveTwo(RouteRules.builder().permitAll("*", "/staff/**").guard("*", "/x", Requirement.anyToken()));
        String own = "Authorization: Bearer " + staffToken.secret().expose();
        assertThat(get("/staff/x", own).isOk().body()).isEqualTo(STAFF_TENANT);
        Reply error = get("/staff/fails", own);
        assertThat(error.status()).isEqualTo(404);
        assertThat(error.json().has("request_id")).isTrue();
        assertThat(get("/x", token).isOk().body()).isEqualTo("123");
        assertThat(staffCalls(STAFF_TENANT)).extracting(AuditEvent::status).containsExactly(200, 404);
        assertThat(get("/staff/x", token).status()).isEqualTo(401);
    }

    @Test
    void forward_to_a_path_without_a_rule_passes_only_the_filters_that_admitted_the_request() throws Exception {
        Filter inner = new LecternAuthFilter(
                staff,
                RouteRules.builder()
                        .guard("*", "/staff/x", Requirement.anyToken())
                        .build());
        start(
                List.of(
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/to", Requirement.anyToken())
                                        .build()),
                        inner),
                application -> application.map(inner, "/staff/*"));
        get("/to", token, "To: /x").isOk();
        assertThat(get("/to", token, "To: /staff/page").status()).isEqualTo(401);
        assertThat(reached).containsExactly("x");
    }

    @Test
    void same_tokens_under_stricter_rules_are_judged_by_those_too() throws Exception {
        Filter strict = new LecternAuthFilter(
                auth,
                RouteRules.builder()
                        .guard("*", "/staff/**", Requirement.scope("admin:tenant"))
                        .build());
        start(
                List.of(
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/**", Requirement.scope("read:learners"))
                                        .build()),
                        strict),
                application -> application.map(strict, "/staff/*"));
        get("/staff/x", token).isError(403, "insufficient_scope");
        get("/to", token, "To: /staff/x").isError(403, "insufficient_scope");
        assertThat(reached).isEmpty();
        get("/staff/x", bearer(issue("read:learners admin:tenant"))).isOk();
    }

    @ParameterizedTest
    @ValueSource(strings = {"environment", "policy"})
    void requirements_that_differ_in_anything_are_judged_apart(String what) throws Exception {
        Requirement second = what.equals("environment")
                ? Requirement.anyToken().environment(TokenEnvironment.TEST)
                : Requirement.anyToken().policy("bulk");
        start(
                List.of(
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/**", Requirement.anyToken())
                                        .build()),
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder().guard("*", "/**", second).build())),
                UnaryOperator.identity());
        Reply reply = get("/x", token);
        assertThat(reply.header("X-RateLimit-Limit")).isEqualTo(what.equals("environment") ? "200" : "10");
        assertThat(reply.status()).isEqualTo(what.equals("environment") ? 403 : 200);
    }

    @Test
    void filter_that_a_request_enters_again_writes_one_row_and_takes_one_permit() throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(
                auth,
                RouteRules.builder()
                        .guard("*", "/**", Requirement.scope("read:learners"))
                        .build());
        Filter again = filter::doFilter;
        handle("/self", (request, response) -> {
            if (request.getDispatcherType() == DispatcherType.FORWARD) {
                response.getOutputStream().print("twice");
            } else {
                request.getRequestDispatcher("/self").forward(request, response);
            }
        });
        start(List.of(filter, again), UnaryOperator.identity());
        assertThat(get("/self", token).isOk().hasLimits(200, 199, RESET).body()).isEqualTo("twice");
        assertThat(onlyCall().status()).isEqualTo(200);
    }

    /** Returns a filter that wraps the request, as filters of others do, outside or inside the library's filter. */
    private static Filter wrapping(UnaryOperator<HttpServletRequest> wrapper) {
        return (request, response, chain) -> chain.doFilter(wrapper.apply((HttpServletRequest) request), response);
    }

    private static final class Nobody extends HttpServletRequestWrapper {
        Nobody(HttpServletRequest request) {
            super(request);
        }

        @Override
        public Principal getUserPrincipal() {
            return null;
        }
    }

    @Test
    void principal_is_found_through_wrappers_of_others() throws Exception {
        LecternAuthFilter filter = new LecternAuthFilter(
                auth,
                RouteRules.builder().guard("*", "/**", Requirement.anyToken()).build());
        start(
                List.of(wrapping(Nobody::new), filter, wrapping(Nobody::new), wrapping(HttpServletRequestWrapper::new)),
                UnaryOperator.identity());
        assertThat(get("/x", token).isOk().body()).isEqualTo("123");
        assertThat(get("/to", token, "To: /x").isOk().body()).isEqualTo("123");
    }

    @Test
    void wrapper_inside_that_answers_who_the_user_is_keeps_doing_so() throws Exception {
        Principal other = () -> "someone";
        handle(
                "/who",
                (request, response) -> response.getOutputStream()
                        .print(request.getUserPrincipal() + " " + request.getRemoteUser() + " "
                                + LecternAuthFilter.findPrincipal(request).isPresent()));
        start(
                List.of(
                        wrapping(request -> new HttpServletRequestWrapper(request) {
                            @Override
                            public Principal getUserPrincipal() {
                                return request.getHeader("Known") == null ? null : other;
                            }

                            @Override
                            public String getRemoteUser() {
                                return request.getHeader("Known");
                            }
                        }),
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/**", Requirement.anyToken())
                                        .build())),
                UnaryOperator.identity());
        assertThat(get("/who", token).isOk().body()).isEqualTo("null null true");
        assertThat(get("/who", token, "Known: someone").isOk().body()).isEqualTo(other + " someone true");
    }

    /** Announces compression before the body is written, as some filters do. */
    private static final Filter GZIP = (request, response, chain) -> {
        HttpServletResponse raw = (HttpServletResponse) response;
        raw.setHeader("Content-Encoding", "gzip");
        raw.setHeader("X-Outer", "kept");
        GZIPOutputStream[] gzip = new GZIPOutputStream[1];
        if (((HttpServletRequest) request).getHeader("Eager") != null) {
            gzip[0] = new GZIPOutputStream(raw.getOutputStream());
        }
        ServletOutputStream out = new ServletOutputStream() {
            @Override
            public void write(int b) throws IOException {
                gzip[0] = gzip[0] == null ? new GZIPOutputStream(raw.getOutputStream()) : gzip[0];
                gzip[0].write(b);
            }

            @Override
            public boolean isReady() {
                return true;
            }

            @Override
            public void setWriteListener(WriteListener listener) {
                throw new UnsupportedOperationException();
            }
        };
        chain.doFilter(request, new HttpServletResponseWrapper(raw) {
            @Override
            public ServletOutputStream getOutputStream() {
                return out;
            }
        });
        gzip[0].finish();
    };

    @ParameterizedTest
    @ValueSource(strings = {"/x", "/invalid", "/nothing"})
    void body_that_an_outer_filter_compresses_stays_announced(String path) throws Exception {
        handle("/invalid", (request, response) -> {
            response.setContentType("text/csv");
            response.setHeader("Content-Encoding", "br");
            response.setHeader("ETag", "\"1\"");
            AuthErrors.send(request, response, AuthError.invalid("name", "is required"));
        });
        start(
                List.of(
                        GZIP,
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/x", Requirement.anyToken())
                                        .guard("*", "/invalid", Requirement.anyToken())
                                        .build())),
                UnaryOperator.identity());
        for (String header : List.of("Other: none", "Eager: 1", token)) {
            var reply = bytes(path, header);
            assertThat(reply.headers().firstValue("Content-Encoding")).contains("gzip");
            assertThat(reply.headers().firstValue("X-Outer")).contains("kept");
            assertThat(reply.headers().firstValue("ETag")).isEmpty();
            String body = new String(new GZIPInputStream(reply.body()).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(body).isEqualTo(body.strip()).isNotEmpty();
            if (reply.statusCode() != 200) {
                assertThat(body).startsWith("{\"error\":{");
                assertThat(reply.headers().firstValue("Content-Type")).contains("application/json");
            }
        }
    }

    /** The client gets the status that an outer filter sets for an exception, so the audit log has the same status. */
    @ParameterizedTest
    @ValueSource(ints = {413, 409, 503})
    void audit_row_has_the_status_that_an_outer_filter_makes_of_an_exception(int status) throws Exception {
        handle("/throws", (request, response) -> {
            throw new IllegalStateException("planned");
        });
        Filter mapping = (request, response, chain) -> {
            try {
                chain.doFilter(request, response);
            } catch (IllegalStateException planned) {
                if (status == 503) {
                    ((HttpServletResponse) response).sendError(status);
                } else {
                    ((HttpServletResponse) response).setStatus(status);
                }
            }
        };
        start(
                List.of(
                        mapping,
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/**", Requirement.anyToken())
                                        .build())),
                UnaryOperator.identity());
        assertThat(get("/throws", token).status()).isEqualTo(status);
        assertThat(onlyCall().status()).isEqualTo(status);
    }

    @Test
    void audit_row_has_the_status_that_an_outer_filter_puts_in_place_of_the_handlers() throws Exception {
        Filter changing = (request, response, chain) -> {
            chain.doFilter(request, response);
            ((HttpServletResponse) response).setStatus(202);
        };
        handle("/empty", (request, response) -> response.setStatus(204));
        start(
                List.of(
                        changing,
                        new LecternAuthFilter(
                                auth,
                                RouteRules.builder()
                                        .guard("*", "/**", Requirement.anyToken())
                                        .build())),
                UnaryOperator.identity());
        assertThat(get("/empty", token).status()).isEqualTo(202);
        assertThat(onlyCall().status()).isEqualTo(202);
    }

    @Test
    void management_servlet_behind_a_rule_writes_no_second_row() throws Exception {
        serve("/api/v1/orgs/*", new ManagementServlet(auth, request -> Optional.empty(), tenants));
        start(RouteRules.builder().guard("*", "/api/v1/orgs/**", Requirement.anyToken()));
        Reply reply = get("/api/v1/orgs/123/api-tokens", token);
        assertThat(reply.status()).isEqualTo(403);
        reply.hasLimits(200, 199, RESET);
        assertThat(onlyCall().status()).isEqualTo(403);
        assertThat(onlyCall().requestId()).isEqualTo(reply.header("X-Request-Id"));
    }
}
