package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.CursorPage;

/**
 * The routes of an application on Netty are guarded as its properties and annotations say, with and without Spring Security. No
 * thread of the event loop may block meanwhile: the audit log is durable, so every decision waits for a database.
 */
class GuardedWebFluxTest {

    /** They are on the class path of the tests, too, and each would serve the management port. */
    private static final String SERVERS_FOR_SERVLETS =
            ",org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration"
                    + ",org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyReactiveManagementContextAutoConfiguration";

    static {
        BlockHound.install();
    }

    @Test
    void a_thread_of_the_event_loop_that_blocks_would_be_noticed() {
        Mono<Boolean> blocking = Mono.fromCallable(() -> {
                    Thread.sleep(1);
                    return true;
                })
                .subscribeOn(Schedulers.parallel());
        assertThatThrownBy(blocking::block).hasCauseInstanceOf(BlockingOperationError.class);
    }

    @Test
    void the_welcome_page_and_a_favicon_are_served_by_rules_and_other_files_are_closed() {
        String[] properties = Stream.of(
                        new String[] {RunningApp.WEBFLUX_WITHOUT_SECURITY}, LearnerApi.ROUTES, LearnerApi.PAGES)
                .flatMap(Stream::of)
                .toArray(String[]::new);
        try (RunningApp app = RunningApp.startWebFlux(LearnerFluxApi.class, properties)) {
            assertThat(app.get("/").body()).contains("<title>Welcome</title>");
            assertThat(app.get("/favicon.ico").body()).isEqualTo("icon");
            assertThat(app.get("/index.html").statusCode()).isEqualTo(401);
        }
    }

    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Variant {

        private final String[] properties;
        private RunningApp app;

        Variant(String... properties) {
            this.properties = properties;
        }

        @BeforeAll
        void start() {
            app = RunningApp.startWebFlux(
                    LearnerFluxApi.class,
                    Stream.of(properties, LearnerApi.ROUTES, new String[] {
                                "lectern.auth.storage=jdbc",
                                "spring.datasource.url=jdbc:h2:mem:webflux-"
                                        + getClass().getSimpleName(),
                                "lectern.auth.jdbc.deadline=30s",
                                "lectern.auth.cache.enabled=false",
                                "lectern.auth.audit.mode=durable",
                                "spring.webflux.hiddenmethod.filter.enabled=true"
                            })
                            .flatMap(Stream::of)
                            .toArray(String[]::new));
        }

        @AfterAll
        void stop() {
            app.close();
        }

        private static void assertDenied(HttpResponse<String> response, int status) {
            assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
            assertThat(response.headers().firstValue("X-Request-Id")).isPresent();
            assertThat(response.body()).contains("\"error\"");
        }

        @Test
        void a_token_with_the_scope_reaches_the_handler() {
            HttpResponse<String> response = app.get("/v1/learners/7", "Authorization", app.token("read:learners"));
            assertThat(response.body()).isEqualTo("learner 7 of 123");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("X-RateLimit-Limit")).hasValue("200");
        }

        @Test
        void an_upload_without_a_token_gets_its_answer() {
            for (int i = 0; i < 5; i++) {
                assertDenied(app.send("POST", "/v1/learners", "x".repeat(3 << 20)), 401);
            }
        }

        @Test
        void no_token_is_401_and_a_missing_scope_is_403_in_the_words_of_the_dialect() {
            assertDenied(app.get("/v1/learners/7"), 401);
            assertDenied(app.get("/v1/learners/7", "Authorization", app.token("write:learners")), 403);
        }

        @Test
        void the_token_is_in_the_context_of_reactor() {
            assertThat(app.get("/v1/context", "Authorization", app.token("read:learners"))
                            .body())
                    .isEqualTo("123");
        }

        @Test
        void a_handler_that_no_rule_names_is_closed() {
            assertDenied(app.get("/v1/unannotated"), 401);
            assertDenied(app.get("/v1/unannotated", "Authorization", app.token("read:learners")), 404);
        }

        @Test
        void the_handler_that_runs_decides_about_the_scopes_and_not_the_first_rule_for_its_path() {
            String token = app.token("read:learners");
            assertThat(app.get("/v1/reports/all?year=2026", "Authorization", token)
                            .statusCode())
                    .isEqualTo(200);
            assertDenied(app.get("/v1/reports/all", "Authorization", token), 403);
            String both = app.token("read:learners", "read:finance");
            assertThat(app.get("/v1/reports/all", "Authorization", both).body()).isEqualTo("report all");
        }

        @Test
        void a_rule_of_one_handler_does_not_open_another() {
            String token = app.token("read:finance");
            assertThat(app.get("/v1/reports/7", "Authorization", token).statusCode())
                    .isEqualTo(200);
            assertDenied(app.get("/v1/reports/function", "Authorization", token), 404);
        }

        @Test
        void another_method_of_a_known_path_is_405_with_a_token() {
            assertDenied(app.send("PUT", "/v1/learners/7", "", "Authorization", app.token("read:learners")), 405);
        }

        @Test
        void an_ambiguous_path_is_denied() {
            String token = app.token("read:learners", "read:finance");
            for (String path :
                    new String[] {"/v1//learners/7", "/v1/learners%2F7", "/v1/learners/7;a=b", "//v1/learners/7"}) {
                assertThat(app.get(path, "Authorization", token).statusCode())
                        .as(path)
                        .isEqualTo(404);
            }
        }

        @Test
        void an_encoded_path_is_the_path_that_it_encodes() {
            assertThat(app.get("/v1/le%61rners/a%20b", "Authorization", app.token("read:learners"))
                            .body())
                    .isEqualTo("learner a b of 123");
        }

        @Test
        void a_public_route_and_its_errors_need_no_token() {
            assertThat(app.get("/public/hello").body()).isEqualTo("hello");
            assertThat(app.get("/public/teapot").statusCode()).isEqualTo(418);
            assertThat(app.get("/public/broken").statusCode()).isEqualTo(500);
            assertThat(app.get("/public/missing").statusCode()).isEqualTo(404);
        }

        @Test
        void health_probes_need_no_token_and_other_endpoints_do() {
            assertThat(app.get("/actuator/health").statusCode()).isEqualTo(200);
            assertDenied(app.get("/actuator/info"), 401);
        }

        @Test
        void an_overridden_method_needs_the_scope_of_the_method_that_runs() {
            String[] form = {
                "Content-Type", "application/x-www-form-urlencoded", "Authorization", app.token("write:learners")
            };
            assertThat(app.send("POST", "/v1/learners/7", "a=b", form).body()).isEqualTo("changed 7");
            assertDenied(app.send("POST", "/v1/learners/7", "_method=DELETE", form), 403);
        }

        @Test
        void a_method_or_path_that_another_filter_changes_behind_the_guard_needs_its_own_scope() {
            String[] changed = {"Change-To", "POST", "Authorization", app.token("read:learners")};
            for (String path : new String[] {"/v1/learners/7", "/v1/ruled"}) {
                assertDenied(app.get(path, changed), 403);
            }
            String[] moved = {"Change-Path", "/v1/reports/7", "Authorization", app.token("read:learners")};
            assertDenied(app.get("/v1/learners/7", moved), 403);
            assertDenied(app.get("/public/hello", "Change-Path", "/v1/learners/7"), 401);
            changed[3] = app.token("read:learners", "write:learners");
            assertThat(app.get("/v1/learners/7", changed).body()).isEqualTo("changed 7");
            assertThat(app.get("/v1/ruled", changed).body()).isEqualTo("ruled POST");
        }

        @Test
        void preflights_need_no_token_and_denials_have_cors_headers_where_cors_is_configured() {
            String[] preflight = {"Origin", "https://app.example", "Access-Control-Request-Method", "GET"};
            HttpResponse<String> allowed = app.send("OPTIONS", "/v1/learners/7", "", preflight);
            assertThat(allowed.statusCode()).isEqualTo(200);
            assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://app.example");
            HttpResponse<String> denied = app.get("/v1/learners/7", "Origin", "https://app.example");
            assertDenied(denied, 401);
            assertThat(denied.headers().allValues("Access-Control-Allow-Origin"))
                    .containsExactly("https://app.example");
            assertDenied(app.send("OPTIONS", "/v1/ruled", "", preflight), 401);
            HttpResponse<String> lacking = app.get(
                    "/v1/learners/7", "Origin", "https://app.example", "Authorization", app.token("write:learners"));
            assertDenied(lacking, 403);
            assertThat(lacking.headers().allValues("Access-Control-Allow-Origin"))
                    .containsExactly("https://app.example");
        }

        @Test
        void a_malformed_origin_is_no_reason_to_fail() {
            assertDenied(app.get("/v1/ruled", "Origin", "http://a:b"), 401);
            assertDenied(app.get("/v1/learners/7", "Origin", "http://a:b"), 401);
        }

        @Test
        void the_management_api_issues_a_token_that_works_and_exports_the_audit_log() {
            String[] admin = {"X-Admin-Key", LearnerApi.ADMIN_KEY, "Content-Type", "application/json"};
            HttpResponse<String> issued = app.send(
                    "POST", "/api/v1/orgs/123/api-tokens", "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}", admin);
            assertThat(issued.statusCode()).as(issued.body()).isEqualTo(200);
            assertThat(issued.headers().firstValue("Cache-Control")).hasValue("no-store");
            String secret = issued.body().replaceAll("(?s).*\"token\":\"(sk_live_[^\"]+)\".*", "$1");
            assertThat(app.get("/v1/learners/7", "Authorization", "Bearer " + secret)
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> export = app.get("/api/v1/orgs/123/audit", "X-Admin-Key", LearnerApi.ADMIN_KEY);
            assertThat(export.statusCode()).isEqualTo(200);
            assertThat(export.body()).contains("\"endpoint\":\"/v1/learners/7\"");
            assertDenied(app.send("POST", "/api/v1/orgs/123/api-tokens", "{\"name\":", admin), 422);
            assertDenied(app.send("POST", "/api/v1/orgs/123/api-tokens", "x".repeat(300_000), admin), 422);
            assertDenied(app.get("/api/v1/orgs/123/api-tokens"), 401);
        }

        @Test
        void the_management_api_leaves_other_paths_below_its_own_to_the_application() {
            String courses = "/api/v1/orgs/123/courses";
            assertThat(app.get(courses, "Authorization", app.token("read:learners"))
                            .body())
                    .isEqualTo("courses of 123");
            assertDenied(app.get(courses), 401);
            assertDenied(app.get(courses, "X-Admin-Key", LearnerApi.ADMIN_KEY), 401);
            assertDenied(app.get("/api/v1/orgs/123/nothing", "Authorization", app.token("read:learners")), 404);
        }

        @Test
        void the_management_api_has_the_cors_configuration_of_all_handlers() {
            String path = "/api/v1/orgs/123/api-tokens";
            String[] preflight = {"Origin", "https://console.example", "Access-Control-Request-Method", "GET"};
            for (HttpResponse<String> response : List.of(
                    app.send("OPTIONS", path, "", preflight), app.get(path, "Origin", "https://console.example"))) {
                assertThat(response.headers().allValues("Access-Control-Allow-Origin"))
                        .containsExactly("https://console.example");
            }
            assertDenied(app.get(path, "Origin", "https://console.example"), 401);
        }

        @Test
        void an_audit_row_gets_the_status_that_was_answered_also_if_the_handler_failed() {
            String token = app.token("read:learners");
            String ok = requestId(app.get("/v1/learners/7", "Authorization", token));
            String failed = requestId(app.get("/v1/broken", "Authorization", token));
            String denied = requestId(app.get("/v1/reports/all", "Authorization", token));
            assertStatus(ok, 200);
            assertStatus(failed, 500);
            assertStatus(denied, 403);
            assertThat(rows())
                    .filteredOn(row -> denied.equals(row.requestId()))
                    .singleElement()
                    .satisfies(row -> assertThat(row.outcome()).isEqualTo("denied:INSUFFICIENT_SCOPE"));
        }

        private static String requestId(HttpResponse<String> response) {
            return response.headers().firstValue("X-Request-Id").orElseThrow();
        }

        private void assertStatus(String requestId, int status) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(rows().stream()
                                    .filter(row -> requestId.equals(row.requestId()))
                                    .map(AuditEvent::status))
                            .containsExactly(status));
        }

        private List<AuditEvent> rows() {
            return app.bean(LecternAuth.class)
                    .audit()
                    .read("123", null, null, CursorPage.START, 10_000)
                    .items();
        }
    }

    @Test
    void endpoints_on_a_port_of_their_own_are_not_guarded() {
        try (RunningApp app = RunningApp.startWebFlux(
                LearnerFluxApi.class,
                RunningApp.WEBFLUX_WITHOUT_SECURITY + SERVERS_FOR_SERVLETS,
                "management.server.port=0",
                "management.server.address=127.0.0.1",
                "management.endpoints.web.exposure.include=health,info")) {
            assertThat(app.getOnManagementPort("/actuator/health").body()).contains("\"UP\"");
            assertThat(app.getOnManagementPort("/actuator/info").statusCode()).isEqualTo(200);
            assertThat(app.get("/actuator/health").statusCode()).isEqualTo(401);
            for (String path : new String[] {"/v1/reports/function", "/api/v1/orgs/123/api-tokens", "/v1/learners/7"}) {
                assertThat(app.getOnManagementPort(path).statusCode()).as(path).isEqualTo(404);
            }
        }
    }

    @Nested
    class WithoutSecurity extends Variant {
        WithoutSecurity() {
            super(RunningApp.WEBFLUX_WITHOUT_SECURITY);
        }
    }

    @Nested
    class WithSecurity extends Variant {}
}
