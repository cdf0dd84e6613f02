package school.lectern.auth;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.VerifiedToken;

/**
 * Changes tokens: their settings, their secrets, and their successors. Retries a change if another change was made in between.
 */
final class TokenChange {

    private static final int ATTEMPTS = 20;

    private final IssuerParts parts;
    private final ChangeEvents events;
    private final SecretGenerator secrets;
    private final GrantCheck grants;
    private final TokenRules rules;

    TokenChange(IssuerParts parts) {
        this.parts = parts;
        this.events = parts.events();
        this.secrets = new SecretGenerator(parts);
        this.grants = new GrantCheck(parts.dialect());
        this.rules = parts.rules();
    }

    Outcome<StoredToken> update(String tenantId, String tokenId, TokenUpdate settings, Actor actor) {
        return change(tenantId, tokenId, actor, (token, now) -> {
            if (secrets.isForeign(token)) {
                return Attempt.refused(AuthError.of(Kind.CONFLICT));
            }
            StoredToken changed = settings.applyTo(token);
            Optional<AuthError> refusal = rules.judge(changed, settings, now)
                    .or(() ->
                            grants.isWidened(token, changed) ? grants.refusal(changed, now, actor) : Optional.empty());
            if (refusal.isPresent()) {
                return Attempt.refused(refusal.get());
            }
            TokenConstraints rule = constraints(token, changed, now);
            AuditEvent event =
                    events.ofToken(TokenEvent.UPDATED, token, now, actor, Map.of("changed", settings.fieldNames()));
            return Attempt.of(parts.tokens().update(changed, rule, List.of(event)), changed)
                    .ifApplied(() -> parts.metrics().tokensChanged(TokenEvent.UPDATED, 1));
        });
    }

    /**
     * {@return the constraints on a changed token} The two tokens of a rotation share a name, so the name has to be free only
     * if it is new among the active tokens.
     */
    private TokenConstraints constraints(StoredToken token, StoredToken changed, Instant now) {
        boolean isNewAmongActive =
                changed.isActive(now) && (!changed.name().equals(token.name()) || !token.isActive(now));
        return isNewAmongActive ? parts.constraints(now) : TokenConstraints.none();
    }

    /**
     * The result of disabling or enabling a token.
     *
     * @param token the token as it is afterward
     * @param wasChanged false if the token was in that state before
     */
    record Switched(StoredToken token, boolean wasChanged) {}

    Outcome<Switched> disable(String tenantId, String tokenId, Actor actor, @Nullable String reason) {
        return change(tenantId, tokenId, actor, (token, now) -> {
            StoredToken disabled = token.toBuilder().disabledAt(now).build();
            return token.isDisabled()
                    ? Attempt.of(WriteResult.APPLIED, new Switched(token, false))
                    : switched(token, disabled, TokenEvent.DISABLED, now, actor, reason);
        });
    }

    /** Enabling gives the token everything back, so the actor's grant must cover the whole token. */
    Outcome<Switched> enable(String tenantId, String tokenId, Actor actor, @Nullable String reason) {
        return change(tenantId, tokenId, actor, (token, now) -> {
            if (!token.isDisabled()) {
                return Attempt.of(WriteResult.APPLIED, new Switched(token, false));
            }
            if (secrets.isForeign(token)) {
                return Attempt.refused(AuthError.of(Kind.CONFLICT));
            }
            Optional<AuthError> refusal = grants.refusal(token, now, actor);
            StoredToken enabled =
                    token.toBuilder().disabledAt(null).enabledAt(now).build();
            return refusal.<Attempt<Switched>>map(Attempt::refused)
                    .orElseGet(() -> switched(token, enabled, TokenEvent.ENABLED, now, actor, reason));
        });
    }

    private Attempt<Switched> switched(
            StoredToken token,
            StoredToken changed,
            TokenEvent what,
            Instant now,
            Actor actor,
            @Nullable String reason) {
        AuditEvent event = events.ofToken(what, token, now, actor, ChangeEvents.detailsOf(reason));
        return Attempt.of(
                        parts.tokens().update(changed, TokenConstraints.none(), List.of(event)),
                        new Switched(changed, true))
                .ifApplied(() -> {
                    parts.metrics().tokensChanged(what, 1);
                    parts.listener().disabledOrEnabled(changed);
                });
    }

    Outcome<IssuedToken> regenerate(String tenantId, String tokenId, Actor actor) {
        return parts.creating(
                tenantId,
                permit -> change(tenantId, tokenId, actor, (token, now) -> regenerated(permit, token, now, actor)));
    }

    private Attempt<IssuedToken> regenerated(CreationPermit permit, StoredToken token, Instant now, Actor actor) {
        if (secrets.isForeign(token)) {
            return Attempt.refused(AuthError.of(Kind.CONFLICT));
        }
        Optional<AuthError> refusal = grants.refusal(token, now, actor).or(permit::take);
        if (refusal.isPresent()) {
            return Attempt.refused(refusal.get());
        }
        GeneratedToken generated = secrets.regenerate(token);
        StoredToken changed = secrets.withSecret(token.toBuilder(), generated)
                .secretShownTo(actor.userId().orElse(null))
                // The new secret is not the one that the bearer replaced.
                .selfRotatedAt(null)
                .build();
        AuditEvent event = events.ofToken(TokenEvent.REGENERATED, token, now, actor, Map.of());
        return Attempt.of(
                        permit.write(
                                () -> parts.tokens().update(changed, TokenConstraints.none(), List.of(event)),
                                WriteResult.APPLIED::equals),
                        new IssuedToken(generated, changed))
                .ifApplied(() -> parts.metrics().tokensChanged(TokenEvent.REGENERATED, 1));
    }

    Outcome<IssuedToken> rotate(String tenantId, String tokenId, GracePeriod gracePeriod, Actor actor) {
        String user = actor.userId().orElse(null);
        return parts.creating(
                tenantId,
                permit -> change(tenantId, tokenId, actor, (token, now) -> {
                    Rotation rotation = new Rotation(
                            token,
                            token.toBuilder(),
                            successor(token, now).createdBy(user).secretShownTo(user),
                            Map.of());
                    return rotated(rotation, permit, now, gracePeriod, actor);
                }));
    }

    /**
     * Rotates a token for its bearer. The successor has the same rights, so no grant is needed. Its creator, the user who was
     * shown the secret, and the start of its lifetime are those of the token, so that it cannot escape the revocation of that
     * user's tokens, or the maximum lifetime.
     *
     * @param verified the token, whose secret the bearer has just presented again. If it has got another secret since then, the
     *     bearer's secret is no longer that of the token
     */
    Outcome<IssuedToken> rotateSelf(VerifiedToken verified, GracePeriod gracePeriod, AuthRequest request) {
        Actor bearer = Actor.bearer(verified, request);
        return parts.creating(
                verified.tenantId(),
                permit -> change(
                        verified.tenantId(),
                        verified.id(),
                        bearer,
                        (token, now) -> denial(verified, token, now).map(AuthError::of),
                        (token, now) -> {
                            Rotation rotation = new Rotation(
                                    token,
                                    token.toBuilder().selfRotatedAt(now),
                                    successor(token, now)
                                            .createdBy(token.createdBy())
                                            .secretShownTo(token.secretShownTo())
                                            .lifetimeStartedAt(token.lifetimeStartedAt()),
                                    Map.of("by_bearer", "true"));
                            return rotated(rotation, permit, now, gracePeriod, bearer);
                        }));
    }

    /**
     * {@return why the bearer's request would be denied now, in the order in which a request is evaluated; empty if it would
     * not} The token may have been changed since the request was evaluated.
     */
    private Optional<Kind> denial(VerifiedToken verified, @Nullable StoredToken token, Instant now) {
        if (token == null || !token.hash().equals(verified.stored().hash())) {
            return Optional.of(Kind.UNKNOWN_TOKEN);
        }
        if (token.isRevoked()) {
            return Optional.of(Kind.REVOKED);
        }
        if (token.tenantGone()) {
            return Optional.of(Kind.TENANT_GONE);
        }
        if (token.tenantSuspended()) {
            return Optional.of(Kind.SUSPENDED);
        }
        return switch (parts.lifetimes().state(Token.of(token), now)) {
            case ACTIVE -> Optional.empty();
            case REVOKED -> Optional.of(Kind.REVOKED);
            case DISABLED -> Optional.of(Kind.DISABLED);
            case NOT_YET_VALID -> Optional.of(Kind.NOT_YET_VALID);
            case EXPIRED -> Optional.of(Kind.EXPIRED);
            case IDLE -> Optional.of(Kind.IDLE);
        };
    }

    /**
     * A rotation that is to be stored.
     *
     * @param token the token as it was read
     * @param predecessor the token as it is afterward, without its successor and the end of its grace period
     * @param successor the new token without its secret
     * @param details the details of the audit rows
     */
    private record Rotation(
            StoredToken token,
            StoredTokenBuilder predecessor,
            StoredTokenBuilder successor,
            Map<String, String> details) {

        Map<String, String> detailsWith(String name, String tokenId) {
            Map<String, String> all = new HashMap<>(details);
            all.put(name, tokenId);
            return all;
        }
    }

    private Attempt<IssuedToken> rotated(
            Rotation rotation, CreationPermit permit, Instant now, GracePeriod gracePeriod, Actor actor) {
        StoredToken token = rotation.token();
        if (token.successorId() != null || secrets.isForeign(token)) {
            return Attempt.refused(AuthError.of(Kind.CONFLICT));
        }
        if (parts.lifetimes().isExpired(token, now)) {
            return Attempt.refused(AuthError.invalid("token_uuid", "names a token that has expired"));
        }
        if (parts.lifetimes().isIdle(token, now)) {
            return Attempt.refused(AuthError.invalid(
                    "token_uuid", "names a token that was not used for too long; disable and enable it first"));
        }
        Optional<Instant> gracePeriodEnd =
                TokenRules.end(now, gracePeriod.length().orElse(null));
        GeneratedToken generated = secrets.ofSuccessor(token);
        StoredToken successor =
                secrets.withSecret(rotation.successor(), generated).build();
        Optional<AuthError> refusal = grants.refusal(successor, now, actor).or(permit::take);
        if (refusal.isPresent()) {
            return Attempt.refused(refusal.get());
        }
        StoredToken predecessor = rotation.predecessor()
                .successorId(successor.id())
                .gracePeriodEndsAt(gracePeriodEnd.orElse(null))
                .build();
        List<AuditEvent> written = List.of(
                events.ofToken(
                        TokenEvent.ROTATED, token, now, actor, rotation.detailsWith("successor", successor.id())),
                events.ofToken(
                        TokenEvent.ISSUED, successor, now, actor, rotation.detailsWith("predecessor", token.id())));
        TokenConstraints rule = TokenConstraints.maxLive(now, parts.liveTokens());
        return Attempt.of(
                        permit.write(
                                () -> parts.tokens().rotate(predecessor, successor, rule, written),
                                WriteResult.APPLIED::equals),
                        new IssuedToken(generated, successor))
                .ifApplied(() -> {
                    parts.metrics().tokensChanged(TokenEvent.ROTATED, 1);
                    parts.metrics().tokensChanged(TokenEvent.ISSUED, 1);
                    parts.listener().rotated(predecessor, successor);
                });
    }

    private StoredTokenBuilder successor(StoredToken token, Instant now) {
        return StoredToken.builder(parts.ids().nextTokenId(), token.tenantId(), token.environment(), token.name(), now)
                .description(token.description())
                .scopes(token.scopes())
                .allowlist(token.allowlist())
                .rateLimits(token.rateLimits())
                .metadata(token.metadata())
                .notBefore(token.notBefore())
                .expiresAt(token.expiresAt())
                .disabledAt(token.disabledAt())
                .lineId(token.lineId())
                .predecessorId(token.id());
    }

    /** {@return why an operator, who names the token by its id, may not change it; empty if it can be changed} */
    private static Optional<AuthError> unchangeable(@Nullable StoredToken token, Instant now) {
        if (token == null) {
            return Optional.of(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        if (token.tenantGone()) {
            return Optional.of(AuthError.of(Kind.TENANT_NOT_FOUND));
        }
        return token.isRevoked()
                ? Optional.of(AuthError.invalid("token_uuid", "names a token that has been revoked"))
                : Optional.empty();
    }

    private <T> Outcome<T> change(String tenantId, String tokenId, Actor actor, Change<T> change) {
        return change(tenantId, tokenId, actor, TokenChange::unchangeable, change);
    }

    /** Reads a token that can still be changed, and attempts a change of it, until no other change is made in between. */
    private <T> Outcome<T> change(String tenantId, String tokenId, Actor actor, Obstacle obstacle, Change<T> change) {
        Optional<AuthError> unfit = TokenRules.judge(actor);
        if (unfit.isPresent()) {
            return new Outcome.Refused<>(unfit.get());
        }
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            StoredToken token = parts.find(tenantId, tokenId).orElse(null);
            Instant now = parts.now();
            Optional<AuthError> refusal = obstacle.refusal(token, now);
            if (refusal.isPresent()) {
                return new Outcome.Refused<>(refusal.get());
            }
            Optional<Outcome<T>> outcome =
                    change.attempt(Objects.requireNonNull(token), now).outcome();
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw new StorageException("token " + tokenId + " was changed by others " + ATTEMPTS + " times in a row");
    }

    /** Decides whether a token can be changed, as it was read; null if it does not exist, which is always refused. */
    private interface Obstacle {
        Optional<AuthError> refusal(@Nullable StoredToken token, Instant now);
    }

    /** One attempt to change the token as it was read. */
    private interface Change<T> {
        Attempt<T> attempt(StoredToken token, Instant now);
    }

    /** The result of an attempt; no outcome if another change was made in between. */
    private record Attempt<T>(Optional<Outcome<T>> outcome) {

        static <T> Attempt<T> refused(AuthError error) {
            return new Attempt<>(Optional.of(new Outcome.Refused<>(error)));
        }

        static <T> Attempt<T> of(WriteResult stored, T value) {
            return switch (stored) {
                case APPLIED -> new Attempt<>(Optional.of(new Outcome.Done<>(value)));
                case NAME_TAKEN -> refused(AuthError.of(Kind.NAME_TAKEN));
                case TOO_MANY_TOKENS -> refused(AuthError.of(Kind.TOO_MANY_TOKENS));
                // The row that is read next has the other change, or the state of its tenant.
                case STALE, TENANT_GONE -> new Attempt<>(Optional.empty());
            };
        }

        Attempt<T> ifApplied(Runnable then) {
            outcome.filter(Outcome.Done.class::isInstance).ifPresent(done -> then.run());
            return this;
        }
    }
}
