package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * An administrator of an organization's tokens.
 *
 * @param app the application
 * @param id the organization
 * @param key the administrator's key
 */
record Organization(RunningSystem app, String id, String key) {

    private static final AtomicInteger IDS = new AtomicInteger(1_000);
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** Returns an organization that no other test uses. Its number is odd. */
    static Organization next(RunningSystem app) {
        return new Organization(app, Integer.toString(IDS.addAndGet(2) + 1), RunningSystem.ADMIN);
    }

    Organization as(String otherKey) {
        return new Organization(app, id, otherKey);
    }

    Organization other(String otherId) {
        return new Organization(app, otherId, key);
    }

    static String uuid(JsonNode token) {
        return token.get("token_uuid").asString();
    }

    static String secret(JsonNode token) {
        return token.get("token").asString();
    }

    /** Returns the fields of a body for a token with a name of its own, followed by the given fields. */
    static String named(String... fields) {
        String given = String.join(
                ",", List.of(fields).stream().filter(field -> !field.isEmpty()).toList());
        return "{\"name\":\"token " + NAMES.incrementAndGet() + "\"" + (given.isEmpty() ? "" : "," + given) + "}";
    }

    String path() {
        return "/api/v1/orgs/" + id + "/api-tokens";
    }

    String path(JsonNode token) {
        return path() + '/' + uuid(token);
    }

    Answer create(String body) {
        return app.send("POST", path(), key, body);
    }

    /** Issues a token with these fields and a name of its own. */
    JsonNode issue(String... fields) {
        return done(create(named(fields)));
    }

    Answer get(JsonNode token) {
        return app.get(path(token), key);
    }

    Answer list(String query) {
        return app.get(path() + query, key);
    }

    Answer update(JsonNode token, String body) {
        return app.send("PUT", path(token), key, body);
    }

    Answer regenerate(JsonNode token) {
        return app.send("POST", path(token) + "/regenerate", key, "");
    }

    Answer rotate(JsonNode token, String body) {
        return app.send("POST", path(token) + "/rotate", key, body);
    }

    Answer revoke(JsonNode token) {
        return app.send("DELETE", path(token), key, "");
    }

    /** Sets the token's expiry to a near time, and returns after that time. */
    void expire(JsonNode token) {
        Instant end = RunningSystem.await()
                .until(
                        () -> {
                            Instant soon = Instant.now().plusMillis(500);
                            // On a busy machine, that time may be past when the request is handled.
                            return update(token, "{\"expires_at\":\"" + soon + "\"}")
                                                    .status()
                                            == 200
                                    ? soon
                                    : null;
                        },
                        Objects::nonNull);
        RunningSystem.await().until(() -> Instant.now().isAfter(end));
    }

    String audit(String query) {
        Answer answer = app.get("/api/v1/orgs/" + id + "/audit" + query, key);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    List<JsonNode> auditRows() {
        return audit("").lines().map(Answer::parse).toList();
    }

    static JsonNode done(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        return answer.json();
    }
}
