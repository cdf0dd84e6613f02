package school.lectern.auth.format;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place of a request that carries a token: an authentication scheme of the {@code Authorization} header, that whole
 * header, one or two headers of its own, or a query parameter. Immutable.
 *
 * <pre>{@code
 * Carrier.bearer()                       // Authorization: Bearer <token> (RFC 6750), the default
 * Carrier.scheme("Bot")                  // Authorization: Bot <token>
 * Carrier.header("X-API-Key")            // X-API-Key: <token>
 * Carrier.authorization()                // Authorization: <token>, without a scheme
 * Carrier.headerParts("X-Id", "X-Secret")    // X-Id: <public key>, and X-Secret: <secret>
 * Carrier.basicUserName()                // Authorization: Basic, with the token as the user name (RFC 7617)
 * Carrier.basicPassword()                // Authorization: Basic, with the token as the password
 * Carrier.basicParts()                   // Authorization: Basic, with the public key and the secret
 * Carrier.unsafeQueryParameter("key")    // ?key=<token>
 * }</pre>
 */
public final class Carrier {

    /** The kinds of carriers. */
    enum Kind {
        SCHEME,
        BASIC_USER_NAME,
        BASIC_PASSWORD,
        BASIC_PARTS,
        AUTHORIZATION,
        HEADER,
        HEADER_PARTS,
        QUERY
    }

    /**
     * The headers that belong to one connection (RFC 9110, section 7.6.1), frame or describe the content, choose the server,
     * or are set by browsers and proxies, in lower case. A token there would be removed, changed, or taken for something else.
     */
    private static final Set<String> OF_HTTP = Set.of(
            "connection",
            "cookie",
            "cookie2",
            "date",
            "expect",
            "forwarded",
            "from",
            "host",
            "http2-settings",
            "keep-alive",
            "max-forwards",
            "origin",
            "pragma",
            "priority",
            "range",
            "referer",
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "upgrade-insecure-requests",
            "user-agent",
            "vary",
            "via",
            "warning",
            "www-authenticate",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-real-ip",
            "x-requested-with");

    /** The starts of families of such headers. */
    private static final List<String> OF_HTTP_STARTS =
            List.of("accept", "access-control-", "cache-", "content-", "if-", "proxy-", "sec-", "x-forwarded-");

    static final String AUTHORIZATION = "Authorization";
    static final String BASIC = "Basic";

    private static final Carrier BEARER = new Carrier(Kind.SCHEME, "Bearer");

    private final Kind kind;
    private final String name;

    /** The names of the headers that carry the token. */
    private final List<String> headerNames;

    private Carrier(Kind kind, String name) {
        this(kind, name, kind == Kind.QUERY ? List.of() : List.of(kind == Kind.HEADER ? name : AUTHORIZATION));
    }

    private Carrier(Kind kind, String name, List<String> headerNames) {
        this.kind = kind;
        this.name = name;
        this.headerNames = headerNames;
    }

    /** {@return {@code Authorization: Bearer <token>} (RFC 6750, section 2.1)} */
    public static Carrier bearer() {
        return BEARER;
    }

    /**
     * {@return {@code Authorization: <name> <token>}}
     *
     * @param name the authentication scheme, which is compared without regard to case
     * @throws IllegalArgumentException if the name is not a token of RFC 9110, section 5.6.2, or is {@code Basic}, which has
     *     methods of its own
     */
    public static Carrier scheme(String name) {
        requireToken(name, "scheme");
        if (name.equalsIgnoreCase(BASIC)) {
            throw new IllegalArgumentException(
                    "scheme must not be Basic, whose credential is encoded: use basicUserName(),"
                            + " basicPassword() or basicParts()");
        }
        return name.equalsIgnoreCase("Bearer") ? BEARER : new Carrier(Kind.SCHEME, name);
    }

    /**
     * {@return a header whose whole value is the token}
     *
     * @param name the name of the header
     * @throws IllegalArgumentException if the name is not a header name (RFC 9110, section 5.1), or is that of a header that
     *     servers, proxies or browsers read or write, such as {@code Authorization}, {@code Cookie}, {@code Connection},
     *     {@code Content-Length} or {@code X-Forwarded-For}
     */
    public static Carrier header(String name) {
        return new Carrier(Kind.HEADER, requireHeader(name));
    }

    /**
     * {@return the two parts of a token in two headers: the public key in one, and the secret in the other} For a dialect whose
     * formats all have public keys. Both headers together are one credential; one without the other is malformed.
     *
     * <pre>{@code
     * Carrier.headerParts("X-Client-Id", "X-Client-Secret")
     * }</pre>
     *
     * @param publicKey the name of the header with the public key
     * @param secret the name of the header with the secret
     * @throws IllegalArgumentException as {@link #header}, or if both names are the same
     */
    public static Carrier headerParts(String publicKey, String secret) {
        List<String> names = List.of(requireHeader(publicKey), requireHeader(secret));
        if (publicKey.equalsIgnoreCase(secret)) {
            throw new IllegalArgumentException(
                    "headerParts must name two headers, was '" + publicKey + "' twice: name another one");
        }
        return new Carrier(Kind.HEADER_PARTS, publicKey + " and " + secret, names);
    }

    private static String requireHeader(String name) {
        requireToken(name, "header");
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (lowerCase.equals("authorization")) {
            throw new IllegalArgumentException("header must not be Authorization, whose value starts with a scheme:"
                    + " use scheme(name), or authorization() if clients send no scheme");
        }
        if (OF_HTTP.contains(lowerCase) || OF_HTTP_STARTS.stream().anyMatch(lowerCase::startsWith)) {
            throw new IllegalArgumentException("header must not be one that HTTP gives another meaning, was '" + name
                    + "': choose a name such as X-API-Key");
        }
        return name;
    }

    /**
     * {@return the {@code Authorization} header, whose whole value is the token} RFC 9110, section 11.4, requires a scheme
     * before the token, and a {@link #scheme} is the better choice; this place is for APIs whose clients send none. A value
     * of several words has a scheme, and is none of these tokens.
     */
    public static Carrier authorization() {
        return new Carrier(Kind.AUTHORIZATION, AUTHORIZATION);
    }

    /**
     * {@return the user name of {@code Authorization: Basic} (RFC 7617)} The password is ignored, unless it is a token, too:
     * then the request has two credentials, and is malformed.
     */
    public static Carrier basicUserName() {
        return new Carrier(Kind.BASIC_USER_NAME, BASIC);
    }

    /**
     * {@return the password of {@code Authorization: Basic} (RFC 7617)} The user name is ignored, unless it is a token, too.
     */
    public static Carrier basicPassword() {
        return new Carrier(Kind.BASIC_PASSWORD, BASIC);
    }

    /**
     * {@return the two parts of a token in {@code Authorization: Basic} (RFC 7617): the public key as the user name, and the
     * secret as the password} For a dialect whose formats all have public keys.
     */
    public static Carrier basicParts() {
        return new Carrier(Kind.BASIC_PARTS, BASIC);
    }

    /**
     * {@return a query parameter whose value is the token} Unsafe: URLs are written to the logs of servers and proxies, to the
     * history of browsers and to {@code Referer} headers (RFC 6750, section 2.3). The library writes the query nowhere, but it
     * cannot prevent that others do. Use it only for clients that can send no header.
     *
     * @param name the name of the parameter, decoded
     * @throws IllegalArgumentException if the name is empty
     */
    public static Carrier unsafeQueryParameter(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("unsafeQueryParameter must have a name, was empty");
        }
        return new Carrier(Kind.QUERY, name);
    }

    static void requireToken(String name, String setting) {
        if (!HttpToken.matches(name)) {
            throw new IllegalArgumentException(
                    setting + " must be a token (RFC 9110, section 5.6.2), was '" + name + "'");
        }
    }

    Kind kind() {
        return kind;
    }

    /** {@return the name of the scheme, the header or the query parameter; for two headers, both names} */
    public String name() {
        return name;
    }

    /**
     * {@return the names of the headers that carry the token: {@code Authorization}, one of its own, or two; empty for a query
     * parameter}
     */
    public List<String> headerNames() {
        return headerNames;
    }

    /** {@return whether the token follows an authentication scheme, in the {@code Authorization} header} */
    public boolean isScheme() {
        return kind == Kind.SCHEME || isBasic();
    }

    /** {@return whether the token is in the {@code Authorization} header} */
    boolean isAuthorization() {
        return isScheme() || kind == Kind.AUTHORIZATION;
    }

    /** {@return whether the token is the whole value of a header, or the whole values of two} */
    public boolean isHeader() {
        return kind == Kind.AUTHORIZATION || kind == Kind.HEADER || kind == Kind.HEADER_PARTS;
    }

    /** {@return whether the public key and the secret are sent apart, so that every token must have both} */
    public boolean isInParts() {
        return kind == Kind.BASIC_PARTS || kind == Kind.HEADER_PARTS;
    }

    /** {@return whether the token is in the query} */
    public boolean isQueryParameter() {
        return kind == Kind.QUERY;
    }

    /** {@return whether the token is encoded as in HTTP's Basic authentication} */
    public boolean isBasic() {
        return kind == Kind.BASIC_USER_NAME || kind == Kind.BASIC_PASSWORD || kind == Kind.BASIC_PARTS;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Carrier that && kind == that.kind && isNamed(that.name);
    }

    /** Names of headers and schemes are compared without regard to case, and names of parameters exactly. */
    boolean isNamed(String text) {
        return kind == Kind.QUERY ? name.equals(text) : name.equalsIgnoreCase(text);
    }

    @Override
    public int hashCode() {
        return 31 * kind.hashCode() + name.toLowerCase(Locale.ROOT).hashCode();
    }

    /** {@return the place of the token, for people} */
    @Override
    public String toString() {
        return switch (kind) {
            case SCHEME -> "Authorization: " + name + " <token>";
            case BASIC_USER_NAME -> "Authorization: Basic, with the token as the user name";
            case BASIC_PASSWORD -> "Authorization: Basic, with the token as the password";
            case BASIC_PARTS -> "Authorization: Basic, with the public key and the secret";
            case AUTHORIZATION, HEADER -> name + ": <token>";
            case HEADER_PARTS -> headerNames.get(0) + ": <public key>, " + headerNames.get(1) + ": <secret>";
            case QUERY -> "?" + name + "=<token>";
        };
    }
}
