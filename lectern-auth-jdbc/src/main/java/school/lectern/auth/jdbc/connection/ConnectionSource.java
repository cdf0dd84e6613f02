package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.thread.WorkerThreads;

/**
 * Acquires connections from the application's DataSource within a deadline. The DataSource itself may take longer: a pool may
 * be configured to wait for half a minute, and a driver that connects to a server that has stopped responding may wait
 * indefinitely. So a few threads of the library call the DataSource, and a bounded number of callers wait for them.
 *
 * <p>A handover between threads takes longer than a read by key. So a connection that was just used is
 * {@linkplain IdleConnections kept} for a moment, and the next caller gets it immediately.
 */
public final class ConnectionSource implements AutoCloseable {

    private static final int ASK_AT_ONCE = 16;

    private final DataSource source;
    private final Duration deadline;
    private final boolean embedded;
    private final IdleConnections kept;
    private final DatabaseProduct dialect;
    private final DeadlineExecutor asking;
    private final AtomicInteger waiting = new AtomicInteger();

    /**
     * Creates a source for a DataSource.
     *
     * @param source the application's DataSource
     * @param deadline the time that a request may wait for the database
     * @param embedded whether the database may run in this process, where no network timeout applies
     * @param kept the connections that are kept for the next caller; {@link #close} closes them
     * @param dialect the database product, which checks new connections for open transactions
     */
    public ConnectionSource(
            DataSource source, Duration deadline, boolean embedded, IdleConnections kept, DatabaseProduct dialect) {
        this.source = source;
        this.dialect = dialect;
        this.deadline = deadline;
        this.embedded = embedded;
        this.kept = kept;
        this.asking = new DeadlineExecutor("connection", ASK_AT_ONCE);
    }

    /** {@return the deadline of a request that starts to wait for the database now} */
    public Deadline deadline() {
        return Deadline.in(deadline);
    }

    /**
     * Acquires a connection with autocommit on. The timeout of each call on it is the time that is then left until the
     * deadline: so a read ends by its deadline, no matter which component does not respond.
     *
     * @param end the deadline
     * @return the connection, which the caller must close
     * @throws SQLTransientConnectionException if no connection is available by the deadline, or within the time that requests
     *     have if that is shorter. No statement was sent to the database, so the operation can be repeated, whichever exception
     *     and SQL state the pool has thrown
     */
    public BorrowedConnection borrow(Deadline end) throws SQLTransientConnectionException {
        try {
            return lend(end);
        } catch (SQLTransientConnectionException none) {
            throw none;
        } catch (SQLException | RuntimeException | Error none) {
            throw new SQLTransientConnectionException("no connection from the DataSource", none);
        }
    }

    private BorrowedConnection lend(Deadline end) throws SQLException {
        long askedAt = System.nanoTime();
        BorrowedConnection keptLoan = kept.take();
        BorrowedConnection loan =
                keptLoan == null ? new BorrowedConnection(this, connection(end), askedAt, embedded) : keptLoan;
        try {
            loan.waitFor(end.left());
            return loan;
        } catch (SQLException | RuntimeException broken) {
            loan.release();
            throw broken;
        }
    }

    /**
     * Keeps a connection for the next caller, except while callers wait for the DataSource: they may get the connection from
     * there.
     *
     * @param loan the connection, whose use has ended
     * @return whether the connection is kept; if not, the caller must release it
     */
    public boolean keep(BorrowedConnection loan) {
        return waiting.get() == 0 && kept.keep(loan);
    }

    private Connection connection(Deadline end) throws SQLException {
        Duration left = end.left();
        Duration patience = left.compareTo(deadline) < 0 ? left : deadline;
        waiting.incrementAndGet();
        try {
            return asking.inTime(patience, callerGone -> checked(source.getConnection(), dialect), Connection::close);
        } finally {
            waiting.decrementAndGet();
        }
    }

    /**
     * Checks that a connection is in autocommit mode. In a transaction of other code, reads could return outdated rows, and
     * locks would be held until that code ends its transaction.
     *
     * @param connection the connection from the DataSource; null if the DataSource has returned null
     * @return the connection
     * @throws SQLException if the connection is null or its autocommit is off; then it is closed
     */
    public static Connection checked(@Nullable Connection connection) throws SQLException {
        if (connection == null) {
            throw new SQLException("the DataSource returned null in place of a connection");
        }
        try {
            if (connection.getAutoCommit()) {
                return connection;
            }
        } catch (SQLException | RuntimeException unusable) {
            connection.close();
            throw unusable;
        }
        connection.close();
        throw new SQLException("the DataSource supplies connections with autocommit off, and this library needs it on:"
                + " turn it on in the pool's settings");
    }

    /**
     * Checks that a connection is in autocommit mode and in no transaction that was begun by a statement, which the driver's
     * autocommit setting does not show.
     *
     * @param lent the connection from the DataSource; null if the DataSource has returned null
     * @param dialect the database product
     * @return the connection
     * @throws SQLException if the connection is null, its autocommit is off, or a transaction is open; then it is closed
     */
    public static Connection checked(@Nullable Connection lent, DatabaseProduct dialect) throws SQLException {
        Connection connection = checked(lent);
        try {
            dialect.requireNoTransaction(connection);
            return connection;
        } catch (SQLException | RuntimeException unusable) {
            connection.close();
            throw unusable;
        }
    }

    /** {@return the threads that call the DataSource} */
    public WorkerThreads.Pool threads() {
        return asking.threads();
    }

    /** Releases the kept connections. */
    @Override
    public void close() {
        kept.close();
    }
}
