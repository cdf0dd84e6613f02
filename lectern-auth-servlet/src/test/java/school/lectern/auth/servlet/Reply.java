package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A response over a real connection.
 *
 * @param headers lower-case name → values
 */
record Reply(int status, Map<String, List<String>> headers, String body) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Returns the only value of the header, or null if it is missing. */
    String header(String name) {
        List<String> values = headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
        assertThat(values).as("values of %s", name).hasSizeLessThan(2);
        return values.isEmpty() ? null : values.get(0);
    }

    JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException malformed) {
            throw new AssertionError("not JSON: " + body, malformed);
        }
    }

    Reply isOk() {
        assertThat(status).as("status with body %s", body).isEqualTo(200);
        return this;
    }

    /**
     * Asserts that the response is an error in the dialect's envelope, without other members, and with the headers of every
     * error.
     */
    Reply isError(int expected, String code) {
        assertThat(status).as("status with body %s", body).isEqualTo(expected);
        assertThat(json().properties()).as("envelope of %s", body).hasSize(1);
        JsonNode error = json().path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("request_id").asText())
                .matches("req_[0-9A-Za-z]{15}")
                .isEqualTo(header("X-Request-Id"));
        assertThat(error.has("details")).isEqualTo(code.equals("validation_failed"));
        assertThat(error.properties()).hasSize(code.equals("validation_failed") ? 4 : 3);
        assertThat(header("Content-Type")).isEqualTo("application/json");
        assertThat(header("Cache-Control")).isEqualTo("no-store");
        return this;
    }

    /** Asserts that the response is the 401 for an unauthenticated request. */
    Reply isUnauthorized(boolean broughtCredential) {
        isError(401, "invalid_token");
        assertThat(json().at("/error/message").asText()).isEqualTo("The API token provided was not recognized.");
        assertThat(header("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"lectern\"" + (broughtCredential ? ", error=\"invalid_token\"" : ""));
        assertThat(headers.keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        assertThat(headers).doesNotContainKeys("lectern-version", "retry-after");
        return this;
    }

    /** Asserts that the response is a validation error with exactly these fields. */
    Reply isInvalid(String... fields) {
        isError(422, "validation_failed");
        for (JsonNode detail : json().at("/error/details")) {
            assertThat(detail.properties()).hasSize(2);
            assertThat(detail.path("message").asText()).isNotBlank();
        }
        assertThat(json().at("/error/details").findValuesAsText("field")).containsOnly(fields);
        return this;
    }

    /** Asserts that the headers have these values for the limit of the request's policy. */
    Reply hasLimits(int limit, int remaining, String reset) {
        assertThat(header("X-RateLimit-Limit")).isEqualTo(Integer.toString(limit));
        assertThat(header("X-RateLimit-Remaining")).isEqualTo(Integer.toString(remaining));
        assertThat(header("X-RateLimit-Reset")).isEqualTo(reset);
        return this;
    }
}
