package school.lectern.auth.scope;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Small random scope sets over few names, so that they often overlap. */
class RandomScopes {

    private static final List<String> ACTIONS = List.of("read", "write", "rea");
    private static final List<String> RESOURCES = List.of("learn", "learners", "a");

    private final Random random;

    RandomScopes(long seed) {
        random = new Random(seed);
    }

    Scope scope() {
        return Scope.of(any(ACTIONS), any(RESOURCES));
    }

    /** Returns a set that sometimes has names without actions. */
    ScopeSet set() {
        double density = random.nextDouble();
        Map<String, Set<String>> rights = new TreeMap<>();
        for (String resource : RESOURCES) {
            Set<String> actions = new HashSet<>(ACTIONS);
            actions.removeIf(action -> random.nextDouble() > density);
            if (!actions.isEmpty() || random.nextInt(3) == 0) {
                rights.put(resource, actions);
            }
        }
        return ScopeSet.ofRights(rights);
    }

    private String any(List<String> names) {
        return names.get(random.nextInt(names.size()));
    }
}
