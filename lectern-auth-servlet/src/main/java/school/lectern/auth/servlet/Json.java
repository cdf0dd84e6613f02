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
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import school.lectern.auth.dialect.Envelope;

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

    static JsonNode tree(Envelope envelope) {
        if (envelope instanceof Envelope.Obj object) {
            ObjectNode node = object();
            object.members().forEach((name, value) -> node.set(name, tree(value)));
            return node;
        }
        if (envelope instanceof Envelope.Arr array) {
            ArrayNode node = JsonNodeFactory.instance.arrayNode();
            array.items().forEach(item -> node.add(tree(item)));
            return node;
        }
        if (envelope instanceof Envelope.Num number) {
            return JsonNodeFactory.instance.numberNode(number.value());
        }
        return JsonNodeFactory.instance.textNode(envelope instanceof Envelope.Text text ? text.text() : "");
    }

    static byte[] bytes(JsonNode node) throws JsonProcessingException {
        return MAPPER.writeValueAsBytes(node);
    }

    /** Writes the whole body of an answer. */
    static void write(HttpServletResponse response, JsonNode node) throws IOException {
        write(response, "application/json", node);
    }

    static void write(HttpServletResponse response, String mediaType, JsonNode node) throws IOException {
        byte[] bytes = bytes(node);
        response.setContentType(mediaType);
        try {
            response.getOutputStream().write(bytes);
        } catch (IllegalStateException writerIsInUse) {
            response.getWriter().write(node.toString());
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
