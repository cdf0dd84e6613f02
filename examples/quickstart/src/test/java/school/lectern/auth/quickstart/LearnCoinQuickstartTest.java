package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.quickstart.Administrator.done;
import static school.lectern.auth.quickstart.Administrator.named;
import static school.lectern.auth.quickstart.Administrator.secret;
import static school.lectern.auth.quickstart.Administrator.uuid;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

class LearnCoinQuickstartTest {

    private static final Instant STARTED = Instant.now().minusSeconds(1);

    private static final String ME = "/v1/tenants/me";
    private static final String BATCHES = "/v1/batches";
    private static final String TEST = "\"environment\":\"test\"";
    private static final String ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}";
    private static final String CHALLENGE = "Bearer realm=\"learncoin\"";
    private static final String REFUSED = CHALLENGE + ", error=\"invalid_token\"";

    @TempDir
    static Path folder;

    private static RunningQuickstart server;
    private static Wire wire;
    private static Administrator admin;
    private static Administrator other;
    private static String unknown;

    @BeforeAll
    static void start() throws Exception {
        server = RunningQuickstart.start(folder.resolve("data"), Map.of("LECTERN_DIALECT", "learncoin"));
        wire = new Wire(server);
        admin = Administrator.of(server, "123");
        other = Administrator.of(server, "456");
        String known = key(TEST);
        unknown = known.substring(0, known.length() - 1) + (known.endsWith("2") ? '3' : '2');
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String key(String fields) throws Exception {
        return secret(admin.issue(fields));
    }

    /**
     * Asserts that the response is an error with this code in the envelope, and with the same request id in the body and in the
     * header.
     */
    private static void refused(Answer answer, int status, String code) throws Exception {
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
        JsonNode message = answer.json().at("/error/message");
        String id = answer.header("X-Request-Id");
        assertThat(message.asText()).isNotEmpty();
        assertThat(id).matches(ULID);
        assertThat(answer.response().body())
                .isEqualTo("{\"error\":{\"code\":\"" + code + "\",\"message\":" + message + "},\"request_id\":\"" + id
                        + "\"}");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("WWW-Authenticate"))
                .isEqualTo(status != 401 ? "" : code.equals("api_key_missing") ? CHALLENGE : REFUSED);
    }

    /** Returns the body without the request id. */
    private static String withoutId(Answer answer) {
        return answer.response().body().replace(answer.header("X-Request-Id"), "");
    }

    @Test
    void a_key_is_the_prefix_of_its_environment_and_32_bytes_in_base58_and_lives_for_ever() throws Exception {
        JsonNode live = admin.issue("");
        JsonNode test = admin.issue(TEST);
        assertThat(secret(live)).matches("lrn_live_[1-9A-HJ-NP-Za-km-z]{32,44}");
        assertThat(secret(test)).matches("lrn_test_[1-9A-HJ-NP-Za-km-z]{32,44}");
        assertThat(live.get("environment").asText()).isEqualTo("live");
        assertThat(live.get("expires_at").isNull()).isTrue();
        assertThat(live.get("token_prefix").asText()).isEqualTo(secret(live).substring(0, "lrn_live_".length() + 4));
        assertThat(live.has("scopes") || live.has("rights") || live.has("rate_limits"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "123, Example University, developer, test",
        "123, Example University, developer, live",
        "456, Second University, institution, live"
    })
    void a_key_names_its_tenant_its_plan_and_its_own_environment(
            String tenant, String name, String plan, String environment) throws Exception {
        String key = secret(Administrator.of(server, tenant).issue("\"environment\":\"" + environment + "\""));
        Answer me = server.get(ME, key);
        assertThat(me.status()).isEqualTo(200);
        assertThat(me.header("X-Request-Id")).matches(ULID);
        assertThat(me.response().body())
                .isEqualTo("{\"id\":\"tnt_" + tenant + "\",\"name\":\"" + name
                        + "\",\"did\":\"did:web:example.test#tenant-" + tenant + "\",\"plan\":\"" + plan
                        + "\",\"environment\":\"" + environment + "\",\"request_id\":\"" + me.header("X-Request-Id")
                        + "\"}");
    }

    @Test
    void without_an_authorization_header_the_key_is_missing() throws Exception {
        String key = key(TEST);
        refused(server.get(ME, ""), 401, "api_key_missing");
        refused(server.get(ME + "?api_key=" + key + "&access_token=" + key, ""), 401, "api_key_missing");
        refused(server.get(ME, "", "Cookie", "access_token=" + key, "X-Api-Key", key), 401, "api_key_missing");
        refused(
                server.send(
                        "POST",
                        BATCHES,
                        "",
                        "access_token=" + key,
                        "Content-Type",
                        "application/x-www-form-urlencoded"),
                401,
                "api_key_missing");
    }

    /** {@code KEY} is a placeholder for a valid key, {@code ~} separates header lines. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic KEY",
                "Basic dXNlcjpwYXNz",
                "Token KEY",
                "KEY",
                "BearerKEY",
                "Bearer",
                "Bearer ",
                "Bearer\tKEY",
                "Bearer \tKEY",
                "Bearer KEY, Bearer KEY",
                "Bearer KEY,",
                "Bearer KEY KEY",
                "Bearer \"KEY\"",
                "Bearer KEY~Authorization: Bearer KEY",
                "Bearer KEY~authorization: Basic dXNlcjpwYXNz",
                "Bearer KEYx",
                "Bearer lrn_test_01HXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
                "Bearer lrn_live_01HXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
                "Bearer lrn_test_",
                "Bearer sk_test_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKp1234",
                "Bearer UNKNOWN"
            })
    void any_other_shape_of_the_header_and_an_unknown_key_are_an_invalid_key(String value) throws Exception {
        String line = "Authorization: " + value.replace("KEY", key(TEST)).replace("UNKNOWN", unknown);
        Reply reply = wire.get(ME, line.split("~"));
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.json().at("/error/code").asText()).isEqualTo("api_key_invalid");
        assertThat(reply.header("X-Request-Id"))
                .matches(ULID)
                .isEqualTo(reply.json().get("request_id").asText());
        assertThat(reply.header("WWW-Authenticate")).isEqualTo(REFUSED);
        assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer KEY", "BEARER KEY", "Bearer   KEY", "Bearer KEY  "})
    void the_scheme_has_no_case_and_blanks_around_the_key_do_not_count(String value) throws Exception {
        assertThat(wire.get(ME, "Authorization: " + value.replace("KEY", key(TEST)))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void revoked_expired_and_unknown_keys_differ_only_where_the_error_table_says_so() throws Exception {
        JsonNode revoked = admin.issue("");
        JsonNode expiring = admin.issue("");
        assertThat(server.get(ME, secret(revoked)).status()).isEqualTo(200);
        assertThat(server.get(ME, secret(expiring)).status()).isEqualTo(200);

        done(admin.revoke(revoked));
        refused(server.get(ME, secret(revoked)), 401, "api_key_revoked");
        admin.expire(expiring);
        Answer expired = server.get(ME, secret(expiring));
        Answer stranger = server.get(ME, unknown);
        refused(expired, 401, "api_key_invalid");
        refused(stranger, 401, "api_key_invalid");
        assertThat(withoutId(expired)).isEqualTo(withoutId(stranger));
    }

    @Test
    void records_of_a_revoked_key_stay() throws Exception {
        JsonNode key = admin.issue("");
        String id = server.send("POST", BATCHES, secret(key), "{\"n\":1}")
                .json()
                .at("/data/id")
                .asText();
        done(admin.revoke(key));
        assertThat(server.get(BATCHES + '/' + id, key("")).json().at("/data/n").asInt())
                .isEqualTo(1);
    }

    @Test
    void a_revoked_key_reveals_neither_its_address_nor_its_environment() throws Exception {
        JsonNode key = admin.issue(TEST + ",\"ip_allowlist\":[\"10.0.0.0/8\"]");
        done(admin.revoke(key));
        refused(server.send("POST", "/v1/mainnet/batches", secret(key), "{}"), 401, "api_key_revoked");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[\"127.0.0.1\"]",
                "[\"127.0.0.1/32\"]",
                "[\"127.0.0.0/8\"]",
                "[\"10.0.0.0/8\",\"2001:db8::/32\",\"127.0.0.1\"]",
                "null"
            })
    void a_key_works_from_the_addresses_of_its_list(String allowlist) throws Exception {
        assertThat(server.get(ME, key("\"ip_allowlist\":" + allowlist)).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"10.0.0.0/8\"]", "[\"127.0.0.2\"]", "[\"::1\"]", "[\"2001:db8::/32\",\"192.0.2.1\"]"})
    void from_any_other_address_it_is_not_allowed_whatever_a_forwarded_header_says(String allowlist) throws Exception {
        String key = key(TEST + ",\"ip_allowlist\":" + allowlist);
        refused(server.get(ME, key), 401, "ip_not_allowed");
        refused(server.get(ME, key, "X-Forwarded-For", "10.0.0.1", "Forwarded", "for=10.0.0.1"), 401, "ip_not_allowed");
        refused(server.send("POST", "/v1/mainnet/batches", key, "{}"), 401, "ip_not_allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"ip_allowlist\":[]",
                "\"ip_allowlist\":[\"10.0.0.1/8\"]",
                "\"ip_allowlist\":[\"0.0.0.0/0\"]",
                "\"ip_allowlist\":[\"::/0\"]",
                "\"ip_allowlist\":[\"10.0.0.0/33\"]",
                "\"ip_allowlist\":[\"010.0.0.1\"]",
                "\"ip_allowlist\":[\"localhost\"]",
                "\"ip_allowlist\":[1]",
                "\"ip_allowlist\":\"127.0.0.1\"",
                "\"environment\":\"prod\"",
                "\"expires_at\":\"2020-01-01T00:00:00Z\"",
                "\"expires_at\":\"2099-01-01T00:00:00\"",
                "\"expires_at\":\"2099-01-01T24:00:00Z\"",
                "\"expires_at\":\"2099-01-01T00:00:60Z\"",
                "\"scopes\":[\"read:batches\"]",
                "\"rights\":{}",
                "\"rate_limits\":{\"read\":1}",
                "\"metadata\":{\"a\":1}",
                "\"plan\":\"developer\""
            })
    void a_key_that_cannot_be_made_as_asked_is_not_made(String field) throws Exception {
        refused(admin.create(named(field)), 400, "validation_failed");
    }

    @Test
    void a_key_of_one_environment_does_nothing_in_the_other() throws Exception {
        String test = key(TEST);
        String live = key("");
        refused(server.send("POST", "/v1/mainnet/batches", test, "{}"), 403, "environment_mismatch");
        refused(server.send("POST", "/v1/testnet/batches", live, "{}"), 403, "environment_mismatch");
        assertThat(server.send("POST", "/v1/mainnet/batches", live, "{}").status())
                .isEqualTo(201);
        assertThat(server.send("POST", "/v1/testnet/batches", test, "{}").status())
                .isEqualTo(201);
    }

    @Test
    void batches_of_another_tenant_or_environment_do_not_exist() throws Exception {
        String live = key("");
        Answer made = server.send("POST", BATCHES, live, "{\"name\":\"Spring\"}");
        assertThat(made.status()).isEqualTo(201);
        String id = made.json().at("/data/id").asText();
        String path = BATCHES + '/' + id;

        assertThat(server.get(path, live).status()).isEqualTo(200);
        assertThat(server.get(path, key("")).status()).as("of the same tenant").isEqualTo(200);
        for (String stranger : List.of(key(TEST), secret(other.issue("")), secret(other.issue(TEST)))) {
            Answer hidden = server.get(path, stranger);
            refused(hidden, 404, "not_found");
            assertThat(withoutId(hidden)).isEqualTo(withoutId(server.get(BATCHES + "/999999999", stranger)));
            assertThat(server.get(BATCHES, stranger).json().get("data").findValuesAsText("id"))
                    .doesNotContain(id);
        }
        assertThat(server.get(BATCHES, live).json().get("data").findValuesAsText("id"))
                .contains(id);
    }

    @Test
    void a_batch_is_stored_as_it_was_posted() throws Exception {
        String key = key("");
        String body = "{\"display_name\":\"Z\",\"name\":\"N\"";
        Answer made = server.send("POST", BATCHES, key, body + "}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.response().body()).contains(body);
        assertThat(server.get(BATCHES + '/' + made.json().at("/data/id").asText(), key)
                        .response()
                        .body())
                .contains(body);
    }

    @Test
    void both_keys_work_while_a_rotation_overlaps_until_the_old_one_is_revoked() throws Exception {
        JsonNode old = admin.issue(TEST + ",\"ip_allowlist\":[\"127.0.0.1\"]");
        JsonNode fresh = done(admin.rotate(old, "{\"overlap_seconds\":null}"));
        assertThat(fresh.get("predecessor_uuid")).isEqualTo(old.get("token_uuid"));
        assertThat(fresh.get("environment").asText()).isEqualTo("test");
        assertThat(fresh.get("ip_allowlist")).isEqualTo(old.get("ip_allowlist"));
        assertThat(admin.get(old).json().get("expires_at").isNull())
                .as("the overlap has no end")
                .isTrue();
        assertThat(server.get(ME, secret(old)).status()).isEqualTo(200);
        assertThat(server.get(ME, secret(fresh)).status()).isEqualTo(200);
        refused(admin.rotate(old, ""), 409, "conflict");

        done(admin.revoke(old));
        refused(server.get(ME, secret(old)), 401, "api_key_revoked");
        assertThat(server.get(ME, secret(fresh)).status()).isEqualTo(200);
    }

    @Test
    void an_overlap_of_no_seconds_ends_the_old_key_at_once() throws Exception {
        JsonNode old = admin.issue("");
        JsonNode fresh = done(admin.rotate(old, "{\"overlap_seconds\":0}"));
        refused(server.get(ME, secret(old)), 401, "api_key_invalid");
        assertThat(server.get(ME, secret(fresh)).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"overlap_seconds\":-1}",
                "{\"overlap_seconds\":1.5}",
                "{\"overlap_seconds\":\"1\"}",
                "{\"overlap\":1}",
                "[]",
                "{} {}"
            })
    void an_overlap_is_whole_seconds_or_nothing(String body) throws Exception {
        refused(admin.rotate(admin.issue(""), body), 400, "validation_failed");
    }

    @Test
    void every_object_of_a_success_carries_the_request_id_of_its_header() throws Exception {
        JsonNode token = admin.issue("");
        String key = secret(token);
        String id =
                server.send("POST", BATCHES, key, "{}").json().at("/data/id").asText();
        for (Answer answer : List.of(
                server.get(ME, key),
                server.get(BATCHES, key),
                server.get(BATCHES + '/' + id, key),
                server.send("POST", BATCHES, key, "{}"),
                admin.create(named("")),
                admin.get(token),
                admin.update(token, "{\"description\":\"d\"}"),
                admin.regenerate(token),
                admin.rotate(token, ""),
                admin.revoke(token))) {
            assertThat(answer.status()).isBetween(200, 201);
            assertThat(answer.json().path("request_id").asText())
                    .matches(ULID)
                    .isEqualTo(answer.header("X-Request-Id"));
        }
        assertThat(server.get(admin.path(), RunningQuickstart.ADMIN).header("X-Request-Id"))
                .as("the list, which is not an object")
                .matches(ULID);
    }

    @Test
    void a_client_does_not_choose_the_request_id() throws Exception {
        String chosen = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        assertThat(server.get(ME, key(""), "X-Request-Id", chosen).header("X-Request-Id"))
                .matches(ULID)
                .isNotEqualTo(chosen);
        assertThat(server.get(ME, "", "X-Request-Id", chosen).header("X-Request-Id"))
                .matches(ULID)
                .isNotEqualTo(chosen);
    }

    @Test
    void every_authenticated_call_is_in_the_audit_log_and_so_is_its_refusal() throws Exception {
        JsonNode token = admin.issue(TEST);
        Answer allowed = server.get(ME + "?q=hidden", secret(token));
        Answer missing = server.get(BATCHES + "/0", secret(token));
        Answer mismatch = server.send("POST", "/v1/mainnet/batches", secret(token), "{}");
        done(admin.revoke(token));
        Answer revoked = server.get(ME, secret(token));

        assertRow(allowed, token, "GET", ME, 200);
        assertRow(missing, token, "GET", BATCHES + "/0", 404);
        assertRow(mismatch, token, "POST", "/v1/mainnet/batches", 403);
        assertRow(revoked, token, "GET", ME, 401);
        String csv = admin.audit("?format=csv");
        assertThat(csv)
                .startsWith("request_id,tenant_id,token_id,method,endpoint,status,timestamp,")
                .contains("\r\n" + allowed.header("X-Request-Id") + ",123," + uuid(token) + ",GET," + ME + ",200,")
                .contains(mismatch.header("X-Request-Id"))
                .doesNotContain("hidden");
        String log = csv + admin.audit("");
        assertThat(log).doesNotContain(secret(token).substring("lrn_test_".length() + 4));
        assertThat(other.audit("")).doesNotContain(allowed.header("X-Request-Id"), uuid(token));
    }

    private static void assertRow(Answer answer, JsonNode token, String method, String endpoint, int status)
            throws Exception {
        JsonNode row = admin.auditRow(answer.header("X-Request-Id"));
        assertThat(List.copyOf(row.properties()).stream()
                        .limit(7)
                        .map(Map.Entry::getKey)
                        .toList())
                .containsExactly("request_id", "tenant_id", "token_id", "method", "endpoint", "status", "timestamp");
        assertThat(row.get("tenant_id").asText()).isEqualTo("123");
        assertThat(row.get("token_id")).isEqualTo(token.get("token_uuid"));
        assertThat(row.get("method").asText()).isEqualTo(method);
        assertThat(row.get("endpoint").asText()).isEqualTo(endpoint);
        assertThat(row.get("status").asInt()).isEqualTo(status);
        assertThat(row.get("timestamp").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(Instant.parse(row.get("timestamp").asText()))
                .isBetween(STARTED, Instant.now().plusSeconds(1));
    }

    @Test
    void the_audit_log_is_exported_from_an_instant_until_before_another() throws Exception {
        String key = key("");
        String first = server.get(ME, key).header("X-Request-Id");
        Instant answered = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        Patience.await()
                .until(() -> Instant.now().truncatedTo(ChronoUnit.MILLIS).isAfter(answered));
        String second = server.get(ME, key).header("X-Request-Id");
        String start = admin.auditRow(first).get("timestamp").asText();
        String end = admin.auditRow(second).get("timestamp").asText();
        assertThat(admin.audit("?from=" + start + "&to=" + end)).contains(first).doesNotContain(second);
        assertThat(admin.audit("?from=" + end)).contains(second).doesNotContain(first);
        refused(server.get("/api/v1/orgs/123/audit?format=xml", RunningQuickstart.ADMIN), 400, "validation_failed");
        refused(server.get("/api/v1/orgs/123/audit?from=yesterday", RunningQuickstart.ADMIN), 400, "validation_failed");
    }

    @Test
    void there_are_no_limits_and_no_headers_of_any() throws Exception {
        String key = key("");
        for (int i = 0; i < 40; i++) {
            Answer answer = server.get(ME, key);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.response().headers().map().keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("ratelimit")
                            || name.equalsIgnoreCase("retry-after"));
        }
    }

    @Test
    void everything_else_is_not_found_with_a_key_and_closed_without() throws Exception {
        refused(server.get("/nowhere", key("")), 404, "not_found");
        refused(server.get("/nowhere", ""), 401, "api_key_missing");
        assertThat(server.get("/health", "").status()).isEqualTo(200);
    }

    @Test
    void management_refuses_in_the_same_envelope() throws Exception {
        JsonNode token = admin.issue("");
        Administrator reader = new Administrator(server, "123", RunningQuickstart.READER);
        refused(server.get(admin.path(), ""), 401, "api_key_missing");
        refused(server.get(admin.path(), unknown), 401, "api_key_invalid");
        refused(server.get(admin.path(), secret(token)), 403, "forbidden");
        assertThat(reader.list()).isNotEmpty();
        refused(reader.create(named("")), 403, "forbidden");
        refused(reader.update(token, "{}"), 403, "forbidden");
        refused(reader.regenerate(token), 403, "forbidden");
        refused(reader.rotate(token, ""), 403, "forbidden");
        refused(reader.revoke(token), 403, "forbidden");
        refused(Administrator.of(server, "999").create(named("")), 404, "not_found");
        refused(other.get(token), 404, "not_found");
        refused(other.revoke(token), 404, "not_found");
        refused(server.get(admin.path() + "/apitoken_0", RunningQuickstart.ADMIN), 404, "not_found");
        Answer method = server.send("PATCH", admin.path(token), RunningQuickstart.ADMIN, "{}");
        refused(method, 405, "method_not_allowed");
        assertThat(method.header("Allow").split(", ")).containsExactlyInAnyOrder("GET", "PUT", "DELETE");
        refused(admin.update(token, "{\"environment\":\"test\"}"), 400, "validation_failed");
        refused(admin.create("{}"), 400, "validation_failed");
        refused(admin.create("[]"), 400, "validation_failed");
        done(admin.revoke(token));
        refused(admin.revoke(token), 404, "not_found");
    }

    @Test
    void two_keys_may_have_the_same_name() throws Exception {
        done(admin.create("{\"name\":\"same\"}"));
        done(admin.create("{\"name\":\"same\"}"));
    }

    @Test
    void a_failure_is_an_unavailable_service_and_never_an_invalid_key() throws Exception {
        try (FailingDatabase database = new FailingDatabase(folder);
                RunningQuickstart broken =
                        RunningQuickstart.start(folder.resolve("broken"), database.settings("learncoin"))) {
            String key = secret(Administrator.of(broken, "123").issue(""));
            assertThat(broken.get(ME, key).status()).isEqualTo(200);
            database.fail();
            for (Answer answer : List.of(broken.get(ME, key), broken.get(ME, unknown))) {
                refused(answer, 503, "service_unavailable");
                assertThat(answer.header("Retry-After")).matches("[1-9][0-9]*");
            }
        }
    }
}
