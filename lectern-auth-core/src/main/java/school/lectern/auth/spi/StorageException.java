package school.lectern.auth.spi;

/**
 * Storage could not do what it was asked: it is down, too slow, or holds something unreadable. Never thrown for what a
 * caller asked wrongly. The library answers it as the dialect's server error.
 */
public final class StorageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

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
}
