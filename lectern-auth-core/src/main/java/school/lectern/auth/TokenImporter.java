package school.lectern.auth;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHasher;

/**
 * Stores tokens that another system issued, and replaces their hashes with hashes of the current algorithm when they are used.
 */
final class TokenImporter {

    private static final Logger log = LoggerFactory.getLogger(TokenImporter.class);

    private static final int MAX_IMPORTS = 1_000;

    private final IssuerParts parts;
    private final ChangeEvents events;
    private final GrantCheck grants;
    private final TokenRules rules;

    TokenImporter(IssuerParts parts) {
        this.parts = parts;
        this.events = parts.events();
        this.grants = new GrantCheck(parts.dialect());
        this.rules = parts.rules();
    }

    /** @throws IllegalArgumentException if there are more than 1,000 */
    List<Outcome<StoredToken>> importTokens(List<ImportedToken> imports, Actor actor) {
        if (imports.size() > MAX_IMPORTS) {
            throw new IllegalArgumentException(
                    "imports must hold at most " + MAX_IMPORTS + " tokens, were " + imports.size());
        }
        Instant now = parts.now();
        List<Outcome<TokenInsert>> judged =
                imports.stream().map(each -> judge(each, now, actor)).toList();
        List<TokenInsert> accepted = new ArrayList<>();
        for (Outcome<TokenInsert> each : judged) {
            if (each instanceof Outcome.Done<TokenInsert> done) {
                accepted.add(done.value());
            }
        }
        Iterator<InsertResult> results = parts.tokens().insertAll(accepted).iterator();
        return judged.stream()
                .map(each -> each.<Outcome<StoredToken>>fold(token -> imported(results.next()), Outcome.Refused::new))
                .toList();
    }

    /** {@return the token to insert, or its refusal before the store is called} */
    private Outcome<TokenInsert> judge(ImportedToken imported, Instant now, Actor actor) {
        Optional<TokenFormat> format = parts.dialect().formats().showing(imported.environment(), imported.visible());
        if (format.isEmpty()) {
            return new Outcome.Refused<>(AuthError.invalid("visible", "is not what the format shows of a token"));
        }
        Optional<AuthError> misfit = misfit(imported, format.get(), now);
        if (misfit.isPresent()) {
            return new Outcome.Refused<>(misfit.get());
        }
        String prefix = format.get()
                .shownPrefix(imported.environment(), imported.visible())
                .orElseThrow();
        List<String> selectors = parts.hasher()
                .selectorsFor(imported.hash(), imported.visible(), format.get().hasPublicKey());
        StoredToken token = imported.under(selectors.get(0), prefix, actor);
        Optional<AuthError> refusal = rules.judge(token, now).or(() -> grants.refusal(token, now, actor));
        Map<String, String> details = Map.of("algorithm", token.hash().algorithm());
        return refusal.<Outcome<TokenInsert>>map(Outcome.Refused::new)
                .orElseGet(() -> new Outcome.Done<>(new TokenInsert(
                        token,
                        selectors,
                        parts.constraints(now),
                        events.ofToken(TokenEvent.IMPORTED, token, now, actor, details))));
    }

    private Outcome<StoredToken> imported(InsertResult result) {
        result.stored().ifPresent(stored -> {
            parts.metrics().tokensChanged(TokenEvent.IMPORTED, 1);
            parts.listener().issued(stored);
        });
        return IssuerParts.outcome(result);
    }

    private Optional<AuthError> misfit(ImportedToken imported, TokenFormat format, Instant now) {
        if (imported.createdAt().isAfter(now)) {
            return Optional.of(AuthError.invalid("created_at", "must not be in the future"));
        }
        if (imported.lastUsedAt() != null && imported.lastUsedAt().isAfter(now)) {
            return Optional.of(AuthError.invalid("last_used_at", "must not be in the future"));
        }
        return parts.hasher().rejectionReason(imported.hash(), format).map(why -> AuthError.invalid("hash", why));
    }

    /**
     * Replaces a hash of an older algorithm with a hash of the current algorithm, after the secret was verified. If that fails,
     * the older hash remains valid, and the next use tries again.
     */
    void rehash(StoredToken token, TokenHasher.HashedSecret current) {
        StoredToken changed =
                token.toBuilder().secret(current.selector(), current.hash()).build();
        Map<String, String> details =
                Map.of("from", token.hash().algorithm(), "to", current.hash().algorithm());
        try {
            AuditEvent event = events.ofToken(TokenEvent.REHASHED, token, parts.now(), Actor.application(), details);
            if (parts.tokens().rehash(changed, List.of(event)) == WriteResult.APPLIED) {
                parts.metrics().tokensChanged(TokenEvent.REHASHED, 1);
            }
        } catch (RuntimeException | Error broken) {
            log.warn(
                    "token {} keeps its {} hash, which could not be replaced; will retry at its next use",
                    token.id(),
                    token.hash().algorithm(),
                    RedactedFailure.of(broken));
        }
    }
}
