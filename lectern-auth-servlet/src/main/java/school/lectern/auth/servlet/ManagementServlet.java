package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.http.BrokenAnswerException;
import school.lectern.auth.http.HttpAnswer;
import school.lectern.auth.http.ManagementApi;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;

/**
 * The {@link ManagementApi} as a servlet. Map it to {@code /api/v1/orgs/*}; where the filter runs before it, open
 * {@link #ROUTES} there, since this servlet identifies its callers itself. Safe for use by many threads.
 */
public final class ManagementServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** The paths to open in the filter's rules, for any method. */
    public static final List<String> ROUTES = ManagementApi.ROUTES;

    private final transient LecternAuth auth;
    private final transient ManagementApi api;

    /**
     * The management API of an instance's tokens.
     *
     * @param auth whose tokens are managed
     * @param authority identifies callers and says what they may do
     * @param tenants knows which organizations exist. Tokens and audit rows of another one can be read and revoked, and none made
     * @throws IllegalStateException if the library was opened without an audit log
     */
    public ManagementServlet(LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants) {
        this(auth, authority, tenants, TrustedProxies.none());
    }

    /** As above, behind proxies whose headers name the client's address. */
    public ManagementServlet(
            LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants, TrustedProxies proxies) {
        this.auth = auth;
        this.api = new ManagementApi(auth, authority, tenants, proxies);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ServletExchange exchange = ServletExchange.of(request, response, auth);
        // An error has no next page: a client that followed the link would skip rows that were never sent.
        Map<String, List<String>> before = Map.of("link", List.copyOf(response.getHeaders("Link")));
        String path = Optional.ofNullable(request.getPathInfo()).orElse("/");
        HttpAnswer answer = api.answer(exchange.http(), new ServletCall(request), path);
        try {
            exchange.send(answer, response);
        } catch (BrokenAnswerException broken) {
            if (response.isCommitted()) {
                // Half an answer is out: only an aborted connection tells the client that it is not whole.
                throw broken;
            }
            exchange.send(exchange.http().error(auth, AuthError.unavailable()), response, before);
        }
    }
}
