package school.lectern.auth.jdbc;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.jdbc.connection.Database;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.StorageException;

/** Revokes the tokens of a tenant or of a user in one transaction, and passes each of them to its observer afterward. */
final class GroupTransactions {

    private static final Logger log = LoggerFactory.getLogger(GroupTransactions.class);

    private final Database database;
    private final NumberedTransactions transactions;
    private final SharedValues shared;
    private final BulkRevocation.Bounds bulk;

    /** @param bulk the bounds of a revocation */
    GroupTransactions(
            Database database, NumberedTransactions transactions, SharedValues shared, BulkRevocation.Bounds bulk) {
        this.database = database;
        this.transactions = transactions;
        this.shared = shared;
        this.bulk = bulk;
    }

    /** Returns the number of tokens that were revoked. */
    long run(GroupRevocation revocation) {
        String what = "revoking a group of tokens";
        List<long[]> revoked = transactions.endManyTokens(what, (connection, number, rows, end) -> {
            List<long[]> numbers = new BulkRevocation(connection, database, revocation, bulk).run(rows, end);
            if (!numbers.isEmpty()) {
                number.take(connection, Change.of(revocation.group()));
            }
            return numbers;
        });
        if (revocation.isObserved()) {
            revoked.forEach(numbers -> observe(revocation, numbers));
        }
        return revoked.stream().mapToLong(numbers -> numbers.length).sum();
    }

    /**
     * Passes revoked tokens to the observer. An unreadable row does not prevent the others from being observed. A failed query
     * is only logged, since the revocation is committed.
     */
    private void observe(GroupRevocation revocation, long[] numbers) {
        try {
            database.query(
                            "reading revoked tokens",
                            database.sql(TokenRow.SELECT + "k.id IN (" + Sql.marks(numbers.length) + ") ORDER BY k.id"),
                            statement -> Sql.setAll(statement, 1, numbers),
                            row -> TokenRow.readForItsEnd(row, shared))
                    .forEach(revocation::revoked);
        } catch (StorageException unreadable) {
            log.warn(
                    "{} tokens were revoked, but could not be read for the listener",
                    numbers.length,
                    RedactedFailure.of(unreadable));
        }
    }
}
