package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection acquired from the DataSource whose calls have a timeout, so that a server that has stopped responding cannot
 * block the caller. On release, the timeouts that the connection had before are restored. A connection whose call ran into the
 * network timeout is broken, and its pool discards it. Used by one thread at a time.
 */
public final class BorrowedConnection implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BorrowedConnection.class);
    private static final int UNSUPPORTED = -1;

    private final ConnectionSource lender;
    private final Connection connection;
    private final long lentAt;
    private final int timeoutBefore;
    private int timeout;
    private final int lockTimeoutBefore;
    private int lockTimeout;
    private @Nullable Integer isolationBefore;
    private boolean unharmed;

    /** The common deadline of all calls; null if each call has the full timeout. */
    private @Nullable Deadline end;

    /**
     * Reads the connection's timeouts. Closes the connection if that fails.
     *
     * @param lender the source that {@link #close} offers the connection to
     * @param connection the connection from the DataSource
     * @param lentAt the time just before the DataSource was asked for it, by {@link System#nanoTime}
     * @param embedded whether the database may run in this process, where no network timeout applies: then the lock timeout is
     *     set too
     * @throws SQLException if the timeouts cannot be read
     */
    public BorrowedConnection(ConnectionSource lender, Connection connection, long lentAt, boolean embedded)
            throws SQLException {
        this.lender = lender;
        this.connection = connection;
        this.lentAt = lentAt;
        try {
            this.timeoutBefore = timeout(connection);
            this.timeout = timeoutBefore;
            this.lockTimeoutBefore = embedded ? lockTimeout(connection) : UNSUPPORTED;
            this.lockTimeout = lockTimeoutBefore;
        } catch (SQLException | RuntimeException broken) {
            connection.close();
            throw broken;
        }
    }

    private static int timeout(Connection connection) throws SQLException {
        try {
            return connection.getNetworkTimeout();
        } catch (SQLFeatureNotSupportedException withoutNetwork) {
            return UNSUPPORTED;
        }
    }

    private static int lockTimeout(Connection connection) throws SQLException {
        return Sql.query(connection, "SELECT LOCK_TIMEOUT()", none -> {}, row -> row.getInt(1))
                .get(0);
    }

    /**
     * Sets the timeout of each following call, and removes the common deadline, if there is one.
     *
     * @param patience the time that each call may take
     * @throws SQLException if the timeout cannot be set
     */
    public void waitFor(Duration patience) throws SQLException {
        unharmed = false;
        end = null;
        setTimeouts(patience);
    }

    /**
     * Sets a common deadline for all following calls.
     *
     * @param deadline the time at which the last call must end
     */
    public void waitUntil(Deadline deadline) {
        end = deadline;
    }

    private void setTimeouts(Duration patience) throws SQLException {
        // Rounded up to whole milliseconds: if no time has passed since the timeout was set, it is not set again.
        int millis = Math.toIntExact(patience.plusNanos(999_999).toMillis());
        if (timeout != UNSUPPORTED && timeout != millis) {
            connection.setNetworkTimeout(Runnable::run, millis);
            timeout = millis;
        }
        if (lockTimeout != UNSUPPORTED) {
            setLockTimeout(millis);
        }
    }

    private void setLockTimeout(int millis) throws SQLException {
        if (lockTimeout != millis) {
            Sql.update(connection, "SET LOCK_TIMEOUT " + millis, none -> {});
            lockTimeout = millis;
        }
    }

    /**
     * {@return the connection} Must be called before each statement: with a common deadline, it sets the statement's timeout to
     * the remaining time.
     *
     * @throws SQLException if the timeout cannot be set
     */
    public Connection connection() throws SQLException {
        if (end != null) {
            setTimeouts(end.left());
        }
        return connection;
    }

    /**
     * {@return the isolation level that the connection had when it was acquired} Drivers may query the server for it, so it is
     * read once, and only for transactions.
     *
     * @throws SQLException if the isolation level cannot be read
     */
    public int isolationBefore() throws SQLException {
        if (isolationBefore == null) {
            Connection asked = connection();
            isolationBefore = H2SessionList.read(asked::getTransactionIsolation);
        }
        return isolationBefore;
    }

    /**
     * Marks the connection as unchanged since it was acquired, after its use has ended without an error. Only then may another
     * caller reuse it.
     */
    public void markReusable() {
        unharmed = true;
    }

    /**
     * Breaks the connection off without waiting for the server.
     *
     * @throws SQLException if the driver fails to
     */
    public void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    /** {@return the time just before the DataSource was asked for the connection, by {@link System#nanoTime}} */
    public long lentAt() {
        return lentAt;
    }

    /** Ends this use: the connection is kept for the next caller if it was marked as reusable, and otherwise released. */
    @Override
    public void close() {
        if (!unharmed || !lender.keep(this)) {
            release();
        }
    }

    /** Restores the original timeouts and returns the connection to the DataSource. */
    public void release() {
        try (connection) {
            if (lockTimeout != lockTimeoutBefore && !connection.isClosed()) {
                setLockTimeout(lockTimeoutBefore);
            }
            if (timeout != timeoutBefore && !connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, timeoutBefore);
            }
        } catch (SQLException broken) {
            log.debug("a connection broke while it was in use", RedactedSqlException.of(broken));
        }
    }
}
