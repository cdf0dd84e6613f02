package school.lectern.auth.scope;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The permissions that exist in a dialect, and their notation. Immutable.
 *
 * <p>There are three notations: none ({@link #unscoped}), a list of {@code verb:resource} ({@link #verbs}), and an object of
 * resource → action → boolean ({@link #rights}).
 */
public final class ScopeGrammar {

    /** The notation of permissions in requests and responses. */
    public enum Notation {
        /** No permissions: each token may use the whole API of its tenant. */
        NONE,
        /** An array {@code scopes} of {@code verb:resource}. */
        SCOPES,
        /** An object {@code rights} of resource → action → boolean. */
        RIGHTS
    }

    /** Lower-case ASCII, so that similar letters of other scripts, spaces and upper case are rejected. */
    private static final Pattern RESOURCE = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

    private final Notation notation;
    private final List<String> actions;
    private final Map<String, String> exclusive;
    private final boolean required;

    private ScopeGrammar(Notation notation, List<String> actions, Map<String, String> exclusive, boolean required) {
        this.notation = notation;
        actions.forEach(action -> Scope.requirePart(action, "action"));
        this.actions = List.copyOf(actions);
        this.exclusive = Map.copyOf(exclusive);
        this.required = required;
    }

    /** {@return the grammar of a dialect without permissions} */
    public static ScopeGrammar unscoped() {
        return new ScopeGrammar(Notation.NONE, List.of(), Map.of(), false);
    }

    /**
     * {@return a grammar of {@code verb:resource}, in which a token must have at least one permission}
     *
     * @param verbs the actions, in the order in which they are printed
     * @throws IllegalArgumentException if a verb cannot be part of a {@link Scope}
     */
    public static ScopeGrammar verbs(String... verbs) {
        return new ScopeGrammar(Notation.SCOPES, List.of(verbs), Map.of(), true);
    }

    /**
     * {@return a grammar of rights objects, in which a token may have no permission}
     *
     * @param actions the actions, in the order in which they are printed
     * @throws IllegalArgumentException if an action cannot be part of a {@link Scope}
     */
    public static ScopeGrammar rights(String... actions) {
        return new ScopeGrammar(Notation.RIGHTS, List.of(actions), Map.of(), false);
    }

    /**
     * {@return this grammar, in which an action is allowed only with one resource, and that resource only with that action}
     *
     * @param action an action of this grammar
     * @param resource the resource
     * @throws IllegalArgumentException if this grammar does not have the action
     */
    public ScopeGrammar withPair(String action, String resource) {
        if (!actions.contains(action)) {
            throw new IllegalArgumentException("action must be one of " + actions + ", was '" + action + "'");
        }
        Map<String, String> pairs = new TreeMap<>(exclusive);
        pairs.put(action, resource);
        return new ScopeGrammar(notation, actions, pairs, required);
    }

    /** {@return the notation of permissions} */
    public Notation notation() {
        return notation;
    }

    /**
     * {@return the field of requests and responses that contains the permissions} A dialect without permissions does not use
     * it.
     */
    public String field() {
        return notation == Notation.RIGHTS ? "rights" : "scopes";
    }

    /** {@return the actions, in the order in which they are printed} */
    public List<String> actions() {
        return actions;
    }

    /** {@return whether a token must have at least one permission} */
    public boolean required() {
        return required;
    }

    /**
     * {@return whether the permission exists in this grammar}
     *
     * @param scope the permission
     */
    public boolean knows(Scope scope) {
        return violation(scope.action(), scope.resource()).isEmpty();
    }

    /**
     * {@return the permission that a text represents, or empty if it does not exist in this grammar} The text must match
     * exactly: upper and lower case differ, and spaces are not trimmed.
     *
     * @param text a text of the form {@code verb:resource}; any other text has no permission
     */
    public Optional<Scope> scope(String text) {
        int colon = text.indexOf(':');
        if (colon < 0
                || violation(text.substring(0, colon), text.substring(colon + 1))
                        .isPresent()) {
            return Optional.empty();
        }
        return Optional.of(Scope.of(text));
    }

    /**
     * {@return whether a resource may have the name: a lower-case ASCII letter, then at most 63 lower-case ASCII letters,
     * digits, underscores and hyphens}
     *
     * @param name any text
     */
    public boolean isResource(String name) {
        return RESOURCE.matcher(name).matches();
    }

    /**
     * {@return the reason why a token of this dialect must not have the permissions, or empty if it may}
     *
     * @param scopes the permissions
     */
    public Optional<String> violation(ScopeSet scopes) {
        if (notation == Notation.NONE) {
            return scopes.equals(ScopeSet.none()) ? Optional.empty() : Optional.of("is not known");
        }
        if (required && scopes.isEmpty()) {
            return Optional.of("must name at least one scope");
        }
        return scopes.rights().entrySet().stream()
                .flatMap(right -> right.getValue().isEmpty()
                        ? whyUnknownResource(right.getKey()).stream()
                        : right.getValue().stream().flatMap(action -> violation(action, right.getKey()).stream()))
                .findFirst();
    }

    private Optional<String> violation(String action, String resource) {
        if (!actions.contains(action)) {
            return Optional.of("names an action other than " + String.join(", ", actions));
        }
        String partner = exclusive.get(action);
        boolean pairBroken = partner == null ? exclusive.containsValue(resource) : !Objects.equals(partner, resource);
        return pairBroken
                ? Optional.of("joins an action and a resource that do not go together")
                : whyUnknownResource(resource);
    }

    private Optional<String> whyUnknownResource(String resource) {
        return isResource(resource)
                ? Optional.empty()
                : Optional.of("names a resource that is not a-z, then at most 63 of a-z, 0-9, _ and -");
    }
}
