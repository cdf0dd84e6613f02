package school.lectern.auth.servlet;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.Actor;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.ManagementAuthority.Permission;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

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
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 200;

    /** The largest tokens have some 30 kB each. */
    private static final int ROWS_AT_ONCE = 20;

    private final transient LecternAuth auth;
    private final transient ManagementAuthority authority;
    private final transient TenantDirectory tenants;
    private final transient AuditLog audit;
    private final transient TrustedProxies proxies;
    private final transient TokenJson json;
    private final transient List<Route> routes = List.of(
            Route.of("POST", "/{org}/api-tokens", Permission.CREATE, this::create)
                    .withFields(),
            Route.of("GET", "/{org}/api-tokens", Permission.READ, this::list).with("limit", "cursor"),
            Route.of("GET", "/{org}/api-tokens/{token}", Permission.READ, this::get),
            Route.of("PUT", "/{org}/api-tokens/{token}", Permission.UPDATE, this::update)
                    .withFields(),
            Route.of("DELETE", "/{org}/api-tokens/{token}", Permission.DELETE, this::revoke),
            Route.of("POST", "/{org}/api-tokens/{token}/regenerate", Permission.UPDATE, this::regenerate),
            Route.of("POST", "/{org}/api-tokens/{token}/rotate", Permission.UPDATE, this::rotate)
                    .withFields(),
            Route.of("GET", "/{org}/audit", Permission.READ, this::export).with("from", "to", "format", "cursor"));

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
        this.tenants = tenants;
        this.audit = auth.audit();
        this.proxies = proxies;
        this.json = new TokenJson(auth.dialect());
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
        Optional<AuthError> answer(Call call) throws IOException;
    }

    /** A call whose caller is known and entitled. */
    private record Call(
            HttpServletRequest request,
            HttpServletResponse response,
            String tenantId,
            String tokenId,
            String requestId,
            Actor actor,
            QueryParameters query,
            ObjectNode body) {}

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
        if (route.get().needsKnownTenant() && isUnknown(tenantId)) {
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
                .answer(new Call(request, response, tenantId, tokenId, asked.requestId(), actor, query, body.object()));
        return error.isPresent() && error.get().kind() == Kind.TOKEN_NOT_FOUND && isUnknown(tenantId)
                ? Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND))
                : error;
    }

    private boolean isUnknown(String tenantId) {
        return tenants.find(tenantId).isEmpty();
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

    private TokenOperations tokens(Call call) {
        return auth.tenant(call.tenantId()).tokens().actingAs(call.actor());
    }

    private Optional<AuthError> create(Call call) throws IOException {
        TokenRequestBody<NewToken> form = TokenRequestBody.create(auth.dialect(), call.body());
        if (form.error().isPresent()) {
            return form.error();
        }
        return sendIssued(call, tokens(call).issue(form.settings().environment(form.environment())));
    }

    private Optional<AuthError> list(Call call) throws IOException {
        Optional<Long> limit = number(call.query().get("limit"), DEFAULT_LIMIT);
        Optional<Long> cursor = number(call.query().get("cursor"), Long.MAX_VALUE);
        if (limit.isEmpty() || limit.get() < 1 || limit.get() > MAX_LIMIT) {
            return Optional.of(AuthError.invalid("limit", "must be a whole number from 1 to " + MAX_LIMIT));
        }
        if (cursor.isEmpty()) {
            return Optional.of(AuthError.invalid("cursor", "must be one that a list gave"));
        }
        int size = limit.get().intValue();
        List<Long> found = tokens(call).listNumbers(cursor.get(), size + 1);
        if (found.isEmpty() && isUnknown(call.tenantId())) {
            return Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        List<Long> page = found.subList(0, Math.min(size, found.size()));
        if (found.size() > size) {
            String query = "limit=" + size + "&cursor=" + page.get(size - 1);
            call.response().addHeader("Link", NextPage.link(call.request(), query));
        }
        Json.writeArray(call.response(), out -> writeTokens(call, page, out));
        return Optional.empty();
    }

    /** Reads and writes the tokens of a page in parts: all of them may be too much for the memory. */
    private void writeTokens(Call call, List<Long> numbers, JsonGenerator out) throws IOException {
        for (int from = 0; from < numbers.size(); from += ROWS_AT_ONCE) {
            List<Long> part = numbers.subList(from, Math.min(numbers.size(), from + ROWS_AT_ONCE));
            for (StoredToken token : tokens(call).list(part.get(0) + 1, part.size())) {
                // A token whose transaction ended meanwhile may have a number in between: its page has been planned.
                if (part.contains(token.number())) {
                    out.writeTree(json.stored(token, auth.now()));
                }
            }
        }
    }

    private Optional<AuthError> get(Call call) throws IOException {
        Optional<StoredToken> token = tokens(call).get(call.tokenId());
        if (token.isEmpty()) {
            return Optional.of(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        write(call, json.stored(token.get(), auth.now()));
        return Optional.empty();
    }

    private Optional<AuthError> update(Call call) throws IOException {
        TokenRequestBody<TokenUpdate> form = TokenRequestBody.update(auth.dialect(), call.body());
        if (form.error().isPresent()) {
            return form.error();
        }
        return send(
                call, tokens(call).update(call.tokenId(), form.settings()), token -> json.stored(token, auth.now()));
    }

    private Optional<AuthError> regenerate(Call call) throws IOException {
        return sendIssued(call, tokens(call).regenerate(call.tokenId()));
    }

    private Optional<AuthError> rotate(Call call) throws IOException {
        JsonNode seconds = call.body().path("overlap_seconds");
        boolean unbounded = seconds.isMissingNode() || seconds.isNull();
        boolean whole = seconds.isIntegralNumber() && seconds.canConvertToLong() && seconds.longValue() >= 0;
        if (call.body().size() > (seconds.isMissingNode() ? 0 : 1)) {
            return Optional.of(AuthError.invalid("body", "may hold overlap_seconds and nothing else"));
        }
        if (!unbounded && !whole) {
            return Optional.of(
                    AuthError.invalid("overlap_seconds", "must be a whole number, 0 or more, or null for no end"));
        }
        GracePeriod gracePeriod =
                unbounded ? GracePeriod.untilRevoked() : GracePeriod.of(Duration.ofSeconds(seconds.longValue()));
        Outcome<IssuedToken> outcome = tokens(call).rotate(call.tokenId(), gracePeriod);
        // A grace period is not waited for.
        return sendIssued(call, outcome, gracePeriod.isNone() ? pending(outcome) : Optional.empty());
    }

    private Optional<AuthError> revoke(Call call) throws IOException {
        Outcome<Revocation> outcome = tokens(call).revoke(call.tokenId());
        if (pending(outcome).isEmpty() && outcome.fold(Revocation.ALREADY_REVOKED::equals, error -> false)) {
            return Optional.of(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        return send(call, outcome, done -> Json.object().put("message", "Token revoked successfully"));
    }

    private Optional<AuthError> export(Call call) throws IOException {
        String from = call.query().get("from");
        String to = call.query().get("to");
        String format = Optional.ofNullable(call.query().get("format")).orElse("ndjson");
        if (from != null && Timestamps.parse(from).isEmpty()) {
            return Optional.of(AuthError.invalid("from", "must be an RFC 3339 timestamp with an offset"));
        }
        if (to != null && Timestamps.parse(to).isEmpty()) {
            return Optional.of(AuthError.invalid("to", "must be an RFC 3339 timestamp with an offset"));
        }
        if (!format.equals("ndjson") && !format.equals("csv")) {
            return Optional.of(AuthError.invalid("format", "must be ndjson or csv"));
        }
        if (isUnknown(call.tenantId()) && hasNoEvents(call.tenantId())) {
            return Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        AuditExport.Format written = format.equals("csv") ? AuditExport.Format.CSV : AuditExport.Format.NDJSON;
        String cursor = call.query().get("cursor");
        if (cursor != null) {
            return from == null && to == null
                    ? exportWritten(call, cursor, written)
                    : Optional.of(AuthError.invalid("cursor", "must not be used together with from or to"));
        }
        Instant start = from == null ? null : Timestamps.parse(from).orElseThrow();
        // Without an end of its own, an export ends with what there is now: under load, it would never.
        Instant end =
                to == null ? auth.now().plusMillis(1) : Timestamps.parse(to).orElseThrow();
        AuditExport.ofPeriod(audit, call.tenantId(), start, end).write(call.response(), written);
        return Optional.empty();
    }

    /** Exports what was written since the cursor, and links to what will be: the next call returns neither more nor less. */
    private Optional<AuthError> exportWritten(Call call, String cursor, AuditExport.Format format) throws IOException {
        String end = audit.settled();
        AuditExport export;
        try {
            export = AuditExport.ofWritten(audit, call.tenantId(), cursor, end);
        } catch (IllegalArgumentException notOfThisLog) {
            return Optional.of(AuthError.invalid("cursor", "must be empty, or one that an export returned"));
        }
        String query = "cursor=" + URLEncoder.encode(end, StandardCharsets.UTF_8) + "&format="
                + format.name().toLowerCase(Locale.ROOT);
        call.response().addHeader("Link", NextPage.link(call.request(), query));
        export.write(call.response(), format);
        return Optional.empty();
    }

    private boolean hasNoEvents(String tenantId) {
        return audit.read(tenantId, null, null, AuditLog.Page.START, 1).events().isEmpty();
    }

    /** Sends what was done, or hands back why it was refused. */
    private <T> Optional<AuthError> send(Call call, Outcome<T> outcome, Function<? super T, ObjectNode> body)
            throws IOException {
        Optional<AuthError> error = outcome.<Optional<AuthError>>fold(done -> Optional.empty(), Optional::of)
                .or(() -> pending(outcome).map(AuthError::pending));
        if (error.isEmpty()) {
            write(call, body.apply(outcome.orElseThrow()));
        }
        return error;
    }

    /** Returns why a change that was made could not be waited for, or empty. The operations wait, so its stage is complete. */
    private static Optional<String> pending(Outcome<?> outcome) {
        return outcome.propagation()
                .toCompletableFuture()
                .handle((done, failure) ->
                        failure == null ? Optional.<String>empty() : Optional.of(String.valueOf(failure.getMessage())))
                .join();
    }

    /** Nobody could be told the new secret a second time: so it is told also where it is pending that the old one is dead. */
    private Optional<AuthError> sendIssued(Call call, Outcome<IssuedToken> outcome) throws IOException {
        return sendIssued(call, outcome, pending(outcome));
    }

    private Optional<AuthError> sendIssued(Call call, Outcome<IssuedToken> outcome, Optional<String> pending)
            throws IOException {
        if (outcome instanceof Outcome.Refused<IssuedToken> refused) {
            return Optional.of(refused.error());
        }
        ObjectNode body = json.issued(outcome.orElseThrow());
        if (pending.isPresent()) {
            call.response().setStatus(HttpServletResponse.SC_ACCEPTED);
            body.put("pending", pending.get());
        }
        write(call, body);
        return Optional.empty();
    }

    private void write(Call call, ObjectNode body) throws IOException {
        if (auth.dialect().requestIdInBodies()) {
            body.put("request_id", call.requestId());
        }
        Json.write(call.response(), body);
    }

    /** The number that a query parameter names, the default if there is none, or empty if it names none. */
    private static Optional<Long> number(@Nullable String text, long otherwise) {
        if (text == null) {
            return Optional.of(otherwise);
        }
        return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
