package school.lectern.auth.dialect;

import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.dialect.Envelope.Slot;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * A token system as data: the shape of its tokens, its permissions, its limits, its errors, and how they are written.
 * Immutable, safe for use by many threads.
 *
 * <p>{@link Lectern} is one; another is written the same way, without a change to the library. Whatever an error brings is
 * put into the words that the dialect has for its kind; nothing that a request sent ever is.
 */
public final class Dialect {

    private static final String PENDING =
            "The change was made, but it is pending that it holds everywhere: {reason}. Send the request again.";

    private static final String JSON = "application/json";

    private final String name;
    private final String realm;
    private final TokenFormat format;
    private final ScopeGrammar scopes;
    private final LimitPlan limits;
    private final LimitHeaders limitHeaders;
    private final @Nullable RateLimit creationLimit;
    private final Optional<String> versionHeader;
    private final RequestIds requestIds;
    private final boolean requestIdInBodies;
    private final boolean uniqueNames;
    private final @Nullable Retention retention;
    private final Envelope envelope;
    private final String errorMediaType;

    /** As the dialect was written. */
    private final Map<Kind, ErrorMapping> errors;

    /** For every kind: its own answer, or else its category's. */
    private final Map<Kind, ErrorMapping> answers;

    private Dialect(Builder builder) {
        this.name = builder.name;
        this.realm = Builder.requireRealm(builder.realm);
        this.format = required(builder.format, "format");
        this.scopes = builder.scopes;
        this.limits = builder.limits;
        this.limitHeaders = builder.limitHeaders;
        this.creationLimit = builder.creationLimit;
        this.versionHeader = Optional.ofNullable(builder.versionHeader);
        this.requestIds = required(builder.requestIds, "requestIds");
        this.requestIdInBodies = builder.requestIdInBodies;
        this.uniqueNames = builder.uniqueNames;
        this.retention = builder.retention;
        this.envelope = required(builder.envelope, "envelope");
        this.errorMediaType = builder.errorMediaType;
        this.errors = Map.copyOf(builder.errors);
        this.answers = complete(name, errors);
    }

    private static Map<Kind, ErrorMapping> complete(String name, Map<Kind, ErrorMapping> errors) {
        List<Kind> missing = Stream.of(Category.values())
                .map(Category::representative)
                .filter(kind -> !errors.containsKey(kind))
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("error: dialect " + name + " has no answer for " + missing);
        }
        Map<Kind, ErrorMapping> answers = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            ErrorMapping usual = errors.get(kind.category().representative());
            answers.put(kind, required(kind == Kind.PENDING ? pending(required(usual, "error")) : usual, "error"));
        }
        answers.putAll(errors);
        return answers;
    }

    private static <T> T required(@Nullable T part, String what) {
        if (part == null) {
            throw new IllegalArgumentException(what + ": a dialect needs one");
        }
        return part;
    }

    /**
     * Starts a dialect.
     *
     * @param name what it is called in settings and logs
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** A builder that holds what this dialect holds, for one that differs a little. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** What the dialect is called. */
    public String name() {
        return name;
    }

    /** The shape of its tokens. */
    public TokenFormat format() {
        return format;
    }

    /** Its permissions. */
    public ScopeGrammar scopes() {
        return scopes;
    }

    /** Its limits by class. */
    public LimitPlan limits() {
        return limits;
    }

    /** How many tokens an organization may create, or empty if that is not limited. */
    public Optional<RateLimit> creationLimit() {
        return Optional.ofNullable(creationLimit);
    }

    /** The header that pins a version, or empty in a dialect without versions. */
    public Optional<String> versionHeader() {
        return versionHeader;
    }

    /** How its request ids look. */
    public RequestIds requestIds() {
        return requestIds;
    }

    /** Whether the object of a successful answer carries the request's id, as {@code request_id}. */
    public boolean requestIdInBodies() {
        return requestIdInBodies;
    }

    /** Whether no two active tokens of an organization may have the same name. */
    public boolean uniqueNames() {
        return uniqueNames;
    }

    /** How long audit rows are kept, or empty if that is the application's own business. */
    public Optional<Retention> retention() {
        return Optional.ofNullable(retention);
    }

    /** The status that an error is answered with. */
    public int status(AuthError error) {
        return answerFor(error).status();
    }

    /** Whether limits may stand beside the error: not beside a 401, which says nothing of any token. */
    public boolean tellsLimits(AuthError error) {
        return status(error) != 401;
    }

    /** The refusal as it goes out. */
    public RenderedError render(AuthError error, String requestId) {
        ErrorMapping answer = answerFor(error);
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Request-Id", requestId);
        headers.put("Cache-Control", "no-store");
        challenge(error, answer.status()).ifPresent(value -> headers.put("WWW-Authenticate", value));
        if (error.retryAfter().isPresent() || answer.status() == 503) {
            headers.put("Retry-After", Long.toString(seconds(error)));
        }
        if (!error.allowedMethods().isEmpty()) {
            headers.put("Allow", String.join(", ", error.allowedMethods()));
        }
        return new RenderedError(answer.status(), headers, errorMediaType, body(error, answer, requestId));
    }

    /**
     * What the dialect tells of a decision in the headers of the answer, whoever writes it: the limits, and the version that
     * applies. How that version goes is the judge's to add; who sends an answer asks the judge for all of it.
     */
    public Map<String, String> headers(Decision decision) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Request-Id", decision.requestId());
        decision.limits().ifPresent(limit -> headers.putAll(limitHeaders.render(limit)));
        versionHeader.ifPresent(name -> decision.version().ifPresent(version -> headers.put(name, version.toString())));
        return headers;
    }

    private ErrorMapping answerFor(AuthError error) {
        return required(answers.get(error.kind()), "error");
    }

    /** Unless a dialect says otherwise, what is pending is answered as what is broken, with what is known of it. */
    private static ErrorMapping pending(ErrorMapping broken) {
        return new ErrorMapping(broken.status(), broken.code(), PENDING);
    }

    /** RFC 6750, section 3: a realm always, an error only where a credential came, the scopes where they are what lacks. */
    private Optional<String> challenge(AuthError error, int status) {
        String challenge = "Bearer realm=\"" + realm + '"';
        if (error.kind() == Kind.INSUFFICIENT_SCOPE) {
            return Optional.of(challenge + ", error=\"insufficient_scope\", scope=\"" + error.needed() + '"');
        }
        if (status != 401) {
            return Optional.empty();
        }
        return Optional.of(
                error.kind() == Kind.MISSING_CREDENTIAL ? challenge : challenge + ", error=\"invalid_token\"");
    }

    private Envelope body(AuthError error, ErrorMapping answer, String requestId) {
        Map<Slot, Envelope> slots = new EnumMap<>(Slot.class);
        slots.put(Slot.STATUS, new Envelope.Num(answer.status()));
        slots.put(Slot.STATUS_PHRASE, new Envelope.Text(StatusPhrase.of(answer.status())));
        if (!answer.code().isEmpty()) {
            slots.put(Slot.CODE, new Envelope.Text(answer.code()));
        }
        slots.put(Slot.MESSAGE, new Envelope.Text(words(error, answer.message())));
        slots.put(Slot.REQUEST_ID, new Envelope.Text(requestId));
        if (!error.fields().isEmpty()) {
            slots.put(
                    Slot.DETAILS,
                    new Envelope.Arr(
                            error.fields().stream().map(Dialect::detail).toList()));
        }
        return envelope.fill(slots);
    }

    private static Envelope detail(FieldError error) {
        return Envelope.object(
                "field", new Envelope.Text(error.field()), "message", new Envelope.Text(error.message()));
    }

    private static String words(AuthError error, String template) {
        if (template.indexOf('{') < 0) {
            return template;
        }
        List<FieldError> fields = error.fields();
        List<Scope> lacking = error.lacking().scopes();
        return template.replace("{field}", fields.isEmpty() ? "" : fields.get(0).field())
                .replace("{reason}", error.reason().orElse(""))
                .replace("{action}", lacking.isEmpty() ? "" : lacking.get(0).action())
                .replace("{resource}", lacking.isEmpty() ? "" : lacking.get(0).resource())
                .replace("{seconds}", Long.toString(seconds(error)));
    }

    /** Whole seconds, rounded up, at least 1 (RFC 9110, section 10.2.3). */
    private static long seconds(AuthError error) {
        Duration wait = error.retryAfter().orElse(Duration.ZERO);
        return Math.max(1, wait.plusNanos(999_999_999).toSeconds());
    }

    @Override
    public String toString() {
        return "Dialect[" + name + "]";
    }

    /** Builds a {@link Dialect}. */
    public static final class Builder {
        private final String name;
        private String realm;
        private @Nullable TokenFormat format;
        private ScopeGrammar scopes = ScopeGrammar.unscoped();
        private LimitPlan limits = LimitPlan.unlimited();
        private LimitHeaders limitHeaders = LimitHeaders.NONE;
        private @Nullable RateLimit creationLimit;
        private @Nullable String versionHeader;
        private @Nullable RequestIds requestIds;
        private boolean requestIdInBodies;
        private boolean uniqueNames;
        private @Nullable Retention retention;
        private @Nullable Envelope envelope;
        private String errorMediaType = JSON;
        private final Map<Kind, ErrorMapping> errors = new EnumMap<>(Kind.class);

        private Builder(String name) {
            this.name = name;
            this.realm = name;
        }

        private Builder(Dialect dialect) {
            this.name = dialect.name;
            this.realm = dialect.realm;
            this.format = dialect.format;
            this.scopes = dialect.scopes;
            this.limits = dialect.limits;
            this.limitHeaders = dialect.limitHeaders;
            this.creationLimit = dialect.creationLimit;
            this.versionHeader = dialect.versionHeader.orElse(null);
            this.requestIds = dialect.requestIds;
            this.requestIdInBodies = dialect.requestIdInBodies;
            this.uniqueNames = dialect.uniqueNames;
            this.retention = dialect.retention;
            this.envelope = dialect.envelope;
            this.errorMediaType = dialect.errorMediaType;
            this.errors.putAll(dialect.errors);
        }

        /** The realm of challenges (RFC 9110, section 11.5); the dialect's name unless set. */
        public Builder realm(String value) {
            this.realm = requireRealm(value);
            return this;
        }

        private static String requireRealm(String value) {
            if (!value.matches("[ !#-\\[\\]-~]*")) {
                throw new IllegalArgumentException("realm: ASCII without quotes and backslashes");
            }
            return value;
        }

        /** The shape of its tokens. */
        public Builder format(TokenFormat value) {
            this.format = value;
            return this;
        }

        /** Its permissions; none unless set. */
        public Builder scopes(ScopeGrammar value) {
            this.scopes = value;
            return this;
        }

        /** Its limits, and how they are told; unlimited unless set. */
        public Builder limits(LimitPlan plan, LimitHeaders headers) {
            this.limits = plan;
            this.limitHeaders = headers;
            return this;
        }

        /** How many tokens an organization may create; null, the default, for any number. */
        public Builder creationLimit(@Nullable RateLimit value) {
            this.creationLimit = value;
            return this;
        }

        /** The header that pins a version; a dialect without one has no versions. */
        public Builder versionHeader(String value) {
            if (!value.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
                throw new IllegalArgumentException("versionHeader: is no name of a header (RFC 9110, section 5.1)");
            }
            this.versionHeader = value;
            return this;
        }

        /** How its request ids look. */
        public Builder requestIds(RequestIds value) {
            this.requestIds = value;
            return this;
        }

        /** Puts the request's id into the objects of successful answers, too. */
        public Builder requestIdInBodies() {
            this.requestIdInBodies = true;
            return this;
        }

        /** Lets no two active tokens of an organization have the same name. */
        public Builder uniqueNames() {
            this.uniqueNames = true;
            return this;
        }

        /** How long audit rows are kept; unless set, the library deletes none. */
        public Builder retention(Retention value) {
            this.retention = value;
            return this;
        }

        /** How its error bodies look, which are sent as {@code application/json}. */
        public Builder envelope(Envelope value) {
            return envelope(value, JSON);
        }

        /**
         * How its error bodies look.
         *
         * @param mediaType what they are sent as: a media type of JSON, without parameters
         * @throws IllegalArgumentException if the media type is not of the form {@code type/subtype}
         */
        public Builder envelope(Envelope value, String mediaType) {
            if (!mediaType.matches("[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")) {
                throw new IllegalArgumentException("mediaType: type/subtype (RFC 6838, section 4.2)");
            }
            this.envelope = value;
            this.errorMediaType = mediaType;
            return this;
        }

        /** Error bodies are problem details (RFC 9457) of no type but their status: {@code about:blank}. */
        public Builder problemDetails() {
            return envelope(ProblemDetails.untyped(), ProblemDetails.MEDIA_TYPE);
        }

        /**
         * Error bodies are problem details (RFC 9457), typed by their codes.
         *
         * @param base how the URI of every type starts; the code follows, so it mostly ends with a slash or a hash
         */
        public Builder problemDetails(URI base) {
            return envelope(ProblemDetails.typed(base), ProblemDetails.MEDIA_TYPE);
        }

        /**
         * Answers every kind of error as the standards suggest: {@code invalid_token}, {@code insufficient_scope} (RFC 6750),
         * {@code not_found}, {@code rate_limited} and so on. Call it first: {@link #error} then replaces single answers.
         */
        public Builder standardErrors() {
            return StandardErrors.addTo(this);
        }

        /**
         * Sets how these kinds of error are answered; a later call replaces an earlier one. The kind that represents each
         * {@linkplain Category category} needs an answer, which holds for all kinds of the category that have none of their own.
         */
        public Builder error(int status, String code, String message, Kind... kinds) {
            for (Kind kind : kinds) {
                errors.put(kind, new ErrorMapping(status, code, message));
            }
            return this;
        }

        /**
         * The dialect.
         *
         * @throws IllegalArgumentException if a part is missing, named in the message
         */
        public Dialect build() {
            return new Dialect(this);
        }
    }
}
