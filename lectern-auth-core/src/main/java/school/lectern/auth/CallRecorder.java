package school.lectern.auth;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.token.VerifiedToken;

/** Writes calls down: an allowed one before its handler runs, a denied one with its status. */
final class CallRecorder {

    private static final Logger log = LoggerFactory.getLogger(CallRecorder.class);

    private final Dialect dialect;
    private final AuditLog audit;
    private final CallRecording recording;
    private final Ids ids;

    CallRecorder(Dialect dialect, AuditLog audit, CallRecording recording, Ids ids) {
        this.dialect = dialect;
        this.audit = audit;
        this.recording = recording;
        this.ids = ids;
    }

    /**
     * The decision, once it is written down as the recording asks. What proved no token is only ever offered, so that
     * strangers cannot make the log slow.
     */
    Decision record(AuthRequest request, Decision decision) {
        if (recording == CallRecording.NONE) {
            return decision;
        }
        if (decision instanceof Allowed allowed) {
            AuditEvent entry = event(request, allowed.token(), "allowed", null);
            write(entry);
            return new Allowed(
                    allowed.requestId(), allowed.token(), allowed.version(), allowed.limits(), Optional.of(entry));
        }
        Denied denied = (Denied) decision;
        if (denied.token().isPresent()) {
            write(refusal(request, denied));
        } else {
            audit.offer(refusal(request, denied));
        }
        return denied;
    }

    /** Offers a denial to the log, without a claim to its being written: for when that is what broke. */
    Decision offer(AuthRequest request, Denied denied) {
        try {
            if (recording != CallRecording.NONE) {
                audit.offer(refusal(request, denied));
            }
        } catch (RuntimeException | Error broken) {
            FailureLog.tell(
                    log,
                    Level.ERROR,
                    "the refusal of request {} could not be written down",
                    denied.requestId(),
                    broken);
        }
        return denied;
    }

    void complete(Allowed allowed, int status) {
        allowed.entry().ifPresent(entry -> audit.complete(entry, status));
    }

    private void write(AuditEvent event) {
        if (recording == CallRecording.DURABLE) {
            audit.append(event);
        } else {
            audit.offer(event);
        }
    }

    private AuditEvent refusal(AuthRequest request, Denied denied) {
        return event(
                request,
                denied.token().orElse(null),
                "denied:" + denied.error().kind(),
                dialect.status(denied.error()));
    }

    private AuditEvent event(
            AuthRequest request, @Nullable VerifiedToken token, String outcome, @Nullable Integer status) {
        Instant now = ids.now();
        return new AuditEvent(
                ids.next(now),
                now,
                request.requestId(),
                token == null ? null : token.tenantId(),
                token == null ? null : token.id(),
                dialect.format().redacted(request.method()),
                dialect.format().redacted(request.path()),
                status,
                AuditEvent.CALL,
                outcome,
                null,
                Map.of());
    }
}
