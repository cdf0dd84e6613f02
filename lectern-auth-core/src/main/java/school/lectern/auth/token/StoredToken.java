package school.lectern.auth.token;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.scope.ScopeSet;

/** The stored row of a token. It contains no secret. Times are whole milliseconds. Immutable. */
public final class StoredToken {

    private static final int REVOKED = 1;
    private static final int DISABLED = 1 << 1;
    private static final int TENANT_SUSPENDED = 1 << 2;
    private static final int TENANT_GONE = 1 << 3;

    /** The hash is the digest of 256 bits that the row's numbers contain. Otherwise, it is an object. */
    private static final int DIGEST = 1 << 4;

    /** The selector is half of the digest. Otherwise, it is an object. */
    private static final int HALF_DIGEST = 1 << 5;

    private static final int OWN_LIMITS = 1 << 6;

    /** The end of a token that never expires: no clock shows a later time. */
    private static final long NEVER = Long.MAX_VALUE;

    /** The start of a token that is valid from its creation on. */
    private static final long ALWAYS = Long.MIN_VALUE;

    // First the fields that every decision reads. The JVM places numbers before references, and references in their
    // order,
    // so these fields share two or three of the processor's cache lines, and a decision reads no other line of the row.
    private final long digest1;
    private final long digest2;
    private final long digest3;
    private final long digest4;
    private final long endMillis;
    private final long startMillis;
    private final long readNanos;

    /** Not part of the value: the time of the last use that was noted. */
    private volatile long useNotedAt = NEVER;

    private final int marks;
    private final String tenantId;
    private final TokenEnvironment environment;
    private final String algorithm;
    private final ScopeSet scopes;
    private final @Nullable IpAllowlist allowlist;

    /** Not part of the value: the last request for a permit, which remembers its counter. */
    private volatile @Nullable LimitTake take;

    // The fields that decisions about most tokens do not read.
    private final Map<String, Long> rateLimits;
    private final @Nullable TokenHash otherHash;
    private final @Nullable Selector otherKey;
    private final String id;
    private final long number;
    private final long revision;
    private final String name;
    private final String prefix;
    private final String displayPrefix;
    private final Map<String, String> metadata;
    private final Instant createdAt;
    private final Instant lifetimeStartedAt;
    private final @Nullable String createdBy;
    private final @Nullable Instant expiresAt;
    private final @Nullable Instant lastUsedAt;
    private final String lineId;
    private final RareValues rare;

    /** The values that few tokens have, in an object of their own, so that the rows of most tokens are smaller. */
    private record RareValues(
            @Nullable String description,
            @Nullable String secretShownTo,
            @Nullable Instant gracePeriodEndsAt,
            @Nullable Instant notBefore,
            @Nullable Instant disabledAt,
            @Nullable Instant enabledAt,
            @Nullable Instant revokedAt,
            @Nullable String revocationReason,
            @Nullable ExpiryNotice expiryNotice,
            @Nullable String predecessorId,
            @Nullable String successorId,
            @Nullable Instant selfRotatedAt) {

        private static final RareValues NONE =
                new RareValues(null, null, null, null, null, null, null, null, null, null, null, null);

        static RareValues of(StoredTokenBuilder builder) {
            RareValues values = new RareValues(
                    builder.description,
                    builder.secretShownTo,
                    builder.gracePeriodEndsAt,
                    builder.notBefore,
                    builder.disabledAt,
                    builder.enabledAt,
                    builder.revokedAt,
                    builder.revocationReason,
                    builder.expiryNotice,
                    builder.predecessorId,
                    builder.successorId,
                    builder.selfRotatedAt);
            return values.equals(NONE) ? NONE : values;
        }
    }

    StoredToken(StoredTokenBuilder builder, TokenHash hash, long readNanos) {
        this.readNanos = readNanos;
        this.rare = RareValues.of(builder);
        this.number = builder.number;
        this.id = builder.id;
        this.tenantId = builder.tenantId;
        this.environment = builder.environment;
        this.name = builder.name;
        if (hash instanceof Digest256 digest) {
            this.digest1 = digest.first;
            this.digest2 = digest.second;
            this.digest3 = digest.third;
            this.digest4 = digest.fourth;
            this.otherHash = null;
        } else {
            this.digest1 = 0;
            this.digest2 = 0;
            this.digest3 = 0;
            this.digest4 = 0;
            this.otherHash = hash;
        }
        this.algorithm = hash.algorithm();
        this.otherKey = otherHash == null && hash.key().equals(builder.key) ? null : builder.key;
        this.prefix = builder.prefix;
        this.displayPrefix = builder.displayPrefix;
        this.scopes = builder.scopes;
        this.allowlist = builder.allowlist;
        this.rateLimits = Map.copyOf(builder.rateLimits);
        this.metadata = Map.copyOf(builder.metadata);
        this.createdAt = builder.createdAt;
        this.lifetimeStartedAt = shared(builder.lifetimeStartedAt, builder.createdAt);
        this.createdBy = builder.createdBy;
        this.expiresAt = builder.expiresAt;
        this.lastUsedAt = builder.lastUsedAt;
        this.lineId = shared(builder.lineId, builder.id);
        this.revision = builder.revision;
        this.marks = (rare.revokedAt() != null ? REVOKED : 0)
                | (rare.disabledAt() != null ? DISABLED : 0)
                | (builder.tenantSuspended ? TENANT_SUSPENDED : 0)
                | (builder.tenantGone ? TENANT_GONE : 0)
                | (otherHash == null ? DIGEST : 0)
                | (otherKey == null ? HALF_DIGEST : 0)
                | (rateLimits.isEmpty() ? 0 : OWN_LIMITS);
        Instant end = effectiveExpiry();
        this.endMillis = end == null ? NEVER : millis(end);
        this.startMillis = rare.notBefore() == null ? ALWAYS : millis(rare.notBefore());
    }

    /** {@return the value, or the other one if that is equal or there is no value} Most tokens are the first of their line. */
    private static <T> T shared(@Nullable T value, T other) {
        return value == null || value.equals(other) ? other : value;
    }

    private boolean is(int mark) {
        return (marks & mark) != 0;
    }

    /** {@return the milliseconds since the epoch; for a time beyond all clocks, the largest or smallest number} */
    private static long millis(Instant time) {
        try {
            return time.toEpochMilli();
        } catch (ArithmeticException beyondClocks) {
            return time.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /** {@return the row's sequence number, larger for later tokens; 0 before a store has assigned it} */
    public long number() {
        return number;
    }

    /** {@return the token's public id} */
    public String id() {
        return id;
    }

    /** {@return the id of the tenant that the token belongs to} */
    public String tenantId() {
        return tenantId;
    }

    /** {@return the environment that the token belongs to} */
    public TokenEnvironment environment() {
        return environment;
    }

    /** {@return the name that the token's creator chose} */
    public String name() {
        return name;
    }

    /** {@return the description, or null if there is none} */
    public @Nullable String description() {
        return rare.description();
    }

    /**
     * {@return the selector by which the token is found} It is the public key, half of the digest, or the display prefix with
     * a slot. It is never compared as a secret.
     */
    public Selector key() {
        return otherKey == null ? Selector.of(digest1, digest2) : otherKey;
    }

    /** {@return the hash of the secret} */
    public TokenHash hash() {
        return otherHash == null ? new Digest256(algorithm, digest1, digest2, digest3, digest4) : otherHash;
    }

    /** {@return the name of the hash's algorithm} */
    String hashAlgorithm() {
        return algorithm;
    }

    /** {@return whether this is the hash of the secret, but for its algorithm} Compared in constant time. */
    boolean hasHash(TokenHash hash) {
        return is(DIGEST)
                ? hash.matches(digest1, digest2, digest3, digest4)
                : hash.matches(Objects.requireNonNull(otherHash));
    }

    /** {@return whether this is the row's selector} */
    boolean hasKey(Selector key) {
        return is(HALF_DIGEST) ? key.isHalfDigest(digest1, digest2) : key.equals(Objects.requireNonNull(otherKey));
    }

    /** {@return the prefix of the secret, possibly empty} A regenerated secret has the same prefix. */
    public String prefix() {
        return prefix;
    }

    /** {@return the part of the token that may be shown} */
    public String displayPrefix() {
        return displayPrefix;
    }

    /** {@return the token's scopes} */
    public ScopeSet scopes() {
        return scopes;
    }

    /** {@return the addresses from which the token is accepted, or null if it is accepted from any address} */
    public @Nullable IpAllowlist allowlist() {
        return allowlist;
    }

    /** {@return the permits per rate-limit policy that replace the dialect's numbers; empty if there are none} Immutable. */
    public Map<String, Long> rateLimits() {
        return is(OWN_LIMITS) ? rateLimits : Map.of();
    }

    /** {@return the application's metadata of the token} Immutable. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** {@return the time of creation} */
    public Instant createdAt() {
        return createdAt;
    }

    /**
     * {@return the time from which on the maximum lifetime counts} It is the time of creation, except for a successor that the
     * bearer of its predecessor created: it has the time of its predecessor, so that a bearer cannot prolong a lifetime.
     */
    public Instant lifetimeStartedAt() {
        return lifetimeStartedAt;
    }

    /** {@return the user who created the token, or null if the application did} */
    public @Nullable String createdBy() {
        return createdBy;
    }

    /**
     * {@return the user who was shown the current secret, or null if no user was} It is the user who last regenerated the
     * secret, or else the user who issued the token. It is null if the application did so, or if another system generated the
     * secret.
     */
    public @Nullable String secretShownTo() {
        return rare.secretShownTo();
    }

    /**
     * {@return the time from which on the token is expired, or null if it never expires} See also {@link #effectiveExpiry}.
     */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    /** {@return the end of the grace period that follows a rotation, or null if there is none} */
    public @Nullable Instant gracePeriodEndsAt() {
        return rare.gracePeriodEndsAt();
    }

    /** {@return the time from which on the token is valid, or null if it is valid from its creation on} */
    public @Nullable Instant notBefore() {
        return rare.notBefore();
    }

    /** {@return the time at which the token was disabled, or null if it is enabled} */
    public @Nullable Instant disabledAt() {
        return rare.disabledAt();
    }

    /** {@return the time at which the token was last enabled again, or null if it was never disabled and enabled} */
    public @Nullable Instant enabledAt() {
        return rare.enabledAt();
    }

    /** {@return the time of the revocation, which is final, or null if the token is not revoked} */
    public @Nullable Instant revokedAt() {
        return rare.revokedAt();
    }

    /** {@return the reason of the revocation, or null if the token is not revoked or no reason was given} */
    public @Nullable String revocationReason() {
        return rare.revocationReason();
    }

    /** {@return the approximate time of the last use, or null before the first use} */
    public @Nullable Instant lastUsedAt() {
        return lastUsedAt;
    }

    /** {@return the latest of the creation, the last enabling and the last use, from which the idle timeout counts} */
    public Instant lastActivity() {
        Instant latest = enabledAt() == null || enabledAt().isBefore(createdAt) ? createdAt : enabledAt();
        return lastUsedAt == null || lastUsedAt.isBefore(latest) ? latest : lastUsedAt;
    }

    /** {@return the last notice of the token's end that a process claimed, or null if there was none} */
    public @Nullable ExpiryNotice expiryNotice() {
        return rare.expiryNotice();
    }

    /**
     * {@return the id of the first token of the line of rotations that this token belongs to} It is the token's own id if the
     * token was not rotated from another token.
     */
    public String lineId() {
        return lineId;
    }

    /** {@return the id of the token that was rotated to this token, or null} */
    public @Nullable String predecessorId() {
        return rare.predecessorId();
    }

    /** {@return the id of the token that this token was rotated to, or null} */
    public @Nullable String successorId() {
        return rare.successorId();
    }

    /**
     * {@return the time at which the token's bearer rotated it, or null if the token was not rotated, or was rotated by an
     * operator or the application}
     */
    public @Nullable Instant selfRotatedAt() {
        return rare.selfRotatedAt();
    }

    /** {@return whether the token's tenant is suspended} This is the tenant's state, which stores return with the token. */
    public boolean tenantSuspended() {
        return is(TENANT_SUSPENDED);
    }

    /**
     * {@return whether the token's tenant is gone for good} This is the tenant's state, which stores return with the token.
     */
    public boolean tenantGone() {
        return is(TENANT_GONE);
    }

    /** {@return the number of changes of the row} Stores compare it so that concurrent writers do not overwrite each other. */
    public long revision() {
        return revision;
    }

    /** {@return the selector as a text} */
    public String selector() {
        return key().toString();
    }

    /** {@return whether the token is revoked} */
    public boolean isRevoked() {
        return is(REVOKED);
    }

    /** {@return whether the token is disabled} */
    public boolean isDisabled() {
        return is(DISABLED);
    }

    /**
     * {@return whether the token is not valid yet}
     *
     * @param now the time to check; a token is valid at the instant of its {@link #notBefore}
     */
    public boolean isNotYetValid(Instant now) {
        return notBefore() != null && now.isBefore(notBefore());
    }

    /**
     * {@return whether the token is not valid yet}
     *
     * @param millis the time to check, in milliseconds since the epoch
     */
    public boolean isNotYetValid(long millis) {
        return millis < startMillis;
    }

    /**
     * {@return whether the token was rotated by its own bearer, and the grace period is over} The bearer has a successor, so a
     * use of the token then shows that two parties have it.
     *
     * @param now the time to check; the grace period is over at the instant of its end
     */
    public boolean isReplacedByBearer(Instant now) {
        return selfRotatedAt() != null && gracePeriodEndsAt() != null && !now.isBefore(gracePeriodEndsAt());
    }

    /** {@return the earlier of the expiry and the end of the grace period, or null if the token has neither} */
    public @Nullable Instant effectiveExpiry() {
        if (expiresAt == null || gracePeriodEndsAt() == null) {
            return expiresAt == null ? gracePeriodEndsAt() : expiresAt;
        }
        return expiresAt.isBefore(gracePeriodEndsAt()) ? expiresAt : gracePeriodEndsAt();
    }

    /**
     * {@return whether the token is expired, by its expiry or by the end of its grace period}
     *
     * @param now the time to check; a token is expired at the instant of its expiry
     */
    public boolean isExpired(Instant now) {
        Instant end = effectiveExpiry();
        return end != null && !now.isBefore(end);
    }

    /**
     * {@return whether the token is expired, by its expiry or by the end of its grace period}
     *
     * @param millis the time to check, in milliseconds since the epoch
     */
    public boolean isExpired(long millis) {
        return millis >= endMillis && endMillis != NEVER;
    }

    /**
     * {@return whether the other row is of this token, or of the token that this token was rotated to or from} Such tokens
     * may have the same name.
     *
     * @param other the row to compare
     */
    public boolean isSameOrRotationNeighbor(StoredToken other) {
        return other.id().equals(id)
                || other.id().equals(predecessorId())
                || other.id().equals(successorId());
    }

    /**
     * {@return whether the token is neither revoked nor expired} An active token may be disabled, or not valid yet. The state
     * of its tenant is not considered.
     *
     * @param now the time to check
     */
    public boolean isActive(Instant now) {
        return !isRevoked() && !isExpired(now);
    }

    /**
     * {@return the state of the token}
     *
     * @param now the time to check
     */
    public TokenState state(Instant now) {
        if (isRevoked()) {
            return TokenState.REVOKED;
        }
        if (isDisabled()) {
            return TokenState.DISABLED;
        }
        if (isNotYetValid(now)) {
            return TokenState.NOT_YET_VALID;
        }
        return isExpired(now) ? TokenState.EXPIRED : TokenState.ACTIVE;
    }

    /**
     * {@return whether every request gets the same decision with the other row as with this row} If not, caches must be
     * notified of the change. Name, description, metadata, last use, notices of the end, the links and the line of a rotation,
     * the reason of a revocation, and the user who was shown the secret do not affect decisions.
     *
     * @param other the row to compare, of the same token
     */
    public boolean hasSameAuthorization(StoredToken other) {
        return environment.equals(other.environment)
                && key().equals(other.key())
                && hash().equals(other.hash())
                && scopes.equals(other.scopes)
                && rateLimits.equals(other.rateLimits)
                && Objects.equals(allowlist, other.allowlist)
                && Objects.equals(effectiveExpiry(), other.effectiveExpiry())
                && Objects.equals(notBefore(), other.notBefore())
                && Objects.equals(enabledAt(), other.enabledAt())
                && lifetimeStartedAt.equals(other.lifetimeStartedAt)
                && Objects.equals(selfRotatedAt(), other.selfRotatedAt())
                && isDisabled() == other.isDisabled()
                && isRevoked() == other.isRevoked();
    }

    /**
     * {@return a request for a permit of this token} Usually the same object for each request with a cached row, so that a
     * store that counts in memory finds the counter without a search.
     *
     * @param policy the policy of the limit
     * @param limit the limit
     */
    public LimitTake take(String policy, RateLimit limit) {
        LimitTake last = take;
        if (last != null && last.policy().equals(policy) && last.limit().equals(limit)) {
            return last;
        }
        LimitTake next = LimitTake.of(new LimitKey(id, policy), limit);
        take = next;
        return next;
    }

    /**
     * {@return whether a use was noted in this object at about that time} A cached row is the same object for each request, so
     * that most uses need not be noted again.
     *
     * @param millis the time, in milliseconds since the epoch
     * @param apart the maximum distance of the two uses, before or after, in milliseconds
     */
    public boolean isUseNoted(long millis, long apart) {
        long noted = useNotedAt;
        return noted != NEVER && Math.abs(millis - noted) < apart;
    }

    /**
     * Notes a use in this object.
     *
     * @param millis the time, in milliseconds since the epoch
     */
    public void noteUse(long millis) {
        useNotedAt = millis;
    }

    /**
     * {@return this row with the time at which it was read, for a cache}
     *
     * @param nanos a time just before the query of the row was sent, by the monotonic clock, in nanoseconds
     */
    public StoredToken readAt(long nanos) {
        return new StoredToken(toBuilder(), hash(), nanos);
    }

    /**
     * {@return the time since the row was read, in nanoseconds; meaningless for a row without {@link #readAt}} It is measured
     * by the monotonic clock alone, because it only bounds the age of a cached row: a lease guarantees that the row is still
     * current.
     *
     * @param nanos the time by the monotonic clock, in nanoseconds
     */
    public long age(long nanos) {
        return nanos - readNanos;
    }

    /** {@return a builder with the values of this row} */
    public StoredTokenBuilder toBuilder() {
        return new StoredTokenBuilder(this);
    }

    /**
     * {@return a builder for a new token}
     *
     * @param id the token's public id
     * @param tenantId the id of the tenant that the token belongs to
     * @param environment the environment that the token belongs to
     * @param name the name that the token's creator chose
     * @param createdAt the time of creation, in whole milliseconds
     */
    public static StoredTokenBuilder builder(
            String id, String tenantId, TokenEnvironment environment, String name, Instant createdAt) {
        return new StoredTokenBuilder(id, tenantId, environment, name, createdAt);
    }

    /** {@return whether the other object is a row with equal values in every field, whenever it was read} */
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
                description(),
                key(),
                hash(),
                prefix,
                displayPrefix,
                scopes,
                allowlist,
                rateLimits,
                metadata,
                createdAt,
                lifetimeStartedAt,
                createdBy,
                secretShownTo(),
                expiresAt,
                gracePeriodEndsAt(),
                notBefore(),
                disabledAt(),
                enabledAt(),
                revokedAt(),
                revocationReason(),
                lastUsedAt,
                expiryNotice(),
                lineId,
                predecessorId(),
                successorId(),
                selfRotatedAt(),
                tenantSuspended(),
                tenantGone(),
                revision);
    }

    /** {@return the id and the tenant, which are enough to find the row} */
    @Override
    public String toString() {
        return "StoredToken[" + id + " of " + tenantId + "]";
    }
}
