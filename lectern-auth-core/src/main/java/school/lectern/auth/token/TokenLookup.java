package school.lectern.auth.token;

import java.util.List;

/** A look-up of a token: its selectors, and how fresh its row must be. For one thread. */
public interface TokenLookup {

    /** How fresh a row must be. Later versions may add values: treat an unknown value as {@link #STORED}. */
    enum Freshness {
        /** The row may come from a cache, under a lease. */
        CACHED,
        /**
         * The row must come from the store, because the secret does not match the cached row, or because the token is idle by
         * it. A row that was read for this key in the last 10 ms is fresh enough, so that denied requests cannot cause many
         * reads.
         */
        RECENT,
        /** The row must be read from the store now. */
        STORED
    }

    /** {@return every selector under which the token may have been stored, the most likely first; at least one} */
    List<String> selectors();

    /** {@return the first selector, for a store that finds it in memory and does not need its text} */
    Selector key();

    /** {@return how fresh the row must be} */
    default Freshness freshness() {
        return Freshness.CACHED;
    }

    /**
     * {@return the same look-up with another freshness}
     *
     * @param freshness how fresh the row must be
     */
    default TokenLookup with(Freshness freshness) {
        return new SelectorLookup(selectors(), key(), freshness);
    }

    /**
     * {@return a look-up by the given selectors, with freshness {@link Freshness#CACHED}}
     *
     * @param selectors the selectors, the most likely first; at least one
     * @throws IllegalArgumentException if the list is empty
     */
    static TokenLookup of(List<String> selectors) {
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("selectors must name at least one selector, was empty");
        }
        return new SelectorLookup(selectors, Selector.of(selectors.get(0)), Freshness.CACHED);
    }
}
