package school.lectern.auth.spi;

import java.util.Objects;
import school.lectern.auth.time.Clocks;

/** What a storage is opened with. Immutable. */
public final class StorageContext {

    private final Clocks clocks;

    private StorageContext(Clocks clocks) {
        this.clocks = Objects.requireNonNull(clocks, "clocks");
    }

    /** Returns a context with these clocks. */
    public static StorageContext of(Clocks clocks) {
        return new StorageContext(clocks);
    }

    /** Returns the clocks of the process that opens the storage. */
    public Clocks clocks() {
        return clocks;
    }
}
