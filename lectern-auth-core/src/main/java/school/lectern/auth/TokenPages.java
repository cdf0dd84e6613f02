package school.lectern.auth;

import java.util.List;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** Pages of tokens. A cursor is the number of the last token of a page. */
final class TokenPages {

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

    /** {@return the rows as a page} A page without rows has the cursor that it was requested with. */
    static CursorPage<Token> page(List<StoredToken> rows, String cursor) {
        String next = rows.isEmpty()
                ? cursor
                : Long.toString(rows.get(rows.size() - 1).number());
        return CursorPage.of(rows.stream().map(Token::of).toList(), next);
    }
}
