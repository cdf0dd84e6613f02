package school.lectern.auth.http;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
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
 * Reads the body of a request that issues or changes a token into settings. Validates the types of the JSON values and the
 * names of the fields. The operation on tokens validates the values.
 */
final class TokenRequestBody<S extends TokenSettings<S>> {

    private final Dialect dialect;
    private final Map<String, @Nullable Object> body;
    private final boolean create;
    private final List<FieldError> errors = new ArrayList<>();
    private final S settings;
    private TokenEnvironment environment;
    private @Nullable String format;

    private TokenRequestBody(Dialect dialect, Map<String, @Nullable Object> body, S settings, boolean create) {
        this.dialect = dialect;
        this.body = body;
        this.settings = settings;
        this.create = create;
        this.environment = dialect.formats().defaultEnvironment();
    }

    static TokenRequestBody<NewToken> create(Dialect dialect, Map<String, @Nullable Object> body) {
        return new TokenRequestBody<>(dialect, body, NewToken.named(""), true).read();
    }

    static TokenRequestBody<TokenUpdate> update(Dialect dialect, Map<String, @Nullable Object> body) {
        return new TokenRequestBody<>(dialect, body, new TokenUpdate(), false).read();
    }

    /** Returns the error of the body, or empty. */
    Optional<AuthError> error() {
        return errors.isEmpty() ? Optional.empty() : Optional.of(AuthError.invalid(errors));
    }

    S settings() {
        return settings;
    }

    TokenEnvironment environment() {
        return environment;
    }

    Optional<String> format() {
        return Optional.ofNullable(format);
    }

    private TokenRequestBody<S> read() {
        if (create && !body.containsKey("name")) {
            error("name", "is required");
        }
        String scopes = dialect.scopes().field();
        if (create && dialect.scopes().required() && !body.containsKey(scopes)) {
            error(scopes, "is required");
        }
        body.forEach(this::read);
        if (format != null
                && dialect.formats().issuing(environment, format, null).isEmpty()) {
            error("format", "has no tokens of the environment \"" + environment.name() + '"');
        }
        return this;
    }

    private void read(String field, @Nullable Object value) {
        switch (field) {
            case "name" -> readText(field, value, false).ifPresent(settings::name);
            case "description" -> {
                if (value == null) {
                    settings.noDescription();
                } else {
                    readText(field, value, true).ifPresent(settings::description);
                }
            }
            case "environment" -> readEnvironment(value);
            case "expires_at" -> readExpiry(value);
            case "not_before" -> readStart(value);
            case "ip_allowlist" -> readAllowlist(value);
            case "metadata" -> readMetadata(value);
            default -> readByDialect(field, value);
        }
    }

    /** Reads a field that only some dialects have. */
    private void readByDialect(String field, @Nullable Object value) {
        Notation notation = dialect.scopes().notation();
        boolean permissions = field.equals(dialect.scopes().field());
        if (permissions && notation == Notation.SCOPES) {
            readScopes(field, value);
        } else if (permissions && notation == Notation.RIGHTS) {
            readRights(field, value);
        } else if (field.equals("format") && dialect.formats().names().size() > 1) {
            readFormat(value);
        } else if (field.equals("rate_limits") && !dialect.limits().limits().isEmpty()) {
            readLimits(value);
        } else {
            error(plainName(field, "body"), "is not known");
        }
    }

    private Optional<String> readText(String field, @Nullable Object value, boolean nullable) {
        if (value instanceof String text) {
            return Optional.of(text);
        }
        error(field, nullable ? "must be text or null" : "must be text");
        return Optional.empty();
    }

    private void readEnvironment(@Nullable Object value) {
        List<TokenEnvironment> known = dialect.environments();
        Optional<TokenEnvironment> named =
                known.stream().filter(each -> each.name().equals(value)).findFirst();
        if (create && value == null) {
            return;
        }
        if (!create) {
            error("environment", "never changes");
        } else if (named.isEmpty()) {
            error(
                    "environment",
                    "must be "
                            + oneOf(known.stream().map(TokenEnvironment::name).toList()));
        } else {
            environment = named.get();
        }
    }

    private void readFormat(@Nullable Object value) {
        List<String> known = dialect.formats().names();
        if (create && value == null) {
            return;
        }
        if (!create) {
            error("format", "never changes");
        } else if (value instanceof String name && known.contains(name)) {
            format = name;
        } else {
            error("format", "must be " + oneOf(known));
        }
    }

    /** Returns for example {@code "live" or "test"}. */
    private static String oneOf(List<String> names) {
        List<String> quoted = names.stream().map(name -> '"' + name + '"').toList();
        int last = quoted.size() - 1;
        return last == 0 ? quoted.get(0) : String.join(", ", quoted.subList(0, last)) + " or " + quoted.get(last);
    }

    private void readExpiry(@Nullable Object value) {
        Optional<Instant> time = value instanceof String text ? Timestamps.parse(text) : Optional.empty();
        if (value == null) {
            settings.neverExpires();
        } else if (time.isPresent()) {
            settings.expiresAt(time.get());
        } else {
            error("expires_at", "must be an RFC 3339 timestamp with an offset, or null");
        }
    }

    private void readStart(@Nullable Object value) {
        Optional<Instant> time = value instanceof String text ? Timestamps.parse(text) : Optional.empty();
        if (value == null) {
            settings.noNotBefore();
        } else if (time.isPresent()) {
            settings.notBefore(time.get());
        } else {
            error("not_before", "must be an RFC 3339 timestamp with an offset, or null");
        }
    }

    private void readAllowlist(@Nullable Object value) {
        if (value == null) {
            settings.anyAddress();
            return;
        }
        List<IpRange> ranges = new ArrayList<>();
        for (Object block : elements(value)) {
            try {
                ranges.add(IpRange.parse(block instanceof String text ? text : ""));
            } catch (IllegalArgumentException unreadable) {
                error("ip_allowlist", "holds an entry that " + unreadable.getMessage());
            }
        }
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            error("ip_allowlist", "must be null, or an array of at least one address or CIDR block");
        } else if (ranges.size() == list.size()) {
            settings.allowlist(IpAllowlist.of(ranges));
        }
    }

    private void readMetadata(@Nullable Object value) {
        Map<String, String> entries = new HashMap<>();
        Json.members(value).forEach((name, entry) -> {
            if (entry instanceof String text) {
                entries.put(name, text);
            }
        });
        if (isOtherThanObjectOf(entries.size(), value)) {
            error("metadata", "must be null, or an object of texts");
        } else {
            settings.metadata(entries);
        }
    }

    private void readLimits(@Nullable Object value) {
        Map<String, Long> permits = new HashMap<>();
        Json.members(value).forEach((name, permit) -> {
            if (permit instanceof Number number && Json.isLong(permit)) {
                permits.put(name, number.longValue());
            }
        });
        if (isOtherThanObjectOf(permits.size(), value)) {
            error("rate_limits", "must be null, or an object of whole numbers");
        } else {
            settings.rateLimits(permits);
        }
    }

    private void readScopes(String field, @Nullable Object value) {
        Set<Scope> scopes = new HashSet<>();
        boolean readable = value instanceof List;
        for (Object element : elements(value)) {
            Optional<Scope> scope =
                    element instanceof String text ? dialect.scopes().scope(text) : Optional.empty();
            scope.ifPresent(scopes::add);
            readable &= scope.isPresent();
        }
        if (readable) {
            settings.scopes(ScopeSet.of(scopes));
        } else {
            String example = dialect.scopes().names().stream()
                    .findFirst()
                    .map(Scope::name)
                    .orElse("read:learners");
            error(field, "must be an array of scopes that this API has, such as \"" + example + '"');
        }
    }

    private void readRights(String field, @Nullable Object value) {
        Map<String, Set<String>> rights = new HashMap<>();
        boolean readable = Json.isObject(value);
        for (Map.Entry<String, @Nullable Object> resource : Json.members(value).entrySet()) {
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

    /** Returns the granted actions, or null if the object contains anything other than actions with true or false. */
    private @Nullable Set<String> readActions(@Nullable Object actions) {
        Set<String> granted = new HashSet<>();
        boolean readable = Json.isObject(actions);
        for (Map.Entry<String, @Nullable Object> action : Json.members(actions).entrySet()) {
            readable &= action.getValue() instanceof Boolean
                    && dialect.scopes().actions().contains(action.getKey());
            if (Boolean.TRUE.equals(action.getValue())) {
                granted.add(action.getKey());
            }
        }
        return readable ? granted : null;
    }

    /** Returns the elements of an array or of an object: the elements of an object are also read before it is rejected. */
    private static Collection<? extends @Nullable Object> elements(@Nullable Object value) {
        return value instanceof List<?> array ? array : Json.members(value).values();
    }

    /** Returns whether the value is neither null nor an object with that number of readable members. */
    private static boolean isOtherThanObjectOf(int readable, @Nullable Object value) {
        return value != null && (!Json.isObject(value) || Json.members(value).size() != readable);
    }

    /** Returns the name if it is a plain word, otherwise the replacement: a name that a client chose may contain a secret. */
    static String plainName(String name, String otherwise) {
        return name.matches("[a-z_]{1,32}") ? name : otherwise;
    }

    private void error(String field, String message) {
        errors.add(new FieldError(field, message));
    }
}
