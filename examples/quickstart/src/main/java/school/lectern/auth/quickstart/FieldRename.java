package school.lectern.auth.quickstart;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import school.lectern.auth.version.ApiVersion;

/**
 * A breaking change, so that a pinned version can be seen to work: a field got another name. What is kept says it in the old
 * words. The two names change places, so that a record that has both loses neither.
 *
 * @param from the field's name before
 * @param to its name since then
 * @param since the first version that says it the new way
 */
record FieldRename(String from, String to, ApiVersion since) {

    /** The record as a client of that version reads it. */
    ObjectNode shown(ObjectNode kept, ApiVersion version) {
        return version.isAtLeast(since) ? exchanged(kept) : kept;
    }

    /** The record as it is kept, when a client of that version wrote it; the old word alone is understood for ever. */
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
