package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.token.IssuedToken;

/** Decisions and grants in a dialect whose scopes imply others. */
class ImpliedScopesTest {

    private static final ScopeGrammar GITHUB = ScopeGrammar.names(
                    "repo", "repo:status", "public_repo", "gist", "admin:org", "write:org", "read:org")
            .implies("repo", "repo:status", "public_repo")
            .implies("admin:org", "write:org")
            .implies("write:org", "read:org")
            .withPatterns();

    private static LecternAuth open(ScopeGrammar grammar) {
        Dialect dialect = Dialect.builder("scoped")
                .format(Lectern.DIALECT.format())
                .scopes(grammar)
                .problemDetails()
                .standardErrors()
                .build();
        return LecternAuth.builder(dialect).storage(InMemoryStorage.create()).open();
    }

    private static Outcome<IssuedToken> issue(LecternAuth auth, Actor actor, String scopes) {
        NewToken settings = NewToken.named("a token").scopes(ScopeSet.parse(scopes));
        return auth.tenant("123").tokens().actingAs(actor).issue(settings);
    }

    private static Decision decide(LecternAuth auth, IssuedToken token, Requirement needed) {
        AuthRequest request = new AuthRequest(
                "r",
                "GET",
                "/",
                null,
                name -> name.equals("Authorization")
                        ? List.of("Bearer " + token.secret().expose())
                        : List.of());
        return auth.authenticate(request, needed);
    }

    @Test
    void decision_evaluates_what_the_stored_names_imply() {
        try (LecternAuth auth = open(GITHUB)) {
            IssuedToken token =
                    issue(auth, Actor.application(), "repo write:org").orElseThrow();

            assertThat(token.token().scopes()).hasToString("write:org repo");
            assertThat(decide(auth, token, Requirement.scopes("repo:status", "read:org")))
                    .isInstanceOf(Allowed.class);
            AuthError denied = ((Denied) decide(auth, token, Requirement.anyOf("admin:org", "gist"))).error();
            assertThat(denied.kind()).isEqualTo(Kind.INSUFFICIENT_SCOPE);
            assertThat(denied.needed()).hasToString("admin:org");
            AuthError partly = ((Denied) decide(auth, token, Requirement.scopes("gist", "repo:status"))).error();
            assertThat(partly.lacking()).hasToString("gist");
        }
    }

    @Test
    void issuer_refuses_a_name_that_does_not_exist() {
        try (LecternAuth auth = open(GITHUB)) {
            for (String scopes : new String[] {"rep", "repo gone", "gist:*", "*"}) {
                AuthError error = Fixture.refused(issue(auth, Actor.application(), scopes));
                assertThat(error.fields().toString()).contains("scopes", "does not exist");
            }
        }
    }

    @Test
    void grant_covers_what_its_scopes_imply_and_no_more() {
        try (LecternAuth auth = open(GITHUB)) {
            Actor owner = Actor.user("owner", Grant.of(ScopeSet.parse("repo admin:*")));

            for (String scopes :
                    new String[] {"repo:status", "public_repo", "read:org", "admin:org write:org", "admin:*"}) {
                assertThat(issue(auth, owner, scopes)).as(scopes).isInstanceOf(Outcome.Done.class);
            }
            assertThat(Fixture.refused(issue(auth, owner, "gist")).kind()).isEqualTo(Kind.FORBIDDEN);
            Actor each = Actor.user("each", Grant.of(ScopeSet.parse("admin:org")));
            assertThat(Fixture.refused(issue(auth, each, "admin:*")).kind()).isEqualTo(Kind.FORBIDDEN);
        }
    }

    @Test
    void update_to_implied_scopes_extends_nothing() {
        try (LecternAuth auth = open(GITHUB)) {
            IssuedToken token = issue(auth, Actor.application(), "admin:org").orElseThrow();
            Actor nobody = Actor.user("nobody", Grant.nothing());
            TokenOperations tokens = auth.tenant("123").tokens().actingAs(nobody);

            assertThat(tokens.update(token.id(), new TokenUpdate().scopes("admin:org", "read:org")))
                    .isInstanceOf(Outcome.Done.class);
            assertThat(tokens.update(token.id(), new TokenUpdate().scopes("write:org")))
                    .isInstanceOf(Outcome.Done.class);
            assertThat(Fixture.refused(tokens.update(token.id(), new TokenUpdate().scopes("admin:org")))
                            .kind())
                    .isEqualTo(Kind.FORBIDDEN);
        }
    }
}
