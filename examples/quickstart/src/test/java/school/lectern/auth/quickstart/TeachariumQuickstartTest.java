package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.quickstart.Administrator.done;
import static school.lectern.auth.quickstart.Administrator.named;
import static school.lectern.auth.quickstart.Administrator.secret;
import static school.lectern.auth.quickstart.Administrator.uuid;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;
import school.lectern.auth.quickstart.Wire.Reply;

class TeachariumQuickstartTest {

    private static final String LESSONS = "/api/public/lessons";
    private static final String MISSING = "Missing authorization header";
    private static final String SCHEME = "Authorization header must use the Bearer scheme";
    private static final String PARTS = "Authorization token must be provided as <public>.<secret>";
    private static final String INVALID = "Invalid API token";
    private static final String REVOKED = "API token has been revoked";
    private static final String CHALLENGE = "Bearer realm=\"teacharium\"";
    private static final String REFUSED = CHALLENGE + ", error=\"invalid_token\"";
    private static final String OTHER_SECRET = "tasec_0000000000000000000000000000000000000000000";
    private static final String UNKNOWN = "tapub_00000000000000000000." + OTHER_SECRET;

    @TempDir
    static Path folder;

    private static RunningQuickstart server;
    private static Wire wire;
    private static Administrator admin;
    private static Administrator other;

    @BeforeAll
    static void start() throws Exception {
        server = RunningQuickstart.start(folder.resolve("data"), Map.of("LECTERN_DIALECT", "teacharium"));
        wire = new Wire(server);
        admin = Administrator.of(server, "123");
        other = Administrator.of(server, "456");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String publicKey(JsonNode token) {
        return token.get("public_key").asText();
    }

    private static String secretKey(JsonNode token) {
        return token.get("secret_key").asText();
    }

    /** Asserts that the response is an error whose body contains only this text. */
    private static void refused(Answer answer, int status, String text) {
        assertThat(answer.response().body()).isEqualTo("{\"error\":\"" + text + "\"}");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("X-Request-Id")).isNotEmpty();
        assertThat(answer.header("WWW-Authenticate"))
                .isEqualTo(status != 401 ? "" : text.equals(MISSING) ? CHALLENGE : REFUSED);
    }

    @Test
    void a_new_token_comes_as_a_public_and_a_secret_key_and_with_a_period_between_them() throws Exception {
        JsonNode token = admin.issue("");
        assertThat(publicKey(token)).matches("tapub_[0-9A-Za-z]{20}");
        assertThat(secretKey(token)).matches("tasec_[0-9A-Za-z]{43}");
        assertThat(secret(token)).isEqualTo(publicKey(token) + '.' + secretKey(token));
        assertThat(token.get("token_prefix").asText()).isEqualTo(publicKey(token));
        assertThat(token.has("request_id")).isFalse();
        assertThat(server.get(LESSONS, secret(token)).status()).isEqualTo(200);
    }

    @Test
    void the_secret_is_shown_once_and_the_public_key_in_every_list() throws Exception {
        JsonNode token = admin.issue("");
        JsonNode kept = admin.get(token).json();
        JsonNode listed = admin.list().get(0);
        for (JsonNode shown : List.of(kept, listed)) {
            assertThat(uuid(shown)).isEqualTo(uuid(token));
            assertThat(shown.get("token_prefix").asText()).isEqualTo(publicKey(token));
            assertThat(shown.has("token")).isFalse();
            assertThat(shown.toString())
                    .doesNotContain("tasec_", secretKey(token).substring(6));
        }
        assertThat(admin.update(token, "{\"description\":\"d\"}").response().body())
                .doesNotContain("tasec_");
    }

    @Test
    void a_token_reads_the_lessons_of_its_organization() throws Exception {
        String token = secret(admin.issue(""));
        Answer all = server.get(LESSONS, token);
        assertThat(all.status()).isEqualTo(200);
        assertThat(all.response().body())
                .isEqualTo(
                        "{\"data\":[{\"id\":\"les_123_1\",\"title\":\"Lesson 1\"},"
                                + "{\"id\":\"les_123_2\",\"title\":\"Lesson 2\"},{\"id\":\"les_123_3\",\"title\":\"Lesson 3\"}]}");
        assertThat(server.get(LESSONS + "/les_123_2", token).response().body())
                .isEqualTo("{\"data\":{\"id\":\"les_123_2\",\"title\":\"Lesson 2\"}}");
    }

    @Test
    void a_lesson_of_another_organization_is_not_found_like_one_that_is_not() throws Exception {
        String token = secret(admin.issue(""));
        refused(server.get(LESSONS + "/les_456_1", token), 404, "Not found");
        refused(server.get(LESSONS + "/les_123_4", token), 404, "Not found");
        refused(server.get("/nowhere", token), 404, "Not found");
        assertThat(server.get(LESSONS + "/les_456_1", secret(other.issue(""))).status())
                .isEqualTo(200);
    }

    @Test
    void a_token_outside_the_authorization_header_is_ignored() throws Exception {
        String token = secret(admin.issue(""));
        refused(server.get(LESSONS, ""), 401, MISSING);
        refused(server.get(LESSONS + "?token=" + token + "&access_token=" + token, ""), 401, MISSING);
        refused(server.get(LESSONS, "", "Cookie", "token=" + token), 401, MISSING);
        refused(server.get("/nowhere", ""), 401, MISSING);
    }

    /** {@code PUB} and {@code SEC} are placeholders for the keys of a valid token, {@code ~} separates header lines. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "Basic PUB.SEC|" + SCHEME,
                "Basic dXNlcjpwYXNz|" + SCHEME,
                "Token PUB.SEC|" + SCHEME,
                "Bearers PUB.SEC|" + SCHEME,
                "BearerPUB.SEC|" + SCHEME,
                "PUB.SEC|" + SCHEME,
                "Bearer|" + PARTS,
                "Bearer  |" + PARTS,
                "Bearer\tPUB.SEC|" + PARTS,
                "Bearer \tPUB.SEC|" + PARTS,
                "Bearer PUB.SEC, Bearer PUB.SEC|" + PARTS,
                "Bearer PUB.SEC,|" + PARTS,
                "Bearer PUB.SEC~Authorization: Bearer PUB.SEC|" + PARTS,
                "Bearer PUB.SEC~authorization: Basic dXNlcjpwYXNz|" + PARTS,
                "Bearer PUB|" + PARTS,
                "Bearer SEC|" + PARTS,
                "Bearer PUBSEC|" + PARTS,
                "Bearer PUB.|" + PARTS,
                "Bearer .SEC|" + PARTS,
                "Bearer .|" + PARTS,
                "Bearer PUB..SEC|" + PARTS,
                "Bearer PUB.SEC.|" + PARTS,
                "Bearer PUB.SEC.SEC|" + PARTS,
                "Bearer tapub_xxxxx.tasec_xxxxx|" + INVALID,
                "Bearer a.b|" + INVALID,
                "Bearer SEC.PUB|" + INVALID,
                "Bearer PUB.PUB|" + INVALID,
                "Bearer PUB.SECx|" + INVALID,
                "Bearer PUBx.SEC|" + INVALID,
                "Bearer PUB.TASEC_0000000000000000000000000000000000000000000|" + INVALID,
                "Bearer PUB.tasec_000000000000000000000000000000000000000000-|" + INVALID,
                "Bearer PUB.tasec_0000000000000000000000000000000000000000000|" + INVALID,
                "Bearer tapub_00000000000000000000.SEC|" + INVALID,
                "Bearer " + UNKNOWN + "|" + INVALID
            })
    void each_wrong_form_has_its_text(String value, String text) throws Exception {
        JsonNode token = admin.issue("");
        String line = value.replace("PUB", publicKey(token)).replace("SEC", secretKey(token));
        Reply reply = wire.get(LESSONS, ("Authorization: " + line).split("~"));
        assertThat(reply.body()).isEqualTo("{\"error\":\"" + text + "\"}");
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.header("WWW-Authenticate")).isEqualTo(REFUSED);
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
        assertThat(reply.header("X-Request-Id")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer ", "BEARER ", "Bearer    "})
    void the_scheme_has_no_case_and_may_have_more_spaces(String scheme) throws Exception {
        assertThat(wire.get(LESSONS, "Authorization: " + scheme + secret(admin.issue("")) + "  ")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void a_revoked_token_is_reported_as_revoked_only_with_its_secret() throws Exception {
        JsonNode token = admin.issue("\"ip_allowlist\":[\"10.0.0.0/8\"]");
        done(admin.revoke(token));
        refused(server.get(LESSONS, secret(token)), 401, REVOKED);
        refused(server.get(LESSONS, publicKey(token) + '.' + OTHER_SECRET), 401, INVALID);
    }

    @Test
    void an_expired_token_is_an_invalid_one() throws Exception {
        JsonNode token = admin.issue("");
        assertThat(server.get(LESSONS, secret(token)).status()).isEqualTo(200);
        admin.expire(token);
        refused(server.get(LESSONS, secret(token)), 401, INVALID);
    }

    @Test
    void from_an_address_that_is_not_listed_a_token_is_invalid() throws Exception {
        assertThat(server.get(LESSONS, secret(admin.issue("\"ip_allowlist\":[\"127.0.0.1\"]")))
                        .status())
                .isEqualTo(200);
        String elsewhere = secret(admin.issue("\"ip_allowlist\":[\"10.0.0.0/8\"]"));
        refused(server.get(LESSONS, elsewhere), 401, INVALID);
        refused(server.get(LESSONS, elsewhere, "X-Forwarded-For", "10.0.0.1"), 401, INVALID);
    }

    @Test
    void a_use_shows_in_the_list_soon_and_a_refused_one_never() throws Exception {
        JsonNode used = admin.issue("");
        JsonNode refused = admin.issue("\"ip_allowlist\":[\"10.0.0.0/8\"]");
        JsonNode guessed = admin.issue("");
        assertThat(lastUsed(used).isNull()).isTrue();

        Instant before = Instant.now();
        server.get(LESSONS, secret(used));
        server.get(LESSONS, secret(refused));
        server.get(LESSONS, publicKey(guessed) + '.' + OTHER_SECRET);
        Patience.await().until(() -> !lastUsed(used).isNull());
        assertThat(lastUsed(used).asText()).endsWith("Z");
        assertThat(Instant.parse(lastUsed(used).asText())).isBetween(before.minusSeconds(1), Instant.now());
        assertThat(lastUsed(refused).isNull()).isTrue();
        assertThat(lastUsed(guessed).isNull()).isTrue();
    }

    private static JsonNode lastUsed(JsonNode token) throws Exception {
        for (JsonNode listed : admin.list()) {
            if (uuid(listed).equals(uuid(token))) {
                return listed.get("last_used_at");
            }
        }
        throw new AssertionError("not in the list");
    }

    @Test
    void regenerating_keeps_the_public_key_and_kills_the_old_secret_at_once() throws Exception {
        JsonNode old = admin.issue("");
        assertThat(server.get(LESSONS, secret(old)).status()).isEqualTo(200);
        JsonNode fresh = done(admin.regenerate(old));
        assertThat(uuid(fresh)).isEqualTo(uuid(old));
        assertThat(publicKey(fresh)).isEqualTo(publicKey(old));
        assertThat(secretKey(fresh)).isNotEqualTo(secretKey(old));
        refused(server.get(LESSONS, secret(old)), 401, INVALID);
        assertThat(server.get(LESSONS, secret(fresh)).status()).isEqualTo(200);
    }

    @Test
    void rotating_makes_a_token_with_another_public_key_and_both_work() throws Exception {
        JsonNode old = admin.issue("");
        JsonNode fresh = done(admin.rotate(old, ""));
        assertThat(uuid(fresh)).isNotEqualTo(uuid(old));
        assertThat(publicKey(fresh)).isNotEqualTo(publicKey(old));
        assertThat(fresh.get("predecessor_uuid")).isEqualTo(old.get("token_uuid"));
        assertThat(fresh.get("name")).isEqualTo(old.get("name"));
        assertThat(server.get(LESSONS, secret(old)).status()).isEqualTo(200);
        assertThat(server.get(LESSONS, secret(fresh)).status()).isEqualTo(200);
        assertThat(server.get(LESSONS, publicKey(old) + '.' + secretKey(fresh)).status())
                .as("the keys of two tokens")
                .isEqualTo(401);
        refused(admin.rotate(old, ""), 409, "Conflict");
    }

    @Test
    void there_are_no_limits_and_no_headers_of_any() throws Exception {
        String token = secret(admin.issue(""));
        for (int i = 0; i < 250; i++) {
            Answer answer = server.get(LESSONS, token);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.response().headers().map().keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).matches(".*ratelimit.*|retry-after"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|name",
                "{\"name\":1}|name",
                "{\"name\":\"\"}|name",
                "{\"name\":\"a\",\"scopes\":[]}|scopes",
                "{\"name\":\"a\",\"rights\":{}}|rights",
                "{\"name\":\"a\",\"rate_limits\":{\"read\":1}}|rate_limits",
                "{\"name\":\"a\",\"ip_allowlist\":[]}|ip_allowlist",
                "{\"name\":\"a\",\"expires_at\":\"tomorrow\"}|expires_at",
                "{\"name\":\"a\",\"environment\":\"prod\"}|environment",
                "{\"name\":\"a\",\"metadata\":[]}|metadata",
                "{\"name\":\"a\",\"description\":1}|description",
                "{\"name\":\"a\",\"owner\":\"me\"}|owner"
            })
    void an_invalid_request_names_its_field(String body, String field) throws Exception {
        refused(admin.create(body), 400, "Invalid request: " + field);
    }

    @Test
    void only_administrators_manage_tokens() throws Exception {
        JsonNode token = admin.issue("");
        Administrator reader = new Administrator(server, "123", RunningQuickstart.READER);
        assertThat(reader.list()).isNotEmpty();
        assertThat(reader.get(token).status()).isEqualTo(200);
        refused(reader.create(named("")), 403, "Forbidden");
        refused(reader.regenerate(token), 403, "Forbidden");
        refused(reader.revoke(token), 403, "Forbidden");
        refused(new Administrator(server, "123", secret(token)).create(named("")), 403, "Forbidden");
        refused(server.get(admin.path(), ""), 401, MISSING);
        refused(server.get(admin.path(), UNKNOWN), 401, INVALID);
        refused(server.get(admin.path(), "guessed"), 401, PARTS);
    }

    @Test
    void management_refuses_in_one_text() throws Exception {
        JsonNode token = admin.issue("");
        refused(other.get(token), 404, "Not found");
        refused(Administrator.of(server, "999").create(named("")), 404, "Not found");
        Answer method = server.send("PATCH", admin.path(), RunningQuickstart.ADMIN, "{}");
        refused(method, 405, "Method not allowed");
        assertThat(method.header("Allow").split(", ")).containsExactlyInAnyOrder("GET", "POST");
        assertThat(done(admin.revoke(token)).toString()).isEqualTo("{\"message\":\"Token revoked successfully\"}");
        refused(admin.revoke(token), 404, "Not found");
    }

    @Test
    void lessons_can_only_be_read() throws Exception {
        Answer written = server.send("POST", LESSONS, secret(admin.issue("")), "{}");
        refused(written, 405, "Method not allowed");
        assertThat(written.header("Allow")).contains("GET");
        refused(server.send("POST", LESSONS, "", "{}"), 401, MISSING);
    }

    @Test
    void two_tokens_may_have_the_same_name() throws Exception {
        done(admin.create("{\"name\":\"same\"}"));
        done(admin.create("{\"name\":\"same\"}"));
    }

    @Test
    void a_verification_that_breaks_is_a_server_error_and_never_an_invalid_token() throws Exception {
        try (FailingDatabase database = new FailingDatabase(folder);
                RunningQuickstart broken =
                        RunningQuickstart.start(folder.resolve("broken"), database.settings("teacharium"))) {
            String token = secret(Administrator.of(broken, "123").issue(""));
            assertThat(broken.get(LESSONS, token).status()).isEqualTo(200);
            database.fail();
            refused(broken.get(LESSONS, token), 500, "Failed to verify API token");
            refused(broken.get(LESSONS, UNKNOWN), 500, "Failed to verify API token");
            refused(broken.get(LESSONS, ""), 401, MISSING);
        }
    }
}
