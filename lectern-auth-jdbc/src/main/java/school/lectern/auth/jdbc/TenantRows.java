package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.jdbc.connection.SqlFailure;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.spi.StorageException;

/**
 * The tenants' rows. A transaction that adds a token locks the tenant's row first, and adds nothing if the tenant is gone. So
 * after a tenant was marked as gone, no transaction that began earlier can add a token. The row of an erased tenant is never
 * deleted.
 */
final class TenantRows {

    private final Database database;
    private final Duration settling;

    /** @param settling the settling time of the audit log, within which a transaction of any node ends */
    TenantRows(Database database, Duration settling) {
        this.database = database;
        this.settling = settling;
    }

    /** Inserts the tenant's row if it does not exist yet. */
    void require(String tenantId) {
        if (exists(tenantId, "")) {
            return;
        }
        try {
            database.transaction(
                    "storing a tenant",
                    connection -> Sql.update(
                            connection,
                            database.sql("INSERT INTO ${p}tenants (tenant_id) VALUES (?)"),
                            statement -> statement.setString(1, tenantId)));
        } catch (StorageException failed) {
            if (SqlFailure.of(failed) != SqlFailure.DUPLICATE_KEY) {
                throw failed;
            }
        }
    }

    /** Inserts the rows of those tenants that do not have one yet. */
    void requireAll(List<String> tenantIds) {
        Set<String> known = new HashSet<>();
        for (List<String> some : Sql.portions(tenantIds, 200)) {
            known.addAll(database.query(
                    "reading tenants",
                    database.sql(
                            "SELECT tenant_id FROM ${p}tenants WHERE tenant_id IN (" + Sql.marks(some.size()) + ")"),
                    statement -> Sql.setAll(statement, 1, some),
                    row -> row.getString(1)));
        }
        tenantIds.stream().filter(tenantId -> !known.contains(tenantId)).forEach(this::require);
    }

    /** Locks the rows until the transaction ends, in the order of their ids; returns which of the tenants are gone. */
    Set<String> lockAll(Connection connection, List<String> tenantIds) throws SQLException {
        Set<String> gone = new HashSet<>();
        String lock = "SELECT tenant_id, gone_at FROM ${p}tenants WHERE tenant_id IN (" + Sql.marks(tenantIds.size())
                + ") ORDER BY tenant_id FOR UPDATE";
        Sql.query(
                connection,
                database.sql(lock),
                statement -> Sql.setAll(statement, 1, tenantIds),
                row -> TokenRow.readTime(row, 2) != null && gone.add(row.getString(1)));
        return gone;
    }

    boolean isGone(String tenantId) {
        return exists(tenantId, " AND gone_at IS NOT NULL");
    }

    private boolean exists(String tenantId, String condition) {
        return !database.query(
                        "reading a tenant",
                        database.sql("SELECT 1 FROM ${p}tenants WHERE tenant_id = ?" + condition),
                        statement -> statement.setString(1, tenantId),
                        row -> 1)
                .isEmpty();
    }

    /**
     * Locks the tenant's row until the transaction ends.
     *
     * @return whether the tenant is not gone
     */
    boolean lockUnlessGone(Connection connection, String tenantId) throws SQLException {
        List<Boolean> gone = Sql.query(
                connection,
                database.sql("SELECT gone_at FROM ${p}tenants WHERE tenant_id = ? FOR UPDATE"),
                statement -> statement.setString(1, tenantId),
                row -> TokenRow.readTime(row, 1) != null);
        return gone.isEmpty() || !gone.get(0);
    }

    /** Returns whether this changed the tenant's row: whether it was not in that state, and the tenant is not gone. */
    boolean setSuspended(Connection connection, String tenantId, @Nullable Instant since) throws SQLException {
        String condition = " AND gone_at IS NULL AND suspended_at IS " + (since == null ? "NOT NULL" : "NULL");
        return set(connection, "suspended_at", since, tenantId, condition);
    }

    boolean setGone(Connection connection, String tenantId, Instant since) throws SQLException {
        return set(connection, "gone_at", since, tenantId, " AND gone_at IS NULL");
    }

    /** The time is the database's, since {@link #awaitWritesBeforeErasure} counts from it. */
    boolean setErased(Connection connection, String tenantId) throws SQLException {
        int changed = Sql.update(
                connection,
                database.sql("UPDATE ${p}tenants SET erased_at = "
                        + database.dialect().nowMillis()
                        + " WHERE tenant_id = ? AND gone_at IS NOT NULL AND erased_at IS NULL"),
                statement -> statement.setString(1, tenantId));
        return changed == 1;
    }

    private boolean set(Connection connection, String column, @Nullable Instant time, String tenantId, String condition)
            throws SQLException {
        int changed = Sql.update(
                connection,
                database.sql("UPDATE ${p}tenants SET " + column + " = ? WHERE tenant_id = ?" + condition),
                statement -> {
                    TokenRow.setTime(statement, 1, time);
                    statement.setString(2, tenantId);
                });
        return changed == 1;
    }

    /** The events without those of erased tenants. */
    static List<AuditEvent> withoutErased(Connection connection, Database database, List<AuditEvent> events)
            throws SQLException {
        List<String> tenants = events.stream()
                .map(AuditEvent::tenantId)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Set<String> erased = new HashSet<>();
        for (List<String> some : Sql.portions(tenants, 200)) {
            erased.addAll(Sql.query(
                    connection,
                    database.sql("SELECT tenant_id FROM ${p}tenants WHERE erased_at IS NOT NULL AND tenant_id IN ("
                            + Sql.marks(some.size()) + ")"),
                    statement -> Sql.setAll(statement, 1, some),
                    row -> row.getString(1)));
        }
        return erased.isEmpty()
                ? events
                : events.stream()
                        .filter(event -> !erased.contains(event.tenantId()))
                        .toList();
    }

    /** Deletes tokens of an erased tenant, oldest first, and their counts. Returns the number of deleted tokens. */
    int deleteTokens(Connection connection, String tenantId, int limit) throws SQLException {
        requireErased(connection, tenantId);
        List<String> tokens = new ArrayList<>();
        List<Long> numbers = Sql.query(
                connection,
                database.sql("SELECT id, token_id FROM ${p}tokens WHERE tenant_id = ? ORDER BY id LIMIT " + limit
                        + " FOR UPDATE"),
                statement -> statement.setString(1, tenantId),
                row -> {
                    tokens.add(row.getString(2));
                    return row.getLong(1);
                });
        deleteCounts(connection, tokens);
        deleteAll(connection, "tokens", numbers);
        return numbers.size();
    }

    /** Deletes audit rows of an erased tenant, and the counts of its own limits. Returns the number of deleted audit rows. */
    int deleteAudit(Connection connection, String tenantId, int limit) throws SQLException {
        List<Long> numbers = Sql.query(
                connection,
                database.sql("SELECT id FROM ${p}audit WHERE tenant_id = ? ORDER BY tenant_id, event_time, id LIMIT "
                        + limit),
                statement -> statement.setString(1, tenantId),
                row -> row.getLong(1));
        deleteCounts(connection, List.of(LimitKey.tenant(tenantId)));
        deleteAll(connection, "audit", numbers);
        return numbers.size();
    }

    private void requireErased(Connection connection, String tenantId) throws SQLException {
        boolean erased = !Sql.query(
                        connection,
                        database.sql("SELECT 1 FROM ${p}tenants WHERE tenant_id = ? AND erased_at IS NOT NULL"),
                        statement -> statement.setString(1, tenantId),
                        row -> 1)
                .isEmpty();
        if (!erased) {
            throw new IllegalStateException("the tenant is not erased: call setErased first");
        }
    }

    private void deleteCounts(Connection connection, List<String> subjects) throws SQLException {
        if (!subjects.isEmpty()) {
            Sql.update(
                    connection,
                    database.sql("DELETE FROM ${p}limits WHERE subject IN (" + Sql.marks(subjects.size()) + ")"),
                    statement -> Sql.setAll(statement, 1, subjects));
        }
    }

    private void deleteAll(Connection connection, String table, List<Long> numbers) throws SQLException {
        if (!numbers.isEmpty()) {
            Sql.update(
                    connection,
                    database.sql("DELETE FROM ${p}" + table + " WHERE id IN (" + Sql.marks(numbers.size()) + ")"),
                    statement -> Sql.setAll(
                            statement,
                            1,
                            numbers.stream().mapToLong(Long::longValue).toArray()));
        }
    }

    /**
     * Waits until every transaction has ended that began before the tenant was erased.
     *
     * @return whether it had to wait: then such a transaction may have written rows that must be deleted
     */
    boolean awaitWritesBeforeErasure(String tenantId) {
        long left = unsettledMillis(tenantId);
        if (left <= 0) {
            return false;
        }
        try {
            TimeUnit.MILLISECONDS.sleep(left);
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for late writes of an erased tenant", interrupted);
        }
    }

    /** Uses only the database's clock, since a node's clock may differ from it. */
    private long unsettledMillis(String tenantId) {
        Optional<Long> since = database
                .query(
                        "reading a tenant",
                        database.sql("SELECT " + database.dialect().nowMillis()
                                + ", erased_at FROM ${p}tenants WHERE tenant_id = ?"),
                        statement -> statement.setString(1, tenantId),
                        row -> DatabaseProduct.readTime(row, 1) - row.getLong(2))
                .stream()
                .findFirst();
        return settling.toMillis() - since.map(passed -> Math.max(0, passed)).orElse(0L);
    }
}
