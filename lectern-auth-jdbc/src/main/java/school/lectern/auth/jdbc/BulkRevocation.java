package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Deadline;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.TokenGroup;

/**
 * One attempt at the revocation of a group, within one transaction. It processes the group in portions, each of which starts
 * after the last id of the previous one, so that the cost is linear in the number of tokens. Tokens are locked in the order of
 * their row ids, as by every other writer. Only the row id of each token is retained in memory.
 */
final class BulkRevocation {

    private final Connection connection;
    private final Database database;
    private final GroupRevocation revocation;
    private final Bounds bounds;
    private final List<long[]> revoked = new ArrayList<>();

    BulkRevocation(Connection connection, Database database, GroupRevocation revocation, Bounds bounds) {
        this.connection = connection;
        this.database = database;
        this.revocation = revocation;
        this.bounds = bounds;
    }

    /**
     * The bounds of a revocation.
     *
     * @param portion the maximum number of tokens that one statement locks, revokes or records
     * @param auditTime the maximum time from the transaction's first audit row to its last one. Readers of the audit log wait
     *     no longer than the settling time for a row whose transaction commits late
     */
    record Bounds(int portion, Duration auditTime) {}

    /**
     * Revokes the group, and then adds the audit rows. The first sweep waits for the rotations in progress, and cannot see the
     * successors that they commit. These have higher ids than their predecessors, and the next sweep finds them. When a sweep
     * finds no token, every token of the group is locked, so that no rotation in the group is in progress.
     *
     * @param end the deadline, after which the attempt fails
     * @return the row ids of the revoked tokens, in portions
     */
    List<long[]> run(ForgoneAuditRows rows, Deadline end) throws SQLException {
        long after = sweep(0, "", end);
        while (after > 0) {
            after = sweep(after, " AND predecessor_id IS NOT NULL", end);
        }
        record(rows);
        return List.copyOf(revoked);
    }

    /** Returns the lowest row id of the tokens that were revoked, or 0 if there were none. */
    private long sweep(long start, String which, Deadline end) throws SQLException {
        long first = 0;
        long after = start;
        long[] numbers;
        do {
            require(end, "revoked within " + Database.BULK_DEADLINE.toMinutes() + " minutes");
            numbers = lock(after, which);
            if (numbers.length > 0) {
                revoke(numbers);
                first = first == 0 ? numbers[0] : first;
                after = numbers[numbers.length - 1];
            }
        } while (numbers.length == bounds.portion());
        return first;
    }

    private static void require(Deadline end, String bound) throws SQLTransientException {
        if (end.isOver()) {
            throw new SQLTransientException("the group has more tokens than can be " + bound
                    + "; no token was revoked. Revoke smaller groups, such as the tokens of each user");
        }
    }

    private long[] lock(long after, String which) throws SQLException {
        String column = column(revocation.group());
        return Sql.query(
                        connection,
                        database.sql("SELECT id FROM ${p}tokens WHERE " + column
                                + " = ? AND id > ? AND revoked_at IS NULL" + which
                                // In the order of the whole index, so that the index scan starts at the portion.
                                + " ORDER BY " + column + ", id LIMIT " + bounds.portion() + " FOR UPDATE"),
                        statement -> {
                            statement.setString(1, revocation.group().id());
                            statement.setLong(2, after);
                        },
                        row -> row.getLong(1))
                .stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    private static String column(TokenGroup group) {
        if (group instanceof TokenGroup.OfLine) {
            return "line_id";
        }
        return group instanceof TokenGroup.OfTenant ? "tenant_id" : "secret_shown_to";
    }

    private void revoke(long[] numbers) throws SQLException {
        Sql.update(
                connection,
                database.sql(
                        "UPDATE ${p}tokens SET revoked_at = ?, revocation_reason = ?, revision = revision + 1 WHERE id IN ("
                                + Sql.marks(numbers.length) + ")"),
                statement -> {
                    statement.setLong(1, revocation.at().toEpochMilli());
                    statement.setString(2, revocation.reason());
                    Sql.setAll(statement, 3, numbers);
                });
        revoked.add(numbers);
    }

    /**
     * Adds the audit rows, last: readers of the audit log wait only for the settling time for a row that is committed later.
     */
    private void record(ForgoneAuditRows rows) throws SQLException {
        Deadline end = Deadline.in(bounds.auditTime());
        for (long[] numbers : revoked) {
            require(end, "recorded within " + bounds.auditTime().toSeconds() + " seconds (see auditSettling)");
            rows.insert(connection, events(numbers));
        }
    }

    private List<AuditEvent> events(long[] numbers) throws SQLException {
        return Sql.query(
                connection,
                database.sql("SELECT tenant_id, token_id FROM ${p}tokens WHERE id IN (" + Sql.marks(numbers.length)
                        + ") ORDER BY id"),
                statement -> Sql.setAll(statement, 1, numbers),
                row -> revocation.event(row.getString(1), row.getString(2)));
    }
}
