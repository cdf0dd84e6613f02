package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;

/** Tests of {@link LimitStoreContract}: a sliding window and GCRA bound the permits of every time interval. */
abstract class LimitAlgorithmContract extends LimitStoreFixture {

    @Test
    void a_sliding_window_bounds_every_interval_of_its_length() {
        RateLimit limit = RateLimit.sliding(5, WINDOW);
        LimitKey key = newKey();
        List<Long> admitted = admittedOverTime(key, limit);
        for (int i = 5; i < admitted.size(); i++) {
            long stretch = admitted.get(i) - admitted.get(i - 5);
            assertTrue(stretch >= WINDOW.toMillis(), "six calls were admitted within " + stretch + " ms");
        }
        clock.advance(WINDOW.plus(WINDOW.dividedBy(10)));
        assertEquals(5, takeAll(key, limit), "permits after a pause of a window and a tenth");
    }

    @Test
    void gcra_admits_a_burst_and_then_one_by_one() {
        RateLimit limit = RateLimit.gcra(6, WINDOW);
        LimitKey key = newKey();
        assertEquals(6, takeAll(key, limit), "permits of a burst");
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofMillis(9_999));
            assertEquals(0, takeAll(key, limit), "permits before the next one is refilled");
            clock.advance(Duration.ofMillis(1));
            assertEquals(1, takeAll(key, limit), "permits when the next one is refilled");
        }
        clock.advance(WINDOW);
        assertEquals(6, takeAll(key, limit), "permits after a pause of a window");
    }

    @Test
    void gcra_bounds_every_time_interval() {
        RateLimit limit = RateLimit.gcra(6, WINDOW);
        List<Long> admitted = admittedOverTime(newKey(), limit);
        for (int from = 0; from < admitted.size(); from++) {
            for (int to = from; to < admitted.size(); to++) {
                long stretch = admitted.get(to) - admitted.get(from);
                long bound = 6 + stretch * 6 / WINDOW.toMillis();
                assertTrue(to - from + 1 <= bound, "more than " + bound + " calls admitted within " + stretch + " ms");
            }
        }
    }

    /** Returns the times of the admitted calls, out of 300 calls at irregular times. */
    private List<Long> admittedOverTime(LimitKey key, RateLimit limit) {
        Random random = new Random(42);
        List<Long> admitted = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            clock.advance(Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(60_000) : random.nextInt(3_000)));
            if (limits.take(LimitTake.of(key, limit), now()).admitted()) {
                admitted.add(clock.millis());
            }
        }
        assertTrue(admitted.size() > 20, "more than 20 calls are admitted");
        return admitted;
    }
}
