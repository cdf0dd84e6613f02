package school.lectern.auth.servlet;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import school.lectern.auth.dialect.Envelope;

/** JSON (RFC 8259), read strictly: a name that comes twice, or text after the end, is no JSON to this library. */
final class Json {

    private static final int MAX_BODY = 256 * 1024;
    private static final long MAX_DISCARDED = 16L * 1024 * 1024;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // An error that quoted the source would quote what a client sent.
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private Json() {}

    /**
     * The object that the request's body holds, the empty one if there is no body; empty if it holds anything else, or breaks
     * off before its end.
     */
    static Optional<ObjectNode> readObject(HttpServletRequest request) {
        try {
            InputStream body = request.getInputStream();
            byte[] bytes = body.readNBytes(MAX_BODY + 1);
            if (bytes.length > MAX_BODY) {
                // Read on a little: a connection that is closed on a client that still sends would lose it the answer.
                body.skip(MAX_DISCARDED);
                return Optional.empty();
            }
            return bytes.length == 0 ? Optional.of(object()) : parse(text(bytes));
        } catch (IOException malformedOrBrokenOff) {
            return Optional.empty();
        }
    }

    private static Optional<ObjectNode> parse(String text) throws IOException {
        try (JsonParser parser = MAPPER.createParser(text)) {
            JsonNode tree = MAPPER.readTree(parser);
            return tree instanceof ObjectNode object && parser.nextToken() == null
                    ? Optional.of(object)
                    : Optional.empty();
        }
    }

    /** Decoded first: left to itself, the parser would guess at other encodings than JSON's own. */
    private static String text(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static JsonNode tree(Envelope envelope) {
        if (envelope instanceof Envelope.Obj object) {
            ObjectNode node = object();
            object.members().forEach((name, value) -> node.set(name, tree(value)));
            return node;
        }
        if (envelope instanceof Envelope.Arr array) {
            ArrayNode node = array();
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
}
