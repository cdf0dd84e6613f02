package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.LimitStore.Reservation;

/**
 * What every {@link LimitStore} has to keep, as tests. Extend it, and say how to open the store:
 *
 * <pre>{@code
 * final class OurLimitStoreTest extends LimitStoreContract {
 *     @Override
 *     protected LimitStore open(MutableClock clock) {
 *         return new OurLimitStore(database, clock);
 *     }
 * }
 * }</pre>
 *
 * <p>The store has to count by the clock that it is given, also where it would otherwise ask a database for the time. It
 * need not be empty: every test counts for subjects that were never used before.
 */
public abstract class LimitStoreContract {

    private static final int THREADS = 16;

    private static final Duration WINDOW = Duration.ofMinutes(1);

    /** In the middle of a window, where nobody expects a boundary. */
    private static final Instant START = Instant.parse("2026-01-01T00:00:20Z");

    private final MutableClock clock = MutableClock.at(START);
    private LimitStore limits;
    private LimitStore others;

    /** For subclasses. */
    protected LimitStoreContract() {}

    /**
     * Opens the store. Called before each test, ahead of the {@code @BeforeEach} methods of a subclass. Closing is left to
     * the subclass.
     *
     * @param clock the time that the store has to count by; it stands still unless a test moves it
     * @throws Exception whatever keeps it from being opened; the test then fails
     */
    protected abstract LimitStore open(MutableClock clock) throws Exception;

    /**
     * Opens the store once more, as another process would that counts in the same place; called once before each test, after
     * {@link #open}. Where no process shares the counts, leave it: then it is the same store.
     *
     * @param clock the same clock
     * @throws Exception whatever keeps it from being opened; the test then fails
     */
    protected LimitStore openAnother(MutableClock clock) throws Exception {
        return limits;
    }

    /** How often each race is run: 5 times unless overridden. */
    protected int rounds() {
        return 5;
    }

    /** How often each of 16 threads asks in a race: 50 times unless overridden. */
    protected int callsPerThread() {
        return 50;
    }

    @BeforeEach
    void openStore() throws Exception {
        limits = open(clock);
        others = openAnother(clock);
    }

    // ---- a window

    @Test
    void aWindowAdmitsItsPermitsAndNoMore() {
        for (RateLimit limit : everyMeasure(5)) {
            LimitKey key = newKey();
            for (int left = 4; left >= 0; left--) {
                LimitStatus status = limits.take(key, limit);
                assertTrue(status.admitted(), limit + " admits a permit while there is one");
                assertEquals(left, status.remaining(), limit + " says what is left");
                assertEquals(5, status.limit(), limit + " says its permits");
            }
            for (int i = 0; i < 3; i++) {
                LimitStatus status = limits.take(key, limit);
                assertFalse(status.admitted(), limit + " refuses when nothing is left");
                assertEquals(0, status.remaining(), limit + " says that nothing is left");
            }
        }
    }

    @Test
    void theNextWindowIsFresh() {
        RateLimit limit = RateLimit.fixed(3, WINDOW);
        LimitKey key = newKey();
        useUp(key, limit);
        clock.set(Instant.parse("2026-01-01T00:00:59.999Z"));
        assertFalse(limits.take(key, limit).admitted(), "the window lasts to its last millisecond");
        clock.set(Instant.parse("2026-01-01T00:01:00Z"));
        assertEquals(3, takeAll(key, limit), "permits of the next window");
        clock.advance(WINDOW.multipliedBy(10));
        assertEquals(3, takeAll(key, limit), "permits of a later window");
    }

    /** A store that takes permits ahead has some left when the window ends. */
    @Test
    void permitsThatWereNotUsedAreNotAddedToTheNextWindow() {
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
    void whatRemainsIsRightAfterEachOfManyPermits() {
        for (RateLimit limit : everyMeasure(200)) {
            LimitKey key = newKey();
            for (int left = 199; left >= 0; left--) {
                LimitStatus status = limits.take(key, limit);
                assertTrue(status.admitted(), limit + " admits a permit while there is one");
                assertEquals(left, status.remaining(), limit + " says what is left");
                assertEquals(left, limits.peek(key, limit).remaining(), limit + " says what is left to who looks");
            }
            assertFalse(limits.take(key, limit).admitted(), limit + " refuses when nothing is left");
        }
    }

    @Test
    void aRefusalTakesNothingFromLater() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            useUp(key, limit);
            for (int i = 0; i < 20; i++) {
                assertFalse(limits.take(key, limit).admitted());
            }
            clock.advance(WINDOW.multipliedBy(2));
            assertEquals(3, takeAll(key, limit), "permits of " + limit + " after refusals");
        }
    }

    @Test
    void windowsMayBeShortAndLimitsLarge() {
        LimitKey key = newKey();
        RateLimit shortest = RateLimit.fixed(1, Duration.ofMillis(1));
        assertEquals(1, takeAll(key, shortest));
        clock.advance(Duration.ofMillis(1));
        assertEquals(1, takeAll(key, shortest));

        RateLimit largest = RateLimit.fixed(RateLimit.MAX_PERMITS, Duration.ofDays(366));
        LimitStatus status = limits.take(newKey(), largest);
        assertTrue(status.admitted());
        assertEquals(RateLimit.MAX_PERMITS - 1, status.remaining());
        assertEquals(RateLimit.MAX_PERMITS, status.limit());
    }

    /** A token's own permits can be changed while its window is under way. */
    @Test
    void otherPermitsForAKeyAdmitNoMoreThanTheySay() {
        LimitKey key = newKey();
        useUp(key, RateLimit.fixed(3, WINDOW));
        assertEquals(0, takeAll(key, RateLimit.fixed(2, WINDOW)), "permits after the limit was lowered");
        assertTrue(takeAll(key, RateLimit.fixed(5, WINDOW)) <= 2, "permits after the limit was raised by two");
    }

    /** A token's limit can be given another window while the old one is under way. */
    @Test
    void anotherWindowForAKeyEndsWhenItSays() {
        LimitKey key = newKey();
        assertTrue(limits.take(key, RateLimit.fixed(5, WINDOW)).admitted(), "in the window that it had");
        RateLimit longer = RateLimit.fixed(5, WINDOW.multipliedBy(60));
        LimitStatus status = limits.take(key, longer);
        assertEquals(longer.window().toMillis(), status.windowMillis(), "the length of the other window");
        assertEquals(0, status.resetMillis() % longer.window().toMillis(), "its end, from a multiple of its length");
        assertTrue(status.resetMillis() > status.atMillis(), "its end, which is to come");
    }

    /** A store that takes permits ahead has taken them under the limit as it was. */
    @Test
    void otherPermitsForAKeyHoldForThoseThatWereNotUsedYet() {
        for (int lowered : new int[] {10, 30, 35, 60}) {
            LimitKey key = newKey();
            assertEquals(30, take(key, RateLimit.fixed(200, WINDOW), 30));
            int more = takeAll(key, RateLimit.fixed(lowered, WINDOW));
            assertTrue(
                    30 + more <= Math.max(30, lowered),
                    more + " permits more after the limit was lowered to " + lowered);
        }
    }

    // ---- shapes

    /** While a limit is given another shape, some nodes count by the old one: together they get the sum, and no more. */
    @Test
    void limitsOfOtherShapesAreCountedApart() {
        List<RateLimit> shapes = new ArrayList<>(everyMeasure(5));
        for (RateLimit limit : everyMeasure(5)) {
            shapes.add(otherWindow(limit, WINDOW.multipliedBy(60)));
        }
        LimitKey key = newKey();
        int admitted = 0;
        for (int round = 0; round < 5; round++) {
            for (RateLimit limit : shapes) {
                admitted += limits.take(key, limit).admitted() ? 1 : 0;
                admitted += others.take(key, limit).admitted() ? 1 : 0;
            }
        }
        for (RateLimit limit : shapes) {
            admitted += takeAll(key, limit);
        }
        assertEquals(5 * shapes.size(), admitted, "permits, when limits of several shapes were asked in turn");
    }

    private static RateLimit otherWindow(RateLimit limit, Duration window) {
        return limit.shape().startsWith("fixed")
                ? RateLimit.fixed(limit.permits(), window)
                : limit.shape().startsWith("sliding")
                        ? RateLimit.sliding(limit.permits(), window)
                        : RateLimit.gcra(limit.permits(), window);
    }

    // ---- permits that are put back

    @Test
    void aReservationTakesAPermit() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            for (int left = 2; left >= 0; left--) {
                LimitStatus status = limits.reserve(key, limit).status();
                assertTrue(status.admitted(), limit + " admits a reservation while there is a permit");
                assertEquals(left, status.remaining(), limit + " says what is left after a reservation");
            }
            assertFalse(limits.reserve(key, limit).status().admitted(), limit + " refuses when nothing is left");
            assertEquals(0, takeAll(key, limit), "permits of " + limit + " after reservations of all");
        }
    }

    @Test
    void whatIsPutBackCanBeTakenAgainByAnyProcess() {
        for (RateLimit limit : everyMeasure(10)) {
            LimitKey key = newKey();
            List<Reservation> reserved = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                reserved.add(limits.reserve(key, limit));
            }
            assertEquals(0, takeAll(key, limit), "permits of " + limit + " while all are reserved");
            reserved.subList(0, 4).forEach(Reservation::putBack);
            assertEquals(
                    4, limits.peek(key, limit).remaining(), "what is left of " + limit + " when four are put back");
            assertEquals(4, take(others, key, limit, 20), "permits of " + limit + " for others when four are put back");
        }
    }

    @Test
    void aPermitIsPutBackAtMostOnceAndOnlyIfThereWasOne() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            Reservation first = limits.reserve(key, limit);
            useUp(key, limit);
            Reservation refused = limits.reserve(key, limit);
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
    void whatIsPutBackAfterItsWindowIsVoid() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            List<Reservation> reserved = List.of(limits.reserve(key, limit), limits.reserve(key, limit));
            clock.advance(WINDOW.multipliedBy(2));
            useUp(key, limit);
            reserved.forEach(Reservation::putBack);
            assertEquals(
                    0, takeAll(key, limit), "permits of " + limit + " when those of an earlier window are put back");
        }
    }

    @Test
    void whatIsPutBackWhileOthersTakeIsNeitherLostNorDoubled() throws InterruptedException {
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
            store.reserve(key, limit).putBack();
        }
        return 0;
    }

    // ---- peek

    @Test
    void peekTakesNothing() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            for (int i = 0; i < 10; i++) {
                LimitStatus status = limits.peek(key, limit);
                assertTrue(status.admitted(), limit + " would admit");
                assertEquals(3, status.remaining(), limit + " has all its permits");
            }
            assertEquals(3, takeAll(key, limit), "permits of " + limit + " after looking");
        }
    }

    @Test
    void peekAgreesWithTake() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            for (int i = 0; i < 40; i++) {
                boolean would = limits.peek(key, limit).admitted();
                LimitStatus taken = limits.take(key, limit);
                LimitStatus after = limits.peek(key, limit);
                assertEquals(would, taken.admitted(), limit + " does what it said");
                assertEquals(taken.limit(), after.limit(), limit + " says the same limit");
                assertEquals(taken.remaining(), after.remaining(), limit + " says the same of what remains");
                assertEquals(taken.resetMillis(), after.resetMillis(), limit + " says the same reset");
                assertEquals(taken.retryMillis(), after.retryMillis(), limit + " says the same wait");
                clock.advance(Duration.ofMillis(7_001));
            }
        }
    }

    // ---- keys

    @Test
    void subjectsAreCountedApart() {
        RateLimit limit = RateLimit.fixed(2, WINDOW);
        useUp(newKey(), limit);
        assertEquals(2, takeAll(newKey(), limit));
    }

    @Test
    void classesAreCountedApart() {
        LimitKey read = newKey();
        LimitKey write = new LimitKey(read.subject(), "write");
        useUp(read, RateLimit.fixed(2, WINDOW));
        assertEquals(7, takeAll(write, RateLimit.fixed(7, WINDOW)));
        assertEquals(0, takeAll(read, RateLimit.fixed(2, WINDOW)));
    }

    @Test
    void keysThatOnlyLookTheSameAreCountedApart() {
        String id = UUID.randomUUID().toString();
        List<LimitKey> keys = List.of(
                new LimitKey("tenant:resume-" + id, "read"),
                new LimitKey("tenant:Resume-" + id, "read"),
                new LimitKey("tenant:r\u00e9sume-" + id, "read"),
                new LimitKey("tenant:re\u0301sume-" + id, "read"),
                new LimitKey("tenant:resume-" + id + " ", "read"),
                new LimitKey(" tenant:resume-" + id, "read"),
                new LimitKey("tenant:resume_" + id, "read"),
                new LimitKey("tenant:resume%" + id, "read"),
                new LimitKey("tenant:resume-" + id, "Read"),
                new LimitKey("tenant:resume-" + id, "read "),
                new LimitKey("tenant", "resume-" + id + ":read"),
                new LimitKey("tenant:resume-" + id + ":read", "read"),
                new LimitKey("tenant:resume-" + id, "read:read"),
                new LimitKey("'; DROP TABLE limits; --" + id, "\"\\\n"),
                new LimitKey("\uD83D\uDE00 \u5b66\u6821 \u0634" + id, "\u5b66"));
        areCountedApart(keys);
    }

    @Test
    void longKeysAreToldApartByTheirLastCharacter() {
        String prefix = (UUID.randomUUID() + "x".repeat(128)).substring(0, 127);
        areCountedApart(List.of(
                new LimitKey(prefix + "a", "read"),
                new LimitKey(prefix + "b", "read"),
                new LimitKey(prefix + "\u5b66", "read"),
                new LimitKey(prefix, "read")));
    }

    private void areCountedApart(List<LimitKey> keys) {
        RateLimit limit = RateLimit.fixed(2, WINDOW);
        assertEquals(keys.size(), new HashSet<>(keys).size());
        for (LimitKey key : keys) {
            assertEquals(2, takeAll(key, limit), "permits of " + key);
        }
    }

    // ---- what a status says

    @Test
    void whenToRetryIsTrueToTheMillisecond() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            assertEquals(0, limits.take(key, limit).retryMillis(), limit + " has no wait while a permit is left");
            clock.advance(Duration.ofMillis(1_234));
            useUp(key, limit);
            LimitStatus refused = limits.take(key, limit);
            assertTrue(refused.retryMillis() > 0, limit + " says how long to wait");
            clock.advance(Duration.ofMillis(refused.retryMillis() - 1));
            assertFalse(limits.peek(key, limit).admitted(), limit + " refuses before the wait is over");
            clock.advance(Duration.ofMillis(1));
            assertTrue(limits.take(key, limit).admitted(), limit + " admits when the wait is over");
        }
    }

    @Test
    void whenItIsResetIsTrueToTheMillisecond() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            limits.take(key, limit);
            clock.advance(Duration.ofMillis(1_234));
            LimitStatus status = limits.take(key, limit);
            Instant reset = Instant.ofEpochMilli(status.resetMillis());
            assertTrue(reset.isAfter(clock.instant()), limit + " is reset later");
            clock.set(reset.minusMillis(1));
            assertTrue(limits.peek(key, limit).remaining() < 3, limit + " has not all permits before");
            clock.set(reset);
            assertEquals(3, limits.peek(key, limit).remaining(), limit + " has all permits then");
            assertEquals(3, takeAll(key, limit), "permits of " + limit + " then");
        }
    }

    // ---- the other measures

    @Test
    void aSlidingWindowBoundsEveryStretchOfItsLength() {
        RateLimit limit = RateLimit.sliding(5, WINDOW);
        LimitKey key = newKey();
        List<Long> admitted = admittedOverTime(key, limit);
        for (int i = 5; i < admitted.size(); i++) {
            long stretch = admitted.get(i) - admitted.get(i - 5);
            assertTrue(stretch >= WINDOW.toMillis(), "six were admitted within " + stretch + " ms");
        }
        clock.advance(WINDOW.plus(WINDOW.dividedBy(10)));
        assertEquals(5, takeAll(key, limit), "permits after a window and a tenth of rest");
    }

    @Test
    void gcraAdmitsABurstAndThenOneByOne() {
        RateLimit limit = RateLimit.gcra(6, WINDOW);
        LimitKey key = newKey();
        assertEquals(6, takeAll(key, limit), "permits of a burst");
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofMillis(9_999));
            assertEquals(0, takeAll(key, limit), "permits before the next one is back");
            clock.advance(Duration.ofMillis(1));
            assertEquals(1, takeAll(key, limit), "permits when the next one is back");
        }
        clock.advance(WINDOW);
        assertEquals(6, takeAll(key, limit), "permits after a window of rest");
    }

    @Test
    void gcraBoundsEveryStretchOfTime() {
        RateLimit limit = RateLimit.gcra(6, WINDOW);
        List<Long> admitted = admittedOverTime(newKey(), limit);
        for (int from = 0; from < admitted.size(); from++) {
            for (int to = from; to < admitted.size(); to++) {
                long stretch = admitted.get(to) - admitted.get(from);
                long bound = 6 + stretch * 6 / WINDOW.toMillis();
                assertTrue(to - from + 1 <= bound, "more than " + bound + " were admitted within " + stretch + " ms");
            }
        }
    }

    /** The times at which a permit was had, of 300 calls at odd times. */
    private List<Long> admittedOverTime(LimitKey key, RateLimit limit) {
        Random random = new Random(42);
        List<Long> admitted = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            clock.advance(Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(60_000) : random.nextInt(3_000)));
            if (limits.take(key, limit).admitted()) {
                admitted.add(clock.millis());
            }
        }
        assertTrue(admitted.size() > 20, "some were admitted");
        return admitted;
    }

    // ---- clocks that jump

    @Test
    void aClockThatIsSetBackGivesNoPermits() {
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
                assertFalse(limits.peek(key, limit).admitted(), limit + " would refuse after a jump by -" + jump);
                assertEquals(0, takeAll(key, limit), "permits of " + limit + " after a jump by -" + jump);
                clock.advance(WINDOW.multipliedBy(3));
                assertEquals(3, takeAll(key, limit), "permits of " + limit + " when a jump by -" + jump + " is over");
            }
        }
    }

    /** A caller that read the time before it had to wait, or a clock that is set back and forth. */
    @Test
    void anOldMomentBetweenGivesNoPermitsAtTheNewest() {
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
    void aClockThatJumpsFarAheadOverflowsNothing() {
        for (RateLimit limit : everyMeasure(3)) {
            LimitKey key = newKey();
            clock.set(START);
            useUp(key, limit);
            clock.advance(Duration.ofDays(3650));
            assertEquals(3, limits.peek(key, limit).remaining(), "what is left of " + limit);
            assertEquals(3, takeAll(key, limit), "permits of " + limit);
            LimitStatus status = limits.take(key, limit);
            assertTrue(status.resetMillis() > clock.millis(), limit + " is reset later");
            assertTrue(status.retryMillis() <= 2 * WINDOW.toMillis(), limit + " has a wait of at most two windows");
        }
    }

    // ---- at once

    @Test
    void howeverManyAskAtOnceAsManyAreAdmittedAsThereArePermits() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                for (RateLimit limit : everyMeasure(callsPerThread() * THREADS / 4)) {
                    LimitKey key = newKey();
                    Callable<Integer> caller = () -> take(key, limit, callsPerThread());
                    int admitted = race.run(Collections.nCopies(THREADS, caller)).stream()
                            .mapToInt(Integer::intValue)
                            .sum();
                    assertEquals(limit.permits(), admitted, "permits of " + limit);
                    assertEquals(0, limits.peek(key, limit).remaining(), "what is left of " + limit);
                }
            }
        }
    }

    @Test
    void twoProcessesTogetherAdmitNoMoreThanTheLimitSays() throws InterruptedException {
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
                assertEquals(limit.permits(), admitted, "permits, when both have asked for all");
                clock.advance(WINDOW);
            }
        }
    }

    // ---- what the tests are written with

    private static List<RateLimit> everyMeasure(long permits) {
        return List.of(
                RateLimit.fixed(permits, WINDOW), RateLimit.sliding(permits, WINDOW), RateLimit.gcra(permits, WINDOW));
    }

    private static LimitKey newKey() {
        return new LimitKey("apitoken_" + UUID.randomUUID(), "read");
    }

    /** Takes permits until one is refused. */
    private void useUp(LimitKey key, RateLimit limit) {
        assertTrue(takeAll(key, limit) > 0, limit + " admits at first");
    }

    /** How many permits can be had in a row: asks for ten more than there may be. */
    private int takeAll(LimitKey key, RateLimit limit) {
        return take(key, limit, (int) limit.permits() + 10);
    }

    private int take(LimitKey key, RateLimit limit, int calls) {
        return take(limits, key, limit, calls);
    }

    private static int take(LimitStore store, LimitKey key, RateLimit limit, int calls) {
        int admitted = 0;
        for (int i = 0; i < calls; i++) {
            admitted += store.take(key, limit).admitted() ? 1 : 0;
        }
        return admitted;
    }
}
