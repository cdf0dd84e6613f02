package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.util.matcher.AnyRequestMatcher;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.handler.MappedInterceptor;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;
import school.lectern.auth.Actor;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LimitMode;
import school.lectern.auth.NewToken;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.LearnCoin;
import school.lectern.auth.preset.Teacharium;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spring.web.GuardedHandlerInterceptor;
import school.lectern.auth.spring.web.RequiresScope;
import school.lectern.auth.spring.webflux.GuardedHandlerAdapter;
import school.lectern.auth.spring.webflux.LecternAuthWebFilter;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenState;

/**
 * Properties and beans configure the library; beans of the application replace those of the library; mistakes stop the start.
 */
class AutoConfigurationTest {

    private static final AutoConfigurations LIBRARY = AutoConfigurations.of(
            LecternAuthAutoConfiguration.class,
            LecternAuthRoutesAutoConfiguration.class,
            LecternAuthServletAutoConfiguration.class,
            LecternAuthSecurityAutoConfiguration.class);

    private final ApplicationContextRunner plain = new ApplicationContextRunner().withConfiguration(LIBRARY);

    private final ApplicationContextRunner database = plain.withConfiguration(
                    AutoConfigurations.of(DataSourceAutoConfiguration.class))
            .withPropertyValues("spring.datasource.generate-unique-name=true");

    private final WebApplicationContextRunner web = new WebApplicationContextRunner()
            .withConfiguration(LIBRARY)
            .withConfiguration(AutoConfigurations.of(WebMvcAutoConfiguration.class))
            .withPropertyValues("lectern.auth.storage=memory", "lectern.auth.filter.enabled=true");

    private static void assertRefused(Throwable failure, String problem, String action) {
        FailureAnalysis analysis = new LecternAuthFailureAnalyzer().analyze(failure);
        assertThat(analysis).as(String.valueOf(failure)).isNotNull();
        assertThat(analysis.getDescription()).contains(problem);
        assertThat(analysis.getAction()).contains(action);
    }

    private static void assertMisfit(Throwable failure, String name) {
        FailureAnalysis analysis = new MisfitRulesFailureAnalyzer().analyze(failure);
        assertThat(analysis).as(String.valueOf(failure)).isNotNull();
        assertThat(analysis.getDescription())
                .contains("The routes do not fit the dialect", name, "the dialect lectern");
        assertThat(analysis.getAction()).contains("lectern.auth.routes");
    }

    private static void issueOne(LecternAuth auth) {
        assertThat(auth.tenant("123")
                        .tokens()
                        .issue(NewToken.named("one").scopes("read:learners"))
                        .orElseThrow()
                        .id())
                .isNotBlank();
    }

    @Test
    void a_data_source_is_the_storage_and_gets_its_tables() {
        database.run(context -> {
            issueOne(context.getBean(LecternAuth.class));
            assertThat(new JdbcTemplate(context.getBean(DataSource.class))
                            .queryForObject("SELECT COUNT(*) FROM lectern_tokens", Integer.class))
                    .isEqualTo(1);
        });
    }

    @Test
    void the_library_is_closed_before_the_pool() {
        List<String> closed = new ArrayList<>();
        database.withBean(DestructionAwareBeanPostProcessor.class, () -> (bean, name) -> closed.add(name))
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
        assertThat(closed).containsSubsequence("lecternAuth", "dataSource");
    }

    @Test
    void spring_boot_finds_the_failure_analyzers() {
        assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(FailureAnalyzer.class, (type, name, failure) -> {
                            // Others need parts that this test does not have.
                        }))
                .hasAtLeastOneElementOfType(LecternAuthFailureAnalyzer.class)
                .hasAtLeastOneElementOfType(MisfitRulesFailureAnalyzer.class);
    }

    @Test
    void the_library_opens_after_flyway() {
        database.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
                .withUserConfiguration(EarlyUser.class)
                .withPropertyValues(
                        "spring.flyway.locations=classpath:school/lectern/auth/jdbc/ddl/h2",
                        "lectern.auth.jdbc.initialize-schema=never")
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
    }

    @Test
    void the_library_opens_after_liquibase() {
        database.withConfiguration(AutoConfigurations.of(LiquibaseAutoConfiguration.class))
                .withUserConfiguration(EarlyUser.class)
                .withPropertyValues(
                        "spring.liquibase.change-log=classpath:db/changelog/lectern.yaml",
                        "lectern.auth.jdbc.initialize-schema=never")
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
    }

    @Test
    void the_library_opens_after_the_sql_scripts_of_spring_boot() {
        database.withConfiguration(AutoConfigurations.of(DataSourceInitializationAutoConfiguration.class))
                .withUserConfiguration(EarlyUser.class)
                .withPropertyValues(
                        "spring.sql.init.schema-locations=classpath:school/lectern/auth/jdbc/ddl/h2/V*.sql",
                        "lectern.auth.jdbc.initialize-schema=never")
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
    }

    @Test
    void a_library_with_a_storage_of_the_application_also_opens_after_the_scripts() {
        database.withConfiguration(AutoConfigurations.of(DataSourceInitializationAutoConfiguration.class))
                .withUserConfiguration(EarlyUser.class, OwnStorage.class)
                .withPropertyValues("spring.sql.init.schema-locations=classpath:school/lectern/auth/jdbc/ddl/h2/V*.sql")
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
    }

    @Test
    void flyway_creates_the_tables_beside_the_application_s_own_migrations() {
        database.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
                .withPropertyValues("spring.flyway.locations=classpath:db/application")
                .withUserConfiguration(SecondHistory.class)
                .run(context -> {
                    issueOne(context.getBean(LecternAuth.class));
                    JdbcTemplate tables = new JdbcTemplate(context.getBean(DataSource.class));
                    for (String history : new String[] {"flyway_schema_history", "lectern_flyway_history"}) {
                        assertThat(tables.queryForList("SELECT \"version\" FROM \"" + history + "\"", String.class))
                                .as(history)
                                .contains("1");
                    }
                });
    }

    @Test
    void without_a_data_source_the_start_is_refused() {
        plain.run(context ->
                assertRefused(context.getStartupFailure(), "found no DataSource", "lectern.auth.storage=memory"));
    }

    @Test
    void storage_in_memory_needs_no_data_source() {
        plain.withPropertyValues("lectern.auth.storage=memory")
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
    }

    @Test
    void the_library_can_be_switched_off() {
        plain.withPropertyValues("lectern.auth.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LecternAuth.class));
    }

    @Test
    void without_the_module_for_databases_the_start_names_it() {
        plain.withClassLoader(new FilteredClassLoader(JdbcStorage.class))
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "lectern-auth-jdbc is not on the class path",
                        "Add lectern-auth-jdbc"));
    }

    @Test
    void of_several_data_sources_the_marked_one_is_used() {
        plain.withUserConfiguration(TwoDataSources.class)
                .run(context -> assertRefused(context.getStartupFailure(), "several DataSource", "@LecternDataSource"));
        plain.withUserConfiguration(TwoDataSources.class, MarkedDataSource.class)
                .run(context -> {
                    issueOne(context.getBean(LecternAuth.class));
                    assertThat(new JdbcTemplate(context.getBean("marked", DataSource.class))
                                    .queryForObject("SELECT COUNT(*) FROM lectern_tokens", Integer.class))
                            .isEqualTo(1);
                });
    }

    @Test
    void the_dialect_is_a_property_or_a_bean() {
        plain.withPropertyValues("lectern.auth.storage=memory", "lectern.auth.dialect=learncoin")
                .run(context ->
                        assertThat(context.getBean(LecternAuth.class).dialect()).isSameAs(LearnCoin.DIALECT));
        plain.withPropertyValues("lectern.auth.storage=memory")
                .withBean(Dialect.class, () -> Teacharium.DIALECT)
                .run(context ->
                        assertThat(context.getBean(LecternAuth.class).dialect()).isSameAs(Teacharium.DIALECT));
    }

    @Test
    void the_dialect_of_the_guide_replaces_the_property_s() {
        plain.withPropertyValues("lectern.auth.storage=memory")
                .withUserConfiguration(GuideExamples.Limits.class)
                .run(context -> assertThat(context.getBean(LecternAuth.class)
                                .dialect()
                                .limits()
                                .lacks("bulk"))
                        .isFalse());
    }

    @Test
    void a_storage_of_the_application_replaces_the_library_s() {
        Storage own = InMemoryStorage.create();
        database.withBean(Storage.class, () -> own)
                .run(context -> assertThat(context.getBean(Storage.class)).isSameAs(own));
    }

    @Test
    void customizers_change_what_the_properties_set() {
        AtomicInteger calls = new AtomicInteger();
        database.withBean(JdbcStorageCustomizer.class, () -> builder -> {
                    builder.tablePrefix("other_");
                    calls.incrementAndGet();
                })
                .withBean(LecternAuthCustomizer.class, () -> builder -> calls.incrementAndGet())
                .run(context -> {
                    issueOne(context.getBean(LecternAuth.class));
                    assertThat(new JdbcTemplate(context.getBean(DataSource.class))
                                    .queryForObject("SELECT COUNT(*) FROM other_tokens", Integer.class))
                            .isEqualTo(1);
                });
        assertThat(calls).hasValue(2);
    }

    @Test
    void a_customizer_may_set_what_a_property_or_a_bean_has_set() {
        AuthListener own = new AuthListener() {};
        plain.withPropertyValues(
                        "lectern.auth.storage=memory",
                        "lectern.auth.limits.mode=exact",
                        "lectern.auth.audit.mode=durable",
                        "lectern.auth.cache.enabled=false",
                        "lectern.auth.detect-reuse=true")
                .withBean(AuthListener.class, () -> own)
                .withBean(
                        LecternAuthCustomizer.class,
                        () -> builder -> builder.limits(LimitMode.LOCAL)
                                .audit(AuditMode.OFF)
                                .cache(cache -> cache.maxTokens(5))
                                .detectReuse()
                                .listener(own))
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
        plain.withPropertyValues("lectern.auth.storage=memory")
                .withBean(
                        LecternAuthCustomizer.class,
                        () -> builder -> builder.limits(LimitMode.LOCAL).limits(LimitMode.LOCAL))
                .run(context ->
                        assertRefused(context.getStartupFailure(), "limits must be set once", "Correct the property"));
    }

    @Test
    void missing_tables_name_the_property_that_creates_them() {
        database.withPropertyValues("lectern.auth.jdbc.initialize-schema=never")
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "there are no tables",
                        "lectern.auth.jdbc.initialize-schema=always"));
        database.withPropertyValues("lectern.auth.jdbc.initialize-schema=embedded")
                .run(context -> issueOne(context.getBean(LecternAuth.class)));
    }

    @Test
    void a_pool_of_one_connection_names_the_property_that_sets_its_size() {
        database.withPropertyValues("spring.datasource.hikari.maximum-pool-size=1")
                .run(context -> assertRefused(
                        context.getStartupFailure(), "at least two", "spring.datasource.hikari.maximum-pool-size"));
    }

    @Test
    void autocommit_that_is_off_names_the_property_that_sets_it() {
        database.withPropertyValues("spring.datasource.hikari.auto-commit=false")
                .run(context -> assertRefused(
                        context.getStartupFailure(), "autocommit", "spring.datasource.hikari.auto-commit"));
    }

    @Test
    void wrong_settings_of_h2_name_the_url() {
        database.withPropertyValues("spring.datasource.url=jdbc:h2:mem:wrong;MODE=Oracle")
                .run(context -> assertRefused(context.getStartupFailure(), "H2", "spring.datasource.url"));
    }

    @Test
    void lifetimes_of_tokens_are_properties() {
        plain.withPropertyValues(
                        "lectern.auth.storage=memory",
                        "lectern.auth.default-lifetime=30d",
                        "lectern.auth.max-lifetime=366d",
                        "lectern.auth.idle-timeout=90d")
                .run(context -> {
                    LecternAuth auth = context.getBean(LecternAuth.class);
                    Token standard = issued(auth, NewToken.named("CI").scopes("read:learners"));
                    assertThat(standard.expiresAt())
                            .contains(standard.createdAt().plus(Duration.ofDays(30)));
                    Token endless = issued(
                            auth, NewToken.named("CI").scopes("read:learners").neverExpires());
                    assertThat(auth.effectiveExpiry(endless))
                            .contains(endless.createdAt().plus(Duration.ofDays(366)));
                    assertThat(auth.state(endless, endless.createdAt().plus(Duration.ofDays(91))))
                            .isEqualTo(TokenState.IDLE);
                });
        plain.withPropertyValues("lectern.auth.storage=memory", "lectern.auth.max-lifetime=0s")
                .run(context -> assertRefused(context.getStartupFailure(), "maxLifetime", "lectern.auth.*"));
    }

    @Test
    void maximum_numbers_of_live_tokens_are_properties() {
        for (String property : List.of("max-live-tokens-per-tenant", "max-live-tokens-per-creator")) {
            plain.withPropertyValues("lectern.auth.storage=memory", "lectern.auth." + property + "=1")
                    .run(context -> {
                        TokenOperations tokens = context.getBean(LecternAuth.class)
                                .tenant("123")
                                .tokens()
                                .actingAs(Actor.user("ada", Grant.everything()));
                        NewToken settings = NewToken.named("CI").scopes("read:learners");
                        tokens.issue(settings).orElseThrow();
                        assertThat(tokens.issue(settings).fold(done -> null, AuthError::kind))
                                .isEqualTo(Kind.TOO_MANY_TOKENS);
                    });
        }
    }

    private static Token issued(LecternAuth auth, NewToken settings) {
        return auth.tenant("123").tokens().issue(settings).orElseThrow().token();
    }

    @Test
    void a_value_that_the_library_refuses_is_named() {
        plain.withPropertyValues("lectern.auth.storage=memory", "lectern.auth.expiry-notices=14d,1d")
                .run(context -> assertRefused(context.getStartupFailure(), "expiryNotices", "lectern.auth.*"));
        plain.withPropertyValues("lectern.auth.storage=memory", "lectern.auth.expiry-notices=14d,-1d")
                .run(context -> assertRefused(context.getStartupFailure(), "expiryNotices", "lectern.auth.*"));
        database.withPropertyValues("lectern.auth.jdbc.table-prefix=1; DROP")
                .run(context -> assertRefused(context.getStartupFailure(), "tablePrefix", "lectern.auth.*"));
        database.withPropertyValues("lectern.auth.jdbc.deadline=-1s")
                .run(context -> assertRefused(context.getStartupFailure(), "deadline", "lectern.auth.*"));
        plain.withPropertyValues("lectern.auth.storage=memory", "lectern.auth.trusted-proxies=proxy.example")
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "lectern.auth.trusted-proxies contains proxy.example",
                        "10.0.0.0/8"));
    }

    @Test
    void the_filter_guards_where_spring_security_is_absent() {
        web.withPropertyValues("lectern.auth.filter.enabled=")
                .withClassLoader(new FilteredClassLoader(SecurityFilterChain.class))
                .run(context -> assertThat(context).hasNotFailed().hasBean("lecternAuthFilterRegistration"));
    }

    @Test
    void the_filter_guards_where_a_part_of_spring_security_is_absent() {
        web.withPropertyValues("lectern.auth.filter.enabled=")
                .withClassLoader(new FilteredClassLoader(HttpSecurity.class))
                .run(context -> assertThat(context).hasNotFailed().hasBean("lecternAuthFilterRegistration"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "no", "0", "false", ""})
    void every_spelling_that_switches_the_filter_off_leaves_the_guarding_to_spring_security(String off) {
        web.withUserConfiguration(UnguardedChain.class)
                .withPropertyValues("lectern.auth.filter.enabled=" + off)
                .run(context -> assertRefused(
                        context.getStartupFailure(), "No SecurityFilterChain of the application", "lecternAuth()"));
    }

    @Test
    void an_application_without_spring_mvc_is_guarded_too() {
        web.withClassLoader(new FilteredClassLoader(DispatcherServlet.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasBean("lecternAuthFilterRegistration")
                        .doesNotHaveBean("lecternAuthHandlerInterceptor"));
    }

    @Test
    void a_route_with_an_unknown_scope_or_policy_stops_the_start() {
        web.withPropertyValues("lectern.auth.routes[0].path=/v1/a", "lectern.auth.routes[0].scope=fly:moon")
                .run(context -> assertMisfit(context.getStartupFailure(), "fly:moon"));
        web.withPropertyValues("lectern.auth.routes[0].path=/v1/a", "lectern.auth.routes[0].policy=moon")
                .run(context -> assertMisfit(context.getStartupFailure(), "moon"));
    }

    @Test
    void a_wrong_route_is_named_by_its_index() {
        web.withPropertyValues("lectern.auth.routes[0].path=/v1/a", "lectern.auth.routes[1].path=/v1/*/b")
                .run(context ->
                        assertRefused(context.getStartupFailure(), "lectern.auth.routes[1]", "Correct this route"));
        web.withPropertyValues(
                        "lectern.auth.routes[0].path=/v1/a",
                        "lectern.auth.routes[0].access=permit-all",
                        "lectern.auth.routes[0].scope=read:learners")
                .run(context -> assertRefused(context.getStartupFailure(), "permit-all", "Correct this route"));
        web.withPropertyValues("lectern.auth.routes[0].methods=GET")
                .run(context ->
                        assertRefused(context.getStartupFailure(), "lectern.auth.routes[0]", "path is required"));
    }

    @Test
    void a_tenant_variable_that_no_path_has_stops_the_start() {
        web.withPropertyValues("lectern.auth.routes[0].path=/v1/a", "lectern.auth.tenant-variable=org")
                .run(context ->
                        assertRefused(context.getStartupFailure(), "lectern.auth.tenant-variable", "Name a segment"));
    }

    @Test
    void a_customizer_can_replace_the_tenant_variable_also_for_annotated_paths() {
        web.withUserConfiguration(OneVersion.class)
                .withBean(RouteRulesCustomizer.class, () -> rules -> rules.tenantVariable("id"))
                .withPropertyValues("lectern.auth.tenant-variable=nowhere")
                .run(context -> assertThat(context.getBean(RouteRules.class).requirement("GET", "/v1/7"))
                        .contains(Requirement.scope("read:learners").tenant("7")));
    }

    @Test
    void forwarded_headers_of_spring_boot_exclude_trusted_proxies() {
        web.withPropertyValues("server.forward-headers-strategy=native", "lectern.auth.trusted-proxies=10.0.0.0/8")
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "server.forward-headers-strategy=native",
                        "Set server.forward-headers-strategy=none"));
        web.withPropertyValues("server.forward-headers-strategy=framework")
                .withBean(TrustedProxies.class, () -> TrustedProxies.of(List.of(IpRange.parse("10.0.0.0/8"))))
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "server.forward-headers-strategy=framework",
                        "Set server.forward-headers-strategy=none"));
        web.withPropertyValues("spring.main.cloud-platform=kubernetes", "lectern.auth.trusted-proxies=10.0.0.0/8")
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "chosen for the platform KUBERNETES",
                        "Set server.forward-headers-strategy=none"));
        web.withPropertyValues(
                        "spring.main.cloud-platform=kubernetes",
                        "server.forward-headers-strategy=none",
                        "lectern.auth.trusted-proxies=10.0.0.0/8")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void a_route_that_is_passed_through_needs_another_mechanism_in_webflux_too() {
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        LecternAuthAutoConfiguration.class,
                        LecternAuthRoutesAutoConfiguration.class,
                        LecternAuthReactiveAutoConfiguration.class,
                        LecternAuthReactiveSecurityAutoConfiguration.class,
                        ReactiveWebSecurityAutoConfiguration.class,
                        WebFluxAutoConfiguration.class))
                .withPropertyValues(
                        "lectern.auth.storage=memory",
                        "lectern.auth.routes[0].path=/v1/x",
                        "lectern.auth.routes[0].access=pass-through")
                .run(context ->
                        assertRefused(context.getStartupFailure(), "is pass-through", "Add a SecurityWebFilterChain"));
    }

    @Test
    void the_management_api_needs_an_authority_and_a_directory() {
        String[] paths = {"/admin/orgs/{org_id}/api-tokens/**", "/admin/orgs/{org_id}/audit"};
        web.run(context -> assertThat(context).doesNotHaveBean("lecternAuthManagement"));
        WebApplicationContextRunner managed = web.withUserConfiguration(Management.class)
                .withPropertyValues("lectern.auth.management.path=/admin/orgs");
        managed.run(context -> {
            SimpleUrlHandlerMapping mapping = context.getBean("lecternAuthManagement", SimpleUrlHandlerMapping.class);
            assertThat(mapping.getUrlMap()).containsOnlyKeys(paths);
            assertThat(context.getBean(RouteRules.class).paths()).contains(paths);
        });
        managed.withPropertyValues("spring.mvc.servlet.path=/mvc")
                .run(context -> assertThat(context.getBean(RouteRules.class).paths())
                        .contains("/mvc" + paths[0], "/mvc" + paths[1]));
    }

    @Test
    void without_spring_mvc_the_management_api_is_a_servlet() {
        web.withUserConfiguration(Management.class)
                .withClassLoader(new FilteredClassLoader("org.springframework.web.servlet"))
                .run(context -> {
                    ServletRegistrationBean<?> registration =
                            context.getBean("lecternAuthManagement", ServletRegistrationBean.class);
                    assertThat(registration.getUrlMappings()).containsExactly("/api/v1/orgs/*");
                });
    }

    @Test
    void rules_of_the_application_replace_those_of_the_properties() {
        RouteRules own = RouteRules.builder().guard("GET", "/own").build();
        web.withBean(RouteRules.class, () -> own)
                .run(context -> assertThat(context.getBean(RouteRules.class)).isSameAs(own));
        web.withBean(RouteRules.class, () -> own)
                .withPropertyValues("lectern.auth.routes[0].path=/v1/a")
                .run(context -> assertRefused(
                        context.getStartupFailure(), "lectern.auth.routes has no effect", "RouteRulesCustomizer"));
        web.withBean(RouteRulesCustomizer.class, () -> rules -> rules.guard("GET", "/added"))
                .run(context ->
                        assertThat(context.getBean(RouteRules.class).paths()).contains("/added"));
    }

    @Test
    void the_filter_is_registered_for_all_dispatches_at_its_order() {
        web.withPropertyValues("lectern.auth.filter.order=-7").run(context -> {
            FilterRegistrationBean<?> registration =
                    context.getBean("lecternAuthFilterRegistration", FilterRegistrationBean.class);
            assertThat(registration.getOrder()).isEqualTo(-7);
        });
    }

    @Test
    void annotations_that_contradict_each_other_or_a_property_stop_the_start() {
        web.withUserConfiguration(OneVersion.class, OtherVersion.class)
                .run(context -> assertRefused(
                        context.getStartupFailure(), "@RequiresScope contradicts itself", "Correct the annotation"));
        web.withUserConfiguration(OneVersion.class)
                .withPropertyValues("lectern.auth.routes[0].path=/v1/**")
                .run(context -> assertRefused(context.getStartupFailure(), "has no effect", "Correct the annotation"));
        web.withUserConfiguration(OneVersion.class, Unannotated.class)
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "which needs no token by this annotation",
                        "Correct the annotation"));
        web.withUserConfiguration(OneVersion.class, Unannotated.class)
                .withPropertyValues("lectern.auth.routes[0].path=/v1/export")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void an_application_with_webflux_needs_neither_servlets_nor_spring_security() {
        ReactiveWebApplicationContextRunner reactive = new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        LecternAuthAutoConfiguration.class,
                        LecternAuthRoutesAutoConfiguration.class,
                        LecternAuthServletAutoConfiguration.class,
                        LecternAuthSecurityAutoConfiguration.class,
                        LecternAuthReactiveAutoConfiguration.class,
                        LecternAuthReactiveSecurityAutoConfiguration.class,
                        WebFluxAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader(
                        "jakarta.servlet", "org.springframework.web.servlet", "org.springframework.security"))
                .withPropertyValues("lectern.auth.storage=memory");
        reactive.run(context -> assertThat(context)
                .hasNotFailed()
                .hasSingleBean(LecternAuthWebFilter.class)
                .hasSingleBean(GuardedHandlerAdapter.class));
        reactive.withPropertyValues("lectern.auth.filter.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(LecternAuthWebFilter.class));
        reactive.withPropertyValues(
                        "lectern.auth.filter.order=-20000", "spring.webflux.hiddenmethod.filter.enabled=true")
                .run(context -> assertRefused(
                        context.getStartupFailure(), "lectern.auth.filter.order is -20000", "default is -101"));
        reactive.withPropertyValues("lectern.auth.routes[0].path=/v1/x", "lectern.auth.routes[0].policy=unknown")
                .run(context -> assertMisfit(context.getStartupFailure(), "unknown"));
    }

    @Test
    void the_checks_at_handlers_are_replaced_by_those_of_the_application() {
        web.withUserConfiguration(OwnInterceptor.class).run(context -> {
            assertThat(context).hasSingleBean(GuardedHandlerInterceptor.class);
            assertThat(context.getBean("lecternAuthHandlerInterceptor", MappedInterceptor.class)
                            .getInterceptor())
                    .isSameAs(context.getBean("own"));
        });
        web.run(context -> assertThat(context.getBean("lecternAuthHandlerInterceptor", MappedInterceptor.class)
                        .getInterceptor())
                .isSameAs(context.getBean(GuardedHandlerInterceptor.class)));
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        LecternAuthAutoConfiguration.class,
                        LecternAuthRoutesAutoConfiguration.class,
                        LecternAuthReactiveAutoConfiguration.class,
                        WebFluxAutoConfiguration.class))
                .withUserConfiguration(OwnAdapters.class)
                .withPropertyValues("lectern.auth.storage=memory")
                .run(context -> {
                    assertThat(context)
                            .hasSingleBean(GuardedHandlerAdapter.class)
                            .hasSingleBean(LecternAuthWebFilter.class)
                            .doesNotHaveBean("lecternAuthHandlerAdapter")
                            .doesNotHaveBean("lecternAuthWebFilter")
                            .doesNotHaveBean("lecternAuthCorsWebFilter");
                    assertThat(GuardedPaths.of(context)).isEqualTo(GuardedPaths.ALL);
                });
    }

    @Test
    void annotated_paths_start_with_the_path_of_the_dispatcher_servlet() {
        web.withUserConfiguration(OneVersion.class)
                .withPropertyValues("spring.mvc.servlet.path=/api/")
                .run(context ->
                        assertThat(context.getBean(RouteRules.class).paths()).contains("/api/v1/{id}"));
    }

    @Test
    void a_library_that_the_application_opens_itself_is_the_only_one() {
        plain.withBean(
                        LecternAuth.class,
                        () -> LecternAuth.builder(LearnCoin.DIALECT)
                                .storage(InMemoryStorage.create())
                                .open())
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Storage.class));
    }

    @Test
    void a_path_that_no_rule_can_express_stops_the_start() {
        web.withUserConfiguration(RegularExpression.class)
                .run(context -> assertRefused(
                        context.getStartupFailure(),
                        "a rule cannot express the path /v1/{id:\\d+}",
                        "Correct the annotation"));
    }

    @Configuration(proxyBeanMethods = false)
    static class UnguardedChain {
        @Bean
        SecurityFilterChain chain() {
            return new DefaultSecurityFilterChain(AnyRequestMatcher.INSTANCE);
        }
    }

    @RestController
    static class OneVersion {
        @GetMapping("/v1/{id}")
        @RequiresScope("read:learners")
        String one() {
            return "one";
        }
    }

    @RestController
    static class OtherVersion {
        @GetMapping(path = "/v1/{id}", headers = "X-Version=2")
        @RequiresScope("write:learners")
        String other() {
            return "other";
        }
    }

    @RestController
    static class Unannotated {
        @GetMapping("/v1/export")
        String export() {
            return "export";
        }
    }

    @RestController
    static class RegularExpression {
        @GetMapping("/v1/{id:\\d+}")
        @RequiresScope("read:learners")
        String one() {
            return "one";
        }
    }

    private static HikariDataSource pool(String name) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1");
        return pool;
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoDataSources {
        @Bean
        DataSource first() {
            return pool("first");
        }

        @Bean
        DataSource second() {
            return pool("second");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class MarkedDataSource {
        @Bean
        @LecternDataSource
        DataSource marked() {
            return pool("marked");
        }
    }

    /** Is created before the beans of any auto-configuration, unless they are needed for it. */
    @Configuration(proxyBeanMethods = false)
    static class EarlyUser {
        @Bean
        Object early(LecternAuth auth) {
            return auth.dialect();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnInterceptor {
        @Bean
        static GuardedHandlerInterceptor own() {
            return new GuardedHandlerInterceptor(() -> {
                throw new IllegalStateException("not called: no request");
            });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnAdapters {
        @Bean
        static GuardedHandlerAdapter ownAdapter() {
            return new GuardedHandlerAdapter(() -> {
                throw new IllegalStateException("not called: no request");
            });
        }

        @Bean
        LecternAuthWebFilter ownFilter(LecternAuth auth, RouteRules rules) {
            return new LecternAuthWebFilter(
                    auth, rules, TrustedProxies.none(), -7, (written, exchange, principal) -> written);
        }

        @Bean
        CorsWebFilter ownCors() {
            return new CorsWebFilter(exchange -> null);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnStorage {
        @Bean
        Storage ownStorage(DataSource dataSource) {
            return JdbcStorage.builder(dataSource).existingTables().build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class SecondHistory {
        @Bean
        @DependsOnDatabaseInitialization
        JdbcStorageCustomizer lecternTables(DataSource dataSource) {
            Flyway.configure()
                    .dataSource(dataSource)
                    .locations("classpath:school/lectern/auth/jdbc/ddl/h2")
                    .table("lectern_flyway_history")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
            return JdbcStorage.Builder::existingTables;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Management {
        @Bean
        ManagementAuthority authority() {
            return request -> Optional.of(
                    ManagementAuthority.Caller.of("ada", (organization, permission) -> true, Grant.everything()));
        }

        @Bean
        TenantDirectory tenants() {
            return id -> Optional.of(new Tenant(id, null));
        }
    }
}
