package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.jayway.jsonpath.JsonPath;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.test.util.ReflectionTestUtils;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.cache.CachingTokenStoreBuilder;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.micrometer.MicrometerAuthMetrics;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TenantDirectory;

/** Each setting of the library has a property, or a bean or a customizer that sets it, and reaches the library. */
class SettingsTest {

    private static final String CUSTOMIZER = "bean: LecternAuthCustomizer";

    private static final String METERS = "bean: MicrometerAuthMetricsCustomizer";

    /** A new setting needs a row here, and with it a property or a reason to have none: it is a function or an object. */
    private static final Map<String, String> WAYS = new TreeMap<>(Map.ofEntries(
            Map.entry("LecternAuthBuilder.storage(Storage)", "storage"),
            Map.entry("LecternAuthBuilder.storage(OpenStorage)", CUSTOMIZER),
            Map.entry("LecternAuthBuilder.tokens(TokenStore)", CUSTOMIZER),
            Map.entry("LecternAuthBuilder.cache(Consumer)", "cache.enabled"),
            Map.entry("LecternAuthBuilder.withoutCache()", "cache.enabled"),
            Map.entry("LecternAuthBuilder.limits(LimitMode)", "limits.mode"),
            Map.entry("LecternAuthBuilder.limits(LimitStore)", CUSTOMIZER),
            Map.entry("LecternAuthBuilder.audit(AuditMode)", "audit.mode"),
            Map.entry("LecternAuthBuilder.audit(AuditLog, AuditMode)", CUSTOMIZER),
            Map.entry("LecternAuthBuilder.auditBudget(AuditBudget)", "audit.budget.rows-per-client"),
            Map.entry("LecternAuthBuilder.tenants(TenantDirectory)", "bean: TenantDirectory"),
            Map.entry("LecternAuthBuilder.requireKnownTenants()", "require-known-tenants"),
            Map.entry("LecternAuthBuilder.requireSecureTransport()", "require-secure-transport"),
            Map.entry("LecternAuthBuilder.versions(VersionPolicy)", "bean: VersionPolicy"),
            Map.entry("LecternAuthBuilder.listener(AuthListener)", "bean: AuthListener"),
            Map.entry("LecternAuthBuilder.defaultLifetime(Duration)", "default-lifetime"),
            Map.entry("LecternAuthBuilder.maxLifetime(Duration)", "max-lifetime"),
            Map.entry("LecternAuthBuilder.idleTimeout(Duration)", "idle-timeout"),
            Map.entry("LecternAuthBuilder.detectReuse()", "detect-reuse"),
            Map.entry("LecternAuthBuilder.maxLiveTokensPerTenant(int)", "max-live-tokens-per-tenant"),
            Map.entry("LecternAuthBuilder.maxLiveTokensPerCreator(int)", "max-live-tokens-per-creator"),
            Map.entry("LecternAuthBuilder.expiryNotices(Duration[])", "expiry-notices"),
            Map.entry("LecternAuthBuilder.metrics(AuthMetrics)", "bean: AuthMetrics"),
            Map.entry("LecternAuthBuilder.hasher(TokenHasher)", "bean: TokenHasher"),
            Map.entry("LecternAuthBuilder.clock(Clock)", CUSTOMIZER),
            Map.entry("LecternAuthBuilder.clocks(Clocks)", CUSTOMIZER),
            Map.entry("LecternAuthBuilder.random(SecureRandom)", CUSTOMIZER),
            Map.entry("AuditBudget.rowsPerClient(int)", "audit.budget.rows-per-client"),
            Map.entry("AuditBudget.maxClients(int)", "audit.budget.max-clients"),
            Map.entry("AuditBudget.rowsPerToken(int)", "audit.budget.rows-per-token"),
            Map.entry("AuditBudget.maxTokens(int)", "audit.budget.max-tokens"),
            Map.entry("AuditBudget.endpointLength(int)", "audit.budget.endpoint-length"),
            Map.entry("AuditBudget.retentionWithoutTenant(Duration)", "audit.budget.retention-without-tenant"),
            Map.entry("JdbcStorage.Builder.tablePrefix(String)", "jdbc.table-prefix"),
            Map.entry("JdbcStorage.Builder.existingTables()", "jdbc.initialize-schema"),
            Map.entry("JdbcStorage.Builder.deadline(Duration)", "jdbc.deadline"),
            Map.entry("JdbcStorage.Builder.auditSettling(Duration)", "jdbc.audit-settling"),
            Map.entry("JdbcStorage.Builder.galeraWithOneWriter()", "jdbc.galera-with-one-writer"),
            Map.entry("JdbcStorage.Builder.random(SecureRandom)", "bean: JdbcStorageCustomizer"),
            Map.entry("CachingTokenStoreBuilder.maxTokens(long)", "cache.max-tokens"),
            Map.entry("CachingTokenStoreBuilder.maxBytes(long)", "cache.max-size"),
            Map.entry("CachingTokenStoreBuilder.pollEvery(Duration)", "cache.poll-every"),
            Map.entry("CachingTokenStoreBuilder.readsAtOnce(int)", "cache.reads-at-once"),
            Map.entry("CachingTokenStoreBuilder.metrics(AuthMetrics)", "bean: AuthMetrics"),
            Map.entry("CachingTokenStoreBuilder.clocks(Clocks)", CUSTOMIZER),
            Map.entry("RouteRules.Builder.permitAll(String, String)", "routes[].access"),
            Map.entry("RouteRules.Builder.guard(String, String, String[])", "routes[].scope"),
            Map.entry("RouteRules.Builder.guard(String, String, Requirement)", "routes[].access"),
            Map.entry("RouteRules.Builder.guardOrPassThrough(String, String, Requirement)", "routes[].access"),
            Map.entry("RouteRules.Builder.preflight(String)", "routes[].access"),
            Map.entry("RouteRules.Builder.tenantVariable(String)", "tenant-variable"),
            Map.entry("RouteRules.Builder.defaultTenantVariable(String)", "tenant-variable"),
            Map.entry("Requirement.unlimited()", "routes[].unlimited"),
            Map.entry("Requirement.andAnyOf(String[])", "routes[].any-scope"),
            Map.entry("Requirement.environment(TokenEnvironment)", "routes[].environment"),
            Map.entry("Requirement.policy(String)", "routes[].policy"),
            Map.entry("Requirement.tenant(String)", "tenant-variable"),
            Map.entry("MicrometerAuthMetrics.Builder.observations(ObservationRegistry)", "observations.enabled"),
            Map.entry("MicrometerAuthMetrics.Builder.tags(Iterable)", METERS)));

    private static final ApplicationContextRunner MEMORY = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(LecternAuthAutoConfiguration.class))
            .withPropertyValues("lectern.auth.storage=memory");

    private static final ApplicationContextRunner DATABASE = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(LecternAuthAutoConfiguration.class, DataSourceAutoConfiguration.class))
            .withPropertyValues("spring.datasource.generate-unique-name=true");

    /** Methods that set nothing by themselves: the first one wraps settings, and route rules call the second one. */
    private static final Set<String> NO_SETTINGS = Set.of("defaults", "withPathVariables");

    /** Returns the public methods that return an object of their own class. */
    private static Stream<String> settings(Class<?> type) {
        return Stream.of(type.getMethods())
                .filter(method -> method.getReturnType() == type && !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !NO_SETTINGS.contains(method.getName()))
                .map(SettingsTest::signature);
    }

    private static String signature(Method method) {
        String type = method.getDeclaringClass().getCanonicalName();
        return type.substring(method.getDeclaringClass().getPackageName().length() + 1) + "." + method.getName() + "("
                + Stream.of(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", "))
                + ")";
    }

    @Test
    void each_setting_has_a_way_to_set_it() {
        Set<String> found = Stream.<Class<?>>of(
                        LecternAuthBuilder.class,
                        AuditBudget.class,
                        JdbcStorage.Builder.class,
                        CachingTokenStoreBuilder.class,
                        RouteRules.Builder.class,
                        Requirement.class,
                        MicrometerAuthMetrics.Builder.class)
                .flatMap(SettingsTest::settings)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(found).isEqualTo(WAYS.keySet());
    }

    @Test
    void each_way_is_a_property_or_is_in_the_guide() throws IOException {
        Set<String> properties = SpringBootGuideTest.metadata();
        String beans = Files.readString(Path.of("..", "..", "docs", "spring-boot.md"));
        beans = beans.substring(beans.indexOf("## Beans and customizers"), beans.indexOf("## Spring Boot 3.5"));
        for (String way : WAYS.values()) {
            if (way.startsWith("bean: ")) {
                assertThat(beans).contains("`" + way.substring(6) + "`");
            } else {
                assertThat(properties).contains("lectern.auth." + way);
            }
        }
    }

    @Test
    void the_defaults_of_the_properties_are_those_of_the_library() {
        MEMORY.run(context -> assertThat(context.getBean(LecternAuthProperties.class)
                        .audit()
                        .budget()
                        .asSetting())
                .usingRecursiveComparison()
                .isEqualTo(AuditBudget.DEFAULT));
        DATABASE.run(context -> assertThat(context.getBean(Storage.class))
                .usingRecursiveComparison()
                .ignoringFields("dataSource", "random")
                .isEqualTo(JdbcStorage.of(context.getBean(DataSource.class))));
    }

    @ParameterizedTest
    @CsvSource({
        "audit.budget.rows-per-client=-1, rowsPerClient must be at least 0",
        "audit.budget.max-clients=0, maxClients must be at least 1",
        "audit.budget.rows-per-token=-1, rowsPerToken must be at least 0",
        "audit.budget.max-tokens=0, maxTokens must be at least 1",
        "audit.budget.endpoint-length=0, endpointLength must be at least 1",
        "audit.budget.retention-without-tenant=0s, retentionWithoutTenant must be positive",
        "require-known-tenants=true, requireKnownTenants needs a directory",
        "jdbc.audit-settling=1s, auditSettling must be between",
        "jdbc.deadline=1ms, deadline must be between",
        "jdbc.table-prefix=A, tablePrefix must be",
        "cache.max-tokens=0, maxTokens must be at least 1",
        "cache.max-size=0B, maxBytes must be at least 1",
        "cache.poll-every=0s, pollEvery must be between",
        "cache.reads-at-once=0, readsAtOnce must be at least 1",
        "max-live-tokens-per-tenant=0, maxLiveTokensPerTenant must be at least 1",
        "max-live-tokens-per-creator=0, maxLiveTokensPerCreator must be at least 1",
        "expiry-notices=0s, expiryNotices must be at least 1 ms",
    })
    void a_property_reaches_the_setting_and_its_check(String property, String message) {
        DATABASE.withPropertyValues("lectern.auth." + property)
                .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining(message));
    }

    @Test
    void a_galera_cluster_with_one_writer_is_declared_by_a_property() {
        DATABASE.withPropertyValues("lectern.auth.jdbc.galera-with-one-writer=true")
                .run(context -> assertThat(
                                ReflectionTestUtils.getField(context.getBean(Storage.class), "oneGaleraWriter"))
                        .isEqualTo(true));
        assertThat(StorageFailure.of(new StorageException("MariaDB's server is a node of a Galera cluster"))
                        .action())
                .contains("lectern.auth.jdbc.galera-with-one-writer=true");
    }

    /** Values that IDEs propose. Others are allowed, too. */
    @Test
    void each_hint_names_a_property_and_has_values_for_it() throws IOException {
        List<Map<String, Object>> hints;
        try (InputStream json =
                LecternAuthProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            hints = JsonPath.read(json, "$.hints");
        }
        assertThat(hints).extracting(hint -> hint.get("name")).contains("lectern.auth.jdbc.table-prefix");
        Set<String> properties = SpringBootGuideTest.metadata();
        for (Map<String, Object> hint : hints) {
            assertThat(properties).contains((String) hint.get("name"));
            List<Object> values = JsonPath.read(hint, "$.values[*].value");
            assertThat(values).isNotEmpty();
            for (Object value : values) {
                DATABASE.withBean(AuthListener.class, () -> new AuthListener() {})
                        .withPropertyValues(hint.get("name") + "=" + value)
                        .run(context -> assertThat(context).as(hint + "").hasNotFailed());
            }
            assertThat(JsonPath.<List<String>>read(hint, "$.providers[*].name")).containsExactly("any");
        }
    }

    @Test
    void known_tenants_are_required_by_a_property() {
        MEMORY.withBean(TenantDirectory.class, () -> TenantDirectory.matching("[0-9]{1,9}"))
                .withPropertyValues("lectern.auth.require-known-tenants=true")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void a_customizer_adds_to_the_properties_of_the_cache() {
        ApplicationContextRunner wrong = DATABASE.withPropertyValues("lectern.auth.cache.reads-at-once=0");
        for (LecternAuthCustomizer customizer :
                List.<LecternAuthCustomizer>of(builder -> {}, builder -> builder.cache(cache -> cache.maxTokens(5)))) {
            wrong.withBean(LecternAuthCustomizer.class, () -> customizer)
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasStackTraceContaining("readsAtOnce must be at least 1, was 0"));
        }
        wrong.withBean(
                        LecternAuthCustomizer.class,
                        () -> builder -> builder.withoutCache().cache(cache -> cache.maxTokens(5)))
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void routes_have_an_environment_and_can_be_preflights() {
        WebApplicationContextRunner web = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        LecternAuthAutoConfiguration.class,
                        LecternAuthRoutesAutoConfiguration.class,
                        LecternAuthServletAutoConfiguration.class))
                .withPropertyValues("lectern.auth.storage=memory", "lectern.auth.filter.enabled=true");
        web.withPropertyValues(
                        "lectern.auth.routes[0].path=/v1/live",
                        "lectern.auth.routes[0].environment=live",
                        "lectern.auth.routes[0].policy=bulk,read",
                        "lectern.auth.routes[0].scope=read:learners",
                        "lectern.auth.routes[1].path=/v1/live",
                        "lectern.auth.routes[1].access=preflight")
                .run(context -> {
                    RouteRules rules = context.getBean(RouteRules.class);
                    assertThat(rules.requirement("GET", "/v1/live"))
                            .contains(Requirement.scope("read:learners")
                                    .policy("bulk")
                                    .policy("read")
                                    .environment(TokenEnvironment.LIVE));
                    assertThat(rules.publicRoutes()).containsExactly("preflights of /v1/live");
                });
        web.withPropertyValues("lectern.auth.routes[0].path=/v1/live", "lectern.auth.routes[0].environment=Live!")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("lectern.auth.routes[0] is wrong: environment must be"));
        for (String property : new String[] {"methods=GET", "scope=read:learners", "policy=bulk", "environment=test"}) {
            web.withPropertyValues(
                            "lectern.auth.routes[0].path=/v1/live",
                            "lectern.auth.routes[0].access=preflight",
                            "lectern.auth.routes[0]." + property)
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasStackTraceContaining("lectern.auth.routes[0] is wrong: access is preflight, so")
                            .hasStackTraceContaining("would have no effect"));
        }
        web.withPropertyValues(
                        "lectern.auth.routes[0].path=/v1/live",
                        "lectern.auth.routes[0].access=permit-all",
                        "lectern.auth.routes[0].environment=live")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining(
                                "access is permit-all, so scope, any-scope, policy, environment and unlimited would"));
    }
}
