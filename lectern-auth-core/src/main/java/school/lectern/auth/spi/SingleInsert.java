package school.lectern.auth.spi;

import java.util.List;
import school.lectern.auth.spi.InsertResult.Kind;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;
import school.lectern.auth.token.TokenLookup.Freshness;

/** Inserts tokens one by one, for stores that have no faster way. */
final class SingleInsert {

    private SingleInsert() {}

    /** Tries the selectors in their order. Another writer may take a selector between the check and the insert. */
    static InsertResult of(TokenStore store, TokenInsert token) {
        if (isThere(store, token)) {
            return InsertResult.refused(Kind.ALREADY_THERE);
        }
        for (String selector : token.selectors()) {
            if (isTaken(store, selector)) {
                continue;
            }
            try {
                return store.insert(token.under(selector), token.rule(), List.of(token.event()));
            } catch (StorageException failed) {
                if (isThere(store, token)) {
                    return InsertResult.refused(Kind.ALREADY_THERE);
                }
                if (!isTaken(store, selector)) {
                    throw failed;
                }
            }
        }
        return InsertResult.refused(Kind.ALREADY_THERE);
    }

    private static boolean isThere(TokenStore store, TokenInsert token) {
        StoredToken wanted = token.token();
        return store.get(wanted.tenantId(), wanted.id()).isPresent();
    }

    private static boolean isTaken(TokenStore store, String selector) {
        TokenLookup stored = TokenLookup.of(List.of(selector)).with(Freshness.STORED);
        List<StoredToken> rows = store.find(stored).rowsAt(Clocks.system().now());
        return rows == null || rows.stream().anyMatch(row -> row.selector().equals(selector));
    }
}
