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
 * Borrows connections from the application's DataSource, and waits for them no longer than the deadline: a pool may be told to
 * wait for half a minute, and a driver that connects to a server which has stopped answering waits for ever. So threads of the
 * library's own do the asking, of which there are a few, and a bounded number of callers wait for those.
 *
 * <p>To be woken by another thread takes longer than a read by a key. So a connection that was just used is
 * {@linkplain IdleConnections kept} for a moment, and the next caller has it at once.
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

    public ConnectionSource(
            DataSource source, Duration deadline, boolean embedded, IdleConnections kept, DatabaseProduct dialect) {
        this.source = source;
        this.dialect = dialect;
        this.deadline = deadline;
        this.embedded = embedded;
        this.kept = kept;
        this.asking = new DeadlineExecutor("connection", ASK_AT_ONCE);
    }

    /** The deadline of what a request waits for, from now on. */
    public Deadline deadline() {
        return Deadline.in(deadline);
    }

    /**
     * A connection with autocommit on, which then waits for each answer of the database for as long as is left: so a read takes
     * no longer than its deadline, whatever it is that does not answer.
     *
     * @throws SQLTransientConnectionException if there is none by then, or within the time that requests have. Nothing was sent to
     *     the database, so whatever it was for can be repeated, whichever exception and SQL state the pool has for it
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

    /** Keeps a connection for the next caller; not while others wait for the DataSource, which they may get it from. */
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

    /** A connection in somebody else's transaction would see the past, and hold our locks for as long as they please. */
    public static Connection checked(@Nullable Connection connection) throws SQLException {
        if (connection == null) {
            throw new SQLException("the DataSource lends nothing");
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
        throw new SQLException("the DataSource lends connections with autocommit off; this library needs it on");
    }

    /** Also in a transaction that was begun by a statement, of which the driver's setting of autocommit does not tell. */
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

    /** The threads that ask the DataSource. */
    public WorkerThreads.Pool threads() {
        return asking.threads();
    }

    /** Gives back what is kept. */
    @Override
    public void close() {
        kept.close();
    }
}
