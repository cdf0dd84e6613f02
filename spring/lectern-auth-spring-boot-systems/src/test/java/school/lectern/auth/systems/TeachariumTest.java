package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.systems.Organization.done;
import static school.lectern.auth.systems.Organization.named;
import static school.lectern.auth.systems.Organization.secret;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.systems.Variant.TokenSystem;
import tools.jackson.databind.JsonNode;

/** Teacharium: tokens of two parts, and errors that are texts. */
@ParameterizedClass
@MethodSource("variants")
class TeachariumTest extends SystemContract {

    private static final String LESSONS = "/api/public/lessons";
    private static final String OTHER_SECRET = ".tasec_0000000000000000000000000000000000000000000";
    private static final Words SCHEME = new Words(401, "Authorization header must use the Bearer scheme");
    private static final Words PARTS = new Words(401, "Authorization token must be provided as <public>.<secret>");

    TeachariumTest(Variant variant) {
        super(variant);
    }

    static Stream<Variant> variants() {
        return Variant.of(TokenSystem.TEACHARIUM);
    }

    @Override
    Words words(Denial denial) {
        return switch (denial) {
            case NO_CREDENTIAL -> new Words(401, "Missing authorization header");
            case INVALID, OTHER_ADDRESS -> new Words(401, "Invalid API token");
            case REVOKED -> new Words(401, "API token has been revoked");
            case NOT_FOUND, UNKNOWN_TOKEN, UNKNOWN_ORGANIZATION -> new Words(404, "Not found");
            case METHOD_NOT_ALLOWED -> new Words(405, "Method not allowed");
            case TOKENS_MANAGE_NOTHING, NOT_PERMITTED -> new Words(403, "Forbidden");
            case CONFLICT -> new Words(409, "Conflict");
        };
    }

    @Override
    Words invalidRequest(String field) {
        return new Words(400, field.isEmpty() ? "" : "Invalid request: " + field);
    }

    @Override
    String wordsIn(Answer answer) {
        String text = answer.text("/error");
        assertThat(answer.body()).isEqualTo("{\"error\":\"" + text + "\"}");
        return text;
    }

    @Override
    String route(Organization organization) {
        return LESSONS;
    }

    @Override
    String permission() {
        return "";
    }

    @Override
    String unknown() {
        return "tapub_00000000000000000000" + OTHER_SECRET;
    }

    @Override
    Map<String, Words> malformed() {
        Words invalid = words(Denial.INVALID);
        Map<String, Words> all = new LinkedHashMap<>();
        all.put("Basic KEY", SCHEME);
        all.put("Bearers KEY", SCHEME);
        all.put("KEY", SCHEME);
        all.put("Bearer", PARTS);
        all.put("Bearer\tKEY", PARTS);
        all.put("Bearer KEY, Bearer KEY", PARTS);
        all.put("Bearer KEY~Authorization: Bearer KEY", PARTS);
        all.put("Bearer KEY.", PARTS);
        all.put("Bearer tapub_xxxxx", PARTS);
        all.put("Bearer KEYx", invalid);
        all.put("Bearer tapub_xxxxx.tasec_xxxxx", invalid);
        return all;
    }

    @ContractTest
    void a_token_is_a_public_and_a_secret_key() {
        Organization organization = Organization.next(app);
        JsonNode token = organization.issue();
        String publicKey = token.get("public_key").asString();
        assertThat(publicKey).matches("tapub_[0-9A-Za-z]{20}");
        assertThat(secret(token))
                .isEqualTo(publicKey + '.' + token.get("secret_key").asString());
        assertThat(done(organization.get(token)).get("token_prefix").asString()).isEqualTo(publicKey);
        JsonNode fresh = done(organization.regenerate(token));
        assertThat(fresh.get("public_key").asString()).isEqualTo(publicKey);
        done(organization.revoke(token));
        assertDenied(app.get(LESSONS, secret(fresh)), Denial.REVOKED);
        assertDenied(app.get(LESSONS, publicKey + OTHER_SECRET), Denial.INVALID);
    }

    @ContractTest
    void a_token_reads_the_lessons_of_its_organization_without_limits() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue());
        String prefix = "les_" + organization.id() + '_';
        Answer all = app.get(LESSONS, token);
        assertThat(all.body())
                .isEqualTo("{\"data\":[{\"id\":\"" + prefix + "1\",\"title\":\"Lesson 1\"},{\"id\":\"" + prefix
                        + "2\",\"title\":\"Lesson 2\"},{\"id\":\"" + prefix + "3\",\"title\":\"Lesson 3\"}]}");
        assertThat(all.headers().keySet()).noneMatch(SystemContract::isOfLimits);
        assertThat(app.get(LESSONS + '/' + prefix + '2', token).text("/data/title"))
                .isEqualTo("Lesson 2");
        assertDenied(app.get(LESSONS + "/les_456_1", token), Denial.NOT_FOUND);
    }

    @ContractTest
    void a_token_has_neither_scopes_nor_rights_nor_limits() {
        Organization organization = Organization.next(app);
        assertDenied(organization.create(named("\"scopes\":[]")), invalidRequest("scopes"));
        assertDenied(organization.create(named("\"rights\":{}")), invalidRequest("rights"));
        assertDenied(organization.create(named("\"rate_limits\":{\"read\":1}")), invalidRequest("rate_limits"));
    }
}
