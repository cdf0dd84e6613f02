package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import school.lectern.auth.token.VerifiedToken;

/** The example's data: in memory, separate for each tenant and environment. */
final class Records {

    private static final int CAPACITY = 10_000;

    private final Map<String, Map<Long, ObjectNode>> shelves = new ConcurrentHashMap<>();
    private long lastId;

    synchronized List<ObjectNode> list(String kind, VerifiedToken token) {
        return new ArrayList<>(shelf(kind, token).values());
    }

    synchronized Optional<ObjectNode> get(String kind, VerifiedToken token, String id) {
        return Optional.ofNullable(shelf(kind, token).get(number(id)));
    }

    /** Stores a record under a new id; returns empty if there is no room. */
    synchronized Optional<ObjectNode> add(String kind, VerifiedToken token, ObjectNode record) {
        Map<Long, ObjectNode> shelf = shelf(kind, token);
        if (shelf.size() >= CAPACITY) {
            return Optional.empty();
        }
        lastId++;
        record.put("id", Long.toString(lastId));
        shelf.put(lastId, record);
        return Optional.of(record);
    }

    synchronized Optional<ObjectNode> replace(String kind, VerifiedToken token, String id, ObjectNode record) {
        record.put("id", id);
        return Optional.ofNullable(shelf(kind, token).replace(number(id), record))
                .map(old -> record);
    }

    synchronized boolean remove(String kind, VerifiedToken token, String id) {
        return shelf(kind, token).remove(number(id)) != null;
    }

    private Map<Long, ObjectNode> shelf(String kind, VerifiedToken token) {
        String name = kind + '/' + token.tenantId() + '/' + token.environment();
        return shelves.computeIfAbsent(name, none -> new TreeMap<>());
    }

    private static Long number(String id) {
        return id.matches("[1-9][0-9]{0,17}") ? Long.parseLong(id) : -1L;
    }
}
