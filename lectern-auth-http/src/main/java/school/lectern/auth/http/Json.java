package school.lectern.auth.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) as plain trees of maps, lists, strings, numbers, booleans and null. Only this class uses the JSON library. It
 * parses strictly: a repeated name, or text after the end, is an error.
 */
final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Without this, error messages would quote text that a client sent.
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            // A flush after each row of a list would send each row separately.
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .build();

    private Json() {}

    /** Returns a new object, whose members stay in the order in which they are put. */
    static Map<String, @Nullable Object> object() {
        return new LinkedHashMap<>();
    }

    /**
     * Returns the parsed object, or empty if the text is JSON of another type. Whole numbers are {@link Integer}, {@link Long}
     * or {@link java.math.BigInteger}.
     *
     * @throws IOException if the text is not valid JSON
     */
    static Optional<Map<String, @Nullable Object>> readObject(String text) throws IOException {
        try (JsonParser parser = MAPPER.createParser(text)) {
            if (parser.nextToken() == null) {
                return Optional.empty();
            }
            Object tree = MAPPER.readValue(parser, Object.class);
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
            return isObject(tree) ? Optional.of(members(tree)) : Optional.empty();
        }
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
        try {
            return MAPPER.writeValueAsBytes(object);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values is always JSON", impossible);
        }
    }

    static String text(Object tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values is always JSON", impossible);
        }
    }

    /** Receives the elements of an array, one after another. */
    interface Array {
        void add(Map<String, ?> element) throws IOException;
    }

    /** Writes the elements of an array. */
    interface Elements {
        void writeTo(Array array) throws IOException;
    }

    /** Writes an array, element by element, so that it is never in memory as a whole. */
    static void writeArray(OutputStream stream, Elements elements) throws IOException {
        JsonGenerator out = MAPPER.createGenerator(stream);
        out.writeStartArray();
        elements.writeTo(element -> MAPPER.writeValue(out, element));
        out.writeEndArray();
        // Not closed after a failure: closing would end the JSON as if it were complete.
        out.flush();
    }
}
