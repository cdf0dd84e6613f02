package school.lectern.auth.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.DatabaseProduct;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.CursorPage;

/** Reads the table of the audit log in pages, and deletes its old rows. */
final class AuditReader {

    private final Database database;
    private final long settleMillis;

    /** @param settling the maximum time from the insert of a row to the commit that makes it visible to readers */
    AuditReader(Database database, Duration settling) {
        this.database = database;
        this.settleMillis = settling.toMillis();
    }

    /** Ordered by all columns of the index, so that the cost of a page depends on its size and not on the size of the table. */
    CursorPage<AuditEvent> read(
            String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
        Place place = Place.parse(after);
        return page(
                "event_time",
                "tenant_id = ? AND event_time >= ? AND event_time < ? AND (event_time > ? OR (event_time = ? AND id > ?))"
                        + " ORDER BY tenant_id, event_time, id LIMIT ?",
                after,
                statement -> {
                    statement.setString(1, tenantId);
                    // The position is also a lower bound of the time, so that the index scan starts at the page.
                    statement.setLong(2, Math.max(place.millis(), from == null ? Long.MIN_VALUE : Sql.nextMilli(from)));
                    statement.setLong(3, to == null ? Long.MAX_VALUE : Sql.nextMilli(to));
                    place.setFrom(statement, 4);
                    statement.setInt(7, limit);
                });
    }

    /**
     * Returns the position that lies the settling time before the database's current time. A row that is inserted later has a
     * later time of writing, unless the database's clock is set back by more than the settling time.
     */
    String settled() {
        long now = database.checkedQuery(
                        "reading the clock",
                        "SELECT " + database.dialect().nowMillis(),
                        none -> {},
                        row -> DatabaseProduct.readTime(row, 1))
                .get(0);
        return new Place(now - settleMillis, 0).toString();
    }

    CursorPage<AuditEvent> readWritten(@Nullable String tenantId, String after, String upTo, int limit) {
        Place start = Place.parse(after);
        Place end = Place.parse(upTo);
        return page(
                "written_at",
                whose(tenantId) + " AND written_at >= ? AND written_at <= ?"
                        + " AND (written_at > ? OR (written_at = ? AND id > ?))"
                        + " AND (written_at < ? OR (written_at = ? AND id <= ?))"
                        + " ORDER BY tenant_id, written_at, id LIMIT ?",
                after,
                statement -> {
                    int next = 1;
                    if (tenantId != null) {
                        statement.setString(next++, tenantId);
                    }
                    statement.setLong(next++, start.millis());
                    statement.setLong(next++, end.millis());
                    next = start.setFrom(statement, next);
                    next = end.setFrom(statement, next);
                    statement.setInt(next, limit);
                });
    }

    private static String whose(@Nullable String tenantId) {
        return "tenant_id " + (tenantId == null ? "IS NULL" : "= ?");
    }

    /** @param time the column by which the page is ordered, before the id */
    private CursorPage<AuditEvent> page(String time, String where, String after, Sql.Parameters parameters) {
        List<Place> places = new ArrayList<>();
        List<AuditEvent> events = database.checkedQuery(
                "reading the audit log",
                database.sql("SELECT id, written_at, " + AuditRow.COLUMNS + " FROM ${p}audit WHERE " + where),
                parameters,
                row -> {
                    places.add(new Place(row.getLong(time), row.getLong("id")));
                    return AuditRow.read(row);
                });
        return CursorPage.of(
                events, places.isEmpty() ? after : places.get(places.size() - 1).toString());
    }

    Optional<String> tenantAfter(String tenantId) {
        return database
                .query(
                        "looking for tenants in the audit log",
                        database.sql("SELECT tenant_id FROM ${p}audit WHERE tenant_id > ?"
                                + " ORDER BY tenant_id, event_time, id LIMIT 1"),
                        statement -> statement.setString(1, tenantId),
                        row -> row.getString(1))
                .stream()
                .findFirst();
    }

    int purge(@Nullable String tenantId, Instant before, int limit) {
        return database.transaction("purging the audit log", connection -> {
            List<Long> old = Sql.query(
                    connection,
                    database.sql("SELECT id FROM ${p}audit WHERE " + whose(tenantId)
                            + " AND event_time < ? ORDER BY tenant_id, event_time, id LIMIT ?"),
                    statement -> {
                        int next = 1;
                        if (tenantId != null) {
                            statement.setString(next++, tenantId);
                        }
                        statement.setLong(next++, Sql.nextMilli(before));
                        statement.setInt(next, limit);
                    },
                    row -> row.getLong(1));
            try (PreparedStatement statement =
                    connection.prepareStatement(database.sql("DELETE FROM ${p}audit WHERE id = ?"))) {
                for (long id : old) {
                    statement.setLong(1, id);
                    statement.addBatch();
                }
                statement.executeBatch();
            }
            return old.size();
        });
    }

    /**
     * A position in the log.
     *
     * @param millis the event's time, or the time of writing
     * @param id the row's id, which orders rows of the same time; positive in every row
     */
    private record Place(long millis, long id) {

        static Place parse(String text) {
            if (text.isEmpty()) {
                return new Place(Long.MIN_VALUE, 0);
            }
            int dot = text.indexOf('.');
            if (dot < 0) {
                throw new IllegalArgumentException("position must be one that the audit log returned, was " + text);
            }
            return new Place(Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
        }

        /** Sets the parameters of a comparison with this position. Returns the index of the next parameter. */
        int setFrom(PreparedStatement statement, int first) throws SQLException {
            statement.setLong(first, millis);
            statement.setLong(first + 1, millis);
            statement.setLong(first + 2, id);
            return first + 3;
        }

        @Override
        public String toString() {
            return millis + "." + id;
        }
    }
}
