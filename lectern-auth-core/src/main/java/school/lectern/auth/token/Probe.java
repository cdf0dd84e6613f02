package school.lectern.auth.token;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.token.TokenHasher.Stored;

/** One verification under way: what to look for, and the judgement of what was found. Used by one thread, once. */
public final class Probe {

    static final String INCOMPARABLE =
            "a stored token has a hash of an algorithm that is not accepted, or a wrong length";

    private final TokenHasher hasher;
    private final PresentedToken token;
    private final Stored current;
    private final List<Stored> others;
    private final List<String> selectors;
    private @Nullable VerifiedToken proven;

    Probe(TokenHasher hasher, PresentedToken token, Stored current, List<Stored> others, List<String> selectors) {
        this.hasher = hasher;
        this.token = token;
        this.current = current;
        this.others = others;
        this.selectors = selectors;
    }

    /**
     * What the store is asked for: of a token of two parts the public key; else half of its digest by each algorithm that
     * is accepted, the current one first, and its visible prefix with {@code ~1} to {@code ~4} where salted hashes are.
     */
    public List<String> selectors() {
        return selectors;
    }

    /**
     * Proves the secret against the rows that were found. A row counts only if its selector is, character by character, the
     * one that its algorithm asked for: a database may compare more loosely. Every row is compared, to its end, so that the
     * time tells nothing of the secret. That a public key or a visible prefix exists is no secret, and may show in the time
     * that reading and hashing its row takes. A salted hash is run only where no other one proves the secret.
     *
     * @param address where the request came from; null if that is not known. Whoever tries wrong secrets against a salted
     *     hash is stopped by it
     * @param time the time that such tries are counted by
     * @return empty if no row's secret is the presented one
     * @throws UnreadableTokenException if a row that was asked for has a hash that this library cannot compare
     * @throws HashingOverloadedException if a salted hash had to be run and could not be
     */
    public Optional<VerifiedToken> verify(List<StoredToken> found, @Nullable IpAddress address, InstantSource time) {
        @Nullable StoredToken match = null;
        for (StoredToken row : found) {
            boolean named = selectors.contains(row.selector());
            Stored expected = expected(row.hash());
            if (named) {
                requireComparable(row, expected);
            }
            if (expected != null && row.hash().matches(expected.hash()) && named && inItsEnvironment(row)) {
                match = row;
            }
        }
        if (match == null && !found.isEmpty()) {
            match = run(found, address, time);
        }
        proven = match == null ? null : new VerifiedToken(match);
        return Optional.ofNullable(proven);
    }

    /** What the token would be stored as by the row's algorithm; null if that is salted, or none that is accepted. */
    private @Nullable Stored expected(TokenHash hash) {
        if (hash.algorithm().equals(current.hash().algorithm())) {
            return current;
        }
        for (Stored other : others) {
            if (hash.algorithm().equals(other.hash().algorithm())) {
                return other;
            }
        }
        return null;
    }

    private void requireComparable(StoredToken row, @Nullable Stored expected) {
        boolean own;
        if (expected == null) {
            hasher.read(row.hash());
            own = token.publicKey() != null
                    || TokenHasher.slots(token.visiblePrefix()).contains(row.selector());
        } else if (row.hash().length() != expected.hash().length()) {
            throw UnreadableTokenException.incomparable();
        } else {
            own = row.selector().equals(expected.selector());
        }
        if (!own) {
            throw new UnreadableTokenException("a stored token has a selector that is not of its hash's algorithm");
        }
    }

    /** Runs the salted hashes that the secret could be of. */
    private @Nullable StoredToken run(List<StoredToken> found, @Nullable IpAddress address, InstantSource time) {
        List<SlowHashing.Candidate> possible = found.stream()
                .filter(row -> selectors.contains(row.selector()) && expected(row.hash()) == null)
                .filter(this::inItsEnvironment)
                .map(row -> new SlowHashing.Candidate(row, hasher.read(row.hash())))
                .filter(candidate -> candidate.hash().takes(token.secret()))
                .toList();
        return possible.isEmpty()
                ? null
                : hasher.slow().prove(token.secret(), possible, address, time).orElse(null);
    }

    /** A prefix that names an environment must name the token's own. */
    private boolean inItsEnvironment(StoredToken row) {
        return token.environment() == null || token.environment() == row.environment();
    }

    /**
     * What is to be stored in the place of a hash that is not of the current algorithm; empty if it is, or of a pepper with a
     * higher number: this process may be the one that is behind, and two would undo each other's work. The token stays the same, and is found by its new selector alone once this is stored.
     *
     * @param verified what this probe has proven
     * @throws IllegalArgumentException if it is another's: its row would get this token's secret
     */
    public Optional<Stored> rehash(VerifiedToken verified) {
        if (verified != proven) {
            throw new IllegalArgumentException("verified: was not proven by this probe");
        }
        return HashAlgorithm.isToBeReplaced(
                        verified.stored().hash().algorithm(), current.hash().algorithm())
                ? Optional.of(current)
                : Optional.empty();
    }
}
