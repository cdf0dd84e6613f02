package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.systems.Organization.secret;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.systems.Variant.TokenSystem;
import tools.jackson.databind.JsonNode;

/** LearnCoin: environments, and a request id in every object. */
@ParameterizedClass
@MethodSource("variants")
class LearnCoinTest extends SystemContract {

    private static final String ME = "/v1/tenants/me";
    private static final String BATCHES = "/v1/batches";
    private static final String TEST = "\"environment\":\"test\"";
    private static final String ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}";

    LearnCoinTest(Variant variant) {
        super(variant);
    }

    static Stream<Variant> variants() {
        return Variant.of(TokenSystem.LEARNCOIN);
    }

    @Override
    Words words(Denial denial) {
        return switch (denial) {
            case NO_CREDENTIAL -> new Words(401, "api_key_missing");
            case INVALID -> new Words(401, "api_key_invalid");
            case REVOKED -> new Words(401, "api_key_revoked");
            case OTHER_ADDRESS -> new Words(401, "ip_not_allowed");
            case NOT_FOUND, UNKNOWN_TOKEN, UNKNOWN_ORGANIZATION -> new Words(404, "not_found");
            case METHOD_NOT_ALLOWED -> new Words(405, "method_not_allowed");
            case TOKENS_MANAGE_NOTHING, NOT_PERMITTED -> new Words(403, "forbidden");
            case CONFLICT -> new Words(409, "conflict");
        };
    }

    @Override
    Words invalidRequest(String field) {
        return new Words(400, "validation_failed");
    }

    @Override
    String wordsIn(Answer answer) {
        String code = answer.text("/error/code");
        String id = answer.header("X-Request-Id");
        assertThat(id).matches(ULID);
        assertThat(answer.body())
                .isEqualTo("{\"error\":{\"code\":\"" + code + "\",\"message\":"
                        + answer.json().at("/error/message") + "},\"request_id\":\"" + id + "\"}");
        return code;
    }

    @Override
    String route(Organization organization) {
        return BATCHES;
    }

    @Override
    String permission() {
        return "";
    }

    /** Returns 32 bytes of ones in base58. */
    @Override
    String unknown() {
        return "lrn_live_4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi";
    }

    @ContractTest
    void a_key_names_its_tenant_and_its_environment() {
        Organization organization = Organization.next(app);
        String key = secret(organization.issue(TEST));
        assertThat(key).matches("lrn_test_[1-9A-HJ-NP-Za-km-z]{32,44}");
        Answer me = app.get(ME, key);
        assertThat(me.body())
                .isEqualTo("{\"id\":\"tnt_" + organization.id() + "\",\"name\":\"University " + organization.id()
                        + "\",\"did\":\"did:web:example.test#tenant-" + organization.id()
                        + "\",\"plan\":\"developer\",\"environment\":\"test\",\"request_id\":\""
                        + me.header("X-Request-Id") + "\"}");
    }

    @ContractTest
    void a_key_of_one_environment_does_nothing_in_the_other() {
        Organization organization = Organization.next(app);
        String test = secret(organization.issue(TEST));
        String live = secret(organization.issue());
        assertDenied(app.send("POST", "/v1/mainnet/batches", test, "{}"), new Words(403, "environment_mismatch"));
        assertDenied(app.send("POST", "/v1/testnet/batches", live, "{}"), new Words(403, "environment_mismatch"));
        assertThat(app.send("POST", "/v1/mainnet/batches", live, "{}").status()).isEqualTo(201);
        assertThat(app.send("POST", "/v1/testnet/batches", test, "{}").status()).isEqualTo(201);
    }

    @ContractTest
    void batches_of_another_tenant_or_environment_do_not_exist() {
        Organization organization = Organization.next(app);
        String live = secret(organization.issue());
        String path =
                BATCHES + '/' + app.send("POST", BATCHES, live, "{\"n\":1}").text("/data/id");
        assertThat(app.get(path, live).status()).isEqualTo(200);
        String test = secret(organization.issue(TEST));
        String foreign = secret(Organization.next(app).issue());
        for (String stranger : List.of(test, foreign)) {
            Answer hidden = app.get(path, stranger);
            assertDenied(hidden, Denial.NOT_FOUND);
            assertThat(withoutId(hidden)).isEqualTo(withoutId(app.get(BATCHES + "/999999999", stranger)));
        }
    }

    @ContractTest
    void every_object_carries_the_request_id_and_no_response_has_limits() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue();
        String key = secret(token);
        for (Answer answer : List.of(
                app.get(ME, key),
                app.get(BATCHES, key),
                app.send("POST", BATCHES, key, "{}"),
                organization.get(token),
                organization.update(token, "{\"description\":\"d\"}"),
                organization.revoke(token))) {
            assertThat(answer.text("/request_id")).matches(ULID).isEqualTo(answer.header("X-Request-Id"));
            assertThat(answer.headers().keySet()).noneMatch(SystemContract::isOfLimits);
        }
    }
}
