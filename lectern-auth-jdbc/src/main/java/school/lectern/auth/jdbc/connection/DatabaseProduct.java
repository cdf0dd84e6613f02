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
 * Where databases differ.
 *
 * @param product what the driver calls the database
 * @param nowMillis an expression of the database's clock, in milliseconds since the epoch, which is the same in sessions of
 *     every time zone: a difference between local times is not. Null in a session that has a time of its own
 * @param names how tables are named
 * @param checks what has to be true of the database and its sessions
 * @param beforeCommit what a commit needs to be durable
 * @param begin the first statement of each transaction, which sets its isolation, and what else holds for this transaction alone;
 *     null where the isolation is set by the driver
 * @param takesArrays whether many rows are inserted faster by one statement, with an array for each column, than as a batch
 * @param tracksTransactions whether the driver knows of a transaction that was begun by a statement, and changes nothing of a
 *     connection in one; where it does not know, the checks of each look-up ask the server
 * @param embedded whether it may run in this process: then it waits for locks by a time of its own
 * @param patient a query that says whether the driver waits for a silent server for ever, whatever it is told; null if it
 *     never does
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

    /** A condition that has to be true, and the message where it is not: the problem, the rule, and the way out. */
    public record Required(String condition, String message) {}

    /**
     * What has to be true, by when it is checked. Whatever an administrator or another user of a pooled connection can change later
     * is checked more than once.
     *
     * @param ofEachLookup of the server and session that a token is read from; part of the statement that reads it. The change
     *     number is read under these, too
     * @param ofEachPoll of the server and session that the change number is read from; part of the statement that reads it
     * @param ofEachTransaction of the session that changes something, before its commit
     * @param atOpen of the database, before anything is kept in it
     * @param ofTables of the tables, which are made as the database is set at that time; ${p} stands for their prefix
     */
    public record Checks(
            List<Required> ofEachLookup,
            List<Required> ofEachPoll,
            List<Required> ofEachTransaction,
            List<Required> atOpen,
            List<Required> ofTables) {}

    /**
     * How tables are named in statements: with their schema, since the sessions of a pool may look for tables elsewhere.
     *
     * @param schema a query for the schema that the tables are in; ${p} stands for their prefix
     * @param makesIn a query for the schema that new tables are made in
     * @param quote the character around a name
     */
    public record Names(String schema, String makesIn, String quote) {}

    /** A statement before each commit, and a query that says whether a database with its settings needs it. */
    public record Durability(String needed, String statement) {}

    static final String IN_TRANSACTION =
            "the DataSource lends connections with an open transaction, which sees the past:"
                    + " end transactions before connections go back to the pool";

    static final Required GALERA = new Required(
            "CAST(@@wsrep_on AS CHAR) IN ('0', 'OFF')",
            "MariaDB's server is a node of a Galera cluster (wsrep_on), whose nodes do not wait for each other's locks, so that"
                    + " limits and unique names would not hold: use one node for all processes, and declare it by"
                    + " JdbcStorage.builder(...).galeraWithOneWriter()");

    /** What a session is told by SET timestamp moves all functions of time but SYSDATE, which is local: that one gives it away. */
    static final Required OWN_TIME = new Required(
            "ABS(TIMESTAMPDIFF(SECOND, NOW(), SYSDATE())) < 60",
            "MariaDB's session has a time of its own, so that limits and the audit log would go by it: run"
                    + " SET timestamp = DEFAULT before connections go back to the pool");

    /** This dialect for a Galera cluster of which all processes use one node. */
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
     * Looks at the settings that could lose what is kept, or take one text for another; this dialect, with what a commit
     * needs under these.
     *
     * @throws StorageException if one is not as it has to be
     */
    public DatabaseProduct forConnection(Connection connection) throws SQLException {
        if (connection.isReadOnly()) {
            throw new StorageException("the DataSource lends read-only connections, by which no change can be made:"
                    + " take readOnly out of the pool's settings, or use a pool of the primary");
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
     * Checks the tables with the given prefix.
     *
     * @throws StorageException if they are not as they have to be
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

    /** What has to be true whenever the number of changes is read. */
    public List<Required> requiredOfPolls() {
        List<Required> all = new ArrayList<>(checks.ofEachLookup());
        all.addAll(checks.ofEachPoll());
        return List.copyOf(all);
    }

    /** An expression that is 0 if all conditions are true, and otherwise the place of the first that is not, counted from 1. */
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
     * @throws StorageException if it is not 0, with what to do; its cause counts as an outage, since
     *     another connection or a later moment may be better
     */
    public static void requireNone(List<Required> all, int broken) {
        if (broken != 0) {
            throw new StorageException(
                    all.get(broken - 1).message(), new SQLException("the server or the session is refused", "55000"));
        }
    }

    /**
     * Reads the value of {@link #nowMillis}.
     *
     * @throws StorageException if it is null; its cause counts as an outage
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
        return Database.query(connection, query, none -> {}, row -> row.getBoolean(1))
                .equals(List.of(true));
    }

    /** The name as statements have it, whatever characters it has. */
    public String quoted(String name) {
        return names.quote() + name.replace(names.quote(), names.quote() + names.quote()) + names.quote();
    }

    /** Whether a call by such a connection may wait for ever where its server has stopped answering. */
    public boolean ignoresTimeouts(Connection connection) throws SQLException {
        return patient != null && isTrue(connection, patient);
    }

    /**
     * Checks that no transaction is open.
     *
     * @throws SQLException if the driver knows that the connection is in a transaction already
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

    /** Whether {@link #begin} sets the isolation of a transaction; otherwise the driver sets that of the session. */
    public boolean setsIsolation() {
        return begin != null;
    }

    /** To be called at the beginning of each transaction. */
    public void begin(Connection connection) throws SQLException {
        if (begin != null) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(begin);
            }
        }
    }

    /** To be called before a change is committed. */
    public void checkSession(Connection connection) throws SQLException {
        check(connection, checks.ofEachTransaction());
    }

    /** To be called after a read whose statement does not check the server and the session itself. */
    public void checkLookup(Connection connection) throws SQLException {
        check(connection, checks.ofEachLookup());
    }

    private static void check(Connection connection, List<Required> all) throws SQLException {
        if (!all.isEmpty()) {
            int broken = Database.query(connection, "SELECT " + firstBroken(all), none -> {}, row -> row.getInt(1))
                    .get(0);
            requireNone(all, broken);
        }
    }

    /** To be called before each commit. */
    public void makeDurable(Connection connection) throws SQLException {
        for (Durability durability : beforeCommit) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(durability.statement());
            }
        }
    }
}
