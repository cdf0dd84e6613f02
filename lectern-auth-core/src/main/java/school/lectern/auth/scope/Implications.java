package school.lectern.auth.scope;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table of scopes that imply others. Everything that a scope reaches, in any number of steps, is computed when an
 * implication is added, so that a decision only looks it up. Cycles are harmless: their scopes are equivalent. Immutable.
 */
final class Implications {

    static final Implications NONE = new Implications(Map.of());

    /** The bound on the sizes of all sets of reached scopes together. */
    private static final int MAX_REACHED = 100_000;

    private final Map<Scope, Reached> reached;

    /** The keys of {@link #reached} in a list: a decision iterates over it by index. */
    private final List<Scope> names;

    private Implications(Map<Scope, Reached> reached) {
        this.reached = reached;
        this.names = List.copyOf(reached.keySet());
    }

    /** The scopes and patterns that one scope implies, in any number of steps. */
    private record Reached(Set<Scope> scopes, List<Scope> patterns) {

        static final Reached NOTHING = new Reached(Set.of());

        Reached(Set<Scope> scopes) {
            this(scopes, scopes.stream().filter(ScopePattern::is).toList());
        }

        Reached and(Set<Scope> further) {
            if (scopes.containsAll(further)) {
                return this;
            }
            Set<Scope> all = new LinkedHashSet<>(scopes);
            all.addAll(further);
            return new Reached(all);
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

    /**
     * Returns these implications, in which the scope also implies the others. The scopes that already reach it then reach
     * everything that the others reach.
     *
     * @throws IllegalArgumentException if too many scopes are reached
     */
    Implications with(Scope name, Collection<Scope> implied) {
        Set<Scope> further = new LinkedHashSet<>(implied);
        implied.forEach(scope -> further.addAll(reachedBy(scope)));
        Map<Scope, Reached> all = new LinkedHashMap<>(reached);
        all.putIfAbsent(name, Reached.NOTHING);
        all.replaceAll((key, old) -> key.equals(name) || old.covers(name) ? old.and(further) : old);
        if (all.values().stream().mapToInt(each -> each.scopes().size()).sum() > MAX_REACHED) {
            throw new IllegalArgumentException("implies must reach at most " + MAX_REACHED
                    + " scopes, counted for each scope that implies others; imply fewer, or a pattern");
        }
        return new Implications(all);
    }

    /** Returns the scopes that a scope implies itself, or because it covers scopes as a pattern. */
    private Set<Scope> reachedBy(Scope scope) {
        Set<Scope> found =
                new LinkedHashSet<>(reached.getOrDefault(scope, Reached.NOTHING).scopes());
        if (ScopePattern.is(scope)) {
            reached.forEach((key, those) -> {
                if (ScopePattern.covers(scope, key)) {
                    found.addAll(those.scopes());
                }
            });
        }
        return found;
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Returns the scopes that imply others. */
    Set<Scope> implying() {
        return reached.keySet();
    }

    /** Returns the scopes and patterns that are implied, some of them repeatedly. */
    Stream<Scope> implied() {
        return reached.values().stream().flatMap(each -> each.scopes().stream());
    }

    /** Returns whether one scope implies the needed one, or a pattern that covers it. */
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
