package school.lectern.auth.scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.scope.ScopeGrammar.Notation;

class ScopeImplicationsTest {

    private static final ScopeGrammar GITHUB = ScopeGrammar.names(
                    "repo",
                    "repo:status",
                    "repo_deployment",
                    "public_repo",
                    "repo:invite",
                    "admin:org",
                    "write:org",
                    "read:org",
                    "gist")
            .implies("repo", "repo:status", "repo_deployment", "public_repo", "repo:invite")
            .implies("admin:org", "write:org")
            .implies("write:org", "read:org");

    private static final ScopeGrammar GITLAB =
            ScopeGrammar.names("api", "read_api", "read_user").implies("api", "read_api", "read_user");

    private static final ScopeGrammar SLACK =
            ScopeGrammar.names("chat:write", "chat:write.public", "chat:write.customize", "users:read");

    private static boolean covers(ScopeGrammar grammar, String held, String needed) {
        return grammar.covers(ScopeSet.parse(held), Scope.of(needed));
    }

    @ParameterizedTest
    @CsvSource({
        "repo, repo",
        "repo, repo:status",
        "repo, repo_deployment",
        "repo, public_repo",
        "repo, repo:invite",
        "admin:org, write:org",
        "admin:org, read:org",
        "write:org, read:org",
        "gist write:org, read:org"
    })
    void github_scope_covers_those_that_it_implies_in_any_number_of_steps(String held, String needed) {
        assertThat(covers(GITHUB, held, needed)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "repo:status, repo",
        "public_repo, repo:status",
        "write:org, admin:org",
        "read:org, write:org",
        "repo, gist",
        "repo, read:org",
        "repo:status repo_deployment public_repo repo:invite, repo",
        "rep, repo",
        "repo:*, repo:status",
        "*, gist"
    })
    void github_scope_covers_no_other(String held, String needed) {
        assertThat(covers(GITHUB, held, needed)).isFalse();
    }

    @Test
    void gitlab_api_covers_the_others_and_is_covered_by_none() {
        assertThat(covers(GITLAB, "api", "read_api")).isTrue();
        assertThat(covers(GITLAB, "api", "read_user")).isTrue();
        assertThat(covers(GITLAB, "read_api read_user", "api")).isFalse();
        assertThat(covers(GITLAB, "read_api", "read_user")).isFalse();
    }

    @Test
    void slack_scopes_that_begin_alike_are_different() {
        assertThat(covers(SLACK, "chat:write", "chat:write")).isTrue();
        assertThat(covers(SLACK, "chat:write", "chat:write.public")).isFalse();
        assertThat(covers(SLACK, "chat:write.public", "chat:write")).isFalse();
    }

    @Test
    void list_of_names_is_an_array_of_scopes_that_may_be_empty() {
        assertThat(SLACK.notation()).isEqualTo(Notation.SCOPES);
        assertThat(SLACK.field()).isEqualTo("scopes");
        assertThat(SLACK.actions()).isEmpty();
        assertThat(SLACK.names()).extracting(Scope::name).startsWith("chat:write", "chat:write.public");
        assertThat(SLACK.required()).isFalse();
        assertThat(SLACK.violation(ScopeSet.none())).isEmpty();
        assertThat(SLACK.atLeastOne().required()).isTrue();
        assertThat(SLACK.atLeastOne().violation(ScopeSet.none()).orElseThrow()).contains("at least one");
        assertThat(SLACK.scope("chat:write.public")).contains(Scope.of("chat:write.public"));
        assertThat(SLACK.violation(ScopeSet.parse("chat:write users:write")))
                .contains("names a scope that does not exist");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat:*", "*", "chat", "Chat:write", "chat:write ", "", ":", "a\"b", "{id}"})
    void name_outside_the_list_does_not_exist(String name) {
        assertThat(SLACK.scope(name)).isEmpty();
    }

    @Test
    void stored_name_that_no_longer_exists_grants_nothing_and_is_no_error() {
        assertThat(covers(SLACK, "files:read chat:write", "chat:write")).isTrue();
        assertThat(covers(SLACK, "files:read", "files:read")).isFalse();
        assertThat(covers(SLACK, "chat:*", "chat:write")).isFalse();
        assertThat(covers(SLACK, "*", "chat:write")).isFalse();
        assertThat(covers(ScopeGrammar.anyName(), "*", "*")).isFalse();
        assertThat(covers(ScopeGrammar.anyName(), "admin:*", "admin:org")).isFalse();
    }

    @Test
    void scope_that_is_invented_later_belongs_to_the_stored_scope_that_implies_it() {
        ScopeSet stored = ScopeSet.parse("repo");
        Scope invented = Scope.of("security_events");
        assertThat(GITHUB.covers(stored, invented)).isFalse();

        ScopeGrammar later = ScopeGrammar.names("repo", "security_events").implies("repo", "security_events");

        assertThat(later.covers(stored, invented)).isTrue();
    }

    @Test
    void role_is_a_name_that_implies_a_set() {
        ScopeGrammar grammar = ScopeGrammar.names("read:billing", "write:billing", "read:users")
                .role("accountant", "read:billing", "write:billing")
                .role("owner", "accountant", "read:users");

        assertThat(covers(grammar, "accountant", "write:billing")).isTrue();
        assertThat(covers(grammar, "accountant", "read:users")).isFalse();
        assertThat(covers(grammar, "owner", "write:billing")).isTrue();
        assertThat(covers(grammar, "read:billing write:billing", "accountant")).isFalse();
        assertThat(grammar.names()).extracting(Scope::name).endsWith("accountant", "owner");
        assertThat(grammar.violation(ScopeSet.parse("accountant"))).isEmpty();
    }

    @Test
    void scopes_of_a_cycle_are_equivalent() {
        ScopeGrammar grammar = ScopeGrammar.names("a", "b", "c", "d")
                .implies("a", "b")
                .implies("b", "c")
                .implies("c", "a", "d")
                .implies("d", "d");

        for (String held : new String[] {"a", "b", "c"}) {
            for (String needed : new String[] {"a", "b", "c", "d"}) {
                assertThat(covers(grammar, held, needed))
                        .as(held + " " + needed)
                        .isTrue();
            }
        }
        assertThat(covers(grammar, "d", "a")).isFalse();
    }

    @Test
    void pattern_covers_everything_below_its_prefix_and_what_that_implies() {
        ScopeGrammar grammar = ScopeGrammar.anyName().withPatterns().implies("admin:org", "read:users");

        assertThat(covers(grammar, "admin:*", "admin:org")).isTrue();
        assertThat(covers(grammar, "admin:*", "admin:org:read")).isTrue();
        assertThat(covers(grammar, "admin:*", "admin:*")).isTrue();
        assertThat(covers(grammar, "admin:*", "admin:org:*")).isTrue();
        assertThat(covers(grammar, "admin:*", "read:users")).isTrue();
        assertThat(covers(grammar, "admin:org:*", "admin:org:read")).isTrue();
        assertThat(covers(grammar, "admin:*", "admin")).isFalse();
        assertThat(covers(grammar, "admin:*", "administrator:x")).isFalse();
        assertThat(covers(grammar, "admin:*", "read:admin")).isFalse();
        assertThat(covers(grammar, "admin:org:*", "admin:org")).isFalse();
        assertThat(covers(grammar, "admin:org:*", "admin:*")).isFalse();
        assertThat(covers(grammar, "*", "admin:org"))
                .as("not without withEverything")
                .isFalse();
    }

    @Test
    void pattern_is_covered_only_by_one_scope() {
        ScopeGrammar grammar = ScopeGrammar.names("admin:org", "admin:hook").withPatterns();

        assertThat(covers(grammar, "admin:org admin:hook", "admin:*")).isFalse();
        assertThat(grammar.isWithin(ScopeSet.parse("admin:*"), ScopeSet.parse("admin:org admin:hook")))
                .isFalse();
        assertThat(grammar.isWithin(ScopeSet.parse("admin:org admin:hook"), ScopeSet.parse("admin:*")))
                .isTrue();
    }

    @Test
    void star_covers_everything_that_exists_if_the_grammar_says_so() {
        ScopeGrammar listed = ScopeGrammar.names("repo", "admin:org").withEverything();
        assertThat(covers(listed, "*", "repo")).isTrue();
        assertThat(covers(listed, "*", "admin:org")).isTrue();
        assertThat(covers(listed, "*", "*")).isTrue();
        assertThat(covers(listed, "*", "unknown")).isFalse();
        assertThat(covers(listed, "repo admin:org", "*")).isFalse();
        assertThat(listed.scope("*")).isPresent();
        assertThat(listed.scope("admin:*")).isEmpty();

        ScopeGrammar free = ScopeGrammar.anyName().withEverything();
        assertThat(covers(free, "*", "anything:at:all")).isTrue();
        assertThat(covers(free, "*", "a*b")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*", "*a", "a:*:b", "*:a", "*:*", "**", "a:**", "a:b*", "a*:*", "{a}", "a:{b}", "a}"})
    void star_elsewhere_than_as_the_last_segment_is_refused(String name) {
        ScopeGrammar free = ScopeGrammar.anyName().withPatterns().withEverything();
        assertThat(free.scope(name)).isEmpty();
        assertThat(free.violation(ScopeSet.parse(name))).contains("names a scope with *, { or }");
        assertThatIllegalArgumentException().isThrownBy(() -> ScopeGrammar.names(name));
        assertThatIllegalArgumentException().isThrownBy(() -> free.implies(name, "a"));
        assertThatIllegalArgumentException().isThrownBy(() -> free.implies("a", name));
    }

    @Test
    void pattern_of_a_list_needs_a_name_below_it() {
        ScopeGrammar grammar = ScopeGrammar.names("admin:org", "repo").withPatterns();

        assertThat(grammar.scope("admin:*")).isPresent();
        assertThat(grammar.scope("repo:*")).isEmpty();
        assertThat(grammar.scope("adm:*")).isEmpty();
    }

    @Test
    void implications_work_between_actions_on_resources() {
        ScopeGrammar verbs = ScopeGrammar.verbs("read", "write", "admin")
                .withPair("admin", "tenant")
                .implies("admin:tenant", "read:*", "write:learners")
                .implies("write:learners", "read:learners");

        assertThat(covers(verbs, "admin:tenant", "read:courses")).isTrue();
        assertThat(covers(verbs, "admin:tenant", "write:learners")).isTrue();
        assertThat(covers(verbs, "admin:tenant", "write:courses")).isFalse();
        assertThat(covers(verbs, "write:learners", "read:learners")).isTrue();
        assertThat(covers(verbs, "write:courses", "read:courses")).isFalse();
        assertThat(verbs.scope("read:*")).as("implied, but not for tokens").isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> verbs.implies("admin:tenant", "reed:*"));

        ScopeGrammar rights = ScopeGrammar.rights("read", "update").implies("update:courses", "read:courses");
        assertThat(covers(rights, "update:courses", "read:courses")).isTrue();
        assertThatIllegalArgumentException().isThrownBy(rights::withPatterns).withMessageContaining("RIGHTS");
        assertThatIllegalArgumentException().isThrownBy(rights::withEverything);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScopeGrammar.unscoped().withEverything());
    }

    @Test
    void verbs_can_have_patterns() {
        ScopeGrammar verbs = ScopeGrammar.verbs("read", "write").withPatterns().withEverything();

        assertThat(verbs.scope("read:*")).isPresent();
        assertThat(verbs.scope("reed:*")).isEmpty();
        assertThat(verbs.scope("read:a:*")).isEmpty();
        assertThat(covers(verbs, "read:*", "read:learners")).isTrue();
        assertThat(covers(verbs, "read:*", "write:learners")).isFalse();
        assertThat(covers(verbs, "*", "write:learners")).isTrue();
    }

    @Test
    void settings_that_cannot_be_meant_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> ScopeGrammar.names(new String[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScopeGrammar.names("a", "b", "a"))
                .withMessageContaining("names a again");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GITHUB.implies("repo", "repo:statuss"))
                .withMessageContaining("repo:statuss");
        assertThatIllegalArgumentException().isThrownBy(() -> GITHUB.implies("rep", "repo:status"));
        assertThatIllegalArgumentException().isThrownBy(() -> GITHUB.implies("repo"));
        assertThatIllegalArgumentException().isThrownBy(() -> GITHUB.implies("repo", "org:*"));
        assertThatIllegalArgumentException().isThrownBy(() -> GITHUB.role("repo", "gist"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScopeGrammar.anyName().role("a", "b"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScopeGrammar.unscoped().implies("a", "b"));
        assertThatIllegalArgumentException().isThrownBy(() -> GITHUB.withPair("repo", "status"));
    }

    @Test
    void implications_are_added_by_repeated_calls_and_leave_the_first_grammar_as_it_was() {
        ScopeGrammar first = ScopeGrammar.names("a", "b", "c").implies("a", "b");
        ScopeGrammar second = first.implies("a", "c");

        assertThat(covers(second, "a", "b")).isTrue();
        assertThat(covers(second, "a", "c")).isTrue();
        assertThat(covers(first, "a", "c")).isFalse();
    }

    @Test
    void implications_are_bounded_in_all() {
        String[] names = IntStream.range(0, 500).mapToObj(i -> "n" + i).toArray(String[]::new);
        ScopeGrammar all = ScopeGrammar.names(names);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> {
                    ScopeGrammar chain = all;
                    for (int i = names.length - 1; i > 0; i--) {
                        chain = chain.implies(names[i - 1], names[i]);
                    }
                })
                .withMessageContaining("at most 100000");
    }

    @Test
    void expanded_scopes_are_the_literal_names_that_a_token_may_use() {
        assertThat(GITHUB.expand(ScopeSet.parse("admin:org repo:status unknown")))
                .isEqualTo(ScopeSet.parse("admin:org write:org read:org repo:status"));
        assertThat(SLACK.expand(ScopeSet.parse("chat:write gone"))).isEqualTo(ScopeSet.parse("chat:write"));

        ScopeGrammar patterns = ScopeGrammar.names("admin:org", "admin:hook", "repo")
                .withPatterns()
                .withEverything();
        assertThat(patterns.expand(ScopeSet.parse("admin:*")))
                .isEqualTo(ScopeSet.parse("admin:* admin:org admin:hook"));
        assertThat(patterns.expand(ScopeSet.parse("*"))).isEqualTo(ScopeSet.parse("* admin:org admin:hook repo"));

        ScopeSet plain = ScopeSet.parse("read:learners");
        assertThat(ScopeGrammar.verbs("read").expand(plain)).isSameAs(plain);
    }
}
