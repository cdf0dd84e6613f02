package school.lectern.auth;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** Pages of tokens. A cursor is the number of the last token of a page. */
final class TokenPages {

    private static final int ROWS_AT_ONCE = 100;

    private TokenPages() {}

    /** {@return the filter, for the tokens that follow a cursor} */
    static TokenFilter from(TokenFilter filter, String cursor) {
        try {
            return cursor.equals(CursorPage.START) ? filter : filter.before(Long.parseLong(cursor));
        } catch (NumberFormatException unknown) {
            throw new IllegalArgumentException(
                    "cursor must be CursorPage.START or one that a page returned, was " + cursor, unknown);
        }
    }

    /**
     * {@return the page of the tokens that meet every condition of a search} Reads at most {@link TokenSearch#MAX_SCANNED}
     * rows, in parts, because a row can take about 30 kB.
     */
    static CursorPage<Token> search(
            IssuerParts parts, TokenFilter tenants, TokenSearch search, String cursor, int limit) {
        TokenFilter next =
                from(search.applyTo(tenants, parts.lifetimes().max()), cursor).limit(limit);
        if (!search.canMatch()) {
            return CursorPage.of(List.of(), cursor);
        }
        int part = search.scans() ? ROWS_AT_ONCE : limit;
        Instant now = parts.now();
        List<Token> found = new ArrayList<>();
        String reached = cursor;
        for (int scanned = 0; found.size() < limit && scanned < TokenSearch.MAX_SCANNED; scanned += part) {
            List<StoredToken> rows = parts.tokens().list(next.limit(part));
            for (StoredToken row : rows) {
                if (found.size() < limit) {
                    reached = Long.toString(row.number());
                    if (search.accepts(row, now, parts)) {
                        found.add(Token.of(row));
                    }
                }
            }
            if (rows.size() < part && found.size() < limit) {
                return CursorPage.of(found, reached, true);
            }
            next = from(next, reached);
        }
        return CursorPage.of(found, reached, false);
    }

    /** {@return the rows as a page} A page without rows has the cursor that it was requested with. */
    static CursorPage<Token> page(List<StoredToken> rows, String cursor) {
        String next = rows.isEmpty()
                ? cursor
                : Long.toString(rows.get(rows.size() - 1).number());
        return CursorPage.of(rows.stream().map(Token::of).toList(), next);
    }
}
