package school.lectern.auth.scope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A set of permissions, and its algebra. Immutable.
 *
 * <p>Both notations are views of it: {@code read:learners write:learners}, and the
 * rights object {@code {"learners": {"read": true, "write": true}}}. A resource may be named with no action at all
 * ({@code {"courses": {"action_read": false}}}); such a name grants nothing, and is kept so that printing gives back
 * what was parsed.
 *
 * <pre>{@code
 * ScopeSet held = ScopeSet.parse("read:learners write:finance");
 * held.covers(Scope.of("read:learners"));            // true
 * held.covers(Scope.of("read:finance"));             // false: write does not imply read
 * held.difference(ScopeSet.parse("read:learners"));  // write:finance
 * }</pre>
 */
public final class ScopeSet {

    private static final ScopeSet NONE = new ScopeSet(List.of(), List.of());

    /** Up to so many are looked through one by one, which is faster than to search. */
    private static final int FEW = 8;

    private final List<Scope> granted;
    private final List<String> namedOnly;

    /**
     * @param granted what is granted, each once, in their order
     * @param namedOnly the resources that are named without an action, in their order
     */
    private ScopeSet(List<Scope> granted, List<String> namedOnly) {
        this.granted = List.copyOf(granted);
        this.namedOnly = List.copyOf(namedOnly);
    }

    private static ScopeSet of(SortedMap<String, ? extends Set<String>> actionsByResource) {
        List<Scope> granted = new ArrayList<>();
        List<String> namedOnly = new ArrayList<>();
        actionsByResource.forEach((resource, actions) -> {
            actions.forEach(action -> granted.add(new Scope(action, resource)));
            if (actions.isEmpty()) {
                namedOnly.add(resource);
            }
        });
        return new ScopeSet(granted, namedOnly);
    }

    /** The set that holds nothing. */
    public static ScopeSet none() {
        return NONE;
    }

    /** The set of these scopes; one that is given twice counts once. */
    public static ScopeSet of(Scope... scopes) {
        return of(Arrays.asList(scopes));
    }

    /** The set of these scopes; one that is given twice counts once. */
    public static ScopeSet of(Collection<Scope> scopes) {
        SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
        for (Scope scope : scopes) {
            sets.computeIfAbsent(scope.resource(), r -> new TreeSet<>()).add(scope.action());
        }
        return of(sets);
    }

    /**
     * The set that a rights object names: resource → the actions that are granted on it, possibly none.
     *
     * @throws IllegalArgumentException if a resource or an action cannot be part of a scope
     */
    public static ScopeSet ofRights(Map<String, ? extends Collection<String>> actionsByResource) {
        SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
        actionsByResource.forEach((resource, actions) -> {
            Scope.requirePart(resource, "resource");
            actions.forEach(action -> Scope.requirePart(action, "action"));
            sets.put(resource, new TreeSet<>(actions));
        });
        return of(sets);
    }

    /**
     * Reads what {@link #toString} prints: scopes parted by single spaces, and {@code :resource} for a resource that is
     * named without an action.
     *
     * @throws IllegalArgumentException if a word is neither
     */
    public static ScopeSet parse(String text) {
        SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
        for (String word : text.isEmpty() ? List.<String>of() : Arrays.asList(text.split(" ", -1))) {
            if (word.startsWith(":")) {
                String resource = word.substring(1);
                Scope.requirePart(resource, "resource");
                sets.computeIfAbsent(resource, r -> new TreeSet<>());
            } else {
                Scope scope = Scope.of(word);
                sets.computeIfAbsent(scope.resource(), r -> new TreeSet<>()).add(scope.action());
            }
        }
        return of(sets);
    }

    /** Whether this set holds that very permission. */
    public boolean covers(Scope scope) {
        if (granted.size() > FEW) {
            return Collections.binarySearch(granted, scope) >= 0;
        }
        // By index, since every request asks, and an iterator would be garbage.
        for (int i = 0; i < granted.size(); i++) {
            if (granted.get(i).equals(scope)) {
                return true;
            }
        }
        return false;
    }

    /** Whether this set holds every permission of the other. The empty set is covered by any. */
    public boolean covers(ScopeSet other) {
        for (int i = 0; i < other.granted.size(); i++) {
            if (!covers(other.granted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** What either set holds. */
    public ScopeSet union(ScopeSet other) {
        SortedMap<String, SortedSet<String>> sets = actionsByResource();
        other.actionsByResource()
                .forEach((resource, actions) ->
                        sets.computeIfAbsent(resource, r -> new TreeSet<>()).addAll(actions));
        return of(sets);
    }

    /** What both sets hold. */
    public ScopeSet intersection(ScopeSet other) {
        return of(granted.stream().filter(other::covers).toList());
    }

    /** What this set holds and the other does not. */
    public ScopeSet difference(ScopeSet other) {
        return of(granted.stream().filter(scope -> !other.covers(scope)).toList());
    }

    /** Whether nothing is granted; names without actions do not count. */
    public boolean isEmpty() {
        return granted.isEmpty();
    }

    /** The permissions, ordered by resource and then by action. */
    public List<Scope> scopes() {
        return granted;
    }

    /** The same set as a rights object: every named resource, with the actions that are granted on it. Unmodifiable. */
    public Map<String, Set<String>> rights() {
        Map<String, Set<String>> view = new TreeMap<>();
        actionsByResource().forEach((resource, actions) -> view.put(resource, Collections.unmodifiableSet(actions)));
        return Collections.unmodifiableMap(view);
    }

    private SortedMap<String, SortedSet<String>> actionsByResource() {
        SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
        namedOnly.forEach(resource -> sets.put(resource, new TreeSet<>()));
        granted.forEach(scope ->
                sets.computeIfAbsent(scope.resource(), r -> new TreeSet<>()).add(scope.action()));
        return sets;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScopeSet set && granted.equals(set.granted) && namedOnly.equals(set.namedOnly);
    }

    @Override
    public int hashCode() {
        return 31 * granted.hashCode() + namedOnly.hashCode();
    }

    /** The scopes in their order, parted by spaces: what RFC 6749 calls a scope. The inverse of {@link #parse}. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        actionsByResource().forEach((resource, actions) -> {
            if (actions.isEmpty()) {
                words.add(':' + resource);
            }
            actions.forEach(action -> words.add(action + ':' + resource));
        });
        return String.join(" ", words);
    }
}
