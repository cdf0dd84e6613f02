package school.lectern.auth.audit;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened: a call that was judged, or a change to a token. Holds no secret. Immutable.
 *
 * @param id unique over all events: a row that is written twice after an unclear commit is one row. The library's
 *     begin with the time (RFC 9562, section 5.7)
 * @param at when, in whole milliseconds
 * @param requestId the request's id; null for a change that no request asked for
 * @param tenantId the tenant; null where none was proven
 * @param tokenId the token's id, never its secret; null where none was proven
 * @param method the method; null where there was no request
 * @param endpoint the path as the application routes it, without the query, control characters escaped; null where there
 *     was no request
 * @param status the status of the answer; null until it is known
 * @param event {@link #CALL}, or what was done, for example {@code token.revoked}
 * @param outcome {@code allowed}, {@code denied} with the kind of error, or {@code done} for a change
 * @param actor who made the change; null for a call
 * @param details more about a change, for example the id of a successor
 */
public record AuditEvent(
        String id,
        Instant at,
        @Nullable String requestId,
        @Nullable String tenantId,
        @Nullable String tokenId,
        @Nullable String method,
        @Nullable String endpoint,
        @Nullable Integer status,
        String event,
        String outcome,
        @Nullable String actor,
        Map<String, String> details) {

    /** The event of a judged call. */
    public static final String CALL = "call";

    private static final int MAX_ENDPOINT = 1024;

    /** Escapes what could break a line, and cuts what nobody reads. */
    public AuditEvent {
        endpoint = endpoint == null ? null : escape(endpoint);
        method = method == null ? null : escape(method);
        details = Map.copyOf(details);
    }

    /** The same event with its status. */
    public AuditEvent withStatus(int known) {
        return new AuditEvent(
                id, at, requestId, tenantId, tokenId, method, endpoint, known, event, outcome, actor, details);
    }

    /** Control characters, and halves of surrogate pairs, as {@code \\uXXXX}; what is too long ends at a whole character. */
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int c : text.codePoints().toArray()) {
            boolean breaksLine = Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
            boolean halfPair = c >= 0xd800 && c <= 0xdfff;
            String shown = breaksLine || halfPair ? String.format("\\u%04x", c) : Character.toString(c);
            if (escaped.length() + shown.length() > MAX_ENDPOINT) {
                break;
            }
            escaped.append(shown);
        }
        return escaped.toString();
    }
}
