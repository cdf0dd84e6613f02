package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A borrowed connection, which waits for its server no longer than it is told to, also where the server has stopped answering.
 * Goes back with the time that it came with. One that ran out of its time is broken, and its pool drops it.
 */
final class Loan implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Loan.class);
    private static final int UNSUPPORTED = -1;

    private final Connection connection;
    private final int timeoutBefore;

    Loan(Connection connection, Duration deadline) throws SQLException {
        this.connection = connection;
        try {
            this.timeoutBefore = limit(connection, deadline);
        } catch (SQLException | RuntimeException broken) {
            connection.close();
            throw broken;
        }
    }

    private static int limit(Connection connection, Duration deadline) throws SQLException {
        try {
            int before = connection.getNetworkTimeout();
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(deadline.toMillis()));
            return before;
        } catch (SQLFeatureNotSupportedException withoutNetwork) {
            return UNSUPPORTED;
        }
    }

    Connection connection() {
        return connection;
    }

    @Override
    public void close() throws SQLException {
        try (connection) {
            if (timeoutBefore != UNSUPPORTED && !connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, timeoutBefore);
            }
        } catch (SQLException broken) {
            log.debug("a connection broke while it was on loan", broken);
        }
    }
}
