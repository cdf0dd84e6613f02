package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.TokenStore.WriteResult;

/** Changes the state of tenants: suspended, gone, erased. Each change takes a change number and writes its audit rows. */
final class TenantTransactions {

    private final Database database;
    private final TenantRows tenants;
    private final NumberedTransactions transactions;

    TenantTransactions(Database database, TenantRows tenants, NumberedTransactions transactions) {
        this.database = database;
        this.tenants = tenants;
        this.transactions = transactions;
    }

    WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
        if (since != null) {
            tenants.require(tenantId);
        }
        Database.Work<Boolean> set = connection -> tenants.setSuspended(connection, tenantId, since);
        // Resuming restores access, so it fails if its audit row cannot be written.
        WriteResult outcome = since == null
                ? transactions.numbered(
                        "resuming a tenant",
                        (connection, number) -> changeTenant(
                                connection, number, tenantId, set, () -> AuditRow.insert(connection, database, events)))
                : endTenant("suspending a tenant", tenantId, events, set);
        return outcome == WriteResult.STALE && tenants.isGone(tenantId) ? WriteResult.TENANT_GONE : outcome;
    }

    private WriteResult endTenant(String what, String tenantId, List<AuditEvent> events, Database.Work<Boolean> set) {
        return transactions.endTokens(
                what,
                (connection, number, rows) ->
                        changeTenant(connection, number, tenantId, set, () -> rows.insert(connection, events)));
    }

    private interface AuditWriting {
        void write() throws SQLException;
    }

    /** @param set changes the tenant's row, and returns whether the row was changed: false if it had the state already */
    private static WriteResult changeTenant(
            Connection connection,
            NumberedTransactions.ChangeNumber number,
            String tenantId,
            Database.Work<Boolean> set,
            AuditWriting auditRows)
            throws SQLException {
        if (!set.with(connection)) {
            return WriteResult.STALE;
        }
        auditRows.write();
        number.take(connection, new Change.OfTenant(tenantId));
        return WriteResult.APPLIED;
    }

    WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
        tenants.require(tenantId);
        return endTenant(
                "marking a tenant as gone",
                tenantId,
                events,
                connection -> tenants.setGone(connection, tenantId, since));
    }

    WriteResult setErased(String tenantId, List<AuditEvent> events) {
        return endTenant(
                "marking a tenant as erased", tenantId, events, connection -> tenants.setErased(connection, tenantId));
    }

    int deleteErased(String tenantId, int limit) {
        int deleted = deleteSome(tenantId, limit);
        return deleted == 0 && tenants.awaitWritesBeforeErasure(tenantId) ? deleteSome(tenantId, limit) : deleted;
    }

    private int deleteSome(String tenantId, int limit) {
        return transactions.numbered("erasing a tenant", (connection, number) -> {
            int tokens = tenants.deleteTokens(connection, tenantId, limit);
            if (tokens == 0) {
                return tenants.deleteAudit(connection, tenantId, limit);
            }
            number.take(connection, new Change.OfTenant(tenantId));
            return tokens;
        });
    }
}
