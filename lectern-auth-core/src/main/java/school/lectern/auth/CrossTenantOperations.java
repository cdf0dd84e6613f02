package school.lectern.auth;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.Secret;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.Token;

/**
 * Operations on the tokens of all tenants. Immutable, and safe for use by many threads. A revocation blocks for about a second,
 * until every process enforces it; {@link TokenOperations} says what happens if it cannot wait, and if the storage fails.
 */
@CheckReturnValue
public final class CrossTenantOperations {

    private final OperationContext context;

    CrossTenantOperations(OperationContext context) {
        this.context = context;
    }

    /** Returns these operations, called by that actor. Default: {@link Actor#application}. */
    public CrossTenantOperations actingAs(Actor actor) {
        return new CrossTenantOperations(context.actingAs(actor));
    }

    /** Returns these operations without their wait, as {@link TokenOperations#withoutWaiting}. */
    public CrossTenantOperations withoutWaiting() {
        return new CrossTenantOperations(context.withoutWaiting());
    }

    /**
     * Imports a token that another system has issued: from now on it works, by that system's hash, which is replaced by a hash of
     * the current algorithm the first time that the token is used. Takes no creation permit. {@link #importTokens} is faster for
     * many.
     *
     * @return the token, or a refusal: invalid settings, more than the actor may grant, a token that does not fit the dialect's
     *     format, a hash that no configured algorithm accepts, or {@link Kind#CONFLICT} for a token that is stored already
     */
    public Outcome<Token> importToken(ImportedToken token) {
        return importTokens(List.of(token)).get(0);
    }

    /**
     * Imports many tokens, each as {@link #importToken} does: a refusal of one does not affect the others. After a
     * {@link StorageException}, import the same tokens again; those that are stored are then refused as {@link Kind#CONFLICT}.
     *
     * @param tokens at most 1,000
     * @return the outcome of each import, in the order of the tokens
     * @throws IllegalArgumentException if there are more than 1,000
     */
    public List<Outcome<Token>> importTokens(List<ImportedToken> tokens) {
        return context.verbs().importer().importTokens(tokens, context.actor()).stream()
                .map(outcome -> outcome.map(Token::of))
                .toList();
    }

    /**
     * Revokes the token whose secret somebody holds, such as one that was found in public, and blocks for about a second.
     *
     * @param credential the whole token, as a request would present it
     * @return whether this call revoked the token, or a refusal: a credential that has not the shape of a token, a secret that no
     *     token has (any more), or {@link Kind#UNAVAILABLE} while only a slow hash could verify it and those are at capacity
     */
    public Outcome<Revocation> revokePresented(Secret credential) {
        return context.propagated(
                context.verbs().revocation().revokePresented(credential, context.actor()),
                done -> done == Revocation.ALREADY_REVOKED);
    }

    /**
     * Revokes, finally and in one step, every token whose present secret was shown to one user, whichever tenant the token belongs
     * to, and blocks for about a second. The successors of rotations under way are included. A token that is issued, regenerated or
     * rotated later is not: take the user's permission to do so away first. A database has five minutes for it, and revokes no
     * token if it needs longer.
     *
     * @param userId the application's id of the user
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAllOf(String userId) {
        return context.revokeAll(new TokenGroup.OfUser(userId));
    }

    /**
     * As {@link #revokeAllOf(String)}, and passes each revoked token to a consumer, once all of them are revoked: they may be more
     * than fit into memory. The consumer is called by this thread, before the change is waited for.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAllOf(String userId, Consumer<? super Token> revoked) {
        return context.revokeAll(new TokenGroup.OfUser(userId), revoked);
    }

    /**
     * Waits until every process enforces every change that was made before this call, by whatever thread or process. Many changes
     * {@linkplain #withoutWaiting without waiting} need to wait only once:
     *
     * <pre>{@code
     * TokenOperations batch = auth.tenant("123").tokens().withoutWaiting();
     * ids.forEach(id -> batch.revoke(id).orElseThrow());
     * Optional<String> failure = auth.acrossTenants().awaitPropagation();
     * }</pre>
     *
     * @return empty once every process enforces them; otherwise why that could not be waited for
     */
    public Optional<String> awaitPropagation() {
        return context.verbs().propagation().await();
    }

    /**
     * {@return one page of the tokens of all tenants that work now and end before a date, by their expiry or their grace period, the
     * newest first}
     *
     * @param date only tokens that end before this time
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 0 or more
     * @throws IllegalArgumentException if the cursor is not one of this list, or the limit is negative
     */
    public CursorPage<Token> expiringBefore(Instant date, String cursor, int limit) {
        IssuerParts parts = context.verbs().parts();
        TokenFilter filter = TokenFilter.ofAllTenants().endingBetween(parts.now(), date);
        return TokenPages.page(
                parts.tokens().list(TokenPages.from(filter, cursor).limit(limit)), cursor);
    }
}
