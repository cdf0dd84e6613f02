package school.lectern.auth.servlet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenSettings;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.FieldError;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar.Notation;
import school.lectern.auth.scope.ScopeSet;

/**
 * Reads the body of a request that issues or changes a token into settings. Validates the JSON: types, and which fields exist.
 * The operation on tokens validates the values.
 */
final class TokenRequestBody<S extends TokenSettings<S>> {

    private final Dialect dialect;
    private final ObjectNode body;
    private final boolean create;
    private final List<FieldError> errors = new ArrayList<>();
    private final S settings;
    private TokenEnvironment environment = TokenEnvironment.LIVE;

    private TokenRequestBody(Dialect dialect, ObjectNode body, S settings, boolean create) {
        this.dialect = dialect;
        this.body = body;
        this.settings = settings;
        this.create = create;
    }

    static TokenRequestBody<NewToken> create(Dialect dialect, ObjectNode body) {
        return new TokenRequestBody<>(dialect, body, NewToken.named(""), true).read();
    }

    static TokenRequestBody<TokenUpdate> update(Dialect dialect, ObjectNode body) {
        return new TokenRequestBody<>(dialect, body, new TokenUpdate(), false).read();
    }

    /** What is wrong with the body, or empty. */
    Optional<AuthError> error() {
        return errors.isEmpty() ? Optional.empty() : Optional.of(AuthError.invalid(errors));
    }

    S settings() {
        return settings;
    }

    TokenEnvironment environment() {
        return environment;
    }

    private TokenRequestBody<S> read() {
        if (create && !body.has("name")) {
            error("name", "is required");
        }
        String scopes = dialect.scopes().field();
        if (create && dialect.scopes().required() && !body.has(scopes)) {
            error(scopes, "is required");
        }
        for (Map.Entry<String, JsonNode> field : body.properties()) {
            read(field.getKey(), field.getValue());
        }
        return this;
    }

    private void read(String field, JsonNode value) {
        switch (field) {
            case "name" -> readText(field, value, false).ifPresent(settings::name);
            case "description" -> {
                if (value.isNull()) {
                    settings.noDescription();
                } else {
                    readText(field, value, true).ifPresent(settings::description);
                }
            }
            case "environment" -> readEnvironment(value);
            case "expires_at" -> readExpiry(value);
            case "ip_allowlist" -> readAllowlist(value);
            case "metadata" -> readMetadata(value);
            default -> readByDialect(field, value);
        }
    }

    /** The fields that only some dialects know. */
    private void readByDialect(String field, JsonNode value) {
        Notation notation = dialect.scopes().notation();
        boolean permissions = field.equals(dialect.scopes().field());
        if (permissions && notation == Notation.SCOPES) {
            readScopes(field, value);
        } else if (permissions && notation == Notation.RIGHTS) {
            readRights(field, value);
        } else if (field.equals("rate_limits") && !dialect.limits().limits().isEmpty()) {
            readLimits(value);
        } else {
            error(plainName(field, "body"), "is not known");
        }
    }

    private Optional<String> readText(String field, JsonNode value, boolean nullable) {
        if (value.isTextual()) {
            return Optional.of(value.textValue());
        }
        error(field, nullable ? "must be text or null" : "must be text");
        return Optional.empty();
    }

    private void readEnvironment(JsonNode value) {
        Optional<TokenEnvironment> named = TokenEnvironment.parse(value.asText(""));
        if (create && value.isNull()) {
            return;
        }
        if (!create) {
            error("environment", "never changes");
        } else if (!value.isTextual() || named.isEmpty()) {
            error("environment", "must be \"live\" or \"test\"");
        } else {
            environment = named.get();
        }
    }

    private void readExpiry(JsonNode value) {
        Optional<Instant> time = value.isTextual() ? Timestamps.parse(value.textValue()) : Optional.empty();
        if (value.isNull()) {
            settings.neverExpires();
        } else if (time.isPresent()) {
            settings.expiresAt(time.get());
        } else {
            error("expires_at", "must be an RFC 3339 timestamp with an offset, or null");
        }
    }

    private void readAllowlist(JsonNode value) {
        if (value.isNull()) {
            settings.anyAddress();
            return;
        }
        List<IpRange> ranges = new ArrayList<>();
        for (JsonNode block : value) {
            try {
                ranges.add(IpRange.parse(block.isTextual() ? block.textValue() : ""));
            } catch (IllegalArgumentException unreadable) {
                error("ip_allowlist", "holds an entry that " + unreadable.getMessage());
            }
        }
        if (!value.isArray() || value.isEmpty()) {
            error("ip_allowlist", "must be null, or an array of at least one address or CIDR block");
        } else if (ranges.size() == value.size()) {
            settings.allowlist(IpAllowlist.of(ranges));
        }
    }

    private void readMetadata(JsonNode value) {
        Map<String, String> entries = new HashMap<>();
        value.properties().forEach(entry -> {
            if (entry.getValue().isTextual()) {
                entries.put(entry.getKey(), entry.getValue().textValue());
            }
        });
        if (!value.isNull() && (!value.isObject() || entries.size() != value.size())) {
            error("metadata", "must be null, or an object of texts");
        } else {
            settings.metadata(entries);
        }
    }

    private void readLimits(JsonNode value) {
        Map<String, Long> permits = new HashMap<>();
        value.properties().forEach(entry -> {
            if (entry.getValue().isIntegralNumber() && entry.getValue().canConvertToLong()) {
                permits.put(entry.getKey(), entry.getValue().longValue());
            }
        });
        if (!value.isNull() && (!value.isObject() || permits.size() != value.size())) {
            error("rate_limits", "must be null, or an object of whole numbers");
        } else {
            settings.rateLimits(permits);
        }
    }

    private void readScopes(String field, JsonNode value) {
        Set<Scope> scopes = new HashSet<>();
        boolean readable = value.isArray();
        for (JsonNode text : value) {
            Optional<Scope> scope = text.isTextual() ? dialect.scopes().scope(text.textValue()) : Optional.empty();
            scope.ifPresent(scopes::add);
            readable &= scope.isPresent();
        }
        if (readable) {
            settings.scopes(ScopeSet.of(scopes));
        } else {
            error(field, "must be an array of scopes that this API has, such as \"read:learners\"");
        }
    }

    private void readRights(String field, JsonNode value) {
        Map<String, Set<String>> rights = new HashMap<>();
        boolean readable = value.isObject();
        for (Map.Entry<String, JsonNode> resource : value.properties()) {
            Set<String> granted = readActions(resource.getValue());
            readable &= granted != null && dialect.scopes().isResource(resource.getKey());
            rights.put(resource.getKey(), granted == null ? Set.of() : granted);
        }
        if (readable) {
            settings.scopes(ScopeSet.ofRights(rights));
        } else {
            error(field, "must be an object of resource, then action, then true or false");
        }
    }

    /** The actions that are granted; null if the object holds anything but actions with true or false. */
    private @Nullable Set<String> readActions(JsonNode actions) {
        Set<String> granted = new HashSet<>();
        boolean readable = actions.isObject();
        for (Map.Entry<String, JsonNode> action : actions.properties()) {
            readable &=
                    action.getValue().isBoolean() && dialect.scopes().actions().contains(action.getKey());
            if (action.getValue().asBoolean()) {
                granted.add(action.getKey());
            }
        }
        return readable ? granted : null;
    }

    /** A name that is the client's own word could be a secret in the wrong place: only a plain word is repeated. */
    static String plainName(String name, String otherwise) {
        return name.matches("[a-z_]{1,32}") ? name : otherwise;
    }

    private void error(String field, String message) {
        errors.add(new FieldError(field, message));
    }
}
