package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.NameRule;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/**
 * Tokens in a table. A change is one conditional statement; in the same transaction follow its audit rows and, last before
 * the commit, its number. All writers lock in that order, after the tenant where names are unique, so a writer that waits for
 * a token's row holds up nobody who changes another token.
 */
final class JdbcTokenStore implements TokenStore {

    private static final int NOTED_AT_ONCE = 200;

    private final Database database;

    JdbcTokenStore(Database database) {
        this.database = database;
    }

    @Override
    public List<StoredToken> find(Collection<String> selectors) {
        if (selectors.isEmpty()) {
            return List.of();
        }
        return database.query(
                "looking up a token",
                select("selector IN (" + marks(selectors.size()) + ")"),
                statement -> setAll(statement, selectors),
                TokenRow::read);
    }

    @Override
    public Optional<StoredToken> get(String tenantId, String tokenId) {
        List<StoredToken> found = database.query(
                "reading a token",
                select("token_uuid = ? AND tenant_id = ?"),
                statement -> setAll(statement, List.of(tokenId, tenantId)),
                TokenRow::read);
        // A database may compare texts more loosely than the library does.
        return found.stream()
                .filter(token -> token.id().equals(tokenId) && token.tenantId().equals(tenantId))
                .findFirst();
    }

    @Override
    public List<StoredToken> list(String tenantId, long before, int limit) {
        List<StoredToken> found = database.query(
                "listing tokens",
                select("tenant_id = ? AND id < ? ORDER BY id DESC LIMIT ?"),
                statement -> {
                    statement.setString(1, tenantId);
                    statement.setLong(2, before);
                    statement.setInt(3, limit);
                },
                TokenRow::read);
        return found.stream().filter(token -> token.tenantId().equals(tenantId)).toList();
    }

    @Override
    public boolean isNameTaken(String tenantId, String name, Instant now) {
        return database
                .query("looking for a name", named(), s -> setNamed(s, tenantId, name, now), TokenRow::read)
                .stream()
                .anyMatch(token -> token.name().equals(name));
    }

    @Override
    public Optional<StoredToken> insert(StoredToken token, NameRule rule, List<AuditEvent> events) {
        makeLockable(rule, token);
        return database.transaction("keeping a new token", connection -> {
            if (breaks(connection, rule, token)) {
                return Optional.empty();
            }
            long number = insert(connection, token);
            AuditRow.insert(connection, database, events);
            return Optional.of(token.toBuilder().number(number).build());
        });
    }

    @Override
    public Outcome update(StoredToken changed, NameRule rule, List<AuditEvent> events) {
        makeLockable(rule, changed);
        return database.transaction("changing token " + changed.id(), connection -> {
            if (breaks(connection, rule, changed)) {
                return Outcome.NAME_TAKEN;
            }
            Optional<StoredToken> stored = stored(connection, changed);
            if (stored.isEmpty() || !replace(connection, changed)) {
                return Outcome.STALE;
            }
            AuditRow.insert(connection, database, events);
            if (!changed.decidesAs(stored.get())) {
                takeNumber(connection, stored.get().selector());
            }
            return Outcome.DONE;
        });
    }

    /** Makes the row that writers of the tenant's names queue at, if it is not there yet. */
    private void makeLockable(NameRule rule, StoredToken token) {
        if (rule.uniqueAt() == null
                || !database.query("reading a tenant", tenant(), s -> s.setString(1, token.tenantId()), r -> 1)
                        .isEmpty()) {
            return;
        }
        try {
            database.transaction(
                    "keeping a tenant",
                    connection -> Database.update(
                            connection,
                            database.sql("INSERT INTO ${p}tenants (tenant_id) VALUES (?)"),
                            statement -> statement.setString(1, token.tenantId())));
        } catch (StorageException failed) {
            if (!Database.isDuplicate(failed)) {
                throw failed;
            }
        }
    }

    /** Whether the rule forbids the token's name, seen while nobody else can give that name in the tenant. */
    private boolean breaks(Connection connection, NameRule rule, StoredToken token) throws SQLException {
        Instant now = rule.uniqueAt();
        if (now == null) {
            return false;
        }
        Database.query(connection, tenant() + " FOR UPDATE", s -> s.setString(1, token.tenantId()), row -> 1);
        return Database.query(
                        connection, named(), s -> setNamed(s, token.tenantId(), token.name(), now), TokenRow::read)
                .stream()
                .anyMatch(other ->
                        other.name().equals(token.name()) && !other.id().equals(token.id()));
    }

    private String tenant() {
        return database.sql("SELECT tenant_id FROM ${p}tenants WHERE tenant_id = ?");
    }

    private String named() {
        return select("tenant_id = ? AND name = ? AND revoked_at IS NULL"
                + " AND (expires_at IS NULL OR expires_at > ?) AND (overlap_ends_at IS NULL OR overlap_ends_at > ?)");
    }

    private static void setNamed(PreparedStatement statement, String tenantId, String name, Instant now)
            throws SQLException {
        statement.setString(1, tenantId);
        statement.setString(2, name);
        statement.setLong(3, now.toEpochMilli());
        statement.setLong(4, now.toEpochMilli());
    }

    @Override
    public Outcome rotate(StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
        return database.transaction("rotating token " + predecessor.id(), connection -> {
            Optional<StoredToken> stored = stored(connection, predecessor);
            boolean mayRotate = stored.isPresent() && stored.get().successorId() == null;
            if (!mayRotate || !replace(connection, predecessor)) {
                return Outcome.STALE;
            }
            insert(connection, successor);
            AuditRow.insert(connection, database, events);
            takeNumber(connection, predecessor.selector());
            return Outcome.DONE;
        });
    }

    @Override
    public Outcome revoke(String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
        Optional<StoredToken> token = get(tenantId, tokenId);
        if (token.isEmpty()) {
            return Outcome.STALE;
        }
        return database.transaction("revoking token " + tokenId, connection -> {
            int revoked = Database.update(
                    connection,
                    database.sql("UPDATE ${p}tokens SET revoked_at = ?, revision = revision + 1"
                            + " WHERE token_uuid = ? AND revoked_at IS NULL"),
                    statement -> {
                        statement.setLong(1, at.toEpochMilli());
                        statement.setString(2, tokenId);
                    });
            if (revoked != 1) {
                return Outcome.STALE;
            }
            AuditRow.insert(connection, database, events);
            takeNumberOf(connection, tokenId);
            return Outcome.DONE;
        });
    }

    @Override
    public void noteUse(Map<String, Instant> usedAt) {
        List<String> ids = new ArrayList<>(usedAt.keySet());
        for (int from = 0; from < ids.size(); from += NOTED_AT_ONCE) {
            List<String> some = ids.subList(from, Math.min(ids.size(), from + NOTED_AT_ONCE));
            database.transaction("noting the use of tokens", connection -> noteUse(connection, some, usedAt));
        }
    }

    private Connection noteUse(Connection connection, List<String> ids, Map<String, Instant> usedAt)
            throws SQLException {
        // Rows that somebody holds are left for the next time: a use is never worth waiting for.
        List<String> free = Database.query(
                connection,
                database.sql("SELECT token_uuid FROM ${p}tokens WHERE token_uuid IN (" + marks(ids.size())
                        + ") ORDER BY id FOR UPDATE SKIP LOCKED"),
                statement -> setAll(statement, ids),
                row -> row.getString(1));
        String sql = "UPDATE ${p}tokens SET last_used_at = ?"
                + " WHERE token_uuid = ? AND (last_used_at IS NULL OR last_used_at < ?)";
        try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
            for (String id : free) {
                Instant used = usedAt.get(id);
                if (used != null) {
                    statement.setLong(1, used.toEpochMilli());
                    statement.setString(2, id);
                    statement.setLong(3, used.toEpochMilli());
                    statement.addBatch();
                }
            }
            statement.executeBatch();
        }
        return connection;
    }

    private long insert(Connection connection, StoredToken token) throws SQLException {
        Database.update(
                connection, database.sql(TokenRow.INSERT), statement -> TokenRow.setForInsert(statement, token));
        return Database.query(
                        connection,
                        database.sql("SELECT id FROM ${p}tokens WHERE token_uuid = ?"),
                        statement -> statement.setString(1, token.id()),
                        row -> row.getLong(1))
                .get(0);
    }

    /** The row from which a change was made, if it still is what it was. */
    private Optional<StoredToken> stored(Connection connection, StoredToken changed) throws SQLException {
        return Database.query(
                        connection,
                        select("token_uuid = ? AND tenant_id = ? AND revision = ?"),
                        statement -> {
                            statement.setString(1, changed.id());
                            statement.setString(2, changed.tenantId());
                            statement.setLong(3, changed.revision());
                        },
                        TokenRow::read)
                .stream()
                .findFirst();
    }

    private boolean replace(Connection connection, StoredToken changed) throws SQLException {
        return Database.update(
                        connection,
                        database.sql(TokenRow.UPDATE),
                        statement -> TokenRow.setForUpdate(statement, changed))
                == 1;
    }

    /** The last thing before the commit: whoever holds the counter's row waits for nothing more. */
    private void takeNumber(Connection connection, String selector) throws SQLException {
        countUp(connection);
        Database.update(
                connection,
                database.sql("INSERT INTO ${p}changes (number, selector)"
                        + " SELECT number, CAST(? AS VARCHAR(128)) FROM ${p}counter WHERE id = 1"),
                statement -> statement.setString(1, selector));
    }

    private void takeNumberOf(Connection connection, String tokenId) throws SQLException {
        countUp(connection);
        Database.update(
                connection,
                database.sql("INSERT INTO ${p}changes (number, selector)"
                        + " SELECT c.number, t.selector FROM ${p}counter c, ${p}tokens t"
                        + " WHERE c.id = 1 AND t.token_uuid = ?"),
                statement -> statement.setString(1, tokenId));
    }

    private void countUp(Connection connection) throws SQLException {
        Database.update(connection, database.sql("UPDATE ${p}counter SET number = number + 1 WHERE id = 1"), s -> {});
    }

    private String select(String where) {
        return database.sql("SELECT " + TokenRow.COLUMNS + " FROM ${p}tokens WHERE " + where);
    }

    private static String marks(int count) {
        return "?" + ", ?".repeat(count - 1);
    }

    private static void setAll(PreparedStatement statement, Collection<String> values) throws SQLException {
        int next = 1;
        for (String value : values) {
            statement.setString(next++, value);
        }
    }
}
