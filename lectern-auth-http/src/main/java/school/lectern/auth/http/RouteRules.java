package school.lectern.auth.http;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.scope.Scope;

/**
 * The requirements of each route. Everything is guarded unless it is opened here: a request that no rule names is refused, with
 * 404 for a proven token, or 405 where there are rules for its path, and with 401 without one. Immutable.
 *
 * <pre>{@code
 * RouteRules.builder()
 *     .permitAll("GET", "/health")
 *     .guard("GET", "/v1/learners/{id}", "read:learners")
 *     .guard("POST", "/v1/bulk/learners", Requirement.scope("write:learners").policy("bulk"))
 *     .build();
 * }</pre>
 *
 * <p>The first rule that fits decides. A rule for {@code GET} is one for {@code HEAD}, too; {@code *} stands for any method.
 * Paths are those within the application, decoded, as the server routes them; {@code {id}} fits one segment,
 * {@code **} at the end any number. A path that can be read in two ways ({@code ..}, {@code ;}, {@code //}, an encoded
 * slash or dot) fits no rule.
 */
public final class RouteRules {

    private static final String ANY_METHOD = "*";

    private final List<Rule> rules;
    private final @Nullable String tenantVariable;

    private RouteRules(Builder builder) {
        this.rules = List.copyOf(builder.rules);
        this.tenantVariable = builder.tenantVariable;
    }

    /** How requests without a credential of this dialect are treated. */
    private enum Unauthenticated {
        REFUSED,
        PASSED
    }

    /** One rule; without a requirement, the route is open. */
    private record Rule(
            String method,
            PathTemplate path,
            @Nullable Requirement requirement,
            Unauthenticated others,
            boolean preflight) {

        boolean takes(String requested) {
            return method.equals(ANY_METHOD) || RouteRules.takes(method, requested);
        }
    }

    /** Returns whether a rule for one method covers the other: a rule for {@code GET} covers {@code HEAD}. */
    static boolean takes(String method, String requested) {
        return method.equals(requested) || (method.equals("GET") && requested.equals("HEAD"));
    }

    /** Returns whether the text can be the method of a rule. */
    static boolean isMethod(String text) {
        return text.matches("[A-Z]+");
    }

    /**
     * The rule for a request.
     *
     * @param requirement the requirement for its token; empty if it needs none
     * @param passesOthers whether a request without a credential of ours goes on, without a principal
     * @param named how far the rules name the request
     */
    record Match(Optional<Requirement> requirement, boolean passesOthers, RuleMatch named) {}

    /** In the order of growing certainty. */
    enum RuleMatch {
        NOT,
        /** There are rules for the path, but none for the method. */
        BY_ITS_PATH,
        /** By a rule whose path has variables, and so names other paths as well. */
        BY_A_PATTERN,
        /** By a rule for this path alone; or the path can be read in two ways, and so may be that of any rule. */
        EXACTLY
    }

    /** Starts the rules of an application. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the rule for an operation. A directory's welcome page that no rule names is covered by the directory's rule. */
    Match match(Operation operation, boolean isPreflight) {
        if (operation.path() == null) {
            return refused(AuthError.of(Kind.NOT_FOUND), null, RuleMatch.EXACTLY);
        }
        Match match = match(operation.method(), operation.path(), isPreflight);
        return match.named() == RuleMatch.NOT && operation.directory() != null
                ? match(operation.method(), operation.directory(), isPreflight)
                : match;
    }

    private Match match(String method, String path, boolean isPreflight) {
        for (Rule rule : rules) {
            if (rule.takes(method) && (isPreflight || !rule.preflight())) {
                Optional<Map<String, String>> values = rule.path().match(path);
                if (values.isPresent()) {
                    return match(rule, values.get());
                }
            }
        }
        return withoutRule(path);
    }

    /** If the path has rules for other methods only, the error is 405. */
    private Match withoutRule(String path) {
        TreeSet<String> allowed = new TreeSet<>();
        String tenant = null;
        for (Rule rule : rules) {
            Optional<Map<String, String>> values =
                    rule.preflight() ? Optional.empty() : rule.path().match(path);
            if (values.isPresent()) {
                allowed.add(rule.method());
                tenant = tenant == null && rule.requirement() != null ? tenant(values.get()) : tenant;
            }
        }
        return allowed.isEmpty()
                ? refused(AuthError.of(Kind.NOT_FOUND), tenant, RuleMatch.NOT)
                : refused(AuthError.methodNotAllowed(List.copyOf(allowed)), tenant, RuleMatch.BY_ITS_PATH);
    }

    private static Match refused(AuthError refusal, @Nullable String tenant, RuleMatch named) {
        return new Match(Optional.of(of(Requirement.refused(refusal), tenant)), false, named);
    }

    /**
     * Returns the paths of rules that would have no effect, since the guard does not see them.
     *
     * @param urlPatterns the patterns of the Servlet specification (section 12.2) that the guard is mapped to
     */
    public List<String> pathsOutside(Collection<String> urlPatterns) {
        return rules.stream()
                .map(Rule::path)
                .filter(path -> urlPatterns.stream().noneMatch(path::canMatch))
                .map(PathTemplate::toString)
                .distinct()
                .toList();
    }

    /** @throws IllegalArgumentException if a rule names a class that the dialect has no limit of, or a scope that it has not */
    void requireFit(Dialect dialect) {
        for (Rule rule : rules) {
            Requirement needed = rule.requirement() == null ? Requirement.anyToken() : rule.requirement();
            if (needed.policy().filter(dialect.limits()::lacks).isPresent()) {
                throw new IllegalArgumentException(
                        "policy: a rule names " + needed.policy().get() + ", of which the dialect has no limit");
            }
            for (Scope scope : needed.scopes().scopes()) {
                if (!dialect.scopes().knows(scope)) {
                    throw new IllegalArgumentException(
                            "scope: a rule needs " + scope + ", which no token of this dialect can have");
                }
            }
        }
    }

    private Match match(Rule rule, Map<String, String> values) {
        String tenant = tenant(values);
        return new Match(
                Optional.ofNullable(rule.requirement()).map(needed -> of(needed, tenant)),
                rule.others() == Unauthenticated.PASSED,
                rule.path().isFixed() ? RuleMatch.EXACTLY : RuleMatch.BY_A_PATTERN);
    }

    /** Returns the tenant that the path names, or null. */
    private @Nullable String tenant(Map<String, String> values) {
        return tenantVariable == null ? null : values.get(tenantVariable);
    }

    private static Requirement of(Requirement needed, @Nullable String tenant) {
        return tenant == null ? needed : needed.tenant(tenant);
    }

    /** Collects {@link RouteRules}. */
    public static final class Builder {
        private final List<Rule> rules = new ArrayList<>();
        private @Nullable String tenantVariable;

        private Builder() {}

        /** Requests of this form need no token. */
        public Builder permitAll(String method, String path) {
            return add(new Rule(method, PathTemplate.parse(path), null, Unauthenticated.REFUSED, false));
        }

        /**
         * Requests of this form need a token that has all of the scopes.
         *
         * @param method in capitals, or {@code *}
         * @param scopes one scope each; none if any valid token is enough
         * @throws IllegalArgumentException if one of them is not a single scope
         */
        public Builder guard(String method, String path, String... scopes) {
            return guard(method, path, Requirement.scopes(scopes));
        }

        /** Requests of this form need a token that meets the requirement. */
        public Builder guard(String method, String path, Requirement requirement) {
            return add(new Rule(method, PathTemplate.parse(path), requirement, Unauthenticated.REFUSED, false));
        }

        /**
         * As {@link #guard}, but a request without a credential, or with one that does not start as this dialect's tokens do,
         * goes on without a principal: another authenticator behind the guard decides about it.
         */
        public Builder guardOrPassThrough(String method, String path, Requirement requirement) {
            return add(new Rule(method, PathTemplate.parse(path), requirement, Unauthenticated.PASSED, false));
        }

        /** CORS preflights of this path (Fetch, section 3.2) need no token, which browsers do not send with them. */
        public Builder preflight(String path) {
            return add(new Rule("OPTIONS", PathTemplate.parse(path), null, Unauthenticated.REFUSED, true));
        }

        /**
         * The named segment whose value is a tenant's id: on guarded paths that have it, the token must be that tenant's,
         * and only then may the method be a wrong one.
         */
        public Builder tenantVariable(String name) {
            this.tenantVariable = name;
            return this;
        }

        private Builder add(Rule rule) {
            if (!rule.method().equals(ANY_METHOD) && !isMethod(rule.method())) {
                throw new IllegalArgumentException("a method is in capitals, or *: " + rule.method());
            }
            rules.add(rule);
            return this;
        }

        /**
         * The rules.
         *
         * @throws IllegalArgumentException if no guarded path has the tenant's segment: a typo would check no tenant
         */
        public RouteRules build() {
            String tenant = tenantVariable;
            if (tenant != null
                    && rules.stream()
                            .noneMatch(r -> r.requirement() != null && r.path().has(tenant))) {
                throw new IllegalArgumentException("tenantVariable: no guarded path has a segment {" + tenant + "}");
            }
            return new RouteRules(this);
        }
    }
}
