package school.lectern.auth.jdbc;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import school.lectern.auth.spi.StorageException;

/** What an error of a database means for what was asked of it. */
enum Failure {
    /** A transaction that lost to another one, and was rolled back whole. */
    LOST_TO_ANOTHER,
    /** A unique key is there already. */
    DUPLICATE,
    /** A value does not fit its column, or breaks a rule of its table. */
    UNFIT,
    /** The database was not there, or went away before it had answered: nobody knows then what it has done. */
    CUT_OFF,
    OTHER;

    /** Where all rules have one SQL state, this number says that it was that of a unique key. */
    private static final int DUPLICATE_IN_MARIADB = 1062;

    private static final String DUPLICATE_ELSEWHERE = "23505";

    /** States of H2's own: the connection is broken, the database is closed, the database is being closed. */
    private static final Set<String> CUT_OFF_FROM_H2 = Set.of("90067", "90098", "90121");

    /** Whether it is certain that nothing was changed: the transaction was rolled back, or its statement was refused. */
    boolean changedNothing() {
        return this == LOST_TO_ANOTHER || this == DUPLICATE || this == UNFIT;
    }

    static Failure of(StorageException failed) {
        return failed.getCause() instanceof SQLException why ? of(why) : OTHER;
    }

    static Failure of(SQLException failed) {
        if (failed instanceof RedactedSqlException redacted) {
            return redacted.kind();
        }
        String state = failed.getSQLState() == null ? "" : failed.getSQLState();
        if (failed instanceof SQLTransientConnectionException || isCutOff(state)) {
            return CUT_OFF;
        }
        // H2 reports a lock that it waited for too long as HYT00.
        if (state.startsWith("40") || state.equals("HYT00")) {
            return LOST_TO_ANOTHER;
        }
        if (state.startsWith("23")) {
            boolean duplicate = state.equals(DUPLICATE_ELSEWHERE) || failed.getErrorCode() == DUPLICATE_IN_MARIADB;
            return duplicate ? DUPLICATE : UNFIT;
        }
        return state.startsWith("22") ? UNFIT : OTHER;
    }

    /**
     * 40003: a commit whose outcome is unknown. Classes 08 and 57: no connection, and somebody who ended it, which to MariaDB
     * is 70100. 53300: as many connections as PostgreSQL has room for.
     */
    private static boolean isCutOff(String state) {
        return state.equals("40003")
                || state.equals("53300")
                || state.equals("70100")
                || state.startsWith("08")
                || state.startsWith("57")
                || CUT_OFF_FROM_H2.contains(state);
    }
}
