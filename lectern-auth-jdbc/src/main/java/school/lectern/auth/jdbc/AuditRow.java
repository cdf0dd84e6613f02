package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import school.lectern.auth.audit.AuditEvent;

/** A row of the audit table. */
final class AuditRow {

    static final String COLUMNS = "event_uuid, at, request_id, tenant_id, token_uuid, method, endpoint, status, event,"
            + " outcome, actor, details";

    private static final String INSERT =
            "INSERT INTO ${p}audit (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private AuditRow() {}

    /** Adds rows to a transaction. */
    static void insert(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(database.sql(INSERT))) {
            for (AuditEvent event : events) {
                set(statement, event);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static void set(PreparedStatement statement, AuditEvent event) throws SQLException {
        statement.setString(1, event.id());
        statement.setLong(2, event.at().toEpochMilli());
        statement.setString(3, event.requestId());
        statement.setString(4, event.tenantId());
        statement.setString(5, event.tokenId());
        statement.setString(6, event.method());
        statement.setString(7, event.endpoint());
        Integer status = event.status();
        if (status == null) {
            statement.setNull(8, Types.INTEGER);
        } else {
            statement.setInt(8, status);
        }
        statement.setString(9, event.event());
        statement.setString(10, event.outcome());
        statement.setString(11, event.actor());
        statement.setString(12, Texts.write(event.details()));
    }

    static AuditEvent read(ResultSet row) throws SQLException {
        int status = row.getInt("status");
        Integer known = row.wasNull() ? null : status;
        return new AuditEvent(
                row.getString("event_uuid"),
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("request_id"),
                row.getString("tenant_id"),
                row.getString("token_uuid"),
                row.getString("method"),
                row.getString("endpoint"),
                known,
                row.getString("event"),
                row.getString("outcome"),
                row.getString("actor"),
                Texts.read(row.getString("details")));
    }
}
