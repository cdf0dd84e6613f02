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
    Instant lifetimeStartedAt;

    @Nullable
    String createdBy;

    @Nullable
    String secretShownTo;

    @Nullable
    Instant expiresAt;

    @Nullable
    Instant gracePeriodEndsAt;

    @Nullable
    Instant notBefore;

    @Nullable
    Instant disabledAt;

    @Nullable
    Instant enabledAt;

    @Nullable
    Instant revokedAt;

    @Nullable
    String revocationReason;

    @Nullable
    Instant lastUsedAt;

    @Nullable
    ExpiryNotice expiryNotice;

    @Nullable
    String lineId;

    @Nullable
    String predecessorId;

    @Nullable
    String successorId;

    @Nullable
    Instant selfRotatedAt;

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
        this.lifetimeStartedAt = token.lifetimeStartedAt();
        this.createdBy = token.createdBy();
        this.secretShownTo = token.secretShownTo();
        this.expiresAt = token.expiresAt();
        this.gracePeriodEndsAt = token.gracePeriodEndsAt();
        this.notBefore = token.notBefore();
        this.disabledAt = token.disabledAt();
        this.enabledAt = token.enabledAt();
        this.revokedAt = token.revokedAt();
        this.revocationReason = token.revocationReason();
        this.lastUsedAt = token.lastUsedAt();
        this.expiryNotice = token.expiryNotice();
        this.lineId = token.lineId();
        this.predecessorId = token.predecessorId();
        this.successorId = token.successorId();
        this.selfRotatedAt = token.selfRotatedAt();
        this.tenantSuspended = token.tenantSuspended();
        this.tenantGone = token.tenantGone();
        this.revision = token.revision();
    }

    /**
     * Sets the row's sequence number. Default: 0.
     *
     * @param number the sequence number, larger for later tokens; 0 before a store has assigned it
     * @return this builder
     */
    public StoredTokenBuilder number(long number) {
        this.number = number;
        return this;
    }

    /**
     * Sets the name.
     *
     * @param name the name that the token's creator chose
     * @return this builder
     */
    public StoredTokenBuilder name(String name) {
        this.name = name;
        return this;
    }

    /**
     * Sets the description. Default: none.
     *
     * @param description the description, or null for none
     * @return this builder
     */
    public StoredTokenBuilder description(@Nullable String description) {
        this.description = description;
        return this;
    }

    /**
     * Sets the prefix of the secret. Default: empty.
     *
     * @param prefix the prefix with which the secret begins; may be empty
     * @return this builder
     */
    public StoredTokenBuilder prefix(String prefix) {
        this.prefix = prefix;
        return this;
    }

    /**
     * Sets the part of the token that may be shown. Default: empty.
     *
     * @param displayPrefix the public key, or the prefix and the visible characters
     * @return this builder
     */
    public StoredTokenBuilder displayPrefix(String displayPrefix) {
        this.displayPrefix = displayPrefix;
        return this;
    }

    /**
     * Sets the scopes. Default: none.
     *
     * @param scopes the token's scopes
     * @return this builder
     */
    public StoredTokenBuilder scopes(ScopeSet scopes) {
        this.scopes = scopes;
        return this;
    }

    /**
     * Sets the addresses from which the token is accepted. Default: any address.
     *
     * @param allowlist the accepted addresses, or null for any address
     * @return this builder
     */
    public StoredTokenBuilder allowlist(@Nullable IpAllowlist allowlist) {
        this.allowlist = allowlist;
        return this;
    }

    /**
     * Sets the token's own rate limits. Default: the dialect's.
     *
     * @param rateLimits rate-limit policy → permits that replace the dialect's number; copied by {@link #build}
     * @return this builder
     */
    public StoredTokenBuilder rateLimits(Map<String, Long> rateLimits) {
        this.rateLimits = rateLimits;
        return this;
    }

    /**
     * Sets the application's metadata. Default: none.
     *
     * @param metadata name → value; copied by {@link #build}
     * @return this builder
     */
    public StoredTokenBuilder metadata(Map<String, String> metadata) {
        this.metadata = metadata;
        return this;
    }

    /**
     * Sets the user who created the token. Default: none.
     *
     * @param createdBy the user, or null if the application created the token
     * @return this builder
     */
    public StoredTokenBuilder createdBy(@Nullable String createdBy) {
        this.createdBy = createdBy;
        return this;
    }

    /**
     * Sets the user who was shown the current secret. Default: none.
     *
     * @param secretShownTo the user, or null if no user was shown the secret
     * @return this builder
     */
    public StoredTokenBuilder secretShownTo(@Nullable String secretShownTo) {
        this.secretShownTo = secretShownTo;
        return this;
    }

    /**
     * Sets the expiry. Default: never.
     *
     * @param expiresAt the time from which on the token is expired, or null for never
     * @return this builder
     */
    public StoredTokenBuilder expiresAt(@Nullable Instant expiresAt) {
        this.expiresAt = expiresAt;
        return this;
    }

    /**
     * Sets the end of the grace period that follows a rotation. Default: none.
     *
     * @param gracePeriodEndsAt the end of the grace period, or null for none
     * @return this builder
     */
    public StoredTokenBuilder gracePeriodEndsAt(@Nullable Instant gracePeriodEndsAt) {
        this.gracePeriodEndsAt = gracePeriodEndsAt;
        return this;
    }

    /**
     * Sets the time of the revocation, which is final. Default: not revoked.
     *
     * @param revokedAt the time of the revocation, or null if the token is not revoked
     * @return this builder
     */
    public StoredTokenBuilder revokedAt(@Nullable Instant revokedAt) {
        this.revokedAt = revokedAt;
        return this;
    }

    /**
     * Sets the approximate time of the last use. Default: never used.
     *
     * @param lastUsedAt the time of the last use, or null before the first use
     * @return this builder
     */
    public StoredTokenBuilder lastUsedAt(@Nullable Instant lastUsedAt) {
        this.lastUsedAt = lastUsedAt;
        return this;
    }

    /**
     * Sets the last notice of the token's end that a process claimed. Default: null.
     *
     * @param expiryNotice the notice, or null for none
     * @return this builder
     */
    public StoredTokenBuilder expiryNotice(@Nullable ExpiryNotice expiryNotice) {
        this.expiryNotice = expiryNotice;
        return this;
    }

    /**
     * Sets the time from which on the token is valid. Default: from its creation on.
     *
     * @param notBefore the time, or null for no such time
     * @return this builder
     */
    public StoredTokenBuilder notBefore(@Nullable Instant notBefore) {
        this.notBefore = notBefore;
        return this;
    }

    /**
     * Sets the time at which the token was disabled. Default: the token is enabled.
     *
     * @param disabledAt the time, or null if the token is enabled
     * @return this builder
     */
    public StoredTokenBuilder disabledAt(@Nullable Instant disabledAt) {
        this.disabledAt = disabledAt;
        return this;
    }

    /**
     * Sets the time at which the token was last enabled again. Default: never.
     *
     * @param enabledAt the time, or null for never
     * @return this builder
     */
    public StoredTokenBuilder enabledAt(@Nullable Instant enabledAt) {
        this.enabledAt = enabledAt;
        return this;
    }

    /**
     * Sets the reason of the revocation. Default: none.
     *
     * @param revocationReason the reason, or null for none
     * @return this builder
     */
    public StoredTokenBuilder revocationReason(@Nullable String revocationReason) {
        this.revocationReason = revocationReason;
        return this;
    }

    /**
     * Sets the line of rotations that the token belongs to. Default: the token is the first of its line.
     *
     * @param lineId the id of the first token of the line, or null for this token
     * @return this builder
     */
    public StoredTokenBuilder lineId(@Nullable String lineId) {
        this.lineId = lineId;
        return this;
    }

    /**
     * Sets the time from which on the maximum lifetime counts. Default: the time of creation.
     *
     * @param lifetimeStartedAt the time, in whole milliseconds, or null for the time of creation
     * @return this builder
     */
    public StoredTokenBuilder lifetimeStartedAt(@Nullable Instant lifetimeStartedAt) {
        this.lifetimeStartedAt = lifetimeStartedAt;
        return this;
    }

    /**
     * Sets the time at which the token's bearer rotated it. Default: none.
     *
     * @param selfRotatedAt the time, in whole milliseconds, or null if its bearer did not rotate it
     * @return this builder
     */
    public StoredTokenBuilder selfRotatedAt(@Nullable Instant selfRotatedAt) {
        this.selfRotatedAt = selfRotatedAt;
        return this;
    }

    /**
     * Sets the token that was rotated to this token. Default: none.
     *
     * @param predecessorId the id of the predecessor, or null for none
     * @return this builder
     */
    public StoredTokenBuilder predecessorId(@Nullable String predecessorId) {
        this.predecessorId = predecessorId;
        return this;
    }

    /**
     * Sets the token that this token was rotated to. Default: none.
     *
     * @param successorId the id of the successor, or null for none
     * @return this builder
     */
    public StoredTokenBuilder successorId(@Nullable String successorId) {
        this.successorId = successorId;
        return this;
    }

    /**
     * Sets whether the token's tenant is suspended. Default: false.
     *
     * @param tenantSuspended whether the tenant is suspended
     * @return this builder
     */
    public StoredTokenBuilder tenantSuspended(boolean tenantSuspended) {
        this.tenantSuspended = tenantSuspended;
        return this;
    }

    /**
     * Sets whether the token's tenant is gone for good. Default: false.
     *
     * @param tenantGone whether the tenant is gone for good
     * @return this builder
     */
    public StoredTokenBuilder tenantGone(boolean tenantGone) {
        this.tenantGone = tenantGone;
        return this;
    }

    /**
     * Sets the number of changes of the row, by which stores detect concurrent changes. Default: 0.
     *
     * @param revision the number of changes
     * @return this builder
     */
    public StoredTokenBuilder revision(long revision) {
        this.revision = revision;
        return this;
    }

    /**
     * Sets the selector and the hash of the secret. Required.
     *
     * @param selector the selector by which the row is found
     * @param hash the hash of the secret
     * @return this builder
     */
    public StoredTokenBuilder secret(String selector, TokenHash hash) {
        this.key = Selector.of(selector);
        this.hash = hash;
        return this;
    }

    /**
     * {@return the row}
     *
     * @throws IllegalStateException if {@link #secret} was not called
     */
    public StoredToken build() {
        if (hash == null) {
            throw new IllegalStateException("secret must be set before build()");
        }
        return new StoredToken(this, hash, 0);
    }
}
