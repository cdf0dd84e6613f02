package school.lectern.auth.spi;

import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;

/**
 * Counts permits. Implementations are safe for use by many threads and may block. However many threads ask concurrently, a limit
 * never admits more than it says. They throw {@link StorageException} when they cannot count. A store has its own clock: where it
 * is shared, the shared one.
 *
 * <p>A counter belongs to a key and to the {@linkplain RateLimit#shape shape} of the limit, and not to its number of permits.
 */
public interface LimitStore {

    /** Takes one permit, if there is one, and returns what the limit says. */
    LimitStatus take(LimitKey key, RateLimit limit);

    /**
     * Takes one permit, if there is one, for something that may yet fail. Counts like {@link #take}: until the permit is put back,
     * nobody else gets it, so another caller may be refused although a permit comes back later.
     *
     * @return the reservation; its status tells whether a permit was taken
     */
    Reservation reserve(LimitKey key, RateLimit limit);

    /** Returns what the limit says now; takes nothing. */
    LimitStatus peek(LimitKey key, RateLimit limit);

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
