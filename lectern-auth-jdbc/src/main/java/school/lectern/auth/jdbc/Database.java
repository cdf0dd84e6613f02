package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import school.lectern.auth.spi.StorageException;

/**
 * Borrows connections, one at a time, and gives them back as they came. Reads are single statements under autocommit; writes
 * are transactions under READ COMMITTED.
 */
final class Database {

    /** A transaction that lost to another one was rolled back whole, so it can be tried again. */
    private static final int ATTEMPTS = 5;

    private final DataSource dataSource;
    private final SqlDialect dialect;
    private final String prefix;

    Database(DataSource dataSource, SqlDialect dialect, String prefix) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.prefix = prefix;
    }

    /** Something that is done with a connection. */
    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /** Sets the parameters of a statement. */
    interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    /** Reads the row that the result stands on. */
    interface Row<T> {
        T read(ResultSet result) throws SQLException;
    }

    SqlDialect dialect() {
        return dialect;
    }

    /** A statement in which {@code ${p}} stands for the prefix. */
    String sql(String template) {
        return template.replace("${p}", prefix);
    }

    /** One query, under autocommit. */
    <T> List<T> query(String what, String sql, Parameters parameters, Row<T> row) {
        try (Connection connection = borrow()) {
            return query(connection, sql, parameters, row);
        } catch (SQLException failed) {
            throw new StorageException(what + " failed", failed);
        }
    }

    static <T> List<T> query(Connection connection, String sql, Parameters parameters, Row<T> row) throws SQLException {
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

    /** One statement of a transaction; the number of rows that it changed. */
    static int update(Connection connection, String sql, Parameters parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            parameters.set(statement);
            return statement.executeUpdate();
        }
    }

    /** One transaction: all of it, or none. */
    <T> T transaction(String what, Work<T> work) {
        for (int attempt = 1; ; attempt++) {
            try (Connection connection = borrow()) {
                return committed(connection, work);
            } catch (SQLException failed) {
                if (!lostToAnother(failed) || attempt == ATTEMPTS) {
                    throw new StorageException(what + " failed", failed);
                }
            }
        }
    }

    private static <T> T committed(Connection connection, Work<T> work) throws SQLException {
        int isolation = connection.getTransactionIsolation();
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        connection.setAutoCommit(false);
        try {
            T result = work.with(connection);
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException | Error failed) {
            rollBack(connection, failed);
            throw failed;
        } finally {
            connection.setAutoCommit(true);
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolation);
            }
        }
    }

    /** Without hiding why. */
    private static void rollBack(Connection connection, Throwable why) {
        try {
            connection.rollback();
        } catch (SQLException failedAgain) {
            why.addSuppressed(failedAgain);
        }
    }

    /** A connection in somebody else's transaction would see the past, and hold our locks for as long as they please. */
    private Connection borrow() throws SQLException {
        Connection connection = dataSource.getConnection();
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

    /**
     * SQL states of class 40: deadlock, serialization failure; but not 40003, after which nobody knows what was done. H2
     * reports a lock that it waited for too long as HYT00.
     */
    private static boolean lostToAnother(SQLException failed) {
        String state = failed.getSQLState();
        return state != null && ((state.startsWith("40") && !state.equals("40003")) || state.equals("HYT00"));
    }

    /** SQL states of class 23: a key is there already. */
    static boolean isDuplicate(StorageException failed) {
        return failed.getCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && cause.getSQLState().startsWith("23");
    }
}
