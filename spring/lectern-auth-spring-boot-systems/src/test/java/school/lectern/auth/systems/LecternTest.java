package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.systems.Organization.secret;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.systems.Variant.Server;
import school.lectern.auth.systems.Variant.TokenSystem;
import tools.jackson.databind.JsonNode;

/** Lectern: scopes, limits with headers, and versions by date. Its application also runs on Spring Boot 3. */
@ParameterizedClass
@MethodSource("variants")
class LecternTest extends SystemContract {

    private static final String LEARNERS = "/v1/learners";
    private static final String ALL = "\"scopes\":[\"read:learners\",\"write:learners\",\"delete:learners\"]";

    LecternTest(Variant variant) {
        super(variant);
    }

    static Stream<Variant> variants() {
        return Stream.concat(Variant.of(TokenSystem.LECTERN), Stream.of(Variant.ON_SPRING_BOOT_3));
    }

    @Override
    Words words(Denial denial) {
        return switch (denial) {
            case NO_CREDENTIAL, INVALID, REVOKED, OTHER_ADDRESS -> new Words(401, "invalid_token");
            case NOT_FOUND, UNKNOWN_TOKEN, UNKNOWN_ORGANIZATION -> new Words(404, "not_found");
            case METHOD_NOT_ALLOWED -> new Words(405, "method_not_allowed");
            case TOKENS_MANAGE_NOTHING, NOT_PERMITTED -> new Words(403, "insufficient_scope");
            case CONFLICT -> new Words(409, "conflict");
        };
    }

    @Override
    Words invalidRequest(String field) {
        return new Words(422, "validation_failed");
    }

    @Override
    String wordsIn(Answer answer) {
        JsonNode error = answer.json().get("error");
        assertThat(error.get("request_id").asString())
                .matches("req_[0-9A-Za-z]{15}")
                .isEqualTo(answer.header("X-Request-Id"));
        assertThat(error.get("message").asString()).isNotEmpty();
        if (error.get("code").asString().equals("invalid_token")) {
            assertThat(error.get("message").asString()).isEqualTo("The API token provided was not recognized.");
        }
        assertThat(error.has("details")).isEqualTo(error.get("code").asString().equals("validation_failed"));
        return error.get("code").asString();
    }

    @Override
    String route(Organization organization) {
        return LEARNERS;
    }

    @Override
    String permission() {
        return ALL;
    }

    @Override
    String unknown() {
        return "sk_live_lectern_8aJ4F2pYxQRk0ZqMnVbT9HwLcXKpabcd";
    }

    @ContractTest
    void a_token_does_what_its_scopes_say() {
        Organization organization = Organization.next(app);
        String reader = secret(organization.issue("\"scopes\":[\"read:learners\"]"));
        Answer denied = app.send("POST", LEARNERS, reader, "{\"name\":\"Ada\"}");
        assertDenied(denied, new Words(403, "insufficient_scope"));
        assertThat(denied.header("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"lectern\", error=\"insufficient_scope\", scope=\"write:learners\"");
        assertThat(denied.header("X-RateLimit-Remaining")).isEqualTo("60");

        String all = secret(organization.issue(ALL, "\"description\":\"all\""));
        Answer made = app.send("POST", LEARNERS, all, "{\"name\":\"Ada\"}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        String path = LEARNERS + '/' + made.text("/data/id");
        assertThat(app.get(path, reader).text("/data/name")).isEqualTo("Ada");
        assertThat(app.send("PUT", path, all, "{\"name\":\"Eve\"}").text("/data/name"))
                .isEqualTo("Eve");
        assertDenied(app.send("PUT", path, all, "[]"), invalidRequest("body"));
        assertDenied(app.send("DELETE", path, reader, ""), new Words(403, "insufficient_scope"));
        assertThat(app.send("DELETE", path, all, "").status()).isEqualTo(204);
        assertDenied(app.get(path, reader), Denial.NOT_FOUND);
        assertDenied(app.get("/v1/closed", all), Denial.NOT_FOUND);
    }

    @ContractTest
    void spring_security_guards_the_methods_of_services() {
        Organization organization = Organization.next(app);
        String reader = secret(organization.issue("\"scopes\":[\"read:learners\"]"));
        String administrator = secret(organization.issue("\"scopes\":[\"read:learners\",\"admin:tenant\"]"));
        if (variant().security() && variant().server() == Server.NETTY) {
            // With WebFlux, only methods that return a publisher can be guarded; others fail.
            assertThat(app.get("/v1/settings", administrator).status()).isEqualTo(500);
            return;
        }
        assertThat(app.get("/v1/settings", administrator).text("/data/theme")).isEqualTo("dark");
        Answer unprivileged = app.get("/v1/settings", reader);
        if (variant().security()) {
            assertDenied(unprivileged, new Words(403, "insufficient_scope"));
        } else {
            assertThat(unprivileged.status()).isEqualTo(200);
        }
    }

    @ContractTest
    void every_class_of_requests_has_its_own_limit() {
        List<Answer> answers = new ArrayList<>();
        String token;
        do {
            // If the minute ends, new permits are available: then another token starts with all of them.
            token = secret(Organization.next(app).issue(ALL, "\"rate_limits\":{\"read\":5}"));
            answers.clear();
            for (int i = 0; i < 6; i++) {
                answers.add(app.get(LEARNERS, token));
            }
        } while (!answers.get(0)
                .header("X-RateLimit-Reset")
                .equals(answers.get(5).header("X-RateLimit-Reset")));
        assertThat(answers.subList(0, 5)).allMatch(answer -> answer.status() == 200);
        assertThat(answers.get(0).header("X-RateLimit-Limit")).isEqualTo("5");
        assertThat(answers.get(0).header("X-RateLimit-Remaining")).isEqualTo("4");
        Answer refused = answers.get(5);
        assertDenied(refused, new Words(429, "rate_limited"));
        assertThat(refused.header("X-RateLimit-Remaining")).isEqualTo("0");
        assertThat(Long.parseLong(refused.header("Retry-After"))).isBetween(1L, 60L);
        assertThat(Instant.parse(refused.header("X-RateLimit-Reset")))
                .isAfter(Instant.now().minusSeconds(60));
        assertThat(app.send("POST", LEARNERS, token, "{}").header("X-RateLimit-Limit"))
                .isEqualTo("60");
        Answer bulk = app.send("POST", "/v1/bulk/learners", token, "[{},{}]");
        assertThat(bulk.status()).isEqualTo(201);
        assertThat(bulk.header("X-RateLimit-Limit")).isEqualTo("10");
    }

    @ContractTest
    void a_request_has_the_version_of_its_tenant_or_the_one_that_it_names() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(ALL));
        Answer first = app.get(LEARNERS, token);
        assertThat(first.header("Lectern-Version")).isEqualTo("2026-01-01");
        assertThat(first.text("/version")).isEqualTo("2026-01-01");
        assertThat(app.get(LEARNERS, token, "Lectern-Version", "2026-09-01").text("/version"))
                .isEqualTo("2026-09-01");
        for (String version : List.of("2026-02-01", "yesterday")) {
            Answer unknown = app.get(LEARNERS, token, "Lectern-Version", version);
            assertDenied(unknown, invalidRequest("Lectern-Version"));
            assertThat(unknown.text("/error/details/0/field")).isEqualTo("Lectern-Version");
        }
        String second = secret(organization.other("456").issue(ALL));
        assertThat(app.get(LEARNERS, second).text("/version")).isEqualTo("2026-05-01");
    }

    @ContractTest
    void test_and_live_tokens_see_separate_data() {
        Organization organization = Organization.next(app);
        String live = secret(organization.issue(ALL));
        String test = secret(organization.issue(ALL, "\"environment\":\"test\""));
        assertThat(test).startsWith("sk_test_lectern_");
        String id = app.send("POST", LEARNERS, live, "{}").text("/data/id");
        assertThat(app.get(LEARNERS + '/' + id, live).status()).isEqualTo(200);
        assertDenied(app.get(LEARNERS + '/' + id, test), Denial.NOT_FOUND);
        String other = secret(Organization.next(app).issue(ALL));
        assertDenied(app.get(LEARNERS + '/' + id, other), Denial.NOT_FOUND);
    }
}
