package school.lectern.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.StorageException;

/**
 * Where databases differ.
 *
 * @param product what the driver calls the database
 * @param nowMillis an expression of the database's clock, in milliseconds since the epoch
 * @param required what has to be true of the database's settings, before anything is kept in it
 * @param requiredOfTables what has to be true of the tables, which are made as the database is set at that time; in the query,
 *     ${p} stands for their prefix
 * @param beforeCommit what a commit needs to be durable
 * @param takesArrays whether many rows are inserted faster by one statement, with an array for each column, than as a batch
 * @param embedded whether it may run in this process: then it waits for locks by a time of its own
 * @param patient a query that says whether the driver waits for a silent server for ever, whatever it is told; null if it
 *     never does
 */
record SqlDialect(
        String product,
        String nowMillis,
        List<Required> required,
        List<Required> requiredOfTables,
        List<Durability> beforeCommit,
        boolean takesArrays,
        boolean embedded,
        @Nullable String patient) {

    /** A query that says whether a setting is as it has to be, and what to tell where it is not. */
    record Required(String query, String otherwise) {}

    /** A statement before each commit, and a query that says whether a database with its settings needs it. */
    record Durability(String needed, String statement) {}

    /**
     * Unless told otherwise, H2 acknowledges a commit up to half a second before it writes it. It forgets that it was told
     * whenever the last connection is closed, and it is told otherwise by each new connection whose URL says so.
     *
     * <p>Version 2.5.252 writes into the file's header where the last chunk but one is, so that after it was killed it may not
     * find the last. It does find what stands at the end of the file, where a chunk goes as long as no older one is written over.
     * What comes after it is not trusted until it was tried.
     */
    static final SqlDialect H2 = new SqlDialect(
            "H2",
            "DATEDIFF('MILLISECOND', TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00', CURRENT_TIMESTAMP)",
            List.of(
                    new Required(
                            "SELECT is_admin FROM information_schema.users WHERE user_name = CURRENT_USER",
                            "H2's user needs the right ADMIN: without it, WRITE_DELAY cannot be set to 0, and commits would"
                                    + " be acknowledged before they are written"),
                    new Required(
                            "SELECT COUNT(*) = 0 FROM information_schema.settings"
                                    + " WHERE setting_name = 'WRITE_DELAY' AND setting_value NOT IN ('0', '500')",
                            "H2's WRITE_DELAY loses commits that were acknowledged: take it out of the URL, and run"
                                    + " SET WRITE_DELAY 0"),
                    new Required(
                            "SELECT LOCK_MODE() = 3",
                            "H2's LOCK_MODE has to be 3: take it out of the URL, and run SET LOCK_MODE 3"),
                    new Required(
                            "SELECT COUNT(*) = 0 FROM information_schema.settings"
                                    + " WHERE setting_name = 'COLLATION' AND setting_value <> 'OFF'",
                            "H2's COLLATION takes different tenants' ids for the same: use a database without one"),
                    new Required(
                            "SELECT DATABASE_PATH() IS NULL OR COUNT(*) = 0 FROM information_schema.settings"
                                    + " WHERE setting_name = 'RETENTION_TIME' AND CAST(setting_value AS INT) < 45000",
                            "H2's RETENTION_TIME has to be 45000 at least, or a loss of power can break the file:"
                                    + " take it out of the URL, and run SET RETENTION_TIME 45000")),
            List.of(new Required(
                    "SELECT COUNT(*) = 0 FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA"
                            + " AND LOWER(table_name) IN ('${p}tenants', '${p}tokens', '${p}limits', '${p}audit')"
                            + " AND data_type = 'VARCHAR_IGNORECASE'",
                    "H2's IGNORECASE was TRUE when the tables were made, so that they take different tenants' ids for the"
                            + " same: drop them, run SET IGNORECASE FALSE, and have them made anew")),
            List.of(
                    new Durability("SELECT TRUE", "SET WRITE_DELAY 0"),
                    new Durability(
                            "SELECT H2VERSION() LIKE '2.5.%' AND DATABASE_PATH() IS NOT NULL",
                            "SET RETENTION_TIME " + Integer.MAX_VALUE)),
            false,
            true,
            "SELECT server IS NOT NULL FROM information_schema.sessions WHERE session_id = SESSION_ID()");

    /** A server, a database or a role may be set to acknowledge commits before they are written. */
    static final SqlDialect POSTGRESQL = new SqlDialect(
            "PostgreSQL",
            "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)",
            List.of(),
            List.of(),
            List.of(new Durability(
                    "SELECT current_setting('synchronous_commit') = 'off'", "SET LOCAL synchronous_commit TO local")),
            true,
            false,
            null);

    static final SqlDialect MARIADB = new SqlDialect(
            "MariaDB",
            "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000",
            List.of(
                    new Required(
                            "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit <> 0",
                            "MariaDB's innodb_flush_log_at_trx_commit is 0, which loses commits that were acknowledged: set it to 1"),
                    new Required(
                            "SELECT @@sql_mode LIKE '%STRICT_TRANS_TABLES%' OR @@sql_mode LIKE '%STRICT_ALL_TABLES%'",
                            "MariaDB's sql_mode has to hold STRICT_TRANS_TABLES: without it, what is too long is cut, and"
                                    + " becomes somebody else's id")),
            List.of(new Required(
                    "SELECT COUNT(*) = 0 FROM information_schema.tables WHERE table_schema = DATABASE()"
                            + " AND table_name IN ('${p}tenants', '${p}tokens', '${p}counter', '${p}changes', '${p}limits',"
                            + " '${p}audit') AND engine <> 'InnoDB'",
                    "MariaDB's tables have to be of the engine InnoDB, since no other one holds a transaction together:"
                            + " run ALTER TABLE ... ENGINE = InnoDB for each")),
            List.of(),
            false,
            false,
            null);

    private static final List<SqlDialect> KNOWN = List.of(H2, POSTGRESQL, MARIADB);

    /**
     * The dialect of a database.
     *
     * @throws SQLException if it is one that this library was not made for
     */
    static SqlDialect of(String product) throws SQLException {
        return KNOWN.stream()
                .filter(dialect -> dialect.product.equalsIgnoreCase(product))
                .findFirst()
                .orElseThrow(() -> new SQLException("the database " + product.toLowerCase(Locale.ROOT)
                        + " is not supported; supported: "
                        + String.join(
                                ", ", KNOWN.stream().map(SqlDialect::product).toList())));
    }

    /**
     * Looks at the settings that could lose what is kept, or take one text for another; this dialect, with what a commit
     * needs under these.
     *
     * @throws StorageException if one is not as it has to be
     */
    SqlDialect fittedTo(Connection connection) throws SQLException {
        require(connection, required, "");
        List<Durability> needed = new ArrayList<>();
        for (Durability durability : beforeCommit) {
            if (holds(connection, durability.needed())) {
                needed.add(durability);
            }
        }
        return new SqlDialect(
                product, nowMillis, required, requiredOfTables, List.copyOf(needed), takesArrays, embedded, patient);
    }

    /** @throws StorageException if the tables with that prefix are not as they have to be */
    void checkTables(Connection connection, String prefix) throws SQLException {
        require(connection, requiredOfTables, prefix);
    }

    private static void require(Connection connection, List<Required> all, String prefix) throws SQLException {
        for (Required each : all) {
            if (!holds(connection, each.query().replace("${p}", prefix))) {
                throw new StorageException(each.otherwise());
            }
        }
    }

    private static boolean holds(Connection connection, String query) throws SQLException {
        return Database.query(connection, query, none -> {}, row -> row.getBoolean(1))
                .equals(List.of(true));
    }

    /** Whether a call by such a connection may wait for ever where its server has stopped answering. */
    boolean isPatient(Connection connection) throws SQLException {
        return patient != null && holds(connection, patient);
    }

    /** To be called before each commit. */
    void makeDurable(Connection connection) throws SQLException {
        for (Durability durability : beforeCommit) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(durability.statement());
            }
        }
    }
}
