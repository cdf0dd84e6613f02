package school.lectern.auth.testkit;

import java.util.UUID;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;

/**
 * Real tokens for the tests of an application whose handlers are guarded. Nothing is faked: the tokens are issued, stored
 * and judged as they are in production, only the stores are in memory. Stateless, safe for use by many threads.
 *
 * <pre>{@code
 * LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT);  // guard the handler with this one
 * String header = TestTokens.authorization(auth, "123", ScopeSet.parse("read:learners"));
 * }</pre>
 *
 * <p>An application that configures more than its dialect (versions, tenants, a clock) builds its {@link LecternAuth} as it
 * always does, and takes {@link #authorization(LecternAuth, String, ScopeSet)} alone.
 */
public final class TestTokens {

    private TestTokens() {}

    /** A judge of that dialect whose stores are new, empty and in memory. Close it after the test. */
    public static LecternAuth inMemory(Dialect dialect) {
        return LecternAuth.builder(dialect).storage(InMemoryStorage.create()).open();
    }

    /**
     * Issues a live token that does not expire, and says what to send as the {@code Authorization} header.
     *
     * @param auth where the token is to be valid
     * @param tenantId whom it belongs to
     * @param scopes what it may do
     * @throws school.lectern.auth.TokenRefusedException if the dialect refuses such a token, or refuses so many of
     *     them; the message says why
     */
    public static String authorization(LecternAuth auth, String tenantId, ScopeSet scopes) {
        // A name of its own: in some dialects, no two tokens of a tenant share one.
        NewToken token = NewToken.named("a test's token " + UUID.randomUUID()).scopes(scopes);
        return authorization(auth.tenant(tenantId).tokens().issue(token).orElseThrow());
    }

    /** What to send as the {@code Authorization} header to present a token that the test has issued itself. */
    public static String authorization(IssuedToken token) {
        return "Bearer " + token.secret().expose();
    }
}
