package school.lectern.auth.dialect;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an error body looks like: a small tree of objects, arrays, texts and numbers, with slots for what differs from error
 * to error. The core knows no JSON syntax; whoever writes the answer serializes the filled tree.
 *
 * <pre>{@code
 * Envelope.object("error", Envelope.object("code", Slot.CODE, "message", Slot.MESSAGE))
 * }</pre>
 */
public sealed interface Envelope {

    /**
     * An object, its members in their order.
     *
     * @param members name → value
     */
    record Obj(Map<String, Envelope> members) implements Envelope {
        /** Copies the members, in their order. */
        public Obj {
            members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }
    }

    /**
     * An array.
     *
     * @param items its items
     */
    record Arr(List<Envelope> items) implements Envelope {
        /** Copies the items. */
        public Arr {
            items = List.copyOf(items);
        }
    }

    /**
     * A text.
     *
     * @param text its characters
     */
    record Text(String text) implements Envelope {}

    /**
     * A number.
     *
     * @param value the number
     */
    record Num(long value) implements Envelope {}

    /**
     * A text that starts alike in every error, such as a URI with the code at its end.
     *
     * @param prefix how it starts
     * @param slot the text that it ends with; the member is left out if that stays empty
     */
    record Prefixed(String prefix, Slot slot) implements Envelope {}

    /** A place for what one error brings. A member whose slot stays empty is left out. */
    enum Slot implements Envelope {
        /** The HTTP status, a number. */
        STATUS,
        /** The phrase that HTTP has for the status. */
        STATUS_PHRASE,
        /** The machine-readable code. */
        CODE,
        /** The message for people. */
        MESSAGE,
        /** The request's id. */
        REQUEST_ID,
        /** An array of {@code {field, message}}. */
        DETAILS
    }

    /** An object of one member. */
    static Envelope object(String name, Envelope value) {
        return new Obj(Map.of(name, value));
    }

    /** An object of two members. */
    static Envelope object(String name1, Envelope value1, String name2, Envelope value2) {
        return object(name1, value1).and(name2, value2);
    }

    /** This object with one more member at its end. */
    default Envelope and(String name, Envelope value) {
        if (!(this instanceof Obj object)) {
            throw new IllegalStateException("only an object has members");
        }
        Map<String, Envelope> members = new LinkedHashMap<>(object.members());
        members.put(name, value);
        return new Obj(members);
    }

    /** This tree with its slots filled: no slot is left in it. */
    default Envelope fill(Map<Slot, Envelope> values) {
        if (this instanceof Obj object) {
            Map<String, Envelope> filled = new LinkedHashMap<>();
            object.members().forEach((name, value) -> {
                if (!value.staysEmpty(values)) {
                    filled.put(name, value.fill(values));
                }
            });
            return new Obj(filled);
        }
        if (this instanceof Arr array) {
            List<Envelope> filled = new ArrayList<>();
            array.items().forEach(item -> filled.add(item.fill(values)));
            return new Arr(filled);
        }
        if (this instanceof Prefixed prefixed) {
            return new Text(prefixed.prefix() + (values.get(prefixed.slot()) instanceof Text end ? end.text() : ""));
        }
        return this instanceof Slot slot ? values.getOrDefault(slot, new Text("")) : this;
    }

    private boolean staysEmpty(Map<Slot, Envelope> values) {
        Envelope slot = this instanceof Prefixed prefixed ? prefixed.slot() : this;
        return slot instanceof Slot && !values.containsKey(slot);
    }
}
