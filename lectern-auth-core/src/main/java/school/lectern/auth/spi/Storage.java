package school.lectern.auth.spi;

/**
 * The configuration of a storage, which {@code LecternAuth} opens with its own clocks and metrics, and closes when it is
 * closed itself. Implementations are immutable.
 */
public interface Storage {

    /**
     * Opens the storage. The caller closes it.
     *
     * @param context the clocks of the process, and its metrics
     * @return the open storage
     * @throws StorageException if the storage cannot be used
     */
    OpenStorage open(StorageContext context);
}
