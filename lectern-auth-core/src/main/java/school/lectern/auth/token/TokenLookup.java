package school.lectern.auth.token;

import java.util.List;

/** What a token is looked up by, and how fresh its row must be. For one thread. */
public interface TokenLookup {

    /** How old a row may be. More may follow: treat an unknown one as {@link #STORED}. */
    enum Freshness {
        /** The row may come from memory, under a lease. */
        CACHED,
        /**
         * The secret does not match a row from memory: the store is read, unless it was read for this key in the last 10 ms, so
         * that wrong secrets cannot cause many reads.
         */
        RECENT,
        /** The store is read. */
        STORED
    }

    /** Returns every selector that the token may have been stored under, the likeliest first; at least one. */
    List<String> selectors();

    /** Returns the key of the first selector, for a store that finds it in memory and does not need its text. */
    Selector key();

    /** Returns how old the row may be. */
    default Freshness freshness() {
        return Freshness.CACHED;
    }

    /** Returns the same look-up with another freshness. */
    default TokenLookup with(Freshness freshness) {
        return new SelectorLookup(selectors(), key(), freshness);
    }

    /**
     * Returns a look-up by the given selectors.
     *
     * @throws IllegalArgumentException if there is none
     */
    static TokenLookup of(List<String> selectors) {
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("selectors must name at least one selector, was empty");
        }
        return new SelectorLookup(selectors, Selector.of(selectors.get(0)), Freshness.CACHED);
    }
}
