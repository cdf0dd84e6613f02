package school.lectern.auth.dialect;

import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * The JSON object in the response to a refused request. Members retain their order, and each name can be put only once.
 * Immutable: each method returns a new body and does not change this one, so bodies can be shared, extended and nested.
 *
 * <pre>{@code
 * ErrorBody.object()
 *         .putObject("error", ErrorBody.object().put("status", error.status()).put("message", error.message()))
 *         .put("request_id", error.requestId())
 * }</pre>
 */
public final class ErrorBody {

    private static final ErrorBody EMPTY = new ErrorBody(Set.of(), "");

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final Set<String> names;

    /** The members as JSON, without the braces. */
    private final String members;

    private ErrorBody(Set<String> names, String members) {
        this.names = names;
        this.members = members;
    }

    /** {@return an object without members} */
    public static ErrorBody object() {
        return EMPTY;
    }

    /** {@return an array without elements} */
    public static Array array() {
        return Array.EMPTY;
    }

    /**
     * {@return an array of objects}
     *
     * @param items the source of the elements, in their order
     * @param object returns the element for an item
     * @param <T> the type of the items
     */
    public static <T> Array array(Collection<T> items, Function<? super T, ErrorBody> object) {
        Array array = Array.EMPTY;
        for (T item : items) {
            array = array.add(object.apply(item));
        }
        return array;
    }

    /**
     * {@return this object with a string at its end} Characters that JSON does not allow in a string are escaped, as are the
     * two halves of each character outside the Basic Multilingual Plane.
     *
     * @param name the name of the member
     * @param value the value; not null, see {@link #putNull}
     * @throws IllegalArgumentException if the object has a member with this name
     */
    public ErrorBody put(String name, String value) {
        return with(name, quoted(value));
    }

    /**
     * {@return this object with a whole number at its end}
     *
     * @param name the name of the member
     * @param value the value
     * @throws IllegalArgumentException if the object has a member with this name
     */
    public ErrorBody put(String name, long value) {
        return with(name, Long.toString(value));
    }

    /**
     * {@return this object with a number at its end}
     *
     * @param name the name of the member
     * @param value a finite number
     * @throws IllegalArgumentException if the object has a member with this name, or if the value is infinite or not a number
     */
    public ErrorBody put(String name, double value) {
        return with(name, decimal(value));
    }

    /**
     * {@return this object with {@code true} or {@code false} at its end}
     *
     * @param name the name of the member
     * @param value the value
     * @throws IllegalArgumentException if the object has a member with this name
     */
    public ErrorBody put(String name, boolean value) {
        return with(name, Boolean.toString(value));
    }

    /**
     * {@return this object with {@code null} at its end}
     *
     * @param name the name of the member
     * @throws IllegalArgumentException if the object has a member with this name
     */
    public ErrorBody putNull(String name) {
        return with(name, "null");
    }

    /**
     * {@return this object with another object at its end}
     *
     * @param name the name of the member
     * @param value the object
     * @throws IllegalArgumentException if the object has a member with this name
     */
    public ErrorBody putObject(String name, ErrorBody value) {
        return with(name, value.toString());
    }

    /**
     * {@return this object with an array at its end}
     *
     * @param name the name of the member
     * @param value the array
     * @throws IllegalArgumentException if the object has a member with this name
     */
    public ErrorBody putArray(String name, Array value) {
        return with(name, value.toString());
    }

    private ErrorBody with(String name, String json) {
        Set<String> more = new HashSet<>(names);
        if (!more.add(name)) {
            throw new IllegalArgumentException("member " + name + " must be put only once, but the body has one");
        }
        return new ErrorBody(more, joined(members, quoted(name) + ':' + json));
    }

    private static String joined(String before, String last) {
        return before.isEmpty() ? last : before + ',' + last;
    }

    private static String decimal(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("value must be a finite number, was " + value);
        }
        return Double.toString(value);
    }

    private static String quoted(String text) {
        Objects.requireNonNull(text, "a text must not be null; use putNull or addNull");
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            append(text.charAt(i), json);
        }
        return json.append('"').toString();
    }

    private static void append(char c, StringBuilder json) {
        switch (c) {
            case '"', '\\' -> json.append('\\').append(c);
            case '\b' -> json.append("\\b");
            case '\t' -> json.append("\\t");
            case '\n' -> json.append("\\n");
            case '\f' -> json.append("\\f");
            case '\r' -> json.append("\\r");
            default -> {
                if (c < ' ' || Character.isSurrogate(c)) {
                    json.append("\\u").append(HEX.toHexDigits(c));
                } else {
                    json.append(c);
                }
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ErrorBody body && members.equals(body.members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    /** Returns the object as JSON, without spaces between its parts. */
    @Override
    public String toString() {
        return '{' + members + '}';
    }

    /** An array in an {@link ErrorBody}. Immutable: each method returns a new array. */
    public static final class Array {

        private static final Array EMPTY = new Array("");

        /** The elements as JSON, without the brackets. */
        private final String elements;

        private Array(String elements) {
            this.elements = elements;
        }

        /**
         * {@return this array with a string at its end, which is escaped as in {@link ErrorBody#put(String, String)}}
         *
         * @param value the element; not null, see {@link #addNull}
         */
        public Array add(String value) {
            return with(quoted(value));
        }

        /**
         * {@return this array with a whole number at its end}
         *
         * @param value the element
         */
        public Array add(long value) {
            return with(Long.toString(value));
        }

        /**
         * {@return this array with a number at its end}
         *
         * @param value a finite number
         * @throws IllegalArgumentException if the value is infinite or not a number
         */
        public Array add(double value) {
            return with(decimal(value));
        }

        /**
         * {@return this array with {@code true} or {@code false} at its end}
         *
         * @param value the element
         */
        public Array add(boolean value) {
            return with(Boolean.toString(value));
        }

        /** {@return this array with {@code null} at its end} */
        public Array addNull() {
            return with("null");
        }

        /**
         * {@return this array with an object at its end}
         *
         * @param value the element
         */
        public Array add(ErrorBody value) {
            return with(value.toString());
        }

        /**
         * {@return this array with another array at its end, as one element}
         *
         * @param value the element
         */
        public Array add(Array value) {
            return with(value.toString());
        }

        private Array with(String json) {
            return new Array(joined(elements, json));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Array array && elements.equals(array.elements);
        }

        @Override
        public int hashCode() {
            return elements.hashCode();
        }

        /** Returns the array as JSON, without spaces between its parts. */
        @Override
        public String toString() {
            return '[' + elements + ']';
        }
    }
}
