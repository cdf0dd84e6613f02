package school.lectern.auth.cache;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/** A token that is kept. Not a record: an entry is itself and no other, also where it holds the same. */
final class CachedToken {

    /** What a token takes beside its texts: objects, its key, and its places in the cache's tables. Measured, and rounded up. */
    private static final int FIXED_BYTES = 500;

    private final StoredToken token;
    private final List<StoredToken> found;
    private final long readAt;

    /** @param readAt the moment before its row was asked for, by the clock that is never set */
    CachedToken(StoredToken token, long readAt) {
        this.token = token;
        this.found = List.of(token);
        this.readAt = readAt;
    }

    StoredToken token() {
        return token;
    }

    /** Returns the row as a look-up returns it. */
    List<StoredToken> found() {
        return found;
    }

    /** How long ago its row was asked for, in nanoseconds. By one clock alone: that it is still true, the lease says. */
    long age(long now) {
        return now - readAt;
    }

    /** About so many bytes of memory. */
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

    /** Characters beyond Latin-1 take two bytes each; counted for all, since most are few. */
    private static int length(@Nullable String text) {
        return text == null ? 0 : 2 * text.length();
    }
}
