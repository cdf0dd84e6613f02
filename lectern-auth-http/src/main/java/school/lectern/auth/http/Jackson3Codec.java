package school.lectern.auth.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON with Jackson 3. It sets all options that affect plain trees, since the defaults of Jackson 3 differ from those of
 * Jackson 2, and a minor version may change them.
 */
final class Jackson3Codec implements JsonCodec {

    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .maxNameLength(MAX_NAME_LENGTH)
                            .maxStringLength(MAX_STRING_LENGTH)
                            .build())
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    // Names that a client chose to slow down a shared table of names are an error.
                    .enable(TokenStreamFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Comments, other quotes, NaN: each of these features permits text that is not JSON.
            .disable(JsonReadFeature.values())
            .disable(
                    // With it, error messages would quote text that a client sent.
                    StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION,
                    // Numbers are parsed by the JDK, as with Jackson 2.
                    StreamReadFeature.USE_FAST_DOUBLE_PARSER,
                    StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
            .disable(
                    DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
                    DeserializationFeature.USE_BIG_INTEGER_FOR_INTS,
                    DeserializationFeature.USE_LONG_FOR_INTS,
                    DeserializationFeature.USE_JAVA_ARRAY_FOR_JSON_ARRAY,
                    DeserializationFeature.UNWRAP_ROOT_VALUE)
            .enable(JsonWriteFeature.QUOTE_PROPERTY_NAMES, JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .enable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
            .disable(
                    // The core writes the JSON of error bodies with escaped surrogates.
                    JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8,
                    JsonWriteFeature.ESCAPE_FORWARD_SLASHES,
                    JsonWriteFeature.ESCAPE_NON_ASCII,
                    JsonWriteFeature.WRITE_NUMBERS_AS_STRINGS)
            .disable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .disable(
                    SerializationFeature.INDENT_OUTPUT,
                    SerializationFeature.WRAP_ROOT_VALUE,
                    SerializationFeature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED,
                    SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    @Override
    public @Nullable Object parse(String text) throws IOException {
        try (JsonParser parser = mapper.createParser(text)) {
            return parser.nextToken() == null ? null : mapper.readValue(parser, Object.class);
        } catch (JacksonException malformed) {
            // Unlike that of Jackson 2, it is not an IOException.
            throw new IOException("the text is not valid JSON", malformed);
        }
    }

    @Override
    public byte[] bytes(Object tree) {
        try {
            return mapper.writeValueAsBytes(tree);
        } catch (JacksonException impossible) {
            throw new IllegalStateException("a tree of plain values is always JSON", impossible);
        }
    }

    @Override
    public String text(Object tree) {
        try {
            return mapper.writeValueAsString(tree);
        } catch (JacksonException impossible) {
            throw new IllegalStateException("a tree of plain values is always JSON", impossible);
        }
    }
}
