package school.lectern.auth.cache;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/** A cached token. Not a record: an entry equals only itself, even if another entry contains the same token. */
final class CachedToken {

    /** The memory of an entry without its texts: objects, key, and slots in the cache's tables. Measured and rounded up. */
    private static final int FIXED_BYTES = 500;

    private final StoredToken token;
    private final List<StoredToken> found;
    private final long readAt;

    /**
     * @param token the row
     * @param readAt the time just before the query of the row was sent, by the monotonic clock, in nanoseconds
     */
    CachedToken(StoredToken token, long readAt) {
        this.token = token;
        this.found = List.of(token);
        this.readAt = readAt;
    }

    /** {@return the row} */
    StoredToken token() {
        return token;
    }

    /** {@return the row as the result of a look-up} */
    List<StoredToken> found() {
        return found;
    }

    /**
     * {@return the time since just before the query of the row was sent, in nanoseconds} It is measured by the monotonic clock
     * alone, because it only bounds the age of the row: the lease guarantees that the row is still current.
     *
     * @param now the time by the monotonic clock, in nanoseconds
     */
    long age(long now) {
        return now - readAt;
    }

    /** {@return the approximate memory of this entry, in bytes} */
    int bytes() {
        return FIXED_BYTES
                + length(token.id())
                + length(token.tenantId())
                + length(token.name())
                + length(token.description())
                + length(token.prefix())
                + length(token.displayPrefix())
                + 100 * token.scopes().scopes().size()
                + (token.allowlist() == null
                        ? 0
                        : 200 * token.allowlist().blocks().map(List::size).orElse(0))
                + texts(token.metadata())
                + 80 * token.rateLimits().size();
    }

    private static int texts(Map<String, String> texts) {
        return texts.entrySet().stream()
                .mapToInt(entry -> 100 + length(entry.getKey()) + length(entry.getValue()))
                .sum();
    }

    /**
     * {@return an upper bound for the memory of the text's characters, in bytes} Only a text with characters beyond Latin-1
     * takes two bytes per character. Two are counted for every text, because most texts are short.
     */
    private static int length(@Nullable String text) {
        return text == null ? 0 : 2 * text.length();
    }
}
