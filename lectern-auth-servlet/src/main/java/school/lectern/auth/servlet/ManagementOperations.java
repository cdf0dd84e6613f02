package school.lectern.auth.servlet;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
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
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

/** The operations of the management API: reads what a call requests, calls the tokens' operations, and writes the response. */
final class ManagementOperations {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 200;

    /** The largest tokens have some 30 kB each. */
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
        this.json = new TokenJson(auth.dialect());
    }

    /** Returns whether the directory does not know the tenant. */
    boolean isUnknown(String tenantId) {
        return tenants.find(tenantId).isEmpty();
    }

    private TokenOperations tokens(ManagementCall call) {
        return auth.tenant(call.tenantId()).tokens().actingAs(call.actor());
    }

    Optional<AuthError> create(ManagementCall call) throws IOException {
        TokenRequestBody<NewToken> form = TokenRequestBody.create(auth.dialect(), call.body());
        if (form.error().isPresent()) {
            return form.error();
        }
        return sendIssued(call, tokens(call).issue(form.settings().environment(form.environment())));
    }

    Optional<AuthError> list(ManagementCall call) throws IOException {
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
    private void writeTokens(ManagementCall call, List<Long> numbers, JsonGenerator out) throws IOException {
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

    Optional<AuthError> get(ManagementCall call) throws IOException {
        Optional<StoredToken> token = tokens(call).get(call.tokenId());
        if (token.isEmpty()) {
            return Optional.of(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        write(call, json.stored(token.get(), auth.now()));
        return Optional.empty();
    }

    Optional<AuthError> update(ManagementCall call) throws IOException {
        TokenRequestBody<TokenUpdate> form = TokenRequestBody.update(auth.dialect(), call.body());
        if (form.error().isPresent()) {
            return form.error();
        }
        return send(
                call, tokens(call).update(call.tokenId(), form.settings()), token -> json.stored(token, auth.now()));
    }

    Optional<AuthError> regenerate(ManagementCall call) throws IOException {
        return sendIssued(call, tokens(call).regenerate(call.tokenId()));
    }

    Optional<AuthError> rotate(ManagementCall call) throws IOException {
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

    Optional<AuthError> revoke(ManagementCall call) throws IOException {
        Outcome<Revocation> outcome = tokens(call).revoke(call.tokenId());
        if (pending(outcome).isEmpty() && outcome.fold(Revocation.ALREADY_REVOKED::equals, error -> false)) {
            return Optional.of(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        return send(call, outcome, done -> Json.object().put("message", "Token revoked successfully"));
    }

    Optional<AuthError> export(ManagementCall call) throws IOException {
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
    private Optional<AuthError> exportWritten(ManagementCall call, String cursor, AuditExport.Format format)
            throws IOException {
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
    private <T> Optional<AuthError> send(ManagementCall call, Outcome<T> outcome, Function<? super T, ObjectNode> body)
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
    private Optional<AuthError> sendIssued(ManagementCall call, Outcome<IssuedToken> outcome) throws IOException {
        return sendIssued(call, outcome, pending(outcome));
    }

    private Optional<AuthError> sendIssued(ManagementCall call, Outcome<IssuedToken> outcome, Optional<String> pending)
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

    private void write(ManagementCall call, ObjectNode body) throws IOException {
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
