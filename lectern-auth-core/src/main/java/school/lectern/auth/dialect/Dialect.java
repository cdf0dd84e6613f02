package school.lectern.auth.dialect;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.Retention;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Carriers;
import school.lectern.auth.format.CredentialHeader;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.format.TokenFormats;
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

    static final String JSON = "application/json";

    /** The name of a format that was set without a name. */
    static final String ONLY_FORMAT = "default";

    private final String name;
    final String realm;
    private final TokenFormats formats;
    final List<TokenEnvironment> declaredEnvironments;
    private final Carriers carriers;
    private final boolean hidesCredentials;
    final @Nullable URI resourceMetadata;
    private final Map<String, String> cacheHeaders;
    private final ScopeGrammar scopes;
    private final LimitPlan limits;
    final LimitHeaders limitHeaders;
    private final @Nullable RateLimit creationLimit;
    private final Optional<String> versionHeader;
    private final boolean requiresVersions;
    private final String requestIdHeader;
    private final RequestIds requestIds;
    private final boolean requestIdInBodies;
    private final boolean uniqueNames;
    private final @Nullable Retention retention;
    final Function<ErrorView, ErrorBody> errorBody;
    final String errorMediaType;

    /** The error mappings as the builder received them. */
    final Map<Kind, ErrorMapping> errors;

    /** The values of the headers that report rate limits, by their names in lower case. */
    private final Map<String, LimitValue> limitValues;

    private final ErrorRenderer renderer;

    Dialect(DialectBuilder builder) {
        this.name = builder.name;
        this.realm = DialectBuilder.requireRealm(builder.realm);
        this.declaredEnvironments = builder.environments;
        this.formats = new TokenFormats(builder.formats, builder.legacyFormats, declaredEnvironments);
        this.carriers = new Carriers(builder.carriers, builder.foreignSchemes, builder.carriersOfOtherDialects);
        builder.carriers.stream().filter(Carrier::isInParts).findFirst().ifPresent(this::requirePublicKeys);
        if (builder.resourceMetadata != null && !builder.carriers.contains(Carrier.bearer())) {
            throw new IllegalArgumentException(
                    "resourceMetadata must not be set without Carrier.bearer(), in whose challenge"
                            + " it is: add that carrier, or call resourceMetadata(null)");
        }
        this.hidesCredentials = builder.hidesCredentials;
        this.resourceMetadata = builder.resourceMetadata;
        this.cacheHeaders = cacheHeaders(builder.carriers);
        this.scopes = builder.scopes;
        this.limits = builder.limits;
        this.limitHeaders = builder.limitHeaders;
        this.creationLimit = builder.creationLimit;
        this.versionHeader = Optional.ofNullable(builder.versionHeader);
        this.requiresVersions = builder.requiresVersions;
        this.requestIdHeader = builder.requestIdHeader;
        this.requestIds = builder.requestIds;
        this.requestIdInBodies = builder.requestIdInBodies;
        this.uniqueNames = builder.uniqueNames;
        this.retention = builder.retention;
        this.errorBody = required(builder.errorBody, "errorBody");
        this.errorMediaType = builder.errorMediaType;
        this.errors = Map.copyOf(builder.errors);
        this.limitValues =
                DialectHeaders.requireDistinct(requestIdHeader, versionHeader, limitHeaders, limits, builder.carriers);
        this.renderer = new ErrorRenderer(
                name,
                new Challenge(carriers, realm, resourceMetadata),
                requestIdHeader,
                errors,
                errorMediaType,
                errorBody);
        renderer.requireBodies(requestIds.example());
    }

    /**
     * {@return the headers without which a shared cache could store a response and send it to others} Caches do so unless the
     * request has an {@code Authorization} header (RFC 9111, section 3.5). A handler may replace these headers.
     */
    private static Map<String, String> cacheHeaders(List<Carrier> carriers) {
        if (carriers.stream().allMatch(carrier -> carrier.headerNames().contains("Authorization"))) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Cache-Control", "private");
        String names = carriers.stream()
                .flatMap(carrier -> carrier.headerNames().stream())
                .filter(name -> !name.equalsIgnoreCase("Authorization"))
                .collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            headers.put("Vary", names);
        }
        return headers;
    }

    private void requirePublicKeys(Carrier carrier) {
        if (!formats.havePublicKeys()) {
            throw new IllegalArgumentException("carriers must not contain "
                    + (carrier.isBasic() ? "basicParts()" : "headerParts(publicKey, secret)")
                    + " unless every format has a public key: use "
                    + (carrier.isBasic() ? "basicUserName() or basicPassword()" : "header(name)"));
        }
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
    public static DialectBuilder builder(String name) {
        return new DialectBuilder(name);
    }

    /** {@return a builder with the settings of this dialect, for a dialect that differs from it in some of them} */
    public DialectBuilder toBuilder() {
        return new DialectBuilder(this);
    }

    /** {@return the name of the dialect in settings and logs} */
    public String name() {
        return name;
    }

    /** {@return the format of new tokens for which none is named} */
    public TokenFormat format() {
        return formats.first();
    }

    /** {@return all formats of the dialect's tokens} */
    public TokenFormats formats() {
        return formats;
    }

    /** {@return the places of a request that may carry a token} */
    public Carriers carriers() {
        return carriers;
    }

    /** {@return whether handlers must not see the tokens of requests} */
    public boolean hidesCredentials() {
        return hidesCredentials;
    }

    /**
     * {@return the headers by which a client presents a token: one or, for a token in {@linkplain Carrier#headerParts two
     * parts}, two; empty if tokens are sent in the query only}
     *
     * @param token the whole token
     */
    public List<CredentialHeader> credentialHeaders(Secret token) {
        return carriers.presenting(token, formats);
    }

    /** {@return the environments that the dialect's tokens can belong to, in their order} */
    public List<TokenEnvironment> environments() {
        return formats.environments();
    }

    /** {@return the grammar of the dialect's permissions} */
    public ScopeGrammar scopes() {
        return scopes;
    }

    /** {@return the rate limits, one for each policy} */
    public LimitPlan limits() {
        return limits;
    }

    /**
     * {@return what a header of this dialect's responses reports about a rate limit, or empty if it reports no limit}
     *
     * @param name the name of the header, in upper or lower case
     */
    public Optional<LimitValue> limitValue(String name) {
        return Optional.ofNullable(limitValues.get(name.toLowerCase(Locale.ROOT)));
    }

    /** {@return the limit on the tokens that a tenant may create, or empty if creation is not limited} */
    public Optional<RateLimit> creationLimit() {
        return Optional.ofNullable(creationLimit);
    }

    /** {@return the name of the header that pins an API version, or empty if the dialect has no versions} */
    public Optional<String> versionHeader() {
        return versionHeader;
    }

    /**
     * {@return whether an application must set the versions of its API, because the version header is not {@linkplain
     * DialectBuilder#optionalVersionHeader optional}}
     */
    public boolean requiresVersions() {
        return requiresVersions;
    }

    /** {@return the name of the header that contains the request's id} */
    public String requestIdHeader() {
        return requestIdHeader;
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
     * {@return whether the response to the error may depend on the token that was presented, and so contain rate-limit headers
     * and the version of the API} It must not if the credential is not valid, or if the response is that of an invalid
     * credential, as every 401 is: these headers would reveal that the token was verified.
     *
     * @param error the reason for the refusal
     */
    public boolean tellsLimits(AuthError error) {
        return !renderer.hidesToken(error.kind());
    }

    /**
     * {@return whether the response to the error hides that a resource exists} That is so if a token must not do something, and
     * the dialect answers with the 404 of a resource that does not exist, or exactly as for {@link Kind#NOT_FOUND}. The rate
     * limits in the response must then be those of a request without a route.
     *
     * @param error the reason for the refusal
     */
    public boolean hidesExistence(AuthError error) {
        return renderer.hidesExistence(error.kind());
    }

    /**
     * {@return whether a header reports a rate limit: it has a name that this dialect's responses may have, or one of the usual
     * names}
     *
     * @param name the name of the header, in upper or lower case
     */
    public boolean isLimitHeader(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        return limitValues.containsKey(lowerCase) || DialectHeaders.USUAL_LIMITS.contains(lowerCase);
    }

    /**
     * {@return the response to a request that is refused with the error} If the {@code errorBody} function throws or returns
     * null, the response has the same status and headers, and its body is an object with the one member {@code error}: the
     * error's code, or the status as text if the dialect has no code for the error. The first such failure for each kind is
     * logged.
     *
     * @param error the reason for the refusal
     * @param requestId the request's id, for the header and the body
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
        headers.put(requestIdHeader, decision.requestId());
        limitHeaders.addTo(headers, decision.limits());
        versionHeader.ifPresent(name -> decision.version().ifPresent(version -> headers.put(name, version.toString())));
        if (decision instanceof Decision.Allowed) {
            headers.putAll(cacheHeaders);
        }
        return headers;
    }

    /**
     * {@return the headers of a response to a request that passes without a token to a handler for which a token is
     * optional} {@code Vary} names the headers that may carry a token, since the response to a request with one may be another.
     */
    public Map<String, String> passThroughHeaders() {
        String vary = cacheHeaders.get("Vary");
        return vary == null ? Map.of() : Map.of("Vary", vary);
    }

    @Override
    public String toString() {
        return "Dialect[" + name + "]";
    }
}
