package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;

/** Tests of {@link LimitStoreContract}: the status of a limit is exact, and reading it takes no permit. */
abstract class LimitStatusContract extends LimitStoreFixture {

    @Test
    void peek_takes_no_permit() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            for (int i = 0; i < 10; i++) {
                LimitStatus status = limits.peek(LimitTake.of(key, limit), now());
                assertTrue(status.admitted(), limit + " would admit");
                assertEquals(3, status.remaining(), limit + " has all its permits");
            }
            assertEquals(3, takeAll(key, limit), "permits of " + limit + " after reading the status");
        }
    }

    @Test
    void peek_agrees_with_take() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            for (int i = 0; i < 40; i++) {
                boolean would = limits.peek(LimitTake.of(key, limit), now()).admitted();
                LimitStatus taken = limits.take(LimitTake.of(key, limit), now());
                LimitStatus after = limits.peek(LimitTake.of(key, limit), now());
                assertEquals(would, taken.admitted(), limit + " admits a call if its status said so");
                assertEquals(taken.limit(), after.limit(), limit + " returns the same limit");
                assertEquals(taken.remaining(), after.remaining(), limit + " returns the same remaining permits");
                assertEquals(taken.resetMillis(), after.resetMillis(), limit + " returns the same reset");
                assertEquals(taken.retryMillis(), after.retryMillis(), limit + " returns the same wait");
                clock.advance(Duration.ofMillis(7_001));
            }
        }
    }

    @Test
    void the_retry_time_is_exact_to_the_millisecond() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            assertEquals(
                    0,
                    limits.take(LimitTake.of(key, limit), now()).retryMillis(),
                    limit + " has no wait while a permit is left");
            clock.advance(Duration.ofMillis(1_234));
            useUp(key, limit);
            LimitStatus refused = limits.take(LimitTake.of(key, limit), now());
            assertTrue(refused.retryMillis() > 0, limit + " says how long to wait");
            clock.advance(Duration.ofMillis(refused.retryMillis() - 1));
            assertFalse(
                    limits.peek(LimitTake.of(key, limit), now()).admitted(),
                    limit + " refuses before the wait is over");
            clock.advance(Duration.ofMillis(1));
            assertTrue(
                    limits.take(LimitTake.of(key, limit), now()).admitted(), limit + " admits when the wait is over");
        }
    }

    @Test
    void the_reset_time_is_exact_to_the_millisecond() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            limits.take(LimitTake.of(key, limit), now());
            clock.advance(Duration.ofMillis(1_234));
            LimitStatus status = limits.take(LimitTake.of(key, limit), now());
            Instant reset = Instant.ofEpochMilli(status.resetMillis());
            assertTrue(reset.isAfter(clock.instant()), limit + " is reset later");
            clock.set(reset.minusMillis(1));
            assertTrue(
                    limits.peek(LimitTake.of(key, limit), now()).remaining() < 3,
                    limit + " has not all permits before");
            clock.set(reset);
            assertEquals(3, limits.peek(LimitTake.of(key, limit), now()).remaining(), limit + " has all permits then");
            assertEquals(3, takeAll(key, limit), "permits of " + limit + " then");
        }
    }
}
