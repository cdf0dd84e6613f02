package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenRefusedException;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.CredentialHeader;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;

final class TestTokensTest {

    @Test
    void aTokenIsJudgedAsInProduction() {
        try (LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT)) {
            String header = TestTokens.authorization(auth, "123", ScopeSet.parse("read:learners"));

            Decision allowed = auth.authenticate(request(header), Requirement.scope("read:learners"));
            assertEquals(
                    "123",
                    assertInstanceOf(Decision.Allowed.class, allowed).token().tenantId());
            Decision denied = auth.authenticate(request(header), Requirement.scope("write:learners"));
            assertEquals(
                    Kind.INSUFFICIENT_SCOPE,
                    assertInstanceOf(Decision.Denied.class, denied).error().kind());
        }
    }

    @Test
    void aTenantMayHaveSeveralWhereNoTwoMayShareAName() {
        try (LecternAuth auth = TestTokens.inMemory(LearnHouse.DIALECT)) {
            for (int i = 0; i < 3; i++) {
                String header = TestTokens.authorization(auth, "123", ScopeSet.none());
                assertInstanceOf(Decision.Allowed.class, auth.authenticate(request(header), Requirement.anyToken()));
            }
        }
    }

    @Test
    void aTokenOfOnesOwnCanBePresented() {
        try (LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT)) {
            NewToken settings = NewToken.named("x").scopes("read:learners");
            IssuedToken issued = auth.tenant("123")
                    .tokens()
                    .issue(settings.environment(TokenEnvironment.TEST))
                    .orElseThrow();
            String header = TestTokens.authorization(auth, issued);
            assertTrue(header.startsWith("Bearer sk_test_lectern_"));
            assertInstanceOf(
                    Decision.Allowed.class, auth.authenticate(request(header), Requirement.scope("read:learners")));
        }
    }

    @Test
    void oneJudgeKnowsNothingOfAnothersTokens() {
        try (LecternAuth one = TestTokens.inMemory(Lectern.DIALECT);
                LecternAuth two = TestTokens.inMemory(Lectern.DIALECT)) {
            String header = TestTokens.authorization(one, "123", ScopeSet.parse("read:learners"));
            assertInstanceOf(
                    Decision.Denied.class, two.authenticate(request(header), Requirement.scope("read:learners")));
        }
    }

    @Test
    void whatTheDialectRefusesIsRefusedWithTheReason() {
        try (LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT)) {
            TokenRefusedException refused = assertThrows(
                    TokenRefusedException.class,
                    () -> TestTokens.authorization(auth, "123", ScopeSet.parse("juggle:learners")));
            assertTrue(refused.getMessage().contains("names an action other than"), refused.getMessage());
        }
    }

    @Test
    void theHeaderIsTheFirstOfTheDialect() {
        Dialect basic = Lectern.DIALECT.toBuilder()
                .carriers(Carrier.basicUserName(), Carrier.bearer())
                .build();
        try (LecternAuth auth = TestTokens.inMemory(basic)) {
            String header = TestTokens.authorization(auth, "123", ScopeSet.parse("read:learners"));
            assertTrue(header.startsWith("Basic "));
            assertInstanceOf(
                    Decision.Allowed.class, auth.authenticate(request(header), Requirement.scope("read:learners")));
        }
        Dialect own = Lectern.DIALECT.toBuilder()
                .carriers(Carrier.unsafeQueryParameter("key"), Carrier.header("X-API-Key"), Carrier.bearer())
                .build();
        try (LecternAuth auth = TestTokens.inMemory(own)) {
            CredentialHeader header = TestTokens.headers(auth, "123", ScopeSet.parse("read:learners"))
                    .get(0);
            assertEquals("X-API-Key", header.name());
            assertTrue(header.value().expose().startsWith("sk_live_lectern_"));
            IllegalStateException refused = assertThrows(
                    IllegalStateException.class,
                    () -> TestTokens.authorization(auth, "123", ScopeSet.parse("read:learners")));
            assertTrue(refused.getMessage().contains("X-API-Key: use headers(auth, token)"), refused.getMessage());
        }
    }

    private static AuthRequest request(String authorization) {
        return new AuthRequest(
                "req_1",
                "GET",
                "/learners",
                null,
                name -> name.equals("Authorization") ? List.of(authorization) : List.of());
    }
}
