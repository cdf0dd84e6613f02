package school.lectern.auth.scope;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The names of scopes that exist, apart from patterns. Immutable. */
sealed interface ScopeNames {

    /** Returns the reason why the scope does not exist, or empty if it exists. */
    Optional<String> violation(Scope scope);

    /** Returns whether the pattern covers a scope that exists. */
    boolean hasAnyUnder(Scope pattern);

    /** Returns whether a token may have a name that the grammar had when the token was issued, and no longer has. */
    boolean isUnknown(Scope scope);

    /** Returns the names, if there is a list of them, in its order. */
    default Set<Scope> listed() {
        return Set.of();
    }

    /** No scope. */
    record NoNames() implements ScopeNames {

        @Override
        public Optional<String> violation(Scope scope) {
            return Optional.of("is not known");
        }

        @Override
        public boolean hasAnyUnder(Scope pattern) {
            return false;
        }

        @Override
        public boolean isUnknown(Scope scope) {
            return true;
        }
    }

    /** The names of a list. */
    record ListedNames(Set<Scope> listed) implements ScopeNames {

        public ListedNames {
            listed = Collections.unmodifiableSet(new LinkedHashSet<>(listed));
        }

        ListedNames with(Scope name) {
            Set<Scope> all = new LinkedHashSet<>(listed);
            all.add(name);
            return new ListedNames(all);
        }

        @Override
        public Optional<String> violation(Scope scope) {
            return isUnknown(scope) ? Optional.of("names a scope that does not exist") : Optional.empty();
        }

        @Override
        public boolean hasAnyUnder(Scope pattern) {
            return listed.stream().anyMatch(name -> ScopePattern.covers(pattern, name));
        }

        @Override
        public boolean isUnknown(Scope scope) {
            return !listed.contains(scope);
        }
    }

    /** Every name that cannot be taken for a pattern or for the template of a requirement. */
    record FreeNames() implements ScopeNames {

        @Override
        public Optional<String> violation(Scope scope) {
            return isUnknown(scope) ? Optional.of("names a scope with *, { or }") : Optional.empty();
        }

        @Override
        public boolean hasAnyUnder(Scope pattern) {
            return !isSpecial(pattern.name(), pattern.name().length() - 1);
        }

        @Override
        public boolean isUnknown(Scope scope) {
            return isSpecial(scope.name(), scope.name().length());
        }

        private static boolean isSpecial(String name, int end) {
            for (int i = 0; i < end; i++) {
                char c = name.charAt(i);
                if (c == '*' || c == '{' || c == '}') {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Names of an action and a resource.
     *
     * @param actions the actions, in the order in which they are printed
     * @param exclusive action → the only resource that it goes with
     */
    record ActionsOnResources(List<String> actions, Map<String, String> exclusive) implements ScopeNames {

        /** Lower-case ASCII, so that similar letters of other scripts, spaces and upper case are rejected. */
        private static final Pattern RESOURCE = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

        public ActionsOnResources {
            actions.forEach(action -> Scope.requireHalf(action, "action"));
            actions = List.copyOf(actions);
            exclusive = Map.copyOf(exclusive);
        }

        ActionsOnResources withPair(String action, String resource) {
            Map<String, String> pairs = new TreeMap<>(exclusive);
            pairs.put(action, resource);
            return new ActionsOnResources(actions, pairs);
        }

        static boolean isResource(String name) {
            return RESOURCE.matcher(name).matches();
        }

        static Optional<String> whyUnknownResource(String resource) {
            return isResource(resource)
                    ? Optional.empty()
                    : Optional.of("names a resource that is not a-z, then at most 63 of a-z, 0-9, _ and -");
        }

        @Override
        public Optional<String> violation(Scope scope) {
            String action = scope.action();
            String resource = scope.resource();
            if (!actions.contains(action)) {
                return Optional.of("names an action other than " + String.join(", ", actions));
            }
            String partner = exclusive.get(action);
            boolean pairBroken =
                    partner == null ? exclusive.containsValue(resource) : !Objects.equals(partner, resource);
            return pairBroken
                    ? Optional.of("joins an action and a resource that do not go together")
                    : whyUnknownResource(resource);
        }

        @Override
        public boolean hasAnyUnder(Scope pattern) {
            return ScopePattern.isEverything(pattern)
                    || (actions.contains(pattern.action()) && pattern.resource().equals("*"));
        }

        /** Rules name only scopes that exist, so a scope that a rule needs is compared without reading its halves again. */
        @Override
        public boolean isUnknown(Scope scope) {
            return false;
        }
    }
}
