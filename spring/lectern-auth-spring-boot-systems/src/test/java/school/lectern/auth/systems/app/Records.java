package school.lectern.auth.systems.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.TokenPrincipal;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The data of the application: JSON objects in memory, separate for each tenant and environment. */
@Component
class Records {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final boolean showsRequestId;
    private final AtomicLong lastId = new AtomicLong();
    private final Map<String, Map<String, ObjectNode>> shelves = new ConcurrentHashMap<>();

    Records(Dialect dialect) {
        this.showsRequestId = dialect.requestIdInBodies();
    }

    private Map<String, ObjectNode> of(TokenPrincipal caller) {
        return shelves.computeIfAbsent(
                caller.tenantId() + '/' + caller.token().environment(), none -> new ConcurrentSkipListMap<>());
    }

    ResponseEntity<String> list(TokenPrincipal caller) {
        ArrayNode all = JSON.createArrayNode();
        all.addAll(of(caller).values());
        return answer(200, all, caller);
    }

    ResponseEntity<String> get(TokenPrincipal caller, String id) {
        return answer(200, found(of(caller).get(id)), caller);
    }

    ResponseEntity<String> add(TokenPrincipal caller, String body) {
        return answer(201, stored(caller, parse(body)), caller);
    }

    ResponseEntity<String> addAll(TokenPrincipal caller, String body) {
        ArrayNode all = JSON.createArrayNode();
        parse(body).forEach(record -> all.add(stored(caller, record)));
        return answer(201, all, caller);
    }

    ResponseEntity<String> replace(TokenPrincipal caller, String id, String body) {
        ObjectNode record = object(parse(body)).put("id", id);
        found(of(caller).replace(id, record));
        return answer(200, record, caller);
    }

    ResponseEntity<String> remove(TokenPrincipal caller, String id) {
        found(of(caller).remove(id));
        return ResponseEntity.noContent().build();
    }

    private ObjectNode stored(TokenPrincipal caller, JsonNode record) {
        String id = Long.toString(lastId.incrementAndGet());
        ObjectNode stored = object(record).put("id", id);
        of(caller).put(id, stored);
        return stored;
    }

    /** {@return an answer with the version of the request and its id, if the system has them} */
    ResponseEntity<String> answer(int status, JsonNode data, TokenPrincipal caller) {
        ObjectNode body = JSON.createObjectNode();
        caller.version().ifPresent(version -> body.put("version", version.toString()));
        body.set("data", data);
        if (showsRequestId) {
            body.put("request_id", caller.requestId());
        }
        return json(status, body);
    }

    static ResponseEntity<String> json(int status, JsonNode body) {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(body.toString());
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** {@return objects with these ids and titles} */
    static List<ObjectNode> lessons(String prefix) {
        List<ObjectNode> lessons = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            lessons.add(JSON.createObjectNode().put("id", prefix + i).put("title", "Lesson " + i));
        }
        return lessons;
    }

    static ArrayNode array(List<ObjectNode> objects) {
        return JSON.createArrayNode().addAll(objects);
    }

    private static <T> T found(T record) {
        if (record == null) {
            throw new Refusal(AuthError.of(Kind.NOT_FOUND));
        }
        return record;
    }

    private static ObjectNode object(JsonNode body) {
        if (body instanceof ObjectNode object) {
            return object;
        }
        throw new Refusal(AuthError.invalid("body", "must be a JSON object"));
    }

    private static JsonNode parse(String body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException malformed) {
            throw new Refusal(AuthError.invalid("body", "must be JSON"));
        }
    }
}
