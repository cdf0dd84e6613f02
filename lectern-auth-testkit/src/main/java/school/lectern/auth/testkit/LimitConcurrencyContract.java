package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;

/**
 * Tests of {@link LimitStoreContract}: concurrent callers, also in several processes, get no more permits than the limit has.
 */
abstract class LimitConcurrencyContract extends LimitStoreFixture {

    @Test
    void concurrent_calls_get_exactly_the_permits_of_the_limit() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                for (RateLimit limit : everyMeasure(callsPerThread() * THREADS / 4)) {
                    LimitKey key = newKey();
                    Callable<Integer> caller = () -> take(key, limit, callsPerThread());
                    int admitted = race.run(Collections.nCopies(THREADS, caller)).stream()
                            .mapToInt(Integer::intValue)
                            .sum();
                    assertEquals(limit.permits(), admitted, "permits of " + limit);
                    assertEquals(
                            0,
                            limits.peek(LimitTake.of(key, limit), now()).remaining(),
                            "remaining permits of " + limit);
                }
            }
        }
    }

    @Test
    void two_processes_together_admit_no_more_than_the_limit() throws InterruptedException {
        RateLimit limit = RateLimit.fixed(callsPerThread() * 4L, WINDOW);
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                LimitKey key = newKey();
                List<Callable<Integer>> callers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    callers.add(() -> take(limits, key, limit, callsPerThread()));
                    callers.add(() -> take(others, key, limit, callsPerThread()));
                }
                int admitted =
                        race.run(callers).stream().mapToInt(Integer::intValue).sum();
                admitted += take(others, key, limit, callsPerThread() * 4);
                admitted += take(limits, key, limit, callsPerThread() * 4);
                assertEquals(limit.permits(), admitted, "permits, after both processes requested all");
                clock.advance(WINDOW);
            }
        }
    }
}
