package school.lectern.auth.servlet;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/** JSON (RFC 8259), read strictly: a name that comes twice, or text after the end, is no JSON to this library. */
final class Json {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // An error that quoted the source would quote what a client sent.
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            // A flush after each row of a list would send it in as many pieces.
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .build();

    private Json() {}

    /**
     * Returns the object that the text is, or empty if it is JSON of another kind.
     *
     * @throws IOException if it is no JSON
     */
    static Optional<ObjectNode> readObject(String text) throws IOException {
        try (JsonParser parser = MAPPER.createParser(text)) {
            JsonNode tree = MAPPER.readTree(parser);
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
            return tree instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
        }
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static byte[] bytes(JsonNode node) throws JsonProcessingException {
        return MAPPER.writeValueAsBytes(node);
    }

    /** Writes the node as the whole body of a response. */
    static void write(HttpServletResponse response, JsonNode node) throws IOException {
        write(response, "application/json", bytes(node), node::toString);
    }

    /** Writes JSON as the whole body of a response. */
    static void write(HttpServletResponse response, String mediaType, String json) throws IOException {
        write(response, mediaType, json.getBytes(StandardCharsets.UTF_8), () -> json);
    }

    private static void write(HttpServletResponse response, String mediaType, byte[] bytes, Supplier<String> text)
            throws IOException {
        response.setContentType(mediaType);
        try {
            response.getOutputStream().write(bytes);
        } catch (IllegalStateException writerIsInUse) {
            response.getWriter().write(text.get());
        }
    }

    /** Writes some of the elements of an array. */
    interface Elements {
        void writeTo(JsonGenerator out) throws IOException;
    }

    /** Writes the whole body of an answer, an array, element by element: it is never in memory as a whole. */
    static void writeArray(HttpServletResponse response, Elements elements) throws IOException {
        response.setContentType("application/json");
        JsonGenerator out = generator(response);
        out.writeStartArray();
        elements.writeTo(out);
        out.writeEndArray();
        // Not closed when something fails before: that would end the JSON as if it were whole.
        out.flush();
    }

    private static JsonGenerator generator(HttpServletResponse response) throws IOException {
        try {
            return MAPPER.createGenerator(response.getOutputStream());
        } catch (IllegalStateException writerIsInUse) {
            return MAPPER.createGenerator(response.getWriter());
        }
    }
}
