package school.lectern.auth.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request as a server has received it. An adapter implements this over the requests of its server; each method returns the
 * same for as long as the request is under way.
 */
public interface HttpCall {

    /** Returns the method, as sent. */
    String method();

    /**
     * Returns the path as sent: encoded, and without the query. If a server does not have it, null: then no path counts as
     * unambiguous, and the guard refuses every request.
     */
    @Nullable
    String rawPath();

    /** Returns the query as sent, without the question mark, or null if there is none. */
    @Nullable
    String rawQuery();

    /**
     * Returns the part of {@link #rawPath} under which the application is deployed, as sent. It is empty for the only application
     * of a server.
     */
    default String contextPath() {
        return "";
    }

    /** Returns the path within the application, decoded, by which the server chooses the handler. */
    String path();

    /** Returns the address at the other end of the connection, in digits, or null if it is not known. */
    @Nullable
    String peer();

    /**
     * Returns every value of a header in their order, or an empty list if it is absent. The library reads them while the guard
     * decides, and keeps them for {@link TokenPrincipal#recheck}.
     *
     * @param name the name, in upper or lower case
     */
    List<String> headers(String name);

    /**
     * Returns the content, which is read once.
     *
     * @throws IOException if it cannot be read
     */
    InputStream body() throws IOException;
}
