package school.lectern.auth.token;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.time.Moment;

/** The stored row of a token. Holds no secret. Times are whole milliseconds. Immutable. */
public final class StoredToken {

    private final long number;
    private final String id;
    private final String tenantId;
    private final TokenEnvironment environment;
    private final String name;
    private final @Nullable String description;
    private final Selector key;
    private final TokenHash hash;
    private final String prefix;
    private final String displayPrefix;
    private final ScopeSet scopes;
    private final @Nullable IpAllowlist allowlist;
    private final Map<String, Long> rateLimits;
    private final Map<String, String> metadata;
    private final Instant createdAt;
    private final @Nullable String createdBy;
    private final @Nullable String secretShownTo;
    private final @Nullable Instant expiresAt;
    private final @Nullable Instant gracePeriodEndsAt;
    private final @Nullable Instant revokedAt;
    private final @Nullable Instant lastUsedAt;
    private final @Nullable String predecessorId;
    private final @Nullable String successorId;
    private final boolean tenantSuspended;
    private final boolean tenantGone;
    private final long revision;

    StoredToken(StoredTokenBuilder builder, TokenHash hash) {
        this.number = builder.number;
        this.id = builder.id;
        this.tenantId = builder.tenantId;
        this.environment = builder.environment;
        this.name = builder.name;
        this.description = builder.description;
        this.key = builder.key;
        this.hash = hash;
        this.prefix = builder.prefix;
        this.displayPrefix = builder.displayPrefix;
        this.scopes = builder.scopes;
        this.allowlist = builder.allowlist;
        this.rateLimits = Map.copyOf(builder.rateLimits);
        this.metadata = Map.copyOf(builder.metadata);
        this.createdAt = builder.createdAt;
        this.createdBy = builder.createdBy;
        this.secretShownTo = builder.secretShownTo;
        this.expiresAt = builder.expiresAt;
        this.gracePeriodEndsAt = builder.gracePeriodEndsAt;
        this.revokedAt = builder.revokedAt;
        this.lastUsedAt = builder.lastUsedAt;
        this.predecessorId = builder.predecessorId;
        this.successorId = builder.successorId;
        this.tenantSuspended = builder.tenantSuspended;
        this.tenantGone = builder.tenantGone;
        this.revision = builder.revision;
    }

    /** Returns the row's number, larger for later tokens; 0 until a store has given one. */
    public long number() {
        return number;
    }

    /** Returns the token's public id. */
    public String id() {
        return id;
    }

    /** Returns the id of the tenant that the token belongs to. */
    public String tenantId() {
        return tenantId;
    }

    /** Returns the environment that the token belongs to. */
    public TokenEnvironment environment() {
        return environment;
    }

    /** Returns the name that its owner gave it. */
    public String name() {
        return name;
    }

    /** Returns the description; null for none. */
    public @Nullable String description() {
        return description;
    }

    /** Returns the selector that the token is found by: the public key, or half of the digest. Never compared as a secret. */
    public Selector key() {
        return key;
    }

    /** Returns what is stored in the secret's place. */
    public TokenHash hash() {
        return hash;
    }

    /** Returns the prefix that the secret begins with; a new secret of the token begins with it, too. May be empty. */
    public String prefix() {
        return prefix;
    }

    /** Returns what may be shown of the token. */
    public String displayPrefix() {
        return displayPrefix;
    }

    /** Returns what the token may do. */
    public ScopeSet scopes() {
        return scopes;
    }

    /** Returns the addresses from which it may be presented; null for any. */
    public @Nullable IpAllowlist allowlist() {
        return allowlist;
    }

    /** Returns permits of its own by limit policy, in place of the dialect's. Immutable. */
    public Map<String, Long> rateLimits() {
        return rateLimits;
    }

    /** Returns what its owner stored with it. Immutable. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Returns when it was created. */
    public Instant createdAt() {
        return createdAt;
    }

    /** Returns the user who created it; null for the application itself. */
    public @Nullable String createdBy() {
        return createdBy;
    }

    /**
     * Returns the user to whom the present secret was shown: who issued the token, or else the last who regenerated it; null
     * if that was the application itself, or if another system generated the secret.
     */
    public @Nullable String secretShownTo() {
        return secretShownTo;
    }

    /** Returns when it expires; null for never. See {@link #effectiveExpiry}. */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    /** Returns when it gives way to its successor; null for never. */
    public @Nullable Instant gracePeriodEndsAt() {
        return gracePeriodEndsAt;
    }

    /** Returns when it was revoked; null if it was not. Final. */
    public @Nullable Instant revokedAt() {
        return revokedAt;
    }

    /** Returns about when it was last used; null for never. */
    public @Nullable Instant lastUsedAt() {
        return lastUsedAt;
    }

    /** Returns the id of the token that it was rotated from; null for none. */
    public @Nullable String predecessorId() {
        return predecessorId;
    }

    /** Returns the id of the token that it was rotated to; null for none. */
    public @Nullable String successorId() {
        return successorId;
    }

    /** Returns whether its tenant is suspended: the tenant's state, which stores return with the token. */
    public boolean tenantSuspended() {
        return tenantSuspended;
    }

    /** Returns whether its tenant is gone for good: the tenant's state, which stores return with the token. */
    public boolean tenantGone() {
        return tenantGone;
    }

    /** Returns the number of its changes, by which two writers cannot undo each other. */
    public long revision() {
        return revision;
    }

    /** What it is found by, as a text. */
    public String selector() {
        return key.toString();
    }

    /** Whether it was revoked. */
    public boolean isRevoked() {
        return revokedAt != null;
    }

    /** When it ends: the earlier of its expiry and its overlap's end; null for never. */
    public @Nullable Instant effectiveExpiry() {
        if (expiresAt == null || gracePeriodEndsAt == null) {
            return expiresAt == null ? gracePeriodEndsAt : expiresAt;
        }
        return expiresAt.isBefore(gracePeriodEndsAt) ? expiresAt : gracePeriodEndsAt;
    }

    /** Whether it has ended. At the instant of its end, it has. */
    public boolean isExpired(Instant now) {
        Instant end = effectiveExpiry();
        return end != null && !now.isBefore(end);
    }

    /** Returns whether it has ended at that moment. */
    public boolean isExpired(Moment now) {
        return effectiveExpiry() != null && isExpired(now.instant());
    }

    /** Whether the other is this token, or was rotated to or from it: then the two may share a name. */
    public boolean isSameOrRotationNeighbor(StoredToken other) {
        return other.id().equals(id)
                || other.id().equals(predecessorId)
                || other.id().equals(successorId);
    }

    /** Whether it is neither revoked nor expired. */
    public boolean isActive(Instant now) {
        return !isRevoked() && !isExpired(now);
    }

    /**
     * Whether every request would be judged by the other token as by this one: what caches have to hear of is a change of
     * anything else than name, description, metadata, last-used, the links of a rotation, and who was shown the secret.
     */
    public boolean hasSameAuthorization(StoredToken other) {
        return environment == other.environment
                && key.equals(other.key)
                && hash.equals(other.hash)
                && scopes.equals(other.scopes)
                && rateLimits.equals(other.rateLimits)
                && Objects.equals(allowlist, other.allowlist)
                && Objects.equals(effectiveExpiry(), other.effectiveExpiry())
                && isRevoked() == other.isRevoked();
    }

    /** A builder that holds what this token holds. */
    public StoredTokenBuilder toBuilder() {
        return new StoredTokenBuilder(this);
    }

    /** A builder for a new token. */
    public static StoredTokenBuilder builder(
            String id, String tenantId, TokenEnvironment environment, String name, Instant createdAt) {
        return new StoredTokenBuilder(id, tenantId, environment, name, createdAt);
    }

    /** Returns whether both hold the same, with every field compared. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StoredToken that && fields().equals(that.fields());
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, revision);
    }

    private List<@Nullable Object> fields() {
        return Arrays.asList(
                number,
                id,
                tenantId,
                environment,
                name,
                description,
                key,
                hash,
                prefix,
                displayPrefix,
                scopes,
                allowlist,
                rateLimits,
                metadata,
                createdAt,
                createdBy,
                secretShownTo,
                expiresAt,
                gracePeriodEndsAt,
                revokedAt,
                lastUsedAt,
                predecessorId,
                successorId,
                tenantSuspended,
                tenantGone,
                revision);
    }

    /** The id and whom it belongs to: enough to find the rest. */
    @Override
    public String toString() {
        return "StoredToken[" + id + " of " + tenantId + "]";
    }
}
