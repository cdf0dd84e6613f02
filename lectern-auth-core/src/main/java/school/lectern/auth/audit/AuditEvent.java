package school.lectern.auth.audit;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An event of the audit log: a call that was allowed or denied, or a change to a token or a tenant. Contains no secret.
 * Immutable.
 */
public final class AuditEvent {

    /** The {@link #event} of a call. */
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
     * @param count the number of calls, at least 1
     * @param lastAt the time of the last call, in whole milliseconds
     */
    public record Aggregate(long count, Instant lastAt) {
        /**
         * Creates an aggregate.
         *
         * @param count the number of calls, at least 1
         * @param lastAt the time of the last call, in whole milliseconds
         * @throws IllegalArgumentException if the count is less than 1
         */
        public Aggregate {
            if (count < 1) {
                throw new IllegalArgumentException("count must be at least 1, was " + count);
            }
        }
    }

    /**
     * {@return a new builder of an event}
     *
     * @param id the id, unique over all events
     * @param at the time, in whole milliseconds
     * @param event {@link #CALL}, or the kind of change
     * @param outcome {@code allowed}, {@code denied} with the kind of error, or {@code done}
     */
    public static Builder builder(String id, Instant at, String event, String outcome) {
        return new Builder(id, at, event, outcome);
    }

    /** {@return a builder with the values of this event} */
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

    /**
     * {@return this event with the status of the response}
     *
     * @param known the HTTP status
     */
    public AuditEvent withStatus(int known) {
        return toBuilder().status(known).build();
    }

    /**
     * {@return this event with the status of the response and another outcome}
     *
     * @param known the HTTP status
     * @param ended the outcome
     */
    public AuditEvent withStatus(int known, String ended) {
        Builder builder = toBuilder().status(known);
        builder.outcome = ended;
        return builder.build();
    }

    /**
     * {@return the id, unique over all events} If a row is written twice, because it was unclear whether the first commit
     * succeeded, the two are one row. The ids that the library generates start with the time (RFC 9562, section 5.7).
     */
    public String id() {
        return id;
    }

    /** {@return the time of the event, in whole milliseconds} */
    public Instant at() {
        return at;
    }

    /** {@return the request's id, shortened as {@link #actor} is, or null for a change without a request} */
    public @Nullable String requestId() {
        return requestId;
    }

    /** {@return the tenant, or null if no token was verified} */
    public @Nullable String tenantId() {
        return tenantId;
    }

    /** {@return the token's id, never its secret, or null if no token was verified} */
    public @Nullable String tokenId() {
        return tokenId;
    }

    /** {@return the request's method, or null if there was no request} */
    public @Nullable String method() {
        return method;
    }

    /**
     * {@return the path as the application routes it, without the query and with control characters escaped, or null if there
     * was no request}
     */
    public @Nullable String endpoint() {
        return endpoint;
    }

    /** {@return the status of the response, or null until it is known} */
    public @Nullable Integer status() {
        return status;
    }

    /** {@return {@link #CALL}, or the kind of change, for example {@code token.revoked}} */
    public String event() {
        return event;
    }

    /** {@return {@code allowed}, {@code denied} with the kind of error, or {@code done} for a change} */
    public String outcome() {
        return outcome;
    }

    /**
     * {@return the user who made the change, or null for a call and for a change by the application itself} If a user id is
     * empty, longer than 255 code points or cannot be stored, it is recorded as its first 200 code points, {@code ~sha256:},
     * and the SHA-256 of the whole id in UTF-8, in hexadecimal. So no user id can prevent a revocation.
     */
    public @Nullable String actor() {
        return actor;
    }

    /** {@return details of a change, for example the id of a successor; empty if there are none} */
    public Map<String, String> details() {
        return details;
    }

    /**
     * {@return the number of calls that the event represents and the time of the last one, or null if it represents one call}
     * The first call was made {@linkplain #at at the event's time}.
     */
    public @Nullable Aggregate aggregate() {
        return aggregate;
    }

    /** {@return whether the event is a call, and not a change to a token or a tenant} */
    public boolean isCall() {
        return event.equals(CALL);
    }

    /**
     * {@return the number of calls or changes that the event represents: 1 unless it has an
     * {@linkplain #aggregate aggregate}}
     */
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
     * {@return a text in the form in which methods and endpoints are stored: control characters, line separators and unpaired
     * surrogates are escaped as {@code \\uXXXX}} Escaping the result again does not change it.
     *
     * @param text any text
     * @param maxLength the length in UTF-16 units after which the text is cut; the cut is between two characters
     */
    public static String escape(String text, int maxLength) {
        if (text.length() <= maxLength && RecordedId.isVisibleAscii(text)) {
            return text;
        }
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

    /** Builds an {@link AuditEvent}. Text that could break a line is escaped, and long text is cut. */
    public static final class Builder {
        private final String id;
        private final Instant at;
        private final String event;
        private String outcome;
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

        /**
         * Sets the id of the request. Default: null.
         *
         * @param value the id, or null for a change without a request
         * @return this builder
         */
        public Builder requestId(@Nullable String value) {
            this.requestId = value;
            return this;
        }

        /**
         * Sets the tenant. Default: null.
         *
         * @param value the tenant's id, or null if no token was verified
         * @return this builder
         */
        public Builder tenantId(@Nullable String value) {
            this.tenantId = value;
            return this;
        }

        /**
         * Sets the token. Default: null.
         *
         * @param value the token's id, never its secret, or null if no token was verified
         * @return this builder
         */
        public Builder tokenId(@Nullable String value) {
            this.tokenId = value;
            return this;
        }

        /**
         * Sets the method of the request. Default: null.
         *
         * @param value the method, or null if there was no request
         * @return this builder
         */
        public Builder method(@Nullable String value) {
            this.method = value;
            return this;
        }

        /**
         * Sets the path of the request. Default: null.
         *
         * @param value the path without the query, or null if there was no request
         * @return this builder
         */
        public Builder endpoint(@Nullable String value) {
            this.endpoint = value;
            return this;
        }

        /**
         * Sets the status of the response. Default: null.
         *
         * @param value the HTTP status, or null if it is not known yet
         * @return this builder
         */
        public Builder status(@Nullable Integer value) {
            this.status = value;
            return this;
        }

        /**
         * Sets the user who made a change. Default: null.
         *
         * @param value the user's id, or null for a call and for a change by the application itself
         * @return this builder
         */
        public Builder actor(@Nullable String value) {
            this.actor = value;
            return this;
        }

        /**
         * Sets details of a change. Default: none.
         *
         * @param value the details by name; they are copied when the event is built
         * @return this builder
         */
        public Builder details(Map<String, String> value) {
            this.details = value;
            return this;
        }

        /**
         * Sets the number of calls that the event represents. Default: null.
         *
         * @param value the calls, or null for one
         * @return this builder
         */
        public Builder aggregate(@Nullable Aggregate value) {
            this.aggregate = value;
            return this;
        }

        /** {@return the event} */
        public AuditEvent build() {
            return new AuditEvent(this);
        }
    }
}
