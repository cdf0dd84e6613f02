package school.lectern.auth.scope;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which scope implies which others. Everything that a scope of the table reaches, in any number of steps, is computed when the
 * table is built, so that a decision only looks it up. Cycles are harmless: their scopes are equivalent. Immutable.
 */
final class Implications {

    static final Implications NONE = new Implications(Map.of());

    /** The bound on the sizes of all sets of reached scopes together. */
    private static final int MAX_REACHED = 100_000;

    private final Map<Scope, Set<Scope>> table;
    private final Map<Scope, Reached> reached = new LinkedHashMap<>();

    /** The keys of {@link #reached} in a list: a decision iterates over it by index. */
    private final List<Scope> names;

    private Implications(Map<Scope, Set<Scope>> table) {
        this.table = table;
        int total = 0;
        for (Scope name : table.keySet()) {
            Reached all = new Reached(reach(name, MAX_REACHED - total));
            reached.put(name, all);
            total += all.scopes().size();
        }
        this.names = List.copyOf(table.keySet());
    }

    /** The scopes that one scope reaches. */
    private record Reached(Set<Scope> scopes, List<Scope> patterns) {

        Reached(Set<Scope> scopes) {
            this(scopes, scopes.stream().filter(ScopePattern::is).toList());
        }

        boolean covers(Scope needed) {
            if (scopes.contains(needed)) {
                return true;
            }
            // By index: this runs for every request, and an iterator would be garbage.
            for (int i = 0; i < patterns.size(); i++) {
                if (ScopePattern.covers(patterns.get(i), needed)) {
                    return true;
                }
            }
            return false;
        }
    }

    private Set<Scope> reach(Scope name, int max) {
        Set<Scope> found = new LinkedHashSet<>();
        Deque<Scope> open = new ArrayDeque<>(table.getOrDefault(name, Set.of()));
        while (!open.isEmpty()) {
            Scope scope = open.remove();
            if (found.add(scope)) {
                impliedBy(scope).filter(implied -> !found.contains(implied)).forEach(open::add);
            }
            if (found.size() > max) {
                throw new IllegalArgumentException("implies must reach at most " + MAX_REACHED
                        + " scopes, counted for each scope that implies others; use fewer steps, or a pattern");
            }
        }
        return found;
    }

    /** Returns the scopes that the scope, or a scope that it covers as a pattern, implies in one step. */
    private Stream<Scope> impliedBy(Scope scope) {
        if (!ScopePattern.is(scope)) {
            return table.getOrDefault(scope, Set.of()).stream();
        }
        return table.entrySet().stream()
                .filter(entry -> ScopePattern.covers(scope, entry.getKey()))
                .flatMap(entry -> entry.getValue().stream());
    }

    /** Returns these implications, in which the scope also implies the others. */
    Implications with(Scope name, Collection<Scope> implied) {
        Map<Scope, Set<Scope>> all = new LinkedHashMap<>(table);
        Set<Scope> those = new LinkedHashSet<>(all.getOrDefault(name, Set.of()));
        those.addAll(implied);
        all.put(name, those);
        return new Implications(all);
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Returns the scopes that imply others. */
    Set<Scope> implying() {
        return table.keySet();
    }

    /** Returns the scopes and patterns that a scope implies in one step. */
    Stream<Scope> implied() {
        return table.values().stream().flatMap(Set::stream);
    }

    /** Returns whether holding one scope, which is not the needed one, is sufficient because of what it implies. */
    boolean cover(Scope held, Scope needed) {
        @Nullable Reached all = reached.get(held);
        return all != null && all.covers(needed);
    }

    /** Returns whether a pattern covers the needed scope, or a scope that implies it. */
    boolean coverByPattern(Scope pattern, Scope needed) {
        if (ScopePattern.covers(pattern, needed)) {
            return true;
        }
        for (int i = 0; i < names.size(); i++) {
            if (ScopePattern.covers(pattern, names.get(i)) && cover(names.get(i), needed)) {
                return true;
            }
        }
        return false;
    }
}
