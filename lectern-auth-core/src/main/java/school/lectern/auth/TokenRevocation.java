package school.lectern.auth;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.CredentialProblem;
import school.lectern.auth.format.ParsedCredential;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.Secret;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.Identifier;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.HashingOverloadedException;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.VerifiedToken;

/** Revokes tokens, one by one or in groups. Neither the grant nor the id of the actor can prevent a revocation. */
final class TokenRevocation {

    private static final Logger log = LoggerFactory.getLogger(TokenRevocation.class);

    private final IssuerParts parts;
    private final ChangeEvents events;

    TokenRevocation(IssuerParts parts) {
        this.parts = parts;
        this.events = parts.events();
    }

    Outcome<Revocation> revoke(String tenantId, String tokenId, Actor actor, @Nullable String reason) {
        if (!IssuerParts.canExist(tenantId, tokenId)) {
            return new Outcome.Refused<>(AuthError.of(Kind.TOKEN_NOT_FOUND));
        }
        Instant now = parts.now();
        AuditEvent event =
                events.of(TokenEvent.REVOKED.code(), tenantId, tokenId, now, actor, ChangeEvents.detailsOf(reason));
        SingleRevocation revocation =
                SingleRevocation.of(tenantId, tokenId, now, List.of(event)).withReason(reason);
        if (parts.tokens().revoke(revocation) == WriteResult.APPLIED) {
            parts.metrics().tokensChanged(TokenEvent.REVOKED, 1);
            notifyOfRevoked(tenantId, tokenId);
            return new Outcome.Done<>(Revocation.REVOKED);
        }
        return parts.tokens().get(tenantId, tokenId).isPresent()
                ? new Outcome.Done<>(Revocation.ALREADY_REVOKED)
                : new Outcome.Refused<>(AuthError.of(Kind.TOKEN_NOT_FOUND));
    }

    private void notifyOfRevoked(String tenantId, String tokenId) {
        if (!parts.listener().isHeard()) {
            return;
        }
        try {
            parts.tokens().get(tenantId, tokenId).ifPresent(parts.listener()::revoked);
        } catch (RuntimeException unreadable) {
            log.warn(
                    "the listener was not notified of the revocation of token {}: its row cannot be read",
                    tokenId,
                    RedactedFailure.of(unreadable));
        }
    }

    Outcome<Revocation> revokePresented(Secret credential, Actor actor, @Nullable String reason) {
        ParsedCredential parsed = parts.dialect().formats().parse(credential);
        if (parsed instanceof CredentialProblem malformed) {
            return new Outcome.Refused<>(AuthError.of(malformed));
        }
        SecretVerifier verifier = parts.hasher().verifierFor((PresentedToken) parsed);
        IpAddress address = actor.request().map(AuthRequest::address).orElse(null);
        try {
            VerifiedToken token = new Verification(parts.tokens(), parts.clocks()).run(verifier, address);
            return token == null
                    ? new Outcome.Refused<>(AuthError.of(Kind.UNKNOWN_TOKEN))
                    : revoke(token.tenantId(), token.id(), actor, reason);
        } catch (HashingOverloadedException busy) {
            return new Outcome.Refused<>(AuthError.unavailable(busy.retryAfter()));
        }
    }

    /** {@return the number of tokens that were revoked} */
    Outcome<Long> revokeAll(TokenGroup group, Actor actor, @Nullable String reason) {
        GroupRevocation revocation = revocation(group, actor, reason);
        return revokeAll(parts.listener().isHeard() ? revocation.observedBy(parts.listener()::revoked) : revocation);
    }

    Outcome<Long> revokeAll(
            TokenGroup group, Actor actor, @Nullable String reason, Consumer<? super StoredToken> revoked) {
        return revokeAll(revocation(group, actor, reason).observedBy(token -> {
            parts.listener().revoked(token);
            revoked.accept(token);
        }));
    }

    private Outcome<Long> revokeAll(GroupRevocation revocation) {
        // No store can contain an invalid id, so a group with an invalid id has no tokens.
        long revoked =
                Identifier.isValid(revocation.group().id()) ? parts.tokens().revokeAll(revocation) : 0;
        if (revoked > 0) {
            parts.metrics().tokensChanged(TokenEvent.REVOKED, revoked);
        }
        return new Outcome.Done<>(revoked);
    }

    private GroupRevocation revocation(TokenGroup group, Actor actor, @Nullable String reason) {
        Instant now = parts.now();
        Map<String, String> details = new TreeMap<>(ChangeEvents.detailsOf(reason));
        details.put("together", "true");
        return new GroupRevocation(
                        group,
                        now,
                        (tenantId, tokenId) ->
                                events.of(TokenEvent.REVOKED.code(), tenantId, tokenId, now, actor, details))
                .withReason(reason);
    }
}
