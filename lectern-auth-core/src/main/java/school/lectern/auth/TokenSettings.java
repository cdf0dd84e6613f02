package school.lectern.auth;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;

/**
 * What can be said of a token when it is made, and changed later. What is not said stays as it is: at first, nothing. A
 * builder; not for use by several threads at once.
 *
 * <pre>{@code
 * new TokenSettings().name("CI").scopes(ScopeSet.parse("read:learners")).expiresAt(null)
 * }</pre>
 *
 * <p>Nothing is judged here: {@link TokenIssuer} does that, and says what is wrong.
 */
public final class TokenSettings {

    private final List<Consumer<StoredTokenBuilder>> edits = new ArrayList<>();
    private final Set<String> fields = new TreeSet<>();

    /** Says nothing yet. */
    public TokenSettings() {}

    /** What it is called: 1 to 100 characters. */
    public TokenSettings name(String name) {
        return with("name", token -> token.name(name));
    }

    /** What is said of it: 1 to 500 characters; null for nothing. */
    public TokenSettings description(@Nullable String description) {
        return with("description", token -> token.description(description));
    }

    /** What it may do. */
    public TokenSettings scopes(ScopeSet scopes) {
        return with("scopes", token -> token.scopes(scopes));
    }

    /** When it ends; null for never. Kept to the millisecond, rounded down. */
    public TokenSettings expiresAt(@Nullable Instant end) {
        Instant kept = end == null ? null : end.truncatedTo(ChronoUnit.MILLIS);
        return with("expires_at", token -> token.expiresAt(kept));
    }

    /** From where it may be presented; null for anywhere. */
    public TokenSettings allowlist(@Nullable IpAllowlist list) {
        return with("ip_allowlist", token -> token.allowlist(list));
    }

    /** Permits of its own, by limit class; none for the dialect's. */
    public TokenSettings rateLimits(Map<String, Long> permits) {
        return with("rate_limits", token -> token.rateLimits(permits));
    }

    /** What is noted with it: at most 50 entries, and in all at most 8,192 bytes of UTF-8. */
    public TokenSettings metadata(Map<String, String> metadata) {
        return with("metadata", token -> token.metadata(metadata));
    }

    private TokenSettings with(String field, Consumer<StoredTokenBuilder> edit) {
        fields.add(field);
        edits.add(edit);
        return this;
    }

    /** The token as it would be. */
    StoredToken applyTo(StoredToken token) {
        StoredTokenBuilder changed = token.toBuilder();
        edits.forEach(edit -> edit.accept(changed));
        return changed.build();
    }

    /** Whether that field is said anything of. An end that was set before, for one, may well be past by now. */
    boolean sets(String field) {
        return fields.contains(field);
    }

    /** Whether something is said of what requests are judged by. */
    boolean affectsAuthorization() {
        return sets("scopes") || sets("expires_at") || sets("ip_allowlist") || sets("rate_limits");
    }

    /** The fields that something is said of, for the audit log. */
    String fieldNames() {
        return String.join(",", fields);
    }
}
