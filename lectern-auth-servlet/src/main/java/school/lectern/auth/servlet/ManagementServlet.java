package school.lectern.auth.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.ManagementAuthority.Permission;
import school.lectern.auth.spi.TenantDirectory;

/**
 * The management API: create, list, get, update, regenerate, rotate and revoke the tokens of an organization, and export its
 * audit log. Map it to {@code /api/v1/orgs/*}; where the filter stands before it, open {@link #ROUTES} there, since this
 * servlet asks for itself who the caller is. Safe for use by many threads.
 *
 * <p>A body is {@code application/json} in UTF-8; where there are no fields to send, there need not be one. A body of another
 * type, an unknown field, and a query parameter that the route does not have are the dialect's validation error.
 *
 * <table>
 *   <caption>Its routes, under {@code /api/v1/orgs/{org_id}}</caption>
 *   <tr><td>{@code POST /api-tokens}</td><td>create</td></tr>
 *   <tr><td>{@code GET /api-tokens}</td><td>list: {@code limit}, {@code cursor}; the next page in {@code Link}</td></tr>
 *   <tr><td>{@code GET, PUT, DELETE /api-tokens/{token_uuid}}</td><td>get, update, revoke</td></tr>
 *   <tr><td>{@code POST /api-tokens/{token_uuid}/regenerate}</td><td>a new secret, the old one dead at once</td></tr>
 *   <tr><td>{@code POST /api-tokens/{token_uuid}/rotate}</td><td>a successor; {@code overlap_seconds}</td></tr>
 *   <tr><td>{@code GET /audit}</td><td>{@code from}, {@code to}, {@code format} = {@code ndjson} or {@code csv}; or
 *   {@code cursor}, empty or as the last export returned it in {@code Link}: the rows that were written since</td></tr>
 * </table>
 */
public final class ManagementServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** What to open in the filter's rules, for any method. */
    public static final List<String> ROUTES =
            List.of("/api/v1/orgs/{org_id}/api-tokens/**", "/api/v1/orgs/{org_id}/audit");

    private static final Logger log = LoggerFactory.getLogger(ManagementServlet.class);

    private final transient LecternAuth auth;
    private final transient ManagementAuthority authority;
    private final transient ManagementOperations operations;
    private final transient TrustedProxies proxies;
    private final transient List<Route> routes;

    /**
     * The management API of a judge's tokens.
     *
     * @param auth the judge whose tokens are managed
     * @param authority who the caller is, and what they may do
     * @param tenants which organizations there are. Tokens and audit rows of another one can be read and revoked, and none made
     */
    public ManagementServlet(LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants) {
        this(auth, authority, tenants, TrustedProxies.none());
    }

    /** As above, behind proxies whose word on where a request came from is believed. */
    public ManagementServlet(
            LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants, TrustedProxies proxies) {
        this.auth = auth;
        this.authority = authority;
        this.operations = new ManagementOperations(auth, tenants);
        this.proxies = proxies;
        this.routes = routes(operations);
    }

    private static List<Route> routes(ManagementOperations operations) {
        return List.of(
                Route.of("POST", "/{org}/api-tokens", Permission.CREATE, operations::create)
                        .withFields(),
                Route.of("GET", "/{org}/api-tokens", Permission.READ, operations::list)
                        .with("limit", "cursor"),
                Route.of("GET", "/{org}/api-tokens/{token}", Permission.READ, operations::get),
                Route.of("PUT", "/{org}/api-tokens/{token}", Permission.UPDATE, operations::update)
                        .withFields(),
                Route.of("DELETE", "/{org}/api-tokens/{token}", Permission.DELETE, operations::revoke),
                Route.of("POST", "/{org}/api-tokens/{token}/regenerate", Permission.UPDATE, operations::regenerate),
                Route.of("POST", "/{org}/api-tokens/{token}/rotate", Permission.UPDATE, operations::rotate)
                        .withFields(),
                Route.of("GET", "/{org}/audit", Permission.READ, operations::export)
                        .with("from", "to", "format", "cursor"));
    }

    /**
     * A route: what it is called by, what the caller needs, and what it does.
     *
     * @param parameters the query parameters that it has
     * @param hasFields whether its body may have fields
     */
    private record Route(
            String method,
            PathTemplate path,
            Permission permission,
            Handler handler,
            Set<String> parameters,
            boolean hasFields) {

        static Route of(String method, String path, Permission permission, Handler handler) {
            return new Route(method, PathTemplate.parse(path), permission, handler, Set.of(), false);
        }

        Route with(String... names) {
            return new Route(method, path, permission, handler, Set.of(names), hasFields);
        }

        Route withFields() {
            return new Route(method, path, permission, handler, parameters, true);
        }

        /** Returns why the body is not one that this route has, or empty. */
        Optional<AuthError> misfit(RequestBody body) {
            return body.error()
                    .or(() -> hasFields || body.object().isEmpty()
                            ? Optional.empty()
                            : Optional.of(AuthError.invalid("body", "must be absent: this operation has no fields")));
        }

        /**
         * Tokens outlive their tenant's entry in the directory. They can be looked at and revoked, whatever the directory says or
         * whether it answers; only what makes or changes a token needs a tenant.
         */
        boolean needsKnownTenant() {
            return permission == Permission.CREATE || permission == Permission.UPDATE;
        }
    }

    /** Answers a call, or says why not. */
    private interface Handler {
        Optional<AuthError> answer(ManagementCall call) throws IOException;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Exchange exchange = Exchange.of(request, response, auth);
        AuthRequest asked = exchange.request(request, proxies);
        response.setHeader("Cache-Control", "no-store");
        // An error has no next page: a client that followed the link would take for read what was never sent.
        Map<String, List<String>> before = Map.of("link", List.copyOf(response.getHeaders("Link")));
        try {
            Optional<Caller> caller = authority.identify(asked);
            if (caller.isEmpty()) {
                refuseStranger(request, asked, exchange, response);
                return;
            }
            Optional<AuthError> error = answer(request, response, asked, caller.get());
            if (error.isPresent()) {
                exchange.send(error.get(), response);
            }
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError broken) {
            log.error("management request {} failed", asked.requestId(), RedactedFailure.of(broken));
            if (response.isCommitted()) {
                // Half an answer is out: only an aborted connection tells the client that it is not whole.
                throw new IOException(
                        "the answer to request " + asked.requestId() + " broke off", RedactedFailure.of(broken));
            }
            exchange.send(AuthError.unavailable(), response, before);
        }
    }

    /** Nobody whom the application knows: whatever API token they bring, it manages nothing. */
    private void refuseStranger(
            HttpServletRequest request, AuthRequest asked, Exchange exchange, HttpServletResponse response)
            throws IOException {
        Kind refusal = fitting(path(request)).isEmpty() ? Kind.NOT_FOUND : Kind.TOKENS_MANAGE_NOTHING;
        Requirement nothingWillDo = Requirement.refused(AuthError.of(refusal));
        // A filter before this servlet may have written the call's row and taken its permit already.
        Decision decision =
                exchange.isAdmitted() ? auth.recheck(asked, nothingWillDo) : auth.authenticate(asked, nothingWillDo);
        if (decision instanceof Denied denied) {
            exchange.refuse(denied, response);
        }
    }

    private Optional<AuthError> answer(
            HttpServletRequest request, HttpServletResponse response, AuthRequest asked, Caller caller)
            throws IOException {
        String path = path(request);
        List<Route> fitting = fitting(path);
        Optional<Route> route = fitting.stream()
                .filter(r -> RouteRules.takes(r.method(), request.getMethod()))
                .findFirst();
        if (route.isEmpty()) {
            return Optional.of(
                    fitting.isEmpty()
                            ? AuthError.of(Kind.NOT_FOUND)
                            : AuthError.methodNotAllowed(
                                    fitting.stream().map(Route::method).toList()));
        }
        Map<String, String> values = route.get().path().match(path).orElseThrow();
        String tenantId = values.getOrDefault("org", "");
        if (!Identifier.isValid(tenantId)) {
            return Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        if (!caller.may().test(tenantId, route.get().permission())) {
            return Optional.of(AuthError.of(Kind.FORBIDDEN));
        }
        if (route.get().needsKnownTenant() && operations.isUnknown(tenantId)) {
            return Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        QueryParameters query = QueryParameters.of(request, route.get().parameters());
        RequestBody body = RequestBody.read(request);
        Optional<AuthError> invalid = query.error().or(() -> route.get().misfit(body));
        if (invalid.isPresent()) {
            return invalid;
        }
        Actor actor = Actor.user(caller.userId(), caller.grant()).by(asked);
        String tokenId = values.getOrDefault("token", "");
        Optional<AuthError> error = route.get()
                .handler()
                .answer(new ManagementCall(
                        request, response, tenantId, tokenId, asked.requestId(), actor, query, body.object()));
        return error.isPresent() && error.get().kind() == Kind.TOKEN_NOT_FOUND && operations.isUnknown(tenantId)
                ? Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND))
                : error;
    }

    private static String path(HttpServletRequest request) {
        return Optional.ofNullable(request.getPathInfo()).orElse("/");
    }

    /** The routes of that path, one for each of its methods. */
    private List<Route> fitting(String path) {
        return routes.stream()
                .filter(route -> route.path().match(path).isPresent())
                .toList();
    }
}
