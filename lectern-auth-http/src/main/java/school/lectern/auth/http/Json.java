package school.lectern.auth.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) as plain trees of maps, lists, strings, numbers, booleans and null. It parses strictly: a repeated name, or
 * text after the end, is an error. It uses the Jackson that the application has, and Jackson 2 if the application has both
 * versions.
 */
final class Json {

    /** The number of bytes of an array that are written together. */
    private static final int BUFFER = 8 * 1024;

    /** Null if the application has no version of Jackson. A static initializer that failed would hide its message. */
    private static final @Nullable JsonCodec CODEC = findCodec();

    private Json() {}

    /** Loads only the codec whose library is present: the other class could not be linked. */
    private static @Nullable JsonCodec findCodec() {
        if (isPresent("com.fasterxml.jackson.databind.json.JsonMapper")) {
            return new Jackson2Codec();
        }
        return isPresent("tools.jackson.databind.json.JsonMapper") ? new Jackson3Codec() : null;
    }

    private static boolean isPresent(String type) {
        try {
            Class.forName(type, false, Json.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError absentOrIncomplete) {
            return false;
        }
    }

    /**
     * Checks that a JSON library is available. Called at startup: without it, the first request would fail.
     *
     * @throws IllegalStateException if the application has no version of Jackson
     */
    static void requireLibrary() {
        codec();
    }

    private static JsonCodec codec() {
        if (CODEC == null) {
            throw new IllegalStateException(
                    "no JSON library was found; the management API needs Jackson 2 or Jackson 3:"
                            + " add com.fasterxml.jackson.core:jackson-databind or tools.jackson.core:jackson-databind");
        }
        return CODEC;
    }

    /** Returns a new object, whose members stay in the order in which they are put. */
    static Map<String, @Nullable Object> object() {
        return new LinkedHashMap<>();
    }

    /**
     * Returns the parsed object, or empty if the text is blank or JSON of another type. Whole numbers are {@link Integer},
     * {@link Long} or {@link java.math.BigInteger}.
     *
     * @throws IOException if the text is not valid JSON
     */
    static Optional<Map<String, @Nullable Object>> readObject(String text) throws IOException {
        Object tree = codec().read(text);
        return isObject(tree) ? Optional.of(members(tree)) : Optional.empty();
    }

    static boolean isObject(@Nullable Object value) {
        return value instanceof Map;
    }

    /** Returns the members of an object; none if the value is not an object. */
    @SuppressWarnings("unchecked") // The names of JSON's members are texts.
    static Map<String, @Nullable Object> members(@Nullable Object value) {
        return value instanceof Map<?, ?> object ? (Map<String, @Nullable Object>) object : Map.of();
    }

    /** Returns whether the value is a whole number that fits into a {@code long}. */
    static boolean isLong(@Nullable Object value) {
        return value instanceof Integer || value instanceof Long;
    }

    static byte[] bytes(Map<String, ?> object) {
        return codec().bytes(object);
    }

    static String text(Object tree) {
        return codec().text(tree);
    }

    /** Receives the elements of an array, one after another. */
    interface Array {
        void add(Map<String, ?> element) throws IOException;
    }

    /** Writes the elements of an array. */
    interface Elements {
        void writeTo(Array array) throws IOException;
    }

    /**
     * Writes an array, element by element, so that it is never in memory as a whole. The stream is neither flushed nor closed.
     * After a failure, the array has no end: otherwise it would look complete.
     *
     * @throws IOException if the stream or an element throws it. It does not pass through Jackson, which would wrap it
     */
    static void writeArray(OutputStream stream, Elements elements) throws IOException {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream(BUFFER);
        buffer.write('[');
        elements.writeTo(new Array() {
            private boolean hasElements;

            @Override
            public void add(Map<String, ?> element) throws IOException {
                if (hasElements) {
                    buffer.write(',');
                }
                hasElements = true;
                buffer.writeBytes(bytes(element));
                if (buffer.size() >= BUFFER) {
                    buffer.writeTo(stream);
                    buffer.reset();
                }
            }
        });
        buffer.write(']');
        buffer.writeTo(stream);
    }
}
