package school.lectern.auth.http;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeGrammar.Notation;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenState;

/** The JSON of tokens in the management API. Only {@link #issued} contains a secret. */
final class TokenJson {

    private static final long MAX_EXACT_NUMBER = (1L << 53) - 1;

    private final LecternAuth auth;
    private final Dialect dialect;

    TokenJson(LecternAuth auth) {
        this.auth = auth;
        this.dialect = auth.dialect();
    }

    /** Returns the JSON of a token that was just created or got a new secret: the only time that the secret is shown. */
    Map<String, @Nullable Object> issued(IssuedToken issued) {
        Map<String, @Nullable Object> node = Json.object();
        node.put("token", issued.secret().expose());
        issued.publicKey().ifPresent(key -> node.put("public_key", key));
        issued.secretKey().ifPresent(key -> node.put("secret_key", key.expose()));
        describe(node, issued.token());
        put(node, "created_by_user_id", issued.token().createdBy().orElse(null));
        node.put("creation_date", Timestamps.print(issued.token().createdAt()));
        settings(node, issued.token());
        return node;
    }

    /** Returns the JSON of a stored token. */
    Map<String, @Nullable Object> stored(Token token, Instant now) {
        Map<String, @Nullable Object> node = Json.object();
        put(node, "id", Long.toString(token.number()));
        describe(node, token);
        node.put("is_active", auth.state(token, now) == TokenState.ACTIVE);
        put(node, "created_by_user_id", token.createdBy().orElse(null));
        put(node, "secret_shown_to", token.secretShownTo().orElse(null));
        node.put("creation_date", Timestamps.print(token.createdAt()));
        node.put("last_used_at", Timestamps.print(token.lastUsedAt().orElse(null)));
        settings(node, token);
        node.put("successor_uuid", token.successorId().orElse(null));
        return node;
    }

    private void describe(Map<String, @Nullable Object> node, Token token) {
        node.put("token_uuid", token.id());
        node.put("name", token.name());
        node.put("description", token.description().orElse(null));
        node.put("token_prefix", token.displayPrefix());
        put(node, "org_id", token.tenantId());
        ScopeGrammar grammar = dialect.scopes();
        if (grammar.notation() == Notation.SCOPES) {
            node.put(
                    grammar.field(),
                    token.scopes().scopes().stream().map(Scope::toString).toList());
        } else if (grammar.notation() == Notation.RIGHTS) {
            node.put(grammar.field(), rights(token.scopes()));
        }
    }

    private void settings(Map<String, @Nullable Object> node, Token token) {
        node.put("expires_at", Timestamps.print(auth.effectiveExpiry(token).orElse(null)));
        // Absent unless set, so that the documented systems' tokens have no other fields than documented.
        token.notBefore().ifPresent(start -> node.put("not_before", Timestamps.print(start)));
        node.put("environment", token.environment().name());
        node.put(
                "ip_allowlist",
                token.allowlist()
                        .map(allowlist -> allowlist.blocks().orElse(List.of()))
                        .orElse(null));
        if (!dialect.limits().limits().isEmpty()) {
            node.put("rate_limits", limits(token.rateLimits()));
        }
        node.put("metadata", new TreeMap<>(token.metadata()));
        token.disabledAt().ifPresent(since -> node.put("disabled_at", Timestamps.print(since)));
        node.put("revoked_at", Timestamps.print(token.revokedAt().orElse(null)));
        token.revocationReason().ifPresent(reason -> node.put("revocation_reason", reason));
        token.selfRotatedAt().ifPresent(since -> node.put("self_rotated_at", Timestamps.print(since)));
        node.put("predecessor_uuid", token.predecessorId().orElse(null));
    }

    /** Returns the token's own limits, or null if the dialect's limits apply. */
    private static @Nullable Map<String, Long> limits(Map<String, Long> permits) {
        return permits.isEmpty() ? null : new TreeMap<>(permits);
    }

    /** Returns each resource of the scopes with all actions of the dialect. */
    private Map<String, @Nullable Object> rights(ScopeSet scopes) {
        Map<String, @Nullable Object> rights = Json.object();
        for (Map.Entry<String, Set<String>> right : scopes.rights().entrySet()) {
            Map<String, @Nullable Object> actions = Json.object();
            dialect.scopes()
                    .actions()
                    .forEach(action -> actions.put(action, right.getValue().contains(action)));
            rights.put(right.getKey(), actions);
        }
        return rights;
    }

    /**
     * Adds an id. An id of digits is written as a number, as in the application. A larger one is written as text: many JSON
     * parsers round numbers beyond 2<sup>53</sup> (RFC 8259, section 6), and would read the id of another token.
     */
    private static void put(Map<String, @Nullable Object> node, String field, @Nullable String id) {
        if (id != null && id.matches("0|[1-9][0-9]{0,15}") && Long.parseLong(id) <= MAX_EXACT_NUMBER) {
            node.put(field, Long.parseLong(id));
        } else {
            node.put(field, id);
        }
    }
}
