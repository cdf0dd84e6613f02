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

/** What the example's handlers share: JSON in and out, and errors with the dialect's bodies. */
abstract class ApiServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private static final Logger log = LoggerFactory.getLogger(ApiServlet.class);
    private static final int MAX_BODY = 1024 * 1024;

    /** The context's attribute that says whether objects carry the request's id. */
    static final String SHOWS_REQUEST_ID = "quickstart.shows-request-id";

    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // What is posted is kept as it is: a double would round it.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            // A flush after every value would send small answers in pieces.
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
            .build();

    /** Answers a request that the filter has let in. */
    abstract void answer(HttpServletRequest request, HttpServletResponse response, TokenPrincipal caller)
            throws IOException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            answer(request, response, LecternAuthFilter.findPrincipal(request).orElseThrow());
        } catch (RuntimeException broken) {
            log.error("request {} failed", response.getHeader("X-Request-Id"), RedactedFailure.of(broken));
            if (response.isCommitted()) {
                // Half an answer is out: only an aborted connection tells the client that it is not whole.
                throw new IOException("the answer broke off", RedactedFailure.of(broken));
            }
            AuthErrors.send(request, response, AuthError.unavailable());
        }
    }

    /** The segment of the path after the servlet's own, or empty. */
    static String id(HttpServletRequest request) {
        return request.getPathInfo() == null ? "" : request.getPathInfo().substring(1);
    }

    /** The body; empty if it is not JSON, or breaks off before its end. */
    static Optional<JsonNode> read(HttpServletRequest request) {
        try {
            byte[] body = request.getInputStream().readNBytes(MAX_BODY + 1);
            // Decoded first: left to itself, the parser would guess at other encodings than JSON's own.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            return body.length > MAX_BODY ? Optional.empty() : Optional.ofNullable(JSON.readTree(text));
        } catch (IOException malformedOrBrokenOff) {
            return Optional.empty();
        }
    }

    /** Writes some of an answer. */
    interface Data {
        void writeTo(JsonGenerator out) throws IOException;
    }

    /** Writes {@code {"data": …}}, with the version that applies and the request's id where the API has them. */
    static void write(HttpServletRequest request, HttpServletResponse response, int status, JsonNode data)
            throws IOException {
        write(request, response, status, out -> out.writeTree(data));
    }

    /** Writes the same, with data that need not be in memory all at once. */
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
        // Not closed when something fails before: that would end the JSON as if it were whole.
        out.close();
    }

    /** Whether the objects of this API's answers carry the request's id. */
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
