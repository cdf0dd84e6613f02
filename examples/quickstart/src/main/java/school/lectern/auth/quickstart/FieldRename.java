package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import school.lectern.auth.version.ApiVersion;

/**
 * A breaking change, which shows how a pinned version works: a field is renamed. Records are stored with the old name. A record
 * with both names has their values exchanged, so it loses neither.
 *
 * @param from the field's name before
 * @param to the field's new name
 * @param since the first version with the new name
 */
record FieldRename(String from, String to, ApiVersion since) {

    /** Returns the record as a client of that version receives it. */
    ObjectNode shown(ObjectNode kept, ApiVersion version) {
        return version.isAtLeast(since) ? exchanged(kept) : kept;
    }

    /**
     * Returns the record as it is stored after a client of that version sent it. A record with only the old name is accepted in
     * every version.
     */
    ObjectNode kept(ObjectNode written, ApiVersion version) {
        return version.isAtLeast(since) && written.has(to) ? exchanged(written) : written;
    }

    private ObjectNode exchanged(ObjectNode record) {
        ObjectNode exchanged = JsonNodeFactory.instance.objectNode();
        record.properties().forEach(field -> exchanged.set(exchanged(field.getKey()), field.getValue()));
        return exchanged;
    }

    private String exchanged(String name) {
        return name.equals(from) ? to : name.equals(to) ? from : name;
    }
}
