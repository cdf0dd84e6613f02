package school.lectern.auth.decision;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;

/**
 * What a request needs of its token. Immutable; built once for a route and used by all its requests.
 *
 * <pre>{@code
 * Requirement.anyToken()
 * Requirement.scope("read:learners")
 * Requirement.scope("write:learners").policy("bulk")
 * Requirement.anyToken().environment(TokenEnvironment.LIVE)
 * }</pre>
 */
public final class Requirement {

    private static final Requirement ANY = scopes(ScopeSet.none());

    private final ScopeSet scopes;

    // Kept as they are asked for: every request asks for each of them.
    private final Optional<TokenEnvironment> environment;
    private final Optional<String> tenantId;
    private final Optional<String> policy;
    private final Optional<AuthError> refusal;

    /** Made once: every request of a token that lacks the only scope gets it. */
    private final AuthError insufficientScope;

    private Requirement(
            ScopeSet scopes,
            Optional<TokenEnvironment> environment,
            Optional<String> tenantId,
            Optional<String> policy,
            Optional<AuthError> refusal) {
        this.scopes = scopes;
        this.environment = environment;
        this.tenantId = tenantId;
        this.policy = policy;
        this.refusal = refusal;
        this.insufficientScope = AuthError.insufficientScope(scopes);
    }

    /** Any valid token will do. */
    public static Requirement anyToken() {
        return ANY;
    }

    /**
     * The token must hold this permission.
     *
     * @param scope written {@code action:resource}
     * @throws IllegalArgumentException if the text is not a scope
     */
    public static Requirement scope(String scope) {
        return scopes(ScopeSet.of(Scope.of(scope)));
    }

    /**
     * The token must hold all of these scopes.
     *
     * @param scopes one scope each; none if any valid token is enough
     * @throws IllegalArgumentException if one of them is not a single scope
     */
    public static Requirement scopes(String... scopes) {
        return scopes(ScopeSet.of(Stream.of(scopes).map(Scope::of).toList()));
    }

    /** The token must hold all of these permissions. */
    public static Requirement scopes(ScopeSet scopes) {
        return new Requirement(scopes, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * No token will do: whoever proves one gets this error, and whoever proves none gets the answer to that. So nobody
     * learns without a token which paths there are.
     */
    public static Requirement refused(AuthError error) {
        return new Requirement(
                ScopeSet.none(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(error));
    }

    /** Also, the token must be one of this environment. */
    public Requirement environment(TokenEnvironment needed) {
        return new Requirement(scopes, Optional.of(needed), tenantId, policy, refusal);
    }

    /** Also, the token must be this tenant's. */
    public Requirement tenant(String id) {
        return new Requirement(scopes, environment, Optional.of(id), policy, refusal);
    }

    /** Also, the request counts against this class of limits instead of the one that its method has. */
    public Requirement policy(String name) {
        return new Requirement(scopes, environment, tenantId, Optional.of(name), refusal);
    }

    /** The permissions that are needed; possibly none. */
    public ScopeSet scopes() {
        return scopes;
    }

    /** What a token is refused with that holds these permissions, and so lacks one. */
    public AuthError insufficientScope(ScopeSet held) {
        return scopes.scopes().size() == 1
                ? insufficientScope
                : AuthError.insufficientScope(scopes, scopes.difference(held));
    }

    /** The environment that is needed, or empty if either will do. */
    public Optional<TokenEnvironment> environment() {
        return environment;
    }

    /** The tenant that is needed, or empty if any will do. */
    public Optional<String> tenantId() {
        return tenantId;
    }

    /** The class of limits, or empty for the one that the method has. */
    public Optional<String> policy() {
        return policy;
    }

    /** What a proven token is refused with, or empty if one can do. */
    public Optional<AuthError> refusal() {
        return refusal;
    }

    /** Returns whether the other requirement needs the same of a request. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Requirement that
                && scopes.equals(that.scopes)
                && environment.equals(that.environment)
                && tenantId.equals(that.tenantId)
                && policy.equals(that.policy)
                && refusal.equals(that.refusal);
    }

    @Override
    public int hashCode() {
        return Objects.hash(scopes, environment, tenantId, policy, refusal);
    }
}
