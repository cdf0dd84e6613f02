package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.StorageException;

/**
 * The differences between databases.
 *
 * @param product the product name that the driver reports
 * @param nowMillis an SQL expression for the database's clock, in milliseconds since the epoch. It does not depend on the
 *     session's time zone, as a difference between local times would. Its value is null in a session whose time was set to a
 *     fixed value
 * @param names the naming of tables in statements
 * @param checks the requirements on the database and its sessions
 * @param beforeCommit the statements that make a commit durable
 * @param begin the first statement of each transaction, which sets its isolation and other settings of this transaction alone;
 *     null if the driver sets the isolation
 * @param takesArrays whether many rows are inserted faster by one statement with an array for each column than by a batch
 * @param tracksTransactions whether the driver detects a transaction that was begun by a statement, and rejects changes of the
 *     connection's properties in it; if it does not detect it, the checks of each look-up query the server
 * @param embedded whether the database may run in this process: then its lock timeout must be set
 * @param patient a query for whether the driver waits indefinitely for a server that has stopped responding, despite its
 *     timeouts; null if it never does
 */
public record DatabaseProduct(
        String product,
        String nowMillis,
        Names names,
        Checks checks,
        List<Durability> beforeCommit,
        @Nullable String begin,
        boolean takesArrays,
        boolean tracksTransactions,
        boolean embedded,
        @Nullable String patient) {

    /**
     * A requirement on the database or a session.
     *
     * @param condition an SQL condition that must be true
     * @param message the text of the exception if it is not true: the problem, the rule, and the way out
     */
    public record Required(String condition, String message) {}

    /**
     * The requirements, by the time at which they are checked. Settings that an administrator or another user of a pooled
     * connection can change later are checked more than once.
     *
     * @param ofEachLookup requirements on the server and the session that a token is read from; part of the statement that
     *     reads it. They are also checked when the change number is read
     * @param ofEachPoll further requirements on the server and the session that the change number is read from; part of the
     *     statement that reads it
     * @param ofEachTransaction requirements on a session that changes rows, checked before the commit
     * @param atOpen requirements on the database, checked before data is stored in it
     * @param ofTables requirements on the tables, whose properties depend on the database's settings when they were created;
     *     ${p} stands for the tables' prefix
     */
    public record Checks(
            List<Required> ofEachLookup,
            List<Required> ofEachPoll,
            List<Required> ofEachTransaction,
            List<Required> atOpen,
            List<Required> ofTables) {}

    /**
     * The naming of tables in statements. Table names include their schema, since the sessions of a pool may have another
     * default schema.
     *
     * @param schema a query for the schema of the tables; ${p} stands for their prefix
     * @param makesIn a query for the schema in which new tables are created
     * @param quote the quotation character of names
     */
    public record Names(String schema, String makesIn, String quote) {}

    /**
     * A statement that is executed before each commit, if the database needs it.
     *
     * @param needed a query for whether the database, with its version and settings, needs the statement
     * @param statement the statement
     */
    public record Durability(String needed, String statement) {}

    static final String IN_TRANSACTION =
            "the DataSource supplies connections with an open transaction, which may read outdated rows:"
                    + " end transactions before connections go back to the pool";

    static final Required GALERA = new Required(
            "CAST(@@wsrep_on AS CHAR) IN ('0', 'OFF')",
            "MariaDB's server is a node of a Galera cluster (wsrep_on), whose nodes do not wait for each other's locks, so that"
                    + " limits and unique names would not be enforced: use one node for all processes, and declare that with"
                    + " JdbcStorage.builder(...).galeraWithOneWriter()");

    /**
     * SET timestamp changes all time functions of a session except SYSDATE, which returns local time: so their difference shows
     * it.
     */
    static final Required OWN_TIME = new Required(
            "ABS(TIMESTAMPDIFF(SECOND, NOW(), SYSDATE())) < 60",
            "MariaDB's session has a fixed time (SET timestamp), which limits and the audit log would use: run"
                    + " SET timestamp = DEFAULT before connections go back to the pool");

    /** {@return this product for a Galera cluster in which all processes use the same node} */
    public DatabaseProduct withOneGaleraWriter() {
        List<Required> polled = new ArrayList<>(checks.ofEachPoll());
        polled.remove(GALERA);
        return with(
                new Checks(
                        checks.ofEachLookup(),
                        List.copyOf(polled),
                        checks.ofEachTransaction(),
                        checks.atOpen(),
                        checks.ofTables()),
                beforeCommit);
    }

    /**
     * {@return this product with one more requirement of each look-up and poll}
     *
     * @param connection a connection to the database
     * @param additional the requirement
     * @throws StorageException if the requirement is not met
     * @throws SQLException if the query fails
     */
    public DatabaseProduct withCheckOfEachLookup(Connection connection, Required additional) throws SQLException {
        require(connection, List.of(additional), "");
        List<Required> lookups = new ArrayList<>(checks.ofEachLookup());
        lookups.add(additional);
        return with(
                new Checks(
                        List.copyOf(lookups),
                        checks.ofEachPoll(),
                        checks.ofEachTransaction(),
                        checks.atOpen(),
                        checks.ofTables()),
                beforeCommit);
    }

    private DatabaseProduct with(Checks otherChecks, List<Durability> otherCommits) {
        return new DatabaseProduct(
                product,
                nowMillis,
                names,
                otherChecks,
                otherCommits,
                begin,
                takesArrays,
                tracksTransactions,
                embedded,
                patient);
    }

    /**
     * Checks the requirements on the database and the session: with other settings, data could be lost, or different texts
     * could be considered equal.
     *
     * @param connection a connection to the database
     * @return this product, with only those statements before commits that this database needs
     * @throws StorageException if a requirement is not met
     * @throws SQLException if a query fails
     */
    public DatabaseProduct forConnection(Connection connection) throws SQLException {
        if (connection.isReadOnly()) {
            throw new StorageException("the DataSource supplies read-only connections, on which no change can be made:"
                    + " turn off readOnly in the pool's settings, or use a pool of the primary");
        }
        for (List<Required> all :
                List.of(checks.ofEachLookup(), checks.ofEachPoll(), checks.ofEachTransaction(), checks.atOpen())) {
            require(connection, all, "");
        }
        List<Durability> needed = new ArrayList<>();
        for (Durability durability : beforeCommit) {
            if (isTrue(connection, durability.needed())) {
                needed.add(durability);
            }
        }
        return with(checks, List.copyOf(needed));
    }

    /**
     * Checks the requirements on the tables.
     *
     * @param connection a connection to the database
     * @param prefix the tables' prefix
     * @throws StorageException if a requirement is not met
     * @throws SQLException if a query fails
     */
    public void checkTables(Connection connection, String prefix) throws SQLException {
        require(connection, checks.ofTables(), prefix);
    }

    private static void require(Connection connection, List<Required> all, String prefix) throws SQLException {
        for (Required each : all) {
            if (!holds(connection, each.condition().replace("${p}", prefix))) {
                throw new StorageException(each.message());
            }
        }
    }

    /** {@return the requirements that are checked whenever the change number is read} */
    public List<Required> requiredOfPolls() {
        List<Required> all = new ArrayList<>(checks.ofEachLookup());
        all.addAll(checks.ofEachPoll());
        return List.copyOf(all);
    }

    /**
     * {@return an SQL expression for the position, from 1, of the first requirement that is not met, or 0 if all are met}
     *
     * @param all the requirements
     */
    public static String firstBroken(List<Required> all) {
        if (all.isEmpty()) {
            return "0";
        }
        StringBuilder code = new StringBuilder("CASE");
        for (int i = 0; i < all.size(); i++) {
            code.append(" WHEN (")
                    .append(all.get(i).condition())
                    .append(") IS NOT TRUE THEN ")
                    .append(i + 1);
        }
        return code.append(" ELSE 0 END").toString();
    }

    /**
     * Checks the value of {@link #firstBroken}.
     *
     * @param all the requirements
     * @param broken the value
     * @throws StorageException if the value is not 0, with the requirement's message. Its cause counts as an outage, since the
     *     requirement may be met by another connection or at a later time
     */
    public static void requireNone(List<Required> all, int broken) {
        if (broken != 0) {
            throw new StorageException(
                    all.get(broken - 1).message(), new SQLException("the server or the session was rejected", "55000"));
        }
    }

    /**
     * Reads the value of {@link #nowMillis}.
     *
     * @param row the result, positioned at its row
     * @param column the index of the value's column, from 1
     * @return the time, in milliseconds since the epoch
     * @throws StorageException if the value is null; its cause counts as an outage
     * @throws SQLException if the value cannot be read
     */
    public static long readTime(ResultSet row, int column) throws SQLException {
        long time = row.getLong(column);
        if (row.wasNull()) {
            requireNone(List.of(OWN_TIME), 1);
        }
        return time;
    }

    static boolean holds(Connection connection, String condition) throws SQLException {
        return isTrue(connection, "SELECT " + condition);
    }

    private static boolean isTrue(Connection connection, String query) throws SQLException {
        return Sql.query(connection, query, none -> {}, row -> row.getBoolean(1))
                .equals(List.of(true));
    }

    /**
     * {@return the name, quoted for a statement}
     *
     * @param name the name, which may contain any characters
     */
    public String quoted(String name) {
        return names.quote() + name.replace(names.quote(), names.quote() + names.quote()) + names.quote();
    }

    /**
     * {@return whether a call on such a connection may wait indefinitely if its server has stopped responding}
     *
     * @param connection a connection to the database
     * @throws SQLException if the query fails
     */
    public boolean ignoresTimeouts(Connection connection) throws SQLException {
        return patient != null && isTrue(connection, patient);
    }

    /**
     * Checks that no transaction is open, if the driver can detect that.
     *
     * @param connection the connection
     * @throws SQLException if the driver reports that the connection is in a transaction
     */
    public void requireNoTransaction(Connection connection) throws SQLException {
        if (tracksTransactions) {
            try {
                connection.setReadOnly(connection.isReadOnly());
            } catch (SQLException open) {
                throw new SQLException(IN_TRANSACTION, "25001", open);
            }
        }
    }

    /**
     * {@return whether {@link #begin} sets the isolation of a transaction; if not, the driver sets the isolation of the
     * session}
     */
    public boolean setsIsolation() {
        return begin != null;
    }

    /**
     * Executes the first statement of a transaction, if the database needs one. Must be called at the beginning of each
     * transaction.
     *
     * @param connection the connection
     * @throws SQLException if the statement fails
     */
    public void begin(Connection connection) throws SQLException {
        if (begin != null) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(begin);
            }
        }
    }

    /**
     * Checks the requirements on a session that changes rows. Must be called before a change is committed.
     *
     * @param connection the connection
     * @throws StorageException if a requirement is not met
     * @throws SQLException if the query fails
     */
    public void checkSession(Connection connection) throws SQLException {
        check(connection, checks.ofEachTransaction());
    }

    /**
     * Checks the requirements of a look-up. Must be called after a read whose statement does not include these checks.
     *
     * @param connection the connection of the read
     * @throws StorageException if a requirement is not met
     * @throws SQLException if the query fails
     */
    public void checkLookup(Connection connection) throws SQLException {
        check(connection, checks.ofEachLookup());
    }

    private static void check(Connection connection, List<Required> all) throws SQLException {
        if (!all.isEmpty()) {
            int broken = Sql.query(connection, "SELECT " + firstBroken(all), none -> {}, row -> row.getInt(1))
                    .get(0);
            requireNone(all, broken);
        }
    }

    /**
     * Executes the statements that make a commit durable. Must be called before each commit.
     *
     * @param connection the connection
     * @throws SQLException if a statement fails
     */
    public void makeDurable(Connection connection) throws SQLException {
        for (Durability durability : beforeCommit) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(durability.statement());
            }
        }
    }
}
