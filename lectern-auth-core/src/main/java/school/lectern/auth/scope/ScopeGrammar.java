package school.lectern.auth.scope;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Which permissions a dialect knows, and how they are written. Data, immutable.
 *
 * <p>Three notations: none at all ({@link #unscoped}), a list of {@code verb:resource} ({@link #verbs}), and an object
 * of resource → action → boolean ({@link #rights}).
 */
public final class ScopeGrammar {

    /** How permissions are written in requests and answers. */
    public enum Notation {
        /** Tokens carry no permissions: each may do all that its tenant's API offers. */
        NONE,
        /** An array {@code scopes} of {@code verb:resource}. */
        SCOPES,
        /** An object {@code rights} of resource → action → boolean. */
        RIGHTS
    }

    /** Lower-case ASCII, so that look-alike letters, blanks and capitals are refused. */
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

    /** The grammar of a dialect without permissions. */
    public static ScopeGrammar unscoped() {
        return new ScopeGrammar(Notation.NONE, List.of(), Map.of(), false);
    }

    /** A grammar of {@code verb:resource}; a token must hold at least one. */
    public static ScopeGrammar verbs(String... verbs) {
        return new ScopeGrammar(Notation.SCOPES, List.of(verbs), Map.of(), true);
    }

    /** A grammar of rights objects with these actions, in the order in which they are printed; a token may hold none. */
    public static ScopeGrammar rights(String... actions) {
        return new ScopeGrammar(Notation.RIGHTS, List.of(actions), Map.of(), false);
    }

    /** This grammar, in which the action goes with that resource only, and the resource with that action only. */
    public ScopeGrammar withPair(String action, String resource) {
        if (!actions.contains(action)) {
            throw new IllegalArgumentException("the grammar has no action " + action);
        }
        Map<String, String> pairs = new TreeMap<>(exclusive);
        pairs.put(action, resource);
        return new ScopeGrammar(notation, actions, pairs, required);
    }

    /** How permissions are written. */
    public Notation notation() {
        return notation;
    }

    /** The field of requests and answers that they stand in; in a dialect without permissions, none is called so. */
    public String field() {
        return notation == Notation.RIGHTS ? "rights" : "scopes";
    }

    /** The actions there are, in the order in which they are printed. */
    public List<String> actions() {
        return actions;
    }

    /** Whether a token must hold at least one permission. */
    public boolean required() {
        return required;
    }

    /** Whether the permission exists in this grammar. */
    public boolean knows(Scope scope) {
        return violation(scope.action(), scope.resource()).isEmpty();
    }

    /**
     * The scope that is written {@code verb:resource}, or empty if this grammar has none of that spelling. What comes in
     * is judged as it is: no case is folded, no blank trimmed.
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

    /** Whether the name can be that of a resource here. */
    public boolean isResource(String name) {
        return RESOURCE.matcher(name).matches();
    }

    /** What is wrong with a set of permissions for a token of this dialect; empty if nothing is. */
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
