package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.quickstart.Administrator.done;
import static school.lectern.auth.quickstart.Administrator.named;
import static school.lectern.auth.quickstart.Administrator.secret;
import static school.lectern.auth.quickstart.Administrator.uuid;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;
import school.lectern.auth.quickstart.Wire.Reply;

class LearnHouseQuickstartTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String COURSES = "/api/v1/orgs/123/courses";
    private static final String OTHER_COURSES = "/api/v1/orgs/456/courses";
    private static final String ALL =
            "{\"action_create\":true,\"action_read\":true,\"action_update\":true,\"action_delete\":true}";
    private static final String ALL_COURSES = "\"rights\":{\"courses\":" + ALL + "}";
    private static final String READ_COURSES = "\"rights\":{\"courses\":{\"action_read\":true}}";
    private static final String UNKNOWN = "lh_n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";

    private static final String NOT_VALIDATED = "Could not validate credentials";
    private static final String REQUIRED = "Authentication required";
    private static final String NO_TOKEN = "API token not found";
    private static final String NOT_PERMITTED = "Insufficient permissions for the operation";
    private static final String OTHER_ORGANIZATION = "API token cannot access resources outside its organization";
    private static final String MANAGES_NOTHING = "API tokens cannot manage other API tokens. Use user authentication.";
    private static final String NAME_TAKEN = "Token name already exists";
    private static final String CHALLENGE = "Bearer realm=\"learnhouse\"";
    private static final String REFUSED = CHALLENGE + ", error=\"invalid_token\"";

    @TempDir
    static Path folder;

    private static RunningQuickstart server;
    private static Wire wire;
    private static Administrator admin;
    private static Administrator other;

    @BeforeAll
    static void start() throws Exception {
        server = RunningQuickstart.start(
                folder.resolve("data"), Map.of("LECTERN_DIALECT", "learnhouse", "LECTERN_CREATE_LIMIT", "10000"));
        wire = new Wire(server);
        admin = Administrator.of(server, "123");
        other = Administrator.of(server, "456");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Asserts that the response is an error whose body contains only this text. */
    private static void refused(Answer answer, int status, String text) {
        assertThat(answer.response().body()).isEqualTo("{\"detail\":\"" + text + "\"}");
        refused(answer, status);
        if (status == 401) {
            assertThat(answer.header("WWW-Authenticate")).isEqualTo(text.equals(REQUIRED) ? CHALLENGE : REFUSED);
        }
    }

    private static void refused(Answer answer, int status) {
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
        assertThat(answer.response().body()).startsWith("{\"detail\":\"").endsWith("\"}");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("X-Request-Id")).isNotEmpty();
    }

    private static List<String> fields(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void the_printed_creation_is_answered_with_the_printed_fields() throws Exception {
        Answer answer = admin.create("{\"name\":\"CI/CD Pipeline\",\"description\":\"Token for automated deployments\","
                + "\"rights\":{\"courses\":{\"action_read\":true,\"action_create\":false}},"
                + "\"expires_at\":\"2027-12-31T23:59:59Z\"}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        JsonNode token = answer.json();
        assertThat(fields(token))
                .startsWith(
                        "token",
                        "token_uuid",
                        "name",
                        "description",
                        "token_prefix",
                        "org_id",
                        "rights",
                        "created_by_user_id",
                        "creation_date",
                        "expires_at")
                .doesNotContain("request_id", "scopes", "public_key", "secret_key");
        assertThat(secret(token)).matches("lh_[A-Za-z0-9_-]{43}");
        assertThat(uuid(token)).matches("apitoken_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(token.get("name").asText()).isEqualTo("CI/CD Pipeline");
        assertThat(token.get("description").asText()).isEqualTo("Token for automated deployments");
        assertThat(token.get("token_prefix").asText()).isEqualTo(secret(token).substring(0, 12));
        assertThat(token.get("org_id").isNumber()).isTrue();
        assertThat(token.get("org_id").asInt()).isEqualTo(123);
        assertThat(token.get("rights").toString())
                .isEqualTo("{\"courses\":{\"action_create\":false,\"action_read\":true,\"action_update\":false,"
                        + "\"action_delete\":false}}");
        assertThat(token.get("created_by_user_id").isNumber()).isTrue();
        assertThat(token.get("creation_date").asText()).endsWith("Z");
        assertThat(Instant.parse(token.get("creation_date").asText()))
                .isBetween(Instant.now().minusSeconds(30), Instant.now().plusSeconds(1));
        assertThat(token.get("expires_at").asText()).isEqualTo("2027-12-31T23:59:59Z");
    }

    @Test
    void list_and_get_show_the_fields_of_a_token_and_never_the_token() throws Exception {
        JsonNode token = admin.issue(READ_COURSES);
        Answer listed = server.get(admin.path(), RunningQuickstart.READER);
        Answer got = admin.get(token);
        assertThat(listed.status()).isEqualTo(200);
        assertThat(got.status()).isEqualTo(200);
        assertThat(listed.json().isArray()).isTrue();
        assertThat(listed.json().get(0)).as("the newest is the first").isEqualTo(got.json());
        assertThat(listed.response().body()).doesNotContain(secret(token).substring(12));
        assertThat(fields(got.json()))
                .contains("id", "token_uuid", "name", "token_prefix", "is_active", "last_used_at", "expires_at")
                .doesNotContain("token", "request_id");
        assertThat(got.json().get("id").isIntegralNumber()).isTrue();
        assertThat(got.json().get("is_active").booleanValue()).isTrue();
        assertThat(got.json().get("last_used_at").isNull()).isTrue();
        assertThat(got.json().get("expires_at").isNull()).isTrue();
        for (String same : List.of("token_uuid", "name", "token_prefix", "org_id", "rights", "creation_date")) {
            assertThat(got.json().get(same)).isEqualTo(token.get(same));
        }
    }

    @Test
    void a_list_holds_revoked_and_expired_tokens_and_goes_on_where_its_link_says() throws Exception {
        JsonNode expired = other.issue("");
        JsonNode revoked = other.issue("");
        JsonNode active = other.issue("");
        done(other.revoke(revoked));
        other.expire(expired);

        List<JsonNode> seen = new ArrayList<>();
        String next = other.path() + "?limit=1";
        while (!next.isEmpty() && seen.size() < 200) {
            Answer page = server.get(next, RunningQuickstart.READER);
            done(page).forEach(seen::add);
            String link = page.header("Link");
            assertThat(link).matches("|<[^>]+>; rel=\"next\"");
            next = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
        }
        assertThat(seen.stream().map(Administrator::uuid).toList())
                .containsSubsequence(uuid(active), uuid(revoked), uuid(expired))
                .doesNotHaveDuplicates();
        assertThat(seen.stream().map(token -> token.get("id").asLong()).toList())
                .isSortedAccordingTo((a, b) -> Long.compare(b, a));
        for (JsonNode token : seen) {
            boolean isOld = uuid(token).equals(uuid(revoked)) || uuid(token).equals(uuid(expired));
            assertThat(token.get("org_id").asInt()).isEqualTo(456);
            if (isOld || uuid(token).equals(uuid(active))) {
                assertThat(token.get("is_active").booleanValue()).isEqualTo(!isOld);
            }
        }
        for (String query : List.of("?limit=0", "?limit=201", "?limit=x", "?cursor=x")) {
            refused(server.get(other.path() + query, RunningQuickstart.ADMIN), 400);
        }
    }

    @Test
    void names_have_1_to_100_characters_and_descriptions_up_to_500() throws Exception {
        String hundred = "\u00e9".repeat(100);
        done(admin.create("{\"name\":\"" + hundred + "\",\"description\":\"" + "d".repeat(500) + "\"}"));
        JsonNode token = admin.issue("\"description\":\"d\"");
        done(admin.update(token, "{\"description\":null}"));
        for (String wrong : List.of(
                "{}",
                "{\"name\":null}",
                "{\"name\":\"\"}",
                "{\"name\":7}",
                "{\"name\":\"" + "n".repeat(101) + "\"}",
                named("\"description\":\"" + "d".repeat(501) + "\""),
                named("\"description\":\"\""),
                named("\"description\":5"))) {
            refused(admin.create(wrong), 400);
        }
        refused(admin.update(token, "{\"name\":\"" + "n".repeat(101) + "\"}"), 400);
        refused(admin.update(token, "{\"description\":\"" + "d".repeat(501) + "\"}"), 400);
        refused(admin.update(token, "{\"description\":\"\"}"), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "true",
                "\"courses\"",
                "{\"courses\":true}",
                "{\"courses\":null}",
                "{\"courses\":[\"action_read\"]}",
                "{\"courses\":{\"action_publish\":true}}",
                "{\"courses\":{\"action_publish\":false}}",
                "{\"courses\":{\"read\":true}}",
                "{\"courses\":{\"ACTION_READ\":true}}",
                "{\"courses\":{\"action_read\":\"true\"}}",
                "{\"courses\":{\"action_read\":1}}",
                "{\"courses\":{\"action_read\":null}}",
                "{\"courses\":{\"action_read\":{}}}",
                "{\"courses\":{\"action_read\":true,\"action_read\":true}}",
                "{\"courses\":{},\"courses\":{}}",
                "{\"courses\":{\"action_read\":true},\"users\":{\"action_read\":1}}",
                "{\"\":{\"action_read\":true}}",
                "{\"*\":{\"action_read\":true}}"
            })
    void rights_are_resources_of_actions_that_are_true_or_false_and_nothing_else(String rights) throws Exception {
        refused(admin.create(named("\"rights\":" + rights)), 400);
        JsonNode token = admin.issue(READ_COURSES);
        refused(admin.update(token, "{\"rights\":" + rights + "}"), 400);
        assertThat(admin.get(token).json().get("rights")).isEqualTo(token.get("rights"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"name\":\"a\",\"name\":\"b\"",
                "\"name\":\"a\",\"scopes\":[\"action_read:courses\"]",
                "\"name\":\"a\",\"rate_limits\":{\"read\":1}",
                "\"name\":\"a\",\"Rights\":{}",
                "\"name\":\"a\",\"org_id\":456",
                "\"name\":\"a\",\"token\":\"mine\"",
                "\"name\":\"a\",\"is_active\":true",
                "\"name\":\"a\",\"ip_allowlist\":[]",
                "\"name\":\"a\",\"expires_at\":\"2020-01-01T00:00:00Z\"",
                "\"name\":\"a\",\"expires_at\":\"2099-12-31T23:59:59\"",
                "\"name\":\"a\",\"expires_at\":\"2099-12-31\"",
                "\"name\":\"a\",\"expires_at\":\"2099-12-31T24:00:00Z\"",
                "\"name\":\"a\",\"expires_at\":\"2099-12-31T23:59:60Z\"",
                "\"name\":\"a\",\"expires_at\":\"2099-02-30T00:00:00Z\"",
                "\"name\":\"a\",\"expires_at\":4102444800",
                "\"name\":\"a\",\"expires_at\":\"\""
            })
    void unknown_repeated_and_impossible_fields_are_refused(String fields) throws Exception {
        refused(admin.create("{" + fields + "}"), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"a\"}x",
                "{\"name\":\"a\"}{}",
                "{\"name\":\"a\"",
                "[{\"name\":\"a\"}]",
                "null",
                "a",
                "\"a\""
            })
    void a_body_is_one_object_with_nothing_after_it(String body) throws Exception {
        refused(admin.create(body), 400);
        refused(admin.update(admin.issue(""), body), 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"rights\":{}",
                "\"rights\":{\"courses\":{}}",
                "\"rights\":{\"courses\":{\"action_read\":false}}",
                "\"rights\":{\"users\":{\"action_read\":true,\"action_create\":true}}"
            })
    void absent_empty_and_other_rights_deny_everything(String rights) throws Exception {
        String token = secret(admin.issue(rights));
        refused(server.get(COURSES, token), 403, denied("action_read"));
        refused(server.send("POST", COURSES, token, "{}"), 403, denied("action_create"));
        refused(server.send("PUT", COURSES + "/1", token, "{}"), 403, denied("action_update"));
        refused(server.send("DELETE", COURSES + "/1", token, ""), 403, denied("action_delete"));
    }

    private static String denied(String action) {
        return "API token does not have '" + action + "' permission for courses";
    }

    @Test
    void a_named_resource_shows_all_four_actions() throws Exception {
        String none = "{\"action_create\":false,\"action_read\":false,\"action_update\":false,\"action_delete\":false}";
        JsonNode token = admin.issue("\"rights\":{\"courses\":{},\"users\":" + ALL + "}");
        for (JsonNode shown : List.of(token, admin.get(token).json())) {
            assertThat(shown.get("rights"))
                    .isEqualTo(JSON.readTree("{\"courses\":" + none + ",\"users\":" + ALL + "}"));
        }
        assertThat(admin.issue("").get("rights")).isEqualTo(JSON.readTree("{}"));
    }

    @ParameterizedTest
    @CsvSource({"GET,,action_read", "POST,,action_create", "PUT,/0,action_update", "DELETE,/0,action_delete"})
    void each_action_stands_for_itself(String method, String id, String action) throws Exception {
        String path = COURSES + (id == null ? "" : id);
        String only = secret(admin.issue("\"rights\":{\"courses\":{\"" + action + "\":true}}"));
        String all = ALL.replace("\"" + action + "\":true", "\"" + action + "\":false");
        String others = secret(admin.issue("\"rights\":{\"courses\":" + all + "}"));
        String body = method.startsWith("P") ? "{}" : "";
        assertThat(server.send(method, path, only, body).status()).isIn(200, 201, 404);
        Answer refused = server.send(method, path, others, body);
        refused(refused, 403, denied(action));
        assertThat(refused.header("WWW-Authenticate"))
                .isEqualTo(CHALLENGE + ", error=\"insufficient_scope\", scope=\"" + action + ":courses\"");
    }

    @Test
    void courses_are_made_read_changed_and_removed() throws Exception {
        String token = secret(admin.issue(ALL_COURSES));
        Answer made = server.send("POST", COURSES, token, "{\"title\":\"Logic\"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.json().has("request_id")).isFalse();
        String path = COURSES + '/' + made.json().at("/data/id").asText();
        assertThat(server.get(path, token).json().at("/data/title").asText()).isEqualTo("Logic");
        assertThat(server.send("PUT", path, token, "{\"title\":\"Proof\"}").status())
                .isEqualTo(200);
        String test = secret(admin.issue("\"environment\":\"test\"," + ALL_COURSES));
        refused(server.get(path, test), 404, "Not found");
        assertThat(server.send("DELETE", path, token, "").status()).isEqualTo(204);
        refused(server.get(path, token), 404, "Not found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%C2%85", "1%E2%80%A8", "%E2%80%A9x", "\u0661"})
    void an_odd_id_is_not_found(String id) throws Exception {
        String token = secret(admin.issue(ALL_COURSES));
        String path = COURSES + '/' + id;
        refused(server.get(path, token), 404, "Not found");
        refused(server.send("PUT", path, token, "{}"), 404, "Not found");
        refused(server.send("DELETE", path, token, ""), 404, "Not found");
    }

    @Test
    void whose_a_path_is_comes_before_the_methods_that_it_has() throws Exception {
        String token = secret(admin.issue(ALL_COURSES));
        for (String path : List.of("", "/1")) {
            Answer foreign = server.send("PATCH", OTHER_COURSES + path, token, "{}");
            refused(foreign, 403, OTHER_ORGANIZATION);
            assertThat(foreign.header("Allow")).isEmpty();
            Answer own = server.send("PATCH", COURSES + path, token, "{}");
            refused(own, 405, "Method not allowed");
            assertThat(own.header("Allow")).contains("GET");
        }
    }

    @Test
    void an_unknown_path_of_the_tokens_is_not_found() throws Exception {
        String token = secret(admin.issue(ALL_COURSES));
        for (String path : List.of(admin.path() + "/", admin.path() + "/x/y/z")) {
            refused(server.get(path, token), 404, "Not found");
            refused(server.get(path, RunningQuickstart.ADMIN), 404, "Not found");
            refused(server.get(path, ""), 401, REQUIRED);
        }
    }

    @Test
    void a_token_has_no_access_to_another_organization_whatever_its_rights() throws Exception {
        String token = secret(admin.issue(ALL_COURSES));
        String weak = secret(admin.issue(""));
        refused(server.get(OTHER_COURSES, token), 403, OTHER_ORGANIZATION);
        refused(server.get(OTHER_COURSES, weak), 403, OTHER_ORGANIZATION);
        refused(server.send("POST", OTHER_COURSES, token, "{}"), 403, OTHER_ORGANIZATION);
        refused(server.send("DELETE", OTHER_COURSES + "/1", token, ""), 403, OTHER_ORGANIZATION);
        assertThat(server.get(OTHER_COURSES, secret(other.issue(ALL_COURSES))).status())
                .isEqualTo(200);
    }

    @Test
    void without_credentials_authentication_is_required() throws Exception {
        String token = secret(admin.issue(ALL_COURSES));
        refused(server.get(COURSES, ""), 401, REQUIRED);
        refused(server.get(COURSES + "?token=" + token + "&access_token=" + token, ""), 401, REQUIRED);
        refused(server.get(COURSES, "", "Cookie", "token=" + token), 401, REQUIRED);
        refused(server.get("/nowhere", ""), 401, REQUIRED);
        refused(server.get(admin.path(), ""), 401, REQUIRED);
        refused(admin(""), 401, REQUIRED);
    }

    private static Answer admin(String key) throws Exception {
        return new Administrator(server, "123", key).create(named(""));
    }

    /** {@code TOKEN} is a placeholder for a valid token, {@code ~} separates header lines. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic TOKEN",
                "Basic dXNlcjpwYXNz",
                "Token TOKEN",
                "TOKEN",
                "Bearer",
                "Bearer ",
                "Bearer\tTOKEN",
                "Bearer TOKEN, Bearer TOKEN",
                "Bearer TOKEN,",
                "Bearer TOKEN TOKEN",
                "Bearer TOKEN~Authorization: Bearer TOKEN",
                "Bearer TOKEN~authorization: Basic dXNlcjpwYXNz",
                "Bearer TOKENA",
                "Bearer TOKEN=",
                "Bearer lh_your_api_token_here",
                "Bearer lh_abc12345",
                "Bearer " + UNKNOWN
            })
    void every_credential_that_is_no_token_answers_alike(String value) throws Exception {
        String line = "Authorization: " + value.replace("TOKEN", secret(admin.issue(ALL_COURSES)));
        Reply reply = wire.get(COURSES, line.split("~"));
        assertThat(reply.body()).isEqualTo("{\"detail\":\"" + NOT_VALIDATED + "\"}");
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.header("WWW-Authenticate")).isEqualTo(REFUSED);
        assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
        assertThat(reply.header("X-Request-Id")).isNotEmpty();
    }

    @Test
    void revoked_expired_and_elsewhere_answer_like_unknown() throws Exception {
        JsonNode revoked = admin.issue(ALL_COURSES);
        JsonNode ending = admin.issue(ALL_COURSES);
        String expiring = secret(ending);
        String elsewhere = secret(admin.issue(ALL_COURSES + ",\"ip_allowlist\":[\"10.0.0.0/8\"]"));
        String here = secret(admin.issue(ALL_COURSES + ",\"ip_allowlist\":[\"127.0.0.1\"]"));
        assertThat(server.get(COURSES, expiring).status()).isEqualTo(200);
        assertThat(server.get(COURSES, here).status()).isEqualTo(200);
        done(admin.revoke(revoked));
        admin.expire(ending);
        for (String token : List.of(secret(revoked), expiring, elsewhere, UNKNOWN)) {
            refused(server.get(COURSES, token), 401, NOT_VALIDATED);
            refused(server.get(OTHER_COURSES, token), 401, NOT_VALIDATED);
            refused(server.get(admin.path(), token), 401, NOT_VALIDATED);
        }
    }

    @Test
    void an_update_keeps_omitted_fields_and_clears_null_fields() throws Exception {
        JsonNode token = admin.issue(READ_COURSES + ",\"description\":\"before\","
                + "\"expires_at\":\"2099-01-02T03:04:05+02:00\",\"ip_allowlist\":[\"127.0.0.1\"],"
                + "\"metadata\":{\"a\":\"b\"}");
        JsonNode before = admin.get(token).json();
        assertThat(before.get("expires_at").asText()).isEqualTo("2099-01-02T01:04:05Z");
        assertThat(done(admin.update(token, "{}"))).isEqualTo(before);

        String name = "renamed " + uuid(token);
        JsonNode renamed = done(admin.update(token, "{\"name\":\"" + name + "\",\"description\":\"New description\"}"));
        assertThat(renamed.get("name").asText()).isEqualTo(name);
        assertThat(renamed.get("description").asText()).isEqualTo("New description");
        assertThat(renamed.has("token")).isFalse();
        for (String kept :
                List.of("id", "token_uuid", "token_prefix", "rights", "expires_at", "ip_allowlist", "metadata")) {
            assertThat(renamed.get(kept)).isEqualTo(before.get(kept));
        }

        JsonNode cleared = done(admin.update(
                token, "{\"description\":null,\"expires_at\":null,\"ip_allowlist\":null,\"metadata\":null}"));
        assertThat(cleared.get("description").isNull()).isTrue();
        assertThat(cleared.get("expires_at").isNull()).isTrue();
        assertThat(cleared.get("ip_allowlist").isNull()).isTrue();
        assertThat(cleared.get("metadata").isEmpty()).isTrue();
        assertThat(cleared.get("name").asText()).isEqualTo(name);
        assertThat(cleared.get("rights")).isEqualTo(before.get("rights"));
        assertThat(admin.get(token).json()).isEqualTo(cleared);
        assertThat(server.get(COURSES, secret(token)).status())
                .as("the secret stays")
                .isEqualTo(200);
        for (String wrong : List.of(
                "{\"name\":null}",
                "{\"rights\":null}",
                "{\"environment\":\"test\"}",
                "{\"environment\":\"live\"}",
                "{\"token\":\"mine\"}",
                "{\"expires_at\":\"2020-01-01T00:00:00Z\"}")) {
            refused(admin.update(token, wrong), 400);
        }
    }

    @Test
    void updated_rights_replace_the_old_ones_from_the_next_call_on() throws Exception {
        JsonNode token = admin.issue(READ_COURSES);
        assertThat(server.get(COURSES, secret(token)).status()).isEqualTo(200);
        done(admin.update(token, "{\"rights\":{\"courses\":{\"action_create\":true}}}"));
        refused(server.get(COURSES, secret(token)), 403, denied("action_read"));
        assertThat(server.send("POST", COURSES, secret(token), "{}").status()).isEqualTo(201);
        done(admin.update(token, "{\"rights\":{}}"));
        refused(server.send("POST", COURSES, secret(token), "{}"), 403, denied("action_create"));
    }

    @Test
    void a_name_belongs_to_one_active_token_of_an_organization() throws Exception {
        JsonNode first = admin.issue("");
        String same = "{\"name\":" + first.get("name") + "}";
        refused(admin.create(same), 409, NAME_TAKEN);
        JsonNode second = admin.issue("");
        refused(admin.update(second, same), 409, NAME_TAKEN);
        done(admin.update(first, same));
        done(other.create(same));
        done(admin.revoke(first));
        JsonNode again = done(admin.create(same));
        refused(admin.create(same), 409, NAME_TAKEN);
        done(admin.update(again, "{\"name\":\"renamed " + uuid(again) + "\"}"));
        done(admin.update(second, same));
    }

    @Test
    void the_name_of_an_expired_token_is_free_again() throws Exception {
        JsonNode token = admin.issue("");
        admin.expire(token);
        done(admin.create("{\"name\":" + token.get("name") + "}"));
    }

    @Test
    void regenerating_keeps_everything_but_the_secret_which_is_dead_at_once() throws Exception {
        JsonNode old = admin.issue(READ_COURSES + ",\"description\":\"d\",\"expires_at\":\"2099-12-31T23:59:59Z\"");
        assertThat(server.get(COURSES, secret(old)).status()).isEqualTo(200);
        JsonNode fresh = done(admin.regenerate(old));
        assertThat(fields(fresh)).isEqualTo(fields(old));
        for (String field : fields(old)) {
            if (field.equals("token") || field.equals("token_prefix")) {
                assertThat(fresh.get(field)).isNotEqualTo(old.get(field));
            } else {
                assertThat(fresh.get(field)).as(field).isEqualTo(old.get(field));
            }
        }
        assertThat(fresh.get("token_prefix").asText()).isEqualTo(secret(fresh).substring(0, 12));
        refused(server.get(COURSES, secret(old)), 401, NOT_VALIDATED);
        assertThat(server.get(COURSES, secret(fresh)).status()).isEqualTo(200);
    }

    @Test
    void a_revoked_token_is_dead_at_once_and_stays_so() throws Exception {
        JsonNode token = admin.issue(READ_COURSES);
        assertThat(server.get(COURSES, secret(token)).status()).isEqualTo(200);
        Answer revoked = admin.revoke(token);
        assertThat(revoked.status()).isEqualTo(200);
        assertThat(revoked.response().body()).isEqualTo("{\"message\":\"Token revoked successfully\"}");
        refused(server.get(COURSES, secret(token)), 401, NOT_VALIDATED);
        refused(admin.revoke(token), 404, NO_TOKEN);
        refused(admin.regenerate(token), 400);
        refused(admin.update(token, "{\"description\":\"d\"}"), 400);
        refused(admin.rotate(token, ""), 400);
        JsonNode kept = done(admin.get(token));
        assertThat(kept.get("is_active").booleanValue()).isFalse();
        assertThat(kept.get("revoked_at").asText()).endsWith("Z");
    }

    @Test
    void both_tokens_of_a_rotation_are_active_under_one_name() throws Exception {
        JsonNode old = admin.issue(READ_COURSES);
        JsonNode fresh = done(admin.rotate(old, "{\"overlap_seconds\":3600}"));
        assertThat(fresh.get("predecessor_uuid")).isEqualTo(old.get("token_uuid"));
        assertThat(fresh.get("name")).isEqualTo(old.get("name"));
        assertThat(fresh.get("rights")).isEqualTo(old.get("rights"));
        assertThat(server.get(COURSES, secret(old)).status()).isEqualTo(200);
        assertThat(server.get(COURSES, secret(fresh)).status()).isEqualTo(200);
        done(admin.update(fresh, "{\"name\":" + old.get("name") + "}"));
        refused(admin.create("{\"name\":" + old.get("name") + "}"), 409, NAME_TAKEN);
        refused(admin.rotate(old, ""), 409);
    }

    @Test
    void the_last_use_shows_soon_unless_it_was_denied() throws Exception {
        JsonNode used = admin.issue(READ_COURSES);
        JsonNode denied = admin.issue("");
        server.get(COURSES, secret(used));
        server.get(COURSES, secret(denied));
        Patience.await().until(() -> !admin.get(used).json().get("last_used_at").isNull());
        assertThat(admin.get(used).json().get("last_used_at").asText()).endsWith("Z");
        assertThat(admin.get(denied).json().get("last_used_at").isNull()).isTrue();
    }

    @Test
    void a_reader_may_only_list_and_get() throws Exception {
        JsonNode token = admin.issue("");
        Administrator reader = new Administrator(server, "123", RunningQuickstart.READER);
        assertThat(reader.list()).isNotEmpty();
        assertThat(reader.get(token).status()).isEqualTo(200);
        refused(reader.create(named("")), 403, NOT_PERMITTED);
        refused(reader.update(token, "{}"), 403, NOT_PERMITTED);
        refused(reader.regenerate(token), 403, NOT_PERMITTED);
        refused(reader.rotate(token, ""), 403, NOT_PERMITTED);
        refused(reader.revoke(token), 403, NOT_PERMITTED);
        assertThat(server.get(COURSES, RunningQuickstart.READER).status())
                .as("a management key is no API token")
                .isEqualTo(401);
    }

    @Test
    void api_tokens_manage_no_tokens() throws Exception {
        JsonNode token = admin.issue("\"rights\":{\"roles\":" + ALL + ",\"courses\":" + ALL + "}");
        Administrator itself = new Administrator(server, "123", secret(token));
        refused(server.get(admin.path(), secret(token)), 403, MANAGES_NOTHING);
        refused(itself.create(named("")), 403, MANAGES_NOTHING);
        refused(itself.get(token), 403, MANAGES_NOTHING);
        refused(itself.update(token, "{}"), 403, MANAGES_NOTHING);
        refused(itself.regenerate(token), 403, MANAGES_NOTHING);
        refused(itself.revoke(token), 403, MANAGES_NOTHING);
        assertThat(admin.get(token).json().get("last_used_at").isNull()).isTrue();
        refused(admin(UNKNOWN), 401, NOT_VALIDATED);
        refused(admin("guessed"), 401, NOT_VALIDATED);
    }

    @Test
    void an_unknown_token_or_organization_is_not_found() throws Exception {
        JsonNode token = admin.issue("");
        Administrator nobody = Administrator.of(server, "999");
        String unknown = admin.path() + "/apitoken_00000000-0000-4000-8000-000000000000";
        refused(server.get(unknown, RunningQuickstart.ADMIN), 404, NO_TOKEN);
        refused(server.send("PUT", unknown, RunningQuickstart.ADMIN, "{}"), 404, NO_TOKEN);
        refused(server.send("DELETE", unknown, RunningQuickstart.ADMIN, ""), 404, NO_TOKEN);
        refused(server.send("POST", unknown + "/regenerate", RunningQuickstart.ADMIN, ""), 404, NO_TOKEN);
        refused(other.get(token), 404, NO_TOKEN);
        refused(other.update(token, "{}"), 404, NO_TOKEN);
        refused(other.regenerate(token), 404, NO_TOKEN);
        refused(other.revoke(token), 404, NO_TOKEN);
        refused(nobody.create(named("")), 404, "Organization not found");
        refused(nobody.get(token), 404, "Organization not found");
        refused(server.get(nobody.path(), RunningQuickstart.ADMIN), 404, "Organization not found");
    }

    @Test
    void another_method_is_refused_with_the_allowed_methods() throws Exception {
        JsonNode token = admin.issue("");
        Answer all = server.send("DELETE", admin.path(), RunningQuickstart.ADMIN, "");
        refused(all, 405, "Method not allowed");
        assertThat(all.header("Allow").split(", ")).containsExactlyInAnyOrder("GET", "POST");
        Answer one = server.send("PATCH", admin.path(token), RunningQuickstart.ADMIN, "{}");
        refused(one, 405, "Method not allowed");
        assertThat(one.header("Allow").split(", ")).containsExactlyInAnyOrder("GET", "PUT", "DELETE");
    }

    @Test
    void requests_are_not_limited_and_say_nothing_of_limits() throws Exception {
        String token = secret(admin.issue(READ_COURSES));
        for (int i = 0; i < 40; i++) {
            Answer answer = server.get(COURSES, token);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.response().headers().map().keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).matches(".*ratelimit.*|retry-after"));
        }
    }

    @Test
    void ten_creations_regenerations_and_rotations_in_a_minute_are_all_and_those_refused_do_not_count()
            throws Exception {
        try (RunningQuickstart limited =
                RunningQuickstart.start(folder.resolve("limited"), Map.of("LECTERN_DIALECT", "learnhouse"))) {
            withinOneMinute(() -> spendTenCreations(limited));
        }
    }

    private static void spendTenCreations(RunningQuickstart limited) throws Exception {
        Administrator issuer = Administrator.of(limited, "123");
        JsonNode token = issuer.issue("");
        for (int i = 0; i < 3; i++) {
            refused(issuer.create("{\"name\":\"\"}"), 400);
            refused(issuer.create("{\"name\":" + token.get("name") + "}"), 409, NAME_TAKEN);
            refused(issuer.rotate(token, "{\"overlap_seconds\":-1}"), 400);
            refused(new Administrator(limited, "123", RunningQuickstart.READER).create(named("")), 403, NOT_PERMITTED);
        }
        for (int i = 0; i < 4; i++) {
            done(issuer.regenerate(token));
        }
        JsonNode successor = done(issuer.rotate(token, ""));
        for (int i = 0; i < 4; i++) {
            issuer.issue("");
        }
        tooMany(() -> issuer.create(named("")));
        tooMany(() -> issuer.regenerate(successor));
        tooMany(() -> issuer.rotate(successor, ""));
        Administrator.of(limited, "456").issue("");
        done(issuer.update(successor, "{\"description\":\"d\"}"));
        done(issuer.revoke(successor));
    }

    private interface Scenario {
        void play() throws Exception;
    }

    /** The limit's windows are the minutes of UTC. If a slow machine exceeds the end of a minute, the scenario is repeated. */
    private static void withinOneMinute(Scenario scenario) throws Exception {
        while (true) {
            Instant minute = Instant.now().truncatedTo(ChronoUnit.MINUTES);
            try {
                scenario.play();
                return;
            } catch (AssertionError failed) {
                Instant end = Instant.now().truncatedTo(ChronoUnit.MINUTES);
                if (end.equals(minute)) {
                    throw failed;
                }
                // Some permits of this minute are used up.
                Patience.await()
                        .until(() ->
                                Instant.now().truncatedTo(ChronoUnit.MINUTES).isAfter(end));
            }
        }
    }

    private static void tooMany(Callable<Answer> creation) throws Exception {
        long before = 60 - Instant.now().getEpochSecond() % 60;
        Answer answer = creation.call();
        long after = 60 - Instant.now().getEpochSecond() % 60;
        String seconds = answer.header("Retry-After");
        refused(answer, 429, "Too many token creation requests. Try again in " + seconds + " seconds.");
        assertThat(Long.parseLong(seconds)).isBetween(Math.max(1, after - 1), before + 2);
    }

    @Test
    void a_failure_is_an_unavailable_service_and_never_a_wrong_credential() throws Exception {
        try (FailingDatabase database = new FailingDatabase(folder);
                RunningQuickstart broken =
                        RunningQuickstart.start(folder.resolve("broken"), database.settings("learnhouse"))) {
            String token = secret(Administrator.of(broken, "123").issue(READ_COURSES));
            assertThat(broken.get(COURSES, token).status()).isEqualTo(200);
            database.fail();
            for (Answer answer : List.of(broken.get(COURSES, token), broken.get(COURSES, UNKNOWN))) {
                refused(answer, 503, "Service temporarily unavailable");
                assertThat(answer.header("Retry-After")).matches("[1-9][0-9]*");
            }
        }
    }
}
