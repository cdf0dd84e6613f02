package school.lectern.auth.spi;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;

/** The arguments of {@link TokenStore#revoke(SingleRevocation)}. Immutable. */
public final class SingleRevocation {

    private final String tenantId;
    private final String tokenId;
    private final Instant at;
    private final @Nullable String reason;
    private final List<AuditEvent> events;

    private SingleRevocation(
            String tenantId, String tokenId, Instant at, @Nullable String reason, List<AuditEvent> events) {
        this.tenantId = Objects.requireNonNull(tenantId);
        this.tokenId = Objects.requireNonNull(tokenId);
        this.at = Objects.requireNonNull(at);
        this.reason = reason;
        this.events = List.copyOf(events);
    }

    /**
     * {@return a revocation without a reason}
     *
     * @param tenantId the tenant's id
     * @param tokenId the token's id
     * @param at the time of the revocation
     * @param events the audit events of the change
     */
    public static SingleRevocation of(String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
        return new SingleRevocation(tenantId, tokenId, at, null, events);
    }

    /**
     * {@return this revocation with a reason}
     *
     * @param text the reason, at most 500 code points that every database can store; null for none
     */
    public SingleRevocation withReason(@Nullable String text) {
        return new SingleRevocation(tenantId, tokenId, at, text, events);
    }

    /** {@return the tenant's id} */
    public String tenantId() {
        return tenantId;
    }

    /** {@return the token's id} */
    public String tokenId() {
        return tokenId;
    }

    /** {@return the time of the revocation} */
    public Instant at() {
        return at;
    }

    /** {@return the reason, or null for none} */
    public @Nullable String reason() {
        return reason;
    }

    /** {@return the audit events of the change} Immutable. */
    public List<AuditEvent> events() {
        return events;
    }
}
