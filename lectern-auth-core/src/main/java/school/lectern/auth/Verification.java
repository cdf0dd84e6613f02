package school.lectern.auth;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.spi.DecisionSample.Source;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.time.StoreTime;
import school.lectern.auth.token.SecretVerifier;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;
import school.lectern.auth.token.TokenLookup.Freshness;
import school.lectern.auth.token.VerifiedToken;

/**
 * Looks up a presented token, verifies its secret, and stores the moment by which all later checks are decided. The guarantee
 * of revocation depends on the order: first the look-up, then both clocks, then the rows, which a cache returns only while its
 * lease lasts. Not thread-safe, and used for one request.
 */
final class Verification {

    private final TokenStore tokens;
    private final Clocks clocks;
    private @Nullable Moment moment;
    private Source source = Source.NONE;

    // The rows of the last look-up, and the result of their verification.
    private List<StoredToken> rows = List.of();
    private @Nullable VerifiedToken verified;
    private boolean fromMemory;

    Verification(TokenStore tokens, Clocks clocks) {
        this.tokens = tokens;
        this.clocks = clocks;
    }

    /** {@return the verified token, or null if no row has the presented secret} */
    @Nullable
    VerifiedToken run(SecretVerifier verifier, @Nullable IpAddress address) {
        FoundTokens found = find(verifier);
        List<StoredToken> first = found.rowsAt(readClocks());
        if (first == null) {
            found = find(verifier.with(Freshness.STORED));
            first = rows(found);
        }
        fromMemory = found.areFromMemory();
        verify(verifier, first, address);
        // The row may be older than the presented secret.
        return verified != null || rows.isEmpty() || !fromMemory ? verified : runAgain(verifier, address);
    }

    /**
     * Looks the token up once more, after {@link #run} used rows from memory, and verifies the secret by the rows that the
     * store has now. Such look-ups cause a bounded number of reads of the store for each token, however many requests are
     * denied.
     *
     * @return the verified token, or null if no row has the presented secret
     */
    @Nullable
    VerifiedToken runAgain(SecretVerifier verifier, @Nullable IpAddress address) {
        List<StoredToken> again = rows(find(verifier.with(Freshness.RECENT)));
        fromMemory = false;
        if (!again.equals(rows)) {
            verify(verifier, again, address);
        }
        return verified;
    }

    /** {@return whether the rows are older than this verification, so that another look-up may return newer rows} */
    boolean isFromMemory() {
        return fromMemory;
    }

    private FoundTokens find(TokenLookup lookup) {
        // A look-up that fails did not end in the cache.
        Source before = source;
        source = Source.STORE;
        FoundTokens found = tokens.find(lookup);
        if (before != Source.STORE && !found.waitedForStore()) {
            source = Source.CACHE;
        }
        return found;
    }

    /** {@return where the rows came from: the cache only if no look-up of this verification waited for the store} */
    Source source() {
        return source;
    }

    private List<StoredToken> rows(FoundTokens found) {
        List<StoredToken> stored = found.rowsAt(readClocks());
        if (stored == null) {
            throw new StorageException("the token store returned rows from memory where the stored rows were required");
        }
        return stored;
    }

    /**
     * Verifies the secret. A slow hash may take longer than the remaining lifetime of the token, so the clocks are read again
     * after it.
     */
    private void verify(SecretVerifier verifier, List<StoredToken> found, @Nullable IpAddress address) {
        rows = found;
        verified = verifier.verify(found, address, moment());
        if (verifier.ranSlowHash()) {
            readClocks();
        }
    }

    /**
     * Reads the clocks again, after a call that may have taken a while.
     *
     * @return the new moment of the decision
     */
    Moment readClocks() {
        Moment now = clocks.now();
        moment = now;
        return now;
    }

    /**
     * {@return the moment of the decision: read after the last look-up, and after a slow hash} If no token was looked up, the
     * first call of this method reads the clocks.
     */
    Moment moment() {
        Moment read = moment;
        return read == null ? readClocks() : read;
    }

    /**
     * {@return the time of the decision, or the store's time if that is later, in milliseconds since the epoch} The ends of
     * tokens are compared with it, so that a process whose clock is behind does not accept them for longer.
     */
    long laterTime() {
        Moment now = moment();
        Optional<StoreTime> store = tokens.time();
        return store.isPresent() ? store.get().later(now) : now.millis();
    }

    /**
     * {@return the time of the decision, or the store's time if that is earlier, in milliseconds since the epoch} The starts of
     * tokens are compared with it.
     */
    long earlierTime() {
        Moment now = moment();
        Optional<StoreTime> store = tokens.time();
        return store.isPresent() ? store.get().earlier(now) : now.millis();
    }
}
