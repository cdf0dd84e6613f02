package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

class QuickstartTest {

    private static final String READ_LEARNERS = "\"read:learners\"";
    private static final String LEARNERS = "\"read:learners\",\"write:learners\",\"delete:learners\"";

    @TempDir
    static Path folder;

    private static RunningQuickstart server;
    private static Wire wire;

    @BeforeAll
    static void start() throws Exception {
        server = RunningQuickstart.start(folder.resolve("data"), Map.of());
        wire = new Wire(server);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void a_token_does_what_its_scopes_say_until_it_is_revoked() throws Exception {
        JsonNode token = server.issue(READ_LEARNERS);
        String secret = token.get("token").asText();

        Answer allowed = server.get("/v1/learners", secret);
        assertThat(allowed.status()).isEqualTo(200);
        assertThat(allowed.header("Lectern-Version")).isEqualTo("2026-01-01");

        Answer denied = server.send("POST", "/v1/learners", secret, "{\"name\":\"Ada\"}");
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.code()).isEqualTo("insufficient_scope");
        assertThat(denied.header("WWW-Authenticate")).contains("scope=\"write:learners\"");

        String path = "/api/v1/orgs/123/api-tokens/" + token.get("token_uuid").asText();
        assertThat(server.send("DELETE", path, RunningQuickstart.ADMIN, "").status())
                .isEqualTo(200);
        assertThat(server.get("/v1/learners", secret).code()).isEqualTo("invalid_token");
        assertThat(server.send("DELETE", path, RunningQuickstart.ADMIN, "").status())
                .isEqualTo(404);
    }

    @Test
    void two_hundred_reads_pass_and_the_next_is_refused_while_writes_bulk_and_other_tokens_go_on() throws Exception {
        String other = server.issue(READ_LEARNERS).get("token").asText();
        String secret;
        List<Answer> answers = new ArrayList<>();
        do {
            // If the minute ends during the test, new permits are available. Then the test is repeated with a new
            // token, which has all permits of the new minute.
            secret = server.issue(LEARNERS).get("token").asText();
            answers.clear();
            for (int i = 0; i < 201; i++) {
                answers.add(server.get("/v1/learners", secret));
            }
        } while (!answers.get(0)
                .header("X-RateLimit-Reset")
                .equals(answers.get(200).header("X-RateLimit-Reset")));
        assertThat(answers.subList(0, 200)).allMatch(answer -> answer.status() == 200);
        Answer refused = answers.get(200);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("rate_limited");
        assertThat(refused.header("X-RateLimit-Remaining")).isEqualTo("0");
        long wait = Long.parseLong(refused.header("Retry-After"));
        Instant reset = Instant.parse(refused.header("X-RateLimit-Reset"));
        assertThat(wait).isBetween(1L, 60L);
        assertThat(Instant.now().plusSeconds(wait)).isAfterOrEqualTo(reset.minusSeconds(1));

        assertThat(server.send("POST", "/v1/learners", secret, "{}").status()).isEqualTo(201);
        assertThat(server.send("POST", "/v1/bulk/learners", secret, "[{},{}]").header("X-RateLimit-Limit"))
                .isEqualTo("10");
        assertThat(server.get("/v1/learners", other).status()).isEqualTo(200);
    }

    @Test
    void a_pinned_version_shows_in_the_body_and_an_unknown_one_is_named() throws Exception {
        String secret = server.issue(LEARNERS).get("token").asText();
        JsonNode made = server.send("POST", "/v1/learners", secret, "{\"name\":\"Ada\"}")
                .json();
        assertThat(made.at("/version").asText()).isEqualTo("2026-01-01");
        String path = "/v1/learners/" + made.at("/data/id").asText();

        assertThat(server.get(path, secret).json().at("/data/name").asText()).isEqualTo("Ada");
        Answer pinned = server.get(path, secret, "Lectern-Version", "2026-05-01");
        assertThat(pinned.json().at("/data/display_name").asText()).isEqualTo("Ada");
        assertThat(pinned.json().at("/data").has("name")).isFalse();

        Answer unknown = server.get(path, secret, "Lectern-Version", "2026-02-01");
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(unknown.json().at("/error/details/0/field").asText()).isEqualTo("Lectern-Version");
    }

    @Test
    void a_learner_keeps_all_its_fields_in_every_version() throws Exception {
        String secret = server.issue(LEARNERS).get("token").asText();
        String[] pin = {"Lectern-Version", "2026-05-01"};
        String both = "{\"display_name\":\"Z\",\"name\":\"N\"}";

        JsonNode made = server.send("POST", "/v1/learners", secret, both).json();
        String path = "/v1/learners/" + made.at("/data/id").asText();
        for (JsonNode old : List.of(made, server.get(path, secret).json())) {
            assertThat(old.at("/data/name").asText()).isEqualTo("N");
            assertThat(old.at("/data/display_name").asText()).isEqualTo("Z");
        }
        JsonNode later = server.get(path, secret, pin).json();
        assertThat(later.at("/data/display_name").asText()).isEqualTo("N");
        assertThat(later.at("/data/name").asText()).isEqualTo("Z");

        JsonNode put = server.send("PUT", path, secret, both, pin).json();
        assertThat(put.at("/data/name").asText()).isEqualTo("N");
        assertThat(put.at("/data/display_name").asText()).isEqualTo("Z");
        assertThat(server.get(path, secret).json().at("/data/name").asText()).isEqualTo("Z");

        JsonNode bulk = server.send("POST", "/v1/bulk/learners", secret, "[" + both + ",{\"name\":\"O\"}]", pin)
                .json();
        assertThat(bulk.at("/data/0/name").asText()).isEqualTo("N");
        assertThat(bulk.at("/data/1/display_name").asText())
                .as("with the old name only")
                .isEqualTo("O");
    }

    @Test
    void records_other_than_learners_keep_their_names_in_every_version() throws Exception {
        String secret = server.issue("\"write:finance\"").get("token").asText();
        for (String body : List.of("{\"name\":\"N\"}", "{\"display_name\":\"Z\",\"name\":\"N\"}")) {
            for (String version : List.of("2026-01-01", "2026-05-01")) {
                Answer answer = server.send("POST", "/v1/finance", secret, body, "Lectern-Version", version);
                assertThat(answer.response().body()).contains(body.substring(0, body.length() - 1));
            }
        }
    }

    @Test
    void numbers_are_kept_digit_by_digit() throws Exception {
        String secret = server.issue("\"write:finance\"").get("token").asText();
        String numbers = "{\"a\":123456789012345678901234567890,\"b\":12345678901234567.123456789012345,\"c\":1.10,"
                + "\"d\":1.5E+400";
        Answer answer = server.send("POST", "/v1/finance", secret, numbers + "}");
        assertThat(answer.response().body()).contains(numbers);
    }

    @Test
    void a_body_that_breaks_off_is_a_wrong_body() throws Exception {
        String bearer =
                "Authorization: Bearer " + server.issue(LEARNERS).get("token").asText();
        for (String path : List.of("/v1/learners", "/v1/bulk/learners")) {
            for (Reply reply : List.of(
                    wire.postBrokenOff(path, "{}", bearer, "Content-Length: 9"),
                    wire.postBrokenOff(path, "zz\r\n{}\r\n", bearer, "Transfer-Encoding: chunked"))) {
                assertThat(reply.status()).isEqualTo(422);
                assertThat(reply.json().at("/error/code").asText()).isEqualTo("validation_failed");
                assertThat(reply.json().at("/error/details/0/field").asText()).isEqualTo("body");
            }
        }
    }

    @Test
    void the_audit_log_is_answered_whole() throws Exception {
        String secret = server.send(
                        "POST",
                        "/api/v1/orgs/456/api-tokens",
                        RunningQuickstart.ADMIN,
                        "{\"name\":\"a\",\"scopes\":[\"read:audit\",\"admin:tenant\"],\"rate_limits\":{\"read\":10000}}")
                .json()
                .get("token")
                .asText();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            ids.add(server.get("/v1/settings", secret).header("X-Request-Id"));
        }
        Answer audit = server.get("/v1/audit", secret);
        ids.add(audit.header("X-Request-Id"));
        assertThat(audit.status()).isEqualTo(200);
        assertThat(audit.json().get("version").asText()).isEqualTo("2026-05-01");
        assertThat(audit.json().get("data").findValuesAsText("request_id")).containsSubsequence(ids);
    }

    @Test
    void nothing_in_the_audit_log_is_invisible() throws Exception {
        String secret =
                server.issue("\"read:audit\",\"admin:tenant\"").get("token").asText();
        server.get("/v1/a%E2%80%AEb%E2%80%8Bc", secret);
        Answer audit = server.get("/v1/audit", secret);
        assertThat(audit.response().body())
                .contains("/v1/a\\u202eb\\u200bc")
                .doesNotContain("\u202e")
                .doesNotContain("\u200b");
        assertThat(audit.json().get("data").findValuesAsText("endpoint")).contains("/v1/a\u202eb\u200bc");
    }

    @Test
    void only_spaces_part_the_administrators_key_from_its_scheme() throws Exception {
        String path = "/api/v1/orgs/123/api-tokens";
        for (String scheme : List.of("Bearer ", "bearer   ")) {
            assertThat(wire.get(path, "Authorization: " + scheme + RunningQuickstart.ADMIN + "  ")
                            .status())
                    .isEqualTo(200);
        }
        for (String scheme : List.of("Bearer \t", "Bearer\t", "Bearer\t ", "Bearer", "Basic ")) {
            assertThat(wire.get(path, "Authorization: " + scheme + RunningQuickstart.ADMIN)
                            .status())
                    .isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "jdbc:h2:file:%s/own;"})
    void a_request_whose_body_still_comes_is_answered_after_the_signal_and_kept(String url) throws Exception {
        Path data = Files.createTempDirectory(folder, "drained");
        Map<String, String> settings = url.isEmpty() ? Map.of() : Map.of("LECTERN_DB_URL", url.formatted(data));
        String secret;
        try (RunningQuickstart first = RunningQuickstart.start(data, settings)) {
            Reply reply = createAcrossTheSignal(first);
            assertThat(reply.status()).isEqualTo(200);
            secret = reply.json().get("token").asText();
            assertThat(first.terminate()).isZero();
        }
        try (RunningQuickstart second = RunningQuickstart.start(data, settings)) {
            assertThat(second.get("/v1/learners", secret).status()).isEqualTo(200);
        }
    }

    /** A database that closes itself at the signal sometimes, but not always, loses the rows that are written afterwards. */
    @ParameterizedTest
    @CsvSource({
        "jdbc:h2:file:/a, jdbc:h2:file:/a;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0",
        "jdbc:h2:file:/a;MODE=MySQL, jdbc:h2:file:/a;MODE=MySQL;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0",
        "jdbc:h2:/a;db_close_on_exit=true, jdbc:h2:/a;db_close_on_exit=true;TRACE_LEVEL_FILE=0",
        "jdbc:h2:/a;TRACE_LEVEL_FILE=2, jdbc:h2:/a;TRACE_LEVEL_FILE=2;DB_CLOSE_ON_EXIT=FALSE",
        "jdbc:other:/a, jdbc:other:/a"
    })
    void every_h2_database_stays_open_for_running_requests_unless_its_url_says_otherwise(String given, String used)
            throws Exception {
        assertThat(Settings.read(Map.of("LECTERN_DB_URL", given), "data").dbUrl())
                .isEqualTo(used);
        assertThat(Settings.read(Map.of(), "/data").dbUrl())
                .isEqualTo("jdbc:h2:file:/data/quickstart;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0");
    }

    /** Sends a creation of a token. Most of its body is sent some time after the server received the signal. */
    private static Reply createAcrossTheSignal(RunningQuickstart server) throws Exception {
        String body = "{\"name\":\"late\",\"scopes\":[\"read:learners\"]}";
        Wire.Upload upload = new Wire(server)
                .start(
                        "POST",
                        "/api/v1/orgs/123/api-tokens",
                        "Authorization: Bearer " + RunningQuickstart.ADMIN,
                        "Content-Type: application/json",
                        "Expect: 100-continue",
                        "Content-Length: " + body.length());
        // The handler has started to read the body.
        upload.awaitContinue();
        upload.send(body.substring(0, 10));
        // A client's idle connection does not delay the end.
        assertThat(server.get("/health", "").status()).isEqualTo(200);
        server.signal();
        Patience.await("new connections are refused").until(() -> !server.isListening());
        return upload.finish(body.substring(10));
    }

    @Test
    void test_and_live_tokens_see_separate_data() throws Exception {
        String live = server.issue(LEARNERS).get("token").asText();
        String test = server.send(
                        "POST",
                        "/api/v1/orgs/123/api-tokens",
                        RunningQuickstart.ADMIN,
                        "{\"name\":\"t\",\"environment\":\"test\",\"scopes\":[" + LEARNERS + "]}")
                .json()
                .get("token")
                .asText();
        assertThat(test).startsWith("sk_test_lectern_");
        String id = server.send("POST", "/v1/learners", live, "{}")
                .json()
                .at("/data/id")
                .asText();
        assertThat(server.get("/v1/learners/" + id, live).status()).isEqualTo(200);
        assertThat(server.get("/v1/learners/" + id, test).code()).isEqualTo("not_found");
    }

    @Test
    void a_rotation_loses_no_call_and_ends_with_its_overlap() throws Exception {
        JsonNode old = server.issue(READ_LEARNERS);
        String path = "/api/v1/orgs/123/api-tokens/" + old.get("token_uuid").asText();
        JsonNode successor = server.send("POST", path + "/rotate", RunningQuickstart.ADMIN, "{\"overlap_seconds\":60}")
                .json();
        assertThat(successor.get("predecessor_uuid")).isEqualTo(old.get("token_uuid"));
        assertThat(server.get("/v1/learners", old.get("token").asText()).status())
                .isEqualTo(200);
        assertThat(server.get("/v1/learners", successor.get("token").asText()).status())
                .isEqualTo(200);
        JsonNode third = server.send(
                        "POST",
                        "/api/v1/orgs/123/api-tokens/"
                                + successor.get("token_uuid").asText() + "/rotate",
                        RunningQuickstart.ADMIN,
                        "{\"overlap_seconds\":1}")
                .json();
        Patience.await()
                .until(() -> server.get("/v1/learners", successor.get("token").asText())
                                .status()
                        == 401);
        assertThat(server.get("/v1/learners", third.get("token").asText()).status())
                .isEqualTo(200);
        assertThat(server.get("/v1/learners", old.get("token").asText()).status())
                .as("its overlap lasts")
                .isEqualTo(200);
        assertThat(server.send("POST", path + "/rotate", RunningQuickstart.ADMIN, "")
                        .status())
                .as("it has a successor")
                .isEqualTo(409);
    }

    @Test
    void last_used_shows_soon() throws Exception {
        JsonNode token = server.issue(READ_LEARNERS);
        String path = "/api/v1/orgs/123/api-tokens/" + token.get("token_uuid").asText();
        assertThat(server.get(path, RunningQuickstart.READER)
                        .json()
                        .get("last_used_at")
                        .isNull())
                .isTrue();
        server.get("/v1/learners", token.get("token").asText());
        Patience.await()
                .until(() -> !server.get(path, RunningQuickstart.READER)
                        .json()
                        .get("last_used_at")
                        .isNull());
    }

    @Test
    void everything_is_guarded_unless_it_is_opened() throws Exception {
        String secret = server.issue(READ_LEARNERS).get("token").asText();
        assertThat(server.get("/health", "").status()).isEqualTo(200);
        assertThat(server.get("/nowhere", "").status()).isEqualTo(401);
        assertThat(server.get("/nowhere", secret).status()).isEqualTo(404);
        assertThat(server.get("/api/v1/orgs/123/api-tokens", secret).status()).isEqualTo(403);
        assertThat(server.get("/api/v1/orgs/123/api-tokens", RunningQuickstart.READER)
                        .status())
                .isEqualTo(200);
        assertThat(server.send("POST", "/api/v1/orgs/123/api-tokens", RunningQuickstart.READER, "{}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void nothing_is_lost_by_a_restart_or_a_kill_and_no_secret_is_written() throws Exception {
        Path data = folder.resolve("restarted");
        List<String> secrets = new ArrayList<>();
        String kept;
        String requestId;
        try (RunningQuickstart first = RunningQuickstart.start(data, Map.of())) {
            JsonNode token = first.issue("\"read:learners\",\"read:audit\"");
            JsonNode revoked = first.issue(READ_LEARNERS);
            kept = token.get("token").asText();
            secrets.add(kept);
            secrets.add(revoked.get("token").asText());
            first.send(
                    "DELETE",
                    "/api/v1/orgs/123/api-tokens/" + revoked.get("token_uuid").asText(),
                    RunningQuickstart.ADMIN,
                    "");
            requestId = first.get("/v1/learners", kept).header("X-Request-Id");
            assertNothingPrinted(first, secrets);
            first.kill();
        }
        try (RunningQuickstart second = RunningQuickstart.start(data, Map.of())) {
            assertThat(second.get("/v1/learners", kept).status()).isEqualTo(200);
            assertThat(second.get("/v1/learners", secrets.get(1)).status()).isEqualTo(401);
            String audit = second.get("/api/v1/orgs/123/audit", RunningQuickstart.READER)
                    .response()
                    .body();
            assertThat(audit.lines().filter(line -> line.contains(requestId))).hasSize(1);
            assertThat(audit).contains("token.issued", "token.revoked");
            assertNothingPrinted(second, secrets);
            assertThat(second.terminate()).isZero();
        }
        for (String secret : secrets) {
            String body = secret.substring("sk_live_lectern_".length() + 4);
            assertThat(server.files(data)).isNotEmpty().noneMatch(content -> content.contains(body));
        }
    }

    private static void assertNothingPrinted(RunningQuickstart quickstart, List<String> secrets) throws Exception {
        String printed = quickstart.printed();
        assertThat(secrets).noneMatch(printed::contains);
    }

    @ParameterizedTest
    @CsvSource({
        "LECTERN_PORT, 70000",
        "LECTERN_PORT, x",
        "LECTERN_DIALECT, klingon",
        "LECTERN_AUDIT, maybe",
        "LECTERN_CACHE, perhaps",
        "LECTERN_CREATE_LIMIT, 0",
        "LECTERN_ADMIN_KEY, short",
        "LECTERN_DB_URL, jdbc:nothing:here",
        "LECTERN_DB_URL, jdbc:h2:relative",
        "LECTERN_DB_URL, jdbc:h2:file:/dev/null/db",
        "LECTERN_DB_URL, jdbc:h2:file:./x;NO_SUCH_SETTING=1"
    })
    void a_wrong_setting_is_one_line_that_names_it(String name, String value) throws Exception {
        Path err = Files.createTempFile(folder, "err", ".txt");
        Path out = Files.createTempFile(folder, "out", ".txt");
        Process process = RunningQuickstart.launch(folder.resolve("none"), Map.of(name, value), out, err);
        assertThat(RunningQuickstart.awaitExit(process)).isEqualTo(1);
        assertThat(Files.readAllLines(err)).hasSize(1).first().asString().startsWith(name + ": ");
        assertThat(Files.readString(out)).isEmpty();
    }
}
