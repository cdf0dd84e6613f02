package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;

/** Tests of {@link LimitStoreContract}: a window admits its permits and no more, also after the limit of a key has changed. */
abstract class LimitWindowContract extends LimitStoreFixture {

    @Test
    void a_window_admits_its_permits_and_no_more() {
        for (RateLimit limit : everyMeasure(5)) {
            LimitKey key = newKey();
            for (int left = 4; left >= 0; left--) {
                LimitStatus status = limits.take(LimitTake.of(key, limit), now());
                assertTrue(status.admitted(), limit + " admits a permit while there is one");
                assertEquals(left, status.remaining(), limit + " returns the remaining permits");
                assertEquals(5, status.limit(), limit + " returns its permits");
            }
            for (int i = 0; i < 3; i++) {
                LimitStatus status = limits.take(LimitTake.of(key, limit), now());
                assertFalse(status.admitted(), limit + " refuses when nothing is left");
                assertEquals(0, status.remaining(), limit + " returns that no permit is left");
            }
        }
    }

    @Test
    void the_next_window_has_all_its_permits() {
        RateLimit limit = RateLimit.fixed(3, WINDOW);
        LimitKey key = newKey();
        useUp(key, limit);
        clock.set(Instant.parse("2026-01-01T00:00:59.999Z"));
        assertFalse(
                limits.take(LimitTake.of(key, limit), now()).admitted(), "the window lasts to its last millisecond");
        clock.set(Instant.parse("2026-01-01T00:01:00Z"));
        assertEquals(3, takeAll(key, limit), "permits of the next window");
        clock.advance(WINDOW.multipliedBy(10));
        assertEquals(3, takeAll(key, limit), "permits of a later window");
    }

    /** A store that takes batches of permits has unused permits when the window ends. */
    @Test
    void permits_that_were_not_used_are_not_added_to_the_next_window() {
        RateLimit limit = RateLimit.fixed(200, WINDOW);
        for (int used : new int[] {1, 30, 199}) {
            LimitKey key = newKey();
            clock.set(START);
            assertEquals(used, take(key, limit, used));
            clock.advance(WINDOW);
            assertEquals(
                    200, takeAll(key, limit), "permits of the next window, when " + used + " were used of the last");
        }
    }

    @Test
    void remaining_permits_are_right_after_each_of_many_permits() {
        for (RateLimit limit : everyMeasure(200)) {
            LimitKey key = newKey();
            for (int left = 199; left >= 0; left--) {
                LimitStatus status = limits.take(LimitTake.of(key, limit), now());
                assertTrue(status.admitted(), limit + " admits a permit while there is one");
                assertEquals(left, status.remaining(), limit + " returns the remaining permits");
                assertEquals(
                        left,
                        limits.peek(LimitTake.of(key, limit), now()).remaining(),
                        limit + " returns the remaining permits without taking any");
            }
            assertFalse(
                    limits.take(LimitTake.of(key, limit), now()).admitted(), limit + " refuses when nothing is left");
        }
    }

    @Test
    void a_refusal_takes_no_permit_of_later_calls() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            useUp(key, limit);
            for (int i = 0; i < 20; i++) {
                assertFalse(limits.take(LimitTake.of(key, limit), now()).admitted());
            }
            clock.advance(WINDOW.multipliedBy(2));
            assertEquals(3, takeAll(key, limit), "permits of " + limit + " after refusals");
        }
    }

    @Test
    void windows_may_be_short_and_limits_large() {
        LimitKey key = newKey();
        RateLimit shortest = RateLimit.fixed(1, Duration.ofMillis(1));
        assertEquals(1, takeAll(key, shortest));
        clock.advance(Duration.ofMillis(1));
        assertEquals(1, takeAll(key, shortest));

        RateLimit largest = RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366));
        LimitStatus status = limits.take(LimitTake.of(newKey(), largest), now());
        assertTrue(status.admitted());
        assertEquals(RateLimit.MAX_PERMITS - 1, status.remaining());
        assertEquals(RateLimit.MAX_PERMITS, status.limit());
    }

    /** The limit of a token can be changed during its window. */
    @Test
    void a_changed_limit_of_a_key_admits_no_more_than_its_permits() {
        LimitKey key = newKey();
        useUp(key, RateLimit.fixed(3, WINDOW));
        assertEquals(0, takeAll(key, RateLimit.fixed(2, WINDOW)), "permits after the limit was lowered");
        assertTrue(takeAll(key, RateLimit.fixed(5, WINDOW)) <= 2, "permits after the limit was raised by two");
    }

    /** The limit of a token can get another window length during its window. */
    @Test
    void a_changed_window_of_a_key_ends_at_its_reported_end() {
        LimitKey key = newKey();
        assertTrue(
                limits.take(LimitTake.of(key, RateLimit.fixed(5, WINDOW)), now())
                        .admitted(),
                "in the window that it had");
        RateLimit longer = RateLimit.fixed(5, WINDOW.multipliedBy(60));
        LimitStatus status = limits.take(LimitTake.of(key, longer), now());
        assertEquals(longer.window().toMillis(), status.windowMillis(), "the length of the other window");
        assertEquals(0, status.resetMillis() % longer.window().toMillis(), "its end, from a multiple of its length");
        assertTrue(status.resetMillis() > status.atMillis(), "its end, which is to come");
    }

    /** A store that takes batches of permits took the current batch under the previous limit. */
    @Test
    void a_changed_limit_applies_to_permits_that_are_not_used_yet() {
        for (int lowered : new int[] {10, 30, 35, 60}) {
            LimitKey key = newKey();
            assertEquals(30, take(key, RateLimit.fixed(200, WINDOW), 30));
            int more = takeAll(key, RateLimit.fixed(lowered, WINDOW));
            assertTrue(
                    30 + more <= Math.max(30, lowered),
                    more + " permits more after the limit was lowered to " + lowered);
        }
    }

    /** While the shape of a limit changes, some nodes count by the old shape: together they admit the sum, and no more. */
    @Test
    void limits_of_other_shapes_are_counted_separately() {
        List<RateLimit> shapes = new ArrayList<>(everyMeasure(5));
        for (RateLimit limit : everyMeasure(5)) {
            shapes.add(otherWindow(limit, WINDOW.multipliedBy(60)));
        }
        LimitKey key = newKey();
        int admitted = 0;
        for (int round = 0; round < 5; round++) {
            for (RateLimit limit : shapes) {
                admitted += limits.take(LimitTake.of(key, limit), now()).admitted() ? 1 : 0;
                admitted += others.take(LimitTake.of(key, limit), now()).admitted() ? 1 : 0;
            }
        }
        for (RateLimit limit : shapes) {
            admitted += takeAll(key, limit);
        }
        assertEquals(5 * shapes.size(), admitted, "permits of limits of several shapes that are called in turn");
    }

    private static RateLimit otherWindow(RateLimit limit, Duration window) {
        return limit.shape().startsWith("fixed")
                ? RateLimit.fixed(limit.permits(), window)
                : limit.shape().startsWith("sliding")
                        ? RateLimit.sliding(limit.permits(), window)
                        : RateLimit.gcra(limit.permits(), window);
    }
}
