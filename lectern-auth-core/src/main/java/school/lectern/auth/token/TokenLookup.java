package school.lectern.auth.token;

import java.util.List;

/** What a token is looked for by. Used by one thread. */
public interface TokenLookup {

    /** Every selector that the token may have been stored under, the likeliest first; at least one. */
    List<String> selectors();

    /** The key of the first selector: for a store that finds it in memory, and needs no text for that. */
    Selector key();
}
