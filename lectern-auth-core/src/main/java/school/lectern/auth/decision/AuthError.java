package school.lectern.auth.decision;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.CredentialProblem;
import school.lectern.auth.scope.ScopeSet;

/**
 * Why a request is refused. A dialect gives each kind its status, its code and its words; what goes into the words is
 * carried here. Immutable.
 */
public final class AuthError {

    /** The reasons for which a request is refused. More may come: a {@code switch} over them needs a default. */
    public enum Kind {
        /** No {@code Authorization} header came. */
        MISSING_CREDENTIAL("MISSING_CREDENTIAL", Category.CREDENTIAL),
        /** The scheme is not {@code Bearer}. */
        OTHER_SCHEME("OTHER_SCHEME", Category.CREDENTIAL),
        /** The header does not hold exactly one credential of as many parts as a token has. */
        MALFORMED_CREDENTIAL("MALFORMED_CREDENTIAL", Category.CREDENTIAL),
        /** The credential has not the shape of a token. */
        MALFORMED_TOKEN("MALFORMED_TOKEN", Category.CREDENTIAL),
        /** There is no such token, or its secret is another: nobody is told which. */
        UNKNOWN_TOKEN("UNKNOWN_TOKEN", Category.CREDENTIAL),
        /** The token was revoked. */
        REVOKED("REVOKED", Category.CREDENTIAL),
        /** The token's tenant is suspended. */
        SUSPENDED("SUSPENDED", Category.CREDENTIAL),
        /** The token's tenant is gone for good: marked so, or unknown to the application's directory. */
        TENANT_GONE("TENANT_GONE", Category.CREDENTIAL),
        /** The token has expired, or has given way to its successor. */
        EXPIRED("EXPIRED", Category.CREDENTIAL),
        /** The token may not be presented from that address. */
        ADDRESS_NOT_ALLOWED("ADDRESS_NOT_ALLOWED", Category.CREDENTIAL),
        /** The operation is one of the other environment. */
        ENVIRONMENT_MISMATCH("ENVIRONMENT_MISMATCH", Category.FORBIDDEN),
        /** The resource is another tenant's. */
        TENANT_MISMATCH("TENANT_MISMATCH", Category.NOT_FOUND),
        /** The version that the request pins, or else its tenant's, is malformed or not released (any more). */
        UNSUPPORTED_VERSION("UNSUPPORTED_VERSION", Category.INVALID_REQUEST),
        /** The token lacks a permission. */
        INSUFFICIENT_SCOPE("INSUFFICIENT_SCOPE", Category.FORBIDDEN),
        /** The caller may not do this at all, whatever its scopes. */
        FORBIDDEN("FORBIDDEN", Category.FORBIDDEN),
        /** API tokens do not manage API tokens. */
        TOKENS_MANAGE_NOTHING("TOKENS_MANAGE_NOTHING", Category.FORBIDDEN),
        /** There is no such resource. */
        NOT_FOUND("NOT_FOUND", Category.NOT_FOUND),
        /** There is no such token to be managed. */
        TOKEN_NOT_FOUND("TOKEN_NOT_FOUND", Category.NOT_FOUND),
        /** There is no such organization. */
        TENANT_NOT_FOUND("TENANT_NOT_FOUND", Category.NOT_FOUND),
        /** The path has no such method. */
        METHOD_NOT_ALLOWED("METHOD_NOT_ALLOWED", Category.NOT_FOUND),
        /** The request's content is not valid. */
        INVALID_REQUEST("INVALID_REQUEST", Category.INVALID_REQUEST),
        /** The request's content is not of a type that is read. */
        UNSUPPORTED_MEDIA_TYPE("UNSUPPORTED_MEDIA_TYPE", Category.INVALID_REQUEST),
        /** The change contradicts the present state. */
        CONFLICT("CONFLICT", Category.CONFLICT),
        /** An active token of the organization has that name. */
        NAME_TAKEN("NAME_TAKEN", Category.CONFLICT),
        /** The token has no permit left. */
        RATE_LIMITED("RATE_LIMITED", Category.LIMITED),
        /** The organization has no permit left to create tokens. */
        CREATION_LIMITED("CREATION_LIMITED", Category.LIMITED),
        /** The library or what it relies on is broken: no fault of the client. */
        UNAVAILABLE("UNAVAILABLE", Category.UNAVAILABLE),
        /** The change was made, but nobody can say yet that it holds everywhere. To ask again is safe. */
        PENDING("PENDING", Category.UNAVAILABLE);

        private final String code;
        private final Category category;

        Kind(String code, Category category) {
            this.code = code;
            this.category = category;
        }

        /**
         * Returns the text that stands for the kind wherever it is stored or exported: in audit rows and in the names of counters.
         * It never changes, also where the constant is renamed.
         */
        public String code() {
            return code;
        }

        /** Returns the category: what a dialect answers with if it has no answer for the kind itself. */
        public Category category() {
            return category;
        }
    }

    /**
     * Groups of kinds to which clients react in the same way. Every dialect has an answer for each category. So a kind that a later
     * version of the library adds needs no change of a dialect.
     */
    public enum Category {
        /** The credential is missing or not valid; a dialect answers as for {@link Kind#UNKNOWN_TOKEN}. */
        CREDENTIAL,
        /** The token is valid and may not do this; as for {@link Kind#FORBIDDEN}. */
        FORBIDDEN,
        /** There is no such resource, or it must not be shown; as for {@link Kind#NOT_FOUND}. */
        NOT_FOUND,
        /** The request has to be changed; as for {@link Kind#INVALID_REQUEST}. */
        INVALID_REQUEST,
        /** The state of the resource does not allow the change; as for {@link Kind#CONFLICT}. */
        CONFLICT,
        /** No permit is left; as for {@link Kind#RATE_LIMITED}. */
        LIMITED,
        /** The fault is not the client's; as for {@link Kind#UNAVAILABLE}. */
        UNAVAILABLE;

        /** Returns the kind whose answer a dialect gives where it has none for a kind of this category. */
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
     * What is wrong with one field of a request.
     *
     * @param field the field's name, or the header's
     * @param message what is wrong, without quoting what was sent
     */
    public record FieldError(String field, String message) {}

    private final Kind kind;
    private final ScopeSet needed;
    private final ScopeSet lacking;
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
        this(kind, needed, needed, fields, allowedMethods, retryAfter, null);
    }

    private AuthError(
            Kind kind,
            ScopeSet needed,
            ScopeSet lacking,
            List<FieldError> fields,
            List<String> allowedMethods,
            @Nullable Duration retryAfter,
            @Nullable String reason) {
        this.kind = kind;
        this.needed = needed;
        this.lacking = lacking;
        this.fields = List.copyOf(fields);
        this.allowedMethods = List.copyOf(allowedMethods);
        this.retryAfter = retryAfter;
        this.reason = reason;
    }

    /** An error that its kind says all about. */
    public static AuthError of(Kind kind) {
        return new AuthError(kind, ScopeSet.none(), List.of(), List.of(), null);
    }

    /** The error of a credential that is none. */
    public static AuthError of(CredentialProblem malformed) {
        return of(
                switch (malformed) {
                    case NO_CREDENTIAL -> Kind.MISSING_CREDENTIAL;
                    case OTHER_SCHEME -> Kind.OTHER_SCHEME;
                    case CREDENTIAL -> Kind.MALFORMED_CREDENTIAL;
                    case TOKEN -> Kind.MALFORMED_TOKEN;
                });
    }

    /** The token lacks all of these permissions. */
    public static AuthError insufficientScope(ScopeSet needed) {
        return insufficientScope(needed, needed);
    }

    /**
     * The token lacks some permissions.
     *
     * @param needed all that the request needs
     * @param lacking those of them that the token lacks
     */
    public static AuthError insufficientScope(ScopeSet needed, ScopeSet lacking) {
        return new AuthError(Kind.INSUFFICIENT_SCOPE, needed, lacking, List.of(), List.of(), null, null);
    }

    /** A field of the request is not valid. */
    public static AuthError invalid(String field, String message) {
        return invalid(List.of(new FieldError(field, message)));
    }

    /** Fields of the request are not valid. */
    public static AuthError invalid(List<FieldError> fields) {
        return new AuthError(Kind.INVALID_REQUEST, ScopeSet.none(), fields, List.of(), null);
    }

    /**
     * Returns the error of a request whose content is not of a type or a coding that is read.
     *
     * @param header the header that names the type or the coding
     * @param message what it must be, without quoting what was sent
     */
    public static AuthError unsupportedMediaType(String header, String message) {
        List<FieldError> fields = List.of(new FieldError(header, message));
        return new AuthError(Kind.UNSUPPORTED_MEDIA_TYPE, ScopeSet.none(), fields, List.of(), null);
    }

    /** The version that the request pins, or else its tenant's, cannot be served. */
    public static AuthError unsupportedVersion(String header) {
        List<FieldError> fields = List.of(new FieldError(header, "is not a released version"));
        return new AuthError(Kind.UNSUPPORTED_VERSION, ScopeSet.none(), fields, List.of(), null);
    }

    /** The path knows these methods only. */
    public static AuthError methodNotAllowed(List<String> allowed) {
        return new AuthError(Kind.METHOD_NOT_ALLOWED, ScopeSet.none(), List.of(), allowed, null);
    }

    /** No permit is left for that long. */
    public static AuthError limited(Kind kind, Duration retryAfter) {
        return new AuthError(kind, ScopeSet.none(), List.of(), List.of(), retryAfter);
    }

    /** Something is broken. */
    public static AuthError unavailable() {
        return of(Kind.UNAVAILABLE);
    }

    /** Something is overloaded, and may be tried again after that long. */
    public static AuthError unavailable(Duration retryAfter) {
        return new AuthError(Kind.UNAVAILABLE, ScopeSet.none(), List.of(), List.of(), retryAfter);
    }

    /** A change was made, and may not hold everywhere yet. */
    public static AuthError pending(String reason) {
        return new AuthError(
                Kind.PENDING, ScopeSet.none(), ScopeSet.none(), List.of(), List.of(), Duration.ofSeconds(1), reason);
    }

    /** The kind of error. */
    public Kind kind() {
        return kind;
    }

    /** The permissions that are needed, for a denial for want of scope. */
    public ScopeSet needed() {
        return needed;
    }

    /** Those of the needed permissions that the token lacks. */
    public ScopeSet lacking() {
        return lacking;
    }

    /** What is wrong with which field. */
    public List<FieldError> fields() {
        return fields;
    }

    /** The methods that the path has, for a denial of another. */
    public List<String> allowedMethods() {
        return allowedMethods;
    }

    /** How long to wait, where that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** Why, in words: of what is wrong with the first field, or of what keeps a change pending. */
    public Optional<String> reason() {
        return reason == null ? fields.stream().findFirst().map(FieldError::message) : Optional.of(reason);
    }

    @Override
    public String toString() {
        return kind.code() + (fields.isEmpty() ? "" : " " + fields);
    }
}
