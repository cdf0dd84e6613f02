package school.lectern.auth.decision;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.CredentialSource;
import school.lectern.auth.format.Secret;

/**
 * The parts of a request that the library uses, independent of the web framework. Not a record: it gives access to the raw
 * headers, which its {@code toString} must not print.
 */
public final class AuthRequest implements CredentialSource {

    private static final String MESSAGE = "MESSAGE";

    private final String requestId;
    private final String method;
    private final String path;
    private final @Nullable IpAddress address;
    private final @Nullable String query;
    private final @Nullable Secret presented;
    private final boolean secure;
    private final Function<String, List<String>> headers;

    /**
     * Creates a request without a query.
     *
     * @param requestId the id that the library generated, never an id from the client
     * @param method the method, as sent
     * @param path the path as the application routes it, without the query
     * @param address the address from which the request came, or null if it is unknown
     * @param headers returns every value of the header with the given name, in order, and an empty list if the header is
     *     missing; a returned list must not change later
     */
    public AuthRequest(
            String requestId,
            String method,
            String path,
            @Nullable IpAddress address,
            Function<String, List<String>> headers) {
        this(requestId, method, path, null, address, headers);
    }

    /**
     * Creates a request.
     *
     * @param requestId the id that the library generated, never an id from the client
     * @param method the method, as sent
     * @param path the path as the application routes it, without the query
     * @param query the query as sent, without the question mark; null if the request has none
     * @param address the address from which the request came, or null if it is unknown
     * @param headers returns every value of the header with the given name, in order, and an empty list if the header is
     *     missing; a returned list must not change later
     */
    public AuthRequest(
            String requestId,
            String method,
            String path,
            @Nullable String query,
            @Nullable IpAddress address,
            Function<String, List<String>> headers) {
        this(requestId, method, path, query, address, headers, null, false);
    }

    private AuthRequest(
            String requestId,
            String method,
            String path,
            @Nullable String query,
            @Nullable IpAddress address,
            Function<String, List<String>> headers,
            @Nullable Secret presented,
            boolean secure) {
        this.presented = presented;
        this.secure = secure;
        this.requestId = requestId;
        this.method = method;
        this.path = path;
        this.query = query;
        this.address = address;
        this.headers = headers;
    }

    /**
     * {@return a request that does not come over HTTP, such as a message, with the token that it contains} It has no
     * headers, and so no version. Its method is {@code MESSAGE}, and its path is the operation.
     *
     * @param requestId the id that the library generated, never an id from the client
     * @param operation the operation as the audit log names it, such as the name of a queue
     * @param address the address from which the request came, or null if it is unknown: then tokens with an allowlist are
     *     denied
     * @param token the token, without a scheme
     */
    public static AuthRequest ofMessage(String requestId, String operation, @Nullable IpAddress address, Secret token) {
        return new AuthRequest(requestId, MESSAGE, operation, null, address, name -> List.of(), token, true);
    }

    /**
     * {@return a copy of this request with its transport} Without this call, a request counts as one over insecure transport.
     *
     * @param isSecure whether the client sent the request over TLS, so that no third party could read it
     */
    public AuthRequest withSecureTransport(boolean isSecure) {
        return new AuthRequest(requestId, method, path, query, address, headers, presented, isSecure);
    }

    /** {@return whether the client sent the request over TLS, so that no third party could read it} True for a message. */
    public boolean isSecure() {
        return secure;
    }

    /** {@return the id that the response and the audit row contain} */
    public String requestId() {
        return requestId;
    }

    /** {@return the method, as sent} */
    public String method() {
        return method;
    }

    /** {@return the path as the application routes it, without the query} */
    public String path() {
        return path;
    }

    /** {@return the address from which the request came, or null if it is unknown} */
    public @Nullable IpAddress address() {
        return address;
    }

    /**
     * {@return every value of a header, in order; empty if the header is missing}
     *
     * @param name the name of the header
     */
    public List<String> header(String name) {
        return headers.apply(name);
    }

    /** {@return every value of the {@code Authorization} header} A view that wraps a value in a secret on each access. */
    public List<Secret> authorization() {
        return credentials("Authorization");
    }

    /** {@return every value of a header} A view that wraps a value in a secret on each access. */
    @Override
    public List<Secret> credentials(String name) {
        return new Secrets(headers.apply(name));
    }

    @Override
    public @Nullable Secret presented() {
        return presented;
    }

    @Override
    public @Nullable Secret query() {
        return query == null ? null : Secret.of(query);
    }

    private static final class Secrets extends AbstractList<Secret> {
        private final List<String> values;

        Secrets(List<String> values) {
            this.values = values;
        }

        @Override
        public Secret get(int index) {
            return Secret.of(values.get(index));
        }

        @Override
        public int size() {
            return values.size();
        }
    }

    /** {@return the request's id only} The other parts come from a client and may contain a line break or a secret. */
    @Override
    public String toString() {
        return "AuthRequest[" + requestId + "]";
    }
}
