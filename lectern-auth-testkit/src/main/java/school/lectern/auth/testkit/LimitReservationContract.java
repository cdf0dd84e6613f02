package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LimitStore.Reservation;

/** Tests of {@link LimitStoreContract}: a reserved permit that is put back can be taken again, once. */
abstract class LimitReservationContract extends LimitStoreFixture {

    @Test
    void a_reservation_takes_a_permit() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            for (int left = 2; left >= 0; left--) {
                LimitStatus status =
                        limits.reserve(LimitTake.of(key, limit), now()).status();
                assertTrue(status.admitted(), limit + " admits a reservation while there is a permit");
                assertEquals(left, status.remaining(), limit + " returns the remaining permits after a reservation");
            }
            assertFalse(
                    limits.reserve(LimitTake.of(key, limit), now()).status().admitted(),
                    limit + " refuses when nothing is left");
            assertEquals(0, takeAll(key, limit), "permits of " + limit + " after reservations of all");
        }
    }

    @Test
    void a_permit_that_is_put_back_can_be_taken_by_any_process() {
        for (RateLimit limit : everyMeasure(10)) {
            LimitKey key = newKey();
            List<Reservation> reserved = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                reserved.add(limits.reserve(LimitTake.of(key, limit), now()));
            }
            assertEquals(0, takeAll(key, limit), "permits of " + limit + " while all are reserved");
            reserved.subList(0, 4).forEach(Reservation::putBack);
            assertEquals(
                    4,
                    limits.peek(LimitTake.of(key, limit), now()).remaining(),
                    "remaining permits of " + limit + " when four are put back");
            assertEquals(4, take(others, key, limit, 20), "permits of " + limit + " for others when four are put back");
        }
    }

    @Test
    void a_permit_is_put_back_at_most_once_and_only_if_there_was_one() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            Reservation first = limits.reserve(LimitTake.of(key, limit), now());
            useUp(key, limit);
            Reservation refused = limits.reserve(LimitTake.of(key, limit), now());
            refused.putBack();
            assertEquals(0, takeAll(key, limit), "permits of " + limit + " when a refused reservation is put back");
            first.putBack();
            first.putBack();
            assertEquals(1, takeAll(key, limit), "permits of " + limit + " when one is put back twice");
            first.putBack();
            assertEquals(0, takeAll(key, limit), "permits of " + limit + " when one is put back three times");
        }
    }

    @Test
    void a_permit_that_is_put_back_after_its_window_is_void() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            List<Reservation> reserved = List.of(
                    limits.reserve(LimitTake.of(key, limit), now()), limits.reserve(LimitTake.of(key, limit), now()));
            clock.advance(WINDOW.multipliedBy(2));
            useUp(key, limit);
            reserved.forEach(Reservation::putBack);
            assertEquals(
                    0, takeAll(key, limit), "permits of " + limit + " when those of an earlier window are put back");
        }
    }

    @Test
    void permits_that_are_put_back_concurrently_are_neither_lost_nor_doubled() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                for (RateLimit limit : everyMeasure(callsPerThread())) {
                    LimitKey key = newKey();
                    List<Callable<Integer>> callers = new ArrayList<>();
                    for (LimitStore store : List.of(limits, others)) {
                        callers.add(() -> take(store, key, limit, callsPerThread() / 5));
                        callers.add(() -> reserveAndPutBack(store, key, limit));
                        callers.add(() -> reserveAndPutBack(store, key, limit));
                    }
                    int admitted = race.run(callers).stream()
                            .mapToInt(Integer::intValue)
                            .sum();
                    admitted += take(others, key, limit, callsPerThread() * 2);
                    admitted += take(limits, key, limit, callsPerThread() * 2);
                    assertEquals(limit.permits(), admitted, "permits of " + limit + " when some are put back");
                }
            }
        }
    }

    private int reserveAndPutBack(LimitStore store, LimitKey key, RateLimit limit) {
        for (int i = 0; i < callsPerThread() / 2; i++) {
            store.reserve(LimitTake.of(key, limit), now()).putBack();
        }
        return 0;
    }
}
