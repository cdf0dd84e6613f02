package school.lectern.auth;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/**
 * The operations on the tokens of one tenant: issues, reads, changes and revokes them. Immutable, and safe for use by many
 * threads.
 *
 * <pre>{@code
 * TokenOperations tokens = auth.tenant("123").tokens();
 * IssuedToken issued = tokens.issue(NewToken.named("CI").scopes("read:learners")).orElseThrow();
 * tokens.actingAs(user).revoke(issued.id()).orElseThrow();
 * }</pre>
 *
 * <p>An operation blocks for as long as the storage does. A change that affects authorization blocks until every process
 * enforces it: for about a second if the tokens are in a storage that other processes cache. {@link #withoutWaiting} changes
 * that. The outcome of an invalid request is an {@link Outcome.Refused}.
 *
 * <p>If the wait fails, the outcome is done nevertheless, and its {@link Outcome#propagation propagation} fails: for about a
 * second, other processes may still allow requests by the state before the change.
 *
 * <p>If the storage fails, an operation throws a {@link StorageException}, and it is unknown whether the change was made.
 * Updating or revoking again is safe. Issuing, regenerating or rotating again may create a second secret, or be refused because
 * the token already has a successor: list the tokens first, and revoke a token whose secret was lost.
 *
 * <p>No actor gives a token more than the actor's {@link Grant} covers. An operation that shows a secret (issue, regenerate,
 * rotate) needs a grant that covers the whole token, as enabling does, and so does an update that widens anything: scopes,
 * addresses, the time from the start to the end, or rate limits. An update that only narrows or renames needs no grant, and
 * neither does a revocation or disabling a token. The comparison with the row that an update replaces decides whether it
 * widens the token. Every change is recorded in the audit log, together with the change itself.
 *
 * <p>A token of another dialect in the same store, whose prefix is in no format of this one, can be revoked and disabled. Other
 * changes of it are refused as a {@linkplain school.lectern.auth.decision.AuthError.Kind#CONFLICT conflict}.
 */
@CheckReturnValue
public final class TokenOperations {

    private final OperationContext context;
    private final String tenantId;

    TokenOperations(OperationContext context, String tenantId) {
        this.context = context;
        this.tenantId = tenantId;
    }

    /**
     * {@return these operations, called by an actor} Default: {@link Actor#application}.
     *
     * @param actor the actor, whose grant applies, and which the audit log records
     */
    public TokenOperations actingAs(Actor actor) {
        return new TokenOperations(context.actingAs(actor), tenantId);
    }

    /**
     * {@return these operations, which do not wait until a change is enforced} A change is made when its operation returns, and
     * {@link Outcome#propagation} completes once every process enforces it. Until then, other processes may still allow
     * requests by the state before the change; this process does not.
     */
    public TokenOperations withoutWaiting() {
        return new TokenOperations(context.withoutWaiting(), tenantId);
    }

    /**
     * {@return these operations, which revoke and disable for a reason} The reason of a revocation is stored with the token,
     * and both are recorded in the audit log. Other operations ignore it. Default: none.
     *
     * @param reason the reason, such as {@code found in a public repository}; a blank text is no reason. Tokens in it are
     *     redacted, invisible characters are escaped, and only the first 500 characters are stored: no reason prevents a
     *     revocation
     */
    public TokenOperations withReason(String reason) {
        return new TokenOperations(context.withReason(reason), tenantId);
    }

    /**
     * Issues a token. Its secret is in the result, and cannot be read again.
     *
     * @param token the settings of the token
     * @return the token, or a refusal: invalid settings, a name that is taken, more than the actor may grant, a tenant that is
     *     gone, or too many creations
     * @throws IllegalArgumentException if the dialect's format does not have the prefix of the new token
     */
    public Outcome<IssuedToken> issue(NewToken token) {
        return context.verbs().creation().issue(tenantId, token, context.actor());
    }

    /**
     * Changes settings of a token. Blocks for about a second if the change affects authorization, as the class comment
     * describes.
     *
     * @param tokenId the id of the token
     * @param update the settings to change
     * @return the changed token, or a refusal: no such token, a revoked token, a tenant that is gone, invalid settings, a name
     *     that is taken, or a change that widens the token beyond the actor's grant
     */
    public Outcome<Token> update(String tokenId, TokenUpdate update) {
        Outcome<Token> outcome = context.verbs()
                .change()
                .update(tenantId, tokenId, update, context.actor())
                .map(Token::of);
        // Also if the token already had the settings: an earlier call with the same update may still have to be
        // enforced.
        return update.affectsAuthorization() ? context.propagated(outcome) : outcome;
    }

    /**
     * Generates a new secret for a token, and blocks for about a second, until no process accepts the old secret. The id, the
     * expiry and, in a format of two parts, the public key do not change.
     *
     * @param tokenId the id of the token
     * @return the token with its new secret, which cannot be read again, or a refusal: no such token, a revoked token, a tenant
     *     that is gone, more than the actor may grant, or too many creations
     */
    public Outcome<IssuedToken> regenerate(String tokenId) {
        return context.propagated(context.verbs().change().regenerate(tenantId, tokenId, context.actor()));
    }

    /**
     * Issues a successor of a token, with the same name, settings and expiry. Both work until the grace period ends or the old
     * token is revoked. Blocks for about a second if there is no grace period. With a grace period, the operation does not
     * wait: other processes may extend a grace period that is shorter than a lease to the length of the lease.
     *
     * @param tokenId the id of the token
     * @param gracePeriod how long the old token remains valid
     * @return the successor with its secret, or a refusal: no such token, a revoked or expired token, a token that has a
     *     successor, a tenant that is gone, more than the actor may grant, or too many creations
     */
    public Outcome<IssuedToken> rotate(String tokenId, GracePeriod gracePeriod) {
        return context.rotated(
                gracePeriod, context.verbs().change().rotate(tenantId, tokenId, gracePeriod, context.actor()));
    }

    /**
     * Disables a token, and blocks for about a second, until no process allows it. A disabled token is denied until it is
     * enabled again. Its name stays taken, and it can be changed. A successor of a disabled token is disabled, too.
     *
     * @param tokenId the id of the token
     * @return the token, also if it was disabled before, or a refusal: no such token, a revoked token, or a tenant that is gone
     */
    public Outcome<Token> disable(String tokenId) {
        return switched(context.verbs().change().disable(tenantId, tokenId, context.actor(), context.reason()));
    }

    /**
     * Enables a disabled token again, and blocks for about a second, until every process allows it.
     *
     * @param tokenId the id of the token
     * @return the token, also if it was enabled before, or a refusal: no such token, a revoked token, a tenant that is gone, or
     *     a token that the actor's grant does not cover as a whole
     */
    public Outcome<Token> enable(String tokenId) {
        return switched(context.verbs().change().enable(tenantId, tokenId, context.actor(), context.reason()));
    }

    private Outcome<Token> switched(Outcome<TokenChange.Switched> outcome) {
        return context.propagated(outcome, done -> !done.wasChanged()).map(done -> Token.of(done.token()));
    }

    /**
     * Revokes a token, and blocks for about a second, until no process allows it. The revocation is final. A token whose row
     * cannot be read is also revoked.
     *
     * @param tokenId the id of the token
     * @return whether this call revoked the token, or a refusal: no such token
     */
    public Outcome<Revocation> revoke(String tokenId) {
        return context.propagated(
                context.verbs().revocation().revoke(tenantId, tokenId, context.actor(), context.reason()),
                done -> done == Revocation.ALREADY_REVOKED);
    }

    /**
     * Revokes, in one step, every token of the tenant, and blocks for about a second, until no process allows one of them. The
     * revocation is final. The successors of rotations in progress are included. A token that is issued, regenerated or rotated
     * later is not included: take the permission for these operations away first. A database has five minutes for the
     * revocation, and revokes no token if it needs longer.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll() {
        return context.revokeAll(new TokenGroup.OfTenant(tenantId));
    }

    /**
     * Does the same as {@link #revokeAll()}, and passes each revoked token to a consumer after all of them are revoked. The
     * tokens are passed one by one, because together they may not fit into memory. The calling thread calls the consumer,
     * before it waits until every process enforces the change.
     *
     * @param revoked called for each revoked token
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll(Consumer<? super Token> revoked) {
        return context.revokeAll(new TokenGroup.OfTenant(tenantId), revoked);
    }

    /**
     * {@return the tenant's token with the given id, or empty if the tenant has none}
     *
     * @param tokenId the id of the token
     */
    public Optional<Token> get(String tokenId) {
        return context.verbs().parts().find(tenantId, tokenId).map(Token::of);
    }

    /**
     * {@return one page of the tenant's tokens, newest first, revoked and expired tokens included}
     *
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 1 or more
     * @throws IllegalArgumentException if the cursor is not a number, or the limit is less than 1
     */
    public CursorPage<Token> list(String cursor, int limit) {
        return TokenPages.page(listed(TokenPages.from(filter(), cursor).limit(limit)), cursor);
    }

    /**
     * {@return one page of the tenant's tokens that meet every condition of a search, newest first} A page can have fewer
     * tokens than the limit, or none, before the list ends: continue until {@link CursorPage#isLast}.
     *
     * @param search the conditions
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 1 or more
     * @throws IllegalArgumentException if the cursor is not a number, or the limit is less than 1
     */
    public CursorPage<Token> list(TokenSearch search, String cursor, int limit) {
        return Identifier.isValid(tenantId)
                ? TokenPages.search(context.verbs().parts(), filter(), search, cursor, limit)
                : CursorPage.of(List.of(), cursor);
    }

    /**
     * {@return the {@link Token#number} of each token in the page that {@link #list} would return, in the same order} Numbers
     * are small: to read a page of many tokens, get its numbers first, and then the tokens in parts, by {@link #listAt}.
     *
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 1 or more
     * @throws IllegalArgumentException if the cursor is not a number, or the limit is less than 1
     */
    public List<Long> listNumbers(String cursor, int limit) {
        TokenFilter filter = TokenPages.from(filter(), cursor).limit(limit);
        return Identifier.isValid(tenantId) ? context.verbs().parts().tokens().listNumbers(filter) : List.of();
    }

    /**
     * {@return the tenant's tokens with these numbers, newest first} A number that no token of the tenant has is left out.
     * Numbers that are close to each other, as in a part of a list, need one query of the storage.
     *
     * @param numbers the numbers, in any order
     */
    public List<Token> listAt(List<Long> numbers) {
        if (numbers.isEmpty()) {
            return List.of();
        }
        List<Token> tokens = new ArrayList<>();
        // Transactions that have ended since then may have added tokens in between, so that one query is not enough.
        TokenFilter next = filter().before(Collections.max(numbers) + 1).limit(numbers.size());
        long last = Collections.min(numbers);
        long reached = Long.MAX_VALUE;
        while (reached > last) {
            List<StoredToken> rows = listed(next);
            rows.stream()
                    .filter(row -> numbers.contains(row.number()))
                    .map(Token::of)
                    .forEach(tokens::add);
            reached = rows.isEmpty() ? last : rows.get(rows.size() - 1).number();
            next = next.before(reached);
        }
        return List.copyOf(tokens);
    }

    private TokenFilter filter() {
        return TokenFilter.ofTenant(tenantId);
    }

    private List<StoredToken> listed(TokenFilter filter) {
        return Identifier.isValid(tenantId) ? context.verbs().parts().tokens().list(filter) : List.of();
    }
}
