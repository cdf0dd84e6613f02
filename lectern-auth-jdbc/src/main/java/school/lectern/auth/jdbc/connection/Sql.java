package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Runs single statements on a connection, and writes lists into statements. Its methods are safe for use by many threads. */
public final class Sql {

    private Sql() {}

    /** Sets the parameters of a statement. */
    public interface Parameters {
        /**
         * Sets the parameters.
         *
         * @param statement the statement
         * @throws SQLException if the driver rejects a parameter
         */
        void set(PreparedStatement statement) throws SQLException;
    }

    /**
     * Converts the current row of a result.
     *
     * @param <T> the type that a row is converted to
     */
    public interface Row<T> {
        /**
         * Converts the current row.
         *
         * @param result the result, positioned at the row
         * @return the converted row
         * @throws SQLException if the row cannot be read
         */
        T read(ResultSet result) throws SQLException;
    }

    /**
     * Executes one query on a connection, which may be in a transaction.
     *
     * @param connection the connection
     * @param sql the query
     * @param parameters sets the query's parameters
     * @param row converts each row of the result
     * @param <T> the type that a row is converted to
     * @return the rows
     * @throws SQLException if the query fails
     */
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

    /**
     * {@return a time in milliseconds since the epoch, rounded up} Stored times have whole milliseconds, so a bound between two
     * milliseconds is equivalent to the later one.
     *
     * @param bound the time
     */
    public static long nextMilli(Instant bound) {
        return bound.plusNanos(999_999).toEpochMilli();
    }

    /**
     * {@return the list, split into portions}
     *
     * @param all the list
     * @param atOnce the maximum size of a portion
     * @param <T> the type of the elements
     */
    public static <T> List<List<T>> portions(List<T> all, int atOnce) {
        List<List<T>> portions = new ArrayList<>();
        for (int from = 0; from < all.size(); from += atOnce) {
            portions.add(all.subList(from, Math.min(all.size(), from + atOnce)));
        }
        return portions;
    }

    /**
     * {@return parameter marks, separated by commas, for a list in a statement}
     *
     * @param count the number of parameters, at least 1
     */
    public static String marks(int count) {
        return "?" + ", ?".repeat(count - 1);
    }

    /**
     * Sets consecutive parameters.
     *
     * @param statement the statement
     * @param first the index of the first parameter, from 1
     * @param values the values
     * @throws SQLException if the driver rejects a value
     */
    public static void setAll(PreparedStatement statement, int first, Collection<String> values) throws SQLException {
        int next = first;
        for (String value : values) {
            statement.setString(next++, value);
        }
    }

    /**
     * Sets consecutive parameters.
     *
     * @param statement the statement
     * @param first the index of the first parameter, from 1
     * @param values the values
     * @throws SQLException if the driver rejects a value
     */
    public static void setAll(PreparedStatement statement, int first, long[] values) throws SQLException {
        int next = first;
        for (long value : values) {
            statement.setLong(next++, value);
        }
    }

    /**
     * Executes one statement that changes rows, on a connection that may be in a transaction.
     *
     * @param connection the connection
     * @param sql the statement
     * @param parameters sets the statement's parameters
     * @return the number of changed rows
     * @throws SQLException if the statement fails
     */
    public static int update(Connection connection, String sql, Parameters parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            parameters.set(statement);
            return statement.executeUpdate();
        }
    }
}
