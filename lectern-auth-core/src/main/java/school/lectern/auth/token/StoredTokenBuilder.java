package school.lectern.auth.token;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

/** Builds a {@link StoredToken}. */
public final class StoredTokenBuilder {
    long number;
    final String id;
    final String tenantId;
    final TokenEnvironment environment;
    String name;

    @Nullable
    String description;

    Selector key = Selector.of("");

    @Nullable
    TokenHash hash;

    String prefix = "";
    String displayPrefix = "";
    ScopeSet scopes = ScopeSet.none();

    @Nullable
    IpAllowlist allowlist;

    Map<String, Long> rateLimits = Map.of();
    Map<String, String> metadata = Map.of();
    final Instant createdAt;

    @Nullable
    String createdBy;

    @Nullable
    String secretShownTo;

    @Nullable
    Instant expiresAt;

    @Nullable
    Instant gracePeriodEndsAt;

    @Nullable
    Instant revokedAt;

    @Nullable
    Instant lastUsedAt;

    @Nullable
    String predecessorId;

    @Nullable
    String successorId;

    boolean tenantSuspended;
    boolean tenantGone;
    long revision;

    StoredTokenBuilder(String id, String tenantId, TokenEnvironment environment, String name, Instant createdAt) {
        this.id = id;
        this.tenantId = tenantId;
        this.environment = environment;
        this.name = name;
        this.createdAt = createdAt;
    }

    StoredTokenBuilder(StoredToken token) {
        this(token.id(), token.tenantId(), token.environment(), token.name(), token.createdAt());
        this.number = token.number();
        this.description = token.description();
        this.key = token.key();
        this.hash = token.hash();
        this.prefix = token.prefix();
        this.displayPrefix = token.displayPrefix();
        this.scopes = token.scopes();
        this.allowlist = token.allowlist();
        this.rateLimits = token.rateLimits();
        this.metadata = token.metadata();
        this.createdBy = token.createdBy();
        this.secretShownTo = token.secretShownTo();
        this.expiresAt = token.expiresAt();
        this.gracePeriodEndsAt = token.gracePeriodEndsAt();
        this.revokedAt = token.revokedAt();
        this.lastUsedAt = token.lastUsedAt();
        this.predecessorId = token.predecessorId();
        this.successorId = token.successorId();
        this.tenantSuspended = token.tenantSuspended();
        this.tenantGone = token.tenantGone();
        this.revision = token.revision();
    }

    /** The row's number, larger for later tokens; 0 until a store has given one. */
    public StoredTokenBuilder number(long number) {
        this.number = number;
        return this;
    }

    /** What its maker calls it. */
    public StoredTokenBuilder name(String name) {
        this.name = name;
        return this;
    }

    /** What its maker says of it. */
    public StoredTokenBuilder description(@Nullable String description) {
        this.description = description;
        return this;
    }

    /** The prefix that the secret begins with. */
    public StoredTokenBuilder prefix(String prefix) {
        this.prefix = prefix;
        return this;
    }

    /** What may be shown of the token. */
    public StoredTokenBuilder displayPrefix(String displayPrefix) {
        this.displayPrefix = displayPrefix;
        return this;
    }

    /** What it may do. */
    public StoredTokenBuilder scopes(ScopeSet scopes) {
        this.scopes = scopes;
        return this;
    }

    /** From where it may be presented; null for anywhere. */
    public StoredTokenBuilder allowlist(@Nullable IpAllowlist allowlist) {
        this.allowlist = allowlist;
        return this;
    }

    /** Limit class → permits of its own, in place of the dialect's. */
    public StoredTokenBuilder rateLimits(Map<String, Long> rateLimits) {
        this.rateLimits = rateLimits;
        return this;
    }

    /** What its maker notes with it. */
    public StoredTokenBuilder metadata(Map<String, String> metadata) {
        this.metadata = metadata;
        return this;
    }

    /** Who made it. */
    public StoredTokenBuilder createdBy(@Nullable String createdBy) {
        this.createdBy = createdBy;
        return this;
    }

    /** The user to whom the present secret was shown; null for none. */
    public StoredTokenBuilder secretShownTo(@Nullable String secretShownTo) {
        this.secretShownTo = secretShownTo;
        return this;
    }

    /** When it ends; null for never. */
    public StoredTokenBuilder expiresAt(@Nullable Instant expiresAt) {
        this.expiresAt = expiresAt;
        return this;
    }

    /** When it gives way to its successor; null for never. */
    public StoredTokenBuilder gracePeriodEndsAt(@Nullable Instant gracePeriodEndsAt) {
        this.gracePeriodEndsAt = gracePeriodEndsAt;
        return this;
    }

    /** When it was revoked; null if it was not. Final. */
    public StoredTokenBuilder revokedAt(@Nullable Instant revokedAt) {
        this.revokedAt = revokedAt;
        return this;
    }

    /** About when it was last used; null for never. */
    public StoredTokenBuilder lastUsedAt(@Nullable Instant lastUsedAt) {
        this.lastUsedAt = lastUsedAt;
        return this;
    }

    /** The token that it was rotated from. */
    public StoredTokenBuilder predecessorId(@Nullable String predecessorId) {
        this.predecessorId = predecessorId;
        return this;
    }

    /** The token that it was rotated to. */
    public StoredTokenBuilder successorId(@Nullable String successorId) {
        this.successorId = successorId;
        return this;
    }

    /** Whether its tenant is suspended. */
    public StoredTokenBuilder tenantSuspended(boolean tenantSuspended) {
        this.tenantSuspended = tenantSuspended;
        return this;
    }

    /** Whether its tenant is gone for good. */
    public StoredTokenBuilder tenantGone(boolean tenantGone) {
        this.tenantGone = tenantGone;
        return this;
    }

    /** Counts its changes, so that two writers cannot undo each other. */
    public StoredTokenBuilder revision(long revision) {
        this.revision = revision;
        return this;
    }

    /** What the secret is found by, and what is stored in its place. */
    public StoredTokenBuilder secret(String selector, TokenHash hash) {
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
        return new StoredToken(this, hash);
    }
}
