package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;

/** Tokens of two dialects in one store. */
class SharedStoreTest {

    private final InMemoryTokenStore store = new InMemoryTokenStore(new InMemoryAuditLog());
    private final LecternAuth lectern = open(Lectern.DIALECT);
    private final LecternAuth learnHouse = open(LearnHouse.DIALECT);

    private LecternAuth open(Dialect dialect) {
        return LecternAuth.builder(dialect).tokens(store).audit(AuditMode.OFF).open();
    }

    @AfterEach
    void close() {
        lectern.close();
        learnHouse.close();
    }

    private static Kind refusal(Outcome<?> outcome) {
        return outcome.<Kind>fold(done -> null, AuthError::kind);
    }

    @Test
    void a_token_of_another_dialect_gets_no_new_secret_and_stays_valid() {
        IssuedToken token = lectern.tenant("1")
                .tokens()
                .issue(NewToken.named("CI").scopes(ScopeSet.parse("read:learners")))
                .orElseThrow();
        TokenOperations other = learnHouse.tenant("1").tokens();

        assertThat(refusal(other.regenerate(token.id()))).isEqualTo(Kind.CONFLICT);
        assertThat(refusal(other.rotate(token.id(), GracePeriod.untilRevoked())))
                .isEqualTo(Kind.CONFLICT);

        AuthRequest request = new AuthRequest(
                "id",
                "GET",
                "/",
                null,
                name -> name.equals("Authorization")
                        ? List.of("Bearer " + token.secret().expose())
                        : List.of());
        assertThat(lectern.authenticate(request, Requirement.anyToken())).isInstanceOf(Allowed.class);
        assertThat(other.revoke(token.id())).isInstanceOf(Outcome.Done.class);
    }
}
