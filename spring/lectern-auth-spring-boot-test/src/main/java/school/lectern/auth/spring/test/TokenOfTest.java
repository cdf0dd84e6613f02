package school.lectern.auth.spring.test;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.format.CredentialHeader;
import school.lectern.auth.token.IssuedToken;

/**
 * A token that a test needs, before it is issued. Immutable.
 *
 * @param tenantId the tenant's id
 * @param settings returns the settings of each token that is issued
 */
record TokenOfTest(String tenantId, Supplier<NewToken> settings) {

    /** The tenant of a token unless set. */
    static final String TENANT = "123";

    /** A token without scopes. */
    static final TokenOfTest PLAIN = new TokenOfTest(TENANT, () -> named());

    TokenOfTest {
        Objects.requireNonNull(tenantId, "id");
    }

    TokenOfTest tenant(String id) {
        return new TokenOfTest(id, settings);
    }

    TokenOfTest scopes(String... scopes) {
        String[] copy = scopes.clone();
        return new TokenOfTest(tenantId, () -> named().scopes(copy));
    }

    TokenOfTest settings(NewToken token) {
        Objects.requireNonNull(token, "token");
        return new TokenOfTest(tenantId, () -> token);
    }

    /** A unique name: some dialects require unique names within a tenant. */
    private static NewToken named() {
        return NewToken.named("test " + UUID.randomUUID());
    }

    /**
     * Issues the token, and returns the headers that present it.
     *
     * @throws school.lectern.auth.TokenRefusedException if the dialect rejects such a token
     * @throws IllegalStateException if the dialect carries tokens in the query only
     */
    List<CredentialHeader> issue(LecternAuth auth) {
        IssuedToken issued =
                auth.tenant(tenantId).tokens().issue(settings.get()).orElseThrow();
        List<CredentialHeader> headers = auth.dialect().credentialHeaders(issued.secret());
        if (headers.isEmpty()) {
            throw new IllegalStateException("no header presents a token of "
                    + auth.dialect().name()
                    + ", which carries tokens in the query only: issue a token with the LecternAuth bean and add the"
                    + " query parameter to the request");
        }
        return headers;
    }
}
