package school.lectern.auth.spi;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.token.StoredToken;

/**
 * Keeps tokens. Implementations are safe for use by many threads and may block; each call is one atomic step, and what it
 * returned as done is there for every later call, on every node. They throw {@link StorageException} when they cannot
 * answer, and never anything half-read: a row that cannot be read whole is an exception.
 *
 * <p>Every change brings the audit events that tell of it. They become visible with the change, or neither does.
 *
 * <p>A change of what decides (state, secret, end, scopes, allowlist, limits) takes the next number of the store's change
 * counter as the last thing before it becomes visible, so that the order of numbers is the order of changes. Issuing and
 * last-used take none.
 */
public interface TokenStore {

    /** What came of a change. */
    enum Outcome {
        /** It was made. */
        DONE,
        /** Nothing was changed: the token is not as the change expects it. */
        STALE,
        /** Nothing was changed: an active token of the tenant has the name. */
        NAME_TAKEN
    }

    /**
     * The tokens with one of these selectors. A store may return others as well, if it compares loosely; the caller
     * compares again. One step, index only: this is what every verification waits for.
     */
    List<StoredToken> find(Collection<String> selectors);

    /** The tenant's token of that id. Another tenant's is as if it did not exist. */
    Optional<StoredToken> get(String tenantId, String tokenId);

    /**
     * The tenant's tokens, newest first.
     *
     * @param before only those with a smaller {@link StoredToken#number}; {@link Long#MAX_VALUE} to start
     * @param limit at most so many
     */
    List<StoredToken> list(String tenantId, long before, int limit);

    /** Whether a token of the tenant that is active at that time has the name. */
    boolean isNameTaken(String tenantId, String name, Instant now);

    /**
     * Keeps a new token.
     *
     * @return the token with its number; empty if the rule forbids its name, also when two come with one name at once
     */
    Optional<StoredToken> insert(StoredToken token, NameRule rule, List<AuditEvent> events);

    /**
     * Replaces a token by a changed one, if the stored one still has the changed one's {@link StoredToken#revision} and is
     * not revoked, and the rule does not forbid its name; the stored revision is then one higher. Never touches last-used.
     */
    Outcome update(StoredToken changed, NameRule rule, List<AuditEvent> events);

    /**
     * Updates the predecessor as {@link #update} does, if it has no successor yet, and keeps its successor: both or
     * neither.
     */
    Outcome rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events);

    /**
     * Revokes a token, whatever else is changed at the same time. Final: nothing can undo it.
     *
     * @return {@link Outcome#STALE} if there is no such token, or it was revoked before
     */
    Outcome revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events);

    /**
     * Notes when tokens were last used, where that is later than what is noted. Best effort: a token whose row is being
     * changed at this moment may be left out. Changes nothing else.
     *
     * @param usedAt token id → when
     */
    void noteUse(Map<String, Instant> usedAt);
}
