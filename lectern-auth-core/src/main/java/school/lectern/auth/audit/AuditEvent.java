package school.lectern.auth.audit;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A recorded event: a call about which a decision was made, or a change to a token or a tenant. Holds no secret. Immutable. */
public final class AuditEvent {

    /** The event of a call. */
    public static final String CALL = "call";

    private static final int MAX_ENDPOINT = 1024;

    private final String id;
    private final Instant at;
    private final @Nullable String requestId;
    private final @Nullable String tenantId;
    private final @Nullable String tokenId;
    private final @Nullable String method;
    private final @Nullable String endpoint;
    private final @Nullable Integer status;
    private final String event;
    private final String outcome;
    private final @Nullable String actor;
    private final Map<String, String> details;
    private final @Nullable Aggregate aggregate;

    private AuditEvent(Builder builder) {
        this.id = builder.id;
        this.at = builder.at;
        this.requestId = builder.requestId == null ? null : RecordedId.of(builder.requestId);
        this.tenantId = builder.tenantId;
        this.tokenId = builder.tokenId;
        this.method = builder.method == null ? null : escape(builder.method, MAX_ENDPOINT);
        this.endpoint = builder.endpoint == null ? null : escape(builder.endpoint, MAX_ENDPOINT);
        this.status = builder.status;
        this.event = builder.event;
        this.outcome = builder.outcome;
        this.actor = builder.actor == null ? null : RecordedId.of(builder.actor);
        this.details = Map.copyOf(builder.details);
        this.aggregate = builder.aggregate;
    }

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

    /**
     * Starts an event.
     *
     * @param id unique over all events
     * @param at the time, in whole milliseconds
     * @param event {@link #CALL}, or the change
     * @param outcome {@code allowed}, {@code denied} with the kind of error, or {@code done}
     */
    public static Builder builder(String id, Instant at, String event, String outcome) {
        return new Builder(id, at, event, outcome);
    }

    /** Returns a builder with the values of this event. */
    public Builder toBuilder() {
        return new Builder(id, at, event, outcome)
                .requestId(requestId)
                .tenantId(tenantId)
                .tokenId(tokenId)
                .method(method)
                .endpoint(endpoint)
                .status(status)
                .actor(actor)
                .details(details)
                .aggregate(aggregate);
    }

    /** Returns the same event with its status. */
    public AuditEvent withStatus(int known) {
        return toBuilder().status(known).build();
    }

    /**
     * Returns the id, unique over all events: a row that is written twice after an unclear commit is one row. The
     * library's ids begin with the time (RFC 9562, section 5.7).
     */
    public String id() {
        return id;
    }

    /** Returns the time of the event, in whole milliseconds. */
    public Instant at() {
        return at;
    }

    /** Returns the request's id, shortened as {@link #actor} is, or null for a change that no request has caused. */
    public @Nullable String requestId() {
        return requestId;
    }

    /** Returns the tenant, or null where no token was verified. */
    public @Nullable String tenantId() {
        return tenantId;
    }

    /** Returns the token's id, never its secret, or null where no token was verified. */
    public @Nullable String tokenId() {
        return tokenId;
    }

    /** Returns the request's method, or null where there was no request. */
    public @Nullable String method() {
        return method;
    }

    /**
     * Returns the path as the application routes it, without the query, control characters escaped, or null where
     * there was no request.
     */
    public @Nullable String endpoint() {
        return endpoint;
    }

    /** Returns the status of the response, or null until it is known. */
    public @Nullable Integer status() {
        return status;
    }

    /** Returns {@link #CALL}, or the change, for example {@code token.revoked}. */
    public String event() {
        return event;
    }

    /** Returns {@code allowed}, {@code denied} with the kind of error, or {@code done} for a change. */
    public String outcome() {
        return outcome;
    }

    /**
     * Returns the user who made the change, or null for a call and for the application itself. A user id that is
     * empty, longer than 255 code points or not storable is recorded as its first 200 code points, {@code ~sha256:} and the
     * SHA-256 of the whole id in UTF-8, in hexadecimal, so that it cannot prevent a revocation.
     */
    public @Nullable String actor() {
        return actor;
    }

    /** Returns more about a change, for example the id of a successor. */
    public Map<String, String> details() {
        return details;
    }

    /**
     * Returns how many calls the event stands for and when the last of them was made, or null if it stands for
     * one. The first call was made {@linkplain #at at the event's time}.
     */
    public @Nullable Aggregate aggregate() {
        return aggregate;
    }

    /** Returns whether the event is about a call, and not about a change to a token or a tenant. */
    public boolean isCall() {
        return event.equals(CALL);
    }

    /** Returns the number of calls or changes that the event stands for: 1 unless it is an {@linkplain #aggregate aggregate}. */
    public long count() {
        return aggregate == null ? 1 : aggregate.count();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AuditEvent that && that.values().equals(values());
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "AuditEvent" + values();
    }

    private List<@Nullable Object> values() {
        return Arrays.asList(
                id, at, requestId, tenantId, tokenId, method, endpoint, status, event, outcome, actor, details,
                aggregate);
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

    /** Builds an {@link AuditEvent}. Escapes text that could break a line, and cuts long text. */
    public static final class Builder {
        private final String id;
        private final Instant at;
        private final String event;
        private final String outcome;
        private @Nullable String requestId;
        private @Nullable String tenantId;
        private @Nullable String tokenId;
        private @Nullable String method;
        private @Nullable String endpoint;
        private @Nullable Integer status;
        private @Nullable String actor;
        private @Nullable Aggregate aggregate;
        private Map<String, String> details = Map.of();

        private Builder(String id, Instant at, String event, String outcome) {
            this.id = Objects.requireNonNull(id, "id");
            this.at = Objects.requireNonNull(at, "at");
            this.event = Objects.requireNonNull(event, "event");
            this.outcome = Objects.requireNonNull(outcome, "outcome");
        }

        /** Sets the id of the request, or null. */
        public Builder requestId(@Nullable String value) {
            this.requestId = value;
            return this;
        }

        /** Sets the tenant, or null. */
        public Builder tenantId(@Nullable String value) {
            this.tenantId = value;
            return this;
        }

        /** Sets the id of the token, or null. */
        public Builder tokenId(@Nullable String value) {
            this.tokenId = value;
            return this;
        }

        /** Sets the method of the request, or null. */
        public Builder method(@Nullable String value) {
            this.method = value;
            return this;
        }

        /** Sets the path of the request, or null. */
        public Builder endpoint(@Nullable String value) {
            this.endpoint = value;
            return this;
        }

        /** Sets the status of the response, or null if it is not known yet. */
        public Builder status(@Nullable Integer value) {
            this.status = value;
            return this;
        }

        /** Sets the user who made a change, or null. */
        public Builder actor(@Nullable String value) {
            this.actor = value;
            return this;
        }

        /** Sets details of a change. Default: none. */
        public Builder details(Map<String, String> value) {
            this.details = value;
            return this;
        }

        /** Sets how many calls the event stands for, or null for one. */
        public Builder aggregate(@Nullable Aggregate value) {
            this.aggregate = value;
            return this;
        }

        /** Returns the event. */
        public AuditEvent build() {
            return new AuditEvent(this);
        }
    }
}
