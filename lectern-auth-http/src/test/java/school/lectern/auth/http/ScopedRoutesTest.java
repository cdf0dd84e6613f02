package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenRefusedException;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.HttpGuard.Passed;
import school.lectern.auth.http.HttpGuard.Refused;
import school.lectern.auth.http.HttpGuard.Result;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.testkit.TestTokens;

/** Rules with alternatives and path variables, and tokens whose scopes imply others or are patterns. */
class ScopedRoutesTest {

    private static final ScopeGrammar GRAMMAR =
            ScopeGrammar.anyName().withPatterns().withEverything().implies("repo", "repo:status", "public_repo");

    private static final RouteRules RULES = RouteRules.builder()
            .guard("GET", "/status", "repo:status")
            .guard("GET", "/repos/{id}", "read:repo-{id}")
            .guard("GET", "/public", Requirement.anyOf("public_repo", "read:public"))
            .build();

    private final LecternAuth auth = TestTokens.inMemory(dialect(GRAMMAR));
    private final HttpGuard guard = new HttpGuard(auth, RULES);

    private static Dialect dialect(ScopeGrammar grammar) {
        return Dialect.builder("scoped")
                .format(Lectern.DIALECT.format())
                .scopes(grammar)
                .problemDetails()
                .standardErrors()
                .build();
    }

    @AfterEach
    void close() {
        auth.close();
    }

    private record Get(String path, String authorization) implements HttpCall {
        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String rawPath() {
            return path;
        }

        @Override
        public String rawQuery() {
            return "";
        }

        @Override
        public String peer() {
            return "192.0.2.1";
        }

        @Override
        public boolean isSecure() {
            return false;
        }

        @Override
        public List<String> headers(String name) {
            return name.equals("Authorization") ? List.of(authorization) : List.of();
        }

        @Override
        public InputStream body() {
            return InputStream.nullInputStream();
        }
    }

    /** Grammars of verbs do not check that a needed scope is a literal name. */
    @Test
    void value_of_the_path_is_no_pattern_in_a_grammar_of_verbs() {
        RouteRules rules =
                RouteRules.builder().guard("GET", "/{kind}", "read:{kind}").build();
        try (LecternAuth verbs = TestTokens.inMemory(
                dialect(ScopeGrammar.verbs("read").withPatterns().withEverything()))) {
            HttpGuard verbsGuard = new HttpGuard(verbs, rules);
            for (String held : List.of("read:*", "*")) {
                String token = TestTokens.authorization(verbs, "123", ScopeSet.parse(held));
                assertThat(verbsGuard.decide(Exchange.begin(verbs), new Get("/learners", token)))
                        .isInstanceOf(Passed.class);
                assertThat(verbsGuard.decide(Exchange.begin(verbs), new Get("/*", token)))
                        .isNotInstanceOf(Passed.class);
            }
        }
    }

    private Result decide(String path, String scopes) {
        String token = TestTokens.authorization(auth, "123", ScopeSet.parse(scopes));
        return guard.decide(Exchange.begin(auth), new Get(path, token));
    }

    @ParameterizedTest
    @CsvSource({
        "/status, repo",
        "/status, repo:status",
        "/status, repo:*",
        "/status, *",
        "/repos/7, read:repo-7",
        "/repos/7, read:*",
        "/repos/a.b~c, read:repo-a.b~c",
        "/public, repo",
        "/public, public_repo",
        "/public, read:public"
    })
    void token_that_covers_the_rule_passes(String path, String scopes) {
        assertThat(decide(path, scopes)).isInstanceOf(Passed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "/status, public_repo, repo:status",
        "/repos/8, read:repo-7, read:repo-{id}",
        "/repos/7, read:repo-, read:repo-{id}",
        "/repos/*, *, read:repo-{id}",
        "/repos/*, read:*, read:repo-{id}",
        "/repos/a*, *, read:repo-{id}",
        "/repos/a:b, *, read:repo-{id}",
        "/repos/a b, *, read:repo-{id}",
        "/repos/{id}, *, read:repo-{id}",
        "/repos/\u00E9, *, read:repo-{id}",
        "/public, repo:status, public_repo"
    })
    void other_token_is_denied_and_the_challenge_names_the_rule_and_no_value(String path, String scopes, String needed)
            throws IOException {
        HttpAnswer answer = ((Refused) decide(path, scopes)).answer();

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.headers().get("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"scoped\", error=\"insufficient_scope\", scope=\"" + needed + '"');
    }

    @Test
    void value_of_the_path_is_in_no_part_of_the_answer() throws IOException {
        for (String value : List.of("Zebra77", "Zebra77*")) {
            HttpAnswer answer = ((Refused) decide("/repos/" + value, "repo")).answer();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            answer.writeBody(body);
            assertThat(answer.headers() + body.toString(StandardCharsets.UTF_8)).doesNotContain("Zebra77");
        }
    }

    @Test
    void principal_has_the_scopes_that_its_own_imply() {
        Exchange exchange = Exchange.begin(auth);
        String token = TestTokens.authorization(auth, "123", ScopeSet.parse("repo admin:*"));
        assertThat(guard.decide(exchange, new Get("/status", token))).isInstanceOf(Passed.class);
        TokenPrincipal caller = guard.principal(exchange).orElseThrow();

        assertThat(caller.hasScope("public_repo")).isTrue();
        assertThat(caller.hasScope("admin:org")).isTrue();
        assertThat(caller.hasScope("gist")).isFalse();
        assertThat(caller.token().scopes()).isEqualTo(ScopeSet.parse("repo admin:*"));
        assertThat(caller.effectiveScopes()).isEqualTo(ScopeSet.parse("repo admin:* repo:status public_repo"));
        assertThat(caller.insufficientScope(Requirement.anyOf("gist", "public_repo")))
                .isEmpty();
        assertThat(caller.insufficientScope(Requirement.anyOf("gist", "user"))
                        .orElseThrow()
                        .needed())
                .hasToString("gist");
    }

    @Test
    void variable_that_the_path_does_not_have_is_refused() {
        RouteRules.Builder rules = RouteRules.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules.guard("GET", "/repos/{repo}", "read:repo-{id}"))
                .withMessageContaining("{id}")
                .withMessageContaining("/repos/{repo}");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules.guard("GET", "/repos/**", Requirement.anyOf("admin", "read:repo-{id}")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules.guardOrPassThrough("GET", "/repos", Requirement.scope("read:repo-{id}")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gone", "gone-{id}", "repo:*"})
    void rule_with_a_scope_that_no_token_can_have_is_refused(String scope) {
        RouteRules rules = RouteRules.builder()
                .guard("GET", "/x/{id}", Requirement.anyOf("repo", scope))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules.requireFit(dialect(ScopeGrammar.names("repo", "repo-7"))))
                .withMessageContaining(scope);
    }

    @Test
    void description_of_a_rule_shows_its_variable() {
        assertThat(RULES.requirement("GET", "/repos/{id}").orElseThrow().scopes())
                .hasToString("read:repo-{id}");
    }

    @Test
    void scope_with_a_variable_is_no_scope_of_a_token() {
        NewToken template = NewToken.named("template").scopes("read:repo-{id}");
        assertThat(catchThrowable(
                        () -> auth.tenant("123").tokens().issue(template).orElseThrow()))
                .isInstanceOf(TokenRefusedException.class);
    }
}
