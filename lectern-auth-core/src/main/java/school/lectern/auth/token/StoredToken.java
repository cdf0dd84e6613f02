package school.lectern.auth.token;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

/**
 * Everything that is kept of a token. Holds no secret. Times are whole milliseconds.
 *
 * @param number the row's number, larger for later tokens; 0 until a store has given one
 * @param id the token's public id
 * @param tenantId whom it belongs to
 * @param environment which of the tenant's two worlds it belongs to
 * @param name what its maker calls it
 * @param description what its maker says of it
 * @param key what it is found by: the public key, or half of the digest; never compared as a secret
 * @param hash what is stored in the secret's place
 * @param displayPrefix what may be shown of the token
 * @param scopes what it may do
 * @param allowlist from where it may be presented; null for anywhere
 * @param rateLimits limit class → permits of its own, in place of the dialect's
 * @param metadata what its maker notes with it
 * @param createdAt when it was made
 * @param createdBy who made it
 * @param secretShownTo the user to whom the present secret was shown: whoever issued the token, or else the last who regenerated
 *     it; null if that was the application itself, or if another system made the secret
 * @param expiresAt when it ends; null for never
 * @param gracePeriodEndsAt when it gives way to its successor; null for never
 * @param revokedAt when it was revoked; null if it was not. Final
 * @param lastUsedAt about when it was last used; null for never
 * @param predecessorId the token that it was rotated from
 * @param successorId the token that it was rotated to
 * @param tenantSuspended whether its tenant is suspended; the tenant's state, which stores tell with the token
 * @param tenantGone whether its tenant is gone for good; the tenant's state, which stores return with the token
 * @param revision counts its changes, so that two writers cannot undo each other
 */
public record StoredToken(
        long number,
        String id,
        String tenantId,
        TokenEnvironment environment,
        String name,
        @Nullable String description,
        Selector key,
        TokenHash hash,
        String displayPrefix,
        ScopeSet scopes,
        @Nullable IpAllowlist allowlist,
        Map<String, Long> rateLimits,
        Map<String, String> metadata,
        Instant createdAt,
        @Nullable String createdBy,
        @Nullable String secretShownTo,
        @Nullable Instant expiresAt,
        @Nullable Instant gracePeriodEndsAt,
        @Nullable Instant revokedAt,
        @Nullable Instant lastUsedAt,
        @Nullable String predecessorId,
        @Nullable String successorId,
        boolean tenantSuspended,
        boolean tenantGone,
        long revision) {

    /** Copies what could change. */
    public StoredToken {
        rateLimits = Map.copyOf(rateLimits);
        metadata = Map.copyOf(metadata);
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

    /** Whether it has ended by that clock, which is read only if it ends at all. */
    public boolean isExpired(InstantSource time) {
        return effectiveExpiry() != null && isExpired(time.instant());
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
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** A builder for a new token. */
    public static Builder builder(
            String id, String tenantId, TokenEnvironment environment, String name, Instant createdAt) {
        return new Builder(id, tenantId, environment, name, createdAt);
    }

    /** The id and whom it belongs to: enough to find the rest. */
    @Override
    public String toString() {
        return "StoredToken[" + id + " of " + tenantId + "]";
    }

    /** Builds a {@link StoredToken}. */
    public static final class Builder {
        private long number;
        private final String id;
        private final String tenantId;
        private final TokenEnvironment environment;
        private String name;
        private @Nullable String description;
        private Selector key = Selector.of("");
        private @Nullable TokenHash hash;
        private String displayPrefix = "";
        private ScopeSet scopes = ScopeSet.none();
        private @Nullable IpAllowlist allowlist;
        private Map<String, Long> rateLimits = Map.of();
        private Map<String, String> metadata = Map.of();
        private final Instant createdAt;
        private @Nullable String createdBy;
        private @Nullable String secretShownTo;
        private @Nullable Instant expiresAt;
        private @Nullable Instant gracePeriodEndsAt;
        private @Nullable Instant revokedAt;
        private @Nullable Instant lastUsedAt;
        private @Nullable String predecessorId;
        private @Nullable String successorId;
        private boolean tenantSuspended;
        private boolean tenantGone;
        private long revision;

        private Builder(String id, String tenantId, TokenEnvironment environment, String name, Instant createdAt) {
            this.id = id;
            this.tenantId = tenantId;
            this.environment = environment;
            this.name = name;
            this.createdAt = createdAt;
        }

        private Builder(StoredToken token) {
            this(token.id, token.tenantId, token.environment, token.name, token.createdAt);
            this.number = token.number;
            this.description = token.description;
            this.key = token.key;
            this.hash = token.hash;
            this.displayPrefix = token.displayPrefix;
            this.scopes = token.scopes;
            this.allowlist = token.allowlist;
            this.rateLimits = token.rateLimits;
            this.metadata = token.metadata;
            this.createdBy = token.createdBy;
            this.secretShownTo = token.secretShownTo;
            this.expiresAt = token.expiresAt;
            this.gracePeriodEndsAt = token.gracePeriodEndsAt;
            this.revokedAt = token.revokedAt;
            this.lastUsedAt = token.lastUsedAt;
            this.predecessorId = token.predecessorId;
            this.successorId = token.successorId;
            this.tenantSuspended = token.tenantSuspended;
            this.tenantGone = token.tenantGone;
            this.revision = token.revision;
        }

        /** The row's number, larger for later tokens; 0 until a store has given one. */
        public Builder number(long number) {
            this.number = number;
            return this;
        }

        /** What its maker calls it. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /** What its maker says of it. */
        public Builder description(@Nullable String description) {
            this.description = description;
            return this;
        }

        /** What may be shown of the token. */
        public Builder displayPrefix(String displayPrefix) {
            this.displayPrefix = displayPrefix;
            return this;
        }

        /** What it may do. */
        public Builder scopes(ScopeSet scopes) {
            this.scopes = scopes;
            return this;
        }

        /** From where it may be presented; null for anywhere. */
        public Builder allowlist(@Nullable IpAllowlist allowlist) {
            this.allowlist = allowlist;
            return this;
        }

        /** Limit class → permits of its own, in place of the dialect's. */
        public Builder rateLimits(Map<String, Long> rateLimits) {
            this.rateLimits = rateLimits;
            return this;
        }

        /** What its maker notes with it. */
        public Builder metadata(Map<String, String> metadata) {
            this.metadata = metadata;
            return this;
        }

        /** Who made it. */
        public Builder createdBy(@Nullable String createdBy) {
            this.createdBy = createdBy;
            return this;
        }

        /** The user to whom the present secret was shown; null for none. */
        public Builder secretShownTo(@Nullable String secretShownTo) {
            this.secretShownTo = secretShownTo;
            return this;
        }

        /** When it ends; null for never. */
        public Builder expiresAt(@Nullable Instant expiresAt) {
            this.expiresAt = expiresAt;
            return this;
        }

        /** When it gives way to its successor; null for never. */
        public Builder gracePeriodEndsAt(@Nullable Instant gracePeriodEndsAt) {
            this.gracePeriodEndsAt = gracePeriodEndsAt;
            return this;
        }

        /** When it was revoked; null if it was not. Final. */
        public Builder revokedAt(@Nullable Instant revokedAt) {
            this.revokedAt = revokedAt;
            return this;
        }

        /** About when it was last used; null for never. */
        public Builder lastUsedAt(@Nullable Instant lastUsedAt) {
            this.lastUsedAt = lastUsedAt;
            return this;
        }

        /** The token that it was rotated from. */
        public Builder predecessorId(@Nullable String predecessorId) {
            this.predecessorId = predecessorId;
            return this;
        }

        /** The token that it was rotated to. */
        public Builder successorId(@Nullable String successorId) {
            this.successorId = successorId;
            return this;
        }

        /** Whether its tenant is suspended. */
        public Builder tenantSuspended(boolean tenantSuspended) {
            this.tenantSuspended = tenantSuspended;
            return this;
        }

        /** Whether its tenant is gone for good. */
        public Builder tenantGone(boolean tenantGone) {
            this.tenantGone = tenantGone;
            return this;
        }

        /** Counts its changes, so that two writers cannot undo each other. */
        public Builder revision(long revision) {
            this.revision = revision;
            return this;
        }

        /** What the secret is found by, and what is stored in its place. */
        public Builder secret(String selector, TokenHash hash) {
            this.key = Selector.of(selector);
            this.hash = hash;
            return this;
        }

        /**
         * The token.
         *
         * @throws IllegalStateException if it has no secret yet
         */
        public StoredToken build() {
            if (hash == null) {
                throw new IllegalStateException("secret: a stored token has one");
            }
            return new StoredToken(
                    number,
                    id,
                    tenantId,
                    environment,
                    name,
                    description,
                    key,
                    hash,
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
    }
}
