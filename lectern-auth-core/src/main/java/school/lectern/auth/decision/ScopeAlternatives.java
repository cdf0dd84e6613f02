package school.lectern.auth.decision;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;

/** Sets of scopes, of which a token needs one completely. Their scopes may have variables. Immutable. */
final class ScopeAlternatives {

    private static final int MAX_ALTERNATIVES = 100;

    /** The sets as they were given, with variables; at least one. */
    private final List<ScopeSet> sets;

    /** The names of the variables. */
    private final Set<String> variables;

    /**
     * The scopes of each set, in its order, with values in place of variables; no set at all if a variable has no value that
     * can be part of a scope.
     */
    private final List<List<Scope>> needed;

    /** Created once: every request whose token lacks the only scope gets this instance. */
    private final AuthError lacksFirstSet;

    private ScopeAlternatives(
            List<ScopeSet> sets, Set<String> variables, List<List<Scope>> needed, AuthError lacksFirstSet) {
        this.sets = sets;
        this.variables = variables;
        this.needed = needed;
        this.lacksFirstSet = lacksFirstSet;
    }

    /** @throws IllegalArgumentException if there is no set, there are too many, or a scope has braces that are no variable */
    static ScopeAlternatives of(List<ScopeSet> alternatives) {
        List<ScopeSet> sets = List.copyOf(new LinkedHashSet<>(alternatives));
        if (sets.isEmpty() || sets.size() > MAX_ALTERNATIVES) {
            throw new IllegalArgumentException("a requirement must have from 1 to " + MAX_ALTERNATIVES
                    + " alternatives, had " + sets.size() + "; anyToken() needs no scope");
        }
        Set<String> variables = sets.stream()
                .flatMap(set -> set.scopes().stream())
                .flatMap(scope -> ScopeTemplate.of(scope).stream())
                .map(ScopeTemplate::variable)
                .collect(Collectors.toUnmodifiableSet());
        return new ScopeAlternatives(
                sets, variables, resolve(sets, Map.of()), AuthError.insufficientScope(sets.get(0)));
    }

    ScopeAlternatives andAnyOf(List<Scope> scopes) {
        return of(sets.stream()
                .flatMap(set -> scopes.stream().map(scope -> set.union(ScopeSet.of(scope))))
                .toList());
    }

    ScopeAlternatives withValues(Map<String, String> values) {
        return variables.isEmpty()
                ? this
                : new ScopeAlternatives(sets, variables, resolve(sets, values), lacksFirstSet);
    }

    private static List<List<Scope>> resolve(List<ScopeSet> sets, Map<String, String> values) {
        List<List<Scope>> all = new ArrayList<>();
        for (ScopeSet set : sets) {
            List<Scope> scopes = set.scopes().stream()
                    .flatMap(scope -> resolve(scope, values).stream())
                    .toList();
            if (scopes.size() < set.scopes().size()) {
                return List.of();
            }
            all.add(scopes);
        }
        return List.copyOf(all);
    }

    private static Optional<Scope> resolve(Scope scope, Map<String, String> values) {
        Optional<ScopeTemplate> template = ScopeTemplate.of(scope);
        return template.isPresent() ? template.get().resolve(values) : Optional.of(scope);
    }

    List<ScopeSet> sets() {
        return sets;
    }

    Set<String> variables() {
        return variables;
    }

    /** Returns a scope that no token of the grammar can have. */
    Optional<Scope> unknownTo(ScopeGrammar grammar) {
        return sets.stream()
                .flatMap(set -> set.scopes().stream())
                .filter(scope -> !ScopeTemplate.of(scope)
                        .map(template -> template.fits(grammar))
                        .orElseGet(() -> grammar.knows(scope)))
                .findFirst();
    }

    boolean areCoveredBy(ScopeSet held, ScopeGrammar grammar) {
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < needed.size(); i++) {
            if (coversAll(held, needed.get(i), grammar)) {
                return true;
            }
        }
        return false;
    }

    private static boolean coversAll(ScopeSet held, List<Scope> needed, ScopeGrammar grammar) {
        for (int i = 0; i < needed.size(); i++) {
            if (!grammar.covers(held, needed.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the error for a token with scopes that do not cover any of the sets. It names the first set, with its variables.
     */
    AuthError insufficientScope(ScopeSet held, ScopeGrammar grammar) {
        List<Scope> first = sets.get(0).scopes();
        if (first.size() == 1 || needed.isEmpty()) {
            return lacksFirstSet;
        }
        List<Scope> lacking = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            if (!grammar.covers(held, needed.get(0).get(i))) {
                lacking.add(first.get(i));
            }
        }
        return AuthError.insufficientScope(sets.get(0), ScopeSet.of(lacking));
    }

    /** Returns whether the other object has the same sets, and the same values in place of variables. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ScopeAlternatives that && sets.equals(that.sets) && needed.equals(that.needed);
    }

    @Override
    public int hashCode() {
        return 31 * sets.hashCode() + needed.hashCode();
    }
}
