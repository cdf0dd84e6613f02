package school.lectern.auth.token;

import java.util.List;

/** A look-up by selectors that are available as texts. */
record SelectorLookup(List<String> selectors, Selector key, Freshness freshness) implements TokenLookup {}
