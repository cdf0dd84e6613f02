package school.lectern.auth.jdbc.connection;

import java.sql.SQLException;

/**
 * Repeats reads that failed because of H2's list of sessions. H2 compiles {@code INFORMATION_SCHEMA.SESSIONS} without a lock,
 * so a query of it fails with an internal error if another session ends a transaction at that moment: in versions 2.4.240 and
 * older, 1 of 300 queries while four other sessions commit in a loop. The list is the only source of a session's isolation
 * level, which every look-up checks, and H2's driver reads the same list.
 */
final class H2SessionList {

    /** H2's error code for all its internal errors. */
    private static final int INTERNAL_ERROR = 50_000;

    private static final String ITS_STATE = "HY000";

    /** An attempt takes microseconds, and rarely fails. */
    private static final int MAX_ATTEMPTS = 20;

    private H2SessionList() {}

    /** A read that may be repeated. */
    interface Read<T> {
        T run() throws SQLException;
    }

    /** Returns the result of the read, which is repeated while H2 fails it with an internal error, up to 20 times in all. */
    static <T> T read(Read<T> read) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return read.run();
            } catch (SQLException failed) {
                if (!isInternalError(failed) || attempt == MAX_ATTEMPTS) {
                    throw failed;
                }
            }
        }
    }

    private static boolean isInternalError(SQLException failed) {
        return failed.getErrorCode() == INTERNAL_ERROR && ITS_STATE.equals(failed.getSQLState());
    }
}
