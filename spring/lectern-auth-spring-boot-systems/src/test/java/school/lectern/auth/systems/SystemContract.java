package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.systems.Organization.done;
import static school.lectern.auth.systems.Organization.named;
import static school.lectern.auth.systems.Organization.secret;
import static school.lectern.auth.systems.Organization.uuid;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import tools.jackson.databind.JsonNode;

/** What all four systems have in common, in the words of each. */
abstract class SystemContract {

    private static final String ELSEWHERE = "\"ip_allowlist\":[\"10.0.0.0/8\"]";

    private static final Map<Variant, RunningSystem> RUNNING = new ConcurrentHashMap<>();

    private final Variant variant;

    final RunningSystem app;

    SystemContract(Variant variant) {
        this.variant = variant;
        this.app = RUNNING.get(variant);
    }

    Variant variant() {
        return variant;
    }

    @BeforeParameterizedClassInvocation
    static void start(Variant variant) throws Exception {
        RUNNING.put(variant, RunningSystem.start(variant));
    }

    @AfterParameterizedClassInvocation
    static void stop(Variant variant) throws Exception {
        RunningSystem started = RUNNING.remove(variant);
        if (started != null) {
            started.stop();
        }
    }

    /** A denial that every system has. */
    enum Denial {
        NO_CREDENTIAL,
        INVALID,
        REVOKED,
        OTHER_ADDRESS,
        NOT_FOUND,
        UNKNOWN_TOKEN,
        UNKNOWN_ORGANIZATION,
        METHOD_NOT_ALLOWED,
        TOKENS_MANAGE_NOTHING,
        NOT_PERMITTED,
        CONFLICT
    }

    /**
     * A status with its words.
     *
     * @param status the status
     * @param words the code or the text; empty if it is not checked
     */
    record Words(int status, String words) {}

    abstract Words words(Denial denial);

    /** Returns the status and, if they are the same for each field, the words of a request with an invalid field. */
    abstract Words invalidRequest(String field);

    /** Returns the code or the text of an error, and checks everything else in its body. */
    abstract String wordsIn(Answer answer);

    /** Returns the path of a GET that a token with {@link #permission} may send, in that organization. */
    abstract String route(Organization organization);

    /** Returns the field of a creation that permits {@link #route}, or an empty text if none is needed. */
    abstract String permission();

    /** Returns a well-formed token that was never issued. */
    abstract String unknown();

    /** Returns the realm of challenges. */
    String realm() {
        return variant.system().dialect();
    }

    void assertDenied(Answer answer, Denial denial) {
        assertDenied(answer, words(denial));
        String challenge = answer.header("WWW-Authenticate");
        if (denial == Denial.NO_CREDENTIAL) {
            assertThat(challenge).isEqualTo("Bearer realm=\"" + realm() + "\"");
        }
    }

    void assertDenied(Answer answer, Words expected) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(expected.status());
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("X-Request-Id")).isNotEmpty();
        String words = wordsIn(answer);
        if (!expected.words().isEmpty()) {
            assertThat(words).isEqualTo(expected.words());
        }
        if (expected.status() == 401) {
            assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer realm=\"" + realm() + "\"");
            assertThat(answer.headers().keySet()).noneMatch(SystemContract::isOfLimits);
        }
    }

    static boolean isOfLimits(String header) {
        return header.matches("(?i).*ratelimit.*|retry-after");
    }

    @ContractTest
    void the_threads_are_those_of_the_variant() {
        Answer health = app.get("/health", "");
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.body()).isEqualTo(RunningSystem.hasVirtualThreads(variant) ? "virtual" : "platform");
    }

    @ContractTest
    void a_request_without_a_credential_is_asked_for_one() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        String route = route(organization);
        assertDenied(app.get(route, ""), Denial.NO_CREDENTIAL);
        assertDenied(app.get(route + "?token=" + token + "&access_token=" + token, ""), Denial.NO_CREDENTIAL);
        assertDenied(app.get(route, "", "Cookie", "access_token=" + token), Denial.NO_CREDENTIAL);
        assertDenied(app.get("/nowhere", ""), Denial.NO_CREDENTIAL);
        assertDenied(app.get("/error", ""), Denial.NO_CREDENTIAL);
        assertDenied(app.send("POST", route, "", "{}"), Denial.NO_CREDENTIAL);
    }

    /** Returns the words for other shapes of the header. {@code KEY} is a valid token, {@code ~} separates header lines. */
    Map<String, Words> malformed() {
        Words invalid = words(Denial.INVALID);
        return Map.of(
                "Basic KEY", invalid,
                "Bearer", invalid,
                "Bearer\tKEY", invalid,
                "Bearer KEY, Bearer KEY", invalid,
                "Bearer KEY~Authorization: Bearer KEY", invalid,
                "Bearer KEY~authorization: Basic dXNlcjpwYXNz", invalid,
                "Bearer KEYx", invalid,
                "KEY", invalid);
    }

    @ContractTest
    void another_shape_of_the_header_is_an_invalid_credential() throws Exception {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        for (Map.Entry<String, Words> malformed : malformed().entrySet()) {
            String lines = "Authorization: " + malformed.getKey().replace("KEY", token);
            Answer answer = app.getWithLines(route(organization), lines.split("~"));
            assertDenied(answer, malformed.getValue());
            assertThat(answer.header("WWW-Authenticate"))
                    .isEqualTo("Bearer realm=\"" + realm() + "\", error=\"invalid_token\"");
        }
    }

    @ContractTest
    void the_scheme_has_no_case_and_spaces_around_the_token_do_not_count() throws Exception {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        for (String value : List.of("bearer " + token, "BEARER   " + token + "  ")) {
            assertThat(app.getWithLines(route(organization), "Authorization: " + value)
                            .status())
                    .isEqualTo(200);
        }
    }

    @ContractTest
    void an_expired_token_and_one_that_was_never_issued_are_invalid() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue(permission());
        assertThat(app.get(route(organization), secret(token)).status()).isEqualTo(200);
        organization.expire(token);
        Answer expired = app.get(route(organization), secret(token));
        Answer unknown = app.get(route(organization), unknown());
        assertDenied(expired, Denial.INVALID);
        assertDenied(unknown, Denial.INVALID);
        assertThat(withoutId(expired)).isEqualTo(withoutId(unknown));
    }

    static String withoutId(Answer answer) {
        return answer.body().replace(answer.header("X-Request-Id"), "");
    }

    @ContractTest
    void a_token_works_until_it_is_revoked() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue(permission());
        assertThat(app.get(route(organization), secret(token)).status()).isEqualTo(200);
        Answer revoked = organization.revoke(token);
        assertThat(done(revoked).get("message").asString()).isEqualTo("Token revoked successfully");
        assertDenied(app.get(route(organization), secret(token)), Denial.REVOKED);
        assertDenied(organization.revoke(token), Denial.UNKNOWN_TOKEN);
        JsonNode kept = done(organization.get(token));
        assertThat(kept.get("is_active").booleanValue()).isFalse();
        assertThat(kept.get("revoked_at").asString()).endsWith("Z");
    }

    @ContractTest
    void a_token_works_from_the_addresses_of_its_list() {
        Organization organization = Organization.next(app);
        String here = secret(organization.issue(permission(), "\"ip_allowlist\":[\"192.0.2.1\",\"127.0.0.0/8\"]"));
        assertThat(app.get(route(organization), here).status()).isEqualTo(200);
        String elsewhere = secret(organization.issue(permission(), ELSEWHERE));
        assertDenied(app.get(route(organization), elsewhere), Denial.OTHER_ADDRESS);
        assertDenied(
                app.get(route(organization), elsewhere, "X-Forwarded-For", "10.0.0.1", "Forwarded", "for=10.0.0.1"),
                Denial.OTHER_ADDRESS);
        assertDenied(organization.create(named("\"ip_allowlist\":[]")), invalidRequest("ip_allowlist"));
    }

    @ContractTest
    void a_secret_is_shown_once_and_a_list_goes_on_where_its_link_says() {
        Organization organization = Organization.next(app);
        List<String> issued = new ArrayList<>();
        List<String> listed = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            JsonNode token = organization.issue(permission());
            issued.add(0, uuid(token));
            Answer got = organization.get(token);
            assertThat(done(got).get("token_prefix").asString()).isNotEmpty();
            assertThat(got.json().has("token")).isFalse();
            assertThat(got.body())
                    .doesNotContain(secret(token).substring(secret(token).length() - 20));
        }
        String next = organization.path() + "?limit=2";
        while (!next.isEmpty()) {
            Answer page = app.get(next, RunningSystem.READER);
            done(page).forEach(token -> listed.add(uuid(token)));
            String link = page.header("Link");
            assertThat(link).matches("|<[^>]+>; rel=\"next\"");
            next = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
        }
        assertThat(listed).isEqualTo(issued);
        assertDenied(organization.list("?limit=0"), invalidRequest("limit"));
        assertDenied(organization.list("?unknown=1"), invalidRequest("unknown"));
    }

    @ContractTest
    void an_update_applies_to_the_next_request() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue(permission(), "\"description\":\"before\"");
        assertThat(app.get(route(organization), secret(token)).status()).isEqualTo(200);
        JsonNode changed = done(organization.update(token, "{" + ELSEWHERE + "}"));
        assertThat(changed.get("description").asString()).isEqualTo("before");
        assertDenied(app.get(route(organization), secret(token)), Denial.OTHER_ADDRESS);
        JsonNode cleared = done(organization.update(token, "{\"ip_allowlist\":null,\"description\":null}"));
        assertThat(cleared.get("description").isNull()).isTrue();
        assertThat(app.get(route(organization), secret(token)).status()).isEqualTo(200);
        assertDenied(organization.update(token, "{\"name\":null}"), invalidRequest("name"));
        assertDenied(organization.update(token, "{\"owner\":\"me\"}"), invalidRequest("owner"));
    }

    @ContractTest
    void regenerating_ends_the_old_secret_immediately() {
        Organization organization = Organization.next(app);
        JsonNode old = organization.issue(permission());
        assertThat(app.get(route(organization), secret(old)).status()).isEqualTo(200);
        JsonNode fresh = done(organization.regenerate(old));
        assertThat(uuid(fresh)).isEqualTo(uuid(old));
        assertDenied(app.get(route(organization), secret(old)), Denial.INVALID);
        assertThat(app.get(route(organization), secret(fresh)).status()).isEqualTo(200);
    }

    @ContractTest
    void both_tokens_of_a_rotation_work_until_the_old_one_ends() {
        Organization organization = Organization.next(app);
        JsonNode old = organization.issue(permission());
        JsonNode fresh = done(organization.rotate(old, "{\"overlap_seconds\":3600}"));
        assertThat(fresh.get("predecessor_uuid")).isEqualTo(old.get("token_uuid"));
        assertThat(app.get(route(organization), secret(old)).status()).isEqualTo(200);
        assertThat(app.get(route(organization), secret(fresh)).status()).isEqualTo(200);
        assertDenied(organization.rotate(old, ""), Denial.CONFLICT);
        JsonNode third = done(organization.rotate(fresh, "{\"overlap_seconds\":0}"));
        assertDenied(app.get(route(organization), secret(fresh)), Denial.INVALID);
        assertThat(app.get(route(organization), secret(third)).status()).isEqualTo(200);
    }

    @ContractTest
    void only_administrators_manage_tokens() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue(permission());
        Organization reader = organization.as(RunningSystem.READER);
        assertThat(done(reader.list(""))).hasSize(1);
        assertDenied(reader.create(named()), Denial.NOT_PERMITTED);
        assertDenied(reader.revoke(token), Denial.NOT_PERMITTED);
        Organization itself = organization.as(secret(token));
        assertDenied(itself.create(named()), Denial.TOKENS_MANAGE_NOTHING);
        assertDenied(itself.list(""), Denial.TOKENS_MANAGE_NOTHING);
        assertDenied(organization.as("").list(""), Denial.NO_CREDENTIAL);
        assertDenied(organization.as(unknown()).list(""), Denial.INVALID);
        assertThat(app.get(route(organization), RunningSystem.ADMIN).status())
                .as("a management key is no API token")
                .isEqualTo(401);
    }

    @ContractTest
    void management_answers_wrong_requests_in_the_words_of_the_system() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue(permission());
        assertDenied(organization.create("{}"), invalidRequest("name"));
        assertDenied(organization.create("{\"name\":"), invalidRequest(""));
        assertDenied(organization.create(named("\"expires_at\":\"tomorrow\"")), invalidRequest("expires_at"));
        assertDenied(organization.other("999").create(named()), Denial.UNKNOWN_ORGANIZATION);
        assertDenied(Organization.next(app).get(token), Denial.UNKNOWN_TOKEN);
        assertDenied(Organization.next(app).revoke(token), Denial.UNKNOWN_TOKEN);
        Answer method = app.send("PATCH", organization.path(token), RunningSystem.ADMIN, "{}");
        assertDenied(method, Denial.METHOD_NOT_ALLOWED);
        assertThat(method.header("Allow").split(", ")).containsExactlyInAnyOrder("GET", "PUT", "DELETE");
        assertDenied(
                app.send("POST", organization.path(), RunningSystem.ADMIN, "", "Content-Type", "text/plain"),
                invalidRequest(""));
    }

    @ContractTest
    void calls_and_changes_are_in_the_audit_log() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue(permission());
        Answer allowed = app.get(route(organization) + "?q=hidden", secret(token));
        Answer missing = app.get("/nowhere", secret(token));
        done(organization.revoke(token));
        Answer revoked = app.get(route(organization), secret(token));
        assertRow(organization, allowed, token, route(organization), 200);
        assertRow(organization, missing, token, "/nowhere", 404);
        assertRow(organization, revoked, token, route(organization), 401);
        assertThat(organization.auditRows().stream()
                        .map(row -> row.path("event").asString())
                        .toList())
                .contains("token.issued", "token.revoked");
        String csv = organization.audit("?format=csv");
        assertThat(csv)
                .startsWith("request_id,tenant_id,token_id,method,endpoint,status,timestamp,")
                .contains(allowed.header("X-Request-Id") + ',' + organization.id() + ',' + uuid(token) + ",GET,")
                .doesNotContain("hidden", secret(token).substring(secret(token).length() - 20));
        assertThat(Organization.next(app).audit("")).doesNotContain(allowed.header("X-Request-Id"));
        assertDenied(
                app.get("/api/v1/orgs/" + organization.id() + "/audit?format=xml", RunningSystem.ADMIN),
                invalidRequest("format"));
    }

    /** The status is written when the response has ended. */
    private static void assertRow(
            Organization organization, Answer answer, JsonNode token, String endpoint, int status) {
        RunningSystem.await().untilAsserted(() -> {
            List<JsonNode> rows = organization.auditRows().stream()
                    .filter(row -> row.path("request_id").asString().equals(answer.header("X-Request-Id")))
                    .toList();
            assertThat(rows).hasSize(1);
            assertThat(rows.get(0).get("token_id")).isEqualTo(token.get("token_uuid"));
            assertThat(rows.get(0).get("endpoint").asString()).isEqualTo(endpoint);
            assertThat(rows.get(0).get("status").asInt()).isEqualTo(status);
        });
    }

    @ContractTest
    void the_last_use_shows_soon_unless_it_was_denied() {
        Organization organization = Organization.next(app);
        JsonNode used = organization.issue(permission());
        JsonNode denied = organization.issue(permission(), ELSEWHERE);
        app.get(route(organization), secret(denied));
        app.get(route(organization), secret(used));
        RunningSystem.await()
                .until(() -> !done(organization.get(used)).get("last_used_at").isNull());
        assertThat(done(organization.get(denied)).get("last_used_at").isNull()).isTrue();
    }

    @ContractTest
    void everything_else_is_not_found_with_a_token() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        assertDenied(app.get("/nowhere", token), Denial.NOT_FOUND);
        assertDenied(app.get(route(organization) + "/0", token), Denial.NOT_FOUND);
        assertDenied(app.get("/error", token), Denial.NOT_FOUND);
    }

    @ContractTest
    void another_method_of_a_route_is_refused_with_the_allowed_ones() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        Answer answer = app.send("PATCH", route(organization), token, "{}");
        assertDenied(answer, Denial.METHOD_NOT_ALLOWED);
        assertThat(answer.header("Allow")).contains("GET");
    }

    @ContractTest
    void a_client_does_not_choose_the_request_id() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        for (String bearer : List.of(token, "")) {
            Answer answer = app.get(route(organization), bearer, "X-Request-Id", "chosen");
            assertThat(answer.headers().get("X-Request-Id")).hasSize(1).doesNotContain("chosen");
        }
    }

    @ContractTest
    void the_log_of_the_application_contains_no_secret() throws Exception {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(permission()));
        app.get(route(organization), token);
        app.get("/nowhere", token);
        assertThat(app.log()).doesNotContain(token.substring(token.length() - 20), RunningSystem.ADMIN);
    }
}
