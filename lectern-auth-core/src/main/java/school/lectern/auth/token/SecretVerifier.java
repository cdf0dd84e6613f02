package school.lectern.auth.token;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.time.Moment;

/** One verification under way: what to look for, and the judgement of what was found. Used by one thread, once. */
public final class SecretVerifier implements TokenLookup {

    private final TokenHasher hasher;
    private final PresentedToken token;
    private final TokenHash hash;
    private final List<TokenHash> others;

    private @Nullable VerifiedToken proven;
    private boolean ranSlowHash;

    /**
     * @param hash the secret's, by the current algorithm
     * @param others and its hashes by the others that are accepted
     */
    SecretVerifier(TokenHasher hasher, PresentedToken token, TokenHash hash, List<TokenHash> others) {
        this.hasher = hasher;
        this.token = token;
        this.hash = hash;
        this.others = others;
    }

    /**
     * What the store is asked for: of a token of two parts the public key; else half of its digest by each algorithm that
     * is accepted, the current one first, and its visible prefix with {@code ~1} to {@code ~4} where salted hashes are.
     */
    @Override
    public List<String> selectors() {
        return hasher.selectors(token, hash, others);
    }

    @Override
    public Selector key() {
        return key(hash);
    }

    /** What a row is found by that has the hash. */
    private Selector key(TokenHash expected) {
        String publicKey = token.publicKey();
        return publicKey == null ? expected.key() : Selector.of(publicKey);
    }

    /**
     * Proves the secret against the rows that were found. A row counts only if its selector is, character by character, the
     * one that its algorithm asked for. Every row is compared, to its end, so that the
     * time tells nothing of the secret. That a public key or a visible prefix exists is no secret, and may show in the time
     * that reading and hashing its row takes. A salted hash is run only where no other one proves the secret.
     *
     * @param address where the request came from; null if that is not known. Whoever tries wrong secrets against a salted
     *     hash is stopped by it
     * @param now the moment that such tries are counted at
     * @return empty if no row's secret is the presented one
     * @throws UnreadableTokenException if no row proves the secret, and one that was asked for has a hash that this library
     *     cannot compare; or if two do
     * @throws HashingOverloadedException if a salted hash had to be run and could not be
     */
    public Optional<VerifiedToken> verify(List<StoredToken> found, @Nullable IpAddress address, Moment now) {
        @Nullable StoredToken match = null;
        boolean unreadable = false;
        ranSlowHash = false;
        // By index, since this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < found.size(); i++) {
            StoredToken row = found.get(i);
            switch (compare(row)) {
                case EQUAL -> match = inItsEnvironment(row) ? oneOf(match, row) : match;
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
        return Optional.ofNullable(proven);
    }

    /** Returns whether the last verification ran a slow hash, which may take seconds. */
    public boolean ranSlowHash() {
        return ranSlowHash;
    }

    private enum Comparison {
        EQUAL,
        DIFFERENT,
        /** It was asked for, and has not the hash that goes with its selector. */
        INCOMPARABLE
    }

    /** Compares to the end whatever the selector is. */
    private Comparison compare(StoredToken row) {
        TokenHash expected = expected(row.hash());
        if (expected == null) {
            return Comparison.DIFFERENT;
        }
        boolean isEqual = row.hash().equals(expected);
        boolean isFound = key(expected).equals(row.key());
        if (isEqual && isFound) {
            return Comparison.EQUAL;
        }
        if (!selectors().contains(row.selector())) {
            return Comparison.DIFFERENT;
        }
        return isFound && row.hash().length() == expected.length() ? Comparison.DIFFERENT : Comparison.INCOMPARABLE;
    }

    /** The presented secret's hash by the algorithm of a stored one; null if that is salted, or none that is accepted. */
    private @Nullable TokenHash expected(TokenHash stored) {
        if (stored.algorithm().equals(hash.algorithm())) {
            return hash;
        }
        for (TokenHash other : others) {
            if (stored.algorithm().equals(other.algorithm())) {
                return other;
            }
        }
        return null;
    }

    /** Two tokens with one secret, of which one may be revoked: nobody can say which of them was presented. */
    private static StoredToken oneOf(@Nullable StoredToken match, StoredToken row) {
        if (match != null && !match.id().equals(row.id())) {
            throw new UnreadableTokenException("two stored tokens have one secret");
        }
        return row;
    }

    /**
     * Runs the salted hashes that the secret could be of. One that cannot be run is an error only if none of the others proves
     * the secret: tokens that merely look alike do not depend on each other.
     */
    private @Nullable StoredToken run(List<StoredToken> found, @Nullable IpAddress address, Moment now) {
        List<SlowHashing.Candidate> possible = new ArrayList<>();
        @Nullable UnreadableTokenException unreadable = null;
        List<String> asked = selectors();
        for (StoredToken row : found) {
            if (!asked.contains(row.selector()) || expected(row.hash()) != null || !inItsEnvironment(row)) {
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

    /** A prefix that names an environment must name the token's own. */
    private boolean inItsEnvironment(StoredToken row) {
        return token.environment() == null || token.environment() == row.environment();
    }

    /**
     * What is to be stored in the place of a hash that is not of the current algorithm; empty if it is, or of a pepper with a
     * higher number: this process may be the one that is behind, and two would undo each other's work. The token stays the
     * same, and is found by its new selector alone once this is stored.
     *
     * @param verified what this probe has proven
     * @throws IllegalArgumentException if it is another's: its row would get this token's secret
     */
    public Optional<TokenHasher.HashedSecret> rehash(VerifiedToken verified) {
        if (verified != proven) {
            throw new IllegalArgumentException("verified: was not proven by this probe");
        }
        return HashAlgorithm.isToBeReplaced(verified.stored().hash().algorithm(), hash.algorithm())
                ? Optional.of(TokenHasher.stored(token, hash))
                : Optional.empty();
    }
}
