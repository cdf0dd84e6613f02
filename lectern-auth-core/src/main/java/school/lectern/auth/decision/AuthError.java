package school.lectern.auth.decision;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.CredentialProblem;
import school.lectern.auth.scope.ScopeSet;

/**
 * The reason why a request is denied. A dialect maps each kind to a status, a code and a message; this object contains the
 * values that the message includes. Immutable.
 */
public final class AuthError {

    /** The kinds of denial. Later versions may add kinds: a {@code switch} over them needs a default. */
    public enum Kind {
        /** The request has no {@code Authorization} header. */
        MISSING_CREDENTIAL("MISSING_CREDENTIAL", Category.CREDENTIAL),
        /** The authentication scheme is none that carries tokens, such as {@code Bearer}. */
        OTHER_SCHEME("OTHER_SCHEME", Category.CREDENTIAL),
        /** The header does not contain exactly one credential with the number of parts that a token has. */
        MALFORMED_CREDENTIAL("MALFORMED_CREDENTIAL", Category.CREDENTIAL),
        /** The credential does not have the format of a token. */
        MALFORMED_TOKEN("MALFORMED_TOKEN", Category.CREDENTIAL),
        /** The token does not exist, or its secret is wrong. The client cannot distinguish the two cases. */
        UNKNOWN_TOKEN("UNKNOWN_TOKEN", Category.CREDENTIAL),
        /** The token is revoked. */
        REVOKED("REVOKED", Category.CREDENTIAL),
        /** The token's tenant is suspended. */
        SUSPENDED("SUSPENDED", Category.CREDENTIAL),
        /** The token's tenant is gone for good: marked as gone, or missing from the application's directory. */
        TENANT_GONE("TENANT_GONE", Category.CREDENTIAL),
        /** The token is disabled. */
        DISABLED("DISABLED", Category.CREDENTIAL),
        /** The token is not valid yet. */
        NOT_YET_VALID("NOT_YET_VALID", Category.CREDENTIAL),
        /** The token is expired, or its grace period after a rotation has ended. */
        EXPIRED("EXPIRED", Category.CREDENTIAL),
        /** The token was not used for longer than the configured time. */
        IDLE("IDLE", Category.CREDENTIAL),
        /** The token is not accepted from the client's address. */
        ADDRESS_NOT_ALLOWED("ADDRESS_NOT_ALLOWED", Category.CREDENTIAL),
        /** The request came over insecure transport, where third parties can read a credential. */
        INSECURE_TRANSPORT("INSECURE_TRANSPORT", Category.FORBIDDEN),
        /** The operation belongs to another environment. */
        ENVIRONMENT_MISMATCH("ENVIRONMENT_MISMATCH", Category.FORBIDDEN),
        /** The resource belongs to another tenant. */
        TENANT_MISMATCH("TENANT_MISMATCH", Category.NOT_FOUND),
        /**
         * The version that the request pins, or else the version of its tenant, is malformed, not released or no longer
         * released.
         */
        UNSUPPORTED_VERSION("UNSUPPORTED_VERSION", Category.INVALID_REQUEST),
        /** The token lacks a required scope. */
        INSUFFICIENT_SCOPE("INSUFFICIENT_SCOPE", Category.FORBIDDEN),
        /** The caller must not do this, whatever its scopes. */
        FORBIDDEN("FORBIDDEN", Category.FORBIDDEN),
        /** The caller presented an API token. API tokens cannot manage API tokens. */
        TOKENS_MANAGE_NOTHING("TOKENS_MANAGE_NOTHING", Category.FORBIDDEN),
        /** The resource does not exist. */
        NOT_FOUND("NOT_FOUND", Category.NOT_FOUND),
        /** The token to be managed does not exist. */
        TOKEN_NOT_FOUND("TOKEN_NOT_FOUND", Category.NOT_FOUND),
        /** The tenant does not exist. */
        TENANT_NOT_FOUND("TENANT_NOT_FOUND", Category.NOT_FOUND),
        /** The path does not support the method. */
        METHOD_NOT_ALLOWED("METHOD_NOT_ALLOWED", Category.NOT_FOUND),
        /** The content of the request is not valid. */
        INVALID_REQUEST("INVALID_REQUEST", Category.INVALID_REQUEST),
        /** The media type or the coding of the request's content is not supported. */
        UNSUPPORTED_MEDIA_TYPE("UNSUPPORTED_MEDIA_TYPE", Category.INVALID_REQUEST),
        /** The change conflicts with the current state of the resource. */
        CONFLICT("CONFLICT", Category.CONFLICT),
        /** An active token of the tenant already has that name. */
        NAME_TAKEN("NAME_TAKEN", Category.CONFLICT),
        /** The tenant or the creator has the maximum number of live tokens. */
        TOO_MANY_TOKENS("TOO_MANY_TOKENS", Category.CONFLICT),
        /** The token has no permit left. */
        RATE_LIMITED("RATE_LIMITED", Category.LIMITED),
        /** The tenant has no permit left to create tokens. */
        CREATION_LIMITED("CREATION_LIMITED", Category.LIMITED),
        /** The library or a system that it depends on failed. The client is not at fault. */
        UNAVAILABLE("UNAVAILABLE", Category.UNAVAILABLE),
        /** The change was stored, but it is not confirmed yet that every node enforces it. A retry is safe. */
        PENDING("PENDING", Category.UNAVAILABLE);

        private final String code;
        private final Category category;

        Kind(String code, Category category) {
            this.code = code;
            this.category = category;
        }

        /**
         * {@return the text that represents the kind in stored and exported data: in audit rows and in the names of counters}
         * It never changes, even if the constant is renamed.
         */
        public String code() {
            return code;
        }

        /** {@return the category, which determines the response of a dialect that has none for the kind itself} */
        public Category category() {
            return category;
        }
    }

    /**
     * Groups of kinds to which clients react in the same way. Every dialect has a response for each category. So a kind that
     * a later version of the library adds requires no change of a dialect.
     */
    public enum Category {
        /** The credential is missing or not valid. A dialect responds as to {@link Kind#UNKNOWN_TOKEN}. */
        CREDENTIAL,
        /** The token is valid, but must not do this. A dialect responds as to {@link Kind#FORBIDDEN}. */
        FORBIDDEN,
        /**
         * The resource does not exist, or its existence must not be revealed. A dialect responds as to
         * {@link Kind#NOT_FOUND}.
         */
        NOT_FOUND,
        /** The request has to be changed. A dialect responds as to {@link Kind#INVALID_REQUEST}. */
        INVALID_REQUEST,
        /** The state of the resource does not allow the change. A dialect responds as to {@link Kind#CONFLICT}. */
        CONFLICT,
        /** No permit is left. A dialect responds as to {@link Kind#RATE_LIMITED}. */
        LIMITED,
        /** The client is not at fault. A dialect responds as to {@link Kind#UNAVAILABLE}. */
        UNAVAILABLE;

        /** {@return the kind whose response a dialect sends if it has none for another kind of this category} */
        public Kind representative() {
            return switch (this) {
                case CREDENTIAL -> Kind.UNKNOWN_TOKEN;
                case FORBIDDEN -> Kind.FORBIDDEN;
                case NOT_FOUND -> Kind.NOT_FOUND;
                case INVALID_REQUEST -> Kind.INVALID_REQUEST;
                case CONFLICT -> Kind.CONFLICT;
                case LIMITED -> Kind.RATE_LIMITED;
                case UNAVAILABLE -> Kind.UNAVAILABLE;
            };
        }
    }

    /**
     * The error in one field or header of a request.
     *
     * @param field the name of the field or header
     * @param message the problem, without the value that was sent
     */
    public record FieldError(String field, String message) {}

    /** Created once, because a denied request should cost little. */
    private static final Map<Kind, AuthError> WITHOUT_VALUES = Stream.of(Kind.values())
            .collect(Collectors.toUnmodifiableMap(
                    kind -> kind, kind -> new AuthError(kind, ScopeSet.none(), List.of(), List.of(), null)));

    private final Kind kind;
    private final ScopeSet needed;
    private final ScopeSet lacking;
    private final ScopeSet held;
    private final List<FieldError> fields;
    private final List<String> allowedMethods;
    private final @Nullable Duration retryAfter;
    private final @Nullable String reason;

    private AuthError(
            Kind kind,
            ScopeSet needed,
            List<FieldError> fields,
            List<String> allowedMethods,
            @Nullable Duration retryAfter) {
        this(kind, needed, needed, ScopeSet.none(), fields, allowedMethods, retryAfter, null);
    }

    private AuthError(
            Kind kind,
            ScopeSet needed,
            ScopeSet lacking,
            ScopeSet held,
            List<FieldError> fields,
            List<String> allowedMethods,
            @Nullable Duration retryAfter,
            @Nullable String reason) {
        this.kind = kind;
        this.needed = needed;
        this.lacking = lacking;
        this.held = held;
        this.fields = List.copyOf(fields);
        this.allowedMethods = List.copyOf(allowedMethods);
        this.retryAfter = retryAfter;
        this.reason = reason;
    }

    /**
     * {@return an error of a kind that needs no further values}
     *
     * @param kind the kind
     */
    public static AuthError of(Kind kind) {
        return Objects.requireNonNull(WITHOUT_VALUES.get(kind));
    }

    /**
     * {@return the error for a missing or malformed credential}
     *
     * @param malformed the problem of the credential
     */
    public static AuthError of(CredentialProblem malformed) {
        return of(
                switch (malformed) {
                    case NO_CREDENTIAL -> Kind.MISSING_CREDENTIAL;
                    case OTHER_SCHEME -> Kind.OTHER_SCHEME;
                    case CREDENTIAL -> Kind.MALFORMED_CREDENTIAL;
                    case TOKEN -> Kind.MALFORMED_TOKEN;
                });
    }

    /**
     * {@return the error for a token that lacks all scopes that the request needs}
     *
     * @param needed the scopes that the request needs
     */
    public static AuthError insufficientScope(ScopeSet needed) {
        return insufficientScope(needed, needed);
    }

    /**
     * {@return the error for a token that lacks some of the scopes that the request needs}
     *
     * @param needed all scopes that the request needs
     * @param lacking the needed scopes that the token lacks
     */
    public static AuthError insufficientScope(ScopeSet needed, ScopeSet lacking) {
        return new AuthError(
                Kind.INSUFFICIENT_SCOPE, needed, lacking, ScopeSet.none(), List.of(), List.of(), null, null);
    }

    /**
     * {@return this error with the scopes of the token that was presented, which a dialect may show to its owner}
     *
     * @param scopes the scopes of the verified token
     */
    public AuthError withHeld(ScopeSet scopes) {
        return new AuthError(kind, needed, lacking, scopes, fields, allowedMethods, retryAfter, reason);
    }

    /**
     * {@return the error for a request with one field that is not valid}
     *
     * @param field the name of the field or header
     * @param message the problem, without the value that was sent
     */
    public static AuthError invalid(String field, String message) {
        return invalid(List.of(new FieldError(field, message)));
    }

    /**
     * {@return the error for a request with fields that are not valid}
     *
     * @param fields the errors; copied
     */
    public static AuthError invalid(List<FieldError> fields) {
        return new AuthError(Kind.INVALID_REQUEST, ScopeSet.none(), fields, List.of(), null);
    }

    /**
     * {@return the error for a request whose content has a media type or a coding that is not supported}
     *
     * @param header the header that contains the media type or the coding
     * @param message the rule for the header's value, without the value that was sent
     */
    public static AuthError unsupportedMediaType(String header, String message) {
        List<FieldError> fields = List.of(new FieldError(header, message));
        return new AuthError(Kind.UNSUPPORTED_MEDIA_TYPE, ScopeSet.none(), fields, List.of(), null);
    }

    /**
     * {@return the error for a request whose pinned version, or else the version of its tenant, cannot be served}
     *
     * @param header the header that selects the version
     */
    public static AuthError unsupportedVersion(String header) {
        List<FieldError> fields = List.of(new FieldError(header, "is not a released version"));
        return new AuthError(Kind.UNSUPPORTED_VERSION, ScopeSet.none(), fields, List.of(), null);
    }

    /**
     * {@return the error for a method that the path does not support}
     *
     * @param allowed the methods that the path supports; copied
     */
    public static AuthError methodNotAllowed(List<String> allowed) {
        return new AuthError(Kind.METHOD_NOT_ALLOWED, ScopeSet.none(), List.of(), allowed, null);
    }

    /**
     * {@return the error for a request without a permit}
     *
     * @param kind {@link Kind#RATE_LIMITED} or {@link Kind#CREATION_LIMITED}
     * @param retryAfter the time until the next permit
     */
    public static AuthError limited(Kind kind, Duration retryAfter) {
        return new AuthError(kind, ScopeSet.none(), List.of(), List.of(), retryAfter);
    }

    /** {@return the error for a failure of the library or of a system that it depends on} */
    public static AuthError unavailable() {
        return of(Kind.UNAVAILABLE);
    }

    /**
     * {@return the error for an overload}
     *
     * @param retryAfter the time after which the client may retry
     */
    public static AuthError unavailable(Duration retryAfter) {
        return new AuthError(Kind.UNAVAILABLE, ScopeSet.none(), List.of(), List.of(), retryAfter);
    }

    /**
     * {@return the error for a change that was stored, but may not be enforced by every node yet}
     *
     * @param reason the reason why it is pending
     */
    public static AuthError pending(String reason) {
        return new AuthError(
                Kind.PENDING,
                ScopeSet.none(),
                ScopeSet.none(),
                ScopeSet.none(),
                List.of(),
                List.of(),
                Duration.ofSeconds(1),
                reason);
    }

    /** {@return the kind} */
    public Kind kind() {
        return kind;
    }

    /** {@return the scopes that the request needs; empty unless the kind is {@link Kind#INSUFFICIENT_SCOPE}} */
    public ScopeSet needed() {
        return needed;
    }

    /** {@return the needed scopes that the token lacks; empty unless the kind is {@link Kind#INSUFFICIENT_SCOPE}} */
    public ScopeSet lacking() {
        return lacking;
    }

    /** {@return the scopes of the token that was presented; empty unless {@link #withHeld} has set them} */
    public ScopeSet held() {
        return held;
    }

    /** {@return the errors in fields and headers, possibly none} Immutable. */
    public List<FieldError> fields() {
        return fields;
    }

    /** {@return the methods that the path supports; empty unless the kind is {@link Kind#METHOD_NOT_ALLOWED}} Immutable. */
    public List<String> allowedMethods() {
        return allowedMethods;
    }

    /** {@return how long to wait before a retry, or empty if that is unknown} */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /**
     * {@return the reason why a change is pending, or else the message of the first field error, or empty if there is none}
     */
    public Optional<String> reason() {
        return reason == null ? fields.stream().findFirst().map(FieldError::message) : Optional.of(reason);
    }

    @Override
    public String toString() {
        return kind.code() + (fields.isEmpty() ? "" : " " + fields);
    }
}
