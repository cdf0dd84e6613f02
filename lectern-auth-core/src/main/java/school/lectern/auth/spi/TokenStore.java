package school.lectern.auth.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Keeps tokens. Implementations are safe for use by many threads and may block; each call is one atomic step, and what it
 * returned as done is there for every later call, on every node. They throw {@link StorageException} when they cannot
 * answer, and never anything half-read: a row that cannot be read whole is an exception.
 *
 * <p>Every change brings the audit events that tell of it. They become visible with the change, or neither does.
 *
 * <p>A change of what decides (state, secret, end, scopes, allowlist, limits, suspension, a tenant's end) takes the next number of the
 * store's change counter as the last thing before it becomes visible, so that the order of numbers is the order of changes;
 * one that changes many tokens at once takes one. Issuing, last-used and a new hash of the same secret take none.
 *
 * <p>Wherever a token is returned, {@link StoredToken#tenantSuspended} and {@link StoredToken#tenantGone} are what holds for its
 * tenant at that moment.
 *
 * <p>A tenant that is gone gets no new token and no changed one, whatever the time at which the change began: the steps that
 * write a token check it in the same transaction.
 */
public interface TokenStore {

    /** What came of a change. */
    enum WriteResult {
        /** It was made. */
        APPLIED,
        /** Nothing was changed: the token is not as the change expects it. */
        STALE,
        /** Nothing was changed: an active token of the tenant has the name. */
        NAME_TAKEN,
        /** Nothing was changed: the tenant is gone. */
        TENANT_GONE
    }

    /**
     * Returns the tokens with one of the selectors, compared character by character, and no others. One step, by an index alone:
     * every verification waits for it. A row of another selector counts as a broken store, and the request is refused with the
     * dialect's server error. A store that returns nothing from memory ignores the {@linkplain TokenLookup#freshness freshness}.
     */
    FoundTokens find(TokenLookup lookup);

    /**
     * Returns the clocks that rows from memory are checked against, or empty if the store returns none from memory. A decision
     * and the lease that it rests on must use the same clocks.
     */
    default Optional<Clocks> clocks() {
        return Optional.empty();
    }

    /**
     * Tells the caches of other processes what has changed here. Empty if the tokens are this process's alone: then a change
     * that was made holds everywhere.
     */
    default Optional<ChangeFeed> changes() {
        return Optional.empty();
    }

    /** The tenant's token of that id. Another tenant's is as if it did not exist. */
    Optional<StoredToken> get(String tenantId, String tokenId);

    /**
     * {@return the tokens that the filter accepts, the newest first}
     *
     * @param filter the conditions, and the largest number of tokens
     */
    List<StoredToken> list(TokenFilter filter);

    /**
     * {@return the {@link StoredToken#number} of each token that {@link #list} would return, in the same order} A page of tokens is
     * planned by its numbers, and then read in smaller parts: a token may be thousands of times as large. A store that can read
     * the numbers alone, from an index, overrides this method.
     *
     * @param filter the conditions, and the largest number of tokens
     */
    default List<Long> listNumbers(TokenFilter filter) {
        int rowsPerPart = 20;
        List<Long> numbers = new ArrayList<>();
        List<StoredToken> rows = list(filter.limit(Math.min(filter.limit(), rowsPerPart)));
        while (!rows.isEmpty() && numbers.size() < filter.limit()) {
            rows.forEach(row -> numbers.add(row.number()));
            long last = numbers.get(numbers.size() - 1);
            rows = list(filter.before(last).limit(Math.min(filter.limit() - numbers.size(), rowsPerPart)));
        }
        return List.copyOf(numbers);
    }

    /** Whether a token of the tenant that is active at that time has the name. */
    boolean isNameTaken(String tenantId, String name, Instant now);

    /**
     * Keeps a new token.
     *
     * @return the token with its number; empty if the rule forbids its name, also when two come with one name at once, or if the
     *     tenant is gone
     */
    Optional<StoredToken> insert(StoredToken token, NameConstraint rule, List<AuditEvent> events);

    /**
     * Stores many new tokens, each of them or not: a token that cannot be stored keeps no other one from being stored. They have
     * no predecessors. A store that knows no faster way inserts one by one; then a failure may leave some of them stored. Where
     * it is unknown what was stored, calling it again is safe: tokens that are stored are then already there.
     *
     * @param tokens at most 1,000
     * @return the result of each token, in their order
     */
    default List<InsertResult> insertAll(List<TokenInsert> tokens) {
        return tokens.stream().map(token -> SingleInsert.of(this, token)).toList();
    }

    /**
     * Replaces a token by a changed one, if the stored one still has the changed one's {@link StoredToken#revision} and is
     * not revoked, and the rule does not forbid its name; the stored revision is then one higher. Never touches last-used.
     */
    WriteResult update(StoredToken changed, NameConstraint rule, List<AuditEvent> events);

    /**
     * Updates the predecessor as {@link #update} does, if it has no successor yet, and keeps its successor: both or
     * neither.
     */
    WriteResult rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events);

    /**
     * Revokes a token, whatever else is changed at the same time. Final: nothing can undo it.
     *
     * @return {@link WriteResult#STALE} if there is no such token, or it was revoked before
     */
    WriteResult revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events);

    /**
     * Revokes every token of the group that is not revoked, the successors of rotations under way at the same time included: all or
     * none. The observer is called for each revoked token, as it is then, once all of them are revoked; by the same thread, and
     * without a lock or a transaction. A token that cannot be read after its revocation is logged and left out.
     *
     * @return the number of tokens that this call revoked; at the end no token of the group is left
     */
    long revokeAll(GroupRevocation revocation);

    /**
     * Suspends a tenant, or ends its suspension; a tenant that the store has not seen yet can be suspended, too. Its tokens
     * are not changed.
     *
     * @param since since when; null to end the suspension
     * @return {@link WriteResult#STALE} if that is how it is already; {@link WriteResult#TENANT_GONE} if the tenant is gone
     */
    WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events);

    /**
     * Marks a tenant as gone, for good; a tenant that the store has not seen yet can be marked, too. Its tokens are not changed.
     *
     * @param since since when
     * @return {@link WriteResult#STALE} if it is gone already
     */
    WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events);

    /** Returns whether the tenant is gone. */
    boolean isGone(String tenantId);

    /**
     * Marks a tenant that is gone as erased. From then on, the audit log of this store drops events of the tenant, whoever writes
     * them; those that are being written at this moment are deleted by {@link #deleteErased}.
     *
     * @param events what is recorded of the erasure; none of the tenant's own
     * @return {@link WriteResult#STALE} if it is not gone, or is erased already
     */
    WriteResult setErased(String tenantId, List<AuditEvent> events);

    /**
     * Deletes some of what is stored of an erased tenant: its tokens, the counts of their limits if the store has them, and its
     * audit events. The mark that the tenant is gone and erased stays. One transaction; where it deletes tokens, it takes a number.
     *
     * @param limit the maximum number of tokens and events to delete
     * @return the number of tokens and events that were deleted; 0 only when nothing is left, and every write that began before
     *     the tenant was erased has ended
     * @throws IllegalStateException if the tenant is not erased
     */
    int deleteErased(String tenantId, int limit);

    /**
     * Puts another hash of the same secret, and the selector that goes with it, in place of the stored one, if the token still
     * has that {@link StoredToken#revision} and is not revoked; the stored revision is then one higher. A request waits for
     * this, so a row that somebody holds is stale, and is not waited for.
     */
    WriteResult rehash(StoredToken changed, List<AuditEvent> events);

    /**
     * Notes when tokens were last used, where that is later than what is noted, by at least so much. Best effort: a token whose
     * row is held by somebody at this moment is left out, and not waited for. Changes nothing else.
     *
     * @param usedAt token id → when
     * @param apart how much later than what is noted; zero for any later time
     */
    Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart);

    /**
     * What came of noting the use of tokens.
     *
     * @param firstUses the ids of those that had never been used before
     * @param leftOut the ids of those that nothing was noted of, and that are to be noted another time
     */
    record Noted(Set<String> firstUses, Set<String> leftOut) {
        /** Copies what could change. */
        public Noted {
            firstUses = Set.copyOf(firstUses);
            leftOut = Set.copyOf(leftOut);
        }
    }
}
