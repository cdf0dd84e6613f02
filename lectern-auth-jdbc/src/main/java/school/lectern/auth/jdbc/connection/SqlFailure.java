package school.lectern.auth.jdbc.connection;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import school.lectern.auth.spi.StorageException;

/** What an error of a database means for what was asked of it. */
public enum SqlFailure {
    /** A transaction that lost to another one, and was rolled back whole. */
    SERIALIZATION_FAILURE,
    /** A unique key is there already. */
    DUPLICATE_KEY,
    /** A value does not fit its column, or breaks a rule of its table. */
    VALUE_REJECTED,
    /**
     * The database does not take the statement here and now, and may take the same statement on another connection or later: it
     * cannot be reached, broke off before it had answered, is read-only, or has no room. After a broken connection, nobody knows
     * what it has done.
     */
    NOT_AVAILABLE,
    OTHER;

    /** Where all rules have one SQL state, this number says that it was that of a unique key. */
    private static final int DUPLICATE_IN_MARIADB = 1062;

    private static final String DUPLICATE_ELSEWHERE = "23505";

    /** H2: a lock was waited for too long, a row was changed meanwhile. PostgreSQL: lock_timeout, which a session may set. */
    private static final Set<String> LOST_STATES = Set.of("HYT00", "90131", "55P03");

    /** MariaDB's time for row locks, which has the state of all general errors. */
    private static final int LOCK_WAIT_TIMEOUT_IN_MARIADB = 1205;

    /**
     * Connections (08), transactions that the session or server forbids or has left open (25), resources (53), objects that are
     * not ready (55), interventions (57) and input or output (58). None of them is about what a row holds.
     */
    private static final Set<String> NOT_AVAILABLE_CLASSES = Set.of("08", "25", "53", "55", "57", "58");

    /** 40003: a commit whose outcome is unknown. 42501: a right that the session's role lacks. 70100: MariaDB's interventions. */
    private static final Set<String> NOT_AVAILABLE_STATES = Set.of("40003", "42501", "70100");

    /**
     * H2's own: the file is open elsewhere, input or output, the connection is broken, no right, the database is read-only, is
     * closed, has no memory, is being closed, or is used by one connection alone.
     */
    private static final Set<String> NOT_AVAILABLE_FROM_H2 =
            Set.of("90020", "90028", "90031", "90067", "90096", "90097", "90098", "90108", "90121", "90135");

    /**
     * MariaDB's, whose states say less: no disk space, no memory, connections, files, tables that are full, locked tables, rights,
     * the number of locks, what a user may use, --read-only, and read-only for upgrades.
     */
    private static final Set<Integer> NOT_AVAILABLE_FROM_MARIADB = Set.of(
            1021, 1026, 1030, 1037, 1038, 1040, 1041, 1044, 1053, 1099, 1100, 1114, 1142, 1143, 1180, 1192, 1203, 1206,
            1223, 1226, 1290, 1370, 1836);

    /** Whether it is certain that nothing was changed: the transaction was rolled back, or its statement was refused. */
    public boolean changedNothing() {
        return this == SERIALIZATION_FAILURE || this == DUPLICATE_KEY || this == VALUE_REJECTED;
    }

    public static SqlFailure of(StorageException failed) {
        return failed.getCause() instanceof SQLException why ? of(why) : OTHER;
    }

    public static SqlFailure of(SQLException failed) {
        if (failed instanceof RedactedSqlException redacted) {
            return redacted.kind();
        }
        String state = failed.getSQLState() == null ? "" : failed.getSQLState();
        if (failed instanceof SQLTransientConnectionException || failed instanceof SQLRecoverableException) {
            return NOT_AVAILABLE;
        }
        if (state.isEmpty()) {
            // Servers name a state; what a pool or this library throws may have none, but a cause that does.
            return failed.getCause() instanceof SQLException why ? of(why) : NOT_AVAILABLE;
        }
        if (LOST_STATES.contains(state) || failed.getErrorCode() == LOCK_WAIT_TIMEOUT_IN_MARIADB) {
            return SERIALIZATION_FAILURE;
        }
        if (isCutOff(failed, state)) {
            return NOT_AVAILABLE;
        }
        if (state.startsWith("40")) {
            return SERIALIZATION_FAILURE;
        }
        if (state.startsWith("23")) {
            boolean duplicate = state.equals(DUPLICATE_ELSEWHERE) || failed.getErrorCode() == DUPLICATE_IN_MARIADB;
            return duplicate ? DUPLICATE_KEY : VALUE_REJECTED;
        }
        return state.startsWith("22") ? VALUE_REJECTED : OTHER;
    }

    private static boolean isCutOff(SQLException failed, String state) {
        return NOT_AVAILABLE_STATES.contains(state)
                || NOT_AVAILABLE_FROM_H2.contains(state)
                || NOT_AVAILABLE_CLASSES.contains(state.substring(0, Math.min(2, state.length())))
                || NOT_AVAILABLE_FROM_MARIADB.contains(failed.getErrorCode());
    }
}
