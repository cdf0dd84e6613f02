package school.lectern.auth;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

/** Issues new tokens. */
final class TokenCreation {

    private final IssuerParts parts;
    private final ChangeEvents events;
    private final SecretGenerator secrets;
    private final GrantCheck grants;
    private final TokenRules rules;

    TokenCreation(IssuerParts parts) {
        this.parts = parts;
        this.events = parts.events();
        this.secrets = new SecretGenerator(parts);
        this.grants = new GrantCheck(parts.dialect());
        this.rules = parts.rules();
    }

    /** @throws IllegalArgumentException if no new token of the environment can have the format and the prefix */
    Outcome<IssuedToken> issue(String tenantId, NewToken wanted, Actor actor) {
        TokenEnvironment environment =
                wanted.environment().orElseGet(parts.dialect().formats()::defaultEnvironment);
        return parts.creating(tenantId, permit -> {
            Instant now = parts.now();
            GeneratedToken generated = secrets.generate(
                    environment, wanted.format().orElse(null), wanted.prefix().orElse(null));
            String user = actor.userId().orElse(null);
            StoredToken set = wanted.applyTo(secrets.withSecret(
                            StoredToken.builder(parts.ids().nextTokenId(), tenantId, environment, "", now), generated)
                    .createdBy(user)
                    .secretShownTo(user)
                    .build());
            StoredToken token = parts.lifetimes().withDefault(set, wanted);
            Optional<AuthError> refusal = rules.judge(token, now)
                    .or(() -> grants.refusal(token, now, actor))
                    .or(() -> parts.gone(tenantId))
                    .or(() -> nameTaken(token, now))
                    .or(permit::take);
            return refusal.<Outcome<IssuedToken>>map(Outcome.Refused::new)
                    .orElseGet(() -> insert(permit, token, now, actor, generated));
        });
    }

    private Outcome<IssuedToken> insert(
            CreationPermit permit, StoredToken token, Instant now, Actor actor, GeneratedToken generated) {
        AuditEvent event = events.ofToken(TokenEvent.ISSUED, token, now, actor, Map.of());
        InsertResult result = permit.write(
                () -> parts.tokens().insert(token, parts.constraints(now), List.of(event)),
                inserted -> inserted.stored().isPresent());
        result.stored().ifPresent(stored -> {
            parts.metrics().tokensChanged(TokenEvent.ISSUED, 1);
            parts.listener().issued(stored);
        });
        return IssuerParts.outcome(result).map(stored -> new IssuedToken(generated, stored));
    }

    /**
     * Checked before a permit is reserved, so that other creations have the permit. The store checks the name again when it
     * writes.
     */
    private Optional<AuthError> nameTaken(StoredToken token, Instant now) {
        return parts.dialect().uniqueNames() && parts.tokens().isNameTaken(token.tenantId(), token.name(), now)
                ? Optional.of(AuthError.of(Kind.NAME_TAKEN))
                : Optional.empty();
    }
}
