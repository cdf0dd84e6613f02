package school.lectern.auth.spring.test;

import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;

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
     * Issues the token, and returns the value of the {@code Authorization} header that presents it.
     *
     * @throws school.lectern.auth.TokenRefusedException if the dialect rejects such a token
     */
    String issue(LecternAuth auth) {
        return "Bearer "
                + auth.tenant(tenantId)
                        .tokens()
                        .issue(settings.get())
                        .orElseThrow()
                        .secret()
                        .expose();
    }
}
