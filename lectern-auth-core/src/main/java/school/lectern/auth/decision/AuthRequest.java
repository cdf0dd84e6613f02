package school.lectern.auth.decision;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.Secret;

/**
 * What the library sees of a request, whatever brought it. Not a record: it reaches the raw headers, which it never
 * prints.
 */
public final class AuthRequest {

    private final String requestId;
    private final String method;
    private final String path;
    private final @Nullable IpAddress address;
    private final Function<String, List<String>> headers;

    /**
     * A request.
     *
     * @param requestId the id that the library gave it, never the client's own
     * @param method the method, as sent
     * @param path the path as the application routes it, without the query
     * @param address where it came from; null if that is not known
     * @param headers every value of a header, in their order; none if there is no such header. A list that it gave stays as it is
     */
    public AuthRequest(
            String requestId,
            String method,
            String path,
            @Nullable IpAddress address,
            Function<String, List<String>> headers) {
        this.requestId = requestId;
        this.method = method;
        this.path = path;
        this.address = address;
        this.headers = headers;
    }

    /** The id that stands in the answer and in the audit row. */
    public String requestId() {
        return requestId;
    }

    /** The method. */
    public String method() {
        return method;
    }

    /** The path as the application routes it. */
    public String path() {
        return path;
    }

    /** Where the request came from; null if that is not known. */
    public @Nullable IpAddress address() {
        return address;
    }

    /** Every value of a header, in their order. */
    public List<String> header(String name) {
        return headers.apply(name);
    }

    /** Every value of the {@code Authorization} header: a view, in which each becomes a secret when it is looked at. */
    public List<Secret> authorization() {
        return new Secrets(headers.apply("Authorization"));
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

    /** The request's id only: the rest came from a client, and may hold a line break or a secret. */
    @Override
    public String toString() {
        return "AuthRequest[" + requestId + "]";
    }
}
