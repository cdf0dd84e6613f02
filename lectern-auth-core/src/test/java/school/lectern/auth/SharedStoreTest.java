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
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

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

        Token before = find(token);
        assertThat(refusal(other.update(token.id(), new TokenUpdate().name("renamed"))))
                .isEqualTo(Kind.CONFLICT);
        assertThat(find(token)).isEqualTo(before);
        assertThat(other.disable(token.id())).isInstanceOf(Outcome.Done.class);
        assertThat(refusal(other.enable(token.id()))).isEqualTo(Kind.CONFLICT);
        lectern.tenant("1").tokens().enable(token.id()).orElseThrow();

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

    private Token find(IssuedToken token) {
        return lectern.tenant("1").tokens().get(token.id()).orElseThrow();
    }

    private static Dialect twoParts(String keyPrefix) {
        return Lectern.DIALECT.toBuilder()
                .format(TokenFormat.builder()
                        .publicKey(keyPrefix, TokenBody.of(TokenBody.BASE62, 20), ".")
                        .prefix("")
                        .body(TokenBody.of(TokenBody.BASE62, 43))
                        .build())
                .build();
    }

    @Test
    void public_keys_distinguish_dialects_whose_secrets_have_no_prefix() {
        try (LecternAuth one = open(twoParts("one_"));
                LecternAuth two = open(twoParts("two_"))) {
            String id = one.tenant("1")
                    .tokens()
                    .issue(NewToken.named("CI").scopes("read:learners"))
                    .orElseThrow()
                    .id();
            assertThat(refusal(two.tenant("1").tokens().regenerate(id))).isEqualTo(Kind.CONFLICT);
            assertThat(refusal(two.tenant("1").tokens().rotate(id, GracePeriod.untilRevoked())))
                    .isEqualTo(Kind.CONFLICT);
            assertThat(one.tenant("1")
                            .tokens()
                            .regenerate(id)
                            .orElseThrow()
                            .secret()
                            .expose())
                    .startsWith("one_");
        }
    }
}
