package school.lectern.auth.dialect;

import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.decision.AuthError.Category;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.setting.SetOnce;

/** Builds a {@link Dialect}. */
public final class DialectBuilder {
    final String name;
    String realm;

    final Map<String, TokenFormat> formats = new LinkedHashMap<>();
    final List<TokenFormat> legacyFormats = new ArrayList<>();
    List<TokenEnvironment> environments = List.of();
    List<Carrier> carriers = List.of(Carrier.bearer());
    List<String> foreignSchemes = List.of();
    List<Carrier> carriersOfOtherDialects = List.of();

    boolean hidesCredentials;

    @Nullable
    URI resourceMetadata;

    ScopeGrammar scopes = ScopeGrammar.unscoped();
    LimitPlan limits = LimitPlan.unlimited();
    LimitHeaders limitHeaders = LimitHeaders.NONE;

    @Nullable
    RateLimit creationLimit;

    @Nullable
    String versionHeader;

    boolean requiresVersions;
    String requestIdHeader = "X-Request-Id";
    RequestIds requestIds = RequestIds.ulid();

    boolean requestIdInBodies;
    boolean uniqueNames;

    @Nullable
    Retention retention;

    @Nullable
    Function<ErrorView, ErrorBody> errorBody;

    String errorMediaType = Dialect.JSON;
    final Map<Kind, ErrorMapping> errors = new EnumMap<>(Kind.class);

    /** The settings and kinds of error that were set on this builder, and not on that of the dialect it started from. */
    private final SetOnce set = new SetOnce();

    DialectBuilder(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name of a dialect must not be empty: settings and logs show it");
        }
        this.name = name;
        this.realm = name;
    }

    DialectBuilder(Dialect dialect) {
        this.name = dialect.name();
        this.realm = dialect.realm;
        this.formats.putAll(dialect.formats().issued());
        this.legacyFormats.addAll(dialect.formats().legacy());
        this.environments = dialect.declaredEnvironments;
        this.carriers = dialect.carriers().all();
        this.foreignSchemes = dialect.carriers().foreignSchemes();
        this.carriersOfOtherDialects = dialect.carriers().ofOtherDialects();
        this.hidesCredentials = dialect.hidesCredentials();
        this.resourceMetadata = dialect.resourceMetadata;
        this.scopes = dialect.scopes();
        this.limits = dialect.limits();
        this.limitHeaders = dialect.limitHeaders;
        this.creationLimit = dialect.creationLimit().orElse(null);
        this.versionHeader = dialect.versionHeader().orElse(null);
        this.requiresVersions = dialect.requiresVersions();
        this.requestIdHeader = dialect.requestIdHeader();
        this.requestIds = dialect.requestIds();
        this.requestIdInBodies = dialect.requestIdInBodies();
        this.uniqueNames = dialect.uniqueNames();
        this.retention = dialect.retention().orElse(null);
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
    public DialectBuilder realm(String value) {
        set.require("realm");
        this.realm = requireRealm(value);
        return this;
    }

    static String requireRealm(String value) {
        if (!value.matches("[ !#-\\[\\]-~]*")) {
            throw new IllegalArgumentException(
                    "realm must consist of ASCII without quotes and backslashes, was '" + value + "'");
        }
        return value;
    }

    /**
     * Sets the format of the dialect's tokens. Required, unless the dialect has {@linkplain #format(String, TokenFormat) named
     * formats}.
     *
     * @param value the format
     * @return this builder
     */
    public DialectBuilder format(TokenFormat value) {
        return format(Dialect.ONLY_FORMAT, value);
    }

    /**
     * Adds a format of new tokens. New tokens have the first format that is added, unless another one is named.
     *
     * <pre>{@code
     * .format("classic", classic)
     * .format("fine-grained", fineGrained)
     * }</pre>
     *
     * @param formatName the name by which a new token can have this format: 1 to 64 lower-case ASCII letters, digits,
     *     underscores and hyphens
     * @param value the format
     * @return this builder
     * @throws IllegalArgumentException if the name is of another form, or was used before
     */
    public DialectBuilder format(String formatName, TokenFormat value) {
        if (!formatName.matches("[a-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException(
                    "name of a format must be 1 to 64 of a-z, 0-9, _ and -, was '" + formatName + "'");
        }
        replaceInherited("formats", formats::clear);
        set.require(formatName.equals(Dialect.ONLY_FORMAT) ? "format" : "format " + formatName);
        formats.put(formatName, value);
        return this;
    }

    /**
     * Adds a format of older tokens, which are verified. New tokens never have it.
     *
     * @param value the format
     * @return this builder
     */
    public DialectBuilder legacyFormat(TokenFormat value) {
        replaceInherited("legacyFormats", legacyFormats::clear);
        legacyFormats.add(value);
        return this;
    }

    /**
     * Declares the environments that tokens can belong to. Default: those that the prefixes of the formats stand for or, if
     * they stand for none, {@link TokenEnvironment#LIVE} and {@link TokenEnvironment#TEST}.
     *
     * @param first an environment
     * @param more further environments
     * @return this builder
     */
    public DialectBuilder environments(TokenEnvironment first, TokenEnvironment... more) {
        set.require("environments");
        this.environments = Stream.concat(Stream.of(first), Stream.of(more)).toList();
        return this;
    }

    /**
     * Sets the places of a request that may carry a token. Default: {@link Carrier#bearer()} alone. A request has exactly one
     * credential; a request with two is malformed, whatever they contain. The challenge of a 401 lists the
     * schemes that carry tokens, Bearer first.
     *
     * @param first a place
     * @param more further places
     * @return this builder
     */
    public DialectBuilder carriers(Carrier first, Carrier... more) {
        set.require("carriers");
        this.carriers = Stream.concat(Stream.of(first), Stream.of(more)).toList();
        return this;
    }

    /**
     * Names authentication schemes that the application uses itself in the {@code Authorization} header, beside tokens in
     * another header. A credential of such a scheme does not count as a credential, unless a token is beside it: then the
     * request is malformed. Default: none.
     *
     * @param names the schemes, such as {@code Basic}
     * @return this builder
     */
    public DialectBuilder foreignSchemes(String... names) {
        set.require("foreignSchemes");
        this.foreignSchemes = List.of(names);
        return this;
    }

    /**
     * Names the places of a request in which other dialects of the application carry their tokens. A credential there
     * counts, so a request with a second one is malformed; it is never a token of this dialect. {@link PrefixRegistry}
     * requires that each dialect counts the places of the others. Default: none.
     *
     * @param places the places; those that also carry tokens of this dialect may be among them
     * @return this builder
     */
    public DialectBuilder carriersOfOtherDialects(Carrier... places) {
        set.require("carriersOfOtherDialects");
        this.carriersOfOtherDialects = List.of(places);
        return this;
    }

    /**
     * Hides the token of an admitted request from the handler and from all other code behind the guard: from the headers, the
     * query, the parameters, the attributes of forwards and error pages, and asynchronous work. Code that takes the container's
     * own request out of its wrappers still finds the token. Default: the request is passed on as it was sent.
     *
     * @return this builder
     */
    public DialectBuilder hideCredentials() {
        this.hidesCredentials = true;
        return this;
    }

    /**
     * Adds the address of the API's metadata to Bearer challenges, as {@code resource_metadata} (RFC 9728, section 5.1).
     * Default: none.
     *
     * @param value the absolute address of the metadata, which the application serves; null for none
     * @return this builder
     * @throws IllegalArgumentException if the address is not absolute, or contains a character that is not ASCII
     */
    public DialectBuilder resourceMetadata(@Nullable URI value) {
        set.require("resourceMetadata");
        if (value != null && !value.toString().equals(value.toASCIIString())) {
            throw new IllegalArgumentException("resourceMetadata must be ASCII, because it is in a header, was '"
                    + value + "': encode the other characters");
        }
        if (value != null && !value.isAbsolute()) {
            throw new IllegalArgumentException(
                    "resourceMetadata must be an absolute address (RFC 9728, section 3), was '" + value + "'");
        }
        this.resourceMetadata = value;
        return this;
    }

    /**
     * Sets the grammar of the dialect's permissions. Default: tokens have no permissions.
     *
     * @param value the grammar
     * @return this builder
     */
    public DialectBuilder scopes(ScopeGrammar value) {
        set.require("scopes");
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
    public DialectBuilder limits(LimitPlan plan, LimitHeaders headers) {
        set.require("limits");
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
    public DialectBuilder creationLimit(@Nullable RateLimit value) {
        set.require("creationLimit");
        this.creationLimit = value;
        return this;
    }

    /**
     * Sets the header that pins an API version. The application must then set its versions, with {@code
     * LecternAuthBuilder.versions}: without them, the header would have no effect. Default: the dialect has no versions.
     *
     * @param value the name of the header
     * @return this builder
     * @throws IllegalArgumentException if the value is not a valid name of a header (RFC 9110, section 5.1)
     */
    public DialectBuilder versionHeader(String value) {
        return versionHeader(value, true);
    }

    /**
     * Sets the header that pins an API version, for a dialect of several applications: one that sets no versions ignores the
     * header.
     *
     * @param value the name of the header
     * @return this builder
     * @throws IllegalArgumentException if the value is not a valid name of a header (RFC 9110, section 5.1)
     */
    public DialectBuilder optionalVersionHeader(String value) {
        return versionHeader(value, false);
    }

    private DialectBuilder versionHeader(String value, boolean required) {
        set.require("versionHeader");
        this.versionHeader = HeaderName.require("versionHeader", value);
        this.requiresVersions = required;
        return this;
    }

    /**
     * Sets the header of every response that contains the request's id. Default: {@code X-Request-Id}.
     *
     * @param value the name of the header, for example {@code X-Acme-Request-Id}
     * @return this builder
     * @throws IllegalArgumentException if the value is not a valid name of a header (RFC 9110, section 5.1)
     */
    public DialectBuilder requestIdHeader(String value) {
        set.require("requestIdHeader");
        this.requestIdHeader = HeaderName.require("requestIdHeader", value);
        return this;
    }

    /**
     * Sets the form of request ids. Default: {@link RequestIds#ulid()}.
     *
     * @param value the form
     * @return this builder
     */
    public DialectBuilder requestIds(RequestIds value) {
        set.require("requestIds");
        this.requestIds = value;
        return this;
    }

    /**
     * Adds the request's id to the object in each successful response, as {@code request_id}. Default: off.
     *
     * @return this builder
     */
    public DialectBuilder requestIdInBodies() {
        this.requestIdInBodies = true;
        return this;
    }

    /**
     * Requires that the active tokens of a tenant have different names. Default: off.
     *
     * @return this builder
     */
    public DialectBuilder uniqueNames() {
        this.uniqueNames = true;
        return this;
    }

    /**
     * Sets how long audit rows are retained. Default: the library deletes audit rows after 90 days.
     *
     * @param value the retention
     * @return this builder
     */
    public DialectBuilder retention(Retention value) {
        set.require("retention");
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
    public DialectBuilder errorBody(Function<ErrorView, ErrorBody> body) {
        return errorBody(Dialect.JSON, body);
    }

    /**
     * Sets the function that writes the bodies of errors, and their media type.
     *
     * @param mediaType a media type of JSON, without parameters
     * @param body as for {@link #errorBody(Function)}
     * @return this builder
     * @throws IllegalArgumentException if the media type is not one of JSON, or the function was set before
     */
    public DialectBuilder errorBody(String mediaType, Function<ErrorView, ErrorBody> body) {
        set.require("errorBody");
        if (!mediaType.matches("[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*\\+)?json")) {
            throw new IllegalArgumentException("mediaType must be one of JSON, such as application/json or"
                    + " application/acme+json (RFC 6839, section 3.1), was '" + mediaType + "'");
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
    public DialectBuilder problemDetails() {
        return errorBody(ProblemDetails.MEDIA_TYPE, ProblemDetails.untyped());
    }

    /**
     * Sets error bodies to problem details (RFC 9457) with a type for each code.
     *
     * @param base the start of every type's URI; the code follows, so it usually ends with a slash or a hash
     * @return this builder
     */
    public DialectBuilder problemDetails(URI base) {
        return errorBody(ProblemDetails.MEDIA_TYPE, ProblemDetails.typed(base));
    }

    /**
     * Adds a mapping for every kind of error, with the codes of the standards: {@code invalid_token} and
     * {@code insufficient_scope} (RFC 6750), {@code not_found}, {@code rate_limited} and others. Call this method first;
     * {@link #error} then replaces single mappings.
     *
     * @return this builder
     * @throws IllegalArgumentException if {@link #error} was called before
     */
    public DialectBuilder standardErrors() {
        if (Stream.of(Kind.values()).anyMatch(set::isSet)) {
            throw new IllegalArgumentException(
                    "standardErrors must be called before error, whose mappings it would replace: call it first");
        }
        return set.defaults(this, StandardErrors::addTo);
    }

    /**
     * Sets the response to the given kinds of error. It replaces that of {@link #standardErrors}, and that of the dialect that
     * this builder was made from. Each
     * {@linkplain Category category} has a kind that represents it, which needs a mapping. This mapping applies to all
     * kinds of the category without a mapping of their own.
     *
     * <p>If a kind of the category {@link Category#FORBIDDEN} has the status 404, its response has the headers of a resource
     * that does not exist: no challenge, no scopes, and the rate limits of a request without a route.
     *
     * @param status the HTTP status, from 400 to 599, and at least 500 for a kind of the category {@link Category#UNAVAILABLE}
     * @param code the machine-readable code; empty if the dialect has no code for the error
     * @param message the message, which may contain the placeholders of {@link ErrorMapping#of}
     * @param kinds the kinds of error; at least one
     * @return this builder
     * @throws IllegalArgumentException if the status is out of its range, the message has an unknown placeholder, no kind is
     *     given, or a kind was given before
     */
    public DialectBuilder error(int status, String code, String message, Kind... kinds) {
        return error(ErrorMapping.of(status, code, message), kinds);
    }

    /**
     * Sets the response to the given kinds of error to one with the status 200, for an API whose clients find the error in the
     * body alone, as with GraphQL. Other kinds may have other statuses, such as 429 for {@link Kind#RATE_LIMITED}. Audit rows
     * contain the status that is sent, and the kind of the error.
     *
     * @param code the machine-readable code; empty if the dialect has no code for the error
     * @param message the message, which may contain the placeholders of {@link ErrorMapping#of}
     * @param kinds the kinds of error; at least one
     * @return this builder
     * @throws IllegalArgumentException as for {@link #error(int, String, String, Kind...)}
     */
    public DialectBuilder errorWithStatus200(String code, String message, Kind... kinds) {
        return error(ErrorMapping.withStatus200(code, message), kinds);
    }

    /**
     * Sets the response to the given kinds of error, which may have a type and a code that is a number.
     *
     * @param mapping the response
     * @param kinds the kinds of error; at least one
     * @return this builder
     * @throws IllegalArgumentException as for {@link #error(int, String, String, Kind...)}
     */
    public DialectBuilder error(ErrorMapping mapping, Kind... kinds) {
        if (kinds.length == 0) {
            throw new IllegalArgumentException(
                    "error must have at least one kind, or \"" + mapping.message() + "\" is never sent");
        }
        for (Kind kind : kinds) {
            requireFault(mapping.status(), kind);
            if (set.applies(kind)) {
                errors.put(kind, mapping);
            }
        }
        return this;
    }

    /**
     * Sets the response to every error of a category, also to kinds that a later version adds. It replaces those of
     * {@link #standardErrors}; kinds with an {@code error} of their own, before or after this call, keep it.
     *
     * @param status as for {@link #error(int, String, String, Kind...)}
     * @param code as for {@link #error(int, String, String, Kind...)}
     * @param message as for {@link #error(int, String, String, Kind...)}
     * @param category the category
     * @return this builder
     * @throws IllegalArgumentException as for {@link #error(int, String, String, Kind...)}, or if the
     *     {@linkplain Category#representative representative} of the category was given before
     */
    public DialectBuilder error(int status, String code, String message, Category category) {
        return error(ErrorMapping.of(status, code, message), category);
    }

    /**
     * Sets the response to every error of a category to one with the status 200, as
     * {@link #errorWithStatus200(String, String, Kind...)} does for single kinds.
     *
     * @param code as for {@link #errorWithStatus200(String, String, Kind...)}
     * @param message as for {@link #errorWithStatus200(String, String, Kind...)}
     * @param category the category
     * @return this builder
     * @throws IllegalArgumentException as for {@link #error(int, String, String, Category)}
     */
    public DialectBuilder errorWithStatus200(String code, String message, Category category) {
        return error(ErrorMapping.withStatus200(code, message), category);
    }

    /**
     * Sets the response to every error of a category, which may have a type and a code that is a number.
     *
     * @param mapping the response
     * @param category the category
     * @return this builder
     * @throws IllegalArgumentException as for {@link #error(int, String, String, Category)}
     */
    public DialectBuilder error(ErrorMapping mapping, Category category) {
        error(mapping, category.representative());
        // The other kinds then get the response of the representative.
        errors.keySet().removeIf(kind -> kind.category() == category && !set.isSet(kind));
        return this;
    }

    /** Removes what the dialect that this builder started from has, before the first setting of its kind. */
    private void replaceInherited(Object setting, Runnable remove) {
        if (!set.isSet(setting)) {
            set.require(setting);
            remove.run();
        }
    }

    /** A client that is not at fault must not take its credential or its request for the cause. */
    private static void requireFault(int status, Kind kind) {
        if (kind.category() == Category.UNAVAILABLE && status >= 400 && status < 500) {
            throw new IllegalArgumentException(
                    "status of " + kind + " must be from 500 to 599, because the client is not at fault, was " + status
                            + ": set one of these, such as 503");
        }
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
