package school.lectern.auth.spi;

import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.log.LogText;
import school.lectern.auth.log.RedactedFailure;

/**
 * Storage could not do what it was asked: it is down, too slow, or holds something unreadable. Never thrown for what a
 * caller asked wrongly. The library answers it as the dialect's server error.
 *
 * <p>Holds no data: databases quote rows, keys and parameters in their errors, so the cause is a
 * {@linkplain RedactedFailure copy} whose texts are shortened. Whoever logs this exception logs no hash.
 */
public final class StorageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Causes may go round in a circle. */
    private static final int MOST_REASONS = 10;

    private final boolean changedNothing;

    /** @param message what could not be done; holds neither a secret nor what a client sent */
    public StorageException(String message) {
        super(message);
        this.changedNothing = false;
    }

    /**
     * Creates an exception with a cause.
     *
     * @param message what could not be done; holds neither a secret nor what a client sent
     * @param cause why; kept without the data that its texts may hold
     */
    public StorageException(String message, Throwable cause) {
        this(message, cause, false);
    }

    private StorageException(String message, @Nullable Throwable cause, boolean changedNothing) {
        super(message, cause == null ? null : RedactedFailure.of(cause));
        this.changedNothing = changedNothing;
    }

    /**
     * Returns an exception of which it is certain that the storage did nothing of what it was asked to do, and will not do it later.
     *
     * @param message what could not be done; holds neither a secret nor what a client sent
     * @param cause why, or null; kept without the data that its texts may hold
     */
    public static StorageException changedNothing(String message, @Nullable Throwable cause) {
        return new StorageException(message, cause, true);
    }

    /**
     * Returns whether it is certain that the storage did nothing of what it was asked to do. If false, the outcome is unknown: it may have
     * been done, or may yet be.
     */
    public boolean changedNothing() {
        return changedNothing;
    }

    /** Returns what could not be done, and why, as far down as is known: in one line, without data. */
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
