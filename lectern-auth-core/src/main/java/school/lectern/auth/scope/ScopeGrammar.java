package school.lectern.auth.scope;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import school.lectern.auth.scope.ScopeNames.ActionsOnResources;
import school.lectern.auth.scope.ScopeNames.FreeNames;
import school.lectern.auth.scope.ScopeNames.ListedNames;
import school.lectern.auth.scope.ScopeNames.NoNames;

/**
 * The scopes that exist in a dialect, their notation, and which scope implies which. Immutable, and safe for use by many
 * threads.
 *
 * <pre>{@code
 * ScopeGrammar.verbs("read", "write")                          // read:learners
 * ScopeGrammar.names("api", "read_api", "read_user")           // these three
 *         .implies("api", "read_api", "read_user")
 * ScopeGrammar.anyName().withPatterns().withEverything()       // repo, admin:org, admin:*, *
 * }</pre>
 *
 * <p>A token stores the scopes that it was given, and nothing that they imply. Implications, roles and patterns are
 * evaluated for each request: a scope that is added to the dialect later belongs to the tokens whose scopes imply it then.
 * They are part of the configuration of a node. A change of them that takes a right away therefore holds once the last node
 * runs with it. To take a right away at a confirmed instant, change the tokens.
 *
 * <p><b>Implications:</b> {@link #implies} and {@link #role} apply in any number of steps. Scopes that imply each other in a
 * cycle are equivalent.
 *
 * <p><b>Patterns:</b> {@code admin:*} covers all scopes that start with {@code admin:}, also {@code admin:org:read}, and
 * everything that these imply; it does not cover {@code admin}. {@code *} covers every scope. A {@code *} can only be the
 * last segment. A pattern itself is covered only by one other scope: {@code admin:*} is not covered by all scopes below
 * {@code admin:} together.
 *
 * <p><b>Unknown names:</b> a stored scope that the grammar does not have grants nothing, and is not an error.
 */
public final class ScopeGrammar {

    /** The notation of scopes in requests and responses. */
    public enum Notation {
        /** No scopes: each token may use the whole API of its tenant. */
        NONE,
        /** An array {@code scopes} of names. */
        SCOPES,
        /** An object {@code rights} of resource → action → boolean. */
        RIGHTS
    }

    private final Notation notation;
    private final ScopeNames names;
    private final boolean required;
    private final Implications implications;
    private final boolean patterns;
    private final boolean everything;

    private ScopeGrammar(Notation notation, ScopeNames names, boolean required) {
        this(notation, names, required, Implications.NONE, false, false);
    }

    private ScopeGrammar(
            Notation notation,
            ScopeNames names,
            boolean required,
            Implications implications,
            boolean patterns,
            boolean everything) {
        this.notation = notation;
        this.names = names;
        this.required = required;
        this.implications = implications;
        this.patterns = patterns;
        this.everything = everything;
    }

    /** {@return the grammar of a dialect without scopes} */
    public static ScopeGrammar unscoped() {
        return new ScopeGrammar(Notation.NONE, new NoNames(), false);
    }

    /**
     * {@return a grammar of {@code verb:resource}, in which a token must have at least one scope}
     *
     * @param verbs the actions, in the order in which they are printed
     * @throws IllegalArgumentException if a verb cannot be the action of a {@link Scope}
     */
    public static ScopeGrammar verbs(String... verbs) {
        return new ScopeGrammar(Notation.SCOPES, new ActionsOnResources(List.of(verbs), Map.of()), true);
    }

    /**
     * {@return a grammar of rights objects, in which a token may have no scope}
     *
     * @param actions the actions, in the order in which they are printed
     * @throws IllegalArgumentException if an action cannot be the action of a {@link Scope}
     */
    public static ScopeGrammar rights(String... actions) {
        return new ScopeGrammar(Notation.RIGHTS, new ActionsOnResources(List.of(actions), Map.of()), false);
    }

    /**
     * {@return a grammar of a list of names, in which a token may have no scope}
     *
     * @param names the names, for example {@code repo} and {@code repo:status}
     * @throws IllegalArgumentException if there is none, if one is given twice, or if one cannot be the name of a
     *     {@link Scope} or contains {@code *}, <code>{</code> or <code>}</code>; {@link #withPatterns} and
     *     {@link #withEverything} allow patterns
     */
    public static ScopeGrammar names(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("names must have at least one name; anyName() allows all");
        }
        ListedNames all = new ListedNames(Set.of());
        for (String name : names) {
            all = added(all, name, "names");
        }
        return new ScopeGrammar(Notation.SCOPES, all, false);
    }

    private static ListedNames added(ListedNames all, String name, String setting) {
        Scope scope = literal(name, setting);
        if (all.listed().contains(scope)) {
            throw new IllegalArgumentException(setting + " must name each scope once, but names " + name + " again");
        }
        return all.with(scope);
    }

    private static Scope literal(String name, String setting) {
        Scope scope = Scope.of(name);
        if (new FreeNames().violation(scope).isPresent()) {
            throw new IllegalArgumentException(setting + " must be names without *, { and }, was " + name
                    + "; withPatterns() and withEverything() allow patterns");
        }
        return scope;
    }

    /**
     * {@return a grammar in which every name exists, and a token may have no scope} A name cannot contain {@code *},
     * <code>{</code> and <code>}</code>.
     */
    public static ScopeGrammar anyName() {
        return new ScopeGrammar(Notation.SCOPES, new FreeNames(), false);
    }

    /**
     * {@return this grammar, in which an action is allowed only with one resource, and that resource only with that action}
     *
     * @param action an action of this grammar
     * @param resource the resource
     * @throws IllegalArgumentException if this grammar does not have the action, or an implication names a scope that then
     *     does not exist
     */
    public ScopeGrammar withPair(String action, String resource) {
        if (!(names instanceof ActionsOnResources halves) || !actions().contains(action)) {
            throw new IllegalArgumentException("action must be one of " + actions() + ", was '" + action + "'");
        }
        ScopeGrammar paired = new ScopeGrammar(
                notation, halves.withPair(action, resource), required, implications, patterns, everything);
        requireKnown(implications.implying().stream(), paired::knows);
        requireKnown(implications.implied(), paired::knowsOrCovers);
        return paired;
    }

    /**
     * {@return this grammar, in which a token with one scope may also do everything that the others allow} Repeated calls add.
     *
     * @param name the scope that implies the others
     * @param implied the scopes that it implies, at least one; also patterns such as {@code admin:*}
     * @throws IllegalArgumentException if this grammar does not have one of the scopes, if none is implied, or if the scopes of
     *     this grammar imply too many others: more than 100,000, counted for each scope that implies others
     */
    public ScopeGrammar implies(String name, String... implied) {
        if (implied.length == 0) {
            throw new IllegalArgumentException("implies must name at least one scope that " + name + " implies");
        }
        Scope implying = Scope.of(name);
        List<Scope> those = Arrays.stream(implied).map(Scope::of).toList();
        requireKnown(Stream.of(implying), this::knows);
        requireKnown(those.stream(), this::knowsOrCovers);
        return new ScopeGrammar(notation, names, required, implications.with(implying, those), patterns, everything);
    }

    private static void requireKnown(Stream<Scope> scopes, Predicate<Scope> isKnown) {
        scopes.filter(isKnown.negate()).findFirst().ifPresent(unknown -> {
            throw new IllegalArgumentException("implies must name scopes of the grammar, but " + unknown
                    + " does not exist in it; name it in the grammar first");
        });
    }

    /**
     * {@return this grammar with a role: a further name that implies a set of scopes} A token that has the name may do
     * everything that the scopes allow.
     *
     * @param name the name of the role, such as {@code editor}, which this grammar does not have yet
     * @param scopes the scopes that the role implies, at least one; also patterns and other roles
     * @throws IllegalArgumentException if this grammar already has the name, does not have one of the scopes, or is not one of
     *     {@link #names}
     */
    public ScopeGrammar role(String name, String... scopes) {
        if (!(names instanceof ListedNames listed)) {
            throw new IllegalArgumentException("role must be added to a grammar of names(…); use implies in any other");
        }
        return new ScopeGrammar(notation, added(listed, name, "role"), required, implications, patterns, everything)
                .implies(name, scopes);
    }

    /**
     * {@return this grammar, in which a token may also have patterns such as {@code admin:*}} A pattern exists only if it
     * covers a scope that exists.
     *
     * @throws IllegalArgumentException if the notation of this grammar is not {@link Notation#SCOPES}
     */
    public ScopeGrammar withPatterns() {
        requireArray("withPatterns");
        return new ScopeGrammar(notation, names, required, implications, true, everything);
    }

    /**
     * {@return this grammar, in which a token may also have {@code *}, which covers every scope}
     *
     * @throws IllegalArgumentException if the notation of this grammar is not {@link Notation#SCOPES}
     */
    public ScopeGrammar withEverything() {
        requireArray("withEverything");
        return new ScopeGrammar(notation, names, required, implications, patterns, true);
    }

    private void requireArray(String setting) {
        if (notation != Notation.SCOPES) {
            throw new IllegalArgumentException(
                    setting + " needs scopes in an array; a grammar of " + notation + " cannot write a pattern");
        }
    }

    /** {@return this grammar, in which a token must have at least one scope} */
    public ScopeGrammar atLeastOne() {
        return new ScopeGrammar(notation, names, true, implications, patterns, everything);
    }

    /** {@return the notation of scopes} */
    public Notation notation() {
        return notation;
    }

    /**
     * {@return the field of requests and responses that contains the scopes} A dialect without scopes does not use it.
     */
    public String field() {
        return notation == Notation.RIGHTS ? "rights" : "scopes";
    }

    /** {@return the actions, in the order in which they are printed; none if names have no actions} */
    public List<String> actions() {
        return names instanceof ActionsOnResources halves ? halves.actions() : List.of();
    }

    /** {@return the names and roles, in the order in which they were given; none unless this is a grammar of {@link #names}} */
    public List<Scope> names() {
        return List.copyOf(names.listed());
    }

    /** {@return whether a token must have at least one scope} */
    public boolean required() {
        return required;
    }

    /**
     * {@return whether a token of this dialect can have the scope}
     *
     * @param scope the scope, which may be a pattern
     */
    public boolean knows(Scope scope) {
        return violation(scope).isEmpty();
    }

    /** Returns whether the scope exists, or covers one that exists, although a token may not have the pattern itself. */
    private boolean knowsOrCovers(Scope scope) {
        return knows(scope) || (ScopePattern.is(scope) && names.hasAnyUnder(scope));
    }

    /**
     * {@return the scope that a text represents, or empty if it does not exist in this grammar} The text must match exactly:
     * upper and lower case differ, and spaces are not trimmed.
     *
     * @param text the name of a scope; any other text has no scope
     */
    public Optional<Scope> scope(String text) {
        return Scope.isName(text) ? Optional.of(Scope.of(text)).filter(this::knows) : Optional.empty();
    }

    /**
     * {@return whether a resource of {@link #verbs} or {@link #rights} may have the name: a lower-case ASCII letter, then at
     * most 63 lower-case ASCII letters, digits, underscores and hyphens}
     *
     * @param name any text
     */
    public boolean isResource(String name) {
        return ActionsOnResources.isResource(name);
    }

    /**
     * {@return the reason why a token of this dialect must not have the scopes, or empty if it may}
     *
     * @param scopes the scopes
     */
    public Optional<String> violation(ScopeSet scopes) {
        if (notation == Notation.NONE) {
            return scopes.equals(ScopeSet.none()) ? Optional.empty() : Optional.of("is not known");
        }
        if (required && scopes.isEmpty()) {
            return Optional.of("must name at least one scope");
        }
        return Stream.concat(
                        scopes.scopes().stream().flatMap(scope -> violation(scope).stream()),
                        scopes.resourcesWithoutAction().stream()
                                .flatMap(resource -> ActionsOnResources.whyUnknownResource(resource).stream()))
                .findFirst();
    }

    private Optional<String> violation(Scope scope) {
        boolean allowed = ScopePattern.isEverything(scope)
                ? everything
                : patterns && ScopePattern.is(scope) && names.hasAnyUnder(scope);
        return allowed ? Optional.empty() : names.violation(scope);
    }

    /**
     * {@return whether a token with some scopes may do what one scope allows: it has the scope itself, a scope that implies
     * it, or a pattern that covers it} Allocates nothing.
     *
     * @param held the scopes of the token
     * @param needed the scope that is needed; a name that {@link #names} does not list is covered by no token
     */
    public boolean covers(ScopeSet held, Scope needed) {
        if (held.contains(needed)) {
            return !isUnknown(needed);
        }
        if (comparesNamesOnly()) {
            return false;
        }
        List<Scope> all = held.scopes();
        for (int i = 0; i < all.size(); i++) {
            if (covers(all.get(i), needed)) {
                return !isUnknown(needed);
            }
        }
        return false;
    }

    private boolean comparesNamesOnly() {
        return implications.isEmpty() && !patterns && !everything;
    }

    /** Returns whether holding one scope is sufficient, though it is not the needed one. */
    private boolean covers(Scope held, Scope needed) {
        if (ScopePattern.isEverything(held) ? everything : patterns && ScopePattern.is(held)) {
            return implications.coverByPattern(held, needed) || implications.cover(held, needed);
        }
        return implications.cover(held, needed);
    }

    private boolean isUnknown(Scope scope) {
        return names.isUnknown(scope) && !knows(scope);
    }

    /**
     * {@return whether some scopes allow nothing that the bounds do not allow} Each scope must be covered by one of the
     * bounds. A name that does not exist must be one of the bounds itself: it allows nothing now, but may exist later.
     *
     * @param scopes the scopes, for example of a token that is to be created
     * @param bounds the most that they may allow, for example a grant
     */
    public boolean isWithin(ScopeSet scopes, ScopeSet bounds) {
        return scopes.scopes().stream().allMatch(scope -> bounds.contains(scope) || covers(bounds, scope));
    }

    /**
     * {@return the scopes of a token that exist, and the scopes that these imply, as literal names} They are the names that
     * this grammar has in its list or in its implications; a pattern over free names also covers names that are not among them.
     *
     * @param held the scopes of the token
     */
    public ScopeSet expand(ScopeSet held) {
        if (comparesNamesOnly() && names instanceof ActionsOnResources) {
            return held;
        }
        Set<Scope> candidates = new LinkedHashSet<>(held.scopes());
        candidates.addAll(names.listed());
        candidates.addAll(implications.implying());
        implications.implied().forEach(candidates::add);
        return ScopeSet.of(
                candidates.stream().filter(scope -> covers(held, scope)).collect(Collectors.toSet()));
    }
}
