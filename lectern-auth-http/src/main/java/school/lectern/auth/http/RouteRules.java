package school.lectern.auth.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitPlan;

/**
 * The requirements of each route. All paths require a token by default. A request that matches no rule gets 401 without a valid
 * token. With a valid token it gets 404, or 405 if its path has rules for other methods. Immutable.
 *
 * <pre>{@code
 * RouteRules.builder()
 *     .permitAll("GET", "/health")
 *     .guard("GET", "/v1/learners/{id}", "read:learners")
 *     .guard("GET", "/v1/repos/{repo}", "read:repo-{repo}")
 *     .guard("GET", "/v1/orgs", Requirement.anyOf("read:orgs", "admin:tenant"))
 *     .guard("POST", "/v1/bulk/learners", Requirement.scope("write:learners").policy("bulk"))
 *     .build();
 * }</pre>
 *
 * <p>The first rule that matches applies. A rule for {@code GET} also matches {@code HEAD}; {@code *} matches any method. Paths
 * are relative to the application and decoded, as the server routes them. {@code {id}} matches one segment, and {@code **} at
 * the end any number of segments. An ambiguous path, which contains for example {@code ..}, {@code ;}, {@code //}, or an
 * encoded slash or dot, matches no rule.
 *
 * <p>A scope of a rule can contain one variable of its path: {@code read:repo-{repo}} is {@code read:repo-7} for {@code
 * /v1/repos/7}. The value of the segment is then a literal part of the scope's name. A request whose value cannot be one, such as
 * {@code *} or a value with a colon, is denied because of a missing scope. Errors and challenges show the variable and not its
 * value.
 */
public final class RouteRules {

    private static final String ANY_METHOD = "*";

    private final List<Rule> rules;
    private final @Nullable String tenantVariable;
    private final boolean passesUnmatched;

    private RouteRules(List<Rule> rules, @Nullable String tenantVariable, boolean passesUnmatched) {
        this.rules = List.copyOf(rules);
        this.tenantVariable = tenantVariable;
        this.passesUnmatched = passesUnmatched;
    }

    /** The treatment of requests without a credential of this dialect. */
    private enum Unauthenticated {
        REFUSED,
        PASSED
    }

    /** One rule. If its requirement is null, the route is open. */
    private record Rule(
            String method,
            PathTemplate path,
            @Nullable Requirement requirement,
            Unauthenticated others,
            boolean preflight) {

        boolean takes(String requested) {
            return method.equals(ANY_METHOD) || RouteRules.takes(method, requested);
        }

        /** Returns the description of the requests of the rule, for a log. */
        @Override
        public String toString() {
            if (preflight) {
                return "preflights of " + path;
            }
            String requests = method.equals(ANY_METHOD) ? path.toString() : method + " " + path;
            return others == Unauthenticated.PASSED ? requests + " without a token of the dialect" : requests;
        }

        /** Returns whether the rule is for requests of a path, and not only for their preflights. */
        boolean names(String requested) {
            return !preflight && path.matches(requested);
        }

        /** Returns a requirement with the values of a path that the rule names. */
        Requirement filled(Requirement needed, String requested) {
            return needed.pathVariables().isEmpty() ? needed : needed.withPathVariables(path.values(requested));
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
     * @param requirement the requirement for its token; empty if the route is open
     * @param passesOthers whether a request without a credential of this dialect passes, without a principal
     * @param named how specifically the rules match the request
     */
    record Match(Optional<Requirement> requirement, boolean passesOthers, RuleMatch named) {}

    /** How specifically the rules match a request, from the least to the most specific way. */
    enum RuleMatch {
        NOT,
        /** The path has rules, but none for the method. */
        BY_ITS_PATH,
        /** A rule matches whose path has variables, so that it matches other paths too. */
        BY_A_PATTERN,
        /** A rule for this path alone matches; or the path is ambiguous, so that any rule might be meant. */
        EXACTLY
    }

    /** {@return a builder without rules} */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns the rule for an operation. The rule of a directory also applies to its welcome page, if that matches no rule. */
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
            if (rule.takes(method)
                    && (isPreflight || !rule.preflight())
                    && rule.path().matches(path)) {
                return match(rule, path);
            }
        }
        return withoutRule(path);
    }

    /** Returns the error for a request that matches no rule: 405 if its path has rules for other methods, otherwise 404. */
    private Match withoutRule(String path) {
        TreeSet<String> allowed = new TreeSet<>();
        String tenant = null;
        for (Rule rule : rules) {
            if (rule.names(path)) {
                allowed.add(rule.method());
                tenant = tenant == null && rule.requirement() != null ? tenant(rule, path) : tenant;
            }
        }
        if (!allowed.isEmpty()) {
            return refused(AuthError.methodNotAllowed(List.copyOf(allowed)), tenant, RuleMatch.BY_ITS_PATH);
        }
        return passesUnmatched
                ? new Match(Optional.of(Requirement.anyToken()), true, RuleMatch.NOT)
                : refused(AuthError.of(Kind.NOT_FOUND), tenant, RuleMatch.NOT);
    }

    private static Match refused(AuthError refusal, @Nullable String tenant, RuleMatch named) {
        return new Match(Optional.of(of(Requirement.refused(refusal), tenant)), false, named);
    }

    /**
     * {@return these rules, with which a path that no rule names is left to another authorizer behind the guard, such as Spring
     * Security} On such a path, a token of this dialect is verified and becomes the principal; a request without one passes
     * without a principal. Use it only where that authorizer denies requests by default.
     */
    public RouteRules passingUnmatched() {
        return new RouteRules(rules, tenantVariable, true);
    }

    /**
     * {@return whether a rule applies to requests of a method and a path}
     *
     * @param method the method in capital letters, or {@code *} for a request of any method
     * @param path a path, decoded and relative to the application
     */
    public boolean names(String method, String path) {
        // A loop, like the others that run for each request, because a stream would cost more than what it compares.
        for (Rule rule : rules) {
            if ((method.equals(ANY_METHOD) || rule.takes(method)) && rule.names(path)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return whether the first rule for requests of a method and a path needs a token} False if no rule names the path.
     *
     * @param method the method in capital letters
     * @param path a path, decoded and relative to the application
     */
    public boolean guards(String method, String path) {
        for (Rule rule : rules) {
            if (rule.takes(method) && rule.names(path)) {
                return rule.requirement() != null && rule.others() == Unauthenticated.REFUSED;
            }
        }
        return false;
    }

    /**
     * {@return the requirement of the first rule for requests of a method and a path; empty if that rule opens the route, or no
     * rule names it} With a rule that passes other requests through, it is the requirement for tokens of this dialect.
     *
     * @param method the method in capital letters
     * @param path a path, decoded and relative to the application; in a description of an API, it may have segments such as
     *     {@code {id}}, which only variables of rules match
     */
    public Optional<Requirement> requirement(String method, String path) {
        for (Rule rule : rules) {
            if (rule.takes(method) && rule.names(path)) {
                return match(rule, path).requirement();
            }
        }
        return Optional.empty();
    }

    /** {@return the paths of the rules, in their order and each of them once} */
    public List<String> paths() {
        return rules.stream().map(rule -> rule.path().toString()).distinct().toList();
    }

    /**
     * {@return a description of each rule that lets requests pass without a token of the dialect, for a log; in the order of
     * the rules} An earlier rule for the same requests may guard them nevertheless.
     */
    public List<String> publicRoutes() {
        return rules.stream()
                .filter(rule -> rule.requirement() == null || rule.others() == Unauthenticated.PASSED)
                .map(Rule::toString)
                .toList();
    }

    /**
     * Checks that a dialect has everything that the rules name, and that no rule is unlimited by mistake. The constructors of
     * filters do so, too.
     *
     * @param dialect the dialect whose tokens the rules require
     * @throws MisfitRulesException if a rule names a limit policy, a scope or an environment that the dialect does not have, or
     *     if the dialect has rate limits, but none for a method of a rule that is not {@link Requirement#unlimited}
     */
    public void requireFit(Dialect dialect) {
        if (passesUnmatched) {
            requireLimits("paths without a rule", ANY_METHOD, Requirement.anyToken(), dialect);
        }
        for (Rule rule : rules) {
            if (rule.requirement() == null) {
                continue;
            }
            Requirement needed = rule.requirement();
            requireLimits(rule.method() + " " + rule.path(), rule.method(), needed, dialect);
            needed.environment()
                    .filter(named -> !dialect.environments().contains(named))
                    .ifPresent(named -> {
                        throw new MisfitRulesException("environment: a rule requires " + named.name()
                                + ", which no token of the dialect " + dialect.name() + " can have");
                    });
            needed.scopeUnknownTo(dialect.scopes()).ifPresent(scope -> {
                throw new MisfitRulesException("scope: a rule requires " + scope + ", which no token of the dialect "
                        + dialect.name() + " can have");
            });
        }
    }

    private static void requireLimits(String route, String method, Requirement needed, Dialect dialect) {
        LimitPlan plan = dialect.limits();
        needed.policies().stream().filter(plan::lacks).findFirst().ifPresent(policy -> {
            throw new MisfitRulesException("policy: a rule names " + policy + ", but the dialect " + dialect.name()
                    + " has no such limit policy");
        });
        if (needed.isUnlimited()
                || !needed.policies().isEmpty()
                || needed.refusal().isPresent()) {
            return;
        }
        List<String> methods = method.equals(ANY_METHOD) ? List.of("GET", "POST") : List.of(method);
        methods.stream()
                .flatMap(each -> plan.policies(each).stream())
                .filter(plan::lacks)
                .findFirst()
                .ifPresent(policy -> {
                    throw new MisfitRulesException(
                            "limits: the dialect " + dialect.name() + " has no limit for the policy " + policy
                                    + ", so the requests of " + route + " would be unlimited: add " + policy
                                    + " to the plan, give the route a policy, or make its requirement unlimited()");
                });
    }

    private Match match(Rule rule, String path) {
        return new Match(
                Optional.ofNullable(rule.requirement())
                        .map(needed -> of(rule.filled(needed, path), tenant(rule, path))),
                rule.others() == Unauthenticated.PASSED,
                rule.path().isFixed() ? RuleMatch.EXACTLY : RuleMatch.BY_A_PATTERN);
    }

    /** Returns the tenant id in the path, or null. */
    private @Nullable String tenant(Rule rule, String path) {
        return tenantVariable == null ? null : rule.path().values(path).get(tenantVariable);
    }

    private static Requirement of(Requirement needed, @Nullable String tenant) {
        return tenant == null ? needed : needed.tenant(tenant);
    }

    /** Builds {@link RouteRules}. The rules are evaluated in the order in which they are added. */
    public static final class Builder {
        private final List<Rule> rules = new ArrayList<>();
        private @Nullable String tenantVariable;
        private @Nullable String defaultTenantVariable;

        private Builder() {}

        /**
         * Opens a route: its requests need no token.
         *
         * @param method the method in capital letters, or {@code *} for any method
         * @param path the path, as described at {@link RouteRules}
         * @return this builder
         * @throws IllegalArgumentException if the method or the path does not have this form
         */
        public Builder permitAll(String method, String path) {
            return add(new Rule(method, PathTemplate.parse(path), null, Unauthenticated.REFUSED, false));
        }

        /**
         * Guards a route: its requests need a token that has all of the scopes.
         *
         * @param method the method in capital letters, or {@code *} for any method
         * @param path the path, as described at {@link RouteRules}
         * @param scopes the scopes, one in each element; none if any valid token is sufficient
         * @return this builder
         * @throws IllegalArgumentException if the method or the path does not have this form, an element is not a single scope,
         *     or a scope has a variable that the path does not have
         */
        public Builder guard(String method, String path, String... scopes) {
            return guard(method, path, Requirement.scopes(scopes));
        }

        /**
         * Guards a route: its requests need a token that meets the requirement.
         *
         * @param method the method in capital letters, or {@code *} for any method
         * @param path the path, as described at {@link RouteRules}
         * @param requirement the requirement
         * @return this builder
         * @throws IllegalArgumentException if the method or the path does not have this form, or a scope has a variable that
         *     the path does not have
         */
        public Builder guard(String method, String path, Requirement requirement) {
            return add(new Rule(method, PathTemplate.parse(path), requirement, Unauthenticated.REFUSED, false));
        }

        /**
         * Guards a route like {@link #guard(String, String, Requirement)}, but a request without a credential, or with one that
         * does not start like this dialect's tokens, passes without a principal: another authenticator behind the guard must
         * decide about it.
         *
         * @param method the method in capital letters, or {@code *} for any method
         * @param path the path, as described at {@link RouteRules}
         * @param requirement the requirement for tokens of this dialect
         * @return this builder
         * @throws IllegalArgumentException if the method or the path does not have this form, or a scope has a variable that
         *     the path does not have
         */
        public Builder guardOrPassThrough(String method, String path, Requirement requirement) {
            return add(new Rule(method, PathTemplate.parse(path), requirement, Unauthenticated.PASSED, false));
        }

        /**
         * Opens a path for CORS preflight requests (Fetch, section 3.2), which browsers send without credentials.
         *
         * @param path the path, as described at {@link RouteRules}
         * @return this builder
         * @throws IllegalArgumentException if the path does not have this form
         */
        public Builder preflight(String path) {
            return add(new Rule("OPTIONS", PathTemplate.parse(path), null, Unauthenticated.REFUSED, true));
        }

        /**
         * Sets the name of the path segment whose value is a tenant's id. On guarded paths with this segment, the token must
         * belong to that tenant; a wrong method is reported as 405 only to such a token. Default: none, so no tenant is
         * checked.
         *
         * @param name the segment's name, without braces
         * @return this builder
         * @throws IllegalArgumentException if it was set before
         */
        public Builder tenantVariable(String name) {
            requireUnset("tenantVariable", tenantVariable);
            this.tenantVariable = name;
            return this;
        }

        /**
         * Sets the tenant variable that applies unless {@link #tenantVariable} is called, before or after. For code that
         * configures the builder from two sources, such as a framework.
         *
         * @param name the segment's name, without braces
         * @return this builder
         * @throws IllegalArgumentException if it was set before
         */
        public Builder defaultTenantVariable(String name) {
            requireUnset("defaultTenantVariable", defaultTenantVariable);
            this.defaultTenantVariable = name;
            return this;
        }

        private static void requireUnset(String setting, @Nullable String value) {
            if (value != null) {
                throw new IllegalArgumentException(
                        setting + " must be set once, but was set to " + value + " before: remove one of the calls");
            }
        }

        private @Nullable String effectiveTenantVariable() {
            return tenantVariable == null ? defaultTenantVariable : tenantVariable;
        }

        private Builder add(Rule rule) {
            if (!rule.method().equals(ANY_METHOD) && !isMethod(rule.method())) {
                throw new IllegalArgumentException("method must be in capital letters, or *, was " + rule.method());
            }
            requireVariables(rule);
            rules.add(rule);
            return this;
        }

        private static void requireVariables(Rule rule) {
            Set<String> needed =
                    rule.requirement() == null ? Set.of() : rule.requirement().pathVariables();
            for (String variable : needed) {
                if (!rule.path().has(variable)) {
                    throw new IllegalArgumentException("scope: a rule requires a scope with {" + variable
                            + "}, but its path " + rule.path() + " has no segment of this name");
                }
            }
        }

        /**
         * {@return the rules that were added so far, for code that adds more rules} It is not checked whether a path has the
         * tenant variable: a later rule may have it.
         */
        public RouteRules soFar() {
            return new RouteRules(rules, effectiveTenantVariable(), false);
        }

        /**
         * {@return the rules}
         *
         * @throws IllegalArgumentException if a tenant variable is set and no guarded path has this segment: because of a typo,
         *     no tenant would be checked; or if a path has this segment, and the requirement of its rule names a tenant itself
         */
        public RouteRules build() {
            String tenant = effectiveTenantVariable();
            if (tenant != null
                    && rules.stream()
                            .noneMatch(r -> r.requirement() != null && r.path().has(tenant))) {
                throw new IllegalArgumentException("tenantVariable: no guarded path has a segment {" + tenant + "}");
            }
            for (Rule rule : rules) {
                if (tenant != null
                        && rule.path().has(tenant)
                        && rule.requirement() != null
                        && rule.requirement().tenantId().isPresent()) {
                    throw new IllegalArgumentException("tenant must not be required of the tokens of " + rule.path()
                            + ", whose segment {" + tenant
                            + "} is the id of their tenant: remove it from the requirement,"
                            + " or rename the segment");
                }
            }
            return soFar();
        }
    }
}
