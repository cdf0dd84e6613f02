package school.lectern.auth;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;

/**
 * The settings of a token that its owner chooses. They are part of a {@link NewToken}, of an {@link ImportedToken}, and of a
 * {@link TokenUpdate}, which changes only the settings that are set. Nothing is validated here: the operation that gets the
 * settings validates them, and its refusal names every invalid field. A second call for the same setting replaces the first
 * one. Not thread-safe.
 *
 * @param <S> the type with the settings, so that calls can be chained
 */
public abstract sealed class TokenSettings<S extends TokenSettings<S>> permits NewToken, ImportedToken, TokenUpdate {

    final List<Consumer<StoredTokenBuilder>> edits = new ArrayList<>();
    final Set<String> fields = new TreeSet<>();

    TokenSettings() {}

    /**
     * Sets the name.
     *
     * @param name 1 to 100 characters
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S name(String name) {
        Objects.requireNonNull(name, "name");
        return with("name", token -> token.name(name));
    }

    /**
     * Sets the description.
     *
     * @param description 1 to 500 characters
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S description(String description) {
        Objects.requireNonNull(description, "description");
        return with("description", token -> token.description(description));
    }

    /**
     * Removes the description; a new token has none.
     *
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S noDescription() {
        return with("description", token -> token.description(null));
    }

    /**
     * Sets the scopes, which replace the scopes that the token has.
     *
     * @param scopes one scope each, such as {@code read:learners}
     * @return these settings
     * @throws IllegalArgumentException if one of them is not a single scope; {@code "a b"} is two
     */
    @CanIgnoreReturnValue
    public S scopes(String... scopes) {
        return scopes(ScopeSet.of(Stream.of(scopes).map(Scope::of).toList()));
    }

    /**
     * Sets the scopes, which replace the scopes that the token has.
     *
     * @param scopes the scopes
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S scopes(ScopeSet scopes) {
        Objects.requireNonNull(scopes, "scopes");
        return with("scopes", token -> token.scopes(scopes));
    }

    /**
     * Sets the instant from which on the token is expired.
     *
     * @param end rounded down to the millisecond
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S expiresAt(Instant end) {
        Instant kept = Objects.requireNonNull(end, "end").truncatedTo(ChronoUnit.MILLIS);
        return with("expires_at", token -> token.expiresAt(kept));
    }

    /**
     * Removes the expiry. A new token has none.
     *
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S neverExpires() {
        return with("expires_at", token -> token.expiresAt(null));
    }

    /**
     * Sets the instant from which on the token is valid. Before it, the token is denied.
     *
     * @param start rounded up to the millisecond; before the expiry
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S notBefore(Instant start) {
        Instant down = Objects.requireNonNull(start, "start").truncatedTo(ChronoUnit.MILLIS);
        Instant kept = down.equals(start) ? down : down.plusMillis(1);
        return with("not_before", token -> token.notBefore(kept));
    }

    /**
     * Removes the instant from which on the token is valid: the token is valid immediately. A new token has no such instant.
     *
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S noNotBefore() {
        return with("not_before", token -> token.notBefore(null));
    }

    /**
     * Sets the addresses from which the token may be used.
     *
     * @param list the addresses
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S allowlist(IpAllowlist list) {
        Objects.requireNonNull(list, "list");
        return with("ip_allowlist", token -> token.allowlist(list));
    }

    /**
     * Removes the allowlist: the token may be used from any address. A new token has no allowlist.
     *
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S anyAddress() {
        return with("ip_allowlist", token -> token.allowlist(null));
    }

    /**
     * Sets the token's own numbers of permits, which replace the numbers of the dialect's limit policies.
     *
     * @param permits limit policy → permits per window; empty for the dialect's numbers
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S rateLimits(Map<String, Long> permits) {
        Map<String, Long> copy = Map.copyOf(permits);
        return with("rate_limits", token -> token.rateLimits(copy));
    }

    /**
     * Sets the metadata, which replaces the metadata that the token has.
     *
     * @param metadata at most 50 entries, together at most 8,192 bytes of UTF-8
     * @return these settings
     */
    @CanIgnoreReturnValue
    public S metadata(Map<String, String> metadata) {
        Map<String, String> copy = Map.copyOf(metadata);
        return with("metadata", token -> token.metadata(copy));
    }

    @SuppressWarnings("unchecked") // S is the type of this object: each subclass names itself
    private S with(String field, Consumer<StoredTokenBuilder> edit) {
        fields.add(field);
        edits.add(edit);
        return (S) this;
    }

    /** {@return the token with these settings} */
    StoredToken applyTo(StoredToken token) {
        StoredTokenBuilder changed = token.toBuilder();
        edits.forEach(edit -> edit.accept(changed));
        return changed.build();
    }

    /**
     * {@return whether the field is set} A field that is not set is not validated: the stored expiry of a token, for example,
     * may have passed.
     */
    boolean sets(String field) {
        return fields.contains(field);
    }

    /** {@return whether a field is set that affects the decision about a request} */
    boolean affectsAuthorization() {
        return sets("scopes")
                || sets("expires_at")
                || sets("not_before")
                || sets("ip_allowlist")
                || sets("rate_limits");
    }

    /** {@return the names of the fields that are set, for the audit log} */
    String fieldNames() {
        return String.join(",", fields);
    }
}
