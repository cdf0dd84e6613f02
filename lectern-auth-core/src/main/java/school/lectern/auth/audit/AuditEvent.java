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
 * @param requestId the request's id, shortened as {@code actor} is; null for a change that no request asked for
 * @param tenantId the tenant; null where none was proven
 * @param tokenId the token's id, never its secret; null where none was proven
 * @param method the method; null where there was no request
 * @param endpoint the path as the application routes it, without the query, control characters escaped; null where there
 *     was no request
 * @param status the status of the answer; null until it is known
 * @param event {@link #CALL}, or what was done, for example {@code token.revoked}
 * @param outcome {@code allowed}, {@code denied} with the kind of error, or {@code done} for a change
 * @param actor the user who made the change; null for a call, and for the application itself. A user id that is empty, longer
 *     than 255 code points or not storable is recorded as its first 200 code points, {@code ~sha256:} and the SHA-256 of the
 *     whole id in UTF-8, in hexadecimal, so that it cannot prevent a revocation
 * @param details more about a change, for example the id of a successor
 * @param aggregate how many calls the event stands for, and when the last of them was made; null if it stands for one. The
 *     first call was made {@linkplain #at at the event's time}
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
        Map<String, String> details,
        @Nullable Aggregate aggregate) {

    /** The event of a judged call. */
    public static final String CALL = "call";

    private static final int MAX_ENDPOINT = 1024;

    /**
     * Refused calls that are counted in one event.
     *
     * @param count how many calls, at least 1
     * @param lastAt when the last of them was made, in whole milliseconds
     */
    public record Aggregate(long count, Instant lastAt) {
        /** @throws IllegalArgumentException if the count is less than 1 */
        public Aggregate {
            if (count < 1) {
                throw new IllegalArgumentException("count must be at least 1, was " + count);
            }
        }
    }

    /** Escapes what could break a line, and cuts what nobody reads. */
    public AuditEvent {
        requestId = requestId == null ? null : RecordedId.of(requestId);
        actor = actor == null ? null : RecordedId.of(actor);
        endpoint = endpoint == null ? null : escape(endpoint, MAX_ENDPOINT);
        method = method == null ? null : escape(method, MAX_ENDPOINT);
        details = Map.copyOf(details);
    }

    /** Creates an event that stands for one call or one change. */
    public AuditEvent(
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
        this(id, at, requestId, tenantId, tokenId, method, endpoint, status, event, outcome, actor, details, null);
    }

    /** The same event with its status. */
    public AuditEvent withStatus(int known) {
        return new AuditEvent(
                id, at, requestId, tenantId, tokenId, method, endpoint, known, event, outcome, actor, details,
                aggregate);
    }

    /** Returns whether the event is about a call, and not about a change to a token or a tenant. */
    public boolean isCall() {
        return event.equals(CALL);
    }

    /** Returns the number of calls or changes that the event stands for: 1 unless it is an {@linkplain #aggregate aggregate}. */
    public long count() {
        return aggregate == null ? 1 : aggregate.count();
    }

    /**
     * Returns the text as a method or an endpoint is stored: control characters and halves of surrogate pairs as
     * {@code \\uXXXX}. To escape the result again changes nothing.
     *
     * @param maxLength the length in UTF-16 units after which the text is cut; the cut is between two characters
     */
    public static String escape(String text, int maxLength) {
        StringBuilder escaped = new StringBuilder();
        for (int c : text.codePoints().toArray()) {
            boolean breaksLine = Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
            boolean halfPair = c >= 0xd800 && c <= 0xdfff;
            String shown = breaksLine || halfPair ? String.format("\\u%04x", c) : Character.toString(c);
            if (escaped.length() + shown.length() > maxLength) {
                break;
            }
            escaped.append(shown);
        }
        return escaped.toString();
    }
}
