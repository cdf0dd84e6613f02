package school.lectern.auth.token;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.time.Moment;

/**
 * The verification of one presented token: supplies the selectors to look up, and verifies the secret against the rows that
 * the store returned. For one thread and one request.
 */
public final class SecretVerifier implements TokenLookup {

    private final TokenHasher hasher;
    private final PresentedToken token;
    private final TokenHash hash;
    private final List<TokenHash> others;

    private @Nullable VerifiedToken proven;
    private @Nullable TokenEnvironment otherEnvironment;
    private boolean ranSlowHash;

    /**
     * @param hash the hash of the secret by the current algorithm
     * @param others the hashes of the secret by the other accepted algorithms
     */
    SecretVerifier(TokenHasher hasher, PresentedToken token, TokenHash hash, List<TokenHash> others) {
        this.hasher = hasher;
        this.token = token;
        this.hash = hash;
        this.others = others;
    }

    /**
     * {@return the selectors to look up} For a token of two parts, this is the public key. For a token of one part, these are
     * half of its digest by each accepted algorithm without salt, the current algorithm first, and, if salted algorithms are
     * accepted, its display prefix followed by {@code ~1} to {@code ~4}.
     */
    @Override
    public List<String> selectors() {
        return hasher.selectors(token, hash, others);
    }

    @Override
    public Selector key() {
        return key(hash);
    }

    /** {@return the selector of a row that has the given hash} */
    private Selector key(TokenHash expected) {
        String publicKey = token.publicKey();
        return publicKey == null ? expected.key() : Selector.of(publicKey);
    }

    /**
     * Verifies the secret against the rows that were found. A row counts only if its selector equals, character by character,
     * the selector that was looked up for the row's algorithm. Every row is compared to its end, so that the time reveals
     * nothing about the secret. The existence of a public key or a display prefix is not secret, and the time that it takes
     * to read and hash its row may reveal it. A salted hash is run only if no hash without salt verifies the secret.
     *
     * @param found the rows that the store returned for {@link #selectors}
     * @param address the address from which the request came, or null if it is unknown; the number of wrong
     *     secrets against salted hashes is bounded for each address
     * @param now the time of the request, at which such tries are counted
     * @return the token whose secret was presented, or null if no row has this secret
     * @throws UnreadableTokenException if no row verifies the secret and a row with a looked-up selector has a hash that
     *     cannot be compared, or if two tokens match
     * @throws HashingOverloadedException if a salted hash had to be run and could not be run
     */
    public @Nullable VerifiedToken verify(List<StoredToken> found, @Nullable IpAddress address, Moment now) {
        @Nullable StoredToken match = null;
        boolean unreadable = false;
        ranSlowHash = false;
        otherEnvironment = null;
        // By index, because this runs for every request and an iterator would be garbage.
        for (int i = 0; i < found.size(); i++) {
            StoredToken row = found.get(i);
            switch (compare(row)) {
                case EQUAL -> {
                    if (inItsEnvironment(row)) {
                        match = oneOf(match, row);
                    } else {
                        otherEnvironment = row.environment();
                    }
                }
                case INCOMPARABLE -> unreadable = true;
                case DIFFERENT -> {}
            }
        }
        if (match == null && !found.isEmpty()) {
            match = run(found, address, now);
        }
        if (match == null && unreadable) {
            throw UnreadableTokenException.incomparable();
        }
        proven = match == null ? null : new VerifiedToken(match);
        return proven;
    }

    /**
     * {@return the environment of a row with the presented secret that was not accepted because the prefix stands for
     * another one; null if the last verification found no such row}
     */
    public @Nullable TokenEnvironment otherEnvironment() {
        return otherEnvironment;
    }

    /** {@return whether the last verification ran a slow hash, which may take seconds} */
    public boolean ranSlowHash() {
        return ranSlowHash;
    }

    private enum Comparison {
        EQUAL,
        DIFFERENT,
        /** The row has a looked-up selector, but its hash does not belong to that selector. */
        INCOMPARABLE
    }

    /** Compares the whole hash, whether or not the selector matches. */
    private Comparison compare(StoredToken row) {
        TokenHash expected = expected(row);
        if (expected == null) {
            return Comparison.DIFFERENT;
        }
        boolean isEqual = row.hasHash(expected);
        boolean isFound = row.hasKey(key(expected));
        if (isEqual && isFound) {
            return Comparison.EQUAL;
        }
        if (!selectors().contains(row.selector())) {
            return Comparison.DIFFERENT;
        }
        return isFound && row.hash().length() == expected.length() ? Comparison.DIFFERENT : Comparison.INCOMPARABLE;
    }

    /**
     * {@return the presented secret's hash by the algorithm of the row's hash, or null if that algorithm is salted or not
     * accepted}
     */
    private @Nullable TokenHash expected(StoredToken row) {
        if (row.hashAlgorithm().equals(hash.algorithm())) {
            return hash;
        }
        for (TokenHash other : others) {
            if (row.hashAlgorithm().equals(other.algorithm())) {
                return other;
            }
        }
        return null;
    }

    /**
     * {@return the row} Throws if another token already matched: two tokens with one secret cannot be distinguished, and one
     * of them may be revoked.
     */
    private static StoredToken oneOf(@Nullable StoredToken match, StoredToken row) {
        if (match != null && !match.id().equals(row.id())) {
            throw new UnreadableTokenException("two stored tokens have one secret");
        }
        return row;
    }

    /**
     * Runs the salted hashes of the rows that may have the secret. A hash that cannot be run is an error only if no other row
     * verifies the secret, so that a token does not depend on other tokens that merely share its display prefix.
     */
    private @Nullable StoredToken run(List<StoredToken> found, @Nullable IpAddress address, Moment now) {
        List<SlowHashing.Candidate> possible = new ArrayList<>();
        @Nullable UnreadableTokenException unreadable = null;
        List<String> asked = selectors();
        for (StoredToken row : found) {
            if (!asked.contains(row.selector()) || expected(row) != null || !inItsEnvironment(row)) {
                continue;
            }
            try {
                SaltedHash hash = hasher.read(row.hash());
                requireSlot(row);
                if (hash.takes(token.secret())) {
                    possible.add(new SlowHashing.Candidate(row, hash));
                }
            } catch (UnreadableTokenException broken) {
                unreadable = broken;
            }
        }
        ranSlowHash = !possible.isEmpty();
        StoredToken match = possible.isEmpty()
                ? null
                : hasher.slow().prove(token.secret(), possible, address, now).orElse(null);
        if (match == null && unreadable != null) {
            throw unreadable;
        }
        return match;
    }

    private void requireSlot(StoredToken row) {
        boolean own = token.publicKey() != null
                || TokenHasher.slots(token.displayPrefix()).contains(row.selector());
        if (!own) {
            throw UnreadableTokenException.incomparable();
        }
    }

    /** {@return whether the row is of the environment that the token's prefix names, or the prefix names no environment} */
    private boolean inItsEnvironment(StoredToken row) {
        TokenEnvironment named = token.environment();
        return named == null || named.equals(row.environment());
    }

    /**
     * Returns the selector and hash to store in place of a hash that is not by the current algorithm. A hash under a pepper
     * is replaced only by a hash under a pepper with a higher number: this process may have the older configuration, and two
     * processes would undo each other's work. The token stays the same; once the new hash is stored, it is found only by the
     * new selector.
     *
     * @param verified the token that the last {@link #verify} returned
     * @return the new selector and hash, or empty if the stored hash is not to be replaced
     * @throws IllegalArgumentException if it is not that token: another token's row would get the secret of this token
     */
    public Optional<TokenHasher.HashedSecret> rehash(VerifiedToken verified) {
        if (verified != proven) {
            throw new IllegalArgumentException("verified must be a token that this verifier has verified");
        }
        return HashAlgorithm.isToBeReplaced(verified.stored().hashAlgorithm(), hash.algorithm())
                ? Optional.of(TokenHasher.stored(token, hash))
                : Optional.empty();
    }
}
