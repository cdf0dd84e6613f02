package school.lectern.auth.jdbc.connection;

import java.sql.SQLException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;

/**
 * A database's error without the data that its texts quote: PostgreSQL names the key that is there already and the row that
 * fails, its driver the parameters of a batch, MariaDB the duplicate entry, H2 the value. Keeps the class, the SQL state, the
 * vendor's code, the first line up to the first value, the stack, and what the error {@linkplain SqlFailure means}.
 */
public final class RedactedSqlException extends SQLException {

    private static final long serialVersionUID = 1L;

    /** A batch may have an error for each of its statements, and no log needs them all. */
    private static final int MAX_DEPTH = 20;

    private final SqlFailure kind;

    private RedactedSqlException(SQLException original) {
        super(text(original), original.getSQLState(), original.getErrorCode());
        this.kind = SqlFailure.of(original);
        setStackTrace(original.getStackTrace());
    }

    /** Returns a copy without data. */
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

    /** Returns what the original error means for what was asked of the database. */
    public SqlFailure kind() {
        return kind;
    }

    /** Returns the text alone, which names the class of the error that this is a copy of. */
    @Override
    @SuppressWarnings("OverrideThrowableToString") // The name of this class would be said of each error.
    public String toString() {
        return String.valueOf(getMessage());
    }
}
