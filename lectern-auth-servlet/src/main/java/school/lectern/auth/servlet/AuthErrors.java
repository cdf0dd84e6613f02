package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import school.lectern.auth.decision.AuthError;

/** Lets handlers answer errors as the library does: in the dialect's envelope, with the request's id. */
public final class AuthErrors {

    private AuthErrors() {}

    /**
     * Writes an error as the whole answer. Headers that were set before stay, but for those that tell of a body, and on a 401
     * those that tell of limits.
     *
     * @throws IllegalStateException if the request did not come through the library's filter
     * @throws IOException if the answer cannot be written
     */
    public static void send(HttpServletRequest request, HttpServletResponse response, AuthError error)
            throws IOException {
        Exchange exchange = Exchange.find(request);
        if (exchange == null) {
            throw new IllegalStateException("the request did not come through LecternAuthFilter");
        }
        exchange.send(error, response);
    }
}
