package school.lectern.auth.spi;

import java.util.List;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.StoredToken;

/** Rows that a store has just returned. */
record StoredRows(List<StoredToken> rows) implements FoundTokens {
    @Override
    public List<StoredToken> rowsAt(Moment now) {
        return rows;
    }
}
