package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Tests of {@link ChangeFeedContract}: a change waits until every lease that was granted before it has ended. */
abstract class ChangeLeaseContract extends ChangeFeedFixture {

    @Test
    void a_lease_is_from_zero_to_a_minute() {
        assertThrows(IllegalArgumentException.class, () -> feed.setLease(Duration.ofMillis(-1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> feed.setLease(Duration.ofMinutes(1).plusMillis(1)));
        feed.setLease(Duration.ofMillis(20));
        feed.setLease(Duration.ZERO);
        assertEquals(Duration.ZERO, feed.since(newest()).lease());
        assertEquals(Duration.ZERO, feed.confirmation().duration());
    }

    /** A caller need not wait for the changes up to a position for which another caller has already waited. */
    @Test
    void the_wait_is_returned_with_the_newest_position() {
        revoke(insert());
        assertEquals(newest(), feed.confirmation().newest());
        long before = number();
        revoke(insert());
        assertEquals(before + 1, feed.confirmation().newest().number());
        assertEquals(newest(), feed.confirmation().newest());
    }

    @Test
    void changes_wait_for_a_longer_lease_immediately() {
        feed.setLease(Duration.ofMillis(20));
        feed.setLease(Duration.ofMillis(300));
        assertEquals(Duration.ofMillis(300), feed.since(newest()).lease());
        assertEquals(Duration.ofMillis(300), feed.confirmation().duration());
    }

    @Test
    void changes_wait_for_a_shorter_lease_after_older_leases_have_ended() throws InterruptedException {
        feed.setLease(Duration.ofMillis(20));
        feed.setLease(Duration.ofMillis(300));
        long start = System.nanoTime();
        List<Callable<Boolean>> steps = List.of(
                () -> {
                    feed.setLease(Duration.ofMillis(20));
                    return true;
                },
                () -> neverConfirmsSooner(start));
        try (Race race = new Race()) {
            race.run(steps).forEach(safe -> assertTrue(safe, "a change waits for the end of older leases"));
        }
        assertTrue(System.nanoTime() - start >= 303_000_000, "the changes return only after older leases have ended");
        assertEquals(Duration.ofMillis(20), feed.since(newest()).lease());
        assertEquals(Duration.ofMillis(20), feed.confirmation().duration());
    }

    /** A longer lease that is set while another caller shortens leases does not end together with the older leases. */
    @Test
    void changes_wait_for_a_longer_lease_that_is_set_concurrently() throws InterruptedException {
        feed.setLease(Duration.ofMillis(300));
        AtomicLong longer = new AtomicLong();
        List<Callable<Boolean>> steps = List.of(
                () -> {
                    feed.setLease(Duration.ofMillis(20));
                    Duration wait = feed.confirmation().duration();
                    boolean longerLast = System.nanoTime() - longer.get() < 300_000_000;
                    return !longerLast || wait.toMillis() >= 300;
                },
                () -> {
                    Thread.sleep(120);
                    longer.set(System.nanoTime());
                    feed.setLease(Duration.ofMillis(300));
                    return true;
                },
                () -> {
                    Thread.sleep(160);
                    feed.setLease(Duration.ofMillis(20));
                    return true;
                });
        longer.set(System.nanoTime());
        try (Race race = new Race()) {
            race.run(steps).forEach(safe -> assertTrue(safe, "a change waits for the end of longer leases"));
        }
    }

    private boolean neverConfirmsSooner(long start) throws InterruptedException {
        while (true) {
            Duration wait = feed.confirmation().duration();
            boolean olderLast = System.nanoTime() - start < 300_000_000;
            if (!olderLast) {
                return true;
            }
            if (wait.toMillis() < 300) {
                return false;
            }
            Thread.sleep(5);
        }
    }
}
