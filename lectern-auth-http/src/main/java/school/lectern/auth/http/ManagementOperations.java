package school.lectern.auth.http;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/**
 * The operations of the management API. Each validates a call, executes it on the tenant's tokens, and returns the response.
 */
final class ManagementOperations {

    private static final int ACCEPTED = 202;
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 200;

    /** The number of tokens that are read at a time: a token can take about 30 kB. */
    private static final int ROWS_AT_ONCE = 20;

    private final LecternAuth auth;
    private final TenantDirectory tenants;
    private final AuditLog audit;
    private final TokenJson json;

    /** @throws IllegalStateException if the library was opened without an audit log */
    ManagementOperations(LecternAuth auth, TenantDirectory tenants) {
        this.auth = auth;
        this.tenants = tenants;
        this.audit = auth.audit();
        this.json = new TokenJson(auth);
    }

    /** Returns whether the directory does not contain the tenant. */
    boolean isUnknown(String tenantId) {
        return tenants.find(tenantId).isEmpty();
    }

    private TokenOperations tokens(ManagementCall call) {
        return auth.tenant(call.tenantId()).tokens().actingAs(call.actor());
    }

    HttpAnswer create(ManagementCall call) {
        TokenRequestBody<NewToken> form = TokenRequestBody.create(auth.dialect(), call.body());
        if (form.error().isPresent()) {
            return refuse(call, form.error().get());
        }
        NewToken wanted = form.settings().environment(form.environment());
        form.format().ifPresent(wanted::format);
        return issued(call, tokens(call).issue(wanted));
    }

    HttpAnswer list(ManagementCall call) {
        Optional<Long> limit = number(call.query().get("limit"), DEFAULT_LIMIT);
        String cursor = call.query().get("cursor");
        if (limit.isEmpty() || limit.get() < 1 || limit.get() > MAX_LIMIT) {
            return invalid(call, "limit", "must be a whole number from 1 to " + MAX_LIMIT);
        }
        if (number(cursor, 0).isEmpty()) {
            return invalid(call, "cursor", "must be one that a list gave");
        }
        int size = limit.get().intValue();
        ListQuery conditions = new ListQuery(call.query());
        if (conditions.error().isPresent()) {
            return refuse(call, conditions.error().get());
        }
        if (conditions.hasConditions()) {
            return search(call, conditions, cursor == null ? CursorPage.START : cursor, size);
        }
        List<Long> found = tokens(call).listNumbers(cursor == null ? CursorPage.START : cursor, size + 1);
        if (found.isEmpty() && isUnknown(call.tenantId())) {
            return refuse(call, AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        List<Long> page = found.subList(0, Math.min(size, found.size()));
        HttpAnswer answer =
                HttpAnswer.ok("application/json", out -> Json.writeArray(out, array -> writeTokens(call, page, array)));
        return found.size() > size
                ? answer.withHeader(
                        "Link", NextPage.link(call.http(), "limit=" + size + "&cursor=" + page.get(size - 1)))
                : answer;
    }

    /** A page of tokens that meet conditions can be empty before the list ends: the link to the next page shows the end. */
    private HttpAnswer search(ManagementCall call, ListQuery conditions, String cursor, int size) {
        CursorPage<Token> page = tokens(call).list(conditions.search(), cursor, size);
        if (page.items().isEmpty() && isUnknown(call.tenantId())) {
            return refuse(call, AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        HttpAnswer answer = HttpAnswer.ok(
                "application/json", out -> Json.writeArray(out, array -> writeTokens(page.items(), array)));
        return page.isLast()
                ? answer
                : answer.withHeader(
                        "Link",
                        NextPage.link(call.http(), "limit=" + size + "&cursor=" + page.next() + conditions.text()));
    }

    private void writeTokens(List<Token> tokens, Json.Array array) throws IOException {
        for (Token token : tokens) {
            array.add(json.stored(token, auth.now()));
        }
    }

    /** Reads and writes the tokens of a page in parts, since all of them may take too much memory. */
    private void writeTokens(ManagementCall call, List<Long> numbers, Json.Array array) throws IOException {
        for (int from = 0; from < numbers.size(); from += ROWS_AT_ONCE) {
            List<Long> part = numbers.subList(from, Math.min(numbers.size(), from + ROWS_AT_ONCE));
            for (Token token : tokens(call).listAt(part)) {
                array.add(json.stored(token, auth.now()));
            }
        }
    }

    HttpAnswer get(ManagementCall call) {
        return tokens(call)
                .get(call.tokenId())
                .map(token -> answer(call, json.stored(token, auth.now())))
                .orElseGet(() -> refuse(call, AuthError.of(Kind.TOKEN_NOT_FOUND)));
    }

    HttpAnswer update(ManagementCall call) {
        TokenRequestBody<TokenUpdate> form = TokenRequestBody.update(auth.dialect(), call.body());
        return form.error().isPresent()
                ? refuse(call, form.error().get())
                : done(
                        call,
                        tokens(call).update(call.tokenId(), form.settings()),
                        token -> json.stored(token, auth.now()));
    }

    HttpAnswer regenerate(ManagementCall call) {
        return issued(call, tokens(call).regenerate(call.tokenId()));
    }

    HttpAnswer rotate(ManagementCall call) {
        boolean named = call.body().containsKey("overlap_seconds");
        Object seconds = call.body().get("overlap_seconds");
        if (call.body().size() > (named ? 1 : 0)) {
            return invalid(call, "body", "may hold overlap_seconds and nothing else");
        }
        GracePeriod gracePeriod;
        if (seconds == null) {
            gracePeriod = GracePeriod.untilRevoked();
        } else if (seconds instanceof Number number && Json.isLong(number) && number.longValue() >= 0) {
            gracePeriod = GracePeriod.of(Duration.ofSeconds(number.longValue()));
        } else {
            return invalid(call, "overlap_seconds", "must be a whole number, 0 or more, or null for no end");
        }
        Outcome<IssuedToken> outcome = tokens(call).rotate(call.tokenId(), gracePeriod);
        // With a grace period, the predecessor stays valid, so its propagation is not waited for.
        return issued(call, outcome, gracePeriod.isNone() ? pending(outcome) : Optional.empty());
    }

    HttpAnswer disable(ManagementCall call) {
        return done(call, tokens(call).disable(call.tokenId()), token -> json.stored(token, auth.now()));
    }

    HttpAnswer enable(ManagementCall call) {
        return done(call, tokens(call).enable(call.tokenId()), token -> json.stored(token, auth.now()));
    }

    HttpAnswer revoke(ManagementCall call) {
        Outcome<Revocation> outcome = revoking(call).revoke(call.tokenId());
        if (pending(outcome).isEmpty() && outcome.fold(Revocation.ALREADY_REVOKED::equals, error -> false)) {
            return refuse(call, AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        return done(call, outcome, revoked -> {
            Map<String, @Nullable Object> body = Json.object();
            body.put("message", "Token revoked successfully");
            return body;
        });
    }

    private TokenOperations revoking(ManagementCall call) {
        String reason = call.query().get("reason");
        return reason == null ? tokens(call) : tokens(call).withReason(reason);
    }

    HttpAnswer export(ManagementCall call) {
        String from = call.query().get("from");
        String to = call.query().get("to");
        String format = Optional.ofNullable(call.query().get("format")).orElse("ndjson");
        if (from != null && Timestamps.parse(from).isEmpty()) {
            return invalid(call, "from", "must be an RFC 3339 timestamp with an offset");
        }
        if (to != null && Timestamps.parse(to).isEmpty()) {
            return invalid(call, "to", "must be an RFC 3339 timestamp with an offset");
        }
        if (!format.equals("ndjson") && !format.equals("csv")) {
            return invalid(call, "format", "must be ndjson or csv");
        }
        if (isUnknown(call.tenantId()) && hasNoEvents(call.tenantId())) {
            return refuse(call, AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        AuditExport.Format written = format.equals("csv") ? AuditExport.Format.CSV : AuditExport.Format.NDJSON;
        String cursor = call.query().get("cursor");
        if (cursor != null) {
            return from == null && to == null
                    ? exportWritten(call, cursor, written)
                    : invalid(call, "cursor", "must not be used together with from or to");
        }
        Instant start = from == null ? null : Timestamps.parse(from).orElseThrow();
        // Without an end, an export ends with the present events: under load, it would otherwise never end.
        Instant end =
                to == null ? auth.now().plusMillis(1) : Timestamps.parse(to).orElseThrow();
        return AuditExport.ofPeriod(audit, call.tenantId(), start, end).answer(written);
    }

    /** Exports the rows written since the cursor, with a link for the rows after them: no row is skipped or repeated. */
    private HttpAnswer exportWritten(ManagementCall call, String cursor, AuditExport.Format format) {
        String end = audit.settled();
        AuditExport export;
        try {
            export = AuditExport.ofWritten(audit, call.tenantId(), cursor, end);
        } catch (IllegalArgumentException notOfThisLog) {
            return invalid(call, "cursor", "must be empty, or one that an export returned");
        }
        String query = "cursor=" + URLEncoder.encode(end, StandardCharsets.UTF_8) + "&format="
                + format.name().toLowerCase(Locale.ROOT);
        return export.answer(format).withHeader("Link", NextPage.link(call.http(), query));
    }

    private boolean hasNoEvents(String tenantId) {
        return audit.read(tenantId, null, null, CursorPage.START, 1).items().isEmpty();
    }

    /** Returns the response for a change that was made, or for its error. */
    private <T> HttpAnswer done(
            ManagementCall call, Outcome<T> outcome, Function<? super T, Map<String, @Nullable Object>> body) {
        Optional<AuthError> error = outcome.<Optional<AuthError>>fold(done -> Optional.empty(), Optional::of)
                .or(() -> pending(outcome).map(AuthError::pending));
        return error.isPresent() ? refuse(call, error.get()) : answer(call, body.apply(outcome.orElseThrow()));
    }

    /** Returns the reason why the propagation of a change failed, or empty. The operations wait, so its stage is complete. */
    private static Optional<String> pending(Outcome<?> outcome) {
        return outcome.propagation()
                .toCompletableFuture()
                .handle((done, failure) ->
                        failure == null ? Optional.<String>empty() : Optional.of(String.valueOf(failure.getMessage())))
                .join();
    }

    /**
     * Returns the response with a new secret. It is shown only once, so it is also shown while the old one's end is pending.
     */
    private HttpAnswer issued(ManagementCall call, Outcome<IssuedToken> outcome) {
        return issued(call, outcome, pending(outcome));
    }

    private HttpAnswer issued(ManagementCall call, Outcome<IssuedToken> outcome, Optional<String> pending) {
        if (outcome instanceof Outcome.Refused<IssuedToken> refused) {
            return refuse(call, refused.error());
        }
        Map<String, @Nullable Object> body = json.issued(outcome.orElseThrow());
        pending.ifPresent(why -> body.put("pending", why));
        HttpAnswer answer = answer(call, body);
        return pending.isPresent() ? answer.withStatus(ACCEPTED) : answer;
    }

    private HttpAnswer answer(ManagementCall call, Map<String, @Nullable Object> body) {
        if (auth.dialect().requestIdInBodies()) {
            body.put("request_id", call.exchange().requestId());
        }
        return HttpAnswer.json(body);
    }

    private HttpAnswer invalid(ManagementCall call, String field, String message) {
        return refuse(call, AuthError.invalid(field, message));
    }

    private HttpAnswer refuse(ManagementCall call, AuthError error) {
        return call.exchange().error(auth, error);
    }

    /** Returns the number in a query parameter, the default if the parameter is absent, or empty if it is not a number. */
    private static Optional<Long> number(@Nullable String text, long otherwise) {
        if (text == null) {
            return Optional.of(otherwise);
        }
        return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
