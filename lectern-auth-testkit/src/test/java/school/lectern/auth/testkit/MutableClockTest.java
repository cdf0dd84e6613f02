package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

final class MutableClockTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final MutableClock clock = MutableClock.at(START);

    @Test
    void standsStillUntilItIsMoved() {
        assertEquals(START, clock.instant());
        assertEquals(START.toEpochMilli(), clock.millis());
        assertEquals(ZoneOffset.UTC, clock.getZone());
        clock.advance(Duration.ofMinutes(5));
        assertEquals(START.plusSeconds(300), clock.instant());
        clock.advance(Duration.ofMinutes(-6));
        assertEquals(START.minusSeconds(60), clock.instant());
        clock.set(START);
        assertEquals(START, clock.instant());
    }

    @Test
    void isOneClockInAllZones() {
        MutableClock there = clock.withZone(ZoneId.of("Pacific/Auckland"));
        there.advance(Duration.ofSeconds(1));
        assertEquals(START.plusSeconds(1), clock.instant());
        assertEquals(ZoneId.of("Pacific/Auckland"), there.getZone());
    }

    @Test
    void staysWhereItIsIfItCannotBeMoved() {
        clock.set(Instant.MAX);
        assertThrows(DateTimeException.class, () -> clock.advance(Duration.ofNanos(1)));
        assertEquals(Instant.MAX, clock.instant());
    }

    @Test
    void losesNoStepOfManyThreads() throws InterruptedException {
        try (Race race = new Race()) {
            Callable<Boolean> stepper = () -> {
                for (int i = 0; i < 1000; i++) {
                    clock.advance(Duration.ofMillis(1));
                }
                return true;
            };
            race.run(Collections.nCopies(8, stepper));
        }
        assertEquals(START.plusMillis(8000), clock.instant());
    }
}
