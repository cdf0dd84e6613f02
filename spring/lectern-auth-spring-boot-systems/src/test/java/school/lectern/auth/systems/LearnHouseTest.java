package school.lectern.auth.systems;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.systems.Organization.done;
import static school.lectern.auth.systems.Organization.named;
import static school.lectern.auth.systems.Organization.secret;
import static school.lectern.auth.systems.Organization.uuid;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.systems.Variant.TokenSystem;
import tools.jackson.databind.JsonNode;

/** LearnHouse: rights, the organization in the path beside the management API, and a limit of creations. */
@ParameterizedClass
@MethodSource("variants")
class LearnHouseTest extends SystemContract {

    private static final String READ = "\"rights\":{\"courses\":{\"action_read\":true}}";
    private static final String ALL = "\"rights\":{\"courses\":{\"action_create\":true,\"action_read\":true,"
            + "\"action_update\":true,\"action_delete\":true}}";

    LearnHouseTest(Variant variant) {
        super(variant);
    }

    static Stream<Variant> variants() {
        return Variant.of(TokenSystem.LEARNHOUSE);
    }

    @Override
    Words words(Denial denial) {
        return switch (denial) {
            case NO_CREDENTIAL -> new Words(401, "Authentication required");
            case INVALID, REVOKED, OTHER_ADDRESS -> new Words(401, "Could not validate credentials");
            case NOT_FOUND -> new Words(404, "Not found");
            case UNKNOWN_TOKEN -> new Words(404, "API token not found");
            case UNKNOWN_ORGANIZATION -> new Words(404, "Organization not found");
            case METHOD_NOT_ALLOWED -> new Words(405, "Method not allowed");
            case TOKENS_MANAGE_NOTHING ->
                new Words(403, "API tokens cannot manage other API tokens. Use user authentication.");
            case NOT_PERMITTED -> new Words(403, "Insufficient permissions for the operation");
            case CONFLICT -> new Words(409, "");
        };
    }

    @Override
    Words invalidRequest(String field) {
        return new Words(400, "");
    }

    @Override
    String wordsIn(Answer answer) {
        String text = answer.text("/detail");
        assertThat(answer.json().size()).isEqualTo(1);
        assertThat(text).isNotEmpty();
        return text;
    }

    private static String courses(String organization) {
        return "/api/v1/orgs/" + organization + "/courses";
    }

    @Override
    String route(Organization organization) {
        return courses(organization.id());
    }

    @Override
    String permission() {
        return READ;
    }

    @Override
    String unknown() {
        return "lh_n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
    }

    private static Words lacks(String action) {
        return new Words(403, "API token does not have '" + action + "' permission for courses");
    }

    @ContractTest
    void the_printed_creation_is_answered_with_the_printed_fields() {
        Organization organization = Organization.next(app);
        JsonNode token = done(organization.create("{\"name\":\"CI/CD Pipeline\",\"description\":\"Token for automated"
                + " deployments\",\"rights\":{\"courses\":{\"action_read\":true,\"action_create\":false}},"
                + "\"expires_at\":\"2027-12-31T23:59:59Z\"}"));
        assertThat(token.propertyNames())
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
                        "expires_at");
        assertThat(secret(token)).matches("lh_[A-Za-z0-9_-]{43}");
        assertThat(uuid(token)).matches("apitoken_[0-9a-f-]{36}");
        assertThat(token.get("token_prefix").asString()).isEqualTo(secret(token).substring(0, 12));
        assertThat(token.get("org_id").asString()).isEqualTo(organization.id());
        assertThat(token.get("rights").toString())
                .isEqualTo("{\"courses\":{\"action_create\":false,\"action_read\":true,\"action_update\":false,"
                        + "\"action_delete\":false}}");
    }

    @ContractTest
    void each_action_needs_its_right() {
        Organization organization = Organization.next(app);
        String none = secret(organization.issue());
        String path = courses(organization.id());
        Answer denied = app.get(path, none);
        assertDenied(denied, lacks("action_read"));
        assertThat(denied.header("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"learnhouse\", error=\"insufficient_scope\", scope=\"action_read:courses\"");
        assertDenied(app.send("POST", path, none, "{}"), lacks("action_create"));
        assertDenied(app.send("PUT", path + "/1", none, "{}"), lacks("action_update"));
        assertDenied(app.send("DELETE", path + "/1", none, ""), lacks("action_delete"));

        String all = secret(organization.issue(ALL));
        Answer made = app.send("POST", path, all, "{\"title\":\"Logic\"}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        String course = path + '/' + made.text("/data/id");
        assertThat(app.get(course, all).text("/data/title")).isEqualTo("Logic");
        assertThat(app.send("PUT", course, all, "{\"title\":\"Proof\"}").status())
                .isEqualTo(200);
        assertThat(app.send("DELETE", course, all, "").status()).isEqualTo(204);
        assertDenied(app.get(course, all), Denial.NOT_FOUND);
    }

    @ContractTest
    void a_token_stays_in_its_organization() {
        Organization organization = Organization.next(app);
        String token = secret(organization.issue(ALL));
        String foreign = courses(Organization.next(app).id());
        Words outside = new Words(403, "API token cannot access resources outside its organization");
        assertDenied(app.get(foreign, token), outside);
        assertDenied(app.send("POST", foreign, token, "{}"), outside);
        assertDenied(app.get(foreign, ""), Denial.NO_CREDENTIAL);
        assertDenied(app.get("/api/v1/orgs/" + organization.id() + "/nothing", token), Denial.NOT_FOUND);
        assertDenied(app.get("/api/v1/orgs/" + organization.id(), ""), Denial.NO_CREDENTIAL);
    }

    @ContractTest
    void a_name_belongs_to_one_active_token_of_an_organization() {
        Organization organization = Organization.next(app);
        JsonNode first = organization.issue();
        String same = "{\"name\":" + first.get("name") + "}";
        assertDenied(organization.create(same), new Words(409, "Token name already exists"));
        done(Organization.next(app).create(same));
        done(organization.revoke(first));
        done(organization.create(same));
    }

    @ContractTest
    void ten_creations_and_regenerations_in_a_minute_are_all() {
        Instant minute;
        Answer last;
        do {
            // The windows are minutes of UTC. If one ends meanwhile, new permits are available.
            minute = minute();
            Organization organization = Organization.next(app);
            JsonNode token = organization.issue();
            for (int i = 0; i < 8; i++) {
                organization.issue();
            }
            done(organization.regenerate(token));
            assertDenied(organization.create("{}"), invalidRequest("name"));
            last = organization.create(named());
        } while (!minute().equals(minute));
        assertDenied(
                last,
                new Words(
                        429,
                        "Too many token creation requests. Try again in " + last.header("Retry-After") + " seconds."));
        assertThat(Long.parseLong(last.header("Retry-After"))).isBetween(1L, 60L);
    }

    private static Instant minute() {
        return Instant.now().truncatedTo(ChronoUnit.MINUTES);
    }
}
