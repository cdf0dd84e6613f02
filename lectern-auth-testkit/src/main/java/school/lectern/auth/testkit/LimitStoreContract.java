package school.lectern.auth.testkit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import school.lectern.auth.spi.LimitStore;

/**
 * Tests that every {@link LimitStore} must pass. Extend this class and open the store in {@link #open}:
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
 * <p>The tests are grouped by subject. Each subject is a nested test class, so JUnit runs all subjects with the extending
 * class, and one subject can be selected by its name, such as {@code Windows}.
 *
 * <p>The store must count by the clock that it is given, even if it otherwise uses the time of a database. It need not be
 * empty: every test counts for subjects of limits that were never used before.
 */
public abstract class LimitStoreContract {

    private final MutableClock clock = MutableClock.at(LimitStoreFixture.START);
    private LimitStore limits;
    private LimitStore others;

    /** For subclasses. */
    protected LimitStoreContract() {}

    /**
     * Opens the store. Called before each test, ahead of the {@code @BeforeEach} methods of a subclass. The subclass closes the
     * store.
     *
     * @param clock the time that the store must count by; its time changes only when a test moves it
     * @return the store
     * @throws Exception if the store cannot be opened; the test then fails
     */
    protected abstract LimitStore open(MutableClock clock) throws Exception;

    /**
     * Opens the store once more, as another process does that counts in the same place. Called once before each test, after
     * {@link #open}. Do not override this method if processes cannot share the counts: it then returns the same store.
     *
     * @param clock the same clock
     * @return the store of the other process
     * @throws Exception if the store cannot be opened; the test then fails
     */
    protected LimitStore openAnother(MutableClock clock) throws Exception {
        return limits;
    }

    /** {@return how often each race is run: 5 times unless overridden} */
    protected int rounds() {
        return 5;
    }

    /** {@return how often each of 16 threads takes a permit in a race: 50 times unless overridden} */
    protected int callsPerThread() {
        return 50;
    }

    @BeforeEach
    void openStore() throws Exception {
        limits = open(clock);
        others = openAnother(clock);
    }

    /** Returns the clock that the stores of the current test count by. */
    final MutableClock clock() {
        return clock;
    }

    /** Returns the store that was opened for the current test. */
    final LimitStore limits() {
        return limits;
    }

    /** Returns the store as another process opened it; the same store if processes cannot share the counts. */
    final LimitStore others() {
        return others;
    }

    @Nested
    class Windows extends LimitWindowContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Algorithms extends LimitAlgorithmContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Reservations extends LimitReservationContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Lists extends LimitListContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Status extends LimitStatusContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Keys extends LimitKeyContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Clocks extends LimitClockContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }

    @Nested
    class Concurrency extends LimitConcurrencyContract {
        @Override
        LimitStoreContract contract() {
            return LimitStoreContract.this;
        }
    }
}
