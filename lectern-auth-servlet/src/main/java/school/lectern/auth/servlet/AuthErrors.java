package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import school.lectern.auth.decision.AuthError;

/** Sends errors of handlers in the format of the library: with the dialect's status, headers and body. */
public final class AuthErrors {

    private AuthErrors() {}

    /**
     * Writes an error as the whole response, in the dialect of the innermost filter that admitted the request. Headers that
     * were set before are retained, except headers that describe a body and were set behind that filter and, on a 401,
     * rate-limit headers.
     *
     * @param request the request as it appears to the handler, in any wrapper
     * @param response the response, which must not be committed
     * @param error the error
     * @throws IllegalStateException if the request did not come through the library's filter
     * @throws IOException if the answer cannot be written
     */
    public static void send(HttpServletRequest request, HttpServletResponse response, AuthError error)
            throws IOException {
        exchange(request).send(error, response);
    }

    /**
     * Denies a request that the filter has admitted: writes the error like {@link #send}, and the audit row of the request gets
     * the denial as its outcome. For code that authorizes requests behind the filter, such as Spring Security.
     *
     * @param request the request as it appears to that code, in any wrapper
     * @param response the response, which must not be committed
     * @param error the error
     * @throws IllegalStateException if the request did not come through the library's filter
     * @throws IOException if the answer cannot be written
     */
    public static void deny(HttpServletRequest request, HttpServletResponse response, AuthError error)
            throws IOException {
        exchange(request).deny(error, response);
    }

    private static ServletExchange exchange(HttpServletRequest request) {
        ServletExchange exchange = ServletExchange.find(request);
        if (exchange == null) {
            throw new IllegalStateException("the request did not come through LecternAuthFilter");
        }
        return exchange;
    }
}
