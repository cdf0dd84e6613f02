package school.lectern.auth.token;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

/**
 * A token as an application reads it: its settings and its state, without the hash of its secret. An immutable snapshot;
 * thread-safe.
 */
public final class Token {

    private final StoredToken row;

    private Token(StoredToken row) {
        this.row = row;
    }

    /**
     * {@return the token that a stored row describes}
     *
     * @param row the row, as a store returned it
     */
    public static Token of(StoredToken row) {
        return new Token(row);
    }

    /** {@return the token's id, by which it is read, changed and revoked} */
    public String id() {
        return row.id();
    }

    /** {@return the token's sequence number in its store: later tokens have larger numbers} */
    public long number() {
        return row.number();
    }

    /** {@return the id of the tenant that the token belongs to} */
    public String tenantId() {
        return row.tenantId();
    }

    /** {@return the environment that the token belongs to} */
    public TokenEnvironment environment() {
        return row.environment();
    }

    /** {@return the name that the token's creator chose} */
    public String name() {
        return row.name();
    }

    /** {@return the description, or empty if there is none} */
    public Optional<String> description() {
        return Optional.ofNullable(row.description());
    }

    /** {@return the part of the token that may be shown: its public key, or its prefix and the visible characters} */
    public String displayPrefix() {
        return row.displayPrefix();
    }

    /** {@return the token's scopes} */
    public ScopeSet scopes() {
        return row.scopes();
    }

    /** {@return the addresses from which the token is accepted, or empty if it is accepted from any address} */
    public Optional<IpAllowlist> allowlist() {
        return Optional.ofNullable(row.allowlist());
    }

    /** {@return the permits per rate-limit policy that replace the dialect's numbers; empty if there are none} Immutable. */
    public Map<String, Long> rateLimits() {
        return row.rateLimits();
    }

    /** {@return the application's metadata of the token} Immutable. */
    public Map<String, String> metadata() {
        return row.metadata();
    }

    /** {@return the time of creation} */
    public Instant createdAt() {
        return row.createdAt();
    }

    /**
     * {@return the time from which on the maximum lifetime counts} It is the time of creation, except for a successor that the
     * bearer of its predecessor created: it has the time of its predecessor.
     */
    public Instant lifetimeStartedAt() {
        return row.lifetimeStartedAt();
    }

    /** {@return the user who created the token, or empty if the application did} */
    public Optional<String> createdBy() {
        return Optional.ofNullable(row.createdBy());
    }

    /** {@return the user who was shown the current secret, or empty if no user was} */
    public Optional<String> secretShownTo() {
        return Optional.ofNullable(row.secretShownTo());
    }

    /** {@return the time from which on the token is expired, or empty if it never expires} A grace period may end earlier. */
    public Optional<Instant> expiresAt() {
        return Optional.ofNullable(row.expiresAt());
    }

    /** {@return the end of the grace period that follows a rotation, or empty if there is none} */
    public Optional<Instant> gracePeriodEndsAt() {
        return Optional.ofNullable(row.gracePeriodEndsAt());
    }

    /** {@return the earlier of the expiry and the end of the grace period, or empty if the token has neither} */
    public Optional<Instant> effectiveExpiry() {
        return Optional.ofNullable(row.effectiveExpiry());
    }

    /** {@return the time from which on the token is valid, or empty if it is valid from its creation on} */
    public Optional<Instant> notBefore() {
        return Optional.ofNullable(row.notBefore());
    }

    /** {@return the time at which the token was disabled, or empty if it is enabled} */
    public Optional<Instant> disabledAt() {
        return Optional.ofNullable(row.disabledAt());
    }

    /** {@return whether the token is disabled, so that it is denied until it is enabled again} */
    public boolean isDisabled() {
        return row.isDisabled();
    }

    /** {@return the time of the revocation, which is final, or empty if the token is not revoked} */
    public Optional<Instant> revokedAt() {
        return Optional.ofNullable(row.revokedAt());
    }

    /** {@return the reason of the revocation, or empty if the token is not revoked or no reason was given} */
    public Optional<String> revocationReason() {
        return Optional.ofNullable(row.revocationReason());
    }

    /** {@return the approximate time of the last use, or empty before the first use} */
    public Optional<Instant> lastUsedAt() {
        return Optional.ofNullable(row.lastUsedAt());
    }

    /**
     * {@return the id of the first token of the line of rotations that this token belongs to} It is the token's own id if the
     * token was not rotated from another token.
     */
    public String lineId() {
        return row.lineId();
    }

    /** {@return the id of the token that was rotated to this token, or empty} */
    public Optional<String> predecessorId() {
        return Optional.ofNullable(row.predecessorId());
    }

    /** {@return the id of the token that this token was rotated to, or empty} */
    public Optional<String> successorId() {
        return Optional.ofNullable(row.successorId());
    }

    /**
     * {@return the time at which the token's bearer rotated it, or empty if the token was not rotated, or was rotated by an
     * operator or the application}
     */
    public Optional<Instant> selfRotatedAt() {
        return Optional.ofNullable(row.selfRotatedAt());
    }

    /** {@return whether the token's tenant is suspended, so that every token of it is denied} */
    public boolean tenantSuspended() {
        return row.tenantSuspended();
    }

    /** {@return whether the token's tenant is gone for good, so that every token of it is denied} */
    public boolean tenantGone() {
        return row.tenantGone();
    }

    /** {@return whether the token is revoked} */
    public boolean isRevoked() {
        return row.isRevoked();
    }

    /**
     * {@return whether the token is neither revoked nor expired} An active token may be {@linkplain #isDisabled disabled}, or
     * {@linkplain #notBefore not valid yet}. The state of its tenant is not considered.
     *
     * @param now the time to check; a token is expired at the instant of its expiry
     */
    public boolean isActive(Instant now) {
        return row.isActive(now);
    }

    /** {@return the latest of the creation, the last enabling and the stored last use, from which the idle timeout counts} */
    public Instant lastActivity() {
        return row.lastActivity();
    }

    /**
     * {@return the state of the token by its stored fields} The state of its tenant, and a maximum lifetime and an idle timeout
     * that are configured, are not considered.
     *
     * @param now the time to check
     */
    public TokenState state(Instant now) {
        return row.state(now);
    }

    /** {@return whether the other object is a token with the same settings and state; its number is not compared} */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Token that && that.visible().equals(visible());
    }

    @Override
    public int hashCode() {
        return row.id().hashCode();
    }

    /** Returns the row without the fields that an application cannot read, and without its number. */
    private StoredToken visible() {
        return row.toBuilder()
                .number(0)
                .revision(0)
                .prefix("")
                .secret("-", TokenHash.of("-", "-"))
                .build();
    }

    /** {@return the id and the tenant} */
    @Override
    public String toString() {
        return "Token[" + row.id() + " of " + row.tenantId() + "]";
    }
}
