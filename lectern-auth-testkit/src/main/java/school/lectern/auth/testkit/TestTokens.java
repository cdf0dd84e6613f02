package school.lectern.auth.testkit;

import java.util.List;
import java.util.UUID;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.CredentialHeader;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.IssuedToken;

/**
 * Real tokens for the tests of an application with guarded handlers. There are no mocks: the tokens are issued, stored and
 * authenticated as in production; only the stores are in memory. Stateless, safe for use by many threads.
 *
 * <pre>{@code
 * LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT);  // guard the handler with this one
 * String header = TestTokens.authorization(auth, "123", ScopeSet.parse("read:learners"));
 * }</pre>
 *
 * <p>An application that configures more than its dialect (versions, tenants, a clock) builds its {@link LecternAuth} as usual,
 * and uses only {@link #authorization(LecternAuth, String, ScopeSet)}.
 */
public final class TestTokens {

    private TestTokens() {}

    /**
     * {@return a new instance for the dialect, with new, empty stores in memory} Close it after the test.
     *
     * @param dialect the dialect of the tokens
     */
    public static LecternAuth inMemory(Dialect dialect) {
        return LecternAuth.builder(dialect).storage(InMemoryStorage.create()).open();
    }

    /**
     * Issues a live token that does not expire, and returns the value of the {@code Authorization} header that presents it.
     *
     * @param auth the instance that authenticates the token
     * @param tenantId the id of the tenant that the token belongs to
     * @param scopes the scopes of the token
     * @return the value of the header, in the first scheme in which the dialect carries tokens
     * @throws school.lectern.auth.TokenRefusedException if the dialect rejects such a token, or if the creation limit is
     *     reached; the message states the reason
     * @throws IllegalStateException if the dialect's first header for tokens is another one: use {@link #headers(LecternAuth,
     *     String, ScopeSet)}
     */
    public static String authorization(LecternAuth auth, String tenantId, ScopeSet scopes) {
        return authorization(auth, issue(auth, tenantId, scopes));
    }

    /**
     * {@return the value of the {@code Authorization} header that presents the token, in the first scheme in which the dialect
     * carries tokens}
     *
     * @param auth the instance that authenticates the token
     * @param token the token that the test has issued
     * @throws IllegalStateException if the dialect's first header for tokens is another one: use {@link #headers(LecternAuth,
     *     IssuedToken)}
     */
    public static String authorization(LecternAuth auth, IssuedToken token) {
        CredentialHeader header = headers(auth, token).get(0);
        if (!header.name().equals("Authorization")) {
            throw new IllegalStateException(
                    "authorization: dialect " + auth.dialect().name() + " presents tokens in the header "
                            + header.name() + ": use headers(auth, token)");
        }
        return header.value().expose();
    }

    /**
     * Issues a live token that does not expire, and returns the headers that present it.
     *
     * @param auth the instance that authenticates the token
     * @param tenantId the id of the tenant that the token belongs to
     * @param scopes the scopes of the token
     * @return the header in which the dialect carries tokens first, such as {@code X-API-Key}; two headers if the dialect
     *     carries the two parts of a token apart
     * @throws school.lectern.auth.TokenRefusedException as {@link #authorization(LecternAuth, String, ScopeSet)}
     * @throws IllegalStateException if the dialect carries tokens in the query only
     */
    public static List<CredentialHeader> headers(LecternAuth auth, String tenantId, ScopeSet scopes) {
        return headers(auth, issue(auth, tenantId, scopes));
    }

    private static IssuedToken issue(LecternAuth auth, String tenantId, ScopeSet scopes) {
        // A unique name: some dialects require unique names within a tenant.
        NewToken token = NewToken.named("a test's token " + UUID.randomUUID()).scopes(scopes);
        return auth.tenant(tenantId).tokens().issue(token).orElseThrow();
    }

    /**
     * {@return the header that presents the token where the dialect carries tokens, such as {@code X-API-Key}; two headers if
     * the dialect carries the two parts of a token apart}
     *
     * @param auth the instance that authenticates the token
     * @param token the token that the test has issued
     * @throws IllegalStateException if the dialect carries tokens in the query only
     */
    public static List<CredentialHeader> headers(LecternAuth auth, IssuedToken token) {
        List<CredentialHeader> headers = auth.dialect().credentialHeaders(token.secret());
        if (headers.isEmpty()) {
            throw new IllegalStateException(
                    "no header presents a token of " + auth.dialect().name()
                            + ", which carries tokens in the query only: add the query parameter to the request");
        }
        return headers;
    }
}
