package school.lectern.auth.dialect;

import java.net.URI;
import java.util.Map;
import java.util.function.Function;
import school.lectern.auth.decision.AuthError.FieldError;

/**
 * Error bodies as RFC 9457 defines them. Their members are {@code type}, {@code title}, {@code status} and {@code detail},
 * then {@code code}, {@code request_id} and, for invalid fields, {@code errors}. A body can be extended:
 *
 * <pre>{@code
 * Function<ErrorView, ErrorBody> problem = ProblemDetails.untyped();
 * builder.errorBody(
 *         ProblemDetails.MEDIA_TYPE,
 *         error -> problem.apply(error).put("instance", "/requests/" + error.requestId()));
 * }</pre>
 */
public final class ProblemDetails {

    /** The media type of these bodies. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** The reason phrases of the registry of HTTP status codes (RFC 9110, section 15, and others). */
    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(200, "OK"),
            Map.entry(400, "Bad Request"),
            Map.entry(401, "Unauthorized"),
            Map.entry(402, "Payment Required"),
            Map.entry(403, "Forbidden"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"),
            Map.entry(406, "Not Acceptable"),
            Map.entry(408, "Request Timeout"),
            Map.entry(409, "Conflict"),
            Map.entry(410, "Gone"),
            Map.entry(412, "Precondition Failed"),
            Map.entry(413, "Content Too Large"),
            Map.entry(415, "Unsupported Media Type"),
            Map.entry(422, "Unprocessable Content"),
            Map.entry(423, "Locked"),
            Map.entry(428, "Precondition Required"),
            Map.entry(429, "Too Many Requests"),
            Map.entry(451, "Unavailable For Legal Reasons"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"),
            Map.entry(502, "Bad Gateway"),
            Map.entry(503, "Service Unavailable"),
            Map.entry(504, "Gateway Timeout"));

    private ProblemDetails() {}

    /** {@return a function that writes problems of the type {@code about:blank} (RFC 9457, section 4.2.1)} */
    public static Function<ErrorView, ErrorBody> untyped() {
        return error -> body(ofType("about:blank"), error);
    }

    /**
     * {@return a function that writes problems with a type for each code} A problem without a code has no type.
     *
     * @param base the start of every type's URI; the code follows, so it usually ends with a slash or a hash
     */
    public static Function<ErrorView, ErrorBody> typed(URI base) {
        String start = base.toASCIIString();
        return error -> body(error.code().map(code -> ofType(start + code)).orElseGet(ErrorBody::object), error);
    }

    private static ErrorBody ofType(String uri) {
        return ErrorBody.object().put("type", uri);
    }

    private static ErrorBody body(ErrorBody typed, ErrorView error) {
        ErrorBody problem = typed.put("title", title(error.status()))
                .put("status", error.status())
                .put("detail", error.message());
        ErrorBody coded = error.code().map(code -> problem.put("code", code)).orElse(problem);
        ErrorBody whole = coded.put("request_id", error.requestId());
        return error.fieldErrors().isEmpty()
                ? whole
                : whole.putArray("errors", ErrorBody.array(error.fieldErrors(), ProblemDetails::field));
    }

    /**
     * {@return the reason phrase of the status} RFC 9457 requires it as the title of problems without a type, and it is
     * correct for every type with this status.
     */
    private static String title(int status) {
        return TITLES.getOrDefault(status, status < 500 ? "Client Error" : "Server Error");
    }

    private static ErrorBody field(FieldError error) {
        return ErrorBody.object().put("field", error.field()).put("message", error.message());
    }
}
