package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import school.lectern.auth.audit.AuditMode;

/**
 * The routes of an application on Tomcat are guarded as its properties and annotations say, with and without Spring Security.
 */
class GuardedMvcTest {

    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Variant {

        private final String[] properties;
        private RunningApp app;

        Variant(String... properties) {
            this.properties = properties;
        }

        @BeforeAll
        void start() {
            app = RunningApp.start(
                    LearnerApi.class,
                    Stream.of(properties, LearnerApi.ROUTES, new String[] {
                                "lectern.auth.audit.mode=" + AuditMode.OFF,
                                "spring.mvc.hiddenmethod.filter.enabled=true"
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
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("learner 7 of 123");
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
        void composed_annotations_are_united() {
            assertDenied(app.get("/v1/composed"), 401);
            assertDenied(app.get("/v1/composed", "Authorization", app.token("read:learners")), 403);
            assertDenied(app.get("/v1/composed", "Authorization", app.token("delete:learners")), 403);
            String both = app.token("read:learners", "delete:learners");
            assertThat(app.get("/v1/composed", "Authorization", both).body()).isEqualTo("composed");
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
        void a_public_route_and_its_errors_need_no_token() {
            assertThat(app.get("/public/hello").body()).isEqualTo("hello");
            assertThat(app.get("/public/teapot").statusCode()).isEqualTo(418);
            assertThat(app.get("/public/broken").statusCode()).isEqualTo(500);
            assertThat(app.get("/public/missing").statusCode()).isEqualTo(404);
            assertDenied(app.get("/error"), 401);
        }

        @Test
        void health_probes_need_no_token_and_other_endpoints_do() {
            assertThat(app.get("/actuator/health").statusCode()).isEqualTo(200);
            assertDenied(app.get("/actuator/info"), 401);
        }

        @Test
        void a_forward_from_a_public_route_to_a_guarded_one_needs_its_token() {
            assertDenied(app.get("/public/forward"), 401);
            assertThat(app.get("/public/forward", "Authorization", app.token("read:learners"))
                            .statusCode())
                    .isEqualTo(200);
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
        void a_method_that_another_filter_changes_behind_the_guard_needs_its_own_scope() {
            String[] changed = {"Change-To", "POST", "Authorization", app.token("read:learners")};
            for (String path : new String[] {"/v1/learners/7", "/v1/ruled"}) {
                assertDenied(app.get(path, changed), 403);
            }
            changed[3] = app.token("read:learners", "write:learners");
            assertThat(app.get("/v1/learners/7", changed).body()).isEqualTo("changed 7");
            assertThat(app.get("/v1/ruled", changed).body()).isEqualTo("ruled POST");
        }

        @Test
        void the_management_api_issues_a_token_that_works() {
            String[] admin = {"X-Admin-Key", LearnerApi.ADMIN_KEY, "Content-Type", "application/json"};
            String path = "/api/v1/orgs/123/api-tokens";
            HttpResponse<String> issued =
                    app.send("POST", path, "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}", admin);
            assertThat(issued.statusCode()).as(issued.body()).isEqualTo(200);
            String secret = issued.body().replaceAll("(?s).*\"token\":\"(sk_live_[^\"]+)\".*", "$1");
            assertThat(app.get("/v1/learners/7", "Authorization", "Bearer " + secret)
                            .statusCode())
                    .isEqualTo(200);
            app.token("read:learners");
            assertThat(app.get(path + "?limit=1", admin).headers().firstValue("Link"))
                    .isPresent();
            assertDenied(app.send("PATCH", path, "{}", admin), 405);
            assertDenied(app.send("POST", path, "{\"name\":", admin), 422);
            assertDenied(app.get(path), 401);
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
        void an_asynchronous_handler_runs_with_its_token() {
            HttpResponse<String> response = app.get("/v1/async", "Authorization", app.token("read:learners"));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("later");
        }

        @Test
        void a_malformed_origin_is_foreign_where_cors_is_configured_and_nothing_elsewhere() {
            assertDenied(app.get("/v1/ruled", "Origin", "http://a:b"), 401);
            assertThat(app.get("/v1/learners/7", "Origin", "http://a:b").statusCode())
                    .isEqualTo(403);
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
            assertThat(denied.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://app.example");
            HttpResponse<String> lacking = app.get(
                    "/v1/learners/7", "Origin", "https://app.example", "Authorization", app.token("write:learners"));
            assertDenied(lacking, 403);
            assertThat(lacking.headers().allValues("Access-Control-Allow-Origin"))
                    .containsExactly("https://app.example");
        }
    }

    @Test
    void the_welcome_page_and_a_favicon_are_served_by_rules_and_other_files_are_closed() {
        String[] properties = Stream.of(RunningApp.WITHOUT_SECURITY, LearnerApi.ROUTES, LearnerApi.PAGES)
                .flatMap(Stream::of)
                .toArray(String[]::new);
        try (RunningApp app = RunningApp.start(LearnerApi.class, properties)) {
            assertThat(app.get("/").body()).contains("<title>Welcome</title>");
            assertThat(app.get("/favicon.ico").body()).isEqualTo("icon");
            assertThat(app.get("/index.html").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void handlers_and_probes_below_the_path_of_the_dispatcher_servlet_are_guarded_and_open_there() {
        String[] below = {"spring.mvc.servlet.path=/api"};
        try (RunningApp app = RunningApp.start(
                LearnerApi.class,
                Stream.of(RunningApp.WITHOUT_SECURITY, below)
                        .flatMap(Stream::of)
                        .toArray(String[]::new))) {
            assertThat(app.get("/api/v1/learners/7").statusCode()).isEqualTo(401);
            assertThat(app.get("/api/v1/learners/7", "Authorization", app.token("read:learners"))
                            .body())
                    .isEqualTo("learner 7 of 123");
            assertThat(app.get("/api/actuator/health").statusCode()).isEqualTo(200);
            assertThat(app.get("/api/api/v1/orgs/123/api-tokens", "X-Admin-Key", LearnerApi.ADMIN_KEY)
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Nested
    class WithoutSecurity extends Variant {
        WithoutSecurity() {
            super(RunningApp.WITHOUT_SECURITY);
        }
    }

    @Nested
    class WithSecurity extends Variant {}
}
