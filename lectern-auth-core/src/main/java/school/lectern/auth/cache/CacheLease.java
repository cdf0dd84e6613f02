package school.lectern.auth.cache;

import school.lectern.auth.time.Moment;

/**
 * The permission to serve cached rows without a query to the store.
 *
 * @param from the moment before the poll that granted the lease was sent
 * @param nanos the length of the lease in nanoseconds, counted from that moment
 */
record CacheLease(Moment from, long nanos) {

    /** {@return whether less time than the length of the lease has passed between its start and {@code now}} */
    boolean isLive(Moment now) {
        return now.since(from) < nanos;
    }
}
