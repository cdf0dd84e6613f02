package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Function;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Deadline;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed.Change;

/**
 * The transactions of changes that affect authorization. Each may take the next number of the change counter, as its last
 * statement before the commit. Its mark is remembered once it is committed.
 */
final class NumberedTransactions {

    private final Database database;
    private final JdbcChangeFeed changes;
    private final AuditLog audit;

    /** @param audit receives the audit rows that the table rejected in the transaction of their change */
    NumberedTransactions(Database database, JdbcChangeFeed changes, AuditLog audit) {
        this.database = database;
        this.changes = changes;
        this.audit = audit;
    }

    /** The statements of a transaction that may take a number. */
    interface NumberedWork<T> {
        T with(Connection connection, ChangeNumber number) throws SQLException;
    }

    /** Executes a transaction that ends tokens, and that is committed even if its audit rows cannot be written. */
    <T> T endTokens(String what, EndingWork<T> work) {
        return ForgoneAuditRows.make(
                what,
                database,
                audit,
                rows -> numbered(what, (connection, number) -> {
                    rows.begin();
                    return work.with(connection, number, rows);
                }));
    }

    interface EndingWork<T> {
        T with(Connection connection, ChangeNumber number, ForgoneAuditRows rows) throws SQLException;
    }

    /** As {@link #endTokens}, for a large group of tokens, which needs several statements and a longer deadline. */
    <T> T endManyTokens(String what, BulkEndingWork<T> work) {
        return ForgoneAuditRows.make(
                what,
                database,
                audit,
                rows -> noted(number -> database.bulk(what, (connection, end) -> {
                    number.begin();
                    rows.begin();
                    return work.with(connection, number, rows, end);
                })));
    }

    interface BulkEndingWork<T> {
        T with(Connection connection, ChangeNumber number, ForgoneAuditRows rows, Deadline end) throws SQLException;
    }

    <T> T numbered(String what, NumberedWork<T> work) {
        return noted(number -> database.transaction(what, connection -> {
            number.begin();
            return work.with(connection, number);
        }));
    }

    /** Remembers the change once it is committed: {@link JdbcChangeFeed#hasOwnChanges} then checks that it is still there. */
    private <T> T noted(Function<ChangeNumber, T> transaction) {
        ChangeNumber number = new ChangeNumber(changes.newMark());
        T done = transaction.apply(number);
        if (number.taken) {
            changes.noteOwn(number.mark);
        }
        return done;
    }

    /** The number of a change, and its mark. */
    final class ChangeNumber {
        private final long mark;
        private boolean taken;

        ChangeNumber(long mark) {
            this.mark = mark;
        }

        /** Begins an attempt: a transaction that is retried has not taken a number yet. */
        void begin() {
            taken = false;
        }

        /**
         * Takes the next number. Must be the last statement before the commit: the counter's row is the last lock that a
         * transaction takes, so no transaction waits for another lock while it holds the counter.
         */
        void take(Connection connection, Change change) throws SQLException {
            Sql.update(
                    connection,
                    database.sql(
                            "UPDATE ${p}change_counter SET change_number = change_number + 1, mark = ? WHERE id = 1"),
                    statement -> statement.setLong(1, mark));
            Sql.update(
                    connection,
                    database.sql("INSERT INTO ${p}changes (change_number, mark, token_id, tenant_id, user_id)"
                            + " VALUES ((SELECT change_number FROM ${p}change_counter WHERE id = 1), ?, ?, ?, ?)"),
                    statement -> {
                        statement.setLong(1, mark);
                        statement.setString(2, change instanceof Change.OfToken one ? one.tokenId() : null);
                        statement.setString(3, change instanceof Change.OfTenant tenant ? tenant.tenantId() : null);
                        statement.setString(4, change instanceof Change.OfUser user ? user.userId() : null);
                    });
            taken = true;
        }
    }
}
