package school.lectern.auth.token;

import java.util.Map;
import java.util.Optional;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

/**
 * A token whose secret was verified. Only {@link SecretVerifier#verify} creates it, so code that has one need not verify the
 * secret again. The token may still be revoked or expired, or lack the required scopes.
 */
public final class VerifiedToken {

    private final StoredToken stored;

    VerifiedToken(StoredToken stored) {
        this.stored = stored;
    }

    /** {@return the token's id} */
    public String id() {
        return stored.id();
    }

    /** {@return the id of the tenant that the token belongs to} */
    public String tenantId() {
        return stored.tenantId();
    }

    /** {@return the environment that the token belongs to} Test data and live data are separate. */
    public TokenEnvironment environment() {
        return stored.environment();
    }

    /** {@return the name that the token's creator chose} */
    public String name() {
        return stored.name();
    }

    /** {@return the token's scopes} */
    public ScopeSet scopes() {
        return stored.scopes();
    }

    /** {@return the application's metadata of the token} Immutable. */
    public Map<String, String> metadata() {
        return stored.metadata();
    }

    /** {@return the user who created the token, or empty if the application did} */
    public Optional<String> createdBy() {
        return Optional.ofNullable(stored.createdBy());
    }

    /** {@return the row as it was when the request was evaluated} */
    public StoredToken stored() {
        return stored;
    }

    @Override
    public String toString() {
        return "VerifiedToken[" + stored.id() + "]";
    }
}
