package school.lectern.auth.systems;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A response.
 *
 * @param status the status
 * @param headers name → values; the names have no case
 * @param body the body
 */
record Answer(int status, Map<String, List<String>> headers, String body) {

    private static final ObjectMapper JSON = new ObjectMapper();

    Answer {
        Map<String, List<String>> withoutCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        withoutCase.putAll(headers);
        headers = withoutCase;
    }

    /** Returns the values of a header, or an empty text. */
    String header(String name) {
        return String.join(", ", headers.getOrDefault(name, List.of()));
    }

    JsonNode json() {
        return parse(body);
    }

    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JacksonException malformed) {
            throw new AssertionError("not JSON: " + json, malformed);
        }
    }

    /** Returns the value of a field of the body. */
    String text(String pointer) {
        return json().at(pointer).asString();
    }
}
