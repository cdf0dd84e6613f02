package school.lectern.auth.token;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One verification under way: what to look for, and the judgement of what was found. Used by one thread, once. */
public final class Probe {

    private final PresentedToken token;
    private final String selector;
    private final byte[] digest;

    Probe(PresentedToken token, String selector, byte[] digest) {
        this.token = token;
        this.selector = selector;
        this.digest = digest;
    }

    /** What the store is asked for. */
    public List<String> selectors() {
        return List.of(selector);
    }

    /**
     * Proves the secret against the rows that were found. A row counts only if its selector is, character by character, the
     * one asked for: a database may compare more loosely. Every row is compared, to its end, so that the time tells nothing
     * of the secret. That a public key exists is no secret, and may show in the time that reading its row takes.
     *
     * @return empty if no row's secret is the presented one
     * @throws UnreadableTokenException if a row that was asked for has a hash that this library cannot compare
     */
    public Optional<VerifiedToken> verify(List<StoredToken> found) {
        @Nullable StoredToken proven = null;
        for (StoredToken row : found) {
            boolean named = row.selector().equals(selector);
            if (named) {
                requireComparable(row.hash());
            }
            if (row.hash().matches(digest) && named && inItsEnvironment(row)) {
                proven = row;
            }
        }
        return Optional.ofNullable(proven).map(VerifiedToken::new);
    }

    private void requireComparable(TokenHash hash) {
        if (!hash.algorithm().equals(TokenHasher.SHA256) || hash.length() != digest.length) {
            throw new UnreadableTokenException("a stored token has a hash of an unknown algorithm or a wrong length");
        }
    }

    /** A prefix that names an environment must name the token's own. */
    private boolean inItsEnvironment(StoredToken row) {
        return token.environment() == null || token.environment() == row.environment();
    }
}
