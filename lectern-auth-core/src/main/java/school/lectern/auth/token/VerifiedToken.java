package school.lectern.auth.token;

import java.util.Map;
import java.util.Optional;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;

/**
 * A token whose secret has been proven. Only {@link SecretVerifier#verify} makes one, so whoever holds one need not ask again. It
 * may still be revoked, expired, or not entitled to what it asks for.
 */
public final class VerifiedToken {

    private final StoredToken stored;

    VerifiedToken(StoredToken stored) {
        this.stored = stored;
    }

    /** The token's id. */
    public String id() {
        return stored.id();
    }

    /** The tenant that the token belongs to. */
    public String tenantId() {
        return stored.tenantId();
    }

    /** The environment that the token belongs to: test and live data are apart. */
    public TokenEnvironment environment() {
        return stored.environment();
    }

    /** The name that its maker gave it. */
    public String name() {
        return stored.name();
    }

    /** What the token may do. */
    public ScopeSet scopes() {
        return stored.scopes();
    }

    /** What its maker noted with it. */
    public Map<String, String> metadata() {
        return stored.metadata();
    }

    /** Who made it, if that is known. */
    public Optional<String> createdBy() {
        return Optional.ofNullable(stored.createdBy());
    }

    /** The row as it was when the request was judged. */
    public StoredToken stored() {
        return stored;
    }

    @Override
    public String toString() {
        return "VerifiedToken[" + stored.id() + "]";
    }
}
