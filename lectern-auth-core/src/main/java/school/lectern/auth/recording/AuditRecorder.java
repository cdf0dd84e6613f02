package school.lectern.auth.recording;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.VerifiedToken;

/**
 * Writes calls to the audit log. An allowed call is written before its handler runs, without a status. A denied call is
 * written with its status or, if its {@linkplain RefusedCalls budget} is used up, as a part of a count.
 */
public final class AuditRecorder implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AuditRecorder.class);

    /** The interval between checks for minutes that have ended, whose counts must be written. */
    public static final Duration WRITE_EVERY = Duration.ofSeconds(5);

    private final Dialect dialect;
    private final AuditLog audit;
    private final AuditMode recording;
    private final RefusedCalls refused;
    private final ListenerNotifier lifecycle;
    private final Function<Instant, String> eventIds;
    private final Clocks clocks;

    /**
     * @param dialect the dialect that determines the status of denied calls
     * @param audit the audit log
     * @param recording how calls are written
     * @param refused the counters of refused calls
     * @param lifecycle receives uses of revoked tokens
     * @param eventIds generates the id of an event from its time
     * @param clocks the clocks that determine when a minute has ended
     */
    public AuditRecorder(
            Dialect dialect,
            AuditLog audit,
            AuditMode recording,
            RefusedCalls refused,
            ListenerNotifier lifecycle,
            Function<Instant, String> eventIds,
            Clocks clocks) {
        this.dialect = dialect;
        this.audit = audit;
        this.recording = recording;
        this.refused = refused;
        this.lifecycle = lifecycle;
        this.eventIds = eventIds;
        this.clocks = clocks;
    }

    /**
     * Writes the row of a decision, as the {@link AuditMode} requires. The row of a call without a verified token is only
     * offered to the log, so that unauthenticated callers cannot slow down the log.
     *
     * @param request the request
     * @param decision the decision about the request
     * @param moment returns the moment of the decision; asked only if something is recorded
     * @return the decision; if it is allowed and calls are written, with its row
     * @throws school.lectern.auth.spi.StorageException if the row must be written before the decision returns, and cannot be
     */
    public Decision record(AuthRequest request, Decision decision, Supplier<Moment> moment) {
        if (decision instanceof Denied denied) {
            refuse(request, denied, denied.token().isPresent() && recording == AuditMode.DURABLE, moment);
            return denied;
        }
        if (recording == AuditMode.OFF) {
            return decision;
        }
        Allowed allowed = (Allowed) decision;
        AuditEvent entry = entry(request, allowed.token(), moment.get().instant());
        write(entry, recording == AuditMode.DURABLE);
        return allowed.withEntry(entry);
    }

    /**
     * Offers a denial to the log, without a guarantee that it is written: for denials because the log failed. A failure is
     * logged.
     *
     * @param request the request
     * @param denied the denial
     * @param moment returns the moment of the denial
     * @return the denial
     */
    public Decision offer(AuthRequest request, Denied denied, Supplier<Moment> moment) {
        try {
            refuse(request, denied, false, moment);
        } catch (RuntimeException | Error broken) {
            FailureLog.tell(
                    log,
                    Level.ERROR,
                    "the audit row of refused request {} could not be written",
                    denied.requestId(),
                    broken);
        }
        return denied;
    }

    private void refuse(AuthRequest request, Denied denied, boolean durable, Supplier<Moment> moment) {
        if (recording == AuditMode.OFF && !lifecycle.isHeard()) {
            return;
        }
        Instant now = moment.get().instant();
        Optional<VerifiedToken> token = denied.token();
        Kind kind = denied.error().kind();
        boolean first = token.isPresent() && refused.isFirst(token.get(), kind, request.address(), now);
        if (first && kind == Kind.REVOKED) {
            lifecycle.revokedUsed(token.get().stored(), request.address(), now);
        }
        if (recording != AuditMode.OFF) {
            writeEnded(now);
            refused.rowOf(request, denied, dialect.status(denied.error()), first, now)
                    .ifPresent(row -> write(row, durable));
        }
    }

    /** Writes the counts of minutes that have ended. */
    public void writeEnded() {
        writeEnded(clocks.now().instant());
    }

    private void writeEnded(Instant now) {
        refused.ended(now).forEach(audit::offer);
    }

    /** Writes the remaining counts. */
    @Override
    public void close() {
        refused.close().forEach(audit::offer);
    }

    /**
     * Adds the status of the response to the row of an allowed call.
     *
     * @param allowed the decision
     * @param status the HTTP status of the response
     * @param denial the kind of the error with which another authorizer denied the call after this decision, or null
     */
    public void complete(Allowed allowed, int status, @Nullable Kind denial) {
        allowed.entry()
                .ifPresent(entry -> audit.complete(
                        denial == null
                                ? entry.withStatus(status)
                                : entry.withStatus(status, RefusedCalls.outcome(denial))));
    }

    private void write(AuditEvent event, boolean durable) {
        if (durable) {
            audit.append(event);
        } else {
            audit.offer(event);
        }
    }

    private AuditEvent entry(AuthRequest request, VerifiedToken token, Instant now) {
        return AuditEvent.builder(eventIds.apply(now), now, AuditEvent.CALL, "allowed")
                .requestId(request.requestId())
                .tenantId(token.tenantId())
                .tokenId(token.id())
                .method(dialect.formats().redacted(request.method()))
                .endpoint(dialect.formats().redacted(request.path()))
                .build();
    }
}
