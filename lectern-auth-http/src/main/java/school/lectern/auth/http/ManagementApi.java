package school.lectern.auth.http;

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
 * The management API: create, list, get, update, regenerate, rotate, disable, enable and revoke the tokens of an organization,
 * and export its audit log. Thread-safe.
 *
 * <p>The body of a request must be {@code application/json} in UTF-8; a request without fields needs no body. A body of another
 * type, an unknown field, or a query parameter that the route does not have gets the dialect's validation error.
 *
 * <table>
 *   <caption>The routes under {@code /api/v1/orgs/{org_id}}</caption>
 *   <tr><td>{@code POST /api-tokens}</td><td>create</td></tr>
 *   <tr><td>{@code GET /api-tokens}</td><td>list: {@code limit}, {@code cursor}, and conditions; the next page in
 *   {@code Link}</td></tr>
 *   <tr><td>{@code GET, PUT, DELETE /api-tokens/{token_uuid}}</td><td>get, update, revoke ({@code reason})</td></tr>
 *   <tr><td>{@code POST /api-tokens/{token_uuid}/regenerate}</td><td>a new secret; the old one ends immediately</td></tr>
 *   <tr><td>{@code POST /api-tokens/{token_uuid}/rotate}</td><td>a successor; {@code overlap_seconds}</td></tr>
 *   <tr><td>{@code POST /api-tokens/{token_uuid}/disable, …/enable}</td><td>deny the token; allow it again</td></tr>
 *   <tr><td>{@code GET /audit}</td><td>{@code from}, {@code to}, {@code format} = {@code ndjson} or {@code csv}; or
 *   {@code cursor}, empty or from the {@code Link} of the last export: the rows that were written since then</td></tr>
 * </table>
 */
public final class ManagementApi {

    /** The paths that a guard before this API must open for any method, since the API identifies its callers itself. */
    public static final List<String> ROUTES =
            List.of("/api/v1/orgs/{org_id}/api-tokens/**", "/api/v1/orgs/{org_id}/audit");

    private static final Logger log = LoggerFactory.getLogger(ManagementApi.class);

    private final LecternAuth auth;
    private final ManagementAuthority authority;
    private final ManagementOperations operations;
    private final TrustedProxies proxies;
    private final List<Route> routes;

    /**
     * Creates the management API of an instance's tokens.
     *
     * @param auth the instance whose tokens are managed
     * @param authority identifies callers and determines their permissions
     * @param tenants the organizations. For an organization that it does not contain, audit rows can be exported, and tokens
     *     can be read, disabled and revoked, but not created or changed otherwise
     * @param proxies the proxies whose headers contain the client's address
     * @throws IllegalStateException if the library was opened without an audit log, or if the application has neither Jackson 2
     *     nor Jackson 3
     */
    public ManagementApi(
            LecternAuth auth, ManagementAuthority authority, TenantDirectory tenants, TrustedProxies proxies) {
        Json.requireLibrary();
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
                        .with(ListQuery.PARAMETERS),
                Route.of("GET", "/{org}/api-tokens/{token}", Permission.READ, operations::get),
                Route.of("PUT", "/{org}/api-tokens/{token}", Permission.UPDATE, operations::update)
                        .withFields(),
                Route.of("DELETE", "/{org}/api-tokens/{token}", Permission.DELETE, operations::revoke)
                        .with("reason"),
                Route.of("POST", "/{org}/api-tokens/{token}/regenerate", Permission.UPDATE, operations::regenerate),
                Route.of("POST", "/{org}/api-tokens/{token}/rotate", Permission.UPDATE, operations::rotate)
                        .withFields(),
                Route.of("POST", "/{org}/api-tokens/{token}/disable", Permission.UPDATE, operations::disable)
                        .forAnyTenant(),
                Route.of("POST", "/{org}/api-tokens/{token}/enable", Permission.UPDATE, operations::enable),
                Route.of("GET", "/{org}/audit", Permission.READ, operations::export)
                        .with("from", "to", "format", "cursor"));
    }

    /**
     * A route: its method and path, the permission that it needs, and its handler.
     *
     * @param parameters the names of the query parameters
     * @param hasFields whether the body may have fields
     * @param needsKnownTenant whether the tenant must be in the directory, which only operations that create a token or give a
     *     token more require. Tokens outlive their tenant's entry: they can be read, disabled and revoked even if the entry was
     *     removed or the directory fails
     */
    private record Route(
            String method,
            PathTemplate path,
            Permission permission,
            Handler handler,
            Set<String> parameters,
            boolean hasFields,
            boolean needsKnownTenant) {

        static Route of(String method, String path, Permission permission, Handler handler) {
            boolean changes = permission == Permission.CREATE || permission == Permission.UPDATE;
            return new Route(method, PathTemplate.parse(path), permission, handler, Set.of(), false, changes);
        }

        Route with(String... names) {
            return with(Set.of(names));
        }

        Route with(Set<String> names) {
            return new Route(method, path, permission, handler, names, hasFields, needsKnownTenant);
        }

        Route withFields() {
            return new Route(method, path, permission, handler, parameters, true, needsKnownTenant);
        }

        Route forAnyTenant() {
            return new Route(method, path, permission, handler, parameters, hasFields, false);
        }

        /** Returns the error of a body that this route does not accept, or empty. */
        Optional<AuthError> misfit(RequestBody body) {
            return body.error()
                    .or(() -> hasFields || body.object().isEmpty()
                            ? Optional.empty()
                            : Optional.of(AuthError.invalid("body", "must be absent: this operation has no fields")));
        }
    }

    private interface Handler {
        HttpAnswer answer(ManagementCall call);
    }

    /**
     * Executes a call. A failure is logged, and the response is then the dialect's server error. A long body is read from the
     * storage while it is written ({@link HttpAnswer#writeBody}).
     *
     * @param exchange the request's exchange, the same as that of a guard before this API
     * @param call the request
     * @param path the part of the decoded path that follows {@code /api/v1/orgs}, starting with a slash
     * @return the response for the client
     * @throws IllegalArgumentException if the path does not start with a slash
     */
    public HttpAnswer answer(Exchange exchange, HttpCall call, String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path must start with the slash that follows /api/v1/orgs");
        }
        HttpAnswer answer;
        try {
            answer = answer(exchange, call, path, exchange.request(auth, call, call.method(), proxies));
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError broken) {
            report(exchange, broken);
            answer = exchange.error(auth, AuthError.unavailable());
        }
        return answer.withHeader("Cache-Control", "no-store").reporting(broken -> report(exchange, broken));
    }

    private HttpAnswer answer(Exchange exchange, HttpCall call, String path, AuthRequest asked) {
        // Responses contain secrets, so the transport matters even for a request that a guard let pass on an open
        // route.
        Optional<Denied> insecure = auth.denyInsecure(asked);
        if (insecure.isPresent()) {
            return exchange.refusal(auth, insecure.get());
        }
        Optional<Caller> caller = authority.identify(asked);
        return caller.isPresent()
                ? answer(exchange, call, path, asked, caller.get())
                : answerStranger(exchange, path, asked);
    }

    private static void report(Exchange exchange, Throwable broken) {
        log.error("management request {} failed", exchange.requestId(), RedactedFailure.of(broken));
    }

    /** Denies a call whose caller the application does not identify: API tokens cannot manage tokens. */
    private HttpAnswer answerStranger(Exchange exchange, String path, AuthRequest asked) {
        Kind refusal = fitting(path).isEmpty() ? Kind.NOT_FOUND : Kind.TOKENS_MANAGE_NOTHING;
        Requirement nothingWillDo = Requirement.refused(AuthError.of(refusal));
        // A guard before this API may already have written the call's audit row and consumed its permit.
        Decision decision = exchange.isAdmittedBy(auth)
                ? auth.recheck(asked, nothingWillDo)
                : auth.authenticate(asked, nothingWillDo);
        if (decision instanceof Denied denied) {
            return exchange.refusal(auth, denied);
        }
        throw new IllegalStateException("a requirement that denies every call was met");
    }

    private HttpAnswer answer(Exchange exchange, HttpCall call, String path, AuthRequest asked, Caller caller) {
        List<Route> fitting = fitting(path);
        Optional<Route> route = fitting.stream()
                .filter(r -> RouteRules.takes(r.method(), call.method()))
                .findFirst();
        if (route.isEmpty()) {
            return exchange.error(
                    auth,
                    fitting.isEmpty()
                            ? AuthError.of(Kind.NOT_FOUND)
                            : AuthError.methodNotAllowed(
                                    fitting.stream().map(Route::method).toList()));
        }
        Map<String, String> values = route.get().path().values(path);
        String tenantId = values.getOrDefault("org", "");
        Optional<AuthError> refusal = refusal(route.get(), tenantId, caller);
        if (refusal.isPresent()) {
            return exchange.error(auth, refusal.get());
        }
        QueryParameters query = QueryParameters.of(call.rawQuery(), route.get().parameters());
        RequestBody body = RequestBody.read(call);
        Optional<AuthError> invalid = query.error().or(() -> route.get().misfit(body));
        if (invalid.isPresent()) {
            return exchange.error(auth, invalid.get());
        }
        Actor actor = Actor.user(caller.userId(), caller.grant()).withRequest(asked);
        String tokenId = values.getOrDefault("token", "");
        HttpAnswer answer = route.get()
                .handler()
                .answer(new ManagementCall(call, exchange, tenantId, tokenId, actor, query, body.object()));
        boolean noSuchToken =
                answer.error().filter(e -> e.kind() == Kind.TOKEN_NOT_FOUND).isPresent();
        return noSuchToken && operations.isUnknown(tenantId)
                ? exchange.error(auth, AuthError.of(Kind.TENANT_NOT_FOUND))
                : answer;
    }

    /** Returns the error if the caller may not call the route for the tenant, or empty. */
    private Optional<AuthError> refusal(Route route, String tenantId, Caller caller) {
        if (!Identifier.isValid(tenantId)) {
            return Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        if (!caller.may().test(tenantId, route.permission())) {
            return Optional.of(AuthError.of(Kind.FORBIDDEN));
        }
        return route.needsKnownTenant() && operations.isUnknown(tenantId)
                ? Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND))
                : Optional.empty();
    }

    /** Returns the routes of the path, one for each of its methods. */
    private List<Route> fitting(String path) {
        return routes.stream().filter(route -> route.path().matches(path)).toList();
    }
}
