package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Actor;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** Tenants that the application's directory does not know, or no longer knows. */
abstract class UnknownTenantBehaviour extends ManagedBehaviour {

    private static final String GONE = "789";
    private static final String TOKENS_OF_GONE = "/api/v1/orgs/" + GONE + "/api-tokens";
    private static final String CREATION = "{\"name\":\"CI\",\"scopes\":[\"read:learners\"]}";

    /** Its errors distinguish an unknown organization from an unknown token. */
    private static final Dialect LEARN_HOUSE =
            LearnHouse.DIALECT.toBuilder().versionHeader("Lectern-Version").build();

    private void serve(Dialect dialect) throws Exception {
        serveIn(dialect, UnaryOperator.identity());
    }

    private IssuedToken orphan() {
        return issue(GONE, settings -> settings);
    }

    private static String path(IssuedToken token) {
        return TOKENS_OF_GONE + "/" + token.id();
    }

    @Test
    void its_tokens_can_be_listed_got_and_revoked_and_its_audit_exported() throws Exception {
        serve(Lectern.DIALECT);
        IssuedToken token = orphan();
        JsonNode listed = get(TOKENS_OF_GONE, ADMINISTRATOR).isOk().json();
        assertThat(listed).hasSize(1);
        get(path(token), ADMINISTRATOR).isOk();
        manage("POST", path(token) + "/disable", "{}").isOk();
        call("DELETE", path(token), ADMINISTRATOR).isOk();
        assertThat(get(path(token), ADMINISTRATOR)
                        .isOk()
                        .json()
                        .path("is_active")
                        .asBoolean())
                .isFalse();
        assertThat(get("/api/v1/orgs/" + GONE + "/audit", ADMINISTRATOR).isOk().body())
                .contains("token.issued", "token.revoked");
        get("/v1/learners", bearer(token)).isUnauthorized(true);
    }

    @Test
    void nothing_is_made_for_it() throws Exception {
        serve(Lectern.DIALECT);
        IssuedToken token = orphan();
        manage("POST", TOKENS_OF_GONE, CREATION).isError(404, "not_found");
        manage("PUT", path(token), "{\"name\":\"x\"}").isError(404, "not_found");
        manage("POST", path(token) + "/regenerate", "{}").isError(404, "not_found");
        manage("POST", path(token) + "/rotate", "{}").isError(404, "not_found");
        manage("POST", path(token) + "/enable", "{}").isError(404, "not_found");
        assertThat(rows(GONE, false)).hasSize(1);
    }

    @Test
    void one_without_tokens_is_no_organization() throws Exception {
        serve(LEARN_HOUSE);
        for (String path : List.of("/api-tokens", "/api-tokens/apitoken_1", "/audit")) {
            Reply reply = get("/api/v1/orgs/" + GONE + path, ADMINISTRATOR);
            assertThat(reply.status()).isEqualTo(404);
            assertThat(reply.json().path("detail").asText()).isEqualTo("Organization not found");
        }
        assertThat(call("DELETE", TOKENS_OF_GONE + "/apitoken_1", ADMINISTRATOR).status())
                .isEqualTo(404);
        assertThat(get(TOKENS, ADMINISTRATOR).isOk().json())
                .as("a known tenant")
                .isEmpty();
    }

    @Test
    void a_directory_that_is_down_prevents_no_revocation() throws Exception {
        serve(Lectern.DIALECT);
        JsonNode token = created();
        directory = id -> {
            throw new StorageException("the directory is down");
        };
        assertThat(get(TOKENS, ADMINISTRATOR).isOk().json()).hasSize(1);
        call("DELETE", path(token), ADMINISTRATOR).isOk();
        create(CREATION).isError(500, "internal_error");
    }

    @Test
    void a_request_without_a_version_is_denied_as_of_a_tenant_that_is_gone_and_logs_nothing() throws Exception {
        serve(Lectern.DIALECT);
        String token = bearer(orphan());
        for (int i = 0; i < 5; i++) {
            get("/v1/learners", token).isUnauthorized(true);
        }
        get("/v1/learners", token, "Lectern-Version: 2026-01-01").isOk();
        assertThat(log.text()).doesNotContain("could not be evaluated");
        assertThat(rows(GONE, true))
                .filteredOn(row -> row.outcome().equals("denied:TENANT_GONE"))
                .isNotEmpty();
    }

    @Test
    void a_tenant_that_is_marked_as_gone_can_be_cleaned_up_and_gets_no_token() throws Exception {
        serve(LEARN_HOUSE);
        JsonNode token = create("{\"name\":\"CI\"}").isOk().json();
        auth.tenant("123")
                .actingAs(Actor.user("ada", Grant.everything()))
                .markGone()
                .orElseThrow();

        Reply denied = get("/v1/learners", bearer(token));
        assertThat(denied.status()).isEqualTo(401);
        assertThat(denied.json().path("detail").asText()).isEqualTo("Could not validate credentials");
        Reply refused = create("{\"name\":\"late\"}");
        assertThat(refused.status()).isEqualTo(404);
        assertThat(refused.json().path("detail").asText()).isEqualTo("Organization not found");
        assertThat(get(TOKENS, ADMINISTRATOR).isOk().json()).hasSize(1);
        call("DELETE", path(token), ADMINISTRATOR).isOk();
    }

    @Test
    void an_id_in_the_path_that_no_tenant_or_token_can_have_is_not_found() throws Exception {
        serve(Lectern.DIALECT);
        store.breakWith(new StorageException("a database that does not take such an id"));
        for (String id : List.of("x".repeat(3_000), "x".repeat(256), "%F0%9F%98%80".repeat(256))) {
            String org = "/api/v1/orgs/" + id;
            for (String path : List.of("/api-tokens", "/api-tokens/apitoken_1", "/audit")) {
                get(org + path, ADMINISTRATOR).isError(404, "not_found");
            }
            manage("POST", org + "/api-tokens", CREATION).isError(404, "not_found");
            get(TOKENS + "/" + id, ADMINISTRATOR).isError(404, "not_found");
            call("DELETE", TOKENS + "/" + id, ADMINISTRATOR).isError(404, "not_found");
            manage("PUT", TOKENS + "/" + id, "{\"name\":\"x\"}").isError(404, "not_found");
        }
    }

    @Test
    void a_long_id_of_the_caller_keeps_no_token_alive() throws Exception {
        serve(Lectern.DIALECT);
        JsonNode token = created();
        userId = "auth0|" + "u".repeat(400);
        create(CREATION).isError(422, "validation_failed");
        manage("POST", path(token, "regenerate"), "{}").isError(422, "validation_failed");
        call("DELETE", path(token), ADMINISTRATOR).isOk();
        assertThat(works(token)).isFalse();
    }
}
