package school.lectern.auth.spi;

import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Storage could not do what it was asked: it is down, too slow, or holds something unreadable. Never thrown for what a
 * caller asked wrongly. The library answers it as the dialect's server error.
 */
public final class StorageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Causes may go round in a circle. */
    private static final int MOST_REASONS = 10;

    /** @param message what could not be done; holds no secret */
    public StorageException(String message) {
        super(message);
    }

    /**
     * @param message what could not be done; holds no secret
     * @param cause what the storage said
     */
    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What could not be done, and why, as far down as is known: in one line. */
    public String reasons() {
        return Stream.iterate((Throwable) this, Objects::nonNull, Throwable::getCause)
                .limit(MOST_REASONS)
                .map(why -> why.getMessage() == null ? why.getClass().getName() : why.getMessage())
                .collect(Collectors.joining(": "))
                .replaceAll("\\R\\s*", " ");
    }
}
