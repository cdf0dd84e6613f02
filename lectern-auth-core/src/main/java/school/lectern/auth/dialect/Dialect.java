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
 * The rules of a token system: the format of its tokens, its permissions, its rate limits, its errors, and how all of these
 * appear in HTTP messages. Immutable, and safe for use by many threads.
 *
 * <p>{@link Lectern} is an example. You can define your own dialect in the same way, without a change to the library. The
 * message of an error is the dialect's text for the kind of error, in which values of the error replace placeholders. It
 * never contains anything that a request sent.
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

    /** The error mappings as the builder received them. */
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
            throw new IllegalArgumentException(what + " must be set on the builder of a dialect");
        }
        return part;
    }

    /**
     * {@return a new builder of a dialect}
     *
     * @param name the name of the dialect in settings and logs
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** {@return a builder with the settings of this dialect, for a dialect that differs from it in some of them} */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** {@return the name of the dialect in settings and logs} */
    public String name() {
        return name;
    }

    /** {@return the format of the dialect's tokens} */
    public TokenFormat format() {
        return format;
    }

    /** {@return the grammar of the dialect's permissions} */
    public ScopeGrammar scopes() {
        return scopes;
    }

    /** {@return the rate limits, one for each policy} */
    public LimitPlan limits() {
        return limits;
    }

    /** {@return the limit on the tokens that a tenant may create, or empty if creation is not limited} */
    public Optional<RateLimit> creationLimit() {
        return Optional.ofNullable(creationLimit);
    }

    /** {@return the name of the header that pins an API version, or empty if the dialect has no versions} */
    public Optional<String> versionHeader() {
        return versionHeader;
    }

    /** {@return the form of request ids} */
    public RequestIds requestIds() {
        return requestIds;
    }

    /** {@return whether the object in a successful response contains the request's id, as {@code request_id}} */
    public boolean requestIdInBodies() {
        return requestIdInBodies;
    }

    /** {@return whether the active tokens of a tenant must have different names} */
    public boolean uniqueNames() {
        return uniqueNames;
    }

    /** {@return how long audit rows are retained, or empty if the application deletes them itself} */
    public Optional<Retention> retention() {
        return Optional.ofNullable(retention);
    }

    /**
     * {@return the HTTP status of the response to a request that is refused with the error}
     *
     * @param error the reason for the refusal
     */
    public int status(AuthError error) {
        return renderer.status(error.kind());
    }

    /**
     * {@return whether the response to the error may contain rate-limit headers} A 401 must not, because no token was
     * verified.
     *
     * @param error the reason for the refusal
     */
    public boolean tellsLimits(AuthError error) {
        return status(error) != 401;
    }

    /**
     * {@return the response to a request that is refused with the error} If the {@code errorBody} function throws or returns
     * null, the response has the same status and headers, and its body is an object with the one member {@code error}: the
     * error's code, or the status as text if the dialect has no code for the error. The first such failure for each kind is
     * logged.
     *
     * @param error the reason for the refusal
     * @param requestId the request's id, for the {@code X-Request-Id} header and the body
     */
    public RenderedError render(AuthError error, String requestId) {
        return renderer.render(error, requestId);
    }

    /**
     * {@return the headers of a response that follow from the decision alone, by name: the request's id, the rate limits, and
     * the API version that applies} They are the same whether the application or the library writes the response. They do not
     * include the headers about the deprecation or sunset of that version; {@link school.lectern.auth.LecternAuth#headers}
     * returns all headers of a response.
     *
     * @param decision the decision about the request
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

        /**
         * Sets the realm of challenges (RFC 9110, section 11.5). Default: the dialect's name.
         *
         * @param value ASCII characters without quotes and backslashes
         * @return this builder
         * @throws IllegalArgumentException if the realm contains another character
         */
        public Builder realm(String value) {
            this.realm = requireRealm(value);
            return this;
        }

        private static String requireRealm(String value) {
            if (!value.matches("[ !#-\\[\\]-~]*")) {
                throw new IllegalArgumentException(
                        "realm must consist of ASCII without quotes and backslashes, was '" + value + "'");
            }
            return value;
        }

        /**
         * Sets the format of the dialect's tokens. Required.
         *
         * @param value the format
         * @return this builder
         */
        public Builder format(TokenFormat value) {
            this.format = value;
            return this;
        }

        /**
         * Sets the grammar of the dialect's permissions. Default: tokens have no permissions.
         *
         * @param value the grammar
         * @return this builder
         */
        public Builder scopes(ScopeGrammar value) {
            this.scopes = value;
            return this;
        }

        /**
         * Sets the rate limits and the headers that report them. Default: unlimited, and no headers.
         *
         * @param plan the limits, one for each policy
         * @param headers the headers that report a limit
         * @return this builder
         */
        public Builder limits(LimitPlan plan, LimitHeaders headers) {
            this.limits = plan;
            this.limitHeaders = headers;
            return this;
        }

        /**
         * Sets the limit on the tokens that a tenant may create. Default: unlimited.
         *
         * @param value the limit, or null for no limit
         * @return this builder
         */
        public Builder creationLimit(@Nullable RateLimit value) {
            this.creationLimit = value;
            return this;
        }

        /**
         * Sets the header that pins an API version. Default: the dialect has no versions.
         *
         * @param value the name of the header
         * @return this builder
         * @throws IllegalArgumentException if the value is not a valid name of a header (RFC 9110, section 5.1)
         */
        public Builder versionHeader(String value) {
            if (!value.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
                throw new IllegalArgumentException(
                        "versionHeader must be a header name (RFC 9110, section 5.1), was '" + value + "'");
            }
            this.versionHeader = value;
            return this;
        }

        /**
         * Sets the form of request ids. Required.
         *
         * @param value the form
         * @return this builder
         */
        public Builder requestIds(RequestIds value) {
            this.requestIds = value;
            return this;
        }

        /**
         * Adds the request's id to the object in each successful response, as {@code request_id}. Default: off.
         *
         * @return this builder
         */
        public Builder requestIdInBodies() {
            this.requestIdInBodies = true;
            return this;
        }

        /**
         * Requires that the active tokens of a tenant have different names. Default: off.
         *
         * @return this builder
         */
        public Builder uniqueNames() {
            this.uniqueNames = true;
            return this;
        }

        /**
         * Sets how long audit rows are retained. Default: the library deletes no audit rows.
         *
         * @param value the retention
         * @return this builder
         */
        public Builder retention(Retention value) {
            this.retention = value;
            return this;
        }

        /**
         * Sets the function that writes the bodies of errors, which are sent as {@code application/json}. Required, unless
         * {@link #problemDetails()} is used. {@link #build()} calls the function for every kind of error, with and without
         * each optional part of the view.
         *
         * @param body returns the body for an error, never null. Many threads call it concurrently
         * @return this builder
         */
        public Builder errorBody(Function<ErrorView, ErrorBody> body) {
            return errorBody(JSON, body);
        }

        /**
         * Sets the function that writes the bodies of errors, and their media type.
         *
         * @param mediaType a media type of JSON, without parameters
         * @param body as for {@link #errorBody(Function)}
         * @return this builder
         * @throws IllegalArgumentException if the media type is not of the form {@code type/subtype}
         */
        public Builder errorBody(String mediaType, Function<ErrorView, ErrorBody> body) {
            if (!mediaType.matches("[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")) {
                throw new IllegalArgumentException(
                        "mediaType must be type/subtype (RFC 6838, section 4.2), was '" + mediaType + "'");
            }
            this.errorBody = body;
            this.errorMediaType = mediaType;
            return this;
        }

        /**
         * Sets error bodies to problem details (RFC 9457) of the type {@code about:blank}.
         *
         * @return this builder
         */
        public Builder problemDetails() {
            return errorBody(ProblemDetails.MEDIA_TYPE, ProblemDetails.untyped());
        }

        /**
         * Sets error bodies to problem details (RFC 9457) with a type for each code.
         *
         * @param base the start of every type's URI; the code follows, so it usually ends with a slash or a hash
         * @return this builder
         */
        public Builder problemDetails(URI base) {
            return errorBody(ProblemDetails.MEDIA_TYPE, ProblemDetails.typed(base));
        }

        /**
         * Adds a mapping for every kind of error, with the codes of the standards: {@code invalid_token} and
         * {@code insufficient_scope} (RFC 6750), {@code not_found}, {@code rate_limited} and others. Call this method first;
         * {@link #error} then replaces single mappings.
         *
         * @return this builder
         */
        public Builder standardErrors() {
            return StandardErrors.addTo(this);
        }

        /**
         * Sets the response to the given kinds of error. A later call for a kind replaces an earlier one. Each
         * {@linkplain Category category} has a kind that represents it, which needs a mapping. This mapping applies to all
         * kinds of the category without a mapping of their own.
         *
         * @param status the HTTP status, from 400 to 599
         * @param code the machine-readable code; empty if the dialect has no code for the error
         * @param message the message, which may contain the placeholders of {@link ErrorMapping#message}
         * @param kinds the kinds of error
         * @return this builder
         * @throws IllegalArgumentException if the status is out of its range
         */
        public Builder error(int status, String code, String message, Kind... kinds) {
            for (Kind kind : kinds) {
                errors.put(kind, new ErrorMapping(status, code, message));
            }
            return this;
        }

        /**
         * {@return the dialect}
         *
         * @throws IllegalArgumentException if a required part is missing (the message names the part), or if the
         *     {@code errorBody} function throws or returns null for some kind of error (the message names the kind)
         */
        public Dialect build() {
            return new Dialect(this);
        }
    }
}
