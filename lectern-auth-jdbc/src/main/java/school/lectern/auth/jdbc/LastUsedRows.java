package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.TokenStore.Noted;

/** Records when tokens were last used, but never a time later than the database's clock. */
final class LastUsedRows {

    private static final int AT_ONCE = 200;

    private final Database database;

    LastUsedRows(Database database) {
        this.database = database;
    }

    Noted record(Map<String, Instant> usedAt, Duration apart) {
        List<String> ids = new ArrayList<>(usedAt.keySet());
        Set<String> first = new HashSet<>();
        Set<String> leftOut = new HashSet<>();
        for (List<String> some : Sql.portions(ids, AT_ONCE)) {
            Noted noted = database.transaction(
                    "recording the use of tokens", connection -> record(connection, some, usedAt, apart));
            first.addAll(noted.firstUses());
            leftOut.addAll(noted.leftOut());
        }
        return new Noted(first, leftOut);
    }

    /** A token whose row no other transaction has locked, and whether it was never used before. */
    private record Free(String id, boolean unused) {}

    private Noted record(Connection connection, List<String> ids, Map<String, Instant> usedAt, Duration apart)
            throws SQLException {
        // Rows that another transaction has locked are skipped until the next time: a time of use is not worth a wait.
        List<Free> free = Sql.query(
                connection,
                database.sql("SELECT token_id, last_used_at FROM ${p}tokens WHERE token_id IN (" + Sql.marks(ids.size())
                        + ") ORDER BY id FOR UPDATE SKIP LOCKED"),
                statement -> Sql.setAll(statement, 1, ids),
                row -> new Free(row.getString(1), TokenRow.readTime(row, 2) == null));
        Set<String> first = new HashSet<>();
        Set<String> leftOut = new HashSet<>(ids);
        String used = "LEAST(?, " + database.dialect().nowMillis() + ")";
        String sql = "UPDATE ${p}tokens SET last_used_at = " + used
                + " WHERE token_id = ? AND (last_used_at IS NULL OR last_used_at <= " + used + " - ?)";
        try (PreparedStatement statement = connection.prepareStatement(database.sql(sql))) {
            for (Free row : free) {
                Instant at = usedAt.get(row.id());
                leftOut.remove(row.id());
                if (at != null) {
                    statement.setLong(1, at.toEpochMilli());
                    statement.setString(2, row.id());
                    statement.setLong(3, at.toEpochMilli());
                    statement.setLong(4, Math.max(1, apart.toMillis()));
                    statement.addBatch();
                    if (row.unused()) {
                        first.add(row.id());
                    }
                }
            }
            statement.executeBatch();
        }
        return new Noted(first, leftOut.isEmpty() ? leftOut : existing(connection, leftOut));
    }

    /** Returns the tokens that exist: they are locked, and the others were deleted. */
    private Set<String> existing(Connection connection, Set<String> ids) throws SQLException {
        return new HashSet<>(Sql.query(
                connection,
                database.sql("SELECT token_id FROM ${p}tokens WHERE token_id IN (" + Sql.marks(ids.size()) + ")"),
                statement -> Sql.setAll(statement, 1, ids),
                row -> row.getString(1)));
    }
}
