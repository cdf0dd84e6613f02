package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.micrometer.MicrometerAuthMetrics;
import school.lectern.auth.spi.AuthMetrics;

/**
 * Meters and health are there where the application has Micrometer and the actuator, and nothing is missing where it does not.
 */
class MonitoringTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    LecternAuthAutoConfiguration.class,
                    LecternAuthMetricsAutoConfiguration.class,
                    LecternAuthHealthAutoConfiguration.class))
            .withPropertyValues("lectern.auth.storage=memory");

    private final ApplicationContextRunner metered = plain.withConfiguration(AutoConfigurations.of(
            MetricsAutoConfiguration.class,
            CompositeMeterRegistryAutoConfiguration.class,
            SimpleMetricsExportAutoConfiguration.class,
            ObservationAutoConfiguration.class));

    private final ApplicationContextRunner database = plain.withConfiguration(
                    AutoConfigurations.of(DataSourceAutoConfiguration.class))
            .withPropertyValues("lectern.auth.storage=jdbc", "spring.datasource.generate-unique-name=true");

    private static void refuseOne(LecternAuth auth) {
        var unused = auth.authenticate(
                new AuthRequest("req_1", "GET", "/v1/learners", null, name -> List.of()), Requirement.anyToken());
    }

    private static long decisions(MeterRegistry registry) {
        return registry.get("lectern.auth.decision")
                .tags("outcome", "denied", "reason", "MISSING_CREDENTIAL", "source", "none")
                .timer()
                .count();
    }

    // ---- metrics

    @Test
    void the_registry_of_the_application_has_the_meters() {
        metered.run(context -> {
            assertThat(context).hasNotFailed().hasBean("lecternAuthMetrics");
            refuseOne(context.getBean(LecternAuth.class));
            assertThat(decisions(context.getBean(MeterRegistry.class))).isEqualTo(1);
        });
    }

    @Test
    void a_customizer_adds_tags_to_the_meters() {
        metered.withBean(
                        MicrometerAuthMetricsCustomizer.class,
                        () -> builder -> builder.tags(Tags.of("dialect", "lectern")))
                .run(context -> {
                    refuseOne(context.getBean(LecternAuth.class));
                    assertThat(context.getBean(MeterRegistry.class)
                                    .get("lectern.auth.decision")
                                    .tags("dialect", "lectern")
                                    .timer()
                                    .count())
                            .isEqualTo(1);
                });
    }

    @Test
    void metrics_of_the_application_replace_the_meters() {
        InMemoryAuthMetrics own = new InMemoryAuthMetrics();
        metered.withBean(AuthMetrics.class, () -> own).run(context -> {
            refuseOne(context.getBean(LecternAuth.class));
            assertThat(own.snapshot()).containsEntry("denied:MISSING_CREDENTIAL", 1L);
            assertThat(context.getBean(MeterRegistry.class)
                            .find("lectern.auth.decision")
                            .timer())
                    .isNull();
        });
    }

    @Test
    void without_a_registry_nothing_is_measured() {
        plain.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(AuthMetrics.class);
            refuseOne(context.getBean(LecternAuth.class));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.micrometer", "school.lectern.auth.micrometer"})
    void without_micrometer_or_the_module_for_it_the_application_starts(String missing) {
        plain.withClassLoader(new FilteredClassLoader(missing)).run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(AuthMetrics.class);
            refuseOne(context.getBean(LecternAuth.class));
        });
    }

    @Test
    void without_the_module_for_it_an_application_with_micrometer_starts() {
        metered.withClassLoader(new FilteredClassLoader(MicrometerAuthMetrics.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(AuthMetrics.class));
    }

    @Test
    void a_library_that_is_switched_off_has_neither_meters_nor_health() {
        metered.withPropertyValues("lectern.auth.enabled=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(AuthMetrics.class)
                        .doesNotHaveBean(HealthIndicator.class));
    }

    @Test
    void observations_are_off_unless_the_property_says_otherwise() {
        AtomicInteger observed = new AtomicInteger();
        ApplicationContextRunner observing = metered.withBean(Spans.class, () -> new Spans(observed));
        observing.run(context -> {
            refuseOne(context.getBean(LecternAuth.class));
            assertThat(observed).hasValue(0);
            assertThat(decisions(context.getBean(MeterRegistry.class))).isEqualTo(1);
        });
        observing.withPropertyValues("lectern.auth.observations.enabled=true").run(context -> {
            refuseOne(context.getBean(LecternAuth.class));
            assertThat(observed).hasValue(1);
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            assertThat(decisions(registry))
                    .as("the timer of the observation alone")
                    .isEqualTo(1);
            assertThat(registry.find("lectern.auth.decision").timers())
                    .singleElement()
                    .satisfies(timer -> assertThat(timer.getId().getTags())
                            .extracting(Tag::getKey)
                            .contains("error"));
        });
    }

    private record Spans(AtomicInteger observed) implements ObservationHandler<Observation.Context> {
        @Override
        public void onStop(Observation.Context context) {
            if (context.getName().equals("lectern.auth.decision")) {
                observed.incrementAndGet();
            }
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    // ---- health

    private static Health health(org.springframework.context.ApplicationContext context) {
        return context.getBean("lecternAuthHealthIndicator", HealthIndicator.class)
                .health();
    }

    @Test
    void health_is_up_while_polls_succeed_and_down_when_they_fail() {
        database.run(context -> {
            await().atMost(PATIENCE).until(() -> health(context).getStatus().equals(Status.UP));
            assertThat(health(context).getDetails())
                    .containsKeys("changeNumber", "leaseAge")
                    .doesNotContainKey("lastError");
            new JdbcTemplate(context.getBean(DataSource.class)).execute("DROP ALL OBJECTS");
            await().atMost(PATIENCE).until(() -> health(context).getStatus().equals(Status.DOWN));
            assertThat(health(context).getDetails()).containsKeys("changeNumber", "leaseAge", "lastErrorAt");
            assertThat((String) health(context).getDetails().get("lastError"))
                    .startsWith("school.lectern.auth.spi.StorageException: ");
        });
    }

    @Test
    void a_health_check_queries_nothing() {
        database.withPropertyValues("lectern.auth.cache.poll-every=1m").run(context -> {
            await().atMost(PATIENCE)
                    .until(() -> !health(context).getStatus().equals(Status.UNKNOWN)
                            || health(context).getDetails().containsKey("changeNumber"));
            new JdbcTemplate(context.getBean(DataSource.class)).execute("DROP ALL OBJECTS");
            assertThat(health(context).getStatus()).as("of the last poll").isNotEqualTo(Status.DOWN);
            assertThat(health(context).getDetails()).doesNotContainKey("lastError");
        });
    }

    @Test
    void without_a_cache_health_says_so() {
        plain.run(context -> assertThat(health(context))
                .isEqualTo(Health.unknown().withDetail("cache", "off").build()));
        database.withPropertyValues("lectern.auth.cache.enabled=false")
                .run(context -> assertThat(health(context))
                        .isEqualTo(Health.unknown().withDetail("cache", "off").build()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"management.health.lectern-auth.enabled=false", "management.health.defaults.enabled=false"})
    void health_can_be_switched_off(String property) {
        plain.withPropertyValues(property)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
    }

    @Test
    void without_spring_boot_s_health_the_application_starts() {
        plain.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("lecternAuthHealthIndicator"));
    }

    // ---- over HTTP

    private static RunningApp start(String... properties) {
        return RunningApp.start(
                LearnerApi.class,
                Stream.of(RunningApp.WITHOUT_SECURITY, properties, new String[] {
                            "lectern.auth.storage=jdbc",
                            "spring.datasource.generate-unique-name=true",
                            "lectern.auth.routes[0].path=/actuator/metrics/**",
                            "lectern.auth.routes[0].access=permit-all",
                            "management.endpoints.web.exposure.include=health,metrics",
                            "management.endpoint.health.show-details=always",
                            "management.endpoint.health.probes.enabled=true"
                        })
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    private static double count(RunningApp app, String tags) {
        return JsonPath.<List<Double>>read(
                        app.get("/actuator/metrics/lectern.auth.decision?" + tags)
                                .body(),
                        "$.measurements[?(@.statistic == 'COUNT')].value")
                .get(0);
    }

    @Test
    void the_actuator_has_the_timer_with_refusals_by_reason_and_the_health() {
        try (RunningApp app = start()) {
            String token = app.token("read:learners");
            assertThat(app.get("/v1/learners/7", "Authorization", token).statusCode())
                    .isEqualTo(200);
            assertThat(app.get("/v1/learners/7").statusCode()).isEqualTo(401);
            assertThat(app.send("DELETE", "/v1/learners/7", "", "Authorization", token)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(count(app, "tag=outcome:allowed&tag=reason:none")).isEqualTo(1);
            assertThat(count(app, "tag=outcome:denied&tag=reason:MISSING_CREDENTIAL&tag=source:none"))
                    .isEqualTo(1);
            assertThat(count(app, "tag=outcome:denied&tag=reason:INSUFFICIENT_SCOPE"))
                    .isEqualTo(1);

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(JsonPath.<String>read(
                                    app.get("/actuator/health").body(), "$.components.lecternAuth.status"))
                            .isEqualTo("UP"));
            String health = app.get("/actuator/health/lecternAuth").body();
            assertThat(health).contains("changeNumber", "leaseAge");
            // The age could be the number of the tenant.
            assertThat(health.replaceAll("[0-9]+ ms", "")).doesNotContain("123", token);
        }
    }

    @Test
    void readiness_depends_on_the_database_only_if_the_application_says_so() {
        String group = "management.endpoint.health.group.readiness.include=readinessState,lecternAuth";
        for (boolean included : new boolean[] {false, true}) {
            try (RunningApp app = included ? start(group) : start()) {
                await().atMost(PATIENCE)
                        .until(() ->
                                app.get("/actuator/health/lecternAuth").body().contains("\"UP\""));
                assertThat(app.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
                new JdbcTemplate(app.bean(DataSource.class)).execute("DROP ALL OBJECTS");
                await().atMost(PATIENCE)
                        .until(() -> app.get("/actuator/health/lecternAuth").statusCode() == 503);
                assertThat(app.get("/actuator/health/readiness").statusCode()).isEqualTo(included ? 503 : 200);
            }
        }
    }
}
