package school.lectern.auth.spi;

import java.util.List;
import java.util.Optional;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * Counts permits. Implementations are safe for use by many threads and may block. However many threads call it concurrently, a
 * limit never admits more than its number of permits. Implementations throw {@link StorageException} if they cannot count. A
 * store of one process counts at the moment that the caller passes; a store that processes share counts by a clock of its own.
 *
 * <p>A counter belongs to a key and to the {@linkplain RateLimit#shape shape} of the limit, and not to its number of permits.
 */
public interface LimitStore {

    /**
     * Takes one permit, if there is one, and returns the status of the limit.
     *
     * @param take the limit, and the key whose permits are counted
     * @param now the moment of the decision. It may be older than the newest moment of the counter, which never goes back
     * @return the status, which reports whether a permit was taken
     * @throws StorageException if the permit could not be counted; it may be consumed then
     */
    LimitStatus take(LimitTake take, Moment now);

    /**
     * Takes one permit of each limit, or no permit at all: if one limit refuses, no permit stays taken. Until the permits of a
     * refused list are put back, another caller may be refused although a permit comes back later.
     *
     * <p>This method reserves the permits one after the other, in the order of subject, policy and shape, and puts them back
     * after a refusal or a failure. For a single limit, it calls {@link #take(LimitTake, Moment)}. A store that can take all
     * permits in one transaction may override it.
     *
     * @param takes the limits, with at most one take of the same key and shape; may be empty
     * @param now the moment of the decision, as for {@link #take(LimitTake, Moment)}
     * @return the status of each limit, in the order of the takes. The permits were taken if and only if every status is
     *     admitted. Otherwise, a limit that refuses has a refused status, and each other limit has the status that
     *     {@link #peek} returns
     * @throws IllegalArgumentException if two takes have the same key and shape
     * @throws StorageException if a permit could not be counted, or not be put back. Permits of the list may then stay
     *     consumed, so that a limit never admits more than its number of permits
     */
    default List<LimitStatus> take(List<LimitTake> takes, Moment now) {
        return takes.size() == 1 ? List.of(take(takes.get(0), now)) : AllOrNone.take(this, takes, now);
    }

    /**
     * Takes one permit, if there is one, for an operation that may still fail. Counts like {@link #take(LimitTake, Moment)}:
     * until the permit is put back, no other caller gets it, so another caller may be refused although a permit comes back
     * later.
     *
     * @param take the limit, and the key whose permits are counted
     * @param now the moment of the decision, as for {@link #take(LimitTake, Moment)}
     * @return the reservation, whose status reports whether a permit was taken
     * @throws StorageException if the permit could not be counted; it may be consumed then
     */
    Reservation reserve(LimitTake take, Moment now);

    /**
     * {@return the present status of the limit, which reports whether a permit would be taken} Takes no permit.
     *
     * @param take the limit, and the key whose permits are counted
     * @param now the moment of the decision, as for {@link #take(LimitTake, Moment)}
     * @throws StorageException if the count could not be read
     */
    LimitStatus peek(LimitTake take, Moment now);

    /**
     * {@return the clocks of this process that the store counts by, or empty if it counts by a clock of its own alone} A
     * decision and the limits that are counted at its moment must use the same clocks.
     */
    default Optional<Clocks> clocks() {
        return Optional.empty();
    }

    /** The result of a request for a permit. A permit that was taken can be put back for as long as it counts. */
    interface Reservation {

        /** {@return the status of the limit when the permit was requested} */
        LimitStatus status();

        /**
         * Puts the permit back. Call this only if the operation that the permit was taken for certainly did not happen, and
         * will not happen. Does nothing if no permit was taken, if it was put back before, or if it no longer counts because
         * its window is over.
         *
         * @throws StorageException if the store could not be reached; the permit then stays consumed, and another call does not
         *     put it back
         */
        void putBack();
    }
}
