package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import school.lectern.auth.http.TokenPrincipal;

/**
 * Records of one kind. This class does not handle tokens: the filter has authenticated the request, and the principal specifies
 * the owner of the data.
 */
final class RecordsServlet extends ApiServlet {

    private static final long serialVersionUID = 1L;

    private final String kind;
    private final boolean bulk;
    private final transient Records records;
    private final transient List<FieldRename> renames;

    /**
     * Creates a servlet that returns records as they were posted, except for fields that were renamed after the caller's
     * version. With {@code bulk}, the posted body is an array of records.
     */
    RecordsServlet(String kind, boolean bulk, Records records, FieldRename... renames) {
        this.kind = kind;
        this.bulk = bulk;
        this.records = records;
        this.renames = List.of(renames);
    }

    @Override
    void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller) throws IOException {
        String id = idAfterKind(request);
        switch (request.getMethod()) {
            case "POST" -> post(request, response, caller);
            case "PUT" -> put(request, response, caller, id);
            case "DELETE" -> {
                if (records.remove(kind, caller.token(), id)) {
                    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
                } else {
                    notFound(request, response);
                }
            }
            default -> {
                if (id.isEmpty()) {
                    write(request, response, 200, shown(records.list(kind, caller.token()), caller));
                } else {
                    one(request, response, caller, records.get(kind, caller.token(), id));
                }
            }
        }
    }

    /** Returns the segment after the one that has the name of the kind, or an empty string if that is the last segment. */
    private String idAfterKind(HttpServletRequest request) {
        String path = request.getServletPath() + (request.getPathInfo() == null ? "" : request.getPathInfo());
        String before = '/' + kind + '/';
        return path.contains(before) ? path.substring(path.indexOf(before) + before.length()) : "";
    }

    private void post(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller)
            throws IOException {
        Optional<JsonNode> body = read(request);
        List<ObjectNode> posted = new ArrayList<>();
        body.ifPresent(json -> (bulk ? json : List.of(json)).forEach(item -> {
            if (item instanceof ObjectNode record) {
                posted.add(record);
            }
        }));
        boolean wellFormed = body.isPresent()
                && (bulk ? body.get().isArray() && posted.size() == body.get().size() : posted.size() == 1);
        if (!wellFormed) {
            invalid(request, response, bulk ? "must be an array of JSON objects" : "must be a JSON object");
            return;
        }
        List<ObjectNode> kept = new ArrayList<>();
        posted.forEach(record ->
                records.add(kind, caller.token(), kept(record, caller)).ifPresent(kept::add));
        if (kept.size() < posted.size()) {
            invalid(request, response, "does not fit any more: this example keeps 10000 records of a kind");
        } else {
            write(request, response, 201, bulk ? shown(kept, caller) : shown(kept.get(0), caller));
        }
    }

    private void put(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller, String id)
            throws IOException {
        if (read(request).orElse(null) instanceof ObjectNode record) {
            one(request, response, caller, records.replace(kind, caller.token(), id, kept(record, caller)));
        } else {
            invalid(request, response, "must be a JSON object");
        }
    }

    private void one(
            HttpServletRequest request,
            HttpServletResponse response,
            TokenPrincipal caller,
            Optional<ObjectNode> record)
            throws IOException {
        if (record.isPresent()) {
            write(request, response, 200, shown(record.get(), caller));
        } else {
            notFound(request, response);
        }
    }

    private ArrayNode shown(List<ObjectNode> list, TokenPrincipal caller) {
        ArrayNode array = JSON.createArrayNode();
        list.forEach(record -> array.add(shown(record, caller)));
        return array;
    }

    private ObjectNode shown(ObjectNode record, TokenPrincipal caller) {
        ObjectNode shown = record.deepCopy();
        for (FieldRename rename : renames) {
            shown = rename.shown(shown, caller.version().orElseThrow());
        }
        return shown;
    }

    private ObjectNode kept(ObjectNode record, TokenPrincipal caller) {
        ObjectNode kept = record;
        for (FieldRename rename : renames) {
            kept = rename.kept(kept, caller.version().orElseThrow());
        }
        return kept;
    }
}
