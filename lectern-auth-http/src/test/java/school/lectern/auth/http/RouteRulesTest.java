package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.LearnHouse;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.preset.Teacharium;

/** Rules that are rejected because they cannot be intended. */
class RouteRulesTest {

    @ParameterizedTest
    @ValueSource(strings = {"/o/{org}/copy/{org}", "/o/{org}-{course}", "/o/{a{b}", "/o/{}", "/o/x{org}", "/o/{org}}"})
    void a_path_that_could_hide_whose_it_is_is_refused(String path) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RouteRules.builder().guard("GET", path, Requirement.anyToken()))
                .withMessageStartingWith("path must ")
                .withMessageEndingWith(", was " + path);
    }

    @Test
    void rules_tell_whether_they_name_a_method_and_a_path() {
        RouteRules rules = RouteRules.builder()
                .preflight("/v1/preflight")
                .permitAll("GET", "/v1/learners/{id}")
                .guard("*", "/v1/admin/**")
                .build();
        assertThat(rules.names("GET", "/v1/learners/7")).isTrue();
        assertThat(rules.names("HEAD", "/v1/learners/7")).isTrue();
        assertThat(rules.names("*", "/v1/learners/7")).isTrue();
        assertThat(rules.names("POST", "/v1/learners/7")).isFalse();
        assertThat(rules.names("DELETE", "/v1/admin/users/7")).isTrue();
        assertThat(rules.names("OPTIONS", "/v1/preflight")).isFalse();
        assertThat(rules.names("GET", "/v1/other")).isFalse();
        assertThat(rules.guards("GET", "/v1/admin/users")).isTrue();
        assertThat(rules.guards("GET", "/v1/learners/7")).isFalse();
        assertThat(rules.guards("GET", "/v1/other")).isFalse();
    }

    @Test
    void rules_tell_what_a_described_operation_requires() {
        Requirement reports = Requirement.scope("read:finance").policy("bulk");
        RouteRules rules = RouteRules.builder()
                .permitAll("GET", "/v1/learners/me")
                .guard("GET", "/v1/learners/{id}", "read:learners")
                .guardOrPassThrough("GET", "/v1/reports/**", reports)
                .guard("POST", "/v1/tenants/{tenant}/learners", "write:learners")
                .tenantVariable("tenant")
                .build();
        assertThat(rules.requirement("GET", "/v1/learners/me")).isEmpty();
        assertThat(rules.requirement("GET", "/v1/learners/{name}")).contains(Requirement.scope("read:learners"));
        assertThat(rules.requirement("HEAD", "/v1/learners/7")).contains(Requirement.scope("read:learners"));
        assertThat(rules.requirement("GET", "/v1/reports/{year}")).contains(reports);
        assertThat(rules.requirement("POST", "/v1/tenants/{id}/learners"))
                .contains(Requirement.scope("write:learners").tenant("{id}"));
        assertThat(rules.requirement("DELETE", "/v1/learners/7")).isEmpty();
    }

    @Test
    void public_routes_are_those_that_let_requests_pass_without_a_token_of_the_dialect() {
        assertThat(RouteRules.builder()
                        .permitAll("GET", "/health")
                        .guard("GET", "/v1/learners", "read:learners")
                        .permitAll("*", "/static/**")
                        .guardOrPassThrough("POST", "/v1/mixed", Requirement.anyToken())
                        .preflight("/v1/learners")
                        .build()
                        .publicRoutes())
                .containsExactly(
                        "GET /health",
                        "/static/**",
                        "POST /v1/mixed without a token of the dialect",
                        "preflights of /v1/learners");
    }

    @Test
    void rules_so_far_need_not_have_the_tenant_variable_yet() {
        RouteRules.Builder rules = RouteRules.builder().tenantVariable("org").permitAll("GET", "/health");
        assertThat(rules.soFar().names("GET", "/health")).isTrue();
        assertThatIllegalArgumentException().isThrownBy(rules::build).withMessageContaining("{org}");
        assertThat(rules.guard("GET", "/v1/{org}/learners").build().requirement("GET", "/v1/7/learners"))
                .contains(Requirement.anyToken().tenant("7"));
    }

    @Test
    void a_scope_that_no_token_can_have_is_refused() {
        refused(Lectern.DIALECT, "Read:learners");
        refused(Lectern.DIALECT, "juggle:learners");
        refused(Teacharium.DIALECT, "read:learners");
        refused(LearnHouse.DIALECT, "read:courses");
        assertThatCode(() -> filter(Lectern.DIALECT, "read:learners")).doesNotThrowAnyException();
        assertThatCode(() -> filter(LearnHouse.DIALECT, "action_read:courses")).doesNotThrowAnyException();
    }

    @Test
    void an_environment_that_no_token_can_have_is_refused() {
        RouteRules live = RouteRules.builder()
                .guard("GET", "/", Requirement.anyToken().environment(TokenEnvironment.LIVE))
                .build();
        assertThatCode(() -> live.requireFit(Lectern.DIALECT)).doesNotThrowAnyException();
        RouteRules moon = RouteRules.builder()
                .guard("GET", "/", Requirement.anyToken().environment(TokenEnvironment.of("moon")))
                .build();
        assertThatExceptionOfType(MisfitRulesException.class)
                .isThrownBy(() -> moon.requireFit(Lectern.DIALECT))
                .withMessage("environment: a rule requires moon, which no token of the dialect lectern can have");
    }

    private static void refused(Dialect dialect, String scope) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> filter(dialect, scope))
                .withMessageStartingWith("scope: a rule requires " + scope);
    }

    private static void filter(Dialect dialect, String scope) {
        RouteRules rules =
                RouteRules.builder().guard("GET", "/", Requirement.scope(scope)).build();
        try (LecternAuth auth = LecternAuth.builder(dialect)
                .tokens(new InMemoryTokenStore(new InMemoryAuditLog()))
                .open()) {
            new HttpGuard(auth, rules);
        }
    }

    private static final LimitPlan READS_ONLY = LimitPlan.unlimited().with(LimitPlan.READ, RateLimit.perMinute(60));

    private static void fit(LimitPlan plan, RouteRules.Builder rules) {
        rules.build().requireFit(dialect(plan));
    }

    private static Dialect dialect(LimitPlan plan) {
        return Lectern.DIALECT.toBuilder()
                .limits(plan, LimitHeaders.X_RATE_LIMIT)
                .build();
    }

    private static void isUnlimited(LimitPlan plan, String route, RouteRules.Builder rules) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fit(plan, rules))
                .withMessage(
                        "limits: the dialect lectern has no limit for the policy write, so the requests of " + route
                                + " would be unlimited: add write to the plan, give the route a policy, or make its requirement"
                                + " unlimited()");
    }

    @Test
    void a_route_whose_method_has_no_limit_is_refused_unless_it_says_so() {
        Requirement any = Requirement.anyToken();

        isUnlimited(READS_ONLY, "POST /v1", RouteRules.builder().guard("POST", "/v1", any));
        isUnlimited(READS_ONLY, "* /v1", RouteRules.builder().guard("*", "/v1", any));
        isUnlimited(READS_ONLY, "PUT /v1", RouteRules.builder().guardOrPassThrough("PUT", "/v1", any));
        fit(
                READS_ONLY,
                RouteRules.builder()
                        .guard("GET", "/v1", any)
                        .guard("HEAD", "/v1", any)
                        .permitAll("POST", "/open")
                        .preflight("/v1")
                        .guard("POST", "/none", Requirement.refused(AuthError.of(Kind.NOT_FOUND)))
                        .guard("POST", "/free", any.unlimited())
                        .guard("POST", "/v1", any.policy(LimitPlan.READ)));
        fit(READS_ONLY.byDefault(LimitPlan.READ), RouteRules.builder().guard("*", "/v1", any));
        fit(LimitPlan.unlimited(), RouteRules.builder().guard("*", "/v1", any));
    }

    @Test
    void paths_that_are_left_to_another_authorizer_have_limits_too() {
        RouteRules passing = RouteRules.builder().build().passingUnmatched();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> passing.requireFit(dialect(READS_ONLY)))
                .withMessageContaining("the requests of paths without a rule would be unlimited");
        passing.requireFit(dialect(READS_ONLY.byDefault(LimitPlan.READ)));
    }

    @Test
    void each_policy_of_a_rule_must_be_in_the_plan() {
        Requirement unknown = Requirement.anyToken().policy(LimitPlan.READ).policy("export");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> fit(READS_ONLY, RouteRules.builder().guard("GET", "/v1", unknown)))
                .withMessage("policy: a rule names export, but the dialect lectern has no such limit policy");
    }

    @Test
    void the_tenants_segment_is_named_once() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RouteRules.builder().tenantVariable("a").tenantVariable("b"))
                .withMessageStartingWith("tenantVariable must be set once, but was set to a before");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> RouteRules.builder().defaultTenantVariable("a").defaultTenantVariable("b"))
                .withMessageStartingWith("defaultTenantVariable must be set once, but was set to a before");
    }

    @Test
    void the_path_and_the_requirement_of_a_rule_do_not_both_name_the_tenant() {
        RouteRules.Builder rules = RouteRules.builder()
                .guard("GET", "/v1/own", Requirement.anyToken().tenant("1"))
                .guard("GET", "/v1/{org}/all", Requirement.anyToken().tenant("1"));
        assertThat(rules.build().requirement("GET", "/v1/7/all"))
                .contains(Requirement.anyToken().tenant("1"));
        rules.tenantVariable("org");
        assertThatIllegalArgumentException()
                .isThrownBy(rules::build)
                .withMessageStartingWith("tenant must not be required of the tokens of /v1/{org}/all");
    }
}
