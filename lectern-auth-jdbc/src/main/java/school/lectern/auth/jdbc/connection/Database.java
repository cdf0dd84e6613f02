package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.spi.StorageException;

/**
 * Works with connections, one at a time, and gives them back as they came. Reads are single statements under autocommit; writes
 * are transactions under READ COMMITTED.
 */
public final class Database {

    private static final Logger log = LoggerFactory.getLogger(Database.class);

    /** A transaction that lost to another one was rolled back whole, so it can be tried again. */
    private static final int ATTEMPTS = 5;

    private static final Duration WRITE_DEADLINE = Duration.ofSeconds(5);

    /** For all tokens of a group, of which there may be a million. */
    public static final Duration BULK_DEADLINE = Duration.ofMinutes(5);

    private final ConnectionSource borrowing;
    private final @Nullable DeadlineExecutor aside;
    private final @Nullable DeadlineExecutor changing;
    private final DatabaseProduct dialect;
    private final String tables;

    /**
     * @param aside for what requests wait for; null where the driver can be told how long to wait for its server
     * @param changing for transactions that wait longer; null likewise
     * @param tables what the names of the tables begin with in statements: their schema and their prefix
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

    /** Something that is done with a connection. */
    public interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /** Several statements of one transaction, each of which asks the loan for its connection: so all of them share its time. */
    public interface Statements<T> {
        T with(BorrowedConnection loan) throws SQLException;
    }

    /** Sets the parameters of a statement. */
    public interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    /** Reads the row that the result stands on. */
    public interface Row<T> {
        T read(ResultSet result) throws SQLException;
    }

    public DatabaseProduct dialect() {
        return dialect;
    }

    /** A statement in which {@code ${p}} stands for the schema and the prefix of the tables. */
    public String sql(String template) {
        return template.replace("${p}", tables);
    }

    /** The deadline of what a request waits for, from now on. */
    public Deadline deadline() {
        return borrowing.deadline();
    }

    /** One query, under autocommit. */
    public <T> List<T> query(String what, String sql, Parameters parameters, Row<T> row) {
        return query(what, deadline(), sql, parameters, row);
    }

    public <T> List<T> query(String what, Deadline end, String sql, Parameters parameters, Row<T> row) {
        return inTime(aside, what, end, callerGone -> queryNow(end, sql, parameters, row));
    }

    private <T> List<T> queryNow(Deadline end, String sql, Parameters parameters, Row<T> row) throws SQLException {
        try (BorrowedConnection loan = borrowing.borrow(end)) {
            List<T> rows = query(loan.connection(), sql, parameters, row);
            loan.markReusable();
            return rows;
        }
    }

    /**
     * As {@link #query(String, String, Parameters, Row)}, of a server and a session that are as they have to be for a look-up: a
     * server that lags behind has no rows to give.
     */
    public <T> List<T> checkedQuery(String what, String sql, Parameters parameters, Row<T> row) {
        Deadline end = deadline();
        return inTime(aside, what, end, callerGone -> checkedQueryNow(end, sql, parameters, row));
    }

    private <T> List<T> checkedQueryNow(Deadline end, String sql, Parameters parameters, Row<T> row)
            throws SQLException {
        try (BorrowedConnection loan = borrowing.borrow(end)) {
            List<T> rows = query(loan.connection(), sql, parameters, row);
            dialect.checkLookup(loan.connection());
            loan.markReusable();
            return rows;
        }
    }

    /** One query of a connection, also of one in a transaction. */
    public static <T> List<T> query(Connection connection, String sql, Parameters parameters, Row<T> row)
            throws SQLException {
        return H2SessionList.read(() -> queryOnce(connection, sql, parameters, row));
    }

    private static <T> List<T> queryOnce(Connection connection, String sql, Parameters parameters, Row<T> row)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            parameters.set(statement);
            try (ResultSet result = statement.executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(row.read(result));
                }
                return rows;
            }
        }
    }

    /** One statement that changes something and that a request waits for, under autocommit; the number of rows that it changed. */
    public int update(String what, Deadline end, String sql, Parameters parameters) {
        return inTime(aside, what, end, callerGone -> updateNow(end, sql, parameters, callerGone));
    }

    private int updateNow(Deadline end, String sql, Parameters parameters, BooleanSupplier callerGone)
            throws SQLException {
        try (BorrowedConnection loan = borrowing.borrow(end)) {
            requireStillWaiting(callerGone);
            int changed = update(loan.connection(), sql, parameters);
            loan.markReusable();
            return changed;
        }
    }

    /** Times are kept to the millisecond: a bound between two of them is the later one. */
    public static long nextMilli(Instant bound) {
        return bound.plusNanos(999_999).toEpochMilli();
    }

    /** The list in portions of so many. */
    public static <T> List<List<T>> portions(List<T> all, int atOnce) {
        List<List<T>> portions = new ArrayList<>();
        for (int from = 0; from < all.size(); from += atOnce) {
            portions.add(all.subList(from, Math.min(all.size(), from + atOnce)));
        }
        return portions;
    }

    /** So many parameters, for a list in a statement. */
    public static String marks(int count) {
        return "?" + ", ?".repeat(count - 1);
    }

    public static void setAll(PreparedStatement statement, int first, Collection<String> values) throws SQLException {
        int next = first;
        for (String value : values) {
            statement.setString(next++, value);
        }
    }

    public static void setAll(PreparedStatement statement, int first, long[] values) throws SQLException {
        int next = first;
        for (long value : values) {
            statement.setLong(next++, value);
        }
    }

    /** One statement of a transaction; the number of rows that it changed. */
    public static int update(Connection connection, String sql, Parameters parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            parameters.set(statement);
            return statement.executeUpdate();
        }
    }

    /** One transaction: all of it, or none. Waits longer for the database than requests do: for rows that others hold. */
    public <T> T transaction(String what, Work<T> work) {
        // Its own waiting for rows ends first, and knows why.
        Deadline most = Deadline.in(WRITE_DEADLINE.plus(deadline().left()));
        return inTime(
                changing,
                what,
                most,
                callerGone -> transaction(
                        Deadline.in(WRITE_DEADLINE), false, loan -> work.with(loan.connection()), callerGone));
    }

    /** Something that is done with a connection and for long, and that ends itself when its time is over. */
    public interface BulkWork<T> {
        T with(Connection connection, Deadline end) throws SQLException;
    }

    /** One transaction that changes many rows. Each of its statements has the time that any transaction has. */
    public <T> T bulk(String what, BulkWork<T> work) {
        Deadline end = Deadline.in(BULK_DEADLINE);
        return inTime(
                changing,
                what,
                end,
                callerGone -> transaction(end, false, loan -> work.with(loan.connection(), end), callerGone));
    }

    /** One transaction that a request waits for: the deadline is that of all its statements together. */
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
            throw new SQLTransientConnectionException("nobody waits for it any more");
        }
    }

    /** Without hiding why. A connection that cannot roll back is cut off: to switch autocommit on would commit the half. */
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

    /** What was committed stays committed, also where the connection breaks just now. */
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
