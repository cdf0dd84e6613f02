package school.lectern.auth;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.TokenFormats;
import school.lectern.auth.token.StoredToken;

/** Creates the audit events of changes to tokens and tenants. */
final class ChangeEvents {

    private final TokenFormats formats;
    private final IdGenerator ids;

    ChangeEvents(TokenFormats formats, IdGenerator ids) {
        this.formats = formats;
        this.ids = ids;
    }

    /** {@return the details of a change that was made for a reason} */
    static Map<String, String> detailsOf(@Nullable String reason) {
        return reason == null ? Map.of() : Map.of("reason", reason);
    }

    AuditEvent ofToken(TokenEvent what, StoredToken token, Instant now, Actor actor, Map<String, String> details) {
        return of(what.code(), token.tenantId(), token.id(), now, actor, details);
    }

    AuditEvent ofTenant(String what, String tenantId, Instant now, Actor actor) {
        return of(what, tenantId, null, now, actor, Map.of());
    }

    AuditEvent of(
            String what,
            @Nullable String tenantId,
            @Nullable String tokenId,
            Instant now,
            Actor actor,
            Map<String, String> details) {
        Optional<AuthRequest> request = actor.request();
        return AuditEvent.builder(ids.next(now), now, what, "done")
                .requestId(request.map(AuthRequest::requestId).orElse(null))
                .tenantId(tenantId)
                .tokenId(tokenId)
                .method(request.map(AuthRequest::method).map(formats::redacted).orElse(null))
                .endpoint(request.map(AuthRequest::path).map(formats::redacted).orElse(null))
                .status(request.isPresent() ? 200 : null)
                .actor(actor.userId().orElse(null))
                .details(details)
                .build();
    }
}
