package school.lectern.auth.spi;

/**
 * A storage as it is configured: a value, which {@code LecternAuth} opens with its own clocks and closes with itself.
 * Implementations are immutable.
 */
public interface Storage {

    /**
     * Opens the storage. The caller closes it.
     *
     * @throws StorageException if the storage cannot be used
     */
    OpenStorage open(StorageContext context);
}
