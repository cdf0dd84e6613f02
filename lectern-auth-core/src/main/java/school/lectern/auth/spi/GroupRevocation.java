package school.lectern.auth.spi;

import java.time.Instant;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.StoredToken;

/** What {@link TokenStore#revokeAll} is to do. Immutable. */
public final class GroupRevocation {

    private final TokenGroup group;
    private final Instant at;
    private final BiFunction<String, String, AuditEvent> event;
    private final @Nullable Consumer<? super StoredToken> observer;

    /**
     * A revocation that nobody observes.
     *
     * @param group the tokens to revoke
     * @param at the time of their revocation
     * @param event returns the audit event of one token's revocation, given the id of its tenant and its own id
     */
    public GroupRevocation(TokenGroup group, Instant at, BiFunction<String, String, AuditEvent> event) {
        this(group, at, event, null);
    }

    private GroupRevocation(
            TokenGroup group,
            Instant at,
            BiFunction<String, String, AuditEvent> event,
            @Nullable Consumer<? super StoredToken> observer) {
        this.group = Objects.requireNonNull(group);
        this.at = Objects.requireNonNull(at);
        this.event = Objects.requireNonNull(event);
        this.observer = observer;
    }

    /** Returns this revocation, with an observer that is called for each revoked token after all of them are revoked. */
    public GroupRevocation observedBy(Consumer<? super StoredToken> tokens) {
        return new GroupRevocation(group, at, event, tokens);
    }

    /** Returns the tokens to revoke. */
    public TokenGroup group() {
        return group;
    }

    /** Returns the time of their revocation. */
    public Instant at() {
        return at;
    }

    /** Returns a new audit event for the revocation of a token. What it throws keeps every token from being revoked. */
    public AuditEvent event(String tenantId, String tokenId) {
        return event.apply(tenantId, tokenId);
    }

    /** Returns whether anybody observes; if not, a store need not read the revoked tokens. */
    public boolean isObserved() {
        return observer != null;
    }

    /** Passes a revoked token to the observer, if there is one. */
    public void revoked(StoredToken token) {
        if (observer != null) {
            observer.accept(token);
        }
    }
}
