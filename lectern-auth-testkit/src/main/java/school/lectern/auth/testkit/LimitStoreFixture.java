package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/** The store under test, and the fixtures that all subjects of {@link LimitStoreContract} share. */
abstract class LimitStoreFixture {

    static final int THREADS = 16;

    static final Duration WINDOW = Duration.ofMinutes(1);

    /** A time in the middle of a window, far from a boundary. */
    static final Instant START = Instant.parse("2026-01-01T00:00:20Z");

    MutableClock clock;
    LimitStore limits;
    LimitStore others;

    /** Returns the contract that this subject is nested in. */
    abstract LimitStoreContract contract();

    @BeforeEach
    void useStore() {
        clock = contract().clock();
        limits = contract().limits();
        others = contract().others();
    }

    /** Returns how often to run each race. */
    int rounds() {
        return contract().rounds();
    }

    /** Returns how often each of {@link #THREADS} threads takes a permit in a race. */
    int callsPerThread() {
        return contract().callsPerThread();
    }

    /** Returns the moment of a decision that is made now. */
    Moment now() {
        return Clocks.of(clock).now();
    }

    static List<RateLimit> everyMeasure(long permits) {
        return List.of(
                RateLimit.fixed(permits, WINDOW), RateLimit.sliding(permits, WINDOW), RateLimit.gcra(permits, WINDOW));
    }

    static LimitKey newKey() {
        return new LimitKey("apitoken_" + UUID.randomUUID(), "read");
    }

    /** Takes permits until one is refused. */
    void useUp(LimitKey key, RateLimit limit) {
        assertTrue(takeAll(key, limit) > 0, limit + " admits at first");
    }

    /** Returns how many permits can be taken in a row: calls ten times more than the limit has permits. */
    int takeAll(LimitKey key, RateLimit limit) {
        return take(key, limit, (int) limit.permits() + 10);
    }

    int take(LimitKey key, RateLimit limit, int calls) {
        return take(limits, key, limit, calls);
    }

    int take(LimitStore store, LimitKey key, RateLimit limit, int calls) {
        int admitted = 0;
        for (int i = 0; i < calls; i++) {
            admitted += store.take(LimitTake.of(key, limit), now()).admitted() ? 1 : 0;
        }
        return admitted;
    }
}
