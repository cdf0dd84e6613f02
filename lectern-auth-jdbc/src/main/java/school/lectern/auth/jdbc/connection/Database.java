package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.spi.StorageException;

/**
 * Runs statements and transactions. Each uses one connection, which is released in the state in which it was acquired. Reads
 * are single statements under autocommit; writes are transactions under READ COMMITTED.
 */
public final class Database {

    private static final Logger log = LoggerFactory.getLogger(Database.class);

    /** The maximum number of attempts: a transaction that conflicted with another one was rolled back, so it can be retried. */
    private static final int ATTEMPTS = 5;

    private static final Duration WRITE_DEADLINE = Duration.ofSeconds(5);

    /** The time for a change of all tokens of a group, which may have a million tokens. */
    public static final Duration BULK_DEADLINE = Duration.ofMinutes(5);

    private final ConnectionSource borrowing;
    private final @Nullable DeadlineExecutor aside;
    private final @Nullable DeadlineExecutor changing;
    private final DatabaseProduct dialect;
    private final String tables;

    /**
     * Creates the access to a database.
     *
     * @param borrowing the source of connections
     * @param aside the threads for operations that requests wait for; null if the driver supports timeouts, so that the
     *     caller's thread can be used
     * @param changing the threads for transactions that take longer; null if the driver supports timeouts
     * @param dialect the database product
     * @param tables the start of each table name in statements: the schema and the prefix of the tables
     */
    public Database(
            ConnectionSource borrowing,
            @Nullable DeadlineExecutor aside,
            @Nullable DeadlineExecutor changing,
            DatabaseProduct dialect,
            String tables) {
        this.borrowing = borrowing;
        this.aside = aside;
        this.changing = changing;
        this.dialect = dialect;
        this.tables = tables;
    }

    /**
     * The statements of a transaction.
     *
     * @param <T> the type of the result
     */
    public interface Work<T> {
        /**
         * Executes the statements.
         *
         * @param connection the connection, in a transaction
         * @return the result
         * @throws SQLException if a statement fails
         */
        T with(Connection connection) throws SQLException;
    }

    /**
     * The statements of a transaction with a common deadline. Each statement must get its connection from
     * {@link BorrowedConnection#connection}, which sets its timeout to the remaining time.
     *
     * @param <T> the type of the result
     */
    public interface Statements<T> {
        /**
         * Executes the statements.
         *
         * @param loan the connection, in a transaction
         * @return the result
         * @throws SQLException if a statement fails
         */
        T with(BorrowedConnection loan) throws SQLException;
    }

    /** {@return the database product} */
    public DatabaseProduct dialect() {
        return dialect;
    }

    /**
     * {@return the statement with the names of the tables}
     *
     * @param template the statement, with {@code ${p}} in place of the schema and the prefix of a table
     */
    public String sql(String template) {
        return template.replace("${p}", tables);
    }

    /** {@return the deadline of a request that starts to wait for the database now} */
    public Deadline deadline() {
        return borrowing.deadline();
    }

    /**
     * Executes one query under autocommit, with the deadline of a request.
     *
     * @param what the name of the operation, for exception messages
     * @param sql the query
     * @param parameters sets the query's parameters
     * @param row converts each row of the result
     * @param <T> the type that a row is converted to
     * @return the rows
     * @throws StorageException if the query fails
     */
    public <T> List<T> query(String what, String sql, Sql.Parameters parameters, Sql.Row<T> row) {
        return query(what, deadline(), sql, parameters, row);
    }

    /**
     * Executes one query under autocommit.
     *
     * @param what the name of the operation, for exception messages
     * @param end the deadline
     * @param sql the query
     * @param parameters sets the query's parameters
     * @param row converts each row of the result
     * @param <T> the type that a row is converted to
     * @return the rows
     * @throws StorageException if the query fails
     */
    public <T> List<T> query(String what, Deadline end, String sql, Sql.Parameters parameters, Sql.Row<T> row) {
        return inTime(aside, what, end, callerGone -> queryNow(end, sql, parameters, row));
    }

    private <T> List<T> queryNow(Deadline end, String sql, Sql.Parameters parameters, Sql.Row<T> row)
            throws SQLException {
        try (BorrowedConnection loan = borrowing.borrow(end)) {
            List<T> rows = Sql.query(loan.connection(), sql, parameters, row);
            loan.markReusable();
            return rows;
        }
    }

    /**
     * Executes one query under autocommit, with the deadline of a request, and then checks that the server and the session meet
     * the requirements of a look-up: rows of a replica that lags behind its primary are not returned.
     *
     * @param what the name of the operation, for exception messages
     * @param sql the query
     * @param parameters sets the query's parameters
     * @param row converts each row of the result
     * @param <T> the type that a row is converted to
     * @return the rows
     * @throws StorageException if the query fails, or a requirement is not met
     */
    public <T> List<T> checkedQuery(String what, String sql, Sql.Parameters parameters, Sql.Row<T> row) {
        Deadline end = deadline();
        return inTime(aside, what, end, callerGone -> checkedQueryNow(end, sql, parameters, row));
    }

    private <T> List<T> checkedQueryNow(Deadline end, String sql, Sql.Parameters parameters, Sql.Row<T> row)
            throws SQLException {
        try (BorrowedConnection loan = borrowing.borrow(end)) {
            List<T> rows = Sql.query(loan.connection(), sql, parameters, row);
            dialect.checkLookup(loan.connection());
            loan.markReusable();
            return rows;
        }
    }

    /**
     * Executes one statement that changes rows and that a request waits for, under autocommit.
     *
     * @param what the name of the operation, for exception messages
     * @param end the deadline
     * @param sql the statement
     * @param parameters sets the statement's parameters
     * @return the number of changed rows
     * @throws StorageException if the statement fails
     */
    public int update(String what, Deadline end, String sql, Sql.Parameters parameters) {
        return inTime(aside, what, end, callerGone -> updateNow(end, sql, parameters, callerGone));
    }

    private int updateNow(Deadline end, String sql, Sql.Parameters parameters, BooleanSupplier callerGone)
            throws SQLException {
        try (BorrowedConnection loan = borrowing.borrow(end)) {
            requireStillWaiting(callerGone);
            int changed = Sql.update(loan.connection(), sql, parameters);
            loan.markReusable();
            return changed;
        }
    }

    /**
     * Executes one transaction. Its timeouts are longer than those of requests, since it may wait for row locks.
     *
     * @param what the name of the operation, for exception messages
     * @param work the statements, which may be executed again if the transaction conflicted with another one
     * @param <T> the type of the result
     * @return the result of the statements
     * @throws StorageException if the transaction fails
     */
    public <T> T transaction(String what, Work<T> work) {
        // Longer than the transaction's own timeout for row locks, which ends first and gives the reason.
        Deadline most = Deadline.in(WRITE_DEADLINE.plus(deadline().left()));
        return inTime(
                changing,
                what,
                most,
                callerGone -> transaction(
                        Deadline.in(WRITE_DEADLINE), false, loan -> work.with(loan.connection()), callerGone));
    }

    /**
     * The statements of a transaction that changes many rows, which must stop at its deadline.
     *
     * @param <T> the type of the result
     */
    public interface BulkWork<T> {
        /**
         * Executes the statements.
         *
         * @param connection the connection, in a transaction
         * @param end the deadline
         * @return the result
         * @throws SQLException if a statement fails
         */
        T with(Connection connection, Deadline end) throws SQLException;
    }

    /**
     * Executes one transaction that changes many rows. Each of its statements has the timeout of an ordinary transaction; the
     * whole has {@link #BULK_DEADLINE}.
     *
     * @param what the name of the operation, for exception messages
     * @param work the statements, which may be executed again if the transaction conflicted with another one
     * @param <T> the type of the result
     * @return the result of the statements
     * @throws StorageException if the transaction fails
     */
    public <T> T bulk(String what, BulkWork<T> work) {
        Deadline end = Deadline.in(BULK_DEADLINE);
        return inTime(
                changing,
                what,
                end,
                callerGone -> transaction(end, false, loan -> work.with(loan.connection(), end), callerGone));
    }

    /**
     * Executes one transaction that a request waits for.
     *
     * @param what the name of the operation, for exception messages
     * @param end the common deadline of all statements
     * @param work the statements, which may be executed again if the transaction conflicted with another one
     * @param <T> the type of the result
     * @return the result of the statements
     * @throws StorageException if the transaction fails
     */
    public <T> T requestTransaction(String what, Deadline end, Statements<T> work) {
        return inTime(aside, what, end, callerGone -> transaction(end, true, work, callerGone));
    }

    private static <T> T inTime(
            @Nullable DeadlineExecutor threads, String what, Deadline end, DeadlineExecutor.Work<T> work) {
        try {
            return threads == null
                    ? work.run(() -> false)
                    : threads.inTime(end.left().plus(Deadline.LEAST), work, unwanted -> {});
        } catch (SQLException failed) {
            String message = what + " failed";
            SQLException why = RedactedSqlException.of(failed);
            throw SqlFailure.of(failed).changedNothing()
                    ? StorageException.changedNothing(message, why)
                    : new StorageException(message, why);
        }
    }

    private <T> T transaction(Deadline end, boolean together, Statements<T> work, BooleanSupplier callerGone)
            throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try (BorrowedConnection loan = borrowing.borrow(together ? end : Deadline.in(WRITE_DEADLINE))) {
                if (together) {
                    loan.waitUntil(end);
                }
                return committed(loan, together, work, callerGone);
            } catch (SQLException failed) {
                if (SqlFailure.of(failed) != SqlFailure.SERIALIZATION_FAILURE || end.isOver() || attempt == ATTEMPTS) {
                    throw failed;
                }
            }
        }
    }

    private <T> T committed(BorrowedConnection loan, boolean together, Statements<T> work, BooleanSupplier callerGone)
            throws SQLException {
        boolean byDriver = !dialect.setsIsolation();
        int isolation = byDriver ? loan.isolationBefore() : Connection.TRANSACTION_READ_COMMITTED;
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            loan.connection().setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        loan.connection().setAutoCommit(false);
        T result;
        try {
            dialect.begin(loan.connection());
            result = work.with(loan);
            if (!together) {
                dialect.checkSession(loan.connection());
            }
            dialect.makeDurable(loan.connection());
            requireStillWaiting(callerGone);
            loan.connection().commit();
        } catch (SQLException | RuntimeException | Error failed) {
            if (rollBack(loan, failed)) {
                restore(loan, isolation);
            }
            throw failed;
        }
        restore(loan, isolation);
        return result;
    }

    private static void requireStillWaiting(BooleanSupplier callerGone) throws SQLException {
        if (callerGone.getAsBoolean()) {
            throw new SQLTransientConnectionException("the caller has stopped waiting");
        }
    }

    /**
     * Rolls back, and adds a failure of that to the given one. Aborts the connection if it cannot roll back: to switch
     * autocommit on would commit the statements that were executed.
     */
    private static boolean rollBack(BorrowedConnection loan, Throwable why) {
        try {
            loan.connection().rollback();
            return true;
        } catch (SQLException failedAgain) {
            why.addSuppressed(failedAgain);
            try {
                loan.abort();
            } catch (SQLException gone) {
                why.addSuppressed(gone);
            }
            return false;
        }
    }

    /** Restores the connection's state after a transaction. A failure is only logged: a commit stays effective. */
    private static void restore(BorrowedConnection loan, int isolation) {
        try {
            loan.connection().setAutoCommit(true);
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                loan.connection().setTransactionIsolation(isolation);
            }
            loan.markReusable();
        } catch (SQLException broken) {
            log.debug("a connection broke after its transaction", RedactedSqlException.of(broken));
        }
    }
}
