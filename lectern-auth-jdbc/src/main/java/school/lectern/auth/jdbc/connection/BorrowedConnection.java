package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A borrowed connection, which waits for its server no longer than it is told to, also where the server has stopped answering.
 * Goes back with the time that it came with. One that ran out of its time is broken, and its pool drops it. Used by one thread
 * at a time.
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

    /** When all that is done with it has to be over; null if each answer has its own time. */
    private @Nullable Deadline end;

    /**
     * @param lentAt when the DataSource lent it, by {@link System#nanoTime}
     * @param embedded whether there may be no network that could time out: then it is its waiting for locks that is bounded
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
        return Database.query(connection, "SELECT LOCK_TIMEOUT()", none -> {}, row -> row.getInt(1))
                .get(0);
    }

    /** From now on waits so long for each answer of the server. */
    public void waitFor(Duration patience) throws SQLException {
        unharmed = false;
        end = null;
        setTimeouts(patience);
    }

    /** From now on waits for all answers together until then. */
    public void waitUntil(Deadline deadline) {
        end = deadline;
    }

    private void setTimeouts(Duration patience) throws SQLException {
        // Rounded up, so that what was had at once is asked for without setting it anew.
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
            Database.update(connection, "SET LOCK_TIMEOUT " + millis, none -> {});
            lockTimeout = millis;
        }
    }

    /** To be asked for before each statement: where all of them have one end, each waits for what is left until then. */
    public Connection connection() throws SQLException {
        if (end != null) {
            setTimeouts(end.left());
        }
        return connection;
    }

    /** The isolation that it came with. Drivers may ask the server for it, so it is asked for once, and not by reads. */
    public int isolationBefore() throws SQLException {
        if (isolationBefore == null) {
            Connection asked = connection();
            isolationBefore = H2SessionList.read(asked::getTransactionIsolation);
        }
        return isolationBefore;
    }

    /** Says that the connection is as it was lent: what it was used for has ended well. Only then does anybody else get it. */
    public void markReusable() {
        unharmed = true;
    }

    public void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    public long lentAt() {
        return lentAt;
    }

    /** Ends this use of it. */
    @Override
    public void close() {
        if (!unharmed || !lender.keep(this)) {
            release();
        }
    }

    /** To the DataSource. */
    public void release() {
        try (connection) {
            if (lockTimeout != lockTimeoutBefore && !connection.isClosed()) {
                setLockTimeout(lockTimeoutBefore);
            }
            if (timeout != timeoutBefore && !connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, timeoutBefore);
            }
        } catch (SQLException broken) {
            log.debug("a connection broke while it was on loan", RedactedSqlException.of(broken));
        }
    }
}
