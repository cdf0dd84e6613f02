package school.lectern.auth.dialect;

import java.net.URI;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeGrammar;

/**
 * A token system as data: the shape of its tokens, its permissions, its limits, its errors, and how they are written.
 * Immutable, safe for use by many threads.
 *
 * <p>{@link Lectern} is one; another is written the same way, without a change to the library. Whatever an error brings is
 * put into the words that the dialect has for its kind; nothing that a request sent ever is.
 */
public final class Dialect {

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
    private final Function<ErrorView, ErrorBody> errorBody;
    private final String errorMediaType;

    /** As the dialect was written. */
    private final Map<Kind, ErrorMapping> errors;

    private final ErrorRenderer renderer;

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
        this.errorBody = required(builder.errorBody, "errorBody");
        this.errorMediaType = builder.errorMediaType;
        this.errors = Map.copyOf(builder.errors);
        this.renderer = new ErrorRenderer(name, realm, errors, errorMediaType, errorBody);
        renderer.requireBodies(requestIds.example());
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

    /** Returns the HTTP status of the response to a request that is refused with the error. */
    public int status(AuthError error) {
        return renderer.status(error.kind());
    }

    /** Whether limits may stand beside the error: not beside a 401, which says nothing of any token. */
    public boolean tellsLimits(AuthError error) {
        return status(error) != 401;
    }

    /**
     * Returns the response to a request that is refused with the error. If the function for the body throws or returns null, the
     * response has the same status and headers, and its body is an object with the one member {@code error}: the error's code,
     * or the status as text where the dialect has no code for it. The first such failure for each kind is logged.
     */
    public RenderedError render(AuthError error, String requestId) {
        return renderer.render(error, requestId);
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
        private @Nullable Function<ErrorView, ErrorBody> errorBody;
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
            this.errorBody = dialect.errorBody;
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

        /** Sets the rate limits and the headers that report them. Default: unlimited. */
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

        /**
         * Sets the function that writes the bodies of errors, which are sent as {@code application/json}. Many threads call it
         * concurrently. {@link #build()} calls it for every kind of error, with and without each optional part of the view.
         */
        public Builder errorBody(Function<ErrorView, ErrorBody> body) {
            return errorBody(JSON, body);
        }

        /**
         * Sets the function that writes the bodies of errors, and their media type.
         *
         * @param mediaType a media type of JSON, without parameters
         * @param body as for {@link #errorBody(Function)}
         * @throws IllegalArgumentException if the media type is not of the form {@code type/subtype}
         */
        public Builder errorBody(String mediaType, Function<ErrorView, ErrorBody> body) {
            if (!mediaType.matches("[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")) {
                throw new IllegalArgumentException("mediaType: type/subtype (RFC 6838, section 4.2)");
            }
            this.errorBody = body;
            this.errorMediaType = mediaType;
            return this;
        }

        /** Sets error bodies to problem details (RFC 9457) of the type {@code about:blank}. */
        public Builder problemDetails() {
            return errorBody(ProblemDetails.MEDIA_TYPE, ProblemDetails.untyped());
        }

        /**
         * Sets error bodies to problem details (RFC 9457) with a type for each code.
         *
         * @param base the start of every type's URI; the code follows, so it usually ends with a slash or a hash
         */
        public Builder problemDetails(URI base) {
            return errorBody(ProblemDetails.MEDIA_TYPE, ProblemDetails.typed(base));
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
         * Returns the dialect.
         *
         * @throws IllegalArgumentException if a part is missing, named in the message, or if the function for error bodies throws
         *     or returns null for some kind of error, which the message names
         */
        public Dialect build() {
            return new Dialect(this);
        }
    }
}
