package school.lectern.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;

/**
 * Makes tokens and changes them. Safe for use by many threads; blocks for as long as the stores do. What is asked wrongly
 * comes back as {@link Outcome.Refused}; broken storage is thrown as {@link StorageException}, and it is then unknown
 * whether the change was made. To update, revoke, suspend or resume again is safe. To issue, regenerate or rotate again may
 * make a second secret, or find that there is a successor already: look at the list first, and revoke what nobody holds.
 *
 * <p>A change of what decides returns when it holds everywhere: where tokens are in a store that other processes cache, it
 * waits for about a second, until no cache answers by what was before. If it cannot wait, it is {@link Outcome.Pending}. Many
 * changes need wait only once:
 *
 * <pre>{@code
 * TokenIssuer batch = issuer.withoutWaiting();
 * ids.forEach(id -> batch.revoke("123", id, actor));
 * Optional<String> pending = issuer.awaitPropagation();
 * }</pre>
 *
 * <p>No actor gives a token more than the actor's {@link Grant} covers. A change that shows a secret (to issue, import, regenerate
 * or rotate) needs a grant that covers the whole token, and so does an update that widens anything: scopes, addresses, the time
 * until its end, or rate limits. An update that only narrows or renames needs none, and neither does ending tokens. What is
 * compared is the row that the change replaces. Every change is written to the audit log with the token's id, together with the
 * change itself.
 */
public final class TokenIssuer {

    /** How many rows one transaction of an erasure deletes: it delays whoever reads or writes them. */
    static final int ERASED_AT_ONCE = 200;

    private final IssuerParts parts;
    private final TokenCreation creation;
    private final TokenImporter importer;
    private final TokenChange change;
    private final TokenRevocation revocation;
    private final TenantChange tenant;
    private final PropagationWait propagation;
    private final boolean waits;

    TokenIssuer(IssuerParts parts) {
        this.parts = parts;
        this.creation = new TokenCreation(parts);
        this.importer = new TokenImporter(parts);
        this.change = new TokenChange(parts);
        this.revocation = new TokenRevocation(parts);
        this.tenant = new TenantChange(parts);
        this.propagation = new PropagationWait(parts.tokens().changes().orElse(null));
        this.waits = true;
    }

    private TokenIssuer(TokenIssuer issuer, boolean waits) {
        this.parts = issuer.parts;
        this.creation = issuer.creation;
        this.importer = issuer.importer;
        this.change = issuer.change;
        this.revocation = issuer.revocation;
        this.tenant = issuer.tenant;
        this.propagation = issuer.propagation;
        this.waits = waits;
    }

    /**
     * This issuer, whose changes return at once. Other processes may go on allowing what was allowed before, until their leases
     * end; this one does not.
     */
    public TokenIssuer withoutWaiting() {
        return new TokenIssuer(this, false);
    }

    /**
     * Waits until every change that was made before holds everywhere, whoever made it.
     *
     * @return empty if so; else why that could not be waited for
     */
    public Optional<String> awaitPropagation() {
        return propagation.await();
    }

    /** Returns the outcome once the change is enforced everywhere. */
    private <T> Outcome<T> propagated(Outcome<T> outcome) {
        return propagated(outcome, value -> false);
    }

    /**
     * Returns the outcome once the change is enforced everywhere.
     *
     * @param isRepetition whether the change had been made before: then an earlier try may be what is waited for
     */
    private <T> Outcome<T> propagated(Outcome<T> outcome, Predicate<? super T> isRepetition) {
        if (!waits || !(outcome instanceof Outcome.Done<T> done)) {
            return outcome;
        }
        Optional<String> pending =
                isRepetition.test(done.value()) ? propagation.awaitRepetition() : propagation.await();
        return pending.<Outcome<T>>map(why -> new Outcome.Pending<>(done.value(), why))
                .orElse(outcome);
    }

    /** Makes a token. Refused: invalid settings, more than the actor may grant, too many creations. */
    public Outcome<IssuedToken> issue(
            String tenantId, TokenEnvironment environment, TokenSettings settings, Actor actor) {
        return issue(
                tenantId,
                environment,
                parts.dialect().format().prefixes(environment).get(0),
                settings,
                actor);
    }

    /**
     * Makes a token with one of several prefixes that the format has for the environment. Its successors have it, too.
     *
     * @throws IllegalArgumentException if the format has no such prefix
     */
    public Outcome<IssuedToken> issue(
            String tenantId, TokenEnvironment environment, String prefix, TokenSettings settings, Actor actor) {
        return creation.issue(tenantId, environment, prefix, settings, actor);
    }

    /**
     * Keeps a token that another system made: from now on it works, by the hash that is known of it, and gets one of the
     * current algorithm the first time that it is used. Spends no creation permit. Refused: invalid settings, more than the
     * actor may grant, what does not fit the dialect's format or is accepted by no configured algorithm, and a token that is
     * there already. {@link #importTokens} is faster for many.
     */
    public Outcome<StoredToken> importToken(ImportedToken imported, TokenSettings settings, Actor actor) {
        return importTokens(List.of(new TokenImport(imported, settings)), actor).get(0);
    }

    /**
     * Keeps many tokens that another system made, each as {@link #importToken} does: one that is refused keeps no other one from
     * being imported. After a {@link StorageException}, import the same tokens again; those that are stored are then refused as
     * {@link Kind#CONFLICT}.
     *
     * @param imports at most 1,000
     * @return the outcome of each import, in their order
     * @throws IllegalArgumentException if there are more than 1,000
     */
    public List<Outcome<StoredToken>> importTokens(List<TokenImport> imports, Actor actor) {
        return importer.importTokens(imports, actor);
    }

    /** Replaces a hash by one of the current algorithm; see {@link TokenImporter#rehash}. */
    void rehash(StoredToken token, TokenHasher.HashedSecret current) {
        importer.rehash(token, current);
    }

    /**
     * Changes the settings of a token. Refused: no such token, a revoked one, invalid settings, and a change that lets the token
     * do anything that it could not do before, unless the actor may grant the whole resulting token.
     */
    public Outcome<StoredToken> update(String tenantId, String tokenId, TokenSettings settings, Actor actor) {
        Outcome<StoredToken> outcome = change.update(tenantId, tokenId, settings, actor);
        // Also where it was so already: an earlier try of the same may be what is waited for.
        return settings.affectsAuthorization() ? propagated(outcome) : outcome;
    }

    /**
     * Draws a new secret for a token; the old one is dead at once. Id, expiry and, in a two-part format, public key stay.
     * Refused: no such token, a revoked one, beyond the grant, too many creations.
     */
    public Outcome<IssuedToken> regenerate(String tenantId, String tokenId, Actor actor) {
        return propagated(change.regenerate(tenantId, tokenId, actor));
    }

    /**
     * Makes a successor that may do what the token may, under the same name and with the same end. Both work until the
     * overlap ends or the old one is revoked. Refused: no such token, a revoked or expired one, one that has a successor,
     * beyond the grant, too many creations.
     *
     * <p>An overlap is not waited for: one that is shorter than a lease may last as long as a lease in other processes.
     *
     * @param overlap how long the old token goes on working, zero to end it at once; null for as long as it would have
     */
    public Outcome<IssuedToken> rotate(String tenantId, String tokenId, @Nullable Duration overlap, Actor actor) {
        if (overlap != null && overlap.isNegative()) {
            return new Outcome.Refused<>(AuthError.invalid("overlap_seconds", "must not be negative"));
        }
        Outcome<IssuedToken> outcome = change.rotate(tenantId, tokenId, overlap, actor);
        // An overlap that is under way would be over when it had been waited for.
        return overlap != null && overlap.isZero() ? propagated(outcome) : outcome;
    }

    /** What revoking came to. */
    public enum Revocation {
        /** The token is revoked now. */
        REVOKED,
        /** It was revoked before; the first time counts. */
        ALREADY_REVOKED
    }

    /** Revokes a token, finally, also one whose row cannot be read any more. Refused: no such token. */
    public Outcome<Revocation> revoke(String tenantId, String tokenId, Actor actor) {
        return propagated(revocation.revoke(tenantId, tokenId, actor), done -> done == Revocation.ALREADY_REVOKED);
    }

    /**
     * Revokes the token of which somebody holds the secret: one that was found where it should not be. Refused: what has not
     * the shape of a token, what is no token's secret (any more), and, as unavailable for now, what only a slow hash could prove
     * while those are at capacity.
     *
     * @param credential the whole token, as a request would present it
     */
    public Outcome<Revocation> revokePresented(Secret credential, Actor actor) {
        return propagated(revocation.revokePresented(credential, actor), done -> done == Revocation.ALREADY_REVOKED);
    }

    /**
     * Revokes, finally and in one step, every token of a tenant, or every token whose present secret was shown to one user. The
     * successors of rotations under way are included. A token that is issued, regenerated or rotated later is not: take the
     * user's permission to do so first. A database has five minutes
     * for it, and revokes none of them if it needs longer.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll(TokenGroup group, Actor actor) {
        return propagated(revocation.revokeAll(group, actor), count -> count == 0);
    }

    /**
     * As {@link #revokeAll(TokenGroup, Actor)}, and passes each revoked token to a consumer, once all of them are revoked: they
     * may be more than fit into memory. The consumer is called by this thread, before the change is waited for.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll(TokenGroup group, Actor actor, Consumer<? super StoredToken> revoked) {
        return propagated(revocation.revokeAll(group, actor, revoked), count -> count == 0);
    }

    /**
     * Suspends a tenant: from now on every token of it is denied, also those that are made later, until it is resumed. Needs no
     * grant, since it only takes away. Whoever the actor is, their id does not prevent it: one that no column can hold is recorded
     * in a shorter form. Refused: an invalid tenant id.
     *
     * @return whether it was not suspended before; false for a tenant that is gone
     */
    public Outcome<Boolean> suspend(String tenantId, Actor actor) {
        return propagated(tenant.suspend(tenantId, actor), changed -> !changed);
    }

    /**
     * Ends a tenant's suspension: its tokens work as before. That lets all of them do what they may again, so it is refused unless
     * the actor may grant {@linkplain Grant#everything everything}. Refused, too: an invalid tenant id, and a tenant that is gone.
     *
     * @return whether it was suspended
     */
    public Outcome<Boolean> resume(String tenantId, Actor actor) {
        return propagated(tenant.resume(tenantId, actor), changed -> !changed);
    }

    /**
     * Marks a tenant as gone, for good: from now on every token of it is denied, and none is issued, imported, changed,
     * regenerated or rotated. Its tokens can still be listed and revoked, until {@link #eraseTenant}. Whoever the actor is, their id
     * does not prevent it. Refused: an invalid tenant id.
     *
     * @return whether it was not gone before
     */
    public Outcome<Boolean> markGone(String tenantId, Actor actor) {
        return propagated(tenant.markGone(tenantId, actor), changed -> !changed);
    }

    /**
     * Erases a tenant: marks it as gone, waits until that holds everywhere, and deletes its tokens, the counts of its limits and
     * its audit rows, in portions of {@value #ERASED_AT_ONCE}. A mark stays with the tenant's id, so that no token is issued under
     * it any more, and audit rows that are still on their way are dropped. An audit row without a tenant records the erasure.
     *
     * <p>May take long, also some seconds for writes under way to end. A call that failed or was cut off has deleted a part of the
     * data: call it again, also in another process, and it goes on. It is pending, with nothing deleted, if it cannot wait until
     * the tenant is gone everywhere. Refused: an invalid tenant id.
     *
     * @return the number of tokens and audit rows that this call deleted
     */
    public Outcome<Long> eraseTenant(String tenantId, Actor actor) {
        if (tenant.markGone(tenantId, actor) instanceof Outcome.Refused<Boolean> refused) {
            return new Outcome.Refused<>(refused.error());
        }
        return awaitPropagation()
                .<Outcome<Long>>map(why -> new Outcome.Pending<>(0L, why))
                .orElseGet(() -> new Outcome.Done<>(tenant.erase(tenantId, actor)));
    }

    /**
     * Tokens of all tenants that work now and end before a date, by their expiry or their overlap; the oldest first.
     *
     * @param after only those with a larger {@link StoredToken#number}; 0 to start
     * @param limit at most so many
     */
    public List<StoredToken> expiringBefore(Instant date, long after, int limit) {
        return parts.tokens().findExpiring(parts.clock().instant(), date, after, limit);
    }

    /** The tenant's token of that id, or empty. */
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        return parts.find(tenantId, tokenId);
    }

    /**
     * The tenant's tokens, newest first, revoked and expired ones included.
     *
     * @param before only those with a smaller {@link StoredToken#number}; {@link Long#MAX_VALUE} to start
     * @param limit at most so many
     */
    public List<StoredToken> list(String tenantId, long before, int limit) {
        return Identifier.isValid(tenantId) ? parts.tokens().list(tenantId, before, limit) : List.of();
    }

    /**
     * Returns the {@link StoredToken#number} of each token that {@link #list} would return, newest first. Numbers are small: a
     * page of many tokens is planned by them, and then read in parts.
     *
     * @param before only smaller numbers; {@link Long#MAX_VALUE} to start
     * @param limit the largest number of tokens to return
     */
    public List<Long> listNumbers(String tenantId, long before, int limit) {
        return Identifier.isValid(tenantId) ? parts.tokens().listNumbers(tenantId, before, limit) : List.of();
    }
}
