package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.scope.ScopeGrammar.Notation;

class ScopeGrammarTest {

    private static final ScopeGrammar VERBS =
            ScopeGrammar.verbs("read", "write", "delete", "admin").withPair("admin", "tenant");
    private static final ScopeGrammar RIGHTS = ScopeGrammar.rights("action_read", "action_create");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "read:learners",
                "write:a",
                "delete:a-b_c9",
                "admin:tenant",
                "read:tenants",
                "read:x-",
                "read:admin"
            })
    void known_spelling_is_read(String text) {
        assertThat(VERBS.scope(text)).contains(Scope.of(text));
        assertThat(VERBS.knows(Scope.of(text))).isTrue();
        assertThat(VERBS.violation(ScopeSet.parse(text))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Upper case.
                "READ:learners",
                "Read:learners",
                "read:Learners",
                "read:LEARNERS",
                // Look-alikes: Kelvin sign, long s, Cyrillic, full width, dotless i, an accent, a digit, e acute.
                "read:\u212Aids",
                "read:le\u212A",
                "read:\u017Ftaff",
                "read:cour\u017Fes",
                "read:\u0430bc",
                "re\u0430d:abc",
                "read:\uFF41bc",
                "read:le\u0131",
                "read:a\u0301",
                "read:a\u0663",
                // Blanks, visible and invisible.
                " read:learners",
                "read:learners ",
                "read :learners",
                "read: learners",
                "read:lear ners",
                "read:learners\n",
                "\tread:learners",
                "read:learners\u00A0",
                "read:learners\u200B",
                "read:a\u0000",
                // Missing halves, or too many.
                "",
                ":",
                "read",
                "read:",
                ":learners",
                "read::learners",
                "read:learners:x",
                "learners:read",
                // Wildcards.
                "read:*",
                "*:learners",
                "*:*",
                "*",
                "read:learners*",
                "read:%",
                // Other characters, other actions.
                "read:9a",
                "read:_a",
                "read:-a",
                "read:a.b",
                "read:a/b",
                "read:\u00E9t\u00E9",
                "execute:learners",
                "readwrite:learners",
                "rea:learners"
            })
    void other_spelling_is_refused(String text) {
        assertThat(VERBS.scope(text)).isEmpty();
    }

    @Test
    void resource_has_at_most_64_characters() {
        String longest = "a".repeat(64);

        assertThat(VERBS.scope("read:" + longest)).isPresent();
        assertThat(VERBS.scope("read:" + longest + "a")).isEmpty();
        assertThat(VERBS.isResource(longest)).isTrue();
        assertThat(VERBS.isResource(longest + "a")).isFalse();
        assertThat(VERBS.violation(ScopeSet.parse("read:" + longest + "a"))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "*", "A", "a b", "a:b", "\u212Aa", "a\n", "9", "_"})
    void name_of_no_resource_is_recognized(String name) {
        assertThat(VERBS.isResource(name)).isFalse();
    }

    @Test
    void paired_action_and_resource_go_with_each_other_only() {
        assertThat(VERBS.scope("admin:tenant")).isPresent();
        for (String broken : Set.of("admin:learners", "read:tenant", "write:tenant", "delete:tenant")) {
            assertThat(VERBS.scope(broken)).as(broken).isEmpty();
            assertThat(VERBS.knows(Scope.of(broken))).as(broken).isFalse();
            assertThat(VERBS.violation(ScopeSet.parse(broken)).orElseThrow()).contains("do not go together");
        }
    }

    @Test
    void grammar_without_a_pair_joins_freely() {
        ScopeGrammar free = ScopeGrammar.verbs("read", "admin");

        assertThat(free.scope("admin:learners")).isPresent();
        assertThat(free.scope("read:tenant")).isPresent();
        free.withPair("admin", "tenant");
        assertThat(free.scope("read:tenant")).as("a grammar is immutable").isPresent();
    }

    @Test
    void pair_keeps_notation_actions_and_requirement() {
        ScopeGrammar paired = RIGHTS.withPair("action_create", "keys");

        assertThat(paired.notation()).isEqualTo(Notation.RIGHTS);
        assertThat(paired.actions()).containsExactly("action_read", "action_create");
        assertThat(paired.required()).isFalse();
        assertThat(VERBS.required()).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> VERBS.withPair("execute", "tenant"));
    }

    @Test
    void verbs_want_at_least_one_scope() {
        assertThat(VERBS.notation()).isEqualTo(Notation.SCOPES);
        assertThat(VERBS.violation(ScopeSet.none()).orElseThrow()).contains("at least one");
        assertThat(VERBS.violation(ScopeSet.parse(":learners"))).isPresent();
    }

    @Test
    void one_unknown_permission_makes_the_set_invalid() {
        assertThat(VERBS.violation(ScopeSet.parse("read:learners write:courses admin:tenant")))
                .isEmpty();
        assertThat(VERBS.violation(ScopeSet.parse("read:learners execute:learners"))
                        .orElseThrow())
                .contains("read, write, delete, admin");
        assertThat(VERBS.violation(ScopeSet.parse("read:learners read:Zebras")).orElseThrow())
                .contains("a resource");
        assertThat(VERBS.violation(ScopeSet.parse("read:learners :Zebras"))).isPresent();
    }

    @Test
    void rights_may_be_none_and_may_be_false() {
        assertThat(RIGHTS.notation()).isEqualTo(Notation.RIGHTS);
        assertThat(RIGHTS.actions()).containsExactly("action_read", "action_create");
        assertThat(RIGHTS.violation(ScopeSet.none())).isEmpty();
        assertThat(RIGHTS.violation(ScopeSet.ofRights(Map.of("courses", Set.of()))))
                .isEmpty();
        assertThat(RIGHTS.violation(ScopeSet.ofRights(Map.of("courses", Set.of("action_read")))))
                .isEmpty();
    }

    @Test
    void rights_of_an_unknown_action_or_resource_are_invalid() {
        assertThat(RIGHTS.violation(ScopeSet.ofRights(Map.of("courses", Set.of("read")))))
                .isPresent();
        assertThat(RIGHTS.violation(ScopeSet.ofRights(Map.of("Courses", Set.of("action_read")))))
                .isPresent();
        assertThat(RIGHTS.violation(ScopeSet.ofRights(Map.of("*", Set.of())))).isPresent();
    }

    @Test
    void unscoped_dialect_knows_no_permission() {
        ScopeGrammar none = ScopeGrammar.unscoped();

        assertThat(none.notation()).isEqualTo(Notation.NONE);
        assertThat(none.required()).isFalse();
        assertThat(none.violation(ScopeSet.none())).isEmpty();
        assertThat(none.violation(ScopeSet.parse("read:learners"))).isPresent();
        assertThat(none.violation(ScopeSet.parse(":learners"))).isPresent();
        assertThat(none.scope("read:learners")).isEmpty();
        assertThat(none.knows(Scope.of("read:learners"))).isFalse();
    }
}
