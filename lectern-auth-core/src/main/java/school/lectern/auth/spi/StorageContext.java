package school.lectern.auth.spi;

import java.util.Objects;
import school.lectern.auth.time.Clocks;

/** The values that a storage is opened with. Immutable. */
public final class StorageContext {

    private final Clocks clocks;

    private StorageContext(Clocks clocks) {
        this.clocks = Objects.requireNonNull(clocks, "clocks");
    }

    /**
     * {@return a context with these clocks}
     *
     * @param clocks the clocks of the process that opens the storage
     */
    public static StorageContext of(Clocks clocks) {
        return new StorageContext(clocks);
    }

    /** {@return the clocks of the process that opens the storage} */
    public Clocks clocks() {
        return clocks;
    }
}
