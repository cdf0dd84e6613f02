package school.lectern.auth.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that a server has received. An adapter implements this interface over the requests of its server. Each method must
 * return the same value until the request ends.
 */
public interface HttpCall {

    /** {@return the method, as sent} */
    String method();

    /**
     * {@return the path as sent, encoded and without the query, or null if the server does not supply it} If it is null, every
     * path counts as ambiguous, and the guard denies every request.
     */
    @Nullable
    String rawPath();

    /** {@return the query as sent, without the question mark, or null if the request has no query} */
    @Nullable
    String rawQuery();

    /**
     * {@return the start of {@link #rawPath} under which the application is deployed, as sent; empty at the root of the server}
     */
    default String contextPath() {
        return "";
    }

    /** {@return the path within the application, decoded, by which the server selects the handler} */
    String path();

    /** {@return the IP address of the peer of the connection, or null if it is not known} */
    @Nullable
    String peer();

    /**
     * {@return whether the connection on which the request came is encrypted} The headers of a proxy do not matter here: {@link
     * school.lectern.auth.address.TrustedProxies} reads them.
     */
    boolean isSecure();

    /**
     * {@return all values of a header, in their order, or an empty list if the header is absent} The library reads them while
     * the guard decides, and stores them for {@link TokenPrincipal#recheck}.
     *
     * @param name the header's name, in any case
     */
    List<String> headers(String name);

    /**
     * {@return the content, which is read once}
     *
     * @throws IOException if it cannot be read
     */
    InputStream body() throws IOException;
}
