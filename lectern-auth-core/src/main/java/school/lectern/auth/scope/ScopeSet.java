package school.lectern.auth.scope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A set of scopes and its operations. Immutable.
 *
 * <p>It is written as names separated by spaces: {@code read:learners repo}. If its scopes have the form
 * {@code action:resource}, it can also be written as a rights object: {@code {"learners": {"read": true, "write": true}}}. A
 * rights object may name a resource without an action ({@code {"courses": {"action_read": false}}}). Such a resource grants
 * nothing, but it is retained so that the set prints as it was parsed.
 *
 * <pre>{@code
 * ScopeSet held = ScopeSet.parse("read:learners write:finance");
 * held.contains(Scope.of("read:learners"));            // true
 * held.contains(Scope.of("read:finance"));             // false
 * held.difference(ScopeSet.parse("read:learners"));    // write:finance
 * }</pre>
 *
 * <p>All operations compare names. The grammar of a dialect defines which scope implies which, and which scopes a pattern
 * such as {@code admin:*} covers: {@link ScopeGrammar#covers} decides whether a token may use an operation.
 */
public final class ScopeSet {

    private static final ScopeSet NONE = new ScopeSet(List.of(), List.of());

    /** The maximum size of a set that is searched linearly, which is faster than a binary search for small sets. */
    private static final int FEW = 8;

    private final List<Scope> granted;
    private final List<String> namedOnly;

    /**
     * @param granted the scopes, each once, in their order
     * @param namedOnly the resources without an action, in their order
     */
    private ScopeSet(List<Scope> granted, List<String> namedOnly) {
        this.granted = List.copyOf(granted);
        this.namedOnly = List.copyOf(namedOnly);
    }

    /** Returns the set of the scopes, and of those resources that have no action among them. */
    private static ScopeSet of(Collection<Scope> scopes, Collection<String> resources) {
        NavigableSet<Scope> granted = new TreeSet<>(scopes);
        NavigableSet<String> namedOnly = new TreeSet<>(resources);
        granted.stream().filter(Scope::hasAction).map(Scope::resource).forEach(namedOnly::remove);
        return new ScopeSet(List.copyOf(granted), List.copyOf(namedOnly));
    }

    /** {@return the empty set} */
    public static ScopeSet none() {
        return NONE;
    }

    /**
     * {@return the set of the given scopes}
     *
     * @param scopes the scopes; duplicates are ignored
     */
    public static ScopeSet of(Scope... scopes) {
        return of(Arrays.asList(scopes));
    }

    /**
     * {@return the set of the given scopes}
     *
     * @param scopes the scopes; duplicates are ignored
     */
    public static ScopeSet of(Collection<Scope> scopes) {
        return of(scopes, List.of());
    }

    /**
     * {@return the set that a rights object represents}
     *
     * @param actionsByResource the granted actions by resource; a resource may have no action
     * @throws IllegalArgumentException if a resource or an action cannot be one half of a {@link Scope}, is longer than 128
     *     characters or contains a colon
     */
    public static ScopeSet ofRights(Map<String, ? extends Collection<String>> actionsByResource) {
        List<Scope> granted = new ArrayList<>();
        actionsByResource.forEach((resource, actions) -> {
            Scope.requireHalf(resource, "resource");
            actions.forEach(action -> granted.add(Scope.of(action, resource)));
        });
        return of(granted, actionsByResource.keySet());
    }

    /**
     * {@return the set that a text represents}
     *
     * @param text the text that {@link #toString} returned: scopes separated by single spaces, and {@code :resource} for a
     *     resource without an action
     * @throws IllegalArgumentException if a word is neither
     */
    public static ScopeSet parse(String text) {
        List<Scope> granted = new ArrayList<>();
        List<String> resources = new ArrayList<>();
        for (String word : text.isEmpty() ? List.<String>of() : Arrays.asList(text.split(" ", -1))) {
            if (word.startsWith(":")) {
                String resource = word.substring(1);
                Scope.requireHalf(resource, "resource");
                resources.add(resource);
            } else {
                granted.add(Scope.of(word));
            }
        }
        return of(granted, resources);
    }

    /**
     * {@return whether this set contains exactly this scope} A scope that another one implies is not contained.
     *
     * @param scope the scope
     */
    public boolean contains(Scope scope) {
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
     * {@return whether this set contains all scopes of another set} Every set contains the scopes of the empty set.
     *
     * @param other the other set
     */
    public boolean containsAll(ScopeSet other) {
        for (int i = 0; i < other.granted.size(); i++) {
            if (!contains(other.granted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * {@return the scopes that at least one of the two sets contains}
     *
     * @param other the other set
     */
    public ScopeSet union(ScopeSet other) {
        List<Scope> all = new ArrayList<>(granted);
        all.addAll(other.granted);
        List<String> resources = new ArrayList<>(namedOnly);
        resources.addAll(other.namedOnly);
        return of(all, resources);
    }

    /**
     * {@return the scopes that both sets contain}
     *
     * @param other the other set
     */
    public ScopeSet intersection(ScopeSet other) {
        return of(granted.stream().filter(other::contains).toList());
    }

    /**
     * {@return the scopes that this set contains and the other does not}
     *
     * @param other the other set
     */
    public ScopeSet difference(ScopeSet other) {
        return of(granted.stream().filter(scope -> !other.contains(scope)).toList());
    }

    /** {@return whether this set contains no scope; resources without an action do not count} */
    public boolean isEmpty() {
        return granted.isEmpty();
    }

    /**
     * {@return the scopes, ordered by the part after the first colon and then by the part before it; a scope without a colon is
     * ordered by its whole name}
     */
    public List<Scope> scopes() {
        return granted;
    }

    /**
     * {@return this set as a rights object: the granted actions by resource, including resources without an action} Scopes
     * without a colon, which a rights object cannot express, are left out. Unmodifiable.
     */
    public Map<String, Set<String>> rights() {
        Map<String, Set<String>> sets = new TreeMap<>();
        namedOnly.forEach(resource -> sets.put(resource, Set.of()));
        granted.stream()
                .filter(Scope::hasAction)
                .forEach(scope -> sets.computeIfAbsent(scope.resource(), r -> new TreeSet<>())
                        .add(scope.action()));
        sets.replaceAll((resource, actions) -> Collections.unmodifiableSet(actions));
        return Collections.unmodifiableMap(sets);
    }

    /** {@return the resources without an action, in their order} */
    List<String> resourcesWithoutAction() {
        return namedOnly;
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
        return Stream.concat(
                        granted.stream().map(Scope::name), namedOnly.stream().map(resource -> ':' + resource))
                .sorted(Scope::compareWords)
                .collect(Collectors.joining(" "));
    }
}
