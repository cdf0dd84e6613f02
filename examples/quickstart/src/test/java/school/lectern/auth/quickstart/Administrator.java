package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;

/** An administrator of an organization's tokens. */
record Administrator(RunningQuickstart server, String organization, String key) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NAMES = new AtomicInteger();

    static Administrator of(RunningQuickstart server, String organization) {
        return new Administrator(server, organization, RunningQuickstart.ADMIN);
    }

    static String uuid(JsonNode token) {
        return token.get("token_uuid").asText();
    }

    static String secret(JsonNode token) {
        return token.get("token").asText();
    }

    /** Returns the fields of a body for a token with a unique name, followed by the given fields. */
    static String named(String fields) {
        return "{\"name\":\"token " + NAMES.incrementAndGet() + "\"" + (fields.isEmpty() ? "" : "," + fields) + "}";
    }

    String path() {
        return "/api/v1/orgs/" + organization + "/api-tokens";
    }

    String path(JsonNode token) {
        return path() + '/' + uuid(token);
    }

    Answer create(String body) throws Exception {
        return server.send("POST", path(), key, body);
    }

    /** Issues a token with these fields and a unique name. */
    JsonNode issue(String fields) throws Exception {
        return done(create(named(fields)));
    }

    Answer get(JsonNode token) throws Exception {
        return server.get(path(token), key);
    }

    Answer update(JsonNode token, String body) throws Exception {
        return server.send("PUT", path(token), key, body);
    }

    Answer regenerate(JsonNode token) throws Exception {
        return server.send("POST", path(token) + "/regenerate", key, "");
    }

    Answer rotate(JsonNode token, String body) throws Exception {
        return server.send("POST", path(token) + "/rotate", key, body);
    }

    /** Sets the token's expiry to a near time, and returns after that time. */
    void expire(JsonNode token) {
        Instant end = Patience.await()
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
        Patience.await().until(() -> Instant.now().isAfter(end));
    }

    Answer revoke(JsonNode token) throws Exception {
        return server.send("DELETE", path(token), key, "");
    }

    JsonNode list() throws Exception {
        return done(server.get(path() + "?limit=200", key));
    }

    /** Returns the audit row of the call whose response had that request id. */
    JsonNode auditRow(String requestId) throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : audit("").lines().toList()) {
            JsonNode row = JSON.readTree(line);
            if (row.path("request_id").asText().equals(requestId)) {
                rows.add(row);
            }
        }
        assertThat(rows).hasSize(1);
        return rows.get(0);
    }

    String audit(String query) throws Exception {
        Answer answer = server.get("/api/v1/orgs/" + organization + "/audit" + query, key);
        assertThat(answer.status()).isEqualTo(200);
        return answer.response().body();
    }

    static JsonNode done(Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
        return answer.json();
    }
}
