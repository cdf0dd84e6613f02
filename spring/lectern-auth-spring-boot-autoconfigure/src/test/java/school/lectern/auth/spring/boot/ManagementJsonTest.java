package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;
import org.springframework.util.ClassUtils;

/** The management API reads and writes JSON with Jackson 3, the only version that an application with Spring Boot 4 has. */
class ManagementJsonTest {

    private static final String TOKENS = "/api/v1/orgs/123/api-tokens";
    private static final String[] JSON = {"Content-Type", "application/json"};

    @EnableAutoConfiguration
    @Import(AutoConfigurationTest.Management.class)
    static class Application {}

    private static boolean isPresent(String type) {
        return ClassUtils.isPresent(type, ManagementJsonTest.class.getClassLoader());
    }

    @Test
    void the_class_path_has_jackson_3_and_not_jackson_2() {
        assertThat(isPresent("tools.jackson.databind.ObjectMapper")).isTrue();
        assertThat(isPresent("com.fasterxml.jackson.databind.ObjectMapper")).isFalse();
        assertThat(isPresent("com.fasterxml.jackson.core.JsonParser")).isFalse();
    }

    @Test
    void bodies_are_read_strictly_and_written_in_the_documented_order() {
        try (RunningApp app = RunningApp.start(Application.class, RunningApp.WITHOUT_SECURITY)) {
            String body = "{\"name\":\"a/b m\u00fcller \ud83d\ude00\",\"scopes\":[\"read:learners\"]}";
            HttpResponse<String> created = app.send("POST", TOKENS, body, JSON);
            assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
            assertThat(created.body())
                    .matches("\\{\"token\":\"sk_\\w+\",\"token_uuid\":.*")
                    // A surrogate pair is escaped, as with Jackson 2, and a slash is not.
                    .contains("\"name\":\"a/b m\u00fcller \\uD83D\\uDE00\",\"description\":null,");

            HttpResponse<String> listed = app.get(TOKENS);
            assertThat(listed.statusCode()).isEqualTo(200);
            assertThat(listed.body()).startsWith("[{\"id\":").endsWith("}]").contains("a/b m\u00fcller");

            for (String wrong : new String[] {
                body + "}", body.replace("scopes", "name"), body.replace('"', '\''), "// x\n" + body, "[".repeat(5000)
            }) {
                HttpResponse<String> refused = app.send("POST", TOKENS, wrong, JSON);
                assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
                assertThat(refused.body()).contains("must be one JSON object, which has no name twice");
            }
            assertThat(app.get(TOKENS).body()).isEqualTo(listed.body());
        }
    }
}
