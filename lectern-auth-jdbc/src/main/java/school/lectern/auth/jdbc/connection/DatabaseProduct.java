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

    private static final String READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";

    private static final String READS_UNCOMMITTED = "the DataSource lends connections that read what is not committed:"
            + " set their isolation to READ COMMITTED or higher";

    private static final String IN_TRANSACTION =
            "the DataSource lends connections with an open transaction, which sees the past:"
                    + " end transactions before connections go back to the pool";

    private static final Required EMPTY_IS_NO_NULL = new Required(
            "'' IS NOT NULL",
            "the database takes '' for NULL, so that an empty text would be none: use a mode or sql_mode that tells them apart");

    /**
     * Unless told otherwise, H2 acknowledges a commit up to half a second before it writes it. It forgets that it was told
     * whenever the last connection is closed, and it is told otherwise by each new connection whose URL says so.
     *
     * <p>Version 2.5.252 writes into the file's header where the last chunk but one is, so that after it was killed it may not
     * find the last. It does find what stands at the end of the file, where a chunk goes as long as no older one is written over.
     * What comes after it is not trusted until it was tried.
     */
    public static final DatabaseProduct H2 = new DatabaseProduct(
            "H2",
            "CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000) AS BIGINT)",
            new Names("SELECT CURRENT_SCHEMA", "SELECT CURRENT_SCHEMA", "\""),
            new Checks(
                    List.of(
                            new Required(
                                    "NOT READONLY()",
                                    "H2's database is read-only, and no change can be made in it: take ACCESS_MODE_DATA out of"
                                            + " the URL, or make the file writable"),
                            new Required(
                                    "(SELECT ISOLATION_LEVEL <> 'READ UNCOMMITTED' FROM INFORMATION_SCHEMA.SESSIONS"
                                            + " WHERE SESSION_ID = SESSION_ID())",
                                    READS_UNCOMMITTED)),
                    List.of(
                            new Required(
                                    "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = 'MODE'"
                                            + " AND UPPER(SETTING_VALUE) NOT IN ('REGULAR', 'LEGACY', 'POSTGRESQL', 'MYSQL',"
                                            + " 'MARIADB'))",
                                    "H2's MODE has to be REGULAR, LEGACY, PostgreSQL, MySQL or MariaDB, since statements fail or"
                                            + " mean something else in other modes: take MODE out of the URL, or set one of these"),
                            new Required(
                                    "LOCK_MODE() = 3",
                                    "H2's LOCK_MODE has to be 3: take it out of the URL, and run SET LOCK_MODE 3")),
                    List.of(),
                    List.of(
                            new Required(
                                    "(SELECT IS_ADMIN FROM INFORMATION_SCHEMA.USERS WHERE USER_NAME = CURRENT_USER)",
                                    "H2's user needs the right ADMIN: without it, WRITE_DELAY cannot be set to 0, and commits"
                                            + " would be acknowledged before they are written"),
                            new Required(
                                    "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS"
                                            + " WHERE SETTING_NAME = 'WRITE_DELAY' AND SETTING_VALUE NOT IN ('0', '500'))",
                                    "H2's WRITE_DELAY loses commits that were acknowledged: take it out of the URL, and run"
                                            + " SET WRITE_DELAY 0"),
                            new Required(
                                    "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS"
                                            + " WHERE SETTING_NAME = 'COLLATION' AND SETTING_VALUE <> 'OFF')",
                                    "H2's COLLATION takes different tenants' ids for the same: use a database without one"),
                            new Required(
                                    "(SELECT DATABASE_PATH() IS NULL OR COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS"
                                            + " WHERE SETTING_NAME = 'RETENTION_TIME' AND CAST(SETTING_VALUE AS INT) < 45000)",
                                    "H2's RETENTION_TIME has to be 45000 at least, or a loss of power can break the file:"
                                            + " take it out of the URL, and run SET RETENTION_TIME 45000"),
                            EMPTY_IS_NO_NULL),
                    List.of(new Required(
                            "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = CURRENT_SCHEMA"
                                    + " AND LOWER(TABLE_NAME) IN ('${p}tenants', '${p}tokens', '${p}limits', '${p}audit')"
                                    + " AND DATA_TYPE = 'VARCHAR_IGNORECASE')",
                            "H2's IGNORECASE was TRUE when the tables were made, so that they take different tenants' ids for"
                                    + " the same: drop them, run SET IGNORECASE FALSE, and have them made anew"))),
            List.of(
                    new Durability("SELECT TRUE", "SET WRITE_DELAY 0"),
                    new Durability(
                            "SELECT H2VERSION() LIKE '2.5.%' AND DATABASE_PATH() IS NOT NULL",
                            "SET RETENTION_TIME " + Integer.MAX_VALUE)),
            null,
            false,
            false,
            true,
            "SELECT SERVER IS NOT NULL FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()");

    /**
     * A server, a database, a role or a session may be set to acknowledge commits before they are written, at any time. The isolation
     * is set for one transaction and not for the session, which behind a pooler may be another one.
     */
    public static final DatabaseProduct POSTGRESQL = new DatabaseProduct(
            "PostgreSQL",
            "CAST(FLOOR(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000) AS BIGINT)",
            new Names(
                    "SELECT COALESCE((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                            + " ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass('${p}schema_version')),"
                            + " pg_catalog.current_schema())",
                    "SELECT pg_catalog.current_schema()",
                    "\""),
            new Checks(
                    List.of(new Required(
                            "NOT pg_catalog.pg_is_in_recovery()",
                            "PostgreSQL's server is a hot standby, which lags behind its primary and would allow revoked"
                                    + " tokens: connect to the primary, in a URL with several hosts by"
                                    + " targetServerType=primary")),
                    List.of(new Required(
                            "pg_catalog.current_setting('transaction_read_only') = 'off'",
                            "PostgreSQL's session is read-only, so that no change can be made: connect as a user, and by a"
                                    + " pool, without default_transaction_read_only")),
                    List.of(),
                    List.of(
                            new Required(
                                    "pg_catalog.version() LIKE 'PostgreSQL %' AND pg_catalog.version() NOT LIKE '%-YB-%'",
                                    "the server speaks PostgreSQL's protocol and is another database, whose locks and clocks were"
                                            + " not tried with this library: use PostgreSQL"),
                            new Required(
                                    "pg_catalog.current_setting('server_encoding') = 'UTF8'",
                                    "PostgreSQL's database has an encoding that does not hold all of Unicode: create a database"
                                            + " with ENCODING 'UTF8'"),
                            EMPTY_IS_NO_NULL),
                    List.of()),
            List.of(),
            READ_COMMITTED + "; SELECT pg_catalog.set_config('synchronous_commit', 'local', true)"
                    + " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'",
            true,
            true,
            false,
            null);

    private static final Required GALERA = new Required(
            "CAST(@@wsrep_on AS CHAR) IN ('0', 'OFF')",
            "MariaDB's server is a node of a Galera cluster (wsrep_on), whose nodes do not wait for each other's locks, so that"
                    + " limits and unique names would not hold: use one node for all processes, and declare it by"
                    + " JdbcStorage.builder(...).galeraWithOneWriter()");

    /** What a session is told by SET timestamp moves all functions of time but SYSDATE, which is local: that one gives it away. */
    private static final Required OWN_TIME = new Required(
            "ABS(TIMESTAMPDIFF(SECOND, NOW(), SYSDATE())) < 60",
            "MariaDB's session has a time of its own, so that limits and the audit log would go by it: run"
                    + " SET timestamp = DEFAULT before connections go back to the pool");

    private static final Required WHOLE_TEXTS = new Required(
            "@@character_set_connection = 'utf8mb4'",
            "MariaDB's session takes texts for others, since its character_set_connection does not hold all of Unicode: leave"
                    + " it at utf8mb4, as the driver sets it");

    private static final Required ALL_ROWS = new Required(
            "@@sql_select_limit >= 1000000000",
            "MariaDB's session cuts off what is read by its sql_select_limit: run SET sql_select_limit = DEFAULT before"
                    + " connections go back to the pool");

    public static final DatabaseProduct MARIADB = new DatabaseProduct(
            "MariaDB",
            "CASE WHEN " + OWN_TIME.condition()
                    + " THEN TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000 END",
            new Names("SELECT DATABASE()", "SELECT DATABASE()", "`"),
            new Checks(
                    List.of(
                            new Required(
                                    "CAST(@@GLOBAL.read_only AS CHAR) IN ('0', 'OFF')",
                                    "MariaDB's server is read-only (read_only), as replicas are, which lag behind and would allow"
                                            + " revoked tokens: connect to the primary"),
                            new Required("@@in_transaction = 0", IN_TRANSACTION),
                            new Required("@@tx_isolation <> 'READ-UNCOMMITTED'", READS_UNCOMMITTED),
                            WHOLE_TEXTS,
                            ALL_ROWS),
                    List.of(
                            new Required(
                                    "@@GLOBAL.innodb_flush_log_at_trx_commit <> 0",
                                    "MariaDB's innodb_flush_log_at_trx_commit is 0, which loses commits that were acknowledged:"
                                            + " set it to 1"),
                            new Required(
                                    "@@tx_read_only = 0",
                                    "MariaDB's session is read-only (tx_read_only), so that no change can be made: lend writable"
                                            + " connections"),
                            GALERA),
                    List.of(
                            new Required(
                                    "@@sql_mode LIKE '%STRICT_TRANS_TABLES%' OR @@sql_mode LIKE '%STRICT_ALL_TABLES%'",
                                    "MariaDB's sql_mode has to hold STRICT_TRANS_TABLES: without it, what is too long is cut,"
                                            + " and becomes somebody else's id"),
                            EMPTY_IS_NO_NULL,
                            new Required(
                                    "@@unique_checks = 1",
                                    "MariaDB's session may leave out the check of unique keys (unique_checks = 0): run"
                                            + " SET unique_checks = DEFAULT before connections go back to the pool"),
                            new Required(
                                    "@@sql_log_bin = 1",
                                    "MariaDB's session keeps its changes from replicas (sql_log_bin = 0), so that a failover would"
                                            + " lose them: run SET sql_log_bin = 1 before connections go back to the pool"),
                            OWN_TIME,
                            WHOLE_TEXTS,
                            ALL_ROWS),
                    List.of(new Required(
                            "DATABASE() IS NOT NULL",
                            "the DataSource lends connections that use no database: name one in the URL, as in"
                                    + " jdbc:mariadb://host/database")),
                    List.of(new Required(
                            "(SELECT COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE()"
                                    + " AND table_name IN ('${p}tenants', '${p}tokens', '${p}change_counter', '${p}changes',"
                                    + " '${p}limits', '${p}audit') AND engine <> 'InnoDB')",
                            "MariaDB's tables have to be of the engine InnoDB, since no other one holds a transaction together:"
                                    + " run ALTER TABLE ... ENGINE = InnoDB for each"))),
            List.of(),
            READ_COMMITTED,
            false,
            false,
            false,
            null);

    private static final List<DatabaseProduct> KNOWN = List.of(H2, POSTGRESQL, MARIADB);

    private static final String DRIVER_OF_MYSQL =
            "the server is MariaDB, and the driver is MySQL's, which reports it as MySQL: use MariaDB's driver,"
                    + " org.mariadb.jdbc:mariadb-java-client, and a URL that starts with jdbc:mariadb:";

    private static final String SERVER_OF_MYSQL =
            "MySQL is not supported, by whichever driver; supported are MariaDB, PostgreSQL and H2";

    /**
     * The dialect of a database.
     *
     * @throws SQLException if it is one that this library was not made for
     */
    public static DatabaseProduct of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        for (DatabaseProduct dialect : KNOWN) {
            if (dialect.product.equalsIgnoreCase(product)) {
                return dialect;
            }
        }
        if (product.equalsIgnoreCase("MySQL")) {
            throw new StorageException(
                    holds(connection, "VERSION() LIKE '%MariaDB%'") ? DRIVER_OF_MYSQL : SERVER_OF_MYSQL);
        }
        throw new StorageException("the database " + product + " is not supported; supported are "
                + String.join(", ", KNOWN.stream().map(DatabaseProduct::product).toList()));
    }

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

    private static boolean holds(Connection connection, String condition) throws SQLException {
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
