package school.lectern.auth;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.spi.TokenStore.WriteResult;

/** Changes the state of a tenant: suspended or not, gone, erased. */
final class TenantChange {

    /**
     * The number of rows that one transaction of an erasure deletes. The transaction delays other readers and writers of the
     * rows.
     */
    static final int ERASED_AT_ONCE = 200;

    private final IssuerParts parts;
    private final ChangeEvents events;
    private final GrantCheck grants;

    TenantChange(IssuerParts parts) {
        this.parts = parts;
        this.events = parts.events();
        this.grants = new GrantCheck(parts.dialect());
    }

    /** {@return whether the tenant was not suspended before; false for a tenant that is gone} */
    Outcome<Boolean> suspend(String tenantId, Actor actor) {
        return TokenRules.judgeTenant(tenantId)
                .<Outcome<Boolean>>map(Outcome.Refused::new)
                .orElseGet(() -> {
                    Instant now = parts.now();
                    return setSuspended(tenantId, now, events.ofTenant("tenant.suspended", tenantId, now, actor));
                });
    }

    /** {@return whether the tenant was suspended} */
    Outcome<Boolean> resume(String tenantId, Actor actor) {
        Instant now = parts.now();
        Optional<AuthError> refusal = TokenRules.judgeTenant(tenantId)
                .or(() -> TokenRules.judge(actor))
                .or(() -> grants.refusal(TokenAuthority.unlimited(), now, actor))
                .or(() -> parts.gone(tenantId));
        return refusal.<Outcome<Boolean>>map(Outcome.Refused::new)
                .orElseGet(() -> setSuspended(tenantId, null, events.ofTenant("tenant.resumed", tenantId, now, actor)));
    }

    private Outcome<Boolean> setSuspended(String tenantId, @Nullable Instant since, AuditEvent event) {
        WriteResult outcome = parts.tokens().setSuspended(tenantId, since, List.of(event));
        return outcome == WriteResult.TENANT_GONE && since == null
                ? new Outcome.Refused<>(AuthError.of(Kind.TENANT_NOT_FOUND))
                : new Outcome.Done<>(outcome == WriteResult.APPLIED);
    }

    /** {@return whether the tenant was not gone before} */
    Outcome<Boolean> markGone(String tenantId, Actor actor) {
        return TokenRules.judgeTenant(tenantId)
                .<Outcome<Boolean>>map(Outcome.Refused::new)
                .orElseGet(() -> {
                    Instant now = parts.now();
                    AuditEvent event = events.ofTenant("tenant.gone", tenantId, now, actor);
                    return new Outcome.Done<>(
                            parts.tokens().setGone(tenantId, now, List.of(event)) == WriteResult.APPLIED);
                });
    }

    /**
     * Deletes the data of a tenant. Every process must already enforce that the tenant is gone.
     *
     * @return the number of deleted rows
     */
    long erase(String tenantId, Actor actor) {
        Instant now = parts.now();
        AuditEvent event = events.of("tenant.erased", null, null, now, actor, Map.of("tenant", tenantId));
        parts.tokens().setErased(tenantId, List.of(event));
        long deleted = 0;
        for (int some = parts.tokens().deleteErased(tenantId, ERASED_AT_ONCE);
                some > 0;
                some = parts.tokens().deleteErased(tenantId, ERASED_AT_ONCE)) {
            deleted += some;
        }
        return deleted;
    }
}
