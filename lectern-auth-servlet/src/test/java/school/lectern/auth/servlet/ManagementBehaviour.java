package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.StoredToken;

/** The routes of the management API: who may call them, their effects, and their responses. */
abstract class ManagementBehaviour extends ManagedBehaviour {

    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    private static final String CREATION = "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}";

    @BeforeEach
    void serve() throws Exception {
        serveIn(Lectern.DIALECT, UnaryOperator.identity());
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /**
     * Returns every route as method and path below the organization, where <code>{token}</code> is a placeholder for a token's
     * id.
     */
    static Stream<String> routes() {
        return Stream.of(
                "POST /api-tokens",
                "GET /api-tokens",
                "GET /api-tokens/{token}",
                "PUT /api-tokens/{token}",
                "DELETE /api-tokens/{token}",
                "POST /api-tokens/{token}/regenerate",
                "POST /api-tokens/{token}/rotate",
                "POST /api-tokens/{token}/disable",
                "POST /api-tokens/{token}/enable",
                "GET /audit");
    }

    private Reply route(String route, String org, JsonNode token, String... headers) {
        String[] words =
                route.replace("{token}", token.path("token_uuid").asText()).split(" ");
        String body = words[0].equals("GET") || words[0].equals("DELETE")
                ? ""
                : route.endsWith("/api-tokens") ? CREATION : "{}";
        return send(
                words[0],
                "/api/v1/orgs/" + org + words[1],
                body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body),
                body.isEmpty() ? headers : and(headers, JSON_BODY));
    }

    @ParameterizedTest
    @MethodSource("routes")
    void strangers_are_refused(String route) {
        JsonNode token = created();
        route(route, "123", token).isUnauthorized(false);
        route(route, "123", token, "Authorization: Bearer key-of-nobody").isUnauthorized(true);
        route(route, "123", token, "Authorization: Basic a2V5").isUnauthorized(true);
        route(route, "123", token, UNKNOWN_TOKEN).isUnauthorized(true);
        route(route, "789", token).isUnauthorized(false);
        assertThat(kept(token).path("name").asText()).isEqualTo("CI");
        assertThat(get(TOKENS, ADMINISTRATOR).json()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void api_tokens_manage_no_api_tokens(String route) {
        JsonNode token = create("{\"name\":\"CI\",\"scopes\":[\"admin:tenant\",\"read:audit\"]}")
                .json();
        Reply reply = route(route, "123", token, bearer(token)).isError(403, "insufficient_scope");
        boolean read = route.startsWith("GET");
        reply.hasLimits(read ? 200 : 60, read ? 200 : 60, RESET);
        assertThat(reply.header("WWW-Authenticate")).isNull();
        assertThat(kept(token).path("is_active").asBoolean()).isTrue();
        assertThat(get(TOKENS, ADMINISTRATOR).json()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api-tokens/", "/api-tokens/x/y", "/api-tokens/x/y/z", "/api-tokens/x/rotate/"})
    void unknown_path_is_not_found_for_any_verified_token(String path) {
        JsonNode token = created();
        get(ORG + path, bearer(token)).isError(404, "not_found").hasLimits(200, 200, RESET);
        get(ORG + path, ADMINISTRATOR).isError(404, "not_found");
        get(ORG + path).isUnauthorized(false);
        get(ORG + path, UNKNOWN_TOKEN).isUnauthorized(true);
        call("PATCH", TOKENS, bearer(token)).isError(403, "insufficient_scope");
    }

    @Test
    void revoked_api_token_is_not_an_administrator() {
        JsonNode token = created();
        call("DELETE", path(token), ADMINISTRATOR).isOk();
        get(TOKENS, bearer(token)).isUnauthorized(true);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void reader_may_look_and_do_nothing_else(String route) {
        JsonNode token = created();
        Reply reply = route(route, "123", token, READER);
        if (route.startsWith("GET")) {
            reply.isOk();
        } else {
            reply.isError(403, "insufficient_scope");
            assertThat(reply.headers().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        }
        assertThat(works(token)).isTrue();
        assertThat(get(TOKENS, ADMINISTRATOR).json()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("routes")
    void unknown_organization_is_not_found(String route) {
        JsonNode token = created();
        for (String org : List.of("789", "0123", "+123", "%20123", "12")) {
            route(route, org, token, ADMINISTRATOR).isError(404, "not_found");
        }
    }

    @ParameterizedTest
    @MethodSource("routes")
    void token_of_another_organization_is_as_one_that_does_not_exist(String route) {
        JsonNode token = created();
        if (route.contains("{token}")) {
            Reply foreign = route(route, "456", token, ADMINISTRATOR).isError(404, "not_found");
            Reply unknown =
                    call("GET", TOKENS + "/apitoken_none", ADMINISTRATOR).isError(404, "not_found");
            assertThat(foreign.body().replace(foreign.header("X-Request-Id"), ""))
                    .isEqualTo(unknown.body().replace(unknown.header("X-Request-Id"), ""));
        }
        assertThat(works(token)).isTrue();
        assertThat(kept(token).path("successor_uuid").isNull()).isTrue();
    }

    @Test
    void two_credentials_are_none() throws IOException {
        raw("GET " + TOKENS, ADMINISTRATOR, ADMINISTRATOR).isUnauthorized(true);
        raw("GET " + TOKENS, ADMINISTRATOR, READER).isUnauthorized(true);
    }

    @Test
    void path_without_that_method_says_which_it_has() {
        JsonNode token = created();
        assertThat(call("PATCH", TOKENS, ADMINISTRATOR)
                        .isError(405, "method_not_allowed")
                        .header("Allow"))
                .isEqualTo("POST, GET");
        assertThat(call("PATCH", path(token), ADMINISTRATOR)
                        .isError(405, "method_not_allowed")
                        .header("Allow"))
                .isEqualTo("GET, PUT, DELETE");
        assertThat(get(path(token, "rotate"), ADMINISTRATOR)
                        .isError(405, "method_not_allowed")
                        .header("Allow"))
                .isEqualTo("POST");
        call("DELETE", ORG + "/audit", ADMINISTRATOR).isError(405, "method_not_allowed");
        call("PATCH", TOKENS).isUnauthorized(false);
        get(path(token, "unknown"), ADMINISTRATOR).isError(404, "not_found");
        get(TOKENS + "/", ADMINISTRATOR).isError(404, "not_found");
    }

    @Test
    void other_paths_of_an_organization_are_guarded() throws IOException {
        raw("GET " + ORG, ADMINISTRATOR).isUnauthorized(true);
        raw("GET " + ORG + "/members", ADMINISTRATOR).isUnauthorized(true);
        raw("GET /api/v1/orgs/123;x/api-tokens").isUnauthorized(false);
    }

    @Test
    void head_is_answered_as_get_is_without_a_body() throws IOException {
        created();
        Reply reply = raw("HEAD " + TOKENS, ADMINISTRATOR).isOk();
        assertThat(reply.body()).isEmpty();
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        assertThat(raw("HEAD " + TOKENS).body()).isEmpty();
    }

    @Test
    void created_token_is_shown_whole_and_once() {
        Reply reply = create("{\"name\":\"CI\",\"description\":\"for deployments\",\"scopes\":[\"write:learners\","
                        + "\"read:learners\"],\"environment\":\"test\",\"expires_at\":\"2027-12-31T23:59:59+01:00\","
                        + "\"ip_allowlist\":[\"127.0.0.1\",\"2001:db8::/32\"],\"rate_limits\":{\"read\":5,\"bulk\":1},"
                        + "\"metadata\":{\"team\":\"a\"}}")
                .isOk();
        JsonNode token = reply.json();
        assertThat(fields(token))
                .containsExactlyInAnyOrder(
                        "token",
                        "token_uuid",
                        "name",
                        "description",
                        "token_prefix",
                        "org_id",
                        "scopes",
                        "created_by_user_id",
                        "creation_date",
                        "expires_at",
                        "environment",
                        "ip_allowlist",
                        "rate_limits",
                        "metadata",
                        "revoked_at",
                        "predecessor_uuid");
        assertThat(token.path("token").asText()).matches("sk_test_lectern_[0-9A-Za-z]{32}");
        assertThat(token.path("token_uuid").asText()).matches("apitoken_" + UUID);
        assertThat(token.path("token_prefix").asText())
                .isEqualTo(token.path("token").asText().substring(0, 20));
        assertThat(token.path("name").asText()).isEqualTo("CI");
        assertThat(token.path("description").asText()).isEqualTo("for deployments");
        assertThat(token.path("org_id").isIntegralNumber()).isTrue();
        assertThat(token.path("org_id").asInt()).isEqualTo(123);
        assertThat(token.path("created_by_user_id").isIntegralNumber()).isTrue();
        assertThat(token.path("created_by_user_id").asInt()).isEqualTo(7);
        assertThat(token.path("scopes").toString()).isEqualTo("[\"read:learners\",\"write:learners\"]");
        assertThat(token.path("creation_date").asText()).isEqualTo("2026-05-07T13:23:20.250Z");
        assertThat(token.path("expires_at").asText()).isEqualTo("2027-12-31T22:59:59Z");
        assertThat(token.path("environment").asText()).isEqualTo("test");
        assertThat(token.path("ip_allowlist").toString()).isEqualTo("[\"127.0.0.1\",\"2001:db8::/32\"]");
        assertThat(token.path("rate_limits").toString()).isEqualTo("{\"bulk\":1,\"read\":5}");
        assertThat(token.path("metadata").toString()).isEqualTo("{\"team\":\"a\"}");
        assertThat(token.path("revoked_at").isNull()).isTrue();
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        get("/v1/learners", bearer(token)).isOk().hasLimits(5, 4, RESET);
    }

    @Test
    void omitted_fields_of_a_creation_are_null_or_the_default() {
        JsonNode token = created();
        assertThat(token.path("environment").asText()).isEqualTo("live");
        assertThat(token.path("token").asText()).startsWith("sk_live_lectern_");
        for (String field : List.of("description", "expires_at", "ip_allowlist", "rate_limits", "revoked_at")) {
            assertThat(token.path(field).isNull()).as(field).isTrue();
        }
        assertThat(token.path("metadata").toString()).isEqualTo("{}");
        get("/v1/learners", bearer(token)).isOk().hasLimits(200, 199, RESET);
    }

    @Test
    void an_actor_cannot_grant_more_than_their_grant() {
        Reply refused = send(
                "POST",
                TOKENS,
                BodyPublishers.ofString("{\"name\":\"CI\",\"scopes\":[\"read:learners\",\"read:finance\"]}"),
                TEACHER,
                JSON_BODY);
        refused.isError(403, "insufficient_scope");
        JsonNode own = send("POST", TOKENS, BodyPublishers.ofString(CREATION), TEACHER, JSON_BODY)
                .isOk()
                .json();
        assertThat(own.path("created_by_user_id").asText()).isEqualTo("t-8");
        send("PUT", path(own), BodyPublishers.ofString("{\"scopes\":[\"write:learners\"]}"), TEACHER, JSON_BODY)
                .isError(403, "insufficient_scope");

        JsonNode strong =
                create("{\"name\":\"CI\",\"scopes\":[\"write:finance\"]}").json();
        call("POST", path(strong, "regenerate"), TEACHER).isError(403, "insufficient_scope");
        call("POST", path(strong, "rotate"), TEACHER).isError(403, "insufficient_scope");
        assertThat(get("/v1/learners", bearer(strong)).status()).isEqualTo(403);
    }

    /** A tenant's rows must never be sent to another tenant, whatever the store returns. */
    @Test
    void rows_that_were_not_requested_are_a_server_error() {
        JsonNode token = created();
        StoredToken others =
                store.part.get("456", issue("456", settings -> settings).id()).orElseThrow();
        store.answerWith("get", Optional.of(others));
        store.answerWith("list", List.of(others));
        get(path(token), ADMINISTRATOR).isError(500, "internal_error");
        manage("PUT", path(token), "{\"name\":\"New\"}").isError(500, "internal_error");
        call("POST", path(token, "regenerate"), ADMINISTRATOR).isError(500, "internal_error");
        get(TOKENS, ADMINISTRATOR).isError(500, "internal_error");

        store.answerWith("find", List.of(others));
        get("/v1/learners", bearer(token)).isError(500, "internal_error");
        get("/v1/learners", UNKNOWN_TOKEN).isError(500, "internal_error");
    }

    @Test
    void kept_token_is_shown_without_its_secret() {
        JsonNode token = created();
        JsonNode kept = kept(token);
        assertThat(fields(kept))
                .containsExactlyInAnyOrder(
                        "id",
                        "token_uuid",
                        "name",
                        "description",
                        "token_prefix",
                        "org_id",
                        "scopes",
                        "is_active",
                        "created_by_user_id",
                        "secret_shown_to",
                        "creation_date",
                        "last_used_at",
                        "expires_at",
                        "environment",
                        "ip_allowlist",
                        "rate_limits",
                        "metadata",
                        "revoked_at",
                        "predecessor_uuid",
                        "successor_uuid");
        assertThat(kept.path("id").isIntegralNumber()).isTrue();
        assertThat(kept.path("org_id").isIntegralNumber()).isTrue();
        assertThat(kept.path("created_by_user_id").isIntegralNumber()).isTrue();
        assertThat(kept.path("is_active").isBoolean()).isTrue();
        assertThat(get(TOKENS, ADMINISTRATOR).isOk().json().get(0)).isEqualTo(kept);
    }

    @Test
    void list_holds_all_tokens_of_the_organization_newest_first() {
        JsonNode first = create("{\"name\":\"1\",\"scopes\":[\"read:a\"],\"expires_at\":\"2026-05-07T13:24:00Z\"}")
                .json();
        JsonNode second = create("{\"name\":\"2\",\"scopes\":[\"read:a\"]}").json();
        create("{\"name\":\"3\",\"scopes\":[\"read:a\"]}");
        manage("POST", "/api/v1/orgs/456/api-tokens", CREATION).isOk();
        call("DELETE", path(second), ADMINISTRATOR).isOk();
        clock.advance(Duration.ofMinutes(1));

        JsonNode list = get(TOKENS, ADMINISTRATOR).isOk().json();
        assertThat(list.isArray()).isTrue();
        assertThat(list.findValuesAsText("name")).containsExactly("3", "2", "1");
        assertThat(list.findValuesAsText("is_active")).containsExactly("true", "false", "false");
        assertThat(list.get(1).path("revoked_at").asText()).isEqualTo("2026-05-07T13:23:20.250Z");
        assertThat(kept(first).path("is_active").asBoolean()).isFalse();
    }

    @Test
    void list_is_read_page_by_page_along_its_links() {
        for (int i = 1; i <= 5; i++) {
            create("{\"name\":\"" + i + "\",\"scopes\":[\"read:a\"]}").isOk();
            manage("POST", "/api/v1/orgs/456/api-tokens", CREATION).isOk();
        }
        List<String> names = new ArrayList<>();
        String next = TOKENS + "?limit=2";
        for (int page = 0; page < 3; page++) {
            Reply reply = get(next, ADMINISTRATOR).isOk();
            names.addAll(reply.json().findValuesAsText("name"));
            String link = reply.header("Link");
            if (page == 2) {
                assertThat(link).isNull();
            } else {
                assertThat(link).matches("<" + TOKENS + "\\?limit=2&cursor=[0-9]+>; rel=\"next\"");
                next = link.substring(1, link.indexOf('>'));
            }
        }
        assertThat(names).containsExactly("5", "4", "3", "2", "1");
        assertThat(get(TOKENS + "?limit=5", ADMINISTRATOR).isOk().header("Link"))
                .isNull();
        assertThat(get(TOKENS + "?limit=200", ADMINISTRATOR).isOk().json()).hasSize(5);
        assertThat(get("/api/v1/orgs/456/api-tokens?limit=1", ADMINISTRATOR).json())
                .hasSize(1);
    }

    @Test
    void list_has_a_hundred_tokens_a_page_unless_asked_otherwise() {
        for (int i = 0; i < 101; i++) {
            issue("read:learners");
        }
        Reply reply = get(TOKENS, ADMINISTRATOR).isOk();
        assertThat(reply.json()).hasSize(100);
        assertThat(reply.header("Link")).contains("limit=100&cursor=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=201",
                "limit=-1",
                "limit=1.5",
                "limit=x",
                "limit=",
                "limit=%2B1",
                "limit=99999999999999999999",
                "limit=%D9%A1"
            })
    void wrong_limit_is_refused(String query) {
        get(TOKENS + "?" + query, ADMINISTRATOR).isInvalid("limit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"cursor=x", "cursor=-1", "cursor=", "cursor=1.5", "cursor=1%27--", "cursor=99999999999999999999"
            })
    void wrong_cursor_is_refused(String query) {
        get(TOKENS + "?" + query, ADMINISTRATOR).isInvalid("cursor");
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=%zz", "limit=%", "cursor=%1", "limit=%ff%fe", "limit=%c3%28"})
    void query_that_cannot_be_decoded_is_the_clients_fault(String query) throws IOException {
        assertThat(raw("GET " + TOKENS + "?" + query, ADMINISTRATOR).status()).isBetween(400, 499);
    }

    @Test
    void links_lead_back_into_the_application_wherever_it_is_mounted() throws Exception {
        stop();
        serveIn(Lectern.DIALECT, application -> application.in("/app"));
        issue("read:learners");
        issue("read:learners");
        String link = get("/app" + TOKENS + "?limit=1", ADMINISTRATOR).isOk().header("Link");
        String target = link.substring(1, link.indexOf('>'));
        assertThat(target.startsWith("?") ? "/app" + TOKENS + target : target).startsWith("/app" + TOKENS + "?");
    }

    @Test
    void use_of_a_token_shows() {
        JsonNode token = created();
        assertThat(kept(token).path("last_used_at").isNull()).isTrue();
        assertThat(works(token)).isTrue();
        Patience.await().until(() -> !kept(token).path("last_used_at").isNull());
        assertThat(kept(token).path("last_used_at").asText()).isEqualTo("2026-05-07T13:23:20.250Z");
    }

    private JsonNode everything() {
        return create("{\"name\":\"CI\",\"description\":\"d\",\"scopes\":[\"read:learners\"],"
                        + "\"expires_at\":\"2027-01-01T00:00:00Z\",\"ip_allowlist\":[\"127.0.0.1\"],"
                        + "\"rate_limits\":{\"read\":5},\"metadata\":{\"a\":\"b\"}}")
                .isOk()
                .json();
    }

    @Test
    void update_keeps_omitted_fields() {
        JsonNode token = everything();
        JsonNode before = kept(token);
        assertThat(manage("PUT", path(token), "{}").isOk().json()).isEqualTo(before);
        JsonNode after = manage("PUT", path(token), "{\"name\":\"New\"}").isOk().json();
        assertThat(after).isEqualTo(kept(token));
        assertThat(after).isEqualTo(((ObjectNode) before).put("name", "New"));
        assertThat(works(token)).isTrue();
    }

    @Test
    void update_changes_the_given_fields() {
        JsonNode token = everything();
        JsonNode after = manage(
                        "PUT",
                        path(token),
                        "{\"description\":\"d\",\"scopes\":[\"read:finance\"],\"expires_at\":\"2028-01-01T00:00:00Z\","
                                + "\"ip_allowlist\":[\"::1\"],\"rate_limits\":{\"write\":1},\"metadata\":{\"c\":\"d\"}}")
                .isOk()
                .json();
        assertThat(after.path("description").asText()).isEqualTo("d");
        assertThat(after.path("scopes").toString()).isEqualTo("[\"read:finance\"]");
        assertThat(after.path("expires_at").asText()).isEqualTo("2028-01-01T00:00:00Z");
        assertThat(after.path("ip_allowlist").toString()).isEqualTo("[\"::1\"]");
        assertThat(after.path("rate_limits").toString()).isEqualTo("{\"write\":1}");
        assertThat(after.path("metadata").toString()).isEqualTo("{\"c\":\"d\"}");
        assertThat(after.has("token")).isFalse();
        get("/v1/learners", bearer(token)).isUnauthorized(true); // no longer allowed from 127.0.0.1
    }

    @Test
    void update_clears_optional_fields() {
        JsonNode token = everything();
        JsonNode after = manage(
                        "PUT",
                        path(token),
                        "{\"description\":null,\"expires_at\":null,\"ip_allowlist\":null,\"rate_limits\":null,"
                                + "\"metadata\":null}")
                .isOk()
                .json();
        for (String field : List.of("description", "expires_at", "ip_allowlist", "rate_limits")) {
            assertThat(after.path(field).isNull()).as(field).isTrue();
        }
        assertThat(after.path("metadata").toString()).isEqualTo("{}");
        get("/v1/learners", bearer(token)).isOk().hasLimits(200, 199, RESET);
    }

    @Test
    void update_may_change_the_scopes_at_once() {
        JsonNode token = created();
        manage("PUT", path(token), "{\"scopes\":[\"read:finance\"]}").isOk();
        get("/v1/learners", bearer(token)).isError(403, "insufficient_scope");
    }

    @Test
    void update_may_rename_a_token_whose_end_is_past() {
        JsonNode token = create("{\"name\":\"CI\",\"scopes\":[\"read:a\"],\"expires_at\":\"2026-05-07T13:24:00Z\"}")
                .json();
        clock.advance(Duration.ofMinutes(1));
        manage("PUT", path(token), "{\"name\":\"Late\"}").isOk();
        manage("PUT", path(token), "{\"expires_at\":\"2026-05-07T13:24:20.250Z\"}")
                .isInvalid("expires_at");
    }

    @Test
    void name_scopes_and_environment_cannot_be_cleared_or_moved() {
        JsonNode token = everything();
        JsonNode before = kept(token);
        manage("PUT", path(token), "{\"name\":null}").isInvalid("name");
        manage("PUT", path(token), "{\"name\":\"\"}").isInvalid("name");
        manage("PUT", path(token), "{\"scopes\":null}").isInvalid("scopes");
        manage("PUT", path(token), "{\"scopes\":[]}").isInvalid("scopes");
        manage("PUT", path(token), "{\"environment\":\"test\"}").isInvalid("environment");
        manage("PUT", path(token), "{\"environment\":\"live\"}").isInvalid("environment");
        manage("PUT", path(token), "{\"environment\":null}").isInvalid("environment");
        manage("PUT", path(token), "{\"ip_allowlist\":[]}").isInvalid("ip_allowlist");
        manage("PUT", path(token), "{\"token\":\"x\"}").isInvalid("token");
        manage("PUT", path(token), "{\"revoked_at\":null}").isInvalid("revoked_at");
        manage("PUT", path(token), "{\"name\":\"New\",\"scopes\":[\"READ:a\"]}").isInvalid("scopes");
        manage("PUT", path(token), "[]").isInvalid("body");
        assertThat(kept(token)).isEqualTo(before);
    }

    /** The secret could not be returned a second time. */
    @Test
    void change_whose_propagation_fails_is_made_and_no_secret_is_lost() {
        JsonNode token = created();
        feed.breakWith(new StorageException("planned"));
        Reply regenerated = call("POST", path(token, "regenerate"), ADMINISTRATOR);
        assertThat(regenerated.status()).isEqualTo(202);
        assertThat(regenerated.json().path("pending").asText()).contains("all processes");
        get(TOKENS, bearer(token)).isUnauthorized(true);
        get(TOKENS, bearer(regenerated.json())).isError(403, "insufficient_scope");

        Reply revoked = call("DELETE", path(token), ADMINISTRATOR).isError(500, "internal_error");
        assertThat(revoked.json().at("/error/message").asText()).contains("was made", "pending", "all processes");
        assertThat(revoked.header("Retry-After")).isEqualTo("1");
        get(TOKENS, bearer(regenerated.json())).isError(401, "invalid_token");
    }

    @Test
    void regenerated_token_has_a_new_secret_and_the_old_one_is_dead() {
        JsonNode token = everything();
        Reply reply = call("POST", path(token, "regenerate"), ADMINISTRATOR).isOk();
        JsonNode fresh = reply.json();
        assertThat(fields(fresh)).isEqualTo(fields(token));
        assertThat(fresh.path("token_uuid")).isEqualTo(token.path("token_uuid"));
        assertThat(fresh.path("expires_at")).isEqualTo(token.path("expires_at"));
        assertThat(fresh.path("token")).isNotEqualTo(token.path("token"));
        assertThat(fresh.path("token").asText())
                .startsWith(fresh.path("token_prefix").asText());
        assertThat(works(token)).isFalse();
        assertThat(works(fresh)).isTrue();
        assertThat(get(TOKENS, ADMINISTRATOR).json()).hasSize(1);
    }

    @Test
    void rotated_token_works_beside_its_successor_until_the_overlap_ends() {
        JsonNode old = everything();
        JsonNode fresh = manage("POST", path(old, "rotate"), "{\"overlap_seconds\":60}")
                .isOk()
                .json();
        assertThat(fields(fresh)).isEqualTo(fields(old));
        assertThat(fresh.path("predecessor_uuid")).isEqualTo(old.path("token_uuid"));
        assertThat(fresh.path("token_uuid")).isNotEqualTo(old.path("token_uuid"));
        for (String same : List.of(
                "name",
                "description",
                "scopes",
                "environment",
                "expires_at",
                "ip_allowlist",
                "rate_limits",
                "metadata",
                "org_id")) {
            assertThat(fresh.path(same)).as(same).isEqualTo(old.path(same));
        }
        assertThat(kept(old).path("successor_uuid")).isEqualTo(fresh.path("token_uuid"));
        assertThat(kept(old).path("expires_at").asText()).isEqualTo("2026-05-07T13:24:20.250Z");

        assertThat(works(old)).isTrue();
        assertThat(works(fresh)).isTrue();
        clock.advance(Duration.ofMillis(59_999));
        assertThat(works(old)).isTrue();
        clock.advance(Duration.ofMillis(1));
        assertThat(works(old)).isFalse();
        assertThat(works(fresh)).isTrue();
        assertThat(kept(old).path("is_active").asBoolean()).isFalse();
    }

    @Test
    void overlap_of_nothing_ends_the_old_token_at_once() {
        JsonNode old = created();
        JsonNode fresh = manage("POST", path(old, "rotate"), "{\"overlap_seconds\":0}")
                .isOk()
                .json();
        assertThat(works(old)).isFalse();
        assertThat(works(fresh)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"overlap_seconds\":null}", "{}", ""})
    void overlap_without_an_end_lasts_until_the_old_token_is_revoked(String body) {
        JsonNode old = created();
        JsonNode fresh = manage("POST", path(old, "rotate"), body).isOk().json();
        clock.advance(Duration.ofDays(10_000));
        assertThat(works(old)).isTrue();
        assertThat(works(fresh)).isTrue();
        call("DELETE", path(old), ADMINISTRATOR).isOk();
        assertThat(works(old)).isFalse();
        assertThat(works(fresh)).isTrue();
    }

    @Test
    void overlap_never_outlasts_the_old_tokens_own_end() {
        JsonNode old = create(
                        "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"expires_at\":\"2026-05-07T13:24:00Z\"}")
                .json();
        manage("POST", path(old, "rotate"), "{\"overlap_seconds\":3600}").isOk();
        clock.advance(Duration.ofMinutes(1));
        assertThat(works(old)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "1.0", "1e2", "\"60\"", "true", "[]", "{}", "9223372036854775808"})
    void wrong_overlap_is_refused(String overlap) {
        JsonNode old = created();
        manage("POST", path(old, "rotate"), "{\"overlap_seconds\":" + overlap + "}")
                .isInvalid("overlap_seconds");
        assertThat(kept(old).path("successor_uuid").isNull()).isTrue();
    }

    @Test
    void rotation_takes_an_overlap_and_nothing_else() {
        JsonNode old = created();
        manage("POST", path(old, "rotate"), "{\"name\":\"x\"}").isInvalid("body");
        manage("POST", path(old, "rotate"), "{\"overlap_seconds\":1,\"x\":1}").isInvalid("body");
        manage("POST", path(old, "rotate"), "[]").isInvalid("body");
        manage("POST", path(old, "rotate"), "{\"overlap_seconds\":1,\"overlap_seconds\":1}")
                .isInvalid("body");
        assertThat(get(TOKENS, ADMINISTRATOR).json()).hasSize(1);
    }

    @Test
    void token_is_rotated_once() {
        JsonNode old = created();
        JsonNode fresh = manage("POST", path(old, "rotate"), "{}").isOk().json();
        manage("POST", path(old, "rotate"), "{}").isError(409, "conflict");
        manage("POST", path(fresh, "rotate"), "{}").isOk();
        assertThat(get(TOKENS, ADMINISTRATOR).json()).hasSize(3);
    }

    @Test
    void tokens_are_listed_by_conditions() {
        JsonNode token = created();
        JsonNode other = created();
        manage("POST", path(other, "disable"), "{}").isOk();
        for (String query : List.of(
                "state=active",
                "state=active&created_by=7&name=CI&environment=live&scope=read:learners",
                "state=active&created_before=2026-05-08T00:00:00Z&last_used_before=2026-05-08T00:00:00Z")) {
            JsonNode found = get(TOKENS + "?" + query, ADMINISTRATOR).isOk().json();
            assertThat(found).as(query).hasSize(1);
            assertThat(found.get(0).path("token_uuid")).isEqualTo(token.path("token_uuid"));
        }
        for (String query : List.of(
                "state=revoked",
                "name=ci",
                "environment=test",
                "scope=write:learners",
                "created_by=8",
                "expires_before=2027-05-08T00:00:00Z",
                "created_before=2026-05-07T00:00:00Z",
                "last_used_before=2026-05-07T00:00:00Z")) {
            assertThat(get(TOKENS + "?" + query, ADMINISTRATOR).isOk().json())
                    .as(query)
                    .isEmpty();
        }
        for (String query : List.of(
                "state=", "state=Active", "scope=a%20b", "environment=", "expires_before=today", "created_before=1")) {
            get(TOKENS + "?" + query, ADMINISTRATOR).isError(422, "validation_failed");
        }
    }

    @Test
    void the_next_page_of_a_list_has_the_same_conditions() {
        List<JsonNode> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(0, created());
        }
        Reply first = get(TOKENS + "?name=CI&limit=2", ADMINISTRATOR).isOk();
        assertThat(first.json()).hasSize(2);
        String link = first.header("Link");
        assertThat(link).endsWith("&name=CI>; rel=\"next\"");
        Reply second = get(link.substring(1, link.indexOf('>')), ADMINISTRATOR).isOk();
        assertThat(second.json()).hasSize(1);
        assertThat(second.json().get(0).path("token_uuid")).isEqualTo(all.get(2).path("token_uuid"));
        assertThat(second.header("Link")).isNull();
    }

    @Test
    void a_revocation_has_a_reason() {
        JsonNode token = created();
        call("DELETE", path(token) + "?cause=x", ADMINISTRATOR).isError(422, "validation_failed");
        assertThat(works(token)).isTrue();
        call("DELETE", path(token) + "?reason=found%20in%20a%20log", ADMINISTRATOR)
                .isOk();
        assertThat(kept(token).path("revocation_reason").asText()).isEqualTo("found in a log");
        JsonNode other = created();
        call("DELETE", path(other), ADMINISTRATOR).isOk();
        assertThat(kept(other).has("revocation_reason")).isFalse();
        assertThat(get(ORG + "/audit", ADMINISTRATOR).isOk().body())
                .contains("\"details\":{\"reason\":\"found in a log\"}");
    }

    @Test
    void a_disabled_token_is_refused_until_it_is_enabled() {
        JsonNode token = created();
        assertThat(kept(token).has("disabled_at")).isFalse();
        for (int i = 0; i < 2; i++) {
            JsonNode disabled =
                    manage("POST", path(token, "disable"), "{}").isOk().json();
            assertThat(disabled.path("disabled_at").asText()).isEqualTo("2026-05-07T13:23:20.250Z");
            assertThat(disabled.path("is_active").asBoolean()).isFalse();
            get("/v1/learners", bearer(token)).isUnauthorized(true);
        }
        assertThat(kept(token).path("revoked_at").isNull()).isTrue();
        JsonNode enabled = manage("POST", path(token, "enable"), "").isOk().json();
        assertThat(enabled.has("disabled_at")).isFalse();
        assertThat(enabled.path("is_active").asBoolean()).isTrue();
        assertThat(works(token)).isTrue();
        manage("POST", path(token, "enable"), "{\"name\":\"x\"}").isError(422, "validation_failed");
        call("DELETE", path(token), ADMINISTRATOR).isOk();
        manage("POST", path(token, "disable"), "{}").isError(422, "validation_failed");
    }

    @Test
    void a_token_is_refused_before_its_start() {
        JsonNode token = create(CREATION.replace("{", "{\"not_before\":\"2026-05-07T13:23:30Z\","))
                .isOk()
                .json();
        assertThat(token.path("not_before").asText()).isEqualTo("2026-05-07T13:23:30Z");
        assertThat(kept(token).path("is_active").asBoolean()).isFalse();
        get("/v1/learners", bearer(token)).isUnauthorized(true);
        clock.advance(Duration.ofMillis(9_750));
        assertThat(works(token)).isTrue();
        assertThat(kept(token).path("is_active").asBoolean()).isTrue();
        JsonNode changed =
                manage("PUT", path(token), "{\"not_before\":null}").isOk().json();
        assertThat(changed.has("not_before")).isFalse();
        manage("PUT", path(token), "{\"not_before\":7}").isError(422, "validation_failed");
    }

    @Test
    void a_token_that_is_not_used_is_refused_and_listed_as_idle() {
        JsonNode token = created();
        clock.advance(IDLE_TIMEOUT.plusMinutes(3).minusMillis(1));
        assertThat(kept(token).path("is_active").asBoolean()).isTrue();
        clock.advance(Duration.ofMillis(1));
        get("/v1/learners", bearer(token)).isUnauthorized(true);
        assertThat(kept(token).path("is_active").asBoolean()).isFalse();
        assertThat(get(TOKENS + "?state=idle", ADMINISTRATOR).isOk().body())
                .contains(token.path("token_uuid").asText());
        assertThat(get(TOKENS + "?state=active", ADMINISTRATOR).isOk().body())
                .doesNotContain(token.path("token_uuid").asText());
        manage("POST", path(token, "rotate"), "{}").isInvalid("token_uuid");
        manage("POST", path(token, "disable"), "{}").isOk();
        manage("POST", path(token, "enable"), "{}").isOk();
        assertThat(kept(token).path("is_active").asBoolean()).isTrue();
        assertThat(works(token)).isTrue();
    }

    @Test
    void revoked_token_is_refused_at_once_and_for_good() {
        JsonNode token = created();
        assertThat(works(token)).isTrue();
        assertThat(call("DELETE", path(token), ADMINISTRATOR).isOk().body())
                .isEqualTo("{\"message\":\"Token revoked successfully\"}");
        assertThat(works(token)).isFalse();
        assertThat(kept(token).path("is_active").asBoolean()).isFalse();
        assertThat(kept(token).path("revoked_at").asText()).isEqualTo("2026-05-07T13:23:20.250Z");

        call("DELETE", path(token), ADMINISTRATOR).isError(404, "not_found");
        manage("PUT", path(token), "{\"name\":\"x\"}").isInvalid("token_uuid");
        call("POST", path(token, "regenerate"), ADMINISTRATOR).isInvalid("token_uuid");
        manage("POST", path(token, "rotate"), "{}").isInvalid("token_uuid");
        assertThat(works(token)).isFalse();
    }

    @Test
    void only_the_responses_of_create_regenerate_and_rotate_contain_a_secret() {
        JsonNode first = created();
        JsonNode second =
                call("POST", path(first, "regenerate"), ADMINISTRATOR).isOk().json();
        JsonNode third = manage("POST", path(first, "rotate"), "{}").isOk().json();
        works(second);
        StringBuilder shown = new StringBuilder();
        for (JsonNode token : List.of(second, third)) {
            shown.append(get(path(token), ADMINISTRATOR).isOk().body());
            shown.append(manage("PUT", path(token), "{\"name\":\"x\"}").isOk().body());
        }
        shown.append(get(TOKENS, ADMINISTRATOR).isOk().body());
        shown.append(call("DELETE", path(third), ADMINISTRATOR).isOk().body());
        shown.append(get(ORG + "/audit", ADMINISTRATOR).isOk().body());
        shown.append(get(ORG + "/audit?format=csv", ADMINISTRATOR).isOk().body());
        for (JsonNode token : List.of(first, second, third)) {
            String body = token.path("token").asText().substring("sk_live_lectern_".length());
            assertThat(shown.toString()).doesNotContain(body).doesNotContain(body.substring(4));
        }
        assertThat(shown.toString()).doesNotContain("\"token\":", "hash", "selector");
    }

    @Test
    void creations_are_limited_and_refused_ones_spend_nothing() throws Exception {
        stop();
        serveIn(
                Lectern.DIALECT.toBuilder()
                        .creationLimit(RateLimit.perMinute(2))
                        .build(),
                UnaryOperator.identity());
        create("{}").isInvalid("name", "scopes");
        create("{\"name\":\"\",\"scopes\":[\"read:a\"]}").isInvalid("name");
        send("POST", TOKENS, BodyPublishers.ofString("{\"name\":\"x\",\"scopes\":[\"read:a\"]}"), TEACHER, JSON_BODY)
                .isError(403, "insufficient_scope");
        JsonNode token = created();
        call("POST", path(token, "regenerate"), ADMINISTRATOR).isOk();
        for (Reply refused : List.of(
                create(CREATION),
                call("POST", path(token, "regenerate"), ADMINISTRATOR),
                manage("POST", path(token, "rotate"), "{}"))) {
            assertThat(refused.isError(429, "rate_limited").header("Retry-After"))
                    .isEqualTo("40");
        }
        manage("POST", "/api/v1/orgs/456/api-tokens", CREATION).isOk();
        clock.advance(Duration.ofSeconds(39));
        create(CREATION).isError(429, "rate_limited");
        clock.advance(Duration.ofSeconds(1));
        create(CREATION).isOk();
    }

    @Test
    void creations_and_rotations_beyond_the_maximum_of_live_tokens_conflict() throws Exception {
        stop();
        serveWith(Lectern.DIALECT, builder -> builder.maxLiveTokensPerTenant(2).maxLifetime(Duration.ofDays(2)));
        JsonNode expiring = create("{\"name\":\"CI\",\"scopes\":[\"read:a\"],\"expires_at\":\"%s\"}"
                        .formatted(clock.instant().plusSeconds(1)))
                .isOk()
                .json();
        JsonNode token = created();
        create(CREATION).isError(409, "conflict");
        manage("POST", "/api/v1/orgs/456/api-tokens", CREATION).isOk();
        clock.advance(Duration.ofSeconds(1));
        created();
        manage("PUT", path(expiring), "{\"expires_at\":null}").isError(409, "conflict");
        JsonNode successor = manage("POST", path(token, "rotate"), "{}").isOk().json();
        manage("POST", path(successor, "rotate"), "{}").isError(409, "conflict");

        Instant end = clock.instant().plus(Duration.ofDays(2));
        assertThat(get(TOKENS + "?expires_before=" + end, ADMINISTRATOR).isOk().json())
                .as("also by the maximum lifetime")
                .hasSize(2);
    }

    @Test
    void ten_concurrent_creations_of_one_name_leave_the_permits_of_nine() throws Exception {
        stop();
        serveIn(
                Lectern.DIALECT.toBuilder()
                        .creationLimit(RateLimit.perMinute(10))
                        .uniqueNames()
                        .build(),
                UnaryOperator.identity());
        ExecutorService threads = Executors.newFixedThreadPool(10);
        try {
            int made = 0;
            Callable<Reply> creation = () -> create("{\"name\":\"one\",\"scopes\":[\"read:a\"]}");
            for (Future<Reply> reply : threads.invokeAll(Collections.nCopies(10, creation))) {
                if (reply.get().status() == 409) {
                    reply.get().isError(409, "conflict");
                } else {
                    reply.get().isOk();
                    made++;
                }
            }
            assertThat(made).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
        for (int i = 0; i < 9; i++) {
            create("{\"name\":\"next " + i + "\",\"scopes\":[\"read:a\"]}").isOk();
        }
        create("{\"name\":\"last\",\"scopes\":[\"read:a\"]}").isError(429, "rate_limited");
    }

    static Stream<Throwable> faults() {
        return Stream.of(
                new StorageException("planned"),
                new IllegalStateException("planned"),
                new StackOverflowError("planned"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void broken_store_is_a_server_error_in_the_envelope(Throwable fault) {
        JsonNode token = created();
        store.breakWith(fault);
        routes().filter(route -> !route.equals("GET /audit")).forEach(route -> {
            Reply reply = route(route, "123", token, ADMINISTRATOR).isError(500, "internal_error");
            assertThat(reply.body()).doesNotContain("planned", "Exception");
        });
        get(TOKENS, bearer(token)).isError(500, "internal_error");
        get(TOKENS, READER).isError(500, "internal_error");
        store.mend();
        get(TOKENS, ADMINISTRATOR).isOk();
        assertThat(works(token)).isTrue();
    }
}
