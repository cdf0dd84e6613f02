package school.lectern.auth;

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
 * The tokens of one tenant: issues, reads, changes and revokes them. Immutable, and safe for use by many threads.
 *
 * <pre>{@code
 * TokenOperations tokens = auth.tenant("123").tokens();
 * IssuedToken issued = tokens.issue(NewToken.named("CI").scopes("read:learners")).orElseThrow();
 * tokens.actingAs(user).revoke(issued.id()).orElseThrow();
 * }</pre>
 *
 * <p>An operation blocks for as long as the storage does. A change that affects authorization blocks until every process enforces
 * it: for about a second where the tokens are in a storage that other processes cache. {@link #withoutWaiting} changes that. An
 * invalid request is an {@link Outcome.Refused}.
 *
 * <p>If a change cannot be waited for, the outcome is done nevertheless, and its {@link Outcome#propagation propagation} fails:
 * other processes may then go on allowing what was allowed before, for about a second.
 *
 * <p>If the storage fails, an operation throws a {@link StorageException}, and it is unknown whether the change was made. To
 * update or revoke again is safe. To issue, regenerate or rotate again may create a second secret, or find that there is a
 * successor already: list the tokens first, and revoke the token that nobody holds.
 *
 * <p>No actor gives a token more than the actor's {@link Grant} covers. An operation that shows a secret (issue, regenerate,
 * rotate) needs a grant that covers the whole token, and so does an update that widens anything: scopes, addresses, the time
 * until the end, or rate limits. An update that only narrows or renames needs none, and neither does a revocation. The widening
 * is found by comparing with the row that the change replaces. Every change is recorded in the audit log, together with the
 * change itself.
 */
@CheckReturnValue
public final class TokenOperations {

    private final OperationContext context;
    private final String tenantId;

    TokenOperations(OperationContext context, String tenantId) {
        this.context = context;
        this.tenantId = tenantId;
    }

    /** Returns these operations, called by that actor. Default: {@link Actor#application}. */
    public TokenOperations actingAs(Actor actor) {
        return new TokenOperations(context.actingAs(actor), tenantId);
    }

    /**
     * Returns these operations without their wait: a change is made when its operation returns, and {@link Outcome#propagation}
     * completes once every process enforces it. Until then other processes may go on allowing what was allowed before; this
     * process does not.
     */
    public TokenOperations withoutWaiting() {
        return new TokenOperations(context.withoutWaiting(), tenantId);
    }

    /**
     * Issues a token. Its secret is in the result, and can never be read again.
     *
     * @return the token, or a refusal: invalid settings, a name that is taken, more than the actor may grant, a tenant that is
     *     gone, or too many creations
     * @throws IllegalArgumentException if the dialect's format does not have the prefix of the new token
     */
    public Outcome<IssuedToken> issue(NewToken token) {
        return context.verbs().creation().issue(tenantId, token, context.actor());
    }

    /**
     * Changes settings of a token. Blocks for about a second if the change affects authorization, as the class comment says.
     *
     * @return the changed token, or a refusal: no such token, a revoked token, invalid settings, or a change that widens what the
     *     token may do beyond the actor's grant
     */
    public Outcome<Token> update(String tokenId, TokenUpdate update) {
        Outcome<Token> outcome = context.verbs()
                .change()
                .update(tenantId, tokenId, update, context.actor())
                .map(Token::of);
        // Also where it was so already: an earlier call of the same may be what is waited for.
        return update.affectsAuthorization() ? context.propagated(outcome) : outcome;
    }

    /**
     * Generates a new secret for a token, and blocks for about a second, until no process accepts the old secret. The id, the expiry
     * and, in a format of two parts, the public key stay.
     *
     * @return the token with its new secret, which can never be read again, or a refusal: no such token, a revoked token, more
     *     than the actor may grant, or too many creations
     */
    public Outcome<IssuedToken> regenerate(String tokenId) {
        return context.propagated(context.verbs().change().regenerate(tenantId, tokenId, context.actor()));
    }

    /**
     * Issues a successor of a token, with the same name, settings and expiry. Both work until the grace period ends or the old
     * token is revoked. Blocks for about a second if there is no grace period. A grace period is not waited for: one that is shorter
     * than a lease may last as long as a lease in other processes.
     *
     * @param gracePeriod how long the old token goes on working
     * @return the successor with its secret, or a refusal: no such token, a revoked or expired token, a token that has a
     *     successor, more than the actor may grant, or too many creations
     */
    public Outcome<IssuedToken> rotate(String tokenId, GracePeriod gracePeriod) {
        Outcome<IssuedToken> outcome = context.verbs().change().rotate(tenantId, tokenId, gracePeriod, context.actor());
        // A grace period under way would be over when it had been waited for.
        return (gracePeriod.isNone() ? context : context.withoutWaiting()).propagated(outcome);
    }

    /**
     * Revokes a token, finally, and blocks for about a second, until no process allows it. Revokes also a token whose row cannot be
     * read.
     *
     * @return whether this call revoked the token, or a refusal: no such token
     */
    public Outcome<Revocation> revoke(String tokenId) {
        return context.propagated(
                context.verbs().revocation().revoke(tenantId, tokenId, context.actor()),
                done -> done == Revocation.ALREADY_REVOKED);
    }

    /**
     * Revokes, finally and in one step, every token of the tenant, and blocks for about a second, until no process allows one of
     * them. The successors of rotations under way are included. A token that is issued, regenerated or rotated later is not: take
     * the permission to do so away first. A database has five minutes for it, and revokes no token if it needs longer.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll() {
        return context.revokeAll(new TokenGroup.OfTenant(tenantId));
    }

    /**
     * As {@link #revokeAll()}, and passes each revoked token to a consumer, once all of them are revoked: they may be more than
     * fit into memory. The consumer is called by this thread, before the change is waited for.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll(Consumer<? super Token> revoked) {
        return context.revokeAll(new TokenGroup.OfTenant(tenantId), revoked);
    }

    /** Returns the tenant's token with the given id, or empty if the tenant has none. */
    public Optional<Token> get(String tokenId) {
        return context.verbs().parts().find(tenantId, tokenId).map(Token::of);
    }

    /**
     * {@return one page of the tenant's tokens, newest first, revoked and expired tokens included}
     *
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 0 or more
     * @throws IllegalArgumentException if the cursor is not one of this list, or the limit is negative
     */
    public CursorPage<Token> list(String cursor, int limit) {
        return TokenPages.page(listed(TokenPages.from(filter(), cursor).limit(limit)), cursor);
    }

    /**
     * {@return the {@link Token#number} of each token in the page that {@link #list} would return, in the same order} Numbers are
     * small: a page of many tokens is planned by them, and then read in parts by {@link #listAt}.
     *
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 0 or more
     * @throws IllegalArgumentException if the cursor is not one of this list, or the limit is negative
     */
    public List<Long> listNumbers(String cursor, int limit) {
        TokenFilter filter = TokenPages.from(filter(), cursor).limit(limit);
        return Identifier.isValid(tenantId) ? context.verbs().parts().tokens().listNumbers(filter) : List.of();
    }

    /**
     * {@return the tenant's tokens with these numbers, newest first} Leaves out a number that no token of the tenant has.
     *
     * @param numbers numbers that follow each other in a list, as {@link #listNumbers} returned them
     */
    public List<Token> listAt(List<Long> numbers) {
        if (numbers.isEmpty()) {
            return List.of();
        }
        TokenFilter filter = filter().before(numbers.get(0) + 1).limit(numbers.size());
        // A transaction that has ended since may have added a token in between.
        return listed(filter).stream()
                .filter(row -> numbers.contains(row.number()))
                .map(Token::of)
                .toList();
    }

    private TokenFilter filter() {
        return TokenFilter.ofTenant(tenantId);
    }

    private List<StoredToken> listed(TokenFilter filter) {
        return Identifier.isValid(tenantId) ? context.verbs().parts().tokens().list(filter) : List.of();
    }
}
