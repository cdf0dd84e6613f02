package school.lectern.auth.jdbc.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import school.lectern.auth.spi.StorageException;

/** The supported databases and their requirements. */
public final class DatabaseProducts {

    private static final String READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";

    private static final String READS_UNCOMMITTED =
            "the DataSource supplies connections with the isolation READ UNCOMMITTED:"
                    + " set their isolation to READ COMMITTED or higher";

    private static final DatabaseProduct.Required EMPTY_IS_NO_NULL = new DatabaseProduct.Required(
            "'' IS NOT NULL",
            "the database treats '' as NULL, so that an empty text would be lost: use a mode or sql_mode in which they differ");

    private static final DatabaseProduct.Required WHOLE_TEXTS = new DatabaseProduct.Required(
            "@@character_set_connection = 'utf8mb4'",
            "MariaDB's character_set_connection must be utf8mb4, since other character sets can change texts: leave it at"
                    + " utf8mb4, as the driver sets it");

    private static final DatabaseProduct.Required ALL_ROWS = new DatabaseProduct.Required(
            "@@sql_select_limit >= 1000000000",
            "MariaDB's sql_select_limit truncates the results of queries: run SET sql_select_limit = DEFAULT before"
                    + " connections go back to the pool");

    /**
     * H2. By default, it acknowledges a commit up to half a second before it writes it. The setting that prevents this is lost
     * whenever the last connection is closed, and is overridden by each new connection whose URL contains another value. So it
     * is set again before each commit.
     *
     * <p>Version 2.5.252 stores in the file's header the position of the second-to-last chunk, so that after the process was
     * killed it may not find the last chunk. It does find a chunk at the end of the file, and chunks are written there as long
     * as no older chunk is overwritten: so the maximum retention time is set. Later 2.5 versions get the same setting, since
     * they are untested.
     */
    public static final DatabaseProduct H2 = new DatabaseProduct(
            "H2",
            "CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000) AS BIGINT)",
            new DatabaseProduct.Names("SELECT CURRENT_SCHEMA", "SELECT CURRENT_SCHEMA", "\""),
            new DatabaseProduct.Checks(
                    List.of(
                            new DatabaseProduct.Required(
                                    "NOT READONLY()",
                                    "H2's database is read-only, so that no change can be made: take ACCESS_MODE_DATA out of"
                                            + " the URL, or make the file writable"),
                            new DatabaseProduct.Required(
                                    "(SELECT ISOLATION_LEVEL <> 'READ UNCOMMITTED' FROM INFORMATION_SCHEMA.SESSIONS"
                                            + " WHERE SESSION_ID = SESSION_ID())",
                                    READS_UNCOMMITTED)),
                    List.of(
                            new DatabaseProduct.Required(
                                    "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = 'MODE'"
                                            + " AND UPPER(SETTING_VALUE) NOT IN ('REGULAR', 'LEGACY', 'POSTGRESQL', 'MYSQL',"
                                            + " 'MARIADB'))",
                                    "H2's MODE must be REGULAR, LEGACY, PostgreSQL, MySQL or MariaDB, since statements fail or"
                                            + " have another meaning in other modes: take MODE out of the URL, or set one of"
                                            + " these"),
                            new DatabaseProduct.Required(
                                    "LOCK_MODE() = 3",
                                    "H2's LOCK_MODE must be 3: take it out of the URL, and run SET LOCK_MODE 3")),
                    List.of(),
                    List.of(
                            new DatabaseProduct.Required(
                                    "(SELECT IS_ADMIN FROM INFORMATION_SCHEMA.USERS WHERE USER_NAME = CURRENT_USER)",
                                    "H2's user needs the right ADMIN, without which WRITE_DELAY cannot be set to 0, and commits"
                                            + " would be acknowledged before they are written: run ALTER USER ... ADMIN TRUE"),
                            new DatabaseProduct.Required(
                                    "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS"
                                            + " WHERE SETTING_NAME = 'WRITE_DELAY' AND SETTING_VALUE NOT IN ('0', '500'))",
                                    "H2's WRITE_DELAY loses commits that were acknowledged: take it out of the URL, and run"
                                            + " SET WRITE_DELAY 0"),
                            new DatabaseProduct.Required(
                                    "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS"
                                            + " WHERE SETTING_NAME = 'COLLATION' AND SETTING_VALUE <> 'OFF')",
                                    "H2's COLLATION must be OFF, since with a collation, the ids of different tenants can be"
                                            + " equal: use a database without a collation"),
                            new DatabaseProduct.Required(
                                    "(SELECT DATABASE_PATH() IS NULL OR COUNT(*) = 0 FROM INFORMATION_SCHEMA.SETTINGS"
                                            + " WHERE SETTING_NAME = 'RETENTION_TIME' AND CAST(SETTING_VALUE AS INT) < 45000)",
                                    "H2's RETENTION_TIME must be at least 45000, or a power failure can corrupt the file:"
                                            + " take it out of the URL, and run SET RETENTION_TIME 45000"),
                            EMPTY_IS_NO_NULL),
                    List.of(new DatabaseProduct.Required(
                            "(SELECT COUNT(*) = 0 FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = CURRENT_SCHEMA"
                                    + " AND LOWER(TABLE_NAME) IN ('${p}tenants', '${p}tokens', '${p}limits', '${p}audit')"
                                    + " AND DATA_TYPE = 'VARCHAR_IGNORECASE')",
                            "H2's IGNORECASE was TRUE when the tables were created, so that the ids of different tenants can"
                                    + " be equal: drop the tables, run SET IGNORECASE FALSE, and create them again"))),
            List.of(
                    new DatabaseProduct.Durability("SELECT TRUE", "SET WRITE_DELAY 0"),
                    new DatabaseProduct.Durability(
                            "SELECT H2VERSION() LIKE '2.5.%' AND DATABASE_PATH() IS NOT NULL",
                            "SET RETENTION_TIME " + Integer.MAX_VALUE)),
            null,
            false,
            false,
            true,
            "SELECT SERVER IS NOT NULL FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()");

    /**
     * PostgreSQL. A server, a database, a role or a session may be configured to acknowledge commits before they are written,
     * at any time: so each transaction overrides that. The isolation is set for one transaction and not for the session, since
     * behind a connection pooler the next transaction may run in another session.
     */
    public static final DatabaseProduct POSTGRESQL = new DatabaseProduct(
            "PostgreSQL",
            "CAST(FLOOR(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000) AS BIGINT)",
            new DatabaseProduct.Names(
                    "SELECT COALESCE((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
                            + " ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass('${p}schema_version')),"
                            + " pg_catalog.current_schema())",
                    "SELECT pg_catalog.current_schema()",
                    "\""),
            new DatabaseProduct.Checks(
                    List.of(new DatabaseProduct.Required(
                            "NOT pg_catalog.pg_is_in_recovery()",
                            "PostgreSQL's server is a hot standby, which lags behind its primary and would allow revoked"
                                    + " tokens: connect to the primary; in a URL with several hosts, set"
                                    + " targetServerType=primary")),
                    List.of(new DatabaseProduct.Required(
                            "pg_catalog.current_setting('transaction_read_only') = 'off'",
                            "PostgreSQL's session is read-only, so that no change can be made: use a user and a pool that do"
                                    + " not set default_transaction_read_only")),
                    List.of(),
                    List.of(
                            new DatabaseProduct.Required(
                                    "pg_catalog.version() LIKE 'PostgreSQL %' AND pg_catalog.version() NOT LIKE '%-YB-%'",
                                    "the server supports PostgreSQL's protocol, but is another database, whose locks and clocks"
                                            + " were not tested with this library: use PostgreSQL"),
                            new DatabaseProduct.Required(
                                    "pg_catalog.current_setting('server_encoding') = 'UTF8'",
                                    "PostgreSQL's database must have the encoding UTF8, since no other encoding contains all of"
                                            + " Unicode: create a database with ENCODING 'UTF8'"),
                            EMPTY_IS_NO_NULL),
                    List.of()),
            List.of(),
            READ_COMMITTED + "; SELECT pg_catalog.set_config('synchronous_commit', 'local', true)"
                    + " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'",
            true,
            true,
            false,
            null);

    /**
     * MariaDB. The settings of a session can change how values are read, compared and dated, so the relevant settings are
     * checked.
     */
    public static final DatabaseProduct MARIADB = new DatabaseProduct(
            "MariaDB",
            "CASE WHEN " + DatabaseProduct.OWN_TIME.condition()
                    + " THEN TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000 END",
            new DatabaseProduct.Names("SELECT DATABASE()", "SELECT DATABASE()", "`"),
            new DatabaseProduct.Checks(
                    List.of(
                            new DatabaseProduct.Required(
                                    "CAST(@@GLOBAL.read_only AS CHAR) IN ('0', 'OFF')",
                                    "MariaDB's server is read-only (read_only), like a replica, which lags behind its primary"
                                            + " and would allow revoked tokens: connect to the primary"),
                            new DatabaseProduct.Required("@@in_transaction = 0", DatabaseProduct.IN_TRANSACTION),
                            new DatabaseProduct.Required("@@tx_isolation <> 'READ-UNCOMMITTED'", READS_UNCOMMITTED),
                            WHOLE_TEXTS,
                            ALL_ROWS),
                    List.of(
                            new DatabaseProduct.Required(
                                    "@@GLOBAL.innodb_flush_log_at_trx_commit <> 0",
                                    "MariaDB's innodb_flush_log_at_trx_commit is 0, which loses commits that were acknowledged:"
                                            + " set it to 1"),
                            new DatabaseProduct.Required(
                                    "@@tx_read_only = 0",
                                    "MariaDB's session is read-only (tx_read_only), so that no change can be made: supply"
                                            + " writable connections"),
                            DatabaseProduct.GALERA),
                    List.of(
                            new DatabaseProduct.Required(
                                    "@@sql_mode LIKE '%STRICT_TRANS_TABLES%' OR @@sql_mode LIKE '%STRICT_ALL_TABLES%'",
                                    "MariaDB's sql_mode must contain STRICT_TRANS_TABLES: without it, a value that is too long"
                                            + " is truncated, so that an id could become the id of another tenant"),
                            EMPTY_IS_NO_NULL,
                            new DatabaseProduct.Required(
                                    "@@unique_checks = 1",
                                    "MariaDB's session may skip the checks of unique keys (unique_checks = 0): run"
                                            + " SET unique_checks = DEFAULT before connections go back to the pool"),
                            new DatabaseProduct.Required(
                                    "@@sql_log_bin = 1",
                                    "MariaDB's session does not replicate its changes (sql_log_bin = 0), so that a failover"
                                            + " would lose them: run SET sql_log_bin = 1 before connections go back to the"
                                            + " pool"),
                            DatabaseProduct.OWN_TIME,
                            WHOLE_TEXTS,
                            ALL_ROWS),
                    List.of(new DatabaseProduct.Required(
                            "DATABASE() IS NOT NULL",
                            "the DataSource supplies connections without a current database: name a database in the URL, as in"
                                    + " jdbc:mariadb://host/database")),
                    List.of(new DatabaseProduct.Required(
                            "(SELECT COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE()"
                                    + " AND table_name IN ('${p}tenants', '${p}tokens', '${p}change_counter', '${p}changes',"
                                    + " '${p}limits', '${p}audit') AND engine <> 'InnoDB')",
                            "MariaDB's tables must use the engine InnoDB, since other engines do not support its transactions:"
                                    + " run ALTER TABLE ... ENGINE = InnoDB for each table"))),
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
            "MySQL is not supported, with any driver; supported are MariaDB, PostgreSQL and H2";

    private DatabaseProducts() {}

    /**
     * {@return the product of a database}
     *
     * @param connection a connection to the database
     * @throws StorageException if the product, or the driver for it, is not supported
     * @throws SQLException if the database cannot be read
     */
    public static DatabaseProduct of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        for (DatabaseProduct known : KNOWN) {
            if (known.product().equalsIgnoreCase(product)) {
                return known;
            }
        }
        if (product.equalsIgnoreCase("MySQL")) {
            throw new StorageException(
                    DatabaseProduct.holds(connection, "VERSION() LIKE '%MariaDB%'")
                            ? DRIVER_OF_MYSQL
                            : SERVER_OF_MYSQL);
        }
        throw new StorageException("the database " + product + " is not supported; supported are "
                + String.join(", ", KNOWN.stream().map(DatabaseProduct::product).toList()));
    }
}
