package school.lectern.auth.quickstart;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.servlet.AuthErrors;
import school.lectern.auth.servlet.LecternAuthFilter;

/** The common base of the example's handlers: reads and writes JSON, and sends errors with the dialect's bodies. */
abstract class ApiServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final Logger log = LoggerFactory.getLogger(ApiServlet.class);
    private static final int MAX_BODY = 1024 * 1024;

    /** The context attribute that specifies whether objects contain the request id. */
    static final String SHOWS_REQUEST_ID = "quickstart.shows-request-id";

    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Posted numbers are stored unchanged: a double would round them.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            // Flushing after every value would send small responses in pieces.
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
            .build();

    /** Handles a request that the filter has admitted. */
    abstract void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller)
            throws IOException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            answer(request, response, LecternAuthFilter.findPrincipal(request).orElseThrow());
        } catch (RuntimeException broken) {
            log.error("request {} failed", response.getHeader("X-Request-Id"), RedactedFailure.of(broken));
            if (response.isCommitted()) {
                // A part of the response has been sent, so only an aborted connection shows the client that the
                // response is incomplete.
                throw new IOException("the answer broke off", RedactedFailure.of(broken));
            }
            AuthErrors.send(request, response, AuthError.unavailable());
        }
    }

    /** Returns the path segment after the servlet's own path, or an empty string. */
    static String id(HttpServletRequest request) {
        return request.getPathInfo() == null ? "" : request.getPathInfo().substring(1);
    }

    /** Returns the body, or empty if it is not JSON or ends too early. */
    static Optional<JsonNode> read(HttpServletRequest request) {
        try {
            byte[] body = request.getInputStream().readNBytes(MAX_BODY + 1);
            // Decoded first: the parser by itself would also detect encodings other than UTF-8.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            return body.length > MAX_BODY ? Optional.empty() : Optional.ofNullable(JSON.readTree(text));
        } catch (IOException malformedOrBrokenOff) {
            return Optional.empty();
        }
    }

    /** Writes a part of a response. */
    interface Data {
        void writeTo(JsonGenerator out) throws IOException;
    }

    /** Writes {@code {"data": …}}, with the version of the request and the request id if the API has them. */
    static void write(HttpServletRequest request, HttpServletResponse response, int status, JsonNode data)
            throws IOException {
        write(request, response, status, out -> out.writeTree(data));
    }

    /** Writes the same, with data that need not fit into memory. */
    static void write(HttpServletRequest request, HttpServletResponse response, int status, Data data)
            throws IOException {
        TokenPrincipal caller = LecternAuthFilter.findPrincipal(request).orElseThrow();
        response.setStatus(status);
        response.setContentType("application/json");
        JsonGenerator out = JSON.createGenerator(response.getOutputStream());
        out.writeStartObject();
        if (caller.version().isPresent()) {
            out.writeStringField("version", caller.version().get().toString());
        }
        out.writeFieldName("data");
        data.writeTo(out);
        if (showsRequestId(request)) {
            out.writeStringField("request_id", caller.requestId());
        }
        out.writeEndObject();
        // Not closed after a failure, because that would complete the JSON.
        out.close();
    }

    /** Returns whether the objects of this API's responses contain the request id. */
    static boolean showsRequestId(HttpServletRequest request) {
        return Boolean.TRUE.equals(request.getServletContext().getAttribute(SHOWS_REQUEST_ID));
    }

    static void send(HttpServletResponse response, int status, ObjectNode body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.getOutputStream().write(JSON.writeValueAsBytes(body));
    }

    static void notFound(HttpServletRequest request, HttpServletResponse response) throws IOException {
        AuthErrors.send(request, response, AuthError.of(Kind.NOT_FOUND));
    }

    static void invalid(HttpServletRequest request, HttpServletResponse response, String why) throws IOException {
        AuthErrors.send(request, response, AuthError.invalid("body", why));
    }
}
