package school.lectern.auth.decision;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;

/**
 * The requirement of a route: what a token must satisfy to be allowed. Immutable; create it once for a route and use it for all
 * its requests.
 *
 * <pre>{@code
 * Requirement.anyToken()
 * Requirement.scope("read:learners")
 * Requirement.scope("write:learners").policy("bulk")
 * Requirement.anyToken().unlimited()
 * Requirement.anyToken().environment(TokenEnvironment.LIVE)
 * }</pre>
 */
public final class Requirement {

    /**
     * The rate limits of a route.
     *
     * @param policies the policies; empty for those of the request's method
     * @param unlimited whether requests are not limited
     */
    private record Limits(List<String> policies, boolean unlimited) {
        static final Limits BY_METHOD = new Limits(List.of(), false);
        static final Limits NONE = new Limits(List.of(), true);
    }

    private static final Requirement ANY = scopes(ScopeSet.none());

    private final ScopeSet scopes;

    // Stored as Optional, because every request calls each accessor.
    private final Optional<TokenEnvironment> environment;
    private final Optional<String> tenantId;
    private final Limits limits;
    private final Optional<AuthError> refusal;

    /** Created once: every request whose token lacks the only scope gets this instance. */
    private final AuthError insufficientScope;

    private Requirement(
            ScopeSet scopes,
            Optional<TokenEnvironment> environment,
            Optional<String> tenantId,
            Limits limits,
            Optional<AuthError> refusal) {
        this.scopes = scopes;
        this.environment = environment;
        this.tenantId = tenantId;
        this.limits = limits;
        this.refusal = refusal;
        this.insufficientScope = AuthError.insufficientScope(scopes);
    }

    /** {@return the requirement that any valid token satisfies} */
    public static Requirement anyToken() {
        return ANY;
    }

    /**
     * {@return the requirement that the token has the given scope}
     *
     * @param scope the scope, in the form {@code action:resource}
     * @throws IllegalArgumentException if the text is not a scope
     */
    public static Requirement scope(String scope) {
        return scopes(ScopeSet.of(Scope.of(scope)));
    }

    /**
     * {@return the requirement that the token has all of the given scopes}
     *
     * @param scopes one scope each; none if any valid token is enough
     * @throws IllegalArgumentException if one of them is not a single scope
     */
    public static Requirement scopes(String... scopes) {
        return scopes(ScopeSet.of(Stream.of(scopes).map(Scope::of).toList()));
    }

    /**
     * {@return the requirement that the token has all of the given scopes}
     *
     * @param scopes the scopes; empty if any valid token is enough
     */
    public static Requirement scopes(ScopeSet scopes) {
        return new Requirement(scopes, Optional.empty(), Optional.empty(), Limits.BY_METHOD, Optional.empty());
    }

    /**
     * {@return the requirement that no token satisfies} A request with a valid token gets the given error. Any other request
     * gets the error for its credential, so that clients without a token cannot find out which paths exist.
     *
     * @param error the error for a request with a valid token
     */
    public static Requirement refused(AuthError error) {
        return new Requirement(
                ScopeSet.none(), Optional.empty(), Optional.empty(), Limits.BY_METHOD, Optional.of(error));
    }

    /**
     * {@return this requirement with the additional condition that the token is of the given environment}
     *
     * @param needed the environment
     */
    public Requirement environment(TokenEnvironment needed) {
        return new Requirement(scopes, Optional.of(needed), tenantId, limits, refusal);
    }

    /**
     * {@return this requirement with the additional condition that the token belongs to the given tenant}
     *
     * @param id the id of the tenant
     */
    public Requirement tenant(String id) {
        return new Requirement(scopes, environment, Optional.of(id), limits, refusal);
    }

    /**
     * {@return this requirement with the given rate-limit policy, in place of the policies for the request's method} A further
     * call adds a policy: a request then needs a permit of each, and takes either all of them or none.
     *
     * @param name the name of the rate-limit policy
     * @throws IllegalArgumentException if the requirement has this policy, or is {@link #unlimited}
     */
    public Requirement policy(String name) {
        if (limits.unlimited()) {
            throw contradictory(name);
        }
        if (limits.policies().contains(name)) {
            throw new IllegalArgumentException(
                    "policy " + name + " must be given once, but was given before: remove one of the calls");
        }
        List<String> policies = new ArrayList<>(limits.policies());
        policies.add(name);
        return new Requirement(scopes, environment, tenantId, new Limits(List.copyOf(policies), false), refusal);
    }

    /**
     * {@return this requirement for requests that no rate limit counts} A route without this must have a limit in the dialect's
     * plan, if the plan has any.
     *
     * @throws IllegalArgumentException if the requirement has a policy
     */
    public Requirement unlimited() {
        if (!limits.policies().isEmpty()) {
            throw contradictory(limits.policies().get(0));
        }
        return new Requirement(scopes, environment, tenantId, Limits.NONE, refusal);
    }

    private static IllegalArgumentException contradictory(String policy) {
        return new IllegalArgumentException(
                "policy " + policy + " must not be given for unlimited requests: remove policy or unlimited");
    }

    /** {@return the scopes that are needed, possibly none} */
    public ScopeSet scopes() {
        return scopes;
    }

    /**
     * {@return the error for a token that has the given scopes and lacks a needed scope}
     *
     * @param held the scopes of the token
     */
    public AuthError insufficientScope(ScopeSet held) {
        return scopes.scopes().size() == 1
                ? insufficientScope
                : AuthError.insufficientScope(scopes, scopes.difference(held));
    }

    /** {@return the environment that is needed, or empty if the token may be of either environment} */
    public Optional<TokenEnvironment> environment() {
        return environment;
    }

    /** {@return the id of the tenant that is needed, or empty if the token may belong to any tenant} */
    public Optional<String> tenantId() {
        return tenantId;
    }

    /** {@return the rate-limit policies; empty for those of the request's method, or if it is unlimited} Immutable. */
    public List<String> policies() {
        return limits.policies();
    }

    /** {@return whether no rate limit counts the requests} */
    public boolean isUnlimited() {
        return limits.unlimited();
    }

    /** {@return the error for every request with a valid token, or empty if a token can satisfy this requirement} */
    public Optional<AuthError> refusal() {
        return refusal;
    }

    /** {@return whether the other object is an equal requirement} */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Requirement that
                && scopes.equals(that.scopes)
                && environment.equals(that.environment)
                && tenantId.equals(that.tenantId)
                && limits.equals(that.limits)
                && refusal.equals(that.refusal);
    }

    @Override
    public int hashCode() {
        return Objects.hash(scopes, environment, tenantId, limits, refusal);
    }
}
