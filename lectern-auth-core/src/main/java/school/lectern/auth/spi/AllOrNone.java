package school.lectern.auth.spi;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
        Map<LimitTake, LimitStatus> statuses = new HashMap<>();
        for (LimitTake take : ordered()) {
            LimitStatus status = reserve(take);
            if (!status.admitted()) {
                putBackAfterRefusal();
                return takes.stream()
                        .map(each -> each.equals(take) ? status : store.peek(each, now))
                        .toList();
            }
            statuses.put(take, status);
        }
        return takes.stream().map(statuses::get).toList();
    }

    /**
     * {@return the takes in the order in which permits are reserved}
     *
     * @throws IllegalArgumentException if the list contains a limit twice
     */
    private List<LimitTake> ordered() {
        List<LimitTake> ordered = takes.stream().sorted(ORDER).toList();
        for (int i = 1; i < ordered.size(); i++) {
            LimitTake take = ordered.get(i);
            if (ORDER.compare(ordered.get(i - 1), take) == 0) {
                throw new IllegalArgumentException("takes must contain each limit at most once, contained twice: "
                        + take.key() + " with the shape " + take.limit().shape());
            }
        }
        return ordered;
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
}
