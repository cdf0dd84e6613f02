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
import school.lectern.auth.time.StoreTime;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/**
 * Stores tokens. Implementations are safe for use by many threads and may block. Each call is one atomic step, and a change
 * that it returned as done is visible to every later call, on every node. Implementations throw {@link StorageException} if
 * they cannot return a result, and never return a partial one: a row that cannot be read completely is an exception.
 *
 * <p>Every change includes the audit events that record it. They become visible with the change, or neither does.
 *
 * <p>A change that affects authorization (state, secret, start, end, scopes, allowlist, limits, suspension, a tenant's end)
 * takes the next sequence number of the store's change counter as its last step before it becomes visible, so that the order of
 * numbers is the order of changes. A change of many tokens in one step takes one number. Issuing, recording the last use
 * or a notice, and a new hash of the same secret take none.
 *
 * <p>In every returned token, {@link StoredToken#tenantSuspended} and {@link StoredToken#tenantGone} are the state of its
 * tenant at that moment.
 *
 * <p>A tenant that is gone gets no new token and no changed one, regardless of the time at which the change began: the steps
 * that write a token check this in the same transaction.
 */
public interface TokenStore {

    /** The result of a change. */
    enum WriteResult {
        /** The change was made. */
        APPLIED,
        /** Nothing was changed: the stored state is not the state that the change expects. */
        STALE,
        /** Nothing was changed: an active token of the tenant has the name. */
        NAME_TAKEN,
        /** Nothing was changed: the tenant is gone. */
        TENANT_GONE,
        /** Nothing was changed: the tenant or the creator has the maximum number of live tokens. */
        TOO_MANY_TOKENS
    }

    /**
     * {@return the tokens with one of the selectors, compared character by character, and no others} One step, which uses an
     * index alone, because every verification waits for it. A row of another selector means that the store is broken, and the
     * request is refused with the dialect's server error. A store that returns no rows from memory ignores the
     * {@linkplain TokenLookup#freshness freshness}.
     *
     * @param lookup the selectors, and the required freshness
     */
    FoundTokens find(TokenLookup lookup);

    /**
     * {@return the clocks that rows from memory are checked against, or empty if the store returns none from memory} A decision
     * and the lease that it depends on must use the same clocks.
     */
    default Optional<Clocks> clocks() {
        return Optional.empty();
    }

    /**
     * {@return the newest reading of the store's clock, or empty if there is none: then decisions use the clock of this process
     * alone} Queries nothing.
     */
    default Optional<StoreTime> time() {
        return Optional.empty();
    }

    /**
     * {@return the feed that reports the changes of this store to the caches of other processes, or empty if only this process
     * uses the tokens} Without a feed, every change is enforced everywhere once it is made.
     */
    default Optional<ChangeFeed> changes() {
        return Optional.empty();
    }

    /**
     * {@return the tenant's token with the id, or empty if the tenant has none} A token of another tenant is treated as if it
     * did not exist.
     *
     * @param tenantId the tenant's id
     * @param tokenId the token's id
     */
    Optional<StoredToken> get(String tenantId, String tokenId);

    /**
     * {@return the tokens that the filter accepts, the newest first}
     *
     * @param filter the conditions, and the largest number of tokens
     */
    List<StoredToken> list(TokenFilter filter);

    /**
     * {@return the {@link StoredToken#number} of each token that {@link #list} would return, in the same order} To return a
     * page of tokens, its numbers are read first, and then the tokens in smaller parts: a token may be thousands of times as
     * large. A store that can read the numbers alone, from an index, overrides this method.
     *
     * @param filter the conditions, and the largest number of tokens
     */
    default List<Long> listNumbers(TokenFilter filter) {
        int rowsPerPart = 20;
        List<Long> numbers = new ArrayList<>();
        TokenFilter next = filter;
        boolean mayHaveMore = true;
        while (mayHaveMore && numbers.size() < filter.limit()) {
            next = next.limit(Math.min(filter.limit() - numbers.size(), rowsPerPart));
            List<StoredToken> rows = list(next);
            rows.forEach(row -> numbers.add(row.number()));
            mayHaveMore = rows.size() == next.limit();
            next = mayHaveMore ? next.before(numbers.get(numbers.size() - 1)) : next;
        }
        return List.copyOf(numbers);
    }

    /**
     * {@return whether a token of the tenant that is active at a time has the name}
     *
     * @param tenantId the tenant's id
     * @param name the name
     * @param now the time
     */
    boolean isNameTaken(String tenantId, String name, Instant now);

    /**
     * Inserts a new token. Concurrent calls do not violate the constraints together either.
     *
     * @param token the token
     * @param rule the constraints
     * @param events the audit events of the change
     * @return the token with its number, or the reason why nothing was inserted: {@link InsertResult.Kind#TENANT_GONE},
     *     {@link InsertResult.Kind#NAME_TAKEN} or {@link InsertResult.Kind#TOO_MANY_TOKENS}
     * @throws StorageException also if a token has the id or the selector already
     */
    InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events);

    /**
     * Stores many new tokens, each one independently: a token that cannot be stored does not keep another one from being
     * stored. The tokens have no predecessors. A store without a faster way inserts them one by one; a failure may then leave
     * some of them stored. If it is unknown which tokens were stored, calling it again is safe: the result of a stored token is
     * then {@link InsertResult.Kind#ALREADY_THERE}.
     *
     * @param tokens at most 1,000
     * @return the result of each token, in their order
     */
    default List<InsertResult> insertAll(List<TokenInsert> tokens) {
        return tokens.stream().map(token -> SingleInsert.of(this, token)).toList();
    }

    /**
     * Replaces a token with a changed one, if the stored token still has the changed token's {@link StoredToken#revision} and
     * is not revoked, and no constraint forbids it; the stored revision is then one higher. Never changes the time of the last
     * use or the recorded notice.
     *
     * @param changed the changed token, with the revision that was read
     * @param rule the constraints
     * @param events the audit events of the change
     * @return {@link WriteResult#APPLIED}, or the reason why nothing was changed
     */
    WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events);

    /**
     * Updates the predecessor as {@link #update} does, if it has no successor yet, and inserts its successor: both or neither.
     *
     * @param predecessor the old token, with the revision that was read
     * @param successor the new token, of the same line
     * @param rule the constraints; a name need not be unique
     * @param events the audit events of the change
     * @return {@link WriteResult#APPLIED}, or the reason why nothing was changed
     */
    WriteResult rotate(StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events);

    /**
     * Revokes a token, regardless of concurrent changes. Final: nothing can undo it.
     *
     * @param revocation the token, the time, the reason, and the audit events
     * @return {@link WriteResult#STALE} if there is no such token, or it was revoked before
     */
    WriteResult revoke(SingleRevocation revocation);

    /**
     * Revokes every token of the group that is not revoked, including the successors of rotations that are in progress: all or
     * none. After all of them are revoked, the observer is called for each revoked token, as it is then; by the same thread,
     * and without a lock or a transaction. A token that cannot be read after its revocation is logged, and not passed to the
     * observer.
     *
     * @param revocation the group, the time, the audit events, and the observer
     * @return the number of tokens that this call revoked; when it returns, every token of the group is revoked
     */
    long revokeAll(GroupRevocation revocation);

    /**
     * Suspends a tenant, or ends its suspension; a tenant that the store does not contain yet can also be suspended. Its tokens
     * are not changed.
     *
     * @param tenantId the tenant's id
     * @param since the time of the suspension; null to end it
     * @param events the audit events of the change
     * @return {@link WriteResult#STALE} if the tenant is already in that state; {@link WriteResult#TENANT_GONE} if the tenant
     *     is gone
     */
    WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events);

    /**
     * Marks a tenant as gone, permanently; a tenant that the store does not contain yet can also be marked. Its tokens are not
     * changed.
     *
     * @param tenantId the tenant's id
     * @param since the time from which on it is gone
     * @param events the audit events of the change
     * @return {@link WriteResult#STALE} if it is already gone
     */
    WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events);

    /**
     * {@return whether the tenant is gone}
     *
     * @param tenantId the tenant's id
     */
    boolean isGone(String tenantId);

    /**
     * Marks a tenant that is gone as erased. From then on, the audit log of this store drops events of the tenant from all
     * writers; events that are being written at this moment are deleted by {@link #deleteErased}.
     *
     * @param tenantId the tenant's id
     * @param events the audit events of the erasure; none of them belongs to the tenant
     * @return {@link WriteResult#STALE} if it is not gone, or is already erased
     */
    WriteResult setErased(String tenantId, List<AuditEvent> events);

    /**
     * Deletes a part of the data of an erased tenant: its tokens, the counts of their limits if the store has them, and its
     * audit events. The mark that the tenant is gone and erased remains. One transaction; if it deletes tokens, it takes a
     * sequence number.
     *
     * @param tenantId the tenant's id
     * @param limit the largest number of tokens and events to delete
     * @return the number of tokens and events that were deleted; 0 only if nothing is left, and every write that began before
     *     the tenant was erased has ended
     * @throws IllegalStateException if the tenant is not erased
     */
    int deleteErased(String tenantId, int limit);

    /**
     * Replaces the stored hash and its selector with another hash of the same secret and its selector, if the stored token
     * still has the changed token's {@link StoredToken#revision} and is not revoked; the stored revision is then one higher. A
     * request waits for this call, so it does not wait for a row that another transaction has locked: the result is
     * {@link WriteResult#STALE}.
     *
     * @param changed the token with the other hash and selector, and with the revision that was read
     * @param events the audit events of the change
     * @return {@link WriteResult#APPLIED}, or the reason why nothing was changed
     */
    WriteResult rehash(StoredToken changed, List<AuditEvent> events);

    /**
     * Records when tokens were last used, if that is later than the recorded time by at least the minimum interval. Best
     * effort: a token whose row is locked by another transaction at this moment is skipped, without waiting. A store that has a
     * clock of its own never records a time later than this clock, but the time of this clock: otherwise a process whose clock
     * is ahead would keep unused tokens from expiring. Changes nothing else.
     *
     * @param usedAt token id → the time of the last use
     * @param apart the minimum interval between the recorded time and the new time; zero for any later time
     * @return the tokens that were used for the first time, and the tokens that were skipped. Tokens that do not exist are
     *     neither
     */
    Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart);

    /**
     * Records the notice of a token's end, so that one process gives it: if the stored token still has the token's
     * {@link StoredToken#revision} and {@link StoredToken#expiryNotice}, and is not revoked. Changes nothing else, not even the
     * revision.
     *
     * @param token the token as it was read
     * @param notice the notice
     * @return whether this call recorded the notice; the caller then gives it. Otherwise it is not given by the caller
     */
    boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice);

    /**
     * The result of recording the last use of tokens.
     *
     * @param firstUses the ids of the tokens that had never been used before
     * @param leftOut the ids of the skipped tokens, for which nothing was recorded, and which are to be recorded another time
     */
    record Noted(Set<String> firstUses, Set<String> leftOut) {
        /**
         * Copies both sets.
         *
         * @param firstUses the ids of the tokens that had never been used before
         * @param leftOut the ids of the skipped tokens, which are to be recorded another time
         */
        public Noted {
            firstUses = Set.copyOf(firstUses);
            leftOut = Set.copyOf(leftOut);
        }
    }
}
