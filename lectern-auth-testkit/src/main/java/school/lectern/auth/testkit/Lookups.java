package school.lectern.auth.testkit;

import static java.util.Objects.requireNonNull;

import java.util.List;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;
import school.lectern.auth.token.TokenLookup.Freshness;

/** Looks tokens up as a decision does: if the rows from memory may no longer be used, the store is read. */
public final class Lookups {

    private Lookups() {}

    /**
     * {@return the rows with one of the selectors}
     *
     * @param store the store, which may have a cache
     * @param selectors the selectors of the tokens
     */
    public static List<StoredToken> rows(TokenStore store, String... selectors) {
        return rows(store, List.of(selectors));
    }

    /**
     * {@return the rows with one of the selectors}
     *
     * @param store the store, which may have a cache
     * @param selectors the selectors of the tokens
     */
    public static List<StoredToken> rows(TokenStore store, List<String> selectors) {
        return rows(store, TokenLookup.of(selectors));
    }

    /**
     * {@return the rows of the look-up, by the store's clocks, or by the system's clocks if the store has none}
     *
     * @param store the store, which may have a cache
     * @param lookup the look-up; if its rows may no longer be used, it is repeated with {@link Freshness#STORED}
     */
    public static List<StoredToken> rows(TokenStore store, TokenLookup lookup) {
        Clocks clocks = store.clocks().orElse(Clocks.system());
        FoundTokens found = store.find(lookup);
        List<StoredToken> rows = found.rowsAt(clocks.now());
        if (rows == null) {
            rows = store.find(lookup.with(Freshness.STORED)).rowsAt(clocks.now());
        }
        return requireNonNull(rows, "rows of a look-up that reads the store");
    }
}
