package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;

/** A row of the audit table. */
final class AuditRow {

    /** What is written of an event, and as what. */
    private record Column(String name, JDBCType type, Function<AuditEvent, @Nullable Object> value) {}

    private static final Column ID = new Column("event_uuid", JDBCType.VARCHAR, AuditEvent::id);
    private static final Column STATUS = new Column("status", JDBCType.INTEGER, AuditEvent::status);

    private static final List<Column> ALL = List.of(
            ID,
            new Column("at", JDBCType.BIGINT, event -> event.at().toEpochMilli()),
            new Column("request_id", JDBCType.VARCHAR, AuditEvent::requestId),
            new Column("tenant_id", JDBCType.VARCHAR, AuditEvent::tenantId),
            new Column("token_uuid", JDBCType.VARCHAR, AuditEvent::tokenId),
            new Column("method", JDBCType.VARCHAR, AuditEvent::method),
            new Column("endpoint", JDBCType.VARCHAR, AuditEvent::endpoint),
            STATUS,
            new Column("event", JDBCType.VARCHAR, AuditEvent::event),
            new Column("outcome", JDBCType.VARCHAR, AuditEvent::outcome),
            new Column("actor", JDBCType.VARCHAR, AuditEvent::actor),
            new Column("details", JDBCType.VARCHAR, event -> Texts.write(event.details())));

    static final String COLUMNS = ALL.stream().map(Column::name).collect(Collectors.joining(", "));

    private static final Written INSERT = new Written(
            ALL,
            "INSERT INTO ${p}audit (" + COLUMNS + ") VALUES (" + "?, ".repeat(ALL.size() - 1) + "?)",
            "INSERT INTO ${p}audit (" + COLUMNS + ") SELECT * FROM " + arrays(ALL));

    private static final Written COMPLETE = new Written(
            List.of(STATUS, ID),
            "UPDATE ${p}audit SET status = ? WHERE event_uuid = ?",
            "UPDATE ${p}audit AS a SET status = known.status FROM " + arrays(List.of(STATUS, ID))
                    + " AS known (status, event_uuid) WHERE a.event_uuid = known.event_uuid");

    private AuditRow() {}

    private static String arrays(List<Column> columns) {
        return columns.stream()
                .map(column -> "CAST(? AS " + column.type() + "[])")
                .collect(Collectors.joining(", ", "unnest(", ")"));
    }

    /** Adds rows to a transaction. */
    static void insert(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
        INSERT.write(connection, database, events);
    }

    /** Adds to a transaction the statuses of rows that are there. */
    static void complete(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
        COMPLETE.write(connection, database, events);
    }

    /**
     * What is written of many events at once.
     *
     * @param columns in the order of the parameters
     * @param each a statement for one of them
     * @param together the same for all, with an array for each column
     */
    private record Written(List<Column> columns, String each, String together) {

        void write(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
            if (events.isEmpty()) {
                return;
            }
            boolean arrays = database.dialect().takesArrays();
            try (PreparedStatement statement = connection.prepareStatement(database.sql(arrays ? together : each))) {
                if (arrays) {
                    writeTogether(connection, statement, events);
                } else {
                    writeEach(statement, events);
                }
            }
        }

        private void writeTogether(Connection connection, PreparedStatement statement, List<AuditEvent> events)
                throws SQLException {
            int next = 1;
            for (Column column : columns) {
                Object[] values = events.stream().map(column.value()).toArray();
                statement.setArray(
                        next++, connection.createArrayOf(column.type().getName(), values));
            }
            statement.executeUpdate();
        }

        private void writeEach(PreparedStatement statement, List<AuditEvent> events) throws SQLException {
            for (AuditEvent event : events) {
                int next = 1;
                for (Column column : columns) {
                    statement.setObject(next++, column.value().apply(event), column.type());
                }
                statement.addBatch();
            }
            statement.executeBatch();
        }
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
