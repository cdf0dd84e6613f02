package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Compares the grammar with the definition of what scopes allow, over a small universe and random tables of implications: a set
 * allows the scopes that it reaches by implications and patterns, step by step.
 */
class ScopeBruteForceTest {

    private static final int ROUNDS = 2_000;

    /** Names that tables and tokens use. */
    private static final List<String> NAMES = List.of("r", "a:x", "a:y", "a:b:x", "b:x", "ab:x");

    private static final List<String> PATTERNS = List.of("a:*", "a:b:*", "b:*", "ab:*", "*");

    /** For each pattern, a name that no table and no token has: only a pattern covers it. */
    private static final Map<String, String> FRESH =
            Map.of("a:*", "a:fresh", "a:b:*", "a:b:fresh", "b:*", "b:fresh", "ab:*", "ab:fresh", "*", "fresh");

    private final Map<String, Set<String>> table = new HashMap<>();
    private Random random = new Random();
    private ScopeGrammar grammar = ScopeGrammar.anyName();

    private static List<String> universe() {
        List<String> all = new ArrayList<>(NAMES);
        all.addAll(FRESH.values());
        return all;
    }

    private void draw(long seed) {
        random = new Random(seed);
        grammar = ScopeGrammar.anyName().withPatterns().withEverything();
        for (int i = random.nextInt(7); i > 0; i--) {
            String name = any(random.nextInt(5) == 0 ? PATTERNS.subList(0, 4) : NAMES);
            String implied = any(random.nextInt(6) == 0 ? PATTERNS : NAMES);
            table.computeIfAbsent(name, n -> new HashSet<>()).add(implied);
            grammar = grammar.implies(name, implied);
        }
    }

    private String any(List<String> words) {
        return words.get(random.nextInt(words.size()));
    }

    private Set<String> set() {
        Set<String> set = new HashSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            set.add(any(random.nextInt(4) == 0 ? PATTERNS : NAMES));
        }
        return set;
    }

    private static ScopeSet scopes(Set<String> names) {
        return ScopeSet.of(names.stream().map(Scope::of).toList());
    }

    /** The definition, of one step: equality, or a prefix before a star. */
    private static boolean matches(String held, String needed) {
        return held.equals(needed)
                || (held.endsWith("*")
                        && needed.startsWith(held.substring(0, held.length() - 1))
                        && needed.length() >= held.length());
    }

    /** Returns the names and patterns that a set reaches. */
    private Set<String> reached(Set<String> held) {
        Set<String> all = new HashSet<>(held);
        boolean grows = true;
        while (grows) {
            Set<String> next = new HashSet<>();
            table.forEach((name, implied) -> {
                if (all.stream().anyMatch(word -> matches(word, name))) {
                    next.addAll(implied);
                }
            });
            grows = all.addAll(next);
        }
        return all;
    }

    /** Returns the names of the universe that a set allows. */
    private Set<String> allowed(Set<String> held) {
        Set<String> reached = reached(held);
        Set<String> allowed = new HashSet<>(universe());
        allowed.removeIf(name -> reached.stream().noneMatch(word -> matches(word, name)));
        return allowed;
    }

    @RepeatedTest(40)
    void grammar_covers_exactly_what_the_definition_allows(RepetitionInfo run) {
        draw(run.getCurrentRepetition());
        for (int round = 0; round < ROUNDS / 10; round++) {
            Set<String> held = set();
            Set<String> allowed = allowed(held);
            for (String name : universe()) {
                assertThat(grammar.covers(scopes(held), Scope.of(name)))
                        .as("%s with %s needs %s", table, held, name)
                        .isEqualTo(allowed.contains(name));
            }
        }
    }

    @RepeatedTest(40)
    void scopes_are_within_bounds_exactly_if_they_allow_nothing_else(RepetitionInfo run) {
        draw(1_000 + run.getCurrentRepetition());
        int within = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Set<String> wanted = set();
            Set<String> bounds = set();
            boolean subset = allowed(bounds).containsAll(allowed(wanted));
            assertThat(grammar.isWithin(scopes(wanted), scopes(bounds)))
                    .as("%s: %s within %s", table, wanted, bounds)
                    .isEqualTo(subset);
            within += subset && !wanted.isEmpty() ? 1 : 0;
        }
        assertThat(within).isPositive();
    }

    /** With a list, a pattern can allow no more than some names together, and still only one scope covers it. */
    @RepeatedTest(40)
    void scopes_of_a_list_are_within_bounds_only_if_they_allow_nothing_else(RepetitionInfo run) {
        draw(2_000 + run.getCurrentRepetition());
        ScopeGrammar listed =
                ScopeGrammar.names(NAMES.toArray(String[]::new)).withPatterns().withEverything();
        for (Map.Entry<String, Set<String>> entry : table.entrySet()) {
            listed = listed.implies(entry.getKey(), entry.getValue().toArray(String[]::new));
        }
        for (int round = 0; round < ROUNDS; round++) {
            Set<String> wanted = set();
            Set<String> bounds = set();
            Set<String> more = allowed(wanted);
            more.removeAll(allowed(bounds));
            more.retainAll(NAMES);
            boolean accepted = listed.isWithin(scopes(wanted), scopes(bounds));
            if (accepted) {
                assertThat(more).as("%s: %s within %s", table, wanted, bounds).isEmpty();
            } else if (wanted.stream().noneMatch(PATTERNS::contains)) {
                assertThat(more).as("%s: %s within %s", table, wanted, bounds).isNotEmpty();
            }
        }
    }

    @RepeatedTest(20)
    void name_that_does_not_exist_is_within_bounds_only_if_it_is_one_of_them(RepetitionInfo run) {
        draw(3_000 + run.getCurrentRepetition());
        ScopeGrammar listed =
                ScopeGrammar.names("r", "a:x").withPatterns().withEverything().implies("r", "a:x");
        for (int round = 0; round < 200; round++) {
            Set<String> bounds = set();
            ScopeSet wanted = scopes(Set.of("gone"));
            assertThat(listed.isWithin(wanted, scopes(bounds))).isFalse();
            bounds.add("gone");
            assertThat(listed.isWithin(wanted, scopes(bounds))).isTrue();
            assertThat(listed.covers(scopes(bounds), Scope.of("gone"))).isFalse();
        }
    }
}
