package school.lectern.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.CredentialProblem;
import school.lectern.auth.format.ParsedCredential;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.NewToken;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.HashingOverloadedException;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.SecretVerifier;
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

    private static final Logger log = LoggerFactory.getLogger(TokenIssuer.class);

    /** How often a change is tried anew when another one came between reading and writing. */
    private static final int ATTEMPTS = 20;

    /** So many rows are deleted by one transaction, which holds up whoever reads or writes them. */
    private static final int ERASED_AT_ONCE = 200;

    private static final int MAX_IMPORTS = 1_000;

    private final Dialect dialect;
    private final TokenStore tokens;
    private final LimitStore limits;
    private final TokenHasher hasher;
    private final IdGenerator ids;
    private final InstantSource clock;
    private final TokenRules rules;
    private final ListenerNotifier lifecycle;
    private final PropagationWait confirmation;
    private final boolean confirms;

    TokenIssuer(
            Dialect dialect,
            TokenStore tokens,
            LimitStore limits,
            TokenHasher hasher,
            IdGenerator ids,
            InstantSource clock,
            ListenerNotifier lifecycle) {
        this(
                dialect,
                tokens,
                limits,
                hasher,
                ids,
                clock,
                lifecycle,
                new PropagationWait(tokens.changes().orElse(null)),
                true);
    }

    private TokenIssuer(
            Dialect dialect,
            TokenStore tokens,
            LimitStore limits,
            TokenHasher hasher,
            IdGenerator ids,
            InstantSource clock,
            ListenerNotifier lifecycle,
            PropagationWait confirmation,
            boolean confirms) {
        this.dialect = dialect;
        this.tokens = tokens;
        this.limits = limits;
        this.hasher = hasher;
        this.ids = ids;
        this.clock = clock;
        this.rules = new TokenRules(dialect);
        this.lifecycle = lifecycle;
        this.confirmation = confirmation;
        this.confirms = confirms;
    }

    /**
     * This issuer, whose changes return at once. Other processes may go on allowing what was allowed before, until their leases
     * end; this one does not.
     */
    public TokenIssuer withoutWaiting() {
        return new TokenIssuer(dialect, tokens, limits, hasher, ids, clock, lifecycle, confirmation, false);
    }

    /**
     * Waits until every change that was made before holds everywhere, whoever made it.
     *
     * @return empty if so; else why that could not be waited for
     */
    public Optional<String> awaitPropagation() {
        return confirmation.await();
    }

    /** What was done, once it holds everywhere. */
    private <T> Outcome<T> confirmed(Outcome<T> outcome) {
        return confirmed(outcome, confirmation::await);
    }

    /** What was done before: an earlier try of the same may be what is waited for. */
    private <T> Outcome<T> confirmedAgain(Outcome<T> outcome) {
        return confirmed(outcome, confirmation::awaitRepetition);
    }

    private <T> Outcome<T> confirmed(Outcome<T> outcome, Supplier<Optional<String>> await) {
        return confirms && outcome instanceof Outcome.Done<T> done
                ? await.get()
                        .<Outcome<T>>map(why -> new Outcome.Pending<>(done.value(), why))
                        .orElse(done)
                : outcome;
    }

    /** Makes a token. Refused: invalid settings, more than the actor may grant, too many creations. */
    public Outcome<IssuedToken> issue(
            String tenantId, TokenEnvironment environment, TokenSettings settings, Actor actor) {
        return issue(
                tenantId, environment, dialect.format().prefixes(environment).get(0), settings, actor);
    }

    /**
     * Makes a token with one of several prefixes that the format has for the environment. Its successors have it, too.
     *
     * @throws IllegalArgumentException if the format has no such prefix
     */
    public Outcome<IssuedToken> issue(
            String tenantId, TokenEnvironment environment, String prefix, TokenSettings settings, Actor actor) {
        return creating(tenantId, permit -> issue(permit, tenantId, environment, prefix, settings, actor));
    }

    private Outcome<IssuedToken> issue(
            CreationPermit permit,
            String tenantId,
            TokenEnvironment environment,
            String prefix,
            TokenSettings settings,
            Actor actor) {
        Instant now = clock.instant();
        TokenFormat.GeneratedToken fresh = dialect.format().generate(environment, prefix, ids.random());
        StoredToken token = settings.applyTo(withSecret(
                        StoredToken.builder("apitoken_" + ids.next(), tenantId, environment, "", now)
                                .createdBy(actor.userId().orElse(null)),
                        fresh,
                        actor)
                .build());
        Optional<AuthError> refusal = rules.judge(token, now)
                .or(() -> beyondGrant(token, now, actor))
                .or(() -> gone(tenantId))
                .or(() -> nameTaken(token, now))
                .or(permit::take);
        if (refusal.isPresent()) {
            return new Outcome.Refused<>(refusal.get());
        }
        AuditEvent event = event("token.issued", token, now, actor, Map.of());
        Optional<StoredToken> kept = permit.write(() -> insert(token, now, event), Optional::isPresent);
        kept.ifPresent(lifecycle::issued);
        return kept.<Outcome<IssuedToken>>map(stored -> new Outcome.Done<>(new IssuedToken(fresh, stored)))
                .orElseGet(() -> notKept(tenantId));
    }

    private Optional<AuthError> gone(String tenantId) {
        return tokens.isGone(tenantId) ? Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND)) : Optional.empty();
    }

    /** Why the store did not keep a token: a tenant that was gone then still is. */
    private <T> Outcome<T> notKept(String tenantId) {
        return new Outcome.Refused<>(gone(tenantId).orElseGet(() -> AuthError.of(Kind.NAME_TAKEN)));
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
        if (imports.size() > MAX_IMPORTS) {
            throw new IllegalArgumentException(
                    "imports must hold at most " + MAX_IMPORTS + " tokens, were " + imports.size());
        }
        Instant now = clock.instant();
        List<Outcome<NewToken>> judged =
                imports.stream().map(each -> judge(each, now, actor)).toList();
        List<NewToken> accepted = new ArrayList<>();
        judged.forEach(each -> each.fold(accepted::add, refusal -> false));
        Iterator<InsertResult> results = tokens.insertAll(accepted).iterator();
        return judged.stream()
                .map(each -> each.<Outcome<StoredToken>>fold(token -> imported(results.next()), Outcome.Refused::new))
                .toList();
    }

    /** What is to be stored, or why it is refused before the store is asked. */
    private Outcome<NewToken> judge(TokenImport wanted, Instant now, Actor actor) {
        ImportedToken imported = wanted.token();
        Optional<AuthError> misfit = misfit(imported, now);
        if (misfit.isPresent()) {
            return new Outcome.Refused<>(misfit.get());
        }
        List<String> selectors = hasher.selectorsFor(
                imported.hash(), imported.visible(), dialect.format().hasPublicKey());
        StoredToken token = wanted.settings()
                .applyTo(imported.draft()
                        .createdBy(actor.userId().orElse(null))
                        .secret(selectors.get(0), imported.hash())
                        .build());
        Optional<AuthError> refusal = rules.judge(token, now).or(() -> beyondGrant(token, now, actor));
        Map<String, String> details = Map.of("algorithm", token.hash().algorithm());
        return refusal.<Outcome<NewToken>>map(Outcome.Refused::new)
                .orElseGet(() -> new Outcome.Done<>(new NewToken(
                        token, selectors, nameRule(now), event("token.imported", token, now, actor, details))));
    }

    private Outcome<StoredToken> imported(InsertResult result) {
        result.stored().ifPresent(lifecycle::issued);
        return result.stored().<Outcome<StoredToken>>map(Outcome.Done::new).orElseGet(() -> switch (result.kind()) {
            case NAME_TAKEN -> new Outcome.Refused<>(AuthError.of(Kind.NAME_TAKEN));
            case TENANT_GONE -> new Outcome.Refused<>(AuthError.of(Kind.TENANT_NOT_FOUND));
            case REJECTED ->
                new Outcome.Refused<>(AuthError.invalid("token", "has a value that the database does not accept"));
            default -> new Outcome.Refused<>(AuthError.of(Kind.CONFLICT));
        });
    }

    private Optional<AuthError> misfit(ImportedToken imported, Instant now) {
        if (!dialect.format().shows(imported.environment(), imported.visible())) {
            return Optional.of(AuthError.invalid("visible", "is not what the format shows of a token"));
        }
        if (imported.createdAt().isAfter(now)) {
            return Optional.of(AuthError.invalid("created_at", "must not be in the future"));
        }
        return hasher.rejectionReason(imported.hash(), dialect.format()).map(why -> AuthError.invalid("hash", why));
    }

    /**
     * Puts a hash of the current algorithm in the place of an older one, once the secret is known to be right. If that fails,
     * the older one goes on working, and the next use tries again.
     */
    void rehash(StoredToken token, TokenHasher.HashedSecret current) {
        StoredToken changed =
                token.toBuilder().secret(current.selector(), current.hash()).build();
        Map<String, String> details =
                Map.of("from", token.hash().algorithm(), "to", current.hash().algorithm());
        try {
            tokens.rehash(
                    changed, List.of(event("token.rehashed", token, clock.instant(), Actor.application(), details)));
        } catch (RuntimeException | Error broken) {
            log.warn(
                    "token {} keeps its hash of {} for now",
                    token.id(),
                    token.hash().algorithm(),
                    RedactedFailure.of(broken));
        }
    }

    /** Empty if the name was taken meanwhile, or the tenant is gone. */
    private Optional<StoredToken> insert(StoredToken token, Instant now, AuditEvent event) {
        return tokens.insert(token, nameRule(now), List.of(event));
    }

    private NameConstraint nameRule(Instant now) {
        return dialect.uniqueNames() ? NameConstraint.uniqueAt(now) : NameConstraint.free();
    }

    /** Checked before a permit is reserved, which others then have; the store checks again when it writes. */
    private Optional<AuthError> nameTaken(StoredToken token, Instant now) {
        return dialect.uniqueNames() && tokens.isNameTaken(token.tenantId(), token.name(), now)
                ? Optional.of(AuthError.of(Kind.NAME_TAKEN))
                : Optional.empty();
    }

    /**
     * Changes the settings of a token. Refused: no such token, a revoked one, invalid settings, and a change that lets the token
     * do anything that it could not do before, unless the actor may grant the whole resulting token.
     */
    public Outcome<StoredToken> update(String tenantId, String tokenId, TokenSettings settings, Actor actor) {
        Outcome<StoredToken> outcome = change(tenantId, tokenId, actor, (token, now) -> {
            StoredToken changed = settings.applyTo(token);
            Optional<AuthError> refusal = rules.judge(changed, settings, now)
                    .or(() -> isWidened(token, changed) ? beyondGrant(changed, now, actor) : Optional.empty());
            if (refusal.isPresent()) {
                return Attempt.refused(refusal.get());
            }
            // The two tokens of a rotation share a name, so only a name that comes anew among the active has to be
            // free.
            boolean comesAnew = changed.isActive(now) && (!changed.name().equals(token.name()) || !token.isActive(now));
            NameConstraint rule =
                    dialect.uniqueNames() && comesAnew ? NameConstraint.uniqueAt(now) : NameConstraint.free();
            AuditEvent event = event("token.updated", token, now, actor, Map.of("changed", settings.fieldNames()));
            return Attempt.of(tokens.update(changed, rule, List.of(event)), changed);
        });
        // Also where it was so already: an earlier try of the same may be what is waited for.
        return settings.affectsAuthorization() ? confirmed(outcome) : outcome;
    }

    /**
     * Draws a new secret for a token; the old one is dead at once. Id, expiry and, in a two-part format, public key stay.
     * Refused: no such token, a revoked one, beyond the grant, too many creations.
     */
    public Outcome<IssuedToken> regenerate(String tenantId, String tokenId, Actor actor) {
        return confirmed(creating(
                tenantId,
                permit -> change(tenantId, tokenId, actor, (token, now) -> regenerated(permit, token, now, actor))));
    }

    private Attempt<IssuedToken> regenerated(CreationPermit permit, StoredToken token, Instant now, Actor actor) {
        Optional<AuthError> refusal = beyondGrant(token, now, actor).or(permit::take);
        if (refusal.isPresent()) {
            return Attempt.refused(refusal.get());
        }
        TokenFormat.GeneratedToken fresh = drawSecret(token);
        StoredToken changed = withSecret(token.toBuilder(), fresh, actor).build();
        AuditEvent event = event("token.regenerated", token, now, actor, Map.of());
        return Attempt.of(
                permit.write(
                        () -> tokens.update(changed, NameConstraint.free(), List.of(event)), WriteResult.DONE::equals),
                new IssuedToken(fresh, changed));
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
        Outcome<IssuedToken> outcome = creating(
                tenantId,
                permit ->
                        change(tenantId, tokenId, actor, (token, now) -> rotated(permit, token, now, overlap, actor)));
        // An overlap that is under way would be over when it had been waited for.
        return overlap != null && overlap.isZero() ? confirmed(outcome) : outcome;
    }

    private Attempt<IssuedToken> rotated(
            CreationPermit permit, StoredToken token, Instant now, @Nullable Duration overlap, Actor actor) {
        if (token.successorId() != null) {
            return Attempt.refused(AuthError.of(Kind.CONFLICT));
        }
        if (token.isExpired(now)) {
            return Attempt.refused(AuthError.invalid("token_uuid", "names a token that has expired"));
        }
        Optional<Instant> overlapEnd = TokenRules.end(now, overlap);
        TokenFormat.GeneratedToken fresh =
                dialect.format().generate(token.environment(), prefixOf(token), ids.random());
        StoredToken successor = successor(token, fresh, now, actor);
        Optional<AuthError> refusal = beyondGrant(successor, now, actor).or(permit::take);
        if (refusal.isPresent()) {
            return Attempt.refused(refusal.get());
        }
        StoredToken predecessor = token.toBuilder()
                .successorId(successor.id())
                .gracePeriodEndsAt(overlapEnd.orElse(null))
                .build();
        List<AuditEvent> events = List.of(
                event("token.rotated", token, now, actor, Map.of("successor", successor.id())),
                event("token.issued", successor, now, actor, Map.of("predecessor", token.id())));
        return Attempt.of(
                        permit.write(() -> tokens.rotate(predecessor, successor, events), WriteResult.DONE::equals),
                        new IssuedToken(fresh, successor))
                .ifDone(() -> lifecycle.rotated(predecessor, successor));
    }

    private StoredToken successor(StoredToken token, TokenFormat.GeneratedToken fresh, Instant now, Actor actor) {
        return withSecret(
                        StoredToken.builder(
                                        "apitoken_" + ids.next(),
                                        token.tenantId(),
                                        token.environment(),
                                        token.name(),
                                        now)
                                .description(token.description())
                                .scopes(token.scopes())
                                .allowlist(token.allowlist())
                                .rateLimits(token.rateLimits())
                                .metadata(token.metadata())
                                .expiresAt(token.expiresAt())
                                .createdBy(actor.userId().orElse(null))
                                .predecessorId(token.id()),
                        fresh,
                        actor)
                .build();
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
        if (!canExist(tenantId, tokenId)) {
            return new Outcome.Refused<>(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        Instant now = clock.instant();
        AuditEvent event = event("token.revoked", tenantId, tokenId, now, actor, Map.of());
        if (tokens.revoke(tenantId, tokenId, now, List.of(event)) == WriteResult.DONE) {
            tellOfRevoked(tenantId, tokenId);
            return confirmed(new Outcome.Done<>(Revocation.REVOKED));
        }
        return tokens.get(tenantId, tokenId).isPresent()
                ? confirmedAgain(new Outcome.Done<>(Revocation.ALREADY_REVOKED))
                : new Outcome.Refused<>(AuthError.of(Kind.TOKEN_NOT_FOUND));
    }

    private void tellOfRevoked(String tenantId, String tokenId) {
        if (!lifecycle.isHeard()) {
            return;
        }
        try {
            tokens.get(tenantId, tokenId).ifPresent(lifecycle::revoked);
        } catch (RuntimeException unreadable) {
            log.warn(
                    "nobody was told that token {} is revoked, since it cannot be read",
                    tokenId,
                    RedactedFailure.of(unreadable));
        }
    }

    /**
     * Revokes the token of which somebody holds the secret: one that was found where it should not be. Refused: what has not
     * the shape of a token, what is no token's secret (any more), and, as unavailable for now, what only a slow hash could prove
     * while those are at capacity.
     *
     * @param credential the whole token, as a request would present it
     */
    public Outcome<Revocation> revokePresented(Secret credential, Actor actor) {
        ParsedCredential parsed = dialect.format().parse(credential);
        if (parsed instanceof CredentialProblem malformed) {
            return new Outcome.Refused<>(AuthError.of(malformed));
        }
        SecretVerifier probe = hasher.verifierFor((PresentedToken) parsed);
        IpAddress address = actor.request().map(AuthRequest::address).orElse(null);
        try {
            return LecternAuth.verify(tokens, probe, address, clock)
                    .map(token -> revoke(token.tenantId(), token.id(), actor))
                    .orElseGet(() -> new Outcome.Refused<>(AuthError.of(Kind.UNKNOWN_TOKEN)));
        } catch (HashingOverloadedException busy) {
            return new Outcome.Refused<>(AuthError.unavailable(busy.retryAfter()));
        }
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
        GroupRevocation revocation = revocation(group, actor);
        return revokeAll(lifecycle.isHeard() ? revocation.observedBy(lifecycle::revoked) : revocation);
    }

    /**
     * As {@link #revokeAll(TokenGroup, Actor)}, and passes each revoked token to a consumer, once all of them are revoked: they
     * may be more than fit into memory. The consumer is called by this thread, before the change is waited for.
     *
     * @return the number of tokens that this call revoked
     */
    public Outcome<Long> revokeAll(TokenGroup group, Actor actor, Consumer<? super StoredToken> revoked) {
        return revokeAll(revocation(group, actor).observedBy(token -> {
            lifecycle.revoked(token);
            revoked.accept(token);
        }));
    }

    private GroupRevocation revocation(TokenGroup group, Actor actor) {
        Instant now = clock.instant();
        return new GroupRevocation(
                group,
                now,
                (tenantId, tokenId) ->
                        event("token.revoked", tenantId, tokenId, now, actor, Map.of("together", "true")));
    }

    private Outcome<Long> revokeAll(GroupRevocation revocation) {
        // No token is of a group whose id no store can have.
        long count = Identifier.isValid(revocation.group().id()) ? tokens.revokeAll(revocation) : 0;
        Outcome.Done<Long> revoked = new Outcome.Done<>(count);
        return revoked.value() == 0 ? confirmedAgain(revoked) : confirmed(revoked);
    }

    /**
     * Suspends a tenant: from now on every token of it is denied, also those that are made later, until it is resumed. Needs no
     * grant, since it only takes away. Whoever the actor is, their id does not prevent it: one that no column can hold is recorded
     * in a shorter form. Refused: an invalid tenant id.
     *
     * @return whether it was not suspended before; false for a tenant that is gone
     */
    public Outcome<Boolean> suspend(String tenantId, Actor actor) {
        Instant now = clock.instant();
        return TokenRules.judgeTenant(tenantId)
                .<Outcome<Boolean>>map(Outcome.Refused::new)
                .orElseGet(() ->
                        setSuspended(tenantId, now, event("tenant.suspended", tenantId, null, now, actor, Map.of())));
    }

    /**
     * Ends a tenant's suspension: its tokens work as before. That lets all of them do what they may again, so it is refused unless
     * the actor may grant {@linkplain Grant#everything everything}. Refused, too: an invalid tenant id, and a tenant that is gone.
     *
     * @return whether it was suspended
     */
    public Outcome<Boolean> resume(String tenantId, Actor actor) {
        Optional<AuthError> refusal = TokenRules.judgeTenant(tenantId)
                .or(() -> TokenRules.judge(actor))
                .or(() -> beyondGrant(TokenAuthority.unlimited(), clock.instant(), actor))
                .or(() -> gone(tenantId));
        return refusal.<Outcome<Boolean>>map(Outcome.Refused::new)
                .orElseGet(() -> setSuspended(
                        tenantId, null, event("tenant.resumed", tenantId, null, clock.instant(), actor, Map.of())));
    }

    private Outcome<Boolean> setSuspended(String tenantId, @Nullable Instant since, AuditEvent event) {
        WriteResult outcome = tokens.setSuspended(tenantId, since, List.of(event));
        return outcome == WriteResult.TENANT_GONE && since == null
                ? new Outcome.Refused<>(AuthError.of(Kind.TENANT_NOT_FOUND))
                : confirmedChange(outcome == WriteResult.DONE);
    }

    /** What a change came to that may have been made before. */
    private Outcome<Boolean> confirmedChange(boolean made) {
        Outcome<Boolean> outcome = new Outcome.Done<>(made);
        return made ? confirmed(outcome) : confirmedAgain(outcome);
    }

    /**
     * Marks a tenant as gone, for good: from now on every token of it is denied, and none is issued, imported, changed,
     * regenerated or rotated. Its tokens can still be listed and revoked, until {@link #eraseTenant}. Whoever the actor is, their id
     * does not prevent it. Refused: an invalid tenant id.
     *
     * @return whether it was not gone before
     */
    public Outcome<Boolean> markGone(String tenantId, Actor actor) {
        return TokenRules.judgeTenant(tenantId)
                .<Outcome<Boolean>>map(Outcome.Refused::new)
                .orElseGet(() -> {
                    Instant now = clock.instant();
                    AuditEvent event = event("tenant.gone", tenantId, null, now, actor, Map.of());
                    return confirmedChange(tokens.setGone(tenantId, now, List.of(event)) == WriteResult.DONE);
                });
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
        if (withoutWaiting().markGone(tenantId, actor) instanceof Outcome.Refused<Boolean> refused) {
            return new Outcome.Refused<>(refused.error());
        }
        return awaitPropagation()
                .<Outcome<Long>>map(why -> new Outcome.Pending<>(0L, why))
                .orElseGet(() -> new Outcome.Done<>(erase(tenantId, actor)));
    }

    private long erase(String tenantId, Actor actor) {
        Instant now = clock.instant();
        AuditEvent event = event("tenant.erased", null, null, now, actor, Map.of("tenant", tenantId));
        tokens.setErased(tenantId, List.of(event));
        long deleted = 0;
        for (int some = tokens.deleteErased(tenantId, ERASED_AT_ONCE);
                some > 0;
                some = tokens.deleteErased(tenantId, ERASED_AT_ONCE)) {
            deleted += some;
        }
        return deleted;
    }

    /**
     * Tokens of all tenants that work now and end before a date, by their expiry or their overlap; the oldest first.
     *
     * @param after only those with a larger {@link StoredToken#number}; 0 to start
     * @param limit at most so many
     */
    public List<StoredToken> expiringBefore(Instant date, long after, int limit) {
        return tokens.findExpiring(clock.instant(), date, after, limit);
    }

    /** The tenant's token of that id, or empty. */
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        return canExist(tenantId, tokenId) ? tokens.get(tenantId, tokenId) : Optional.empty();
    }

    /** A new secret for the token, behind the same public key if its format has one. */
    private TokenFormat.GeneratedToken drawSecret(StoredToken token) {
        TokenFormat format = dialect.format();
        return format.hasPublicKey()
                ? format.regenerate(token.environment(), prefixOf(token), token.selector(), ids.random())
                : format.generate(token.environment(), prefixOf(token), ids.random());
    }

    private String prefixOf(StoredToken token) {
        return dialect.format().prefixOf(token.environment(), token.displayPrefix());
    }

    /** Whether a store can have such a token: ids of another form are not sent to a database, which may fail on them. */
    private static boolean canExist(String tenantId, String tokenId) {
        return Identifier.isValid(tenantId) && Identifier.isValid(tokenId);
    }

    /**
     * The tenant's tokens, newest first, revoked and expired ones included.
     *
     * @param before only those with a smaller {@link StoredToken#number}; {@link Long#MAX_VALUE} to start
     * @param limit at most so many
     */
    public List<StoredToken> list(String tenantId, long before, int limit) {
        return Identifier.isValid(tenantId) ? tokens.list(tenantId, before, limit) : List.of();
    }

    /**
     * Returns the {@link StoredToken#number} of each token that {@link #list} would return, newest first. Numbers are small: a
     * page of many tokens is planned by them, and then read in parts.
     *
     * @param before only smaller numbers; {@link Long#MAX_VALUE} to start
     * @param limit the largest number of tokens to return
     */
    public List<Long> listNumbers(String tenantId, long before, int limit) {
        return Identifier.isValid(tenantId) ? tokens.listNumbers(tenantId, before, limit) : List.of();
    }

    /** Reads a token that can still be changed, and tries a change of it until no other one comes between. */
    private <T> Outcome<T> change(String tenantId, String tokenId, Actor actor, Change<T> change) {
        Optional<AuthError> unfit = TokenRules.judge(actor);
        if (unfit.isPresent()) {
            return new Outcome.Refused<>(unfit.get());
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<StoredToken> token = get(tenantId, tokenId);
            if (token.isEmpty()) {
                return new Outcome.Refused<>(AuthError.of(Kind.TOKEN_NOT_FOUND));
            }
            if (token.get().tenantGone()) {
                return new Outcome.Refused<>(AuthError.of(Kind.TENANT_NOT_FOUND));
            }
            if (token.get().isRevoked()) {
                return new Outcome.Refused<>(AuthError.invalid("token_uuid", "names a token that has been revoked"));
            }
            Optional<Outcome<T>> outcome =
                    change.attempt(token.get(), clock.instant()).outcome();
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw new StorageException("token " + tokenId + " was changed by others " + ATTEMPTS + " times in a row");
    }

    /** One try at a change of the token as it was read. */
    private interface Change<T> {
        Attempt<T> attempt(StoredToken token, Instant now);
    }

    /** What a try came to; no outcome if another change came between. */
    private record Attempt<T>(Optional<Outcome<T>> outcome) {

        static <T> Attempt<T> refused(AuthError error) {
            return new Attempt<>(Optional.of(new Outcome.Refused<>(error)));
        }

        static <T> Attempt<T> of(WriteResult stored, T value) {
            return switch (stored) {
                case DONE -> new Attempt<>(Optional.of(new Outcome.Done<>(value)));
                case NAME_TAKEN -> refused(AuthError.of(Kind.NAME_TAKEN));
                case TENANT_GONE -> refused(AuthError.of(Kind.TENANT_NOT_FOUND));
                case STALE -> new Attempt<>(Optional.empty());
            };
        }

        Attempt<T> ifDone(Runnable then) {
            outcome.filter(Outcome.Done.class::isInstance).ifPresent(done -> then.run());
            return this;
        }
    }

    /** The token with a new secret, which is shown to the actor. */
    private StoredToken.Builder withSecret(StoredToken.Builder token, TokenFormat.GeneratedToken fresh, Actor actor) {
        TokenHasher.HashedSecret stored = hasher.store(fresh.token());
        return token.secret(stored.selector(), stored.hash())
                .displayPrefix(fresh.displayPrefix())
                .secretShownTo(actor.userId().orElse(null));
    }

    /** Whether the changed token allows anything that the token did not allow. */
    private boolean isWidened(StoredToken token, StoredToken changed) {
        return !TokenAuthority.of(token, dialect).covers(TokenAuthority.of(changed, dialect));
    }

    private Optional<AuthError> beyondGrant(StoredToken token, Instant now, Actor actor) {
        return beyondGrant(TokenAuthority.of(token, dialect), now, actor);
    }

    private Optional<AuthError> beyondGrant(TokenAuthority wanted, Instant now, Actor actor) {
        return TokenAuthority.of(actor.grant(), dialect, now).covers(wanted)
                ? Optional.empty()
                : Optional.of(AuthError.of(Kind.FORBIDDEN));
    }

    private <T> Outcome<T> creating(String tenantId, CreationPermit.Creation<T> creation) {
        return CreationPermit.run(limits, dialect.creationLimit(), tenantId, creation);
    }

    private AuditEvent event(String what, StoredToken token, Instant now, Actor actor, Map<String, String> details) {
        return event(what, token.tenantId(), token.id(), now, actor, details);
    }

    private AuditEvent event(
            String what,
            @Nullable String tenantId,
            @Nullable String tokenId,
            Instant now,
            Actor actor,
            Map<String, String> details) {
        Optional<AuthRequest> request = actor.request();
        return new AuditEvent(
                ids.next(now),
                now,
                request.map(AuthRequest::requestId).orElse(null),
                tenantId,
                tokenId,
                request.map(AuthRequest::method).map(dialect.format()::redacted).orElse(null),
                request.map(AuthRequest::path).map(dialect.format()::redacted).orElse(null),
                request.isPresent() ? 200 : null,
                what,
                "done",
                actor.userId().orElse(null),
                details);
    }
}
