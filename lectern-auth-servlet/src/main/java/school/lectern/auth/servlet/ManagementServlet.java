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
 * The {@link ManagementApi} as a servlet. Map it to {@code /api/v1/orgs/*}. If the filter runs before it, open {@link #ROUTES}
 * in the filter's rules, since this servlet identifies its callers itself. Thread-safe.
 */
public final class ManagementServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** The paths that the filter's rules must open for any method. */
    public static final List<String> ROUTES = ManagementApi.ROUTES;

    private final transient LecternAuth auth;
    private final transient ManagementApi api;

    /**
     * Creates the management API of an instance's tokens, without trusted proxies: the client's address is that of the peer of
     * its connection.
     *
     * @param auth the instance whose tokens are managed
     * @param authority identifies callers and determines their permissions
     * @param tenants the organizations. For an organization that it does not contain, audit rows can be exported, and tokens
     *     can be read and revoked, but not created or changed
     * @throws IllegalStateException if the library was opened without an audit log, or if the application has neither Jackson 2
     *     nor Jackson 3
     */
    public ManagementServlet(LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants) {
        this(auth, authority, tenants, TrustedProxies.none());
    }

    /**
     * Creates the management API of an instance's tokens, behind trusted proxies.
     *
     * @param auth the instance whose tokens are managed
     * @param authority identifies callers and determines their permissions
     * @param tenants the organizations. For an organization that it does not contain, audit rows can be exported, and tokens
     *     can be read and revoked, but not created or changed
     * @param proxies the proxies whose headers contain the client's address
     * @throws IllegalStateException if the library was opened without an audit log, or if the application has neither Jackson 2
     *     nor Jackson 3
     */
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
                // A part of the response was sent: only an aborted connection shows the client that it is incomplete.
                throw broken;
            }
            exchange.send(exchange.http().error(auth, AuthError.unavailable()), response, before);
        }
    }
}
