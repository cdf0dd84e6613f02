package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditEvent.Aggregate;
import school.lectern.auth.jdbc.connection.Database;

/** A row of the audit table. */
final class AuditRow {

    /** What is written of an event, and as what. */
    private record Column(
            String name, JDBCType type, IntFunction<Object[]> array, Function<AuditEvent, @Nullable Object> value) {

        static Column text(String name, Function<AuditEvent, @Nullable Object> value) {
            return new Column(name, JDBCType.VARCHAR, String[]::new, value);
        }

        boolean varies(List<AuditEvent> events) {
            Object first = value.apply(events.get(0));
            return !events.stream().allMatch(event -> Objects.equals(value.apply(event), first));
        }

        /** All of the column's values: in an array of their own class, since drivers know a shorter form for some. */
        Object[] of(List<AuditEvent> events) {
            return events.stream().map(value).toArray(array);
        }
    }

    private static final Column ID = Column.text("event_id", AuditEvent::id);
    private static final Column STATUS = new Column("status", JDBCType.INTEGER, Integer[]::new, AuditEvent::status);

    private static final List<Column> ALL = List.of(
            ID,
            new Column(
                    "event_time",
                    JDBCType.BIGINT,
                    Long[]::new,
                    event -> event.at().toEpochMilli()),
            Column.text("request_id", AuditEvent::requestId),
            Column.text("tenant_id", AuditEvent::tenantId),
            Column.text("token_id", AuditEvent::tokenId),
            Column.text("method", AuditEvent::method),
            Column.text("endpoint", AuditEvent::endpoint),
            STATUS,
            Column.text("event", AuditEvent::event),
            Column.text("outcome", AuditEvent::outcome),
            Column.text("actor", AuditEvent::actor),
            Column.text("details", event -> FormEncodedMap.write(event.details())),
            new Column("call_count", JDBCType.BIGINT, Long[]::new, event -> ofAggregate(event, Aggregate::count)),
            new Column(
                    "last_at",
                    JDBCType.BIGINT,
                    Long[]::new,
                    event -> ofAggregate(event, calls -> calls.lastAt().toEpochMilli())));

    static final String COLUMNS = ALL.stream().map(Column::name).collect(Collectors.joining(", "));

    private static final String INSERT = "INSERT INTO ${p}audit (" + COLUMNS + ") ";

    private static final String EACH = INSERT + "VALUES (" + "?, ".repeat(ALL.size() - 1) + "?)";

    /** One by one, also where arrays could do it: a plan for many may look at the whole of a table that is new. */
    private static final String COMPLETE = "UPDATE ${p}audit SET status = ? WHERE event_id = ?";

    /** So many are inserted by one statement, since the database has to answer in time. */
    private static final int TOGETHER_AT_ONCE = 1_000;

    private AuditRow() {}

    private static @Nullable Long ofAggregate(AuditEvent event, Function<Aggregate, Long> value) {
        return event.aggregate() == null ? null : value.apply(event.aggregate());
    }

    /** Adds rows to a transaction. */
    static void insert(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
        if (!database.dialect().takesArrays()) {
            writeEach(connection, database.sql(EACH), ALL, events);
            return;
        }
        for (List<AuditEvent> some : Database.portions(events, TOGETHER_AT_ONCE)) {
            insertTogether(connection, database, some);
        }
    }

    /** One statement: an array for each column, but a single value where all rows have the same. */
    private static void insertTogether(Connection connection, Database database, List<AuditEvent> events)
            throws SQLException {
        List<Column> varying = ALL.stream()
                .filter(column -> column.equals(ID) || column.varies(events))
                .toList();
        String sql = INSERT + "SELECT "
                + join(
                        ALL,
                        column -> varying.contains(column) ? "e." + column.name() : "CAST(? AS " + column.type() + ")")
                + " FROM unnest(" + join(varying, column -> "CAST(? AS " + column.type() + "[])") + ") AS e ("
                + join(varying, Column::name) + ")";
        try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
            int next = 1;
            for (Column column : ALL) {
                if (!varying.contains(column)) {
                    statement.setObject(
                            next++,
                            column.value().apply(events.get(0)),
                            column.type().getVendorTypeNumber());
                }
            }
            for (Column column : varying) {
                statement.setArray(
                        next++, connection.createArrayOf(column.type().getName(), column.of(events)));
            }
            statement.executeUpdate();
        }
    }

    private static String join(List<Column> columns, Function<Column, String> text) {
        return columns.stream().map(text).collect(Collectors.joining(", "));
    }

    /** Adds to a transaction the statuses of rows that are there. */
    static void complete(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
        writeEach(connection, database.sql(COMPLETE), List.of(STATUS, ID), events);
    }

    private static void writeEach(Connection connection, String sql, List<Column> columns, List<AuditEvent> events)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (AuditEvent event : events) {
                int next = 1;
                for (Column column : columns) {
                    // By the type's number: not every pool's statement takes the type itself.
                    statement.setObject(
                            next++, column.value().apply(event), column.type().getVendorTypeNumber());
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
                row.getString("event_id"),
                Instant.ofEpochMilli(row.getLong("event_time")),
                row.getString("request_id"),
                row.getString("tenant_id"),
                row.getString("token_id"),
                row.getString("method"),
                row.getString("endpoint"),
                known,
                row.getString("event"),
                row.getString("outcome"),
                row.getString("actor"),
                FormEncodedMap.read(row.getString("details")),
                readAggregate(row));
    }

    private static @Nullable Aggregate readAggregate(ResultSet row) throws SQLException {
        long count = row.getLong("call_count");
        return row.wasNull() ? null : new Aggregate(count, Instant.ofEpochMilli(row.getLong("last_at")));
    }
}
