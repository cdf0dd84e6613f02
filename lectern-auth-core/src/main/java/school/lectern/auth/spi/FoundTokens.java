package school.lectern.auth.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.StoredToken;

/**
 * The rows of a look-up. The caller gets them for a moment that it has read after the look-up: rows from memory depend on a
 * lease, and may not be used once it has ended.
 */
public interface FoundTokens {

    /**
     * {@return the rows, or null if they may not be used at that moment} If the result is null, look the token up again with
     * {@link school.lectern.auth.token.TokenLookup.Freshness#STORED}, and read the clocks again.
     *
     * @param now both clocks, read after the look-up returned
     */
    @Nullable
    List<StoredToken> rowsAt(Moment now);

    /**
     * {@return whether the rows may be older than the look-up, so that a secret which does not match them may still be valid}
     */
    default boolean areFromMemory() {
        return false;
    }

    /**
     * {@return whether the look-up waited for a query of the store: its own, or a query of another caller} Metrics distinguish
     * decisions by this.
     */
    default boolean waitedForStore() {
        return !areFromMemory();
    }

    /**
     * {@return rows that the store has just returned, which may be used at any moment}
     *
     * @param rows the rows
     */
    static FoundTokens stored(List<StoredToken> rows) {
        return new StoredRows(rows);
    }
}
