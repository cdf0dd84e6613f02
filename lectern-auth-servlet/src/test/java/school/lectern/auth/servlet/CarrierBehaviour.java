package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.DialectBuilder;
import school.lectern.auth.dialect.PrefixRegistry;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Secret;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.token.IssuedToken;

/** Tokens outside of {@code Authorization: Bearer}, and handlers that must not see them. */
abstract class CarrierBehaviour extends Behaviour {

    private static final List<String> QUERIES = List.of(
            "jakarta.servlet.forward.query_string",
            "jakarta.servlet.include.query_string",
            "jakarta.servlet.async.query_string",
            "jakarta.servlet.error.query_string");

    private final Map<String, String> seen = new TreeMap<>();
    private String token;

    private void serve(UnaryOperator<DialectBuilder> change) throws Exception {
        DialectBuilder dialect = Lectern.DIALECT.toBuilder()
                .carriers(
                        Carrier.bearer(),
                        Carrier.header("X-API-Key"),
                        Carrier.basicUserName(),
                        Carrier.unsafeQueryParameter("key"));
        auth = judge(change.apply(dialect).build());
        token = issue("read:learners").secret().expose();
        handle("/api/x", (request, response) -> {
            reached.add("x");
            note(request);
            response.getOutputStream().print("x");
        });
        handle(
                "/api/forwards",
                (request, response) ->
                        request.getRequestDispatcher("/api/x?more=1").forward(request, response));
        handle("/api/fails", (request, response) -> response.sendError(410));
        handle("/gone", (request, response) -> {
            note(request);
            response.getOutputStream().print("gone");
        });
        Requirement needed = Requirement.scope("read:learners");
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/api/**", needed)
                .guardOrPassThrough("GET", "/shared/**", needed)
                .build();
        handle("/shared/x", says("shared"));
        start(List.of(new LecternAuthFilter(auth, rules)), application -> application.errorPage(410, "/gone"));
    }

    /** Notes everything of a request that could contain a token. */
    private void note(HttpServletRequest request) {
        for (String name : Collections.list(request.getHeaderNames())) {
            seen.put(
                    "header " + name.toLowerCase(Locale.ROOT),
                    String.join("|", Collections.list(request.getHeaders(name))));
        }
        seen.put("authorization", String.valueOf(request.getHeader("Authorization")));
        seen.put("X-API-Key", String.valueOf(request.getHeader("x-api-key")));
        seen.put("query", String.valueOf(request.getQueryString()));
        seen.put("parameter", String.valueOf(request.getParameter("key")));
        seen.put("values", request.getParameterValues("key") == null ? "null" : "some");
        seen.put("names", String.join("|", Collections.list(request.getParameterNames())));
        seen.put("map", String.join("|", request.getParameterMap().keySet()));
        QUERIES.forEach(name -> seen.put(name, String.valueOf(request.getAttribute(name))));
        seen.put("pushed", request.newPushBuilder() == null ? "null" : "some");
        seen.put(
                "rechecked",
                LecternAuthFilter.findPrincipal(request)
                        .map(caller -> caller.recheck().isEmpty() ? "allowed" : "denied")
                        .orElse("none"));
    }

    private String basic(String userAndPassword) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_token_is_read_from_each_carrier() throws Exception {
        serve(dialect -> dialect);
        raw("GET /api/x", "Authorization: Bearer " + token).isOk();
        raw("GET /api/x", "x-api-key: " + token).isOk();
        raw("GET /api/x", basic(token + ":")).isOk();
        raw("GET /api/x?a=b&key=" + token).isOk();
        assertThat(reached).hasSize(4);
        assertThat(seen).containsEntry("parameter", token);
        String challenge = raw("GET /api/x").isError(401, "invalid_token").header("WWW-Authenticate");
        assertThat(challenge).isEqualTo("Bearer realm=\"lectern\", Basic realm=\"lectern\", charset=\"UTF-8\"");
    }

    @Test
    void two_credentials_are_refused_and_reach_no_handler() throws Exception {
        serve(dialect -> dialect);
        raw("GET /api/x?key=" + token, "X-API-Key: " + token).isError(401, "invalid_token");
        raw("GET /api/x", "X-API-Key: " + token, basic("a:b")).isError(401, "invalid_token");
        raw("GET /api/x", "X-API-Key: " + token, "X-API-Key: " + token).isError(401, "invalid_token");
        raw("GET /api/x?key=" + token + "&k%65y=").isError(401, "invalid_token");
        raw("GET /api/x", "Authorization: Basic !!!").isError(401, "invalid_token");
        assertThat(reached).isEmpty();
    }

    @Test
    void a_request_with_a_token_in_any_carrier_is_not_passed_on() throws Exception {
        serve(dialect -> dialect);
        String revoked = token;
        auth.acrossTenants().revokePresented(Secret.of(token)).orElseThrow();
        raw("GET /shared/x", "X-API-Key: " + revoked).isError(401, "invalid_token");
        raw("GET /shared/x?key=" + revoked).isError(401, "invalid_token");
        raw("GET /shared/x", basic(revoked + ":")).isError(401, "invalid_token");
        assertThat(reached).isEmpty();
        raw("GET /shared/x", "X-API-Key: another system's", basic("a:b")).isOk();
        assertThat(reached).containsExactly("shared");
    }

    @Test
    void a_shared_cache_must_not_serve_the_response_to_others() throws Exception {
        serve(dialect -> dialect);
        Reply reply = raw("GET /api/x", "X-API-Key: " + token).isOk();
        assertThat(reply.header("Cache-Control")).isEqualTo("private");
        assertThat(reply.header("Vary")).isEqualTo("X-API-Key");
        assertThat(raw("GET /api/x").header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void headers_of_an_outer_filter_that_allow_a_cache_less_are_kept() throws Exception {
        auth = judge(Lectern.DIALECT.toBuilder()
                .carriers(Carrier.header("X-API-Key"))
                .build());
        token = issue("read:learners").secret().expose();
        handle("/api/x", says("x"));
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/api/x", Requirement.anyToken())
                .build();
        Filter outer = (request, response, chain) -> {
            ((HttpServletResponse) response).setHeader("Cache-Control", "no-store");
            ((HttpServletResponse) response).setHeader("Vary", "Origin");
            chain.doFilter(request, response);
        };
        start(List.of(outer, new LecternAuthFilter(auth, rules)), UnaryOperator.identity());
        Reply reply = raw("GET /api/x", "X-API-Key: " + token).isOk();
        assertThat(reply.headers().get("cache-control")).containsExactly("no-store");
        assertThat(String.join(", ", reply.headers().get("vary")))
                .contains("Origin")
                .contains("X-API-Key");
    }

    @Test
    void a_token_in_the_query_is_also_that_of_a_forward_with_another_query() throws Exception {
        serve(dialect -> dialect);
        raw("GET /api/forwards?key=" + token).isOk();
        assertThat(reached).containsExactly("x");
    }

    @Test
    void a_query_with_a_token_is_in_no_audit_row_and_no_log() throws Exception {
        serve(dialect -> dialect);
        raw("GET /api/x?key=" + token).isOk();
        raw("GET /api/x?key=" + token + "x").isError(401, "invalid_token");
        String hidden = token.substring(20);
        onlyCall();
        assertThat(rows("123", true))
                .isNotEmpty()
                .noneMatch(call -> (call.endpoint() + call.details()).contains(hidden));
        assertThat(log.text()).doesNotContain(hidden);
    }

    @Test
    void a_hidden_credential_is_nowhere_in_the_request() throws Exception {
        serve(DialectBuilder::hideCredentials);
        for (String path : List.of("/api/x?key={t}&a=b", "/api/forwards?a=b&key={t}", "/api/fails?key={t}&a=b")) {
            seen.clear();
            raw("GET " + path.replace("{t}", token));
            isNotSeen();
            assertThat(seen.get("names")).contains("a");
        }
        assertThat(seen.get("jakarta.servlet.error.query_string")).isIn("a=b", "null");
        for (String header : List.of("Authorization: Bearer " + token, "X-API-Key: " + token, basic(token + ":"))) {
            for (String path : List.of("/api/x", "/api/forwards", "/api/fails")) {
                seen.clear();
                raw(
                        "GET " + path,
                        header,
                        "X-Other: 1",
                        "Referer: http://a/b?key=" + token + "&c=d",
                        "X-Original-URL: /b?c=d&key=" + token);
                isNotSeen();
                assertThat(seen)
                        .containsEntry("header x-other", "1")
                        .containsEntry("header referer", "http://a/b?c=d")
                        .containsEntry("header x-original-url", "/b?c=d")
                        .containsEntry("pushed", "null")
                        .containsEntry("rechecked", "allowed");
            }
        }
    }

    private void isNotSeen() {
        String hidden = token.substring(20);
        assertThat(seen).isNotEmpty().containsEntry("authorization", "null").containsEntry("parameter", "null");
        assertThat(seen.values()).noneMatch(value -> value.contains(hidden) || value.contains("Basic "));
    }

    @Test
    void a_foreign_credential_is_not_hidden() throws Exception {
        auth = judge(Lectern.DIALECT.toBuilder()
                .carriers(Carrier.header("X-API-Key"))
                .foreignSchemes("Basic")
                .hideCredentials()
                .build());
        token = issue("read:learners").secret().expose();
        handle("/api/x", (request, response) -> note(request));
        start(RouteRules.builder().guard("GET", "/api/x", Requirement.anyToken()));
        raw("GET /api/x", "X-API-Key: " + token, "Authorization: Digest x").isOk();
        assertThat(seen).containsEntry("authorization", "Digest x").containsEntry("X-API-Key", "null");
    }

    @Test
    void both_headers_of_a_token_in_two_parts_are_hidden() throws Exception {
        auth = judge(Teacharium.DIALECT.toBuilder()
                .carriers(Carrier.headerParts("X-Client-Id", "X-Client-Secret"), Carrier.authorization())
                .hideCredentials()
                .build());
        IssuedToken issued =
                auth.tenant("123").tokens().issue(NewToken.named("x")).orElseThrow();
        handle("/api/x", (request, response) -> note(request));
        start(RouteRules.builder().guard("GET", "/api/x", Requirement.anyToken()));
        String[] lines = auth.dialect().credentialHeaders(issued.secret()).stream()
                .map(header -> header.name() + ": " + header.value().expose())
                .toArray(String[]::new);
        raw("GET /api/x", lines).isOk();
        assertThat(seen).doesNotContainKeys("header x-client-id", "header x-client-secret");
        seen.clear();
        raw("GET /api/x", "Authorization: " + issued.secret().expose()).isOk();
        assertThat(seen).containsEntry("authorization", "null").doesNotContainKey("header authorization");
        assertThat(raw("GET /api/x", lines[0]).status()).isEqualTo(401);
    }

    @Test
    void a_hidden_credential_is_not_in_the_request_of_asynchronous_work() throws Exception {
        handle("/api/async", (request, response) -> {
            for (AsyncContext started : List.of(request.startAsync(), request.getAsyncContext())) {
                note((HttpServletRequest) started.getRequest());
            }
            request.getAsyncContext().complete();
        });
        handle("/api/wrapped", (request, response) -> {
            AsyncContext started = request.startAsync(new HttpServletRequestWrapper(request), response);
            note((HttpServletRequest) started.getRequest());
            started.dispatch("/api/x");
        });
        serve(DialectBuilder::hideCredentials);
        raw("GET /api/async?key=" + token + "&a=b");
        isNotSeen();
        assertThat(seen.get("query")).isEqualTo("a=b");
        seen.clear();
        raw("GET /api/wrapped", "X-API-Key: " + token);
        isNotSeen();
        assertThat(reached).containsExactly("x");
    }

    @Test
    void a_token_that_is_admitted_at_the_handler_is_hidden_from_it() throws Exception {
        auth = judge(Lectern.DIALECT.toBuilder()
                .carriers(Carrier.header("X-API-Key"))
                .hideCredentials()
                .build());
        token = issue("read:learners").secret().expose();
        LecternAuthFilter filter = new LecternAuthFilter(
                auth,
                RouteRules.builder()
                        .permitAll("GET", "/api/{n}/open")
                        .guard("GET", "/api/{n}/x", Requirement.anyToken())
                        .build());
        Filter changing = (request, response, chain) -> {
            HttpServletRequest changed = new HttpServletRequestWrapper((HttpServletRequest) request) {
                @Override
                public String getRequestURI() {
                    return "/api/1/x";
                }

                @Override
                public String getServletPath() {
                    return "/api/1/x";
                }
            };
            seen.put("before", String.valueOf(changed.getHeader("X-API-Key")));
            if (filter.permitsHandler(changed, (HttpServletResponse) response)) {
                note(changed);
            }
        };
        handle("/api/1/open", says("open"));
        start(List.of(filter, changing), UnaryOperator.identity());
        raw("GET /api/1/open", "X-API-Key: " + token).isOk();
        assertThat(seen).containsEntry("before", token).containsEntry("X-API-Key", "null");
    }

    @Test
    void a_malformed_credential_with_the_start_of_a_token_is_not_passed_on() throws Exception {
        serve(dialect -> dialect);
        raw("GET /shared/x", "Authorization: Basic " + encoded(token)).isError(401, "invalid_token");
        raw("GET /shared/x", basic(token + ":").replace("=", "") + "!").isError(401, "invalid_token");
        raw("GET /shared/x?key=" + token + "%ff").isError(401, "invalid_token");
        raw("GET /shared/x?key=" + token + "%").isError(401, "invalid_token");
        assertThat(reached).isEmpty();
        raw("GET /shared/x", "Authorization: Basic " + encoded("no colon")).isOk();
        raw("GET /shared/x?key=%ff").isOk();
        assertThat(reached).containsExactly("shared", "shared");
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_response_without_a_token_varies_where_one_with_a_token_may_be_another() throws Exception {
        serve(dialect -> dialect);
        Reply anonymous = raw("GET /shared/x").isOk();
        assertThat(anonymous.header("Vary")).isEqualTo("X-API-Key");
        assertThat(anonymous.header("Cache-Control")).isNull();
        Reply known = raw("GET /shared/x", "X-API-Key: " + token).isOk();
        assertThat(known.header("Vary")).isEqualTo("X-API-Key");
        assertThat(known.header("Cache-Control")).isEqualTo("private");
    }

    @Test
    void tokens_of_two_dialects_in_one_request_are_refused_by_both() throws Exception {
        Dialect lectern = Lectern.DIALECT.toBuilder()
                .carriersOfOtherDialects(Carrier.header("X-API-Key"))
                .build();
        Dialect house = LearnHouse.DIALECT.toBuilder()
                .carriers(Carrier.header("X-API-Key"))
                .carriersOfOtherDialects(Carrier.bearer())
                .build();
        auth = judge(lectern);
        String first = bearer(issue("read:learners"));
        LecternAuth other = judge(house);
        String second = "X-API-Key: "
                + other.tenant("123")
                        .tokens()
                        .issue(NewToken.named("x"))
                        .orElseThrow()
                        .secret()
                        .expose();
        PrefixRegistry registry = PrefixRegistry.of(lectern, house);
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/api/x", Requirement.anyToken())
                .build();
        Map<Dialect, Filter> filters =
                Map.of(lectern, new LecternAuthFilter(auth, rules), house, new LecternAuthFilter(other, rules));
        Filter byPrefix = (request, response, chain) -> filters.get(
                        registry.find(LecternAuthFilter.credentials((HttpServletRequest) request))
                                .orElse(lectern))
                .doFilter(request, response, chain);
        handle("/api/x", says("x"));
        start(List.of(byPrefix), UnaryOperator.identity());
        raw("GET /api/x", first).isOk();
        raw("GET /api/x", second).isOk();
        reached.clear();
        raw("GET /api/x", first, second).isError(401, "invalid_token");
        raw("GET /api/x", first, "X-API-Key: anything").isError(401, "invalid_token");
        assertThat(raw("GET /api/x", "Authorization: Bearer anything", second).status())
                .isEqualTo(401);
        assertThat(reached).isEmpty();
    }
}
