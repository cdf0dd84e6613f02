package school.lectern.auth.testkit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.TokenStore;

/**
 * Tests that every {@link ChangeFeed} of a {@link TokenStore} must pass. Extend this class and open the store in {@link #open}:
 *
 * <pre>{@code
 * final class OurChangeFeedTest extends ChangeFeedContract {
 *     @Override
 *     protected TokenStore open() {
 *         return new OurTokenStore(database);
 *     }
 * }
 * }</pre>
 *
 * <p>The tests are grouped by subject. Each subject is a nested test class, so JUnit runs all subjects with the extending
 * class, and one subject can be selected by its name, such as {@code Leases}.
 *
 * <p>The store need not be empty, but no other client may change it while the tests run, because the tests count its changes.
 * The tests do not delete their tokens, and they leave a lease of one second.
 */
public abstract class ChangeFeedContract {

    private TokenStore tokens;
    private ChangeFeed feed;

    /** For subclasses. */
    protected ChangeFeedContract() {}

    /**
     * Opens the store, which must have a change feed. Called before each test. It may return the same store every time. The
     * subclass closes the store.
     *
     * @return the store
     * @throws Exception if the store cannot be opened; the test then fails
     */
    protected abstract TokenStore open() throws Exception;

    /** {@return how often each race is run: 20 times unless overridden} */
    protected int rounds() {
        return 20;
    }

    @BeforeEach
    void openStore() throws Exception {
        tokens = open();
        feed = tokens.changes().orElseThrow();
    }

    @AfterEach
    void setUsualLease() {
        feed.setLease(ChangeFeedFixture.SECOND);
    }

    /** Returns the store that was opened for the current test. */
    final TokenStore tokens() {
        return tokens;
    }

    /** Returns the feed of the store that was opened for the current test. */
    final ChangeFeed feed() {
        return feed;
    }

    @Nested
    class Numbers extends ChangeNumberContract {
        @Override
        ChangeFeedContract contract() {
            return ChangeFeedContract.this;
        }
    }

    @Nested
    class History extends ChangeHistoryContract {
        @Override
        ChangeFeedContract contract() {
            return ChangeFeedContract.this;
        }
    }

    @Nested
    class Leases extends ChangeLeaseContract {
        @Override
        ChangeFeedContract contract() {
            return ChangeFeedContract.this;
        }
    }
}
