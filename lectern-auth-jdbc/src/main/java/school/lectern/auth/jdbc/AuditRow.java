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
import school.lectern.auth.jdbc.connection.Sql;

/** A row of the audit table. */
final class AuditRow {

    /** A column of the table, with its type and its value for an event. */
    private record Column(
            String name, JDBCType type, IntFunction<Object[]> array, Function<AuditEvent, @Nullable Object> value) {

        static Column text(String name, Function<AuditEvent, @Nullable Object> value) {
            return new Column(name, JDBCType.VARCHAR, String[]::new, value);
        }

        boolean isSame(List<AuditEvent> events) {
            Object first = value.apply(events.get(0));
            return events.stream().allMatch(event -> Objects.equals(value.apply(event), first));
        }

        /** Returns the column's values, in an array of their own class: drivers have a compact form for some classes. */
        Object[] of(List<AuditEvent> events) {
            return events.stream().map(value).toArray(array);
        }
    }

    /**
     * A statement that inserts many rows.
     *
     * @param arrays the columns that are sent as arrays
     * @param values the columns that have the same value in all rows, which is sent once
     */
    private record Insert(List<Column> arrays, List<Column> values, String sql) {

        static Insert of(List<Column> arrays) {
            List<Column> values =
                    ALL.stream().filter(column -> !arrays.contains(column)).toList();
            String sql = INSERT + "SELECT "
                    + join(
                            ALL,
                            column ->
                                    values.contains(column) ? "CAST(? AS " + column.type() + ")" : "e." + column.name())
                    + " FROM unnest(" + join(arrays, column -> "CAST(? AS " + column.type() + "[])") + ") AS e ("
                    + join(arrays, Column::name) + ")";
            return new Insert(arrays, values, sql);
        }

        private static String join(List<Column> columns, Function<Column, String> text) {
            return columns.stream().map(text).collect(Collectors.joining(", "));
        }

        boolean fits(List<AuditEvent> events) {
            return values.stream().allMatch(column -> column.isSame(events));
        }

        void run(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
                int next = 1;
                for (Column column : values) {
                    statement.setObject(
                            next++,
                            column.value().apply(events.get(0)),
                            column.type().getVendorTypeNumber());
                }
                for (Column column : arrays) {
                    statement.setArray(
                            next++, connection.createArrayOf(column.type().getName(), column.of(events)));
                }
                statement.executeUpdate();
            }
        }
    }

    private static final Column ID = Column.text("event_id", AuditEvent::id);
    private static final Column TENANT_ID = Column.text("tenant_id", AuditEvent::tenantId);
    private static final Column TOKEN_ID = Column.text("token_id", AuditEvent::tokenId);
    private static final Column STATUS = new Column("status", JDBCType.INTEGER, Integer[]::new, AuditEvent::status);

    private static final Column OUTCOME = Column.text("outcome", AuditEvent::outcome);

    private static final List<Column> ALL = List.of(
            ID,
            new Column(
                    "event_time",
                    JDBCType.BIGINT,
                    Long[]::new,
                    event -> event.at().toEpochMilli()),
            Column.text("request_id", AuditEvent::requestId),
            TENANT_ID,
            TOKEN_ID,
            Column.text("method", AuditEvent::method),
            Column.text("endpoint", AuditEvent::endpoint),
            STATUS,
            Column.text("event", AuditEvent::event),
            OUTCOME,
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

    /** One statement for many rows. */
    private static final Insert TOGETHER = Insert.of(ALL);

    /** One statement for rows that differ only in these columns, such as those of the tokens of a revoked group. */
    private static final Insert OF_GROUP = Insert.of(List.of(ID, TENANT_ID, TOKEN_ID));

    /** Executed for each row, even if the driver supports arrays: a plan for many rows may scan the whole of a new table. */
    private static final String COMPLETE = "UPDATE ${p}audit SET status = ?, outcome = ? WHERE event_id = ?";

    /** The maximum number of rows that one statement inserts, so that it ends within its timeout. */
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
        for (List<AuditEvent> some : Sql.portions(events, TOGETHER_AT_ONCE)) {
            Insert insert = OF_GROUP.fits(some) ? OF_GROUP : TOGETHER;
            insert.run(connection, database, some);
        }
    }

    /** Sets the statuses and outcomes of stored rows, in a transaction. */
    static void complete(Connection connection, Database database, List<AuditEvent> events) throws SQLException {
        writeEach(connection, database.sql(COMPLETE), List.of(STATUS, OUTCOME, ID), events);
    }

    private static void writeEach(Connection connection, String sql, List<Column> columns, List<AuditEvent> events)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (AuditEvent event : events) {
                int next = 1;
                for (Column column : columns) {
                    // The type's number, since not all pools' statements support the type itself.
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
        return AuditEvent.builder(
                        row.getString("event_id"),
                        Instant.ofEpochMilli(row.getLong("event_time")),
                        row.getString("event"),
                        row.getString("outcome"))
                .requestId(row.getString("request_id"))
                .tenantId(row.getString("tenant_id"))
                .tokenId(row.getString("token_id"))
                .method(row.getString("method"))
                .endpoint(row.getString("endpoint"))
                .status(known)
                .actor(row.getString("actor"))
                .details(FormEncodedMap.read(row.getString("details")))
                .aggregate(readAggregate(row))
                .build();
    }

    private static @Nullable Aggregate readAggregate(ResultSet row) throws SQLException {
        long count = row.getLong("call_count");
        return row.wasNull() ? null : new Aggregate(count, Instant.ofEpochMilli(row.getLong("last_at")));
    }
}
