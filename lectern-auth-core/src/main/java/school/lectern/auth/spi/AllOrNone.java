package school.lectern.auth.spi;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.spi.LimitStore.Reservation;
import school.lectern.auth.time.Moment;

/**
 * Takes one permit of each limit of a list, or no permit at all, by reserving one permit after the other: for stores that have
 * no faster way. For one list.
 */
final class AllOrNone {

    /**
     * The order in which permits are reserved, regardless of the order of the list. Because of it, two lists with the same
     * limits never refuse each other: the list that takes the last permit of a limit already has its permits of the limits
     * before, which are the only permits that the refused list holds.
     */
    private static final Comparator<LimitTake> ORDER = Comparator.comparing(
                    (LimitTake take) -> take.key().subject())
            .thenComparing(take -> take.key().policy())
            .thenComparing(take -> take.limit().shape());

    private final LimitStore store;
    private final List<LimitTake> takes;
    private final Moment now;
    private final List<Reservation> reserved = new ArrayList<>();

    private AllOrNone(LimitStore store, List<LimitTake> takes, Moment now) {
        this.store = store;
        this.takes = List.copyOf(takes);
        this.now = now;
    }

    /** Does what {@link LimitStore#take(List, Moment)} specifies. */
    static List<LimitStatus> take(LimitStore store, List<LimitTake> takes, Moment now) {
        return new AllOrNone(store, takes, now).run();
    }

    private List<LimitStatus> run() {
        LimitStatus[] statuses = new LimitStatus[takes.size()];
        for (int index : ordered()) {
            statuses[index] = reserve(takes.get(index));
            if (!statuses[index].admitted()) {
                putBackAfterRefusal();
                peekAllBut(index, statuses);
                break;
            }
        }
        return List.of(statuses);
    }

    /**
     * {@return the indexes of the takes in their order}
     *
     * @throws IllegalArgumentException if the list contains a limit twice
     */
    private List<Integer> ordered() {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < takes.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparing(takes::get, ORDER));
        for (int i = 1; i < order.size(); i++) {
            LimitTake take = takes.get(order.get(i));
            if (ORDER.compare(takes.get(order.get(i - 1)), take) == 0) {
                throw new IllegalArgumentException("takes must contain each limit at most once, contained twice: "
                        + take.key() + " with the shape " + take.limit().shape());
            }
        }
        return order;
    }

    private LimitStatus reserve(LimitTake take) {
        try {
            Reservation reservation = store.reserve(take, now);
            LimitStatus status = reservation.status();
            if (status.admitted()) {
                reserved.add(reservation);
            }
            return status;
        } catch (RuntimeException | Error failed) {
            suppress(putBackAll(), failed);
            throw failed;
        }
    }

    private void putBackAfterRefusal() {
        List<Throwable> failures = putBackAll();
        if (!failures.isEmpty()) {
            Throwable first = failures.get(0);
            suppress(failures, first);
            if (first instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) first;
        }
    }

    /** Tries to put each permit back, even after another one could not be put back. Returns the failures. */
    private List<Throwable> putBackAll() {
        List<Throwable> failures = new ArrayList<>();
        for (Reservation reservation : reserved) {
            try {
                reservation.putBack();
            } catch (RuntimeException | Error failed) {
                failures.add(failed);
            }
        }
        return failures;
    }

    private static void suppress(List<Throwable> failures, Throwable thrown) {
        for (Throwable each : failures) {
            if (each != thrown) {
                thrown.addSuppressed(each);
            }
        }
    }

    private void peekAllBut(int refused, LimitStatus[] statuses) {
        for (int i = 0; i < statuses.length; i++) {
            if (i != refused) {
                statuses[i] = store.peek(takes.get(i), now);
            }
        }
    }
}
