package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeSetTest {

    @Test
    void write_does_not_contain_read() {
        ScopeSet held = ScopeSet.parse("write:learners");

        assertThat(held.contains(Scope.of("write:learners"))).isTrue();
        assertThat(held.contains(Scope.of("read:learners"))).isFalse();
        assertThat(held.containsAll(ScopeSet.parse("read:learners write:learners")))
                .isFalse();
    }

    @Test
    void prefix_of_a_resource_is_another_resource() {
        assertThat(ScopeSet.parse("read:learn").contains(Scope.of("read:learners")))
                .isFalse();
        assertThat(ScopeSet.parse("read:learners").contains(Scope.of("read:learn")))
                .isFalse();
        assertThat(ScopeSet.parse("read:learn").intersection(ScopeSet.parse("read:learners")))
                .isEqualTo(ScopeSet.none());
    }

    @Test
    void case_is_not_folded() {
        assertThat(ScopeSet.parse("read:learners").contains(Scope.of("READ:learners")))
                .isFalse();
        assertThat(ScopeSet.parse("read:learners").contains(Scope.of("read:Learners")))
                .isFalse();
    }

    @Test
    void algebra_is_that_of_hash_sets() {
        RandomScopes random = new RandomScopes(1);
        int covered = 0;
        for (int round = 0; round < 5_000; round++) {
            ScopeSet a = random.set();
            ScopeSet b = random.set();

            assertThat(model(a.union(b))).isEqualTo(with(model(a), s -> s.addAll(model(b))));
            assertThat(model(a.intersection(b))).isEqualTo(with(model(a), s -> s.retainAll(model(b))));
            assertThat(model(a.difference(b))).isEqualTo(with(model(a), s -> s.removeAll(model(b))));
            assertThat(a.containsAll(b)).isEqualTo(model(a).containsAll(model(b)));
            assertThat(a.isEmpty()).isEqualTo(model(a).isEmpty());
            Scope one = random.scope();
            assertThat(a.contains(one)).isEqualTo(model(a).contains(one));
            covered += a.containsAll(b) ? 1 : 0;
        }
        assertThat(covered).isBetween(500, 4_500);
    }

    @Test
    void operations_leave_their_operands_as_they_are() {
        RandomScopes random = new RandomScopes(2);
        for (int round = 0; round < 500; round++) {
            ScopeSet a = random.set();
            ScopeSet b = random.set();
            String before = a + "|" + b;
            a.union(b).union(random.set());
            a.intersection(b);
            a.difference(b);
            assertThat(a + "|" + b).isEqualTo(before);
        }
    }

    @Test
    void parse_and_print_are_inverse_also_for_names_without_actions() {
        RandomScopes random = new RandomScopes(3);
        int names = 0;
        for (int round = 0; round < 5_000; round++) {
            ScopeSet set = random.set();
            assertThat(ScopeSet.parse(set.toString())).isEqualTo(set).hasSameHashCodeAs(set);
            assertThat(ScopeSet.parse(set.toString())).hasToString(set.toString());
            names += set.rights().containsValue(Set.<String>of()) ? 1 : 0;
        }
        assertThat(names).isGreaterThan(500);
    }

    @Test
    void print_is_ordered_by_resource_and_then_by_action() {
        assertThat(ScopeSet.parse("write:b :c read:b write:a")).hasToString("write:a read:b write:b :c");
        assertThat(ScopeSet.none()).hasToString("");
        assertThat(ScopeSet.parse("")).isEqualTo(ScopeSet.none());
    }

    @Test
    void names_without_a_colon_are_ordered_among_resources_and_printed_as_they_are() {
        assertThat(ScopeSet.parse("repo:status write:org repo :repo admin:org read_api * a:b:c"))
                .hasToString("* a:b:c admin:org write:org read_api repo :repo repo:status");
    }

    @Test
    void rows_of_earlier_versions_are_read_and_printed_as_they_were() {
        for (String row : List.of(
                "",
                "read:learners",
                "read:a-b_c9 admin:tenant write:x",
                "action_create:courses action_read:courses :houses action_delete:users",
                "read:x read2:x",
                "a".repeat(128) + ":" + "b".repeat(128))) {
            assertThat(ScopeSet.parse(row)).hasToString(row);
        }
    }

    @Test
    void large_set_is_searched_like_a_small_one() {
        List<String> names =
                List.of("repo", "repo:status", "a:b:c", "admin:org", "write:org", "*", "admin:*", "x", "y", "z:z");
        ScopeSet all = ScopeSet.parse(String.join(" ", names));

        assertThat(names).allMatch(name -> all.contains(Scope.of(name)));
        assertThat(List.of("rep", "repo:statu", "status", "b:c", "org", "admin", "admin:o", "zz", "z"))
                .noneMatch(name -> all.contains(Scope.of(name)));
    }

    @Test
    void rights_leave_out_names_without_a_colon() {
        assertThat(ScopeSet.parse("repo read:a :b").rights()).containsOnlyKeys("a", "b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                ":",
                "read:",
                " read:a",
                "read:a ",
                "read:a  read:b",
                "read:a\tread:b",
                "::",
                "a\"b",
                "a\\b",
                "\u00E9"
            })
    void text_that_is_no_set_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> ScopeSet.parse(text));
    }

    @Test
    void name_without_actions_grants_nothing_but_is_kept() {
        ScopeSet named = ScopeSet.ofRights(Map.of("courses", Set.of()));

        assertThat(named.isEmpty()).isTrue();
        assertThat(named.scopes()).isEmpty();
        assertThat(named).hasToString(":courses").isNotEqualTo(ScopeSet.none());
        assertThat(ScopeSet.none().containsAll(named)).isTrue();
        assertThat(named.contains(Scope.of("read:courses"))).isFalse();
        assertThat(named.union(ScopeSet.parse("read:learners"))).hasToString(":courses read:learners");
    }

    @Test
    void rights_and_scopes_are_views_of_one_set() {
        RandomScopes random = new RandomScopes(4);
        for (int round = 0; round < 1_000; round++) {
            ScopeSet set = random.set();
            assertThat(ScopeSet.ofRights(set.rights())).isEqualTo(set);
            assertThat(set.scopes()).isSorted().doesNotHaveDuplicates();
            assertThat(ScopeSet.of(set.scopes()).scopes()).isEqualTo(set.scopes());
        }
    }

    @Test
    void scope_that_is_given_twice_counts_once() {
        assertThat(ScopeSet.of(Scope.of("read:a"), Scope.of("read:a")).scopes()).containsExactly(Scope.of("read:a"));
    }

    @Test
    void rights_that_no_scope_may_hold_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> ScopeSet.ofRights(Map.of("cour ses", Set.<String>of())));
        assertThatIllegalArgumentException().isThrownBy(() -> ScopeSet.ofRights(Map.of("courses", Set.of("re:ad"))));
    }

    @Test
    void a_set_is_immutable() {
        Set<String> mine = new HashSet<>(Set.of("read"));
        Map<String, Collection<String>> rights = new HashMap<>(Map.of("a", mine));
        ScopeSet set = ScopeSet.ofRights(rights);
        mine.add("write");
        rights.put("b", List.of("write"));

        assertThat(set).hasToString("read:a");
        assertThatThrownBy(() -> set.rights().put("b", new TreeSet<>()))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> set.rights().get("a").add("write")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> set.scopes().add(Scope.of("write:a")))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    /**
     * Returns the scopes of the printed set, and so does not depend on {@code scopes()}, which the operation under test may
     * use.
     */
    private static Set<Scope> model(ScopeSet set) {
        Set<Scope> model = new HashSet<>();
        for (String word : set.toString().split(" ")) {
            if (!word.isEmpty() && !word.startsWith(":")) {
                model.add(Scope.of(word));
            }
        }
        return model;
    }

    private static Set<Scope> with(Set<Scope> set, Consumer<Set<Scope>> change) {
        change.accept(set);
        return set;
    }
}
