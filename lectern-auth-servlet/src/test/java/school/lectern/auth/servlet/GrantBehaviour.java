package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;

/** The changes that a caller with a partial grant may make: the teacher, whose grant covers only {@code read:learners}. */
abstract class GrantBehaviour extends ManagedBehaviour {

    private static final String BOUNDED = "\"expires_at\":\"2026-05-08T00:00:00Z\",\"ip_allowlist\":[\"10.0.0.0/8\"]";

    private void serveIn(Dialect dialect) throws Exception {
        serveIn(
                dialect.versionHeader().isPresent()
                        ? dialect
                        : dialect.toBuilder().versionHeader("Lectern-Version").build(),
                UnaryOperator.identity());
    }

    private Reply teacher(String method, String path, String json) {
        return send(method, path, BodyPublishers.ofString(json), TEACHER, "Content-Type: application/json");
    }

    /** Returns the token as the get operation returns it, without the request id. */
    private JsonNode settings(JsonNode token) {
        return ((ObjectNode) kept(token)).without("request_id");
    }

    /**
     * Asserts that the request is forbidden to the teacher, with the dialect's error, and that the token and the audit log are
     * unchanged.
     */
    private void forbidden(String method, JsonNode token, String action, String json, String body) {
        JsonNode before = settings(token);
        int rows = rows("123", false).size();
        Reply reply = teacher(method, path(token) + action, json);
        assertThat(reply.status()).as("status with body %s", reply.body()).isEqualTo(403);
        assertThat(reply.body()).contains(body);
        assertThat(settings(token)).isEqualTo(before);
        assertThat(rows("123", false)).hasSize(rows);
    }

    @Test
    void a_token_beyond_the_callers_grant_is_widened_in_no_respect_and_narrowed_in_each() throws Exception {
        serveIn(Lectern.DIALECT);
        JsonNode token = create("{\"name\":\"CI\",\"scopes\":[\"admin:tenant\"]," + BOUNDED
                        + ",\"rate_limits\":{\"read\":5,\"write\":5}}")
                .isOk()
                .json();
        for (String widening : List.of(
                "{\"expires_at\":null}",
                "{\"expires_at\":\"2026-05-08T00:00:00.001Z\"}",
                "{\"ip_allowlist\":null}",
                "{\"ip_allowlist\":[\"10.0.0.0/8\",\"192.0.2.1\"]}",
                "{\"rate_limits\":null}",
                "{\"rate_limits\":{\"read\":6,\"write\":5}}",
                "{\"name\":\"New\",\"rate_limits\":{\"read\":5}}")) {
            forbidden("PUT", token, "", widening, "insufficient_scope");
        }
        forbidden("POST", token, "/regenerate", "", "insufficient_scope");
        forbidden("POST", token, "/rotate", "{}", "insufficient_scope");
        for (String narrowing : List.of(
                "{\"name\":\"New\",\"description\":\"d\",\"metadata\":{\"k\":\"v\"}}",
                "{\"expires_at\":\"2026-05-07T23:00:00Z\"}",
                "{\"ip_allowlist\":[\"10.1.0.0/16\"]}",
                "{\"rate_limits\":{\"read\":4,\"write\":5}}")) {
            teacher("PUT", path(token), narrowing).isOk();
        }
        clock.advance(Duration.ofDays(2));
        forbidden("PUT", token, "", "{\"expires_at\":\"2026-05-20T00:00:00Z\"}", "insufficient_scope");
        assertThat(teacher("DELETE", path(token), "").status()).isEqualTo(200);
    }

    @Test
    void limits_above_the_plan_are_beyond_a_grant_that_names_none() throws Exception {
        serveIn(Lectern.DIALECT);
        String creation = "{\"name\":\"CI\",\"scopes\":[\"read:learners\"],\"rate_limits\":{\"read\":%d}}";
        teacher("POST", TOKENS, creation.formatted(201)).isError(403, "insufficient_scope");
        JsonNode token = teacher("POST", TOKENS, creation.formatted(200)).isOk().json();
        forbidden("PUT", token, "", "{\"rate_limits\":{\"read\":201}}", "insufficient_scope");
    }

    static Stream<Arguments> withoutScopes() {
        return Stream.of(
                Arguments.of(LearnCoin.DIALECT, "\"code\":\"forbidden\""),
                Arguments.of(Teacharium.DIALECT, "{\"error\":\"Forbidden\"}"));
    }

    @ParameterizedTest
    @MethodSource("withoutScopes")
    void in_a_dialect_without_scopes_a_grant_of_scopes_issues_and_revives_nothing(Dialect dialect, String forbidden)
            throws Exception {
        serveIn(dialect);
        Reply refused = teacher("POST", TOKENS, "{\"name\":\"CI\"}");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body()).contains(forbidden);

        JsonNode token = create("{\"name\":\"CI\"," + BOUNDED + "}").isOk().json();
        forbidden("PUT", token, "", "{\"expires_at\":null}", forbidden);
        forbidden("PUT", token, "", "{\"ip_allowlist\":null}", forbidden);
        forbidden("POST", token, "/regenerate", "", forbidden);
        forbidden("POST", token, "/rotate", "{}", forbidden);
        teacher("PUT", path(token), "{\"name\":\"New\"}").isOk();
        clock.advance(Duration.ofDays(2));
        forbidden("PUT", token, "", "{\"expires_at\":\"2026-05-20T00:00:00Z\"}", forbidden);
    }

    @Test
    void rights_that_the_grant_does_not_name_are_beyond_it() throws Exception {
        serveIn(LearnHouse.DIALECT);
        String rights = "\"rights\":{\"courses\":{\"action_delete\":true}}";
        String words = "Insufficient permissions for the operation";
        Reply refused = teacher("POST", TOKENS, "{\"name\":\"CI\"," + rights + "}");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().path("detail").asText()).isEqualTo(words);

        JsonNode token = create("{\"name\":\"CI\"," + rights + "," + BOUNDED + "}")
                .isOk()
                .json();
        forbidden("PUT", token, "", "{\"expires_at\":null}", words);
        forbidden("POST", token, "/regenerate", "", words);
        teacher("PUT", path(token), "{\"rights\":{}}").isOk();
        forbidden("PUT", token, "", "{" + rights + "}", words);
    }

    // ---- the user who received the secret

    @Test
    void get_and_list_show_to_whom_the_present_secret_was_shown() throws Exception {
        serveIn(Lectern.DIALECT);
        JsonNode token = created();
        assertThat(kept(token).path("secret_shown_to").asInt()).isEqualTo(7);

        teacher("POST", path(token, "regenerate"), "").isOk();
        assertThat(kept(token).path("secret_shown_to").asText()).isEqualTo("t-8");
        assertThat(kept(token).path("created_by_user_id").asInt()).isEqualTo(7);

        JsonNode successor = manage("POST", path(token, "rotate"), "{}").isOk().json();
        assertThat(kept(token).path("secret_shown_to").asText()).isEqualTo("t-8");
        assertThat(get(TOKENS, ADMINISTRATOR).isOk().json().findValuesAsText("secret_shown_to"))
                .containsExactly("7", "t-8");

        auth.acrossTenants().revokeAllOf("t-8");
        assertThat(kept(token).path("is_active").asBoolean()).isFalse();
        assertThat(kept(successor).path("is_active").asBoolean()).isTrue();
    }

    @Test
    void a_secret_of_the_application_belongs_to_no_user() throws Exception {
        serveIn(Lectern.DIALECT);
        issue("read:learners");
        JsonNode listed = get(TOKENS, ADMINISTRATOR).isOk().json().get(0);
        assertThat(listed.has("secret_shown_to")).isTrue();
        assertThat(listed.path("secret_shown_to").isNull()).isTrue();
    }
}
