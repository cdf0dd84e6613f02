package school.lectern.auth.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/**
 * The conditions of a {@linkplain TokenStore#list list} of tokens. The list contains the tokens that meet every condition, the
 * newest first, up to a limit. Immutable; each method that adds a condition returns a new filter.
 */
public final class TokenFilter {

    private static final int DEFAULT_LIMIT = 100;

    /** Stored times are before the year 10000, so a token does not reach the end of such a lifetime. */
    private static final Duration LONGER_THAN_ALL = Duration.ofDays(366 * 20_000L);

    private final @Nullable String tenantId;
    private final @Nullable String createdBy;
    private final @Nullable Instant endsAfter;
    private final @Nullable Instant endsBefore;
    private final @Nullable Duration maxLifetime;
    private final @Nullable Instant lastUsedBefore;
    private final long before;
    private final int limit;

    private TokenFilter(
            @Nullable String tenantId,
            @Nullable String createdBy,
            @Nullable Instant endsAfter,
            @Nullable Instant endsBefore,
            @Nullable Duration maxLifetime,
            @Nullable Instant lastUsedBefore,
            long before,
            int limit) {
        this.tenantId = tenantId;
        this.createdBy = createdBy;
        this.endsAfter = endsAfter;
        this.endsBefore = endsBefore;
        this.maxLifetime = maxLifetime;
        this.lastUsedBefore = lastUsedBefore;
        this.before = before;
        this.limit = limit;
    }

    /**
     * {@return a filter for the tokens of one tenant}
     *
     * @param tenantId the tenant's id
     */
    public static TokenFilter ofTenant(String tenantId) {
        Objects.requireNonNull(tenantId, "tenantId");
        return new TokenFilter(tenantId, null, null, null, null, null, Long.MAX_VALUE, DEFAULT_LIMIT);
    }

    /** {@return a filter for the tokens of all tenants} */
    public static TokenFilter ofAllTenants() {
        return new TokenFilter(null, null, null, null, null, null, Long.MAX_VALUE, DEFAULT_LIMIT);
    }

    /**
     * {@return this filter, for tokens that one user created}
     *
     * @param userId the application's id of the user, compared character by character
     */
    public TokenFilter createdBy(String userId) {
        Objects.requireNonNull(userId, "userId");
        return new TokenFilter(tenantId, userId, endsAfter, endsBefore, maxLifetime, lastUsedBefore, before, limit);
    }

    /**
     * {@return this filter, for tokens that are not revoked and whose {@link StoredToken#effectiveExpiry} is in a period}
     *
     * @param after only tokens that end after this time
     * @param end only tokens that end before this time
     */
    public TokenFilter endingBetween(Instant after, Instant end) {
        return endingBetween(after, end, null);
    }

    /**
     * {@return this filter, for tokens that are not revoked and whose {@link #end} is in a period}
     *
     * @param after only tokens that end after this time
     * @param end only tokens that end before this time
     * @param maxLifetime the longest time from its creation after which a token ends, in whole milliseconds; null for any time
     */
    public TokenFilter endingBetween(Instant after, Instant end, @Nullable Duration maxLifetime) {
        Objects.requireNonNull(after, "after");
        Objects.requireNonNull(end, "end");
        Duration max = maxLifetime == null || maxLifetime.compareTo(LONGER_THAN_ALL) >= 0 ? null : maxLifetime;
        return new TokenFilter(tenantId, createdBy, after, end, max, lastUsedBefore, before, limit);
    }

    /**
     * {@return this filter, for tokens that were last used before a time} A token that was never used counts as used at its
     * creation.
     *
     * @param time only tokens that were last used before this time
     */
    public TokenFilter lastUsedBefore(Instant time) {
        Objects.requireNonNull(time, "time");
        return new TokenFilter(tenantId, createdBy, endsAfter, endsBefore, maxLifetime, time, before, limit);
    }

    /**
     * {@return this filter, for tokens with smaller numbers} Default: {@link Long#MAX_VALUE}.
     *
     * @param number only tokens with a smaller {@link StoredToken#number}
     */
    public TokenFilter before(long number) {
        return new TokenFilter(tenantId, createdBy, endsAfter, endsBefore, maxLifetime, lastUsedBefore, number, limit);
    }

    /**
     * {@return this filter, for at most a number of tokens} Default: {@value #DEFAULT_LIMIT}.
     *
     * @param tokens the largest number of tokens; 1 or more
     * @throws IllegalArgumentException if the number is less than 1
     */
    public TokenFilter limit(int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("limit must be at least 1, was " + tokens);
        }
        return new TokenFilter(tenantId, createdBy, endsAfter, endsBefore, maxLifetime, lastUsedBefore, before, tokens);
    }

    /** {@return the tenant whose tokens are listed, or empty for the tokens of all tenants} */
    public Optional<String> tenantId() {
        return Optional.ofNullable(tenantId);
    }

    /** {@return the user who created the tokens, or empty if their creator does not matter} */
    public Optional<String> createdBy() {
        return Optional.ofNullable(createdBy);
    }

    /** {@return the time before which the tokens were last used, or empty if their use does not matter} */
    public Optional<Instant> lastUsedBefore() {
        return Optional.ofNullable(lastUsedBefore);
    }

    /** {@return the time after which the tokens end, or empty if their end does not matter} */
    public Optional<Instant> endsAfter() {
        return Optional.ofNullable(endsAfter);
    }

    /** {@return the time before which the tokens end, or empty if their end does not matter} */
    public Optional<Instant> endsBefore() {
        return Optional.ofNullable(endsBefore);
    }

    /** {@return the longest time from its creation after which a token ends, or empty if there is none} */
    public Optional<Duration> maxLifetime() {
        return Optional.ofNullable(maxLifetime);
    }

    /**
     * {@return the time at which a token ends: the earlier of its {@link StoredToken#effectiveExpiry} and the end of its
     * maximum lifetime; null if it has neither}
     *
     * @param token the token
     */
    public @Nullable Instant end(StoredToken token) {
        Instant stored = token.effectiveExpiry();
        Instant last = maxLifetime == null ? null : token.lifetimeStartedAt().plus(maxLifetime);
        return stored == null || (last != null && last.isBefore(stored)) ? last : stored;
    }

    /** {@return the number that the tokens' numbers are smaller than} */
    public long before() {
        return before;
    }

    /** {@return the largest number of tokens in the list} */
    public int limit() {
        return limit;
    }

    /**
     * {@return whether a token meets every condition of this filter} The limit does not apply to a single token.
     *
     * @param token the token
     */
    public boolean accepts(StoredToken token) {
        return token.number() < before
                && (tenantId == null || tenantId.equals(token.tenantId()))
                && (createdBy == null || createdBy.equals(token.createdBy()))
                && (lastUsedBefore == null || lastUse(token).isBefore(lastUsedBefore))
                && (endsAfter == null || endsBefore == null || endsBetween(token, endsAfter, endsBefore));
    }

    private static Instant lastUse(StoredToken token) {
        return token.lastUsedAt() == null ? token.createdAt() : token.lastUsedAt();
    }

    private boolean endsBetween(StoredToken token, Instant after, Instant end) {
        Instant ends = end(token);
        return ends != null && !token.isRevoked() && ends.isAfter(after) && ends.isBefore(end);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenFilter that
                && Objects.equals(tenantId, that.tenantId)
                && Objects.equals(createdBy, that.createdBy)
                && Objects.equals(lastUsedBefore, that.lastUsedBefore)
                && Objects.equals(endsAfter, that.endsAfter)
                && Objects.equals(endsBefore, that.endsBefore)
                && Objects.equals(maxLifetime, that.maxLifetime)
                && before == that.before
                && limit == that.limit;
    }

    @Override
    public int hashCode() {
        return Objects.hash(tenantId, createdBy, lastUsedBefore, endsAfter, endsBefore, maxLifetime, before, limit);
    }

    @Override
    public String toString() {
        return "TokenFilter[tenant " + (tenantId == null ? "any" : tenantId) + ", ends after " + endsAfter + ", before "
                + endsBefore + ", number below " + before + ", limit " + limit + "]";
    }
}
