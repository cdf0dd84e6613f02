package school.lectern.auth.spi;

import java.util.Objects;
import school.lectern.auth.time.Clocks;

/** The values that a storage is opened with. Immutable. */
public final class StorageContext {

    private final Clocks clocks;
    private final AuthMetrics metrics;

    private StorageContext(Clocks clocks, AuthMetrics metrics) {
        this.clocks = Objects.requireNonNull(clocks, "clocks");
        this.metrics = Objects.requireNonNull(metrics, "metrics");
    }

    /**
     * {@return a context with these clocks, and without metrics}
     *
     * @param clocks the clocks of the process that opens the storage
     */
    public static StorageContext of(Clocks clocks) {
        return new StorageContext(clocks, AuthMetrics.NONE);
    }

    /**
     * {@return a context with the clocks of this one, and these metrics}
     *
     * @param value receives the number of audit rows that wait or were dropped
     */
    public StorageContext withMetrics(AuthMetrics value) {
        return new StorageContext(clocks, value);
    }

    /** {@return the clocks of the process that opens the storage} */
    public Clocks clocks() {
        return clocks;
    }

    /** {@return the metrics that the storage reports to; {@link AuthMetrics#NONE} unless set} */
    public AuthMetrics metrics() {
        return metrics;
    }
}
