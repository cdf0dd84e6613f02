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

    Verification(TokenStore tokens, Clocks clocks) {
        this.tokens = tokens;
        this.clocks = clocks;
    }

    /** {@return the verified token, or empty if no row has the presented secret} */
    Optional<VerifiedToken> run(SecretVerifier verifier, @Nullable IpAddress address) {
        FoundTokens found = find(verifier);
        List<StoredToken> rows = found.rowsAt(readClocks());
        if (rows == null) {
            found = find(verifier.with(Freshness.STORED));
            rows = rows(found);
        }
        Optional<VerifiedToken> verified = verify(verifier, rows, address);
        if (verified.isPresent() || rows.isEmpty() || !found.areFromMemory()) {
            return verified;
        }
        // The row may be older than the presented secret.
        List<StoredToken> again = rows(find(verifier.with(Freshness.RECENT)));
        return again.equals(rows) ? verified : verify(verifier, again, address);
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
        List<StoredToken> rows = found.rowsAt(readClocks());
        if (rows == null) {
            throw new StorageException("the token store returned rows from memory where the stored rows were required");
        }
        return rows;
    }

    /**
     * Verifies the secret. A slow hash may take longer than the remaining lifetime of the token, so the clocks are read again
     * after it.
     */
    private Optional<VerifiedToken> verify(
            SecretVerifier verifier, List<StoredToken> rows, @Nullable IpAddress address) {
        Optional<VerifiedToken> verified = verifier.verify(rows, address, moment());
        if (verifier.ranSlowHash()) {
            moment = clocks.now();
        }
        return verified;
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
}
