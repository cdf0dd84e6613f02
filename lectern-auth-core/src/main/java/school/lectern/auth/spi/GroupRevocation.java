package school.lectern.auth.spi;

import java.time.Instant;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.StoredToken;

/** The arguments of {@link TokenStore#revokeAll}. Immutable. */
public final class GroupRevocation {

    private final TokenGroup group;
    private final Instant at;
    private final BiFunction<String, String, AuditEvent> event;
    private final @Nullable String reason;
    private final @Nullable Consumer<? super StoredToken> observer;

    /**
     * Creates a revocation without an observer.
     *
     * @param group the tokens to revoke
     * @param at the time of their revocation
     * @param event returns the audit event of one token's revocation, given the id of its tenant and its own id
     */
    public GroupRevocation(TokenGroup group, Instant at, BiFunction<String, String, AuditEvent> event) {
        this(group, at, event, null, null);
    }

    private GroupRevocation(
            TokenGroup group,
            Instant at,
            BiFunction<String, String, AuditEvent> event,
            @Nullable String reason,
            @Nullable Consumer<? super StoredToken> observer) {
        this.group = Objects.requireNonNull(group);
        this.at = Objects.requireNonNull(at);
        this.event = Objects.requireNonNull(event);
        this.reason = reason;
        this.observer = observer;
    }

    /**
     * {@return this revocation with a reason}
     *
     * @param text the reason, at most 500 code points that every database can store; null for none
     */
    public GroupRevocation withReason(@Nullable String text) {
        return new GroupRevocation(group, at, event, text, observer);
    }

    /**
     * {@return this revocation, with an observer that is called for each revoked token after all of them are revoked}
     *
     * @param tokens the observer
     */
    public GroupRevocation observedBy(Consumer<? super StoredToken> tokens) {
        return new GroupRevocation(group, at, event, reason, tokens);
    }

    /** {@return the tokens to revoke} */
    public TokenGroup group() {
        return group;
    }

    /** {@return the time of their revocation} */
    public Instant at() {
        return at;
    }

    /** {@return the reason of the revocation, or null for none} */
    public @Nullable String reason() {
        return reason;
    }

    /**
     * {@return a new audit event for the revocation of a token} If this method throws, no token is revoked.
     *
     * @param tenantId the id of the token's tenant
     * @param tokenId the token's id
     */
    public AuditEvent event(String tenantId, String tokenId) {
        return event.apply(tenantId, tokenId);
    }

    /** {@return whether there is an observer; if not, a store need not read the revoked tokens} */
    public boolean isObserved() {
        return observer != null;
    }

    /**
     * Passes a revoked token to the observer, if there is one.
     *
     * @param token the revoked token
     */
    public void revoked(StoredToken token) {
        if (observer != null) {
            observer.accept(token);
        }
    }
}
