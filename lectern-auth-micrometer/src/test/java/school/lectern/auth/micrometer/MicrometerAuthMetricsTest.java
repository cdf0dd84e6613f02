package school.lectern.auth.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcConnectionPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/** The meters of a real library: over storage in memory with clocks that a test sets, and over a database, which is cached. */
class MicrometerAuthMetricsTest {

    private static final String TENANT = "tenant-4711";
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** The meters of the library that is open. A registry that had meters before would have the gauges of those. */
    private MeterRegistry registry = new SimpleMeterRegistry();

    private final AtomicLong nanos = new AtomicLong();
    private final MutableClock wall = MutableClock.at(Instant.parse("2026-05-07T13:23:30Z"));
    private final List<String> ids = new ArrayList<>();
    private LecternAuth auth;

    @BeforeEach
    void open() {
        auth = inMemory(MicrometerAuthMetrics.of(registry));
    }

    @AfterEach
    void close() {
        auth.close();
    }

    private LecternAuth inMemory(AuthMetrics metrics) {
        return settings(metrics)
                .storage(InMemoryStorage.create())
                .clocks(Clocks.of(wall, () -> nanos.getAndAdd(1_000)))
                .open();
    }

    private void restart(AuthMetrics metrics) {
        auth.close();
        auth = inMemory(metrics);
    }

    private static LecternAuthBuilder settings(AuthMetrics metrics) {
        LimitPlan limits = LimitPlan.unlimited()
                .with(LimitPlan.READ, RateLimit.perMinute(3))
                .with(LimitPlan.WRITE, RateLimit.perMinute(3));
        return LecternAuth.builder(Lectern.DIALECT.toBuilder()
                        .limits(limits, LimitHeaders.X_RATE_LIMIT)
                        .creationLimit(RateLimit.perMinute(1_000))
                        .build())
                .detectReuse()
                .defaults(usual -> usual.metrics(metrics));
    }

    private IssuedToken issue() {
        IssuedToken token = auth.tenant(TENANT)
                .tokens()
                .issue(NewToken.named("secret-name").scopes("read:learners"))
                .orElseThrow();
        ids.add(token.id());
        ids.add(token.secret().expose());
        return token;
    }

    private Decision decide(@Nullable IssuedToken token, String scope) {
        return auth.authenticate(request(token), Requirement.scope(scope));
    }

    private static AuthRequest request(@Nullable IssuedToken token) {
        List<String> header =
                token == null ? List.of() : List.of("Bearer " + token.secret().expose());
        return new AuthRequest(
                "req_4711",
                "GET",
                "/v1/learners/4711",
                IpAddress.parse("10.1.1.1").orElseThrow(),
                name -> name.equals("Authorization") ? header : List.of());
    }

    private Timer timer(String outcome, String reason, String source) {
        return registry.get("lectern.auth.decision")
                .tags("outcome", outcome, "reason", reason, "source", source)
                .timer();
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    // ---- decisions

    @Test
    void the_timer_has_outcome_reason_and_source_and_includes_refusals() {
        IssuedToken token = issue();
        decide(token, "read:learners");
        decide(token, "read:learners");
        decide(token, "write:learners");
        decide(null, "read:learners");
        assertThat(timer("allowed", "none", "store").count()).isEqualTo(2);
        assertThat(timer("denied", "INSUFFICIENT_SCOPE", "store").count()).isEqualTo(1);
        assertThat(timer("denied", "MISSING_CREDENTIAL", "none").count()).isEqualTo(1);
        assertThat(registry.find("lectern.auth.decision").timers()).hasSize(3);
    }

    @Test
    void the_timer_measures_by_the_library_s_clock() {
        IssuedToken token = issue();
        decide(null, "read:learners");
        assertThat(timer("denied", "MISSING_CREDENTIAL", "none").totalTime(TimeUnit.NANOSECONDS))
                .isGreaterThanOrEqualTo(1_000)
                .isLessThan(100_000);
        decide(token, "read:learners");
        assertThat(timer("allowed", "none", "store").max(TimeUnit.NANOSECONDS)).isLessThan(100_000);
    }

    @Test
    void permits_and_changes_are_counted() {
        IssuedToken token = issue();
        for (int i = 0; i < 4; i++) {
            decide(token, "read:learners");
        }
        auth.tenant(TENANT).tokens().revoke(token.id()).orElseThrow();
        assertThat(timer("denied", "RATE_LIMITED", "store").count()).isEqualTo(1);
        assertThat(count("lectern.auth.limits.requests", "policy", "read", "result", "granted"))
                .isEqualTo(3);
        assertThat(count("lectern.auth.limits.requests", "policy", "read", "result", "refused"))
                .isEqualTo(1);
        assertThat(count("lectern.auth.limits.requests", "policy", "read", "result", "uncounted"))
                .isZero();
        assertThat(count("lectern.auth.limits.requests", "policy", "create", "result", "granted"))
                .isEqualTo(1);
        assertThat(count("lectern.auth.tokens", "event", "token.issued")).isEqualTo(1);
        assertThat(count("lectern.auth.tokens", "event", "token.revoked")).isEqualTo(1);
        assertThat(count("lectern.auth.tokens", "event", "token.rotated")).isZero();
    }

    @Test
    void a_line_that_is_revoked_because_of_a_reuse_is_counted() {
        IssuedToken token = issue();
        ids.add(auth.rotateSelf(request(token), Requirement.anyToken(), GracePeriod.of(Duration.ofMinutes(1)))
                .orElseThrow()
                .id());
        decide(token, "read:learners");
        assertThat(count("lectern.auth.reuses")).as("within the grace period").isZero();
        wall.advance(Duration.ofMinutes(1));
        decide(token, "read:learners");
        decide(token, "read:learners");
        assertThat(count("lectern.auth.reuses")).isEqualTo(1);
        assertThat(count("lectern.auth.tokens", "event", "token.revoked")).isEqualTo(2);
    }

    @Test
    void dropped_audit_rows_are_counted() {
        for (int i = 0; i < 100_002; i++) {
            auth.audit()
                    .append(AuditEvent.builder("event-" + i, auth.now(), AuditEvent.CALL, "allowed")
                            .tenantId(TENANT)
                            .build());
        }
        assertThat(count("lectern.auth.audit.dropped")).isEqualTo(2);
    }

    @Test
    void before_the_first_poll_the_age_of_the_lease_is_not_a_number() {
        assertThat(registry.get("lectern.auth.cache.lease.age").timeGauge().value(TimeUnit.SECONDS))
                .isNaN();
        assertThat(registry.get("lectern.auth.clock.skew").timeGauge().value(TimeUnit.SECONDS))
                .isNaN();
        assertThat(registry.get("lectern.auth.cache.size").gauge().value()).isZero();
    }

    @Test
    void tags_of_the_application_are_on_each_meter() {
        MeterRegistry tagged = new SimpleMeterRegistry();
        restart(MicrometerAuthMetrics.builder(tagged)
                .tags(Tags.of("dialect", "lectern"))
                .build());
        decide(issue(), "read:learners");
        assertThat(tagged.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(meter.getId().getTag("dialect")).isEqualTo("lectern"));
    }

    @Test
    void every_change_of_a_token_has_a_counter_from_the_start() {
        assertThat(registry.find("lectern.auth.tokens").counters())
                .extracting(counter -> counter.getId().getTag("event"))
                .containsExactlyInAnyOrder(
                        Stream.of(TokenEvent.values()).map(TokenEvent::code).toArray(String[]::new));
    }

    // ---- a database, which is cached

    private void overDatabase(UnaryOperator<LecternAuthBuilder> more, Runnable work) {
        auth.close();
        registry = new SimpleMeterRegistry();
        JdbcConnectionPool pool =
                JdbcConnectionPool.create("jdbc:h2:mem:" + getClass().getSimpleName(), "sa", "");
        try {
            auth = more.apply(settings(MicrometerAuthMetrics.of(registry)).storage(JdbcStorage.of(pool)))
                    .open();
            work.run();
        } finally {
            auth.close();
            pool.dispose();
        }
    }

    @Test
    void a_cache_reports_its_look_ups_its_polls_its_lease_and_its_size() {
        overDatabase(settings -> settings, () -> {
            IssuedToken token = issue();
            await().atMost(PATIENCE).untilAsserted(() -> {
                decide(token, "read:learners");
                assertThat(registry.find("lectern.auth.decision")
                                .tags("source", "cache")
                                .timers())
                        .isNotEmpty();
            });
            await().atMost(PATIENCE)
                    .until(() -> registry.get("lectern.auth.cache.size").gauge().value() == 1);
            assertThat(count("lectern.auth.cache.gets", "result", "hit")).isPositive();
            assertThat(count("lectern.auth.cache.gets", "result", "miss")
                            + count("lectern.auth.cache.gets", "result", "read_through"))
                    .isPositive();
            assertThat(count("lectern.auth.cache.polls", "result", "success")).isPositive();
            assertThat(registry.get("lectern.auth.cache.lease.age").timeGauge().value(TimeUnit.SECONDS))
                    .isNotNaN();
            // The database runs in this process.
            assertThat(registry.get("lectern.auth.clock.skew").timeGauge().value(TimeUnit.SECONDS))
                    .isBetween(-60.0, 60.0);
        });
    }

    @Test
    void a_revocation_invalidates_the_cache_of_another_process() {
        registry = new SimpleMeterRegistry();
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:mem:two", "sa", "");
        auth.close();
        try (LecternAuth other = LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.of(pool))
                .open()) {
            auth = settings(MicrometerAuthMetrics.of(registry))
                    .storage(JdbcStorage.of(pool))
                    .open();
            IssuedToken token = issue();
            await().atMost(PATIENCE).until(() -> {
                decide(token, "read:learners");
                return registry.get("lectern.auth.cache.size").gauge().value() == 1;
            });
            other.tenant(TENANT).tokens().withoutWaiting().revoke(token.id()).orElseThrow();
            await().atMost(PATIENCE).until(() -> count("lectern.auth.cache.invalidations") > 0);
        } finally {
            auth.close();
            pool.dispose();
        }
    }

    @Test
    void audit_rows_of_a_database_are_pending_until_they_are_written() {
        List<Integer> pending = new ArrayList<>();
        MeterRegistry own = new SimpleMeterRegistry();
        AuthMetrics meters = MicrometerAuthMetrics.of(own);
        AuthMetrics noting = new AuthMetrics() {
            @Override
            public void auditPending(int rows) {
                synchronized (pending) {
                    pending.add(rows);
                }
                meters.auditPending(rows);
            }
        };
        overDatabase(settings -> settings.metrics(noting).audit(AuditMode.DURABLE), () -> {
            decide(issue(), "read:learners");
            await().atMost(PATIENCE).untilAsserted(() -> {
                synchronized (pending) {
                    assertThat(pending).contains(1, 0);
                }
            });
            await().atMost(PATIENCE)
                    .until(() -> own.get("lectern.auth.audit.pending").gauge().value() == 0);
        });
    }

    @Test
    void audit_rows_that_a_closed_log_refuses_are_dropped() {
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:mem:closed", "sa", "");
        auth.close();
        auth = settings(MicrometerAuthMetrics.of(registry))
                .storage(JdbcStorage.of(pool))
                .open();
        auth.close();
        auth.audit()
                .offer(AuditEvent.builder("late", Instant.now(), AuditEvent.CALL, "allowed")
                        .build());
        pool.dispose();
        assertThat(count("lectern.auth.audit.dropped")).isEqualTo(1);
    }

    // ---- observations

    private static final class Spans implements ObservationHandler<Observation.Context> {
        private final List<String> steps = new ArrayList<>();

        @Override
        public void onStart(Observation.Context context) {
            steps.add("start");
        }

        @Override
        public void onStop(Observation.Context context) {
            steps.add("stop " + context.getName() + " "
                    + context.getLowCardinalityKeyValue("reason").getValue());
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    private ObservationRegistry observing(Spans spans) {
        registry = new SimpleMeterRegistry();
        ObservationRegistry observations = ObservationRegistry.create();
        observations
                .observationConfig()
                .observationHandler(new DefaultMeterObservationHandler(registry))
                .observationHandler(spans);
        return observations;
    }

    @Test
    void an_observation_spans_the_decision_and_makes_the_one_timer() {
        Spans spans = new Spans();
        ObservationRegistry observations = observing(spans);
        restart(MicrometerAuthMetrics.builder(registry)
                .observations(observations)
                .tags(Tags.of("dialect", "lectern"))
                .build());
        IssuedToken token = issue();
        decide(token, "read:learners");
        decide(token, "write:learners");
        assertThat(spans.steps)
                .containsExactly(
                        "start",
                        "stop lectern.auth.decision none",
                        "start",
                        "stop lectern.auth.decision INSUFFICIENT_SCOPE");
        assertThat(timer("allowed", "none", "store").count()).isEqualTo(1);
        assertThat(timer("denied", "INSUFFICIENT_SCOPE", "store").count()).isEqualTo(1);
        assertThat(registry.find("lectern.auth.decision").timers())
                .hasSize(2)
                .allSatisfy(timer -> assertThat(timer.getId().getTags())
                        .extracting(Tag::getKey)
                        .containsExactlyInAnyOrder("dialect", "outcome", "reason", "source", "error"));
        assertThat(observations.getCurrentObservation()).isNull();
        assertThat(count("lectern.auth.tokens", "event", "token.issued")).isEqualTo(1);
    }

    @Test
    void an_observation_is_the_current_one_while_the_decision_is_made() {
        ObservationRegistry observations = observing(new Spans());
        List<String> current = new ArrayList<>();
        auth.close();
        auth = settings(MicrometerAuthMetrics.builder(registry)
                        .observations(observations)
                        .build())
                .storage(InMemoryStorage.create())
                .clocks(Clocks.of(wall, () -> {
                    Observation observation = observations.getCurrentObservation();
                    if (observation != null) {
                        current.add(observation.getContextView().getName());
                    }
                    return nanos.get();
                }))
                .open();
        decide(issue(), "read:learners");
        assertThat(current).isNotEmpty().containsOnly("lectern.auth.decision");
    }

    @Test
    void an_observation_that_is_switched_off_leaves_the_timer() {
        Spans spans = new Spans();
        ObservationRegistry observations = observing(spans);
        observations.observationConfig().observationPredicate((name, context) -> !name.startsWith("lectern.auth"));
        for (ObservationRegistry off : List.of(observations, ObservationRegistry.NOOP)) {
            restart(MicrometerAuthMetrics.builder(registry).observations(off).build());
            decide(null, "read:learners");
        }
        assertThat(spans.steps).isEmpty();
        assertThat(timer("denied", "MISSING_CREDENTIAL", "none").count()).isEqualTo(2);
    }

    // ---- what tags contain, and the guide

    /** Does something for each meter, and for each kind of tag. */
    private void work() {
        IssuedToken token = issue();
        for (int i = 0; i < 5; i++) {
            decide(token, "read:learners");
        }
        decide(token, "write:learners");
        decide(null, "read:learners");
        IssuedToken successor = auth.tenant(TENANT)
                .tokens()
                .withoutWaiting()
                .regenerate(token.id())
                .orElseThrow();
        ids.add(successor.secret().expose());
        decide(token, "read:learners");
        auth.tenant(TENANT).tokens().withoutWaiting().revoke(token.id()).orElseThrow();
        decide(successor, "read:learners");
    }

    @Test
    void no_tag_contains_a_token_or_a_tenant_or_anything_of_the_request() {
        overDatabase(settings -> settings, this::work);
        ids.addAll(List.of(TENANT, "req_4711", "4711", "10.1.1.1", "/v1", "secret-name", "learners"));
        assertThat(registry.getMeters()).hasSizeGreaterThan(20);
        assertThat(registry.getMeters().stream()
                        .map(Meter::getId)
                        .flatMap(id -> Stream.concat(
                                Stream.of(id.getName()),
                                id.getTags().stream().flatMap(tag -> Stream.of(tag.getKey(), tag.getValue())))))
                .allSatisfy(text ->
                        assertThat(ids).noneSatisfy(id -> assertThat(text).contains(id)));
    }

    @Test
    void the_guide_has_every_meter_with_its_type_and_its_tags() throws IOException {
        overDatabase(settings -> settings, this::work);
        Map<String, String> meters = new TreeMap<>();
        registry.getMeters()
                .forEach(meter -> meters.put(
                        meter.getId().getName(),
                        meter.getId().getType().name().toLowerCase(Locale.ROOT) + " "
                                + meter.getId().getTags().stream()
                                        .map(Tag::getKey)
                                        .toList()));
        Map<String, String> documented = new TreeMap<>();
        String guide = Files.readString(Path.of("../docs/monitoring.md"));
        Pattern.compile("^\\| `(lectern\\.auth\\.[a-z.]+)` \\| ([a-z]+) \\|([^|]*)\\|", Pattern.MULTILINE)
                .matcher(guide)
                .results()
                .forEach(row -> documented.put(row.group(1), row.group(2) + " " + keys(row.group(3))));
        assertThat(documented).isEqualTo(meters);
        assertThat(documented.keySet()).isEqualTo(constants());
        assertThat(meters)
                .allSatisfy((name, unused) -> assertThat(
                                registry.get(name).meter().getId().getDescription())
                        .as(name)
                        .isNotBlank());
    }

    @Test
    void the_guide_s_java_is_compiled_and_registers_the_meters() throws IOException {
        String guide = Files.readString(Path.of("../docs/monitoring.md"));
        List<String> java = Pattern.compile("^```java\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(guide)
                .results()
                .map((MatchResult block) -> block.group(1).replaceAll("\\s", ""))
                .toList();
        Path examples = Path.of("src/test/java/school/lectern/auth/micrometer/GuideExamples.java");
        String compiled = Files.readString(examples).replaceAll("\\s", "");
        assertThat(java).isNotEmpty().allSatisfy(block -> assertThat(compiled).contains(block));

        registry = new SimpleMeterRegistry();
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:mem:guide", "sa", "");
        auth.close();
        auth = GuideExamples.measured(pool, registry);
        decide(null, "read:learners");
        auth.close();
        pool.dispose();
        assertThat(timer("denied", "MISSING_CREDENTIAL", "none").count()).isEqualTo(1);
    }

    /** The keys of the tags in a cell of the guide: the codes before a colon. */
    private static List<String> keys(String cell) {
        return Pattern.compile("`([a-z]+)`:")
                .matcher(cell)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    private static Set<String> constants() {
        Set<String> names = new TreeSet<>();
        for (Field field : MicrometerAuthMetrics.class.getDeclaredFields()) {
            if (Modifier.isPublic(field.getModifiers())) {
                try {
                    names.add((String) field.get(null));
                } catch (IllegalAccessException impossible) {
                    throw new AssertionError(impossible);
                }
            }
        }
        names.removeIf(name -> !name.startsWith("lectern."));
        return names;
    }

    @Test
    void tags_add_up_and_observations_are_set_once() {
        registry = new SimpleMeterRegistry();
        AuthMetrics tagged = MicrometerAuthMetrics.builder(registry)
                .tags(Tags.of("dialect", "lectern"))
                .tags(Tags.of("node", "1"))
                .build();
        tagged.auditPending(1);

        assertThat(registry.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(meter.getId().getTags())
                        .contains(Tag.of("dialect", "lectern"), Tag.of("node", "1")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MicrometerAuthMetrics.builder(registry)
                        .observations(ObservationRegistry.create())
                        .observations(ObservationRegistry.create()))
                .withMessageStartingWith("observations must be set once");
    }
}
