package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.http.RouteRules;

/**
 * Unusual paths over a real connection: to a container with its default settings, and to one that accepts as many paths as it
 * can.
 */
abstract class PathBehaviour extends Behaviour {

    private void serve(UnaryOperator<Container.Application> change) throws Exception {
        handle("/health", says("health"));
        handle("/open/*", says("open"));
        handle("/api/*", says("api"));
        handle("/", says("other"));
        RouteRules rules = RouteRules.builder()
                .permitAll("GET", "/health")
                .permitAll("*", "/open/**")
                .guard("GET", "/api/x", Requirement.scope("read:learners"))
                .build();
        start(List.of(new LecternAuthFilter(auth, rules)), change);
    }

    private void serve(boolean lenient) throws Exception {
        serve(lenient ? Container.Application::withLenientPaths : UnaryOperator.identity());
    }

    /** Asserts that the request is rejected by the filter or by the container itself. */
    private static void assertRefused(Reply reply, String target) {
        assertThat(reply.status()).as(target).isIn(400, 401, 404);
        if (reply.status() == 401) {
            reply.isUnauthorized(false);
        }
    }

    private static final List<String> WAYS_IN = List.of(
            "/api/x",
            "/health/..;/api/x",
            "/health/../api/x",
            "/health/..;a=b/api/x",
            "/health/%2e%2e/api/x",
            "/health/..%2fapi/x",
            "/health/%2e%2e%2fapi/x",
            "/health/..%5capi/x",
            "/health/..\\api\\x",
            "/health/%252e%252e/api/x",
            "/health/%c0%ae%c0%ae/api/x",
            "/health/%u002e%u002e/api/x",
            "/health%00/../api/x",
            "/health?/../api/x/../../api/x;",
            "/open/..;/api/x",
            "/open/../api/x",
            "/open/a/../../api/x",
            "/open/%2e%2e/api/x",
            "/open/.%2e/api/x",
            "/open/..%2fapi/x",
            "/open/..%2Fapi%2Fx",
            "/open/..%5Capi%5Cx",
            "/open/..\\api\\x",
            "/open\\..\\api\\x",
            "/open;/../api/x",
            "/open/;/../api/x",
            "/open/;/../../api/x",
            "/open//../../api/x",
            "/open//../api/x",
            "/open/.;/../api/x",
            "/open/./../api/x",
            "/open/%3b/../../api/x",
            "//api/x",
            "///api//x",
            "/api//x",
            "/;/api/x",
            "/;a/api/x",
            "/./api/x",
            "/.;/api/x",
            "/%2e/api/x",
            "/%2E/api/x",
            "/%2f/api/x",
            "/api;a=b/x",
            "/api/x;a=b",
            "/api/;/x",
            "/api/./x",
            "/api/y/../x",
            "/api/%2e/x",
            "/api%2fx",
            "/api%2Fx",
            "/api%5cx",
            "/api\\x",
            "\\api\\x",
            "/api/x/",
            "/api/x%20",
            "/api/x%00",
            "/api/x%2f",
            "/api/x%3b",
            "/api/x#y",
            "/%61pi/x",
            "/ap%69/%78",
            "/API/x",
            "/y/%2e%2e/api/x",
            "/y/../api/x",
            "/../api/x",
            "/..;/api/x",
            "api/x",
            "http://localhost/api/x",
            "http://localhost//api/x",
            "http://localhost/open/..;/api/x",
            "http://localhost/open/../api/x");

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void no_spelling_of_a_path_leads_past_the_guard(boolean lenient) throws Exception {
        serve(lenient);
        for (String target : WAYS_IN) {
            for (String method : List.of("GET", "POST", "OPTIONS", "HEAD")) {
                Reply reply = raw(method + " " + target);
                assertThat(reached).as("%s %s: %s", method, target, reply).doesNotContain("api", "other");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void path_that_can_be_read_in_two_ways_fits_no_rule_not_even_an_open_one(boolean lenient) throws Exception {
        serve(lenient);
        for (String target : List.of(
                "/health;x",
                "/health;",
                "/;/health",
                "//health",
                "/./health",
                "/%2e/health",
                "/y/../health",
                "/y/..;/health",
                "/health%3bx",
                "/health%00",
                "/health%2f",
                "/open/a/../b",
                "/open/a/./b",
                "/open/a/..",
                "/open/a/.",
                "/open/a//b",
                "/open/a;b=c/d",
                "/open/a%2fb",
                "/open/a%2Fb",
                "/open/a%5cb",
                "/open/a\\b",
                "/open/%2e%2e/open/a",
                "/open/a%3Bb")) {
            assertRefused(raw("GET " + target), target);
            assertThat(reached).as(target).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void plain_paths_are_matched_decoded(boolean lenient) throws Exception {
        serve(lenient);
        String token = bearer(issue("read:learners"));
        raw("GET /health").isOk();
        raw("GET /%68ealth").isOk();
        raw("GET /health?a=b;c=//d/../e").isOk();
        raw("GET /open/a.b/...").isOk();
        assertThat(reached).containsExactly("health", "health", "health", "open");
        raw("GET /%61pi/x").isUnauthorized(false);
        raw("GET /%61pi/x", token).isOk();
        raw("GET http://localhost/api/x", token).isOk();
        raw("GET /api/y", token).isError(404, "not_found");
        raw("GET /api/x/", token).isError(404, "not_found");
    }

    @Test
    void no_dispatch_of_a_server_wide_request_reaches_a_handler() throws Exception {
        serve(false);
        assertThat(raw("OPTIONS *").status()).isNotEqualTo(500);
        assertThat(reached).isEmpty();
    }

    @Test
    void rules_are_those_of_the_application_wherever_it_is_mounted() throws Exception {
        serve(application -> application.in("/app"));
        raw("GET /app/health").isOk();
        raw("GET /app/api/x").isUnauthorized(false);
        raw("GET /app/api/x", bearer(issue("read:learners"))).isOk();
        for (String target :
                List.of("/app/health/..;/api/x", "/app//api/x", "/app/../app/api/x", "/app;/api/x", "//app/api/x")) {
            raw("GET " + target);
        }
        assertThat(reached).containsExactly("health", "api");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void line_break_in_a_path_breaks_no_line(boolean lenient) throws Exception {
        handle("/files/*", says("file"));
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/files/{name}", Requirement.scope("read:learners"))
                .build();
        start(
                List.of(new LecternAuthFilter(auth, rules)),
                lenient ? Container.Application::withLenientPaths : UnaryOperator.identity());
        String token = bearer(issue("read:learners"));
        String target = "/files/a%0d%0aX-Planted:%20yes%1b%e2%80%a8";

        for (Reply reply : List.of(
                raw("GET " + target, token),
                raw("GET " + target),
                raw("DELETE " + target, token),
                raw("GET /other/a%0d%0aX-Planted:%20yes", token),
                brokenly(target, token))) {
            assertThat(reply.headers()).doesNotContainKey("x-planted");
            if (reply.status() != 400) { // the container's own response
                assertThat(reply.body()).doesNotContain("Planted");
            }
        }
        assertThat(log.text().lines()).noneMatch(line -> line.startsWith("X-Planted"));
        assertThat(log.text()).doesNotContain("\u001b", "\u2028");
        assertThat(rows("123", true))
                .allSatisfy(row -> assertThat(row.endpoint())
                        .containsPattern("\\\\u000d\\\\+u000aX-Planted")
                        .doesNotContainPattern("[\\p{Cntrl}\u2028]"));
        if (lenient) {
            assertThat(rows("123", true)).extracting(AuditEvent::status).containsExactly(200, 405, 404);
        }
    }

    private Reply brokenly(String target, String token) throws IOException {
        store.breakWith(new IllegalStateException("planned"));
        try {
            return raw("GET " + target, token);
        } finally {
            store.mend();
        }
    }
}
