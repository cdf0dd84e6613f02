package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;

/** The quickstart on PostgreSQL and MariaDB servers, configured by their URLs. */
class DatabasesTest {

    @TempDir
    Path folder;

    @Test
    void it_runs_on_postgresql_and_survives_its_restart() throws Exception {
        runsOnAndSurvivesTheRestartOf(HarmedServer.postgresql(folder, false));
    }

    @Test
    void it_runs_on_mariadb_and_survives_its_restart() throws Exception {
        runsOnAndSurvivesTheRestartOf(HarmedServer.mariadb(folder));
    }

    private void runsOnAndSurvivesTheRestartOf(HarmedServer database) throws Exception {
        try (database) {
            database.start();
            try (RunningQuickstart quickstart =
                    RunningQuickstart.start(folder.resolve("quickstart"), database.settings())) {
                aTokenWorksUntilItIsRevoked(quickstart);
                String secret =
                        quickstart.issue("\"read:learners\"").get("token").asText();
                database.kill();
                assertThat(quickstart.get("/v1/learners", secret).status())
                        .as("without its database")
                        .isEqualTo(500);

                database.start();
                Patience.await("an answer after the restart").until(() -> {
                    Answer answer = quickstart.get("/v1/learners", secret);
                    assertThat(answer.status()).as("an outage is never a 401").isIn(200, 500);
                    return answer.status() == 200;
                });
                aTokenWorksUntilItIsRevoked(quickstart);
                assertThat(quickstart.terminate()).isZero();
            }
        }
    }

    private static void aTokenWorksUntilItIsRevoked(RunningQuickstart quickstart) throws Exception {
        JsonNode token = quickstart.issue("\"read:learners\"");
        String secret = token.get("token").asText();
        assertThat(quickstart.get("/v1/learners", secret).status()).isEqualTo(200);
        assertThat(quickstart.send("POST", "/v1/learners", secret, "{}").status())
                .isEqualTo(403);
        String path = "/api/v1/orgs/123/api-tokens/" + token.get("token_uuid").asText();
        assertThat(quickstart.send("DELETE", path, RunningQuickstart.ADMIN, "").status())
                .isEqualTo(200);
        assertThat(quickstart.get("/v1/learners", secret).code()).isEqualTo("invalid_token");

        String audit = quickstart
                .get("/api/v1/orgs/123/audit", RunningQuickstart.ADMIN)
                .response()
                .body();
        assertThat(audit)
                .contains("\"event\":\"token.revoked\"", token.get("token_uuid").asText());
    }
}
