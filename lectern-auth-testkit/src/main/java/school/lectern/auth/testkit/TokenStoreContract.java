package school.lectern.auth.testkit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.TokenStore;

/**
 * Tests that every {@link TokenStore} must pass. Extend this class and open the store in {@link #open}:
 *
 * <pre>{@code
 * final class OurTokenStoreTest extends TokenStoreContract {
 *     @Override
 *     protected Stores open() {
 *         return new Stores(new OurTokenStore(database), new OurAuditLog(database));
 *     }
 * }
 * }</pre>
 *
 * <p>The tests are grouped by subject. Each subject is a nested test class, so JUnit runs all subjects with the extending
 * class, and one subject can be selected by its name, such as {@code Rotation}.
 *
 * <p>The store need not be empty. Every test works with a tenant, ids and selectors that were never used before, so all tests
 * can share one database, with each other and with other tests. They do not delete their rows.
 *
 * <p>The tests of concurrent calls use up to four threads and run {@link #rounds} times. A call that throws in a race fails the
 * test.
 */
public abstract class TokenStoreContract {

    private Stores storage;

    /** For subclasses. */
    protected TokenStoreContract() {}

    /**
     * A token store under test, and the log that its events are read from.
     *
     * @param tokens the store
     * @param audit the log that the store's audit events become visible in
     */
    public record Stores(TokenStore tokens, AuditLog audit) {}

    /**
     * Opens the store. Called before each test, ahead of the {@code @BeforeEach} methods of a subclass. It may return the same
     * store every time. The subclass closes the store.
     *
     * @return the store, and the log that its events become visible in
     * @throws Exception if the store cannot be opened; the test then fails
     */
    protected abstract Stores open() throws Exception;

    /** {@return how often each race is run: 200 times unless overridden} */
    protected int rounds() {
        return 200;
    }

    @BeforeEach
    void openStorage() throws Exception {
        storage = open();
    }

    /** Returns the storage that was opened for the current test. */
    final Stores storage() {
        return storage;
    }

    @Nested
    class Lookup extends TokenLookupContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Fields extends TokenFieldsContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Listing extends TokenListContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Issuing extends TokenIssuingContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Names extends TokenNamesContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class LiveTokens extends LiveTokensContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Importing extends TokenImportContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Updating extends TokenUpdateContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Rehashing extends TokenRehashContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Rotation extends TokenRotationContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Revocation extends TokenRevocationContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class RevocationOfGroups extends GroupRevocationContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class LastUse extends LastUsedContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class Expiry extends TokenExpiryContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class ExpiryNotices extends ExpiryNoticeContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class StateOfTenants extends TenantStateContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }

    @Nested
    class ErasureOfTenants extends TenantErasureContract {
        @Override
        TokenStoreContract contract() {
            return TokenStoreContract.this;
        }
    }
}
