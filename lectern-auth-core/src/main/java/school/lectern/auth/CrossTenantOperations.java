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
 * until every process enforces it; {@link TokenOperations} describes the behavior if this wait fails, and if the storage fails.
 */
@CheckReturnValue
public final class CrossTenantOperations {

    private final OperationContext context;

    CrossTenantOperations(OperationContext context) {
        this.context = context;
    }

    /**
     * {@return these operations, called by an actor} Default: {@link Actor#application}.
     *
     * @param actor the actor, which the audit log records
     */
    public CrossTenantOperations actingAs(Actor actor) {
        return new CrossTenantOperations(context.actingAs(actor));
    }

    /** {@return these operations, which do not wait until a change is enforced} See {@link TokenOperations#withoutWaiting}. */
    public CrossTenantOperations withoutWaiting() {
        return new CrossTenantOperations(context.withoutWaiting());
    }

    /**
     * {@return these operations, which revoke for a reason} It is stored with each revoked token, and recorded in the audit
     * log. Other operations ignore it. Default: none.
     *
     * @param reason the reason, such as {@code found in a public repository}; a blank text is no reason. Tokens in it are
     *     redacted, invisible characters are escaped, and only the first 500 characters are stored: no reason prevents a
     *     revocation
     */
    public CrossTenantOperations withReason(String reason) {
        return new CrossTenantOperations(context.withReason(reason));
    }

    /**
     * Imports a token that another system has issued. From then on, the token is accepted by that system's hash; the first use
     * of the token replaces it with a hash of the current algorithm. Takes no creation permit. {@link #importTokens} is faster
     * for many tokens.
     *
     * @param token the hash of the token, and its settings
     * @return the token, or a refusal: invalid settings, more than the actor may grant, a token that does not match the
     *     dialect's format, a hash that no configured algorithm accepts, a name that is taken, a tenant that is gone, or
     *     {@link Kind#CONFLICT} for a token that is already stored
     */
    public Outcome<Token> importToken(ImportedToken token) {
        return importTokens(List.of(token)).get(0);
    }

    /**
     * Imports many tokens, each as {@link #importToken} does. The refusal of one token does not affect the others. After a
     * {@link StorageException}, import the same tokens again; the tokens that are already stored are then refused as
     * {@link Kind#CONFLICT}.
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
     * Revokes the token that a credential presents, for example a token that was found in public, and blocks for about a
     * second.
     *
     * @param credential the whole token, as a request would present it
     * @return whether this call revoked the token, or a refusal: a credential that does not have the form of a token, a secret
     *     that no token has (any more), or {@link Kind#UNAVAILABLE} if only a slow hash could verify the secret and slow
     *     hashing is at capacity
     */
    public Outcome<Revocation> revokePresented(Secret credential) {
        return context.propagated(
                context.verbs().revocation().revokePresented(credential, context.actor(), context.reason()),
                done -> done == Revocation.ALREADY_REVOKED);
    }

    /**
     * Revokes, in one step, every token whose present secret was shown to one user, in any tenant, and blocks for about a
     * second. The revocation is final. The successors of rotations in progress are included. A token that is issued,
     * regenerated or rotated later is not included: take the user's permission for these operations away first. A database has
     * five minutes for the revocation, and revokes no token if it needs longer.
     *
     * @param userId the application's id of the user
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAllOf(String userId) {
        return context.revokeAll(new TokenGroup.OfUser(userId));
    }

    /**
     * Does the same as {@link #revokeAllOf(String)}, and passes each revoked token to a consumer after all of them are revoked.
     * The tokens are passed one by one, because together they may not fit into memory. The calling thread calls the consumer,
     * before it waits until every process enforces the change.
     *
     * @param userId the application's id of the user
     * @param revoked called for each revoked token
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAllOf(String userId, Consumer<? super Token> revoked) {
        return context.revokeAll(new TokenGroup.OfUser(userId), revoked);
    }

    /**
     * Waits until every process enforces every change that was made before this call, by any thread or process. After many
     * changes {@linkplain #withoutWaiting without waiting}, one wait is enough:
     *
     * <pre>{@code
     * TokenOperations batch = auth.tenant("123").tokens().withoutWaiting();
     * ids.forEach(id -> batch.revoke(id).orElseThrow());
     * Optional<String> failure = auth.acrossTenants().awaitPropagation();
     * }</pre>
     *
     * @return empty once every process enforces the changes; otherwise the reason why the wait failed
     */
    public Optional<String> awaitPropagation() {
        return context.verbs().propagation().await();
    }

    /**
     * {@return one page of the tokens of all tenants that meet every condition of a search, newest first} A page can have fewer
     * tokens than the limit, or none, before the list ends: continue until {@link CursorPage#isLast}.
     *
     * @param search the conditions
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 1 or more
     * @throws IllegalArgumentException if the cursor is not a number, or the limit is less than 1
     */
    public CursorPage<Token> list(TokenSearch search, String cursor, int limit) {
        return TokenPages.search(context.verbs().parts(), TokenFilter.ofAllTenants(), search, cursor, limit);
    }

    /**
     * {@return one page of the tokens of all tenants that are not revoked, and that end between now and a date, by their
     * expiry, their grace period or the configured maximum lifetime; newest first}
     *
     * @param date only tokens that end before this time
     * @param cursor {@link CursorPage#START}, or the {@linkplain CursorPage#next cursor} of another page of this list
     * @param limit the largest number of tokens in the page; 1 or more
     * @throws IllegalArgumentException if the cursor is not a number, or the limit is less than 1
     */
    public CursorPage<Token> expiringBefore(Instant date, String cursor, int limit) {
        IssuerParts parts = context.verbs().parts();
        TokenFilter filter = TokenFilter.ofAllTenants()
                .endingBetween(parts.now(), date, parts.lifetimes().max());
        return TokenPages.page(
                parts.tokens().list(TokenPages.from(filter, cursor).limit(limit)), cursor);
    }
}
