package school.lectern.auth.jdbc.connection;

import java.sql.SQLException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;

/**
 * A copy of a database error without the data that error texts quote: PostgreSQL quotes the existing key and the failing row,
 * its driver the parameters of a batch, MariaDB the duplicate entry, and H2 the value. The copy keeps the name of the error's
 * class, the SQL state, the vendor code, the first line of the text up to the first value, the stack trace, and the
 * {@linkplain SqlFailure kind} of the failure.
 */
public final class RedactedSqlException extends SQLException {

    private static final long serialVersionUID = 1L;

    /** The maximum number of errors that are copied: a batch may have an error for each of its statements. */
    private static final int MAX_DEPTH = 20;

    private final SqlFailure kind;

    private RedactedSqlException(SQLException original) {
        super(text(original), original.getSQLState(), original.getErrorCode());
        this.kind = SqlFailure.of(original);
        setStackTrace(original.getStackTrace());
    }

    /**
     * {@return a copy of an error, its causes and its suppressed errors, without their data}
     *
     * @param original the error; returned itself if it is such a copy
     */
    public static RedactedSqlException of(SQLException original) {
        return original instanceof RedactedSqlException redacted
                ? redacted
                : copy(original, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static RedactedSqlException copy(SQLException original, Set<Throwable> seen) {
        seen.add(original);
        RedactedSqlException copy = new RedactedSqlException(original);
        Throwable cause = original.getCause();
        if (cause != null && isNew(cause, seen)) {
            copy.initCause(copy(cause, seen));
        }
        SQLException next = original.getNextException();
        if (next != null && isNew(next, seen)) {
            copy.addSuppressed(copy((Throwable) next, seen));
        }
        for (Throwable suppressed : original.getSuppressed()) {
            if (isNew(suppressed, seen)) {
                copy.addSuppressed(copy(suppressed, seen));
            }
        }
        return copy;
    }

    private static Throwable copy(Throwable failure, Set<Throwable> seen) {
        return failure instanceof SQLException sql ? copy(sql, seen) : RedactedFailure.of(failure);
    }

    private static boolean isNew(Throwable failure, Set<Throwable> seen) {
        return seen.size() < MAX_DEPTH && !seen.contains(failure);
    }

    private static String text(SQLException original) {
        String codes = original.getClass().getName() + " [SQL state " + original.getSQLState() + ", vendor code "
                + original.getErrorCode() + "]";
        String message = original.getMessage();
        return message == null || message.isBlank() ? codes : codes + ": " + LogText.withoutData(message);
    }

    /** {@return the kind of the original error} */
    public SqlFailure kind() {
        return kind;
    }

    /** Returns the message alone, which names the class of the original error. */
    @Override
    @SuppressWarnings("OverrideThrowableToString") // The default would start with the name of this class.
    public String toString() {
        return String.valueOf(getMessage());
    }
}
