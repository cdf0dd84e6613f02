package school.lectern.auth.decision;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeGrammar;
import school.lectern.auth.scope.ScopeSet;

/**
 * The requirement of a route: what a token must satisfy to be allowed. Immutable; create it once for a route and use it for all
 * its requests.
 *
 * <pre>{@code
 * Requirement.anyToken()
 * Requirement.scope("read:learners")
 * Requirement.scopes("read:learners", "read:courses")       // both
 * Requirement.anyOf("repo", "public_repo")                  // one of them
 * Requirement.scope("read:repo-{id}")                       // the path's {id}
 * Requirement.scope("write:learners").policy("bulk")
 * Requirement.anyToken().unlimited()
 * Requirement.anyToken().environment(TokenEnvironment.LIVE)
 * }</pre>
 *
 * <p><b>Alternatives:</b> a token needs all scopes of at least one alternative. The error for a token without them, and its
 * challenge, name the first alternative.
 *
 * <p><b>Path variables:</b> a scope can have one variable in braces. {@link #withPathVariables} replaces it by a value of the
 * request; rules of routes do so. The value must be a literal name: characters that a scope may have, without {@code *},
 * <code>{</code>, <code>}</code> and colon. With any other value, or without a value, no token satisfies the requirement. An
 * error never contains the value: it names the scope with its variable.
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

    private final ScopeAlternatives scopes;

    // Stored as Optional, because every request calls each accessor.
    private final Optional<TokenEnvironment> environment;
    private final Optional<String> tenantId;
    private final Limits limits;
    private final Optional<AuthError> refusal;

    private Requirement(
            ScopeAlternatives scopes,
            Optional<TokenEnvironment> environment,
            Optional<String> tenantId,
            Limits limits,
            Optional<AuthError> refusal) {
        this.scopes = scopes;
        this.environment = environment;
        this.tenantId = tenantId;
        this.limits = limits;
        this.refusal = refusal;
    }

    /** Returns the requirement of scopes alone. */
    private static Requirement of(List<ScopeSet> alternatives, Optional<AuthError> refusal) {
        return new Requirement(
                ScopeAlternatives.of(alternatives), Optional.empty(), Optional.empty(), Limits.BY_METHOD, refusal);
    }

    /** {@return the requirement that any valid token satisfies} */
    public static Requirement anyToken() {
        return ANY;
    }

    /**
     * {@return the requirement that the token has the given scope}
     *
     * @param scope the scope, such as {@code repo} or {@code read:learners}, with at most one variable
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
        return of(List.of(scopes), Optional.empty());
    }

    /**
     * {@return the requirement that the token has at least one of the given scopes}
     *
     * @param scopes one scope each, at least one; errors name the first
     * @throws IllegalArgumentException if there is none, or one of them is not a single scope
     */
    public static Requirement anyOf(String... scopes) {
        return ANY.andAnyOf(scopes);
    }

    /**
     * {@return the requirement that the token has all scopes of at least one of the given sets}
     *
     * @param alternatives from 1 to 100 sets; errors name the first
     * @throws IllegalArgumentException if there are none or too many
     */
    public static Requirement anyOf(ScopeSet... alternatives) {
        return of(List.of(alternatives), Optional.empty());
    }

    /**
     * {@return this requirement with the additional condition that the token has at least one of the given scopes}
     *
     * @param scopes one scope each, at least one; errors name the first
     * @throws IllegalArgumentException if there is none, if one of them is not a single scope, or if this requirement then has
     *     more than 100 alternatives
     */
    public Requirement andAnyOf(String... scopes) {
        List<Scope> any = Stream.of(scopes).map(Scope::of).toList();
        return new Requirement(this.scopes.andAnyOf(any), environment, tenantId, limits, refusal);
    }

    /**
     * {@return the requirement that no token satisfies} A request with a valid token gets the given error. Any other request
     * gets the error for its credential, so that clients without a token cannot find out which paths exist.
     *
     * @param error the error for a request with a valid token
     */
    public static Requirement refused(AuthError error) {
        return of(List.of(ScopeSet.none()), Optional.of(error));
    }

    /**
     * {@return this requirement with the additional condition that the token is of the given environment}
     *
     * @param needed the environment
     * @throws IllegalArgumentException if another environment was given before
     */
    public Requirement environment(TokenEnvironment needed) {
        requireSame("environment", environment, needed);
        return new Requirement(scopes, Optional.of(needed), tenantId, limits, refusal);
    }

    /**
     * {@return this requirement with the additional condition that the token belongs to the given tenant}
     *
     * @param id the id of the tenant
     * @throws IllegalArgumentException if another tenant was given before
     */
    public Requirement tenant(String id) {
        requireSame("tenant", tenantId, id);
        return new Requirement(scopes, environment, Optional.of(id), limits, refusal);
    }

    private static void requireSame(String condition, Optional<?> given, Object needed) {
        if (given.isPresent() && !given.get().equals(needed)) {
            throw new IllegalArgumentException(condition + " must be given once, but " + given.get()
                    + " was given before " + needed + ": remove one of the calls");
        }
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

    /**
     * {@return this requirement for a request whose path has the given values; this instance if no scope has a variable}
     *
     * @param values variable → value, decoded
     */
    public Requirement withPathVariables(Map<String, String> values) {
        return pathVariables().isEmpty()
                ? this
                : new Requirement(scopes.withValues(values), environment, tenantId, limits, refusal);
    }

    /** {@return the scopes of the first alternative, possibly none, with their variables} */
    public ScopeSet scopes() {
        return scopes.sets().get(0);
    }

    /** {@return the sets of scopes of which a token needs one, at least one set, with their variables} */
    public List<ScopeSet> alternatives() {
        return scopes.sets();
    }

    /** {@return the names of the path variables of the scopes, without braces; usually none} */
    public Set<String> pathVariables() {
        return scopes.variables();
    }

    /**
     * {@return a scope of this requirement that no token of a grammar can have, or empty if there is none}
     *
     * @param grammar the grammar
     */
    public Optional<Scope> scopeUnknownTo(ScopeGrammar grammar) {
        return scopes.unknownTo(grammar);
    }

    /**
     * {@return whether a token with the given scopes has the scopes that are needed} Nothing else of this requirement is
     * checked. Allocates nothing.
     *
     * @param held the scopes of the token
     * @param grammar the grammar, which defines the scopes that these imply
     */
    public boolean isCoveredBy(ScopeSet held, ScopeGrammar grammar) {
        return scopes.areCoveredBy(held, grammar);
    }

    /**
     * {@return the error for a token that has the given scopes, and not the scopes that are needed}
     *
     * @param held the scopes of the token
     * @param grammar the grammar, which defines the scopes that these imply
     */
    public AuthError insufficientScope(ScopeSet held, ScopeGrammar grammar) {
        return scopes.insufficientScope(held, grammar);
    }

    /** {@return the environment that is needed, or empty if the token may be of any environment} */
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
