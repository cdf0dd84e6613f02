package school.lectern.auth.time;

/**
 * A reading of the clock of a store, and the moments of this process just before and just after it was requested. From these
 * three, the time of the store at another moment is known up to the duration of the request. Elapsed time is measured by the
 * monotonic clock alone: the wall clock may have been set since the reading. Immutable.
 *
 * @param millis the store's clock in milliseconds since the epoch
 * @param requested the moment before the request was sent
 * @param answered the moment after the answer arrived
 */
public record StoreTime(long millis, Moment requested, Moment answered) {

    private static final long NANOS_PER_MILLI = 1_000_000;

    /**
     * {@return the later of the time of this process and the time of the store, in milliseconds since the epoch} The store
     * counts as later only by as much as is certain, so that the duration of a request does not end a token early if both
     * clocks show the same time.
     *
     * @param now the moment of this process
     */
    public long later(Moment now) {
        long atLeast = millis + Math.floorDiv(now.nanos() - answered.nanos(), NANOS_PER_MILLI);
        return Math.max(now.millis(), atLeast);
    }

    /**
     * {@return the earlier of the time of this process and the time of the store, in milliseconds since the epoch} The store
     * counts as earlier only by as much as is certain.
     *
     * @param now the moment of this process
     */
    public long earlier(Moment now) {
        // The store's clock may have been read at any time within its millisecond.
        long atMost = millis + 1 + Math.floorDiv(now.nanos() - requested.nanos(), NANOS_PER_MILLI) + 1;
        return Math.min(now.millis(), atMost);
    }

    /**
     * {@return by how many milliseconds the store's clock is ahead of this process's wall clock; negative if it is behind}
     * It is exact up to half of the duration of the request.
     */
    public long skewMillis() {
        return millis - Math.floorDiv(requested.millis() + answered.millis(), 2);
    }
}
