package school.lectern.auth.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

/** A row of the tokens table. An unreadable value is an error, except for an allowlist: this then allows no address. */
final class TokenRow {

    private static final Logger log = LoggerFactory.getLogger(TokenRow.class);

    /**
     * The columns that an update sets, in the order of {@link #setChangeable}. The line is one of them, although it never
     * changes: so a token that version 1 inserted has its line from its rotation on, like its successor.
     */
    private static final List<String> CHANGEABLE = List.of(
            "name",
            "description",
            "selector",
            "hash_algorithm",
            "secret_hash",
            "prefix",
            "display_prefix",
            "scopes",
            "ip_allowlist",
            "rate_limits",
            "metadata",
            "expires_at",
            "grace_period_ends_at",
            "successor_id",
            "secret_shown_to",
            "not_before",
            "disabled_at",
            "enabled_at",
            "line_id",
            "self_rotated_at");

    /** The columns that only an insert sets, or that separate statements change, in the order of {@link #setOthers}. */
    private static final List<String> OTHERS = List.of(
            "token_id",
            "tenant_id",
            "environment",
            "created_at",
            "created_by",
            "predecessor_id",
            "lifetime_started_at",
            "revoked_at",
            "revocation_reason",
            "last_used_at",
            "revision",
            "expiry_notice_end",
            "expiry_notice_ahead");

    private static final String WRITTEN = String.join(", ", OTHERS) + ", " + String.join(", ", CHANGEABLE);

    /** The query for tokens with the states of their tenants, up to the condition. */
    static final String SELECT = "SELECT k.id, k." + WRITTEN.replace(", ", ", k.")
            + ", t.suspended_at, t.gone_at FROM ${p}tokens k LEFT JOIN ${p}tenants t ON t.tenant_id = k.tenant_id WHERE ";

    /** The condition that a token is active at a time; the time is the value of both parameters. */
    static final String ACTIVE = "k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)"
            + " AND (k.grace_period_ends_at IS NULL OR k.grace_period_ends_at > ?)";

    static final String INSERT = "INSERT INTO ${p}tokens (" + WRITTEN + ") VALUES ("
            + "?, ".repeat(OTHERS.size() + CHANGEABLE.size() - 1) + "?)";

    static final String UPDATE = "UPDATE ${p}tokens SET "
            + CHANGEABLE.stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
            + ", revision = revision + 1"
            + " WHERE token_id = ? AND tenant_id = ? AND revision = ? AND revoked_at IS NULL";

    private TokenRow() {}

    static void setForInsert(PreparedStatement statement, StoredToken token) throws SQLException {
        int next = setOthers(statement, token);
        setChangeable(statement, token, next);
    }

    static void setForUpdate(PreparedStatement statement, StoredToken token) throws SQLException {
        int next = setChangeable(statement, token, 1);
        statement.setString(next, token.id());
        statement.setString(next + 1, token.tenantId());
        statement.setLong(next + 2, token.revision());
    }

    private static int setOthers(PreparedStatement statement, StoredToken token) throws SQLException {
        int next = 1;
        statement.setString(next++, token.id());
        statement.setString(next++, token.tenantId());
        statement.setString(next++, token.environment().name());
        statement.setLong(next++, token.createdAt().toEpochMilli());
        statement.setString(next++, token.createdBy());
        statement.setString(next++, token.predecessorId());
        setTime(statement, next++, token.lifetimeStartedAt());
        setTime(statement, next++, token.revokedAt());
        statement.setString(next++, token.revocationReason());
        setTime(statement, next++, token.lastUsedAt());
        statement.setLong(next++, token.revision());
        setNotice(statement, next, token.expiryNotice());
        return next + 2;
    }

    private static int setChangeable(PreparedStatement statement, StoredToken token, int first) throws SQLException {
        int next = first;
        statement.setString(next++, token.name());
        statement.setString(next++, token.description());
        statement.setString(next++, token.selector());
        statement.setString(next++, token.hash().algorithm());
        statement.setString(next++, token.hash().expose());
        statement.setString(next++, token.prefix());
        statement.setString(next++, token.displayPrefix());
        statement.setString(next++, token.scopes().toString());
        statement.setString(next++, write(token.allowlist()));
        statement.setString(next++, FormEncodedMap.write(limitsAsTexts(token.rateLimits())));
        statement.setString(next++, FormEncodedMap.write(token.metadata()));
        setTime(statement, next++, token.expiresAt());
        setTime(statement, next++, token.gracePeriodEndsAt());
        statement.setString(next++, token.successorId());
        statement.setString(next++, token.secretShownTo());
        setTime(statement, next++, token.notBefore());
        setTime(statement, next++, token.disabledAt());
        setTime(statement, next++, token.enabledAt());
        statement.setString(next++, token.lineId());
        setTime(statement, next++, token.selfRotatedAt());
        return next;
    }

    /** Reads a row of {@link #SELECT}, by column index and not by name: every request reads a row, and an index is faster. */
    static StoredToken read(ResultSet row, SharedValues shared) throws SQLException {
        String id = row.getString(2);
        try {
            return StoredToken.builder(
                            id,
                            shared.tenant(row.getString(3)),
                            TokenEnvironment.of(row.getString(4)),
                            row.getString(15),
                            Instant.ofEpochMilli(row.getLong(5)))
                    .number(row.getLong(1))
                    .createdBy(row.getString(6))
                    .predecessorId(row.getString(7))
                    .lifetimeStartedAt(readTime(row, 8))
                    .revokedAt(readTime(row, 9))
                    .revocationReason(row.getString(10))
                    .lastUsedAt(readTime(row, 11))
                    .revision(row.getLong(12))
                    .expiryNotice(readNotice(row, 13))
                    .description(row.getString(16))
                    .secret(row.getString(17), TokenHash.of(row.getString(18), row.getString(19)))
                    .prefix(shared.prefix(row.getString(20)))
                    .displayPrefix(row.getString(21))
                    .scopes(shared.scopes(row.getString(22)))
                    .allowlist(readAllowlist(id, row.getString(23), shared))
                    .rateLimits(readLimits(row.getString(24)))
                    .metadata(FormEncodedMap.read(row.getString(25)))
                    .expiresAt(readTime(row, 26))
                    .gracePeriodEndsAt(readTime(row, 27))
                    .successorId(row.getString(28))
                    .secretShownTo(row.getString(29))
                    .notBefore(readTime(row, 30))
                    .disabledAt(readTime(row, 31))
                    .enabledAt(readTime(row, 32))
                    .lineId(row.getString(33))
                    .selfRotatedAt(readTime(row, 34))
                    .tenantSuspended(readTime(row, 35) != null)
                    .tenantGone(readTime(row, 36) != null)
                    .build();
        } catch (RuntimeException unreadable) {
            throw new StorageException("the row of token " + id + " cannot be read", unreadable);
        }
    }

    /** Reads a row of a revoked token. If it is unreadable, returns a token with only the data that identify it. */
    static StoredToken readForItsEnd(ResultSet row, SharedValues shared) throws SQLException {
        try {
            return read(row, shared);
        } catch (StorageException unreadable) {
            log.error("a token whose row cannot be read was revoked", RedactedFailure.of(unreadable));
            return StoredToken.builder(
                            row.getString(2),
                            row.getString(3),
                            TokenEnvironment.LIVE,
                            "",
                            Instant.ofEpochMilli(row.getLong(5)))
                    .number(row.getLong(1))
                    .revokedAt(readTime(row, 9))
                    .secret("unreadable", TokenHash.of("unreadable", "-"))
                    .build();
        }
    }

    private static @Nullable String write(@Nullable IpAllowlist allowlist) {
        return allowlist == null ? null : String.join(" ", allowlist.blocks().orElse(List.of("unreadable")));
    }

    private static @Nullable IpAllowlist readAllowlist(String id, @Nullable String text, SharedValues shared) {
        if (text == null) {
            return null;
        }
        try {
            return shared.allowlist(text);
        } catch (IllegalArgumentException unreadable) {
            log.error("the address allowlist of token {} cannot be read; the token is denied from every address", id);
            return IpAllowlist.unreadable();
        }
    }

    private static Map<String, String> limitsAsTexts(Map<String, Long> limits) {
        Map<String, String> texts = new TreeMap<>();
        limits.forEach((policy, permits) -> texts.put(policy, Long.toString(permits)));
        return texts;
    }

    private static Map<String, Long> readLimits(@Nullable String text) {
        Map<String, Long> limits = new TreeMap<>();
        FormEncodedMap.read(text).forEach((policy, permits) -> limits.put(policy, Long.valueOf(permits)));
        return limits;
    }

    /** Sets two parameters. */
    static void setNotice(PreparedStatement statement, int first, @Nullable ExpiryNotice notice) throws SQLException {
        setTime(statement, first, notice == null ? null : notice.end());
        if (notice == null) {
            statement.setNull(first + 1, Types.BIGINT);
        } else {
            statement.setLong(first + 1, notice.ahead().toMillis());
        }
    }

    private static @Nullable ExpiryNotice readNotice(ResultSet row, int first) throws SQLException {
        Instant end = readTime(row, first);
        return end == null ? null : new ExpiryNotice(end, Duration.ofMillis(row.getLong(first + 1)));
    }

    static void setTime(PreparedStatement statement, int index, @Nullable Instant time) throws SQLException {
        if (time == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, time.toEpochMilli());
        }
    }

    static @Nullable Instant readTime(ResultSet row, int column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
