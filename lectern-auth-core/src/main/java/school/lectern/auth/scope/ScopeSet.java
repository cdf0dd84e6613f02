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
 * A set of permissions and its operations. Immutable.
 *
 * <p>It can be written in two notations: {@code read:learners write:learners}, and the rights object {@code {"learners":
 * {"read": true, "write": true}}}. A rights object may name a resource without an action ({@code {"courses": {"action_read":
 * false}}}). Such a resource grants nothing, but it is retained so that the set prints as it was parsed.
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

    /** The maximum size of a set that is searched linearly, which is faster than a binary search for small sets. */
    private static final int FEW = 8;

    private final List<Scope> granted;
    private final List<String> namedOnly;

    /**
     * @param granted the permissions, each once, in their order
     * @param namedOnly the resources without an action, in their order
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

    /** {@return the empty set} */
    public static ScopeSet none() {
        return NONE;
    }

    /**
     * {@return the set of the given permissions}
     *
     * @param scopes the permissions; duplicates are ignored
     */
    public static ScopeSet of(Scope... scopes) {
        return of(Arrays.asList(scopes));
    }

    /**
     * {@return the set of the given permissions}
     *
     * @param scopes the permissions; duplicates are ignored
     */
    public static ScopeSet of(Collection<Scope> scopes) {
        SortedMap<String, SortedSet<String>> sets = new TreeMap<>();
        for (Scope scope : scopes) {
            sets.computeIfAbsent(scope.resource(), r -> new TreeSet<>()).add(scope.action());
        }
        return of(sets);
    }

    /**
     * {@return the set that a rights object represents}
     *
     * @param actionsByResource the granted actions by resource; a resource may have no action
     * @throws IllegalArgumentException if a resource or an action cannot be part of a {@link Scope}
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
     * {@return the set that a text represents}
     *
     * @param text the text that {@link #toString} returned: scopes separated by single spaces, and {@code :resource} for a
     *     resource without an action
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

    /**
     * {@return whether this set contains exactly this permission}
     *
     * @param scope the permission
     */
    public boolean covers(Scope scope) {
        if (granted.size() > FEW) {
            return Collections.binarySearch(granted, scope) >= 0;
        }
        // By index: this runs for every request, and an iterator would be garbage.
        for (int i = 0; i < granted.size(); i++) {
            if (granted.get(i).equals(scope)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return whether this set contains all permissions of another set} Every set covers the empty set.
     *
     * @param other the other set
     */
    public boolean covers(ScopeSet other) {
        for (int i = 0; i < other.granted.size(); i++) {
            if (!covers(other.granted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * {@return the permissions that at least one of the two sets contains}
     *
     * @param other the other set
     */
    public ScopeSet union(ScopeSet other) {
        SortedMap<String, SortedSet<String>> sets = actionsByResource();
        other.actionsByResource()
                .forEach((resource, actions) ->
                        sets.computeIfAbsent(resource, r -> new TreeSet<>()).addAll(actions));
        return of(sets);
    }

    /**
     * {@return the permissions that both sets contain}
     *
     * @param other the other set
     */
    public ScopeSet intersection(ScopeSet other) {
        return of(granted.stream().filter(other::covers).toList());
    }

    /**
     * {@return the permissions that this set contains and the other does not}
     *
     * @param other the other set
     */
    public ScopeSet difference(ScopeSet other) {
        return of(granted.stream().filter(scope -> !other.covers(scope)).toList());
    }

    /** {@return whether this set contains no permission; resources without an action do not count} */
    public boolean isEmpty() {
        return granted.isEmpty();
    }

    /** {@return the permissions, ordered by resource and then by action} */
    public List<Scope> scopes() {
        return granted;
    }

    /**
     * {@return this set as a rights object: the granted actions by resource, including resources without an action}
     * Unmodifiable.
     */
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

    /** {@return the scopes in their order, separated by spaces, as in RFC 6749; the inverse of {@link #parse}} */
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
