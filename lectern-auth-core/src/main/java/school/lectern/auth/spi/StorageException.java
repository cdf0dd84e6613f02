package school.lectern.auth.spi;

import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;

/**
 * The storage could not perform an operation: it is down, too slow, or contains unreadable data. Never thrown for an error of
 * the caller. The library turns it into the dialect's server error.
 *
 * <p>Contains no data: databases quote rows, keys and parameters in their errors, so the cause is a {@linkplain RedactedFailure
 * copy} with shortened texts. Logging this exception therefore logs no hash.
 */
public final class StorageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The largest number of causes in a description, because a chain of causes may be a cycle. */
    private static final int MOST_REASONS = 10;

    /** Whether it is certain that nothing was changed. */
    private final boolean changedNothing;

    /**
     * Creates an exception for an operation whose outcome is unknown.
     *
     * @param message the failed operation; contains neither a secret nor data of a client
     */
    public StorageException(String message) {
        super(message);
        this.changedNothing = false;
    }

    /**
     * Creates an exception with a cause, for an operation whose outcome is unknown.
     *
     * @param message the failed operation; contains neither a secret nor data of a client
     * @param cause the cause; copied without the data that its texts may contain
     */
    public StorageException(String message, Throwable cause) {
        this(message, cause, false);
    }

    private StorageException(String message, @Nullable Throwable cause, boolean changedNothing) {
        super(message, cause == null ? null : RedactedFailure.of(cause));
        this.changedNothing = changedNothing;
    }

    /**
     * {@return an exception for an operation of which the storage certainly performed no part, and will perform none later}
     *
     * @param message the failed operation; contains neither a secret nor data of a client
     * @param cause the cause, or null; copied without the data that its texts may contain
     */
    public static StorageException changedNothing(String message, @Nullable Throwable cause) {
        return new StorageException(message, cause, true);
    }

    /**
     * {@return whether the storage certainly performed no part of the operation, and will perform none later} If false, the
     * outcome is unknown: the operation may have been performed, or may still be performed.
     */
    public boolean changedNothing() {
        return changedNothing;
    }

    /** {@return the failed operation and the causes, as far down as they are known, in one line and without data} */
    public String reasons() {
        String what = LogText.escape(String.valueOf(getMessage()));
        return Stream.concat(
                        Stream.of(what),
                        Stream.iterate(getCause(), Objects::nonNull, Throwable::getCause)
                                .limit(MOST_REASONS)
                                .map(RedactedFailure::describe))
                .collect(Collectors.joining(": "));
    }
}
