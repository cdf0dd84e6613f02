package school.lectern.auth.jdbc.connection;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import school.lectern.auth.spi.StorageException;

/** The kinds of database failures, by their meaning for the failed operation. */
public enum SqlFailure {
    /** The transaction conflicted with another one, and was rolled back as a whole. */
    SERIALIZATION_FAILURE,
    /** A row with the same unique key exists already. */
    DUPLICATE_KEY,
    /** A value does not fit its column, or violates a constraint of its table. */
    VALUE_REJECTED,
    /**
     * The database does not accept the statement now, and may accept the same statement on another connection or later: it
     * cannot be reached, the connection broke before the response, or the database is read-only or has no space. After a broken
     * connection, it is unknown whether the statement took effect.
     */
    NOT_AVAILABLE,
    /** Any other failure. */
    OTHER;

    /** MariaDB's error code of a duplicate key: its SQL state is the same for all constraints. */
    private static final int DUPLICATE_IN_MARIADB = 1062;

    private static final String DUPLICATE_ELSEWHERE = "23505";

    /** H2: a lock timeout, a row that was changed concurrently. PostgreSQL: lock_timeout, which a session may set. */
    private static final Set<String> LOST_STATES = Set.of("HYT00", "90131", "55P03");

    /** MariaDB's error code of a row lock timeout: its SQL state is that of all general errors. */
    private static final int LOCK_WAIT_TIMEOUT_IN_MARIADB = 1205;

    /**
     * Connections (08), transactions that the session or the server forbids or has left open (25), resources (53), objects that
     * are not ready (55), operator interventions (57) and input or output (58). None of them depends on the data of a row.
     */
    private static final Set<String> NOT_AVAILABLE_CLASSES = Set.of("08", "25", "53", "55", "57", "58");

    /** 40003: a commit whose outcome is unknown. 42501: a missing privilege. 70100: MariaDB's operator interventions. */
    private static final Set<String> NOT_AVAILABLE_STATES = Set.of("40003", "42501", "70100");

    /**
     * H2's own SQL states: the file is open in another process, input or output failed, the connection is broken, a privilege
     * is missing, or the database is read-only, is closed, has no memory, is being closed, or is in exclusive mode.
     */
    private static final Set<String> NOT_AVAILABLE_FROM_H2 =
            Set.of("90020", "90028", "90031", "90067", "90096", "90097", "90098", "90108", "90121", "90135");

    /**
     * MariaDB's error codes, which are more specific than its SQL states: disk space, memory, connections, files, full tables,
     * locked tables, privileges, the number of locks, the resource limits of a user, --read-only, and read-only for upgrades.
     */
    private static final Set<Integer> NOT_AVAILABLE_FROM_MARIADB = Set.of(
            1021, 1026, 1030, 1037, 1038, 1040, 1041, 1044, 1053, 1099, 1100, 1114, 1142, 1143, 1180, 1192, 1203, 1206,
            1223, 1226, 1290, 1370, 1836);

    /**
     * {@return whether it is certain that the operation changed nothing} Then its transaction was rolled back, or its statement
     * was rejected.
     */
    public boolean changedNothing() {
        return this == SERIALIZATION_FAILURE || this == DUPLICATE_KEY || this == VALUE_REJECTED;
    }

    /**
     * {@return the kind of a failure}
     *
     * @param failed the exception; {@link #OTHER} if it was not caused by an {@link SQLException}
     */
    public static SqlFailure of(StorageException failed) {
        return failed.getCause() instanceof SQLException why ? of(why) : OTHER;
    }

    /**
     * {@return the kind of a failure}
     *
     * @param failed the error of the database, the driver, the pool or this library
     */
    public static SqlFailure of(SQLException failed) {
        if (failed instanceof RedactedSqlException redacted) {
            return redacted.kind();
        }
        String state = failed.getSQLState() == null ? "" : failed.getSQLState();
        if (failed instanceof SQLTransientConnectionException || failed instanceof SQLRecoverableException) {
            return NOT_AVAILABLE;
        }
        if (state.isEmpty()) {
            // Servers send a state. An exception of a pool or of this library may have none, but a cause that has one.
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
