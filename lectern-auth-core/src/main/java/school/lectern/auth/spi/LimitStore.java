package school.lectern.auth.spi;

import java.util.Optional;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * Counts permits. Implementations are safe for use by many threads and may block. However many threads ask concurrently, a limit
 * never admits more than it says. They throw {@link StorageException} when they cannot count. A store of one process
 * counts at the moment that it is given; a store that processes share counts by a clock of its own.
 *
 * <p>A counter belongs to a key and to the {@linkplain RateLimit#shape shape} of the limit, and not to its number of permits.
 */
public interface LimitStore {

    /**
     * Takes one permit, if there is one, and returns the status of the limit.
     *
     * @param now the moment of the decision. It may be older than the counter's newest one: a counter never goes back for it
     */
    LimitStatus take(LimitKey key, RateLimit limit, Moment now);

    /**
     * Takes one permit, if there is one, for something that may yet fail. Counts like {@link #take}: until the permit is put back,
     * nobody else gets it, so another caller may be refused although a permit comes back later.
     *
     * @return the reservation; its status tells whether a permit was taken
     */
    Reservation reserve(LimitKey key, RateLimit limit, Moment now);

    /** Returns what the limit says now; takes nothing. */
    LimitStatus peek(LimitKey key, RateLimit limit, Moment now);

    /**
     * Returns the clocks that this process counts by, or empty if the store counts by a clock of its own alone. A decision and the
     * limits that are counted at its moment must use the same clocks.
     */
    default Optional<Clocks> clocks() {
        return Optional.empty();
    }

    /** A permit that was taken, and that can be put back for as long as it counts. */
    interface Reservation {

        /** Returns what the limit said when the permit was asked for. */
        LimitStatus status();

        /**
         * Puts the permit back. To be called only if what it was taken for did certainly not happen, and will not. Does nothing if no permit
         * was taken, if it was put back before, or if it no longer counts because its window is over.
         *
         * @throws StorageException if the store could not be reached; the permit then stays spent, and is not put back by another call
         */
        void putBack();
    }
}
