package school.lectern.auth.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.format.HttpToken;

/**
 * The JSON object in the body of a request, or the error of the body. The body must be {@code application/json} in UTF-8, and
 * not compressed: other types, such as forms and plain text, are rejected, since browsers send these on behalf of other sites
 * without a preflight request. A request without content needs no type, and its object is empty.
 */
final class RequestBody {

    private static final int MAX_BYTES = 256 * 1024;
    private static final long MAX_DISCARDED = 16L * 1024 * 1024;

    private static final String PARAMETER = HttpToken.REGEX + "=(?:" + HttpToken.REGEX + "|\"(?:[^\"\\\\]|\\\\.)*+\")";

    /** A media type and its parameters (RFC 9110, section 8.3.1). */
    private static final Pattern JSON =
            Pattern.compile("(?i)application/json[ \t]*+(?:;[ \t]*+(?:" + PARAMETER + "[ \t]*+)?+)*+");

    private static final Pattern CHARSET = Pattern.compile("(?i);[ \t]*charset=\"?([^\";]*)");

    private final @Nullable Map<String, @Nullable Object> object;
    private final @Nullable AuthError error;

    private RequestBody(@Nullable Map<String, @Nullable Object> object, @Nullable AuthError error) {
        this.object = object;
        this.error = error;
    }

    /** Reads the whole content of a request. */
    static RequestBody read(HttpCall call) {
        byte[] bytes;
        try {
            InputStream body = call.body();
            bytes = body.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                // Reads on, up to a limit: a client that is still sending might not receive the response otherwise.
                discard(body);
                return invalid("must have at most " + MAX_BYTES / 1024 + " KiB");
            }
        } catch (IOException brokenOff) {
            return invalid("ended before it was complete");
        }
        AuthError unread = unread(call, bytes.length > 0);
        if (unread != null) {
            return new RequestBody(null, unread);
        }
        return bytes.length == 0 ? new RequestBody(Json.object(), null) : parse(bytes);
    }

    /** Reads and does not skip: on some servers, a skip does not stop at the end of the content. */
    private static void discard(InputStream body) throws IOException {
        byte[] buffer = new byte[8 * 1024];
        long left = MAX_DISCARDED;
        int read = 0;
        while (left > 0 && read >= 0) {
            read = body.read(buffer);
            left -= read;
        }
    }

    private static RequestBody parse(byte[] bytes) {
        try {
            Optional<Map<String, @Nullable Object>> object = Json.readObject(text(bytes));
            return object.isPresent() ? new RequestBody(object.get(), null) : invalid("must be a JSON object");
        } catch (CharacterCodingException otherEncoding) {
            return invalid("must be encoded in UTF-8");
        } catch (IOException malformed) {
            return invalid("must be one JSON object, which has no name twice, and nothing else");
        }
    }

    private static RequestBody invalid(String message) {
        return new RequestBody(null, AuthError.invalid("body", message));
    }

    /**
     * Returns the decoded text. It is decoded before parsing, since the parser would guess encodings other than UTF-8. A byte
     * order mark is ignored, as RFC 8259, section 8.1, permits: some editors write it.
     */
    private static String text(byte[] bytes) throws CharacterCodingException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
        return text.startsWith("\ufeff") ? text.substring(1) : text;
    }

    /**
     * Returns the error of content that must not be read, or null. A wrong type is an error even without content, unless the
     * method is one that usually has none.
     */
    private static @Nullable AuthError unread(HttpCall call, boolean hasContent) {
        List<String> types = call.headers("Content-Type");
        boolean wrong = types.isEmpty() ? hasContent : types.size() > 1 || !isJson(types.get(0));
        boolean mayHaveContent = hasContent || !List.of("GET", "HEAD", "DELETE").contains(call.method());
        if (wrong && mayHaveContent) {
            return AuthError.unsupportedMediaType(
                    "Content-Type", "must be application/json, with the charset utf-8 or without one");
        }
        boolean coded = call.headers("Content-Encoding").stream()
                .anyMatch(coding -> !coding.strip().equalsIgnoreCase("identity"));
        return hasContent && coded
                ? AuthError.unsupportedMediaType("Content-Encoding", "must be absent: content is read as it is")
                : null;
    }

    private static boolean isJson(String type) {
        if (!JSON.matcher(type.strip()).matches()) {
            return false;
        }
        Matcher charset = CHARSET.matcher(type);
        boolean utf8 = true;
        while (charset.find()) {
            utf8 &= charset.group(1).strip().toLowerCase(Locale.ROOT).equals("utf-8");
        }
        return utf8;
    }

    /** Returns the error of the content, or empty. */
    Optional<AuthError> error() {
        return Optional.ofNullable(error);
    }

    /**
     * Returns the object.
     *
     * @throws IllegalStateException if the content has an error
     */
    Map<String, @Nullable Object> object() {
        if (object == null) {
            throw new IllegalStateException("the content of the request is not valid");
        }
        return object;
    }
}
