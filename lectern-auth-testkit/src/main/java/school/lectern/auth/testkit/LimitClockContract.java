package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;

/** Tests of {@link LimitStoreContract}: a clock that jumps grants no permits. */
abstract class LimitClockContract extends LimitStoreFixture {

    @Test
    void a_clock_that_is_set_back_grants_no_permits() {
        List<Duration> jumps = List.of(
                Duration.ofMillis(1),
                Duration.ofSeconds(30),
                WINDOW,
                WINDOW.plusMillis(1),
                Duration.ofHours(1),
                Duration.ofDays(3650));
        for (RateLimit limit : everyMeasure(3)) {
            for (Duration jump : jumps) {
                LimitKey key = newKey();
                clock.set(START);
                useUp(key, limit);
                clock.advance(jump.negated());
                assertFalse(
                        limits.peek(LimitTake.of(key, limit), now()).admitted(),
                        limit + " would refuse after a jump by -" + jump);
                assertEquals(0, takeAll(key, limit), "permits of " + limit + " after a jump by -" + jump);
                clock.advance(WINDOW.multipliedBy(3));
                assertEquals(3, takeAll(key, limit), "permits of " + limit + " when a jump by -" + jump + " is over");
            }
        }
    }

    /** Such a moment comes from a caller that read the time before it waited, or from a clock that is set back and forth. */
    @Test
    void an_older_moment_in_between_grants_no_permits_at_the_newest() {
        for (RateLimit limit : everyMeasure(10)) {
            for (Duration old : List.of(Duration.ofMillis(1), WINDOW.plusSeconds(7), Duration.ofHours(1))) {
                LimitKey key = newKey();
                clock.set(START);
                int admitted = 0;
                for (int i = 0; i < 5; i++) {
                    admitted += takeAll(key, limit);
                    clock.advance(old.negated());
                    assertEquals(0, takeAll(key, limit), "permits of " + limit + " at a moment " + old + " before");
                    clock.set(START);
                }
                assertEquals(10, admitted, "permits of " + limit + " at one moment, with others " + old + " before");
            }
        }
    }

    @Test
    void a_clock_that_jumps_far_ahead_causes_no_overflow() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            clock.set(START);
            useUp(key, limit);
            clock.advance(Duration.ofDays(3650));
            assertEquals(3, limits.peek(LimitTake.of(key, limit), now()).remaining(), "remaining permits of " + limit);
            assertEquals(3, takeAll(key, limit), "permits of " + limit);
            LimitStatus status = limits.take(LimitTake.of(key, limit), now());
            assertTrue(status.resetMillis() > clock.millis(), limit + " is reset later");
            assertTrue(status.retryMillis() <= 2 * WINDOW.toMillis(), limit + " has a wait of at most two windows");
        }
    }
}
