package school.lectern.auth.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;

class RequirementTest {

    private static final ScopeGrammar NAMES = ScopeGrammar.names("repo", "public_repo", "read:org", "repo:status")
            .implies("repo", "repo:status", "public_repo");
    private static final ScopeGrammar FREE =
            ScopeGrammar.anyName().withPatterns().withEverything();

    private static boolean isMet(Requirement needed, String held, ScopeGrammar grammar) {
        return needed.isCoveredBy(ScopeSet.parse(held), grammar);
    }

    private static AuthError error(Requirement needed, String held) {
        return needed.insufficientScope(ScopeSet.parse(held), NAMES);
    }

    @Test
    void any_valid_token_meets_the_requirement_without_scopes() {
        assertThat(isMet(Requirement.anyToken(), "", NAMES)).isTrue();
        assertThat(isMet(Requirement.scopes(new String[0]), "repo", NAMES)).isTrue();
    }

    @Test
    void all_scopes_are_needed_and_implied_ones_count() {
        Requirement both = Requirement.scopes("repo:status", "read:org");

        assertThat(isMet(both, "repo read:org", NAMES)).isTrue();
        assertThat(isMet(both, "repo", NAMES)).isFalse();
        assertThat(isMet(both, "read:org", NAMES)).isFalse();
        assertThat(error(both, "repo").needed()).isEqualTo(ScopeSet.parse("repo:status read:org"));
        assertThat(error(both, "repo").lacking()).isEqualTo(ScopeSet.parse("read:org"));
        assertThat(error(both, "public_repo").lacking()).isEqualTo(ScopeSet.parse("repo:status read:org"));
    }

    @Test
    void one_of_the_alternatives_is_needed_and_the_error_names_the_first() {
        Requirement any = Requirement.anyOf("repo:status", "read:org");

        assertThat(isMet(any, "repo:status", NAMES)).isTrue();
        assertThat(isMet(any, "read:org", NAMES)).isTrue();
        assertThat(isMet(any, "repo", NAMES)).isTrue();
        assertThat(isMet(any, "public_repo", NAMES)).isFalse();
        assertThat(any.scopes()).isEqualTo(ScopeSet.parse("repo:status"));
        assertThat(any.alternatives()).containsExactly(ScopeSet.parse("repo:status"), ScopeSet.parse("read:org"));
        assertThat(error(any, "public_repo").needed()).isEqualTo(ScopeSet.parse("repo:status"));
        assertThat(error(any, "public_repo").lacking()).isEqualTo(ScopeSet.parse("repo:status"));
    }

    @Test
    void alternatives_can_be_sets_and_conditions_can_be_joined() {
        Requirement either = Requirement.anyOf(ScopeSet.parse("public_repo read:org"), ScopeSet.parse("repo"));
        assertThat(isMet(either, "public_repo", NAMES)).isFalse();
        assertThat(isMet(either, "public_repo read:org", NAMES)).isTrue();
        assertThat(isMet(either, "repo", NAMES)).isTrue();
        assertThat(error(either, "public_repo").lacking()).isEqualTo(ScopeSet.parse("read:org"));

        Requirement joined = Requirement.scope("read:org").policy("bulk").andAnyOf("public_repo", "repo:status");
        assertThat(isMet(joined, "read:org", NAMES)).isFalse();
        assertThat(isMet(joined, "public_repo", NAMES)).isFalse();
        assertThat(isMet(joined, "read:org repo:status", NAMES)).isTrue();
        assertThat(joined.policies()).contains("bulk");
        assertThat(joined)
                .isEqualTo(Requirement.scope("read:org")
                        .andAnyOf("public_repo", "repo:status")
                        .policy("bulk"));
    }

    @Test
    void alternatives_are_few_and_at_least_one() {
        assertThatIllegalArgumentException().isThrownBy(() -> Requirement.anyOf(new String[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirement.anyOf(new ScopeSet[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirement.anyOf("a b"));
        String[] many = IntStream.range(0, 101).mapToObj(i -> "s" + i).toArray(String[]::new);
        assertThatIllegalArgumentException().isThrownBy(() -> Requirement.anyOf(many));
        assertThat(Requirement.anyOf("a", "b", "a").alternatives()).hasSize(2);
    }

    @Test
    void variable_of_the_path_is_part_of_the_scope() {
        Requirement needed = Requirement.scope("read:repo-{id}");
        Requirement seven = needed.withPathVariables(Map.of("id", "7", "other", "8"));

        assertThat(needed.pathVariables()).containsExactly("id");
        assertThat(isMet(seven, "read:repo-7", FREE)).isTrue();
        assertThat(isMet(seven, "read:repo-8", FREE)).isFalse();
        assertThat(isMet(seven, "read:repo-{id}", FREE)).isFalse();
        assertThat(isMet(seven, "read:*", FREE)).isTrue();
        assertThat(seven).isNotEqualTo(needed).isNotEqualTo(needed.withPathVariables(Map.of("id", "8")));
        assertThat(seven)
                .isEqualTo(needed.withPathVariables(Map.of("id", "7")))
                .hasSameHashCodeAs(needed.withPathVariables(Map.of("id", "7")));
        assertThat(seven.tenant("t")
                        .environment(TokenEnvironment.LIVE)
                        .policy("p")
                        .isCoveredBy(ScopeSet.parse("read:repo-7"), FREE))
                .isTrue();
    }

    @Test
    void an_environment_and_a_tenant_are_given_once() {
        Requirement needed = Requirement.anyToken().tenant("7").environment(TokenEnvironment.LIVE);
        assertThat(needed.tenant("7").environment(TokenEnvironment.LIVE)).isEqualTo(needed);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> needed.tenant("8"))
                .withMessage("tenant must be given once, but 7 was given before 8: remove one of the calls");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> needed.environment(TokenEnvironment.TEST))
                .withMessageStartingWith("environment must be given once");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*", "7*", "*7", "7:*", "a:b", ":", "", " ", "a b", "a\"b", "a\\b", "\u00E9", "{id}", "a}", "a\n",
                "a\u0000"
            })
    void value_that_is_no_literal_name_denies_every_token(String value) {
        Requirement needed = Requirement.scope("read:repo-{id}").withPathVariables(Map.of("id", value));

        for (String held : new String[] {"", "*", "read:*", "read:repo-*", "read:repo-{id}", "read:repo-7"}) {
            assertThat(isMet(needed, held, FREE)).as(held).isFalse();
        }
        assertThat(needed.insufficientScope(ScopeSet.none(), FREE).needed()).hasToString("read:repo-{id}");
    }

    @Test
    void requirement_without_a_value_denies_every_token() {
        Requirement needed = Requirement.anyOf("admin", "read:repo-{id}");
        assertThat(isMet(needed, "*", FREE)).isFalse();
        assertThat(isMet(needed, "admin", FREE)).isFalse();
        assertThat(isMet(needed.withPathVariables(Map.of("name", "7")), "admin", FREE))
                .isFalse();
        assertThat(isMet(needed.withPathVariables(Map.of("id", "*")), "admin", FREE))
                .isFalse();
        assertThat(isMet(needed.withPathVariables(Map.of("id", "7")), "admin", FREE))
                .isTrue();
    }

    @Test
    void value_that_makes_the_scope_too_long_denies() {
        Requirement needed = Requirement.scope("r:{id}");
        assertThat(isMet(needed.withPathVariables(Map.of("id", "x".repeat(255))), "*", FREE))
                .isTrue();
        assertThat(isMet(needed.withPathVariables(Map.of("id", "x".repeat(256))), "*", FREE))
                .isFalse();
    }

    @Test
    void value_is_in_no_error_and_the_variable_is() {
        Requirement needed = Requirement.scopes("repo", "read:repo-{id}").withPathVariables(Map.of("id", "secret"));
        AuthError error = needed.insufficientScope(ScopeSet.parse("read:repo-secret"), FREE);

        assertThat(error.needed()).hasToString("repo read:repo-{id}");
        assertThat(error.lacking()).hasToString("repo");
        assertThat(needed.insufficientScope(ScopeSet.parse("repo"), FREE).lacking())
                .hasToString("read:repo-{id}");
        assertThat(needed.scopes().toString() + needed.alternatives()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{a}{b}", "a{", "a}", "{}", "{a}:*", "a*{b}", "{a*}", "{{a}}"})
    void braces_that_are_not_one_variable_are_refused(String scope) {
        assertThatIllegalArgumentException().isThrownBy(() -> Requirement.scope(scope));
        assertThatIllegalArgumentException().isThrownBy(() -> Requirement.anyOf("x", scope));
    }

    @Test
    void scope_that_no_token_can_have_is_found() {
        ScopeGrammar verbs = ScopeGrammar.verbs("read", "write");
        assertThat(Requirement.anyOf("repo", "rep").scopeUnknownTo(NAMES)).contains(Scope.of("rep"));
        assertThat(Requirement.scopes("repo", "read:org").scopeUnknownTo(NAMES)).isEmpty();
        assertThat(Requirement.scope("read:repo-{id}").scopeUnknownTo(verbs)).isEmpty();
        assertThat(Requirement.scope("reed:repo-{id}").scopeUnknownTo(verbs)).isPresent();
        assertThat(Requirement.scope("read:Repo-{id}").scopeUnknownTo(verbs)).isPresent();
        assertThat(Requirement.scope("read:{id}").scopeUnknownTo(NAMES)).isEmpty();
        assertThat(Requirement.scope("rea:{id}").scopeUnknownTo(NAMES)).isPresent();
        assertThat(Requirement.scope("repo{id}").scopeUnknownTo(NAMES))
                .as("a value has no colon")
                .isPresent();
        assertThat(Requirement.scope("a-{id}:b").scopeUnknownTo(FREE)).isEmpty();
    }
}
