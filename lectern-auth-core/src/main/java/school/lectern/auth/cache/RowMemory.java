package school.lectern.auth.cache;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.token.StoredToken;

/** The memory of a cached row. */
final class RowMemory {

    /** The memory of an entry without its texts: objects, key, and slots in the cache's tables. Measured and rounded up. */
    private static final int FIXED_BYTES = 500;

    private RowMemory() {}

    /** {@return the approximate memory of a cached row and of its entry, in bytes} */
    static int bytes(StoredToken token) {
        return FIXED_BYTES
                + length(token.id())
                + length(token.tenantId())
                + length(token.name())
                + length(token.description())
                + length(token.prefix())
                + length(token.displayPrefix())
                + length(token.createdBy())
                + length(token.secretShownTo())
                + length(token.revocationReason())
                + (token.lineId().equals(token.id()) ? 0 : length(token.lineId()))
                + length(token.predecessorId())
                + length(token.successorId())
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
