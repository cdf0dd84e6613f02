package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.audit.TokenEvent;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.DecisionSample;
import school.lectern.auth.spi.DecisionSample.Source;
import school.lectern.auth.spi.PermitResult;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;

/** Metrics receive each decision, each request for a permit and each change of a token, and cannot break any of them. */
class MetricsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger clockReads = new AtomicInteger();
    private final List<DecisionSample> samples = new ArrayList<>();
    private final InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
    private Fixture f = fixture(settings -> settings.metrics(new AuthMetrics() {
        @Override
        public void decided(DecisionSample sample) {
            samples.add(sample);
        }
    }));

    private Fixture fixture(UnaryOperator<LecternAuthBuilder> settings) {
        Clocks counted = Clocks.of(Clock.systemUTC(), () -> {
            clockReads.incrementAndGet();
            return nanos.get();
        });
        return new Fixture(Lectern.DIALECT, builder -> settings.apply(builder.clocks(counted)));
    }

    private void restart(UnaryOperator<LecternAuthBuilder> settings) {
        f.close();
        f = fixture(settings);
    }

    @AfterEach
    void close() {
        f.close();
    }

    private DecisionSample last() {
        return samples.get(samples.size() - 1);
    }

    // ---- decisions

    @Test
    void a_decision_has_its_outcome_its_source_and_its_duration() {
        IssuedToken token = f.issue();
        f.tokens.findInstead = () -> {
            nanos.addAndGet(42_000);
            return f.tokens.real.list(TokenFilter.ofTenant(TENANT));
        };
        f.allowed(Ask.with(token));
        assertThat(samples).hasSize(1);
        assertThat(last().isAllowed()).isTrue();
        assertThat(last().reason()).isEmpty();
        assertThat(last().source()).isEqualTo(Source.STORE);
        assertThat(last().durationNanos()).isEqualTo(42_000);

        assertThat(f.refusal(Ask.with(token).needing("write:learners"))).isEqualTo(Kind.INSUFFICIENT_SCOPE);
        assertThat(samples).hasSize(2);
        assertThat(last().isAllowed()).isFalse();
        assertThat(last().reason()).contains(Kind.INSUFFICIENT_SCOPE);
    }

    @Test
    void a_malformed_credential_has_no_source() {
        f.refusal(Ask.header());
        assertThat(last().reason()).contains(Kind.MISSING_CREDENTIAL);
        assertThat(last().source()).isEqualTo(Source.NONE);
    }

    @Test
    void a_failed_look_up_is_a_denial_by_the_store() {
        IssuedToken token = f.issue();
        f.tokens.findInstead = () -> {
            throw new StorageException("planted");
        };
        f.refusal(Ask.with(token));
        assertThat(last().reason()).contains(Kind.UNAVAILABLE);
        assertThat(last().source()).isEqualTo(Source.STORE);
    }

    @Test
    void a_recheck_is_a_decision() {
        IssuedToken token = f.issue();
        f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(token.id()).orElseThrow();
        assertThat(f.auth.recheck(Ask.with(token).request(), Requirement.anyToken()))
                .isInstanceOf(Denied.class);
        assertThat(samples).hasSize(1);
        assertThat(last().reason()).contains(Kind.REVOKED);
    }

    @Test
    void without_metrics_no_clock_is_read_for_a_duration() {
        IssuedToken measured = f.issue();
        clockReads.set(0);
        f.allowed(Ask.with(measured));
        int withMetrics = clockReads.get();

        restart(settings -> settings);
        IssuedToken token = f.issue();
        clockReads.set(0);
        f.allowed(Ask.with(token));
        assertThat(clockReads.get()).isEqualTo(withMetrics - 2);
    }

    @Test
    void metrics_can_span_a_decision() {
        List<String> steps = new ArrayList<>();
        restart(settings -> settings.metrics(new AuthMetrics() {
            @Override
            public DecisionInProgress deciding() {
                steps.add("begun");
                return sample -> steps.add("ended");
            }
        }));
        IssuedToken token = f.issue();
        f.tokens.findInstead = () -> {
            steps.add("look-up");
            return List.of();
        };
        f.refusal(Ask.with(token));
        assertThat(steps).containsExactly("begun", "look-up", "ended");
    }

    @Test
    void metrics_that_throw_break_nothing() {
        restart(settings -> settings.metrics(new Broken()).audit(f.calls, AuditMode.BUFFERED));
        IssuedToken token = f.issue();
        assertThat(f.judge(Ask.with(token))).isInstanceOf(Allowed.class);
        f.auth.tenant(TENANT).tokens().actingAs(APP).revoke(token.id()).orElseThrow();
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.REVOKED);
    }

    @Test
    void metrics_that_return_no_measurement_break_nothing() {
        restart(settings -> settings.metrics(new AuthMetrics() {
            @Override
            @SuppressWarnings("NullAway") // What a broken implementation does.
            public DecisionInProgress deciding() {
                return null;
            }
        }));
        assertThat(f.judge(Ask.with(f.issue()))).isInstanceOf(Allowed.class);
    }

    /** Throws in each method that a decision or a change calls. */
    private static final class Broken implements AuthMetrics {
        @Override
        public DecisionInProgress deciding() {
            throw new IllegalStateException("planted");
        }

        @Override
        public void permitRequested(String policy, PermitResult result) {
            throw new IllegalStateException("planted");
        }

        @Override
        public void tokensChanged(TokenEvent event, long tokens) {
            throw new IllegalStateException("planted");
        }
    }

    /** Every method of the SPI reaches the application's metrics: one that is not passed on would count nothing. */
    @ParameterizedTest
    @MethodSource("methods")
    void every_metric_reaches_the_application(Method method) throws Exception {
        List<String> called = new ArrayList<>();
        AuthMetrics spy = (AuthMetrics) Proxy.newProxyInstance(
                AuthMetrics.class.getClassLoader(),
                new Class<?>[] {AuthMetrics.class},
                (proxy, calledMethod, arguments) -> {
                    called.add(calledMethod.getName());
                    return null;
                });
        Object[] arguments = Stream.of(method.getParameterTypes())
                .map(type -> type == int.class
                        ? (Object) 1
                        : type == long.class
                                ? (Object) 1L
                                : type == boolean.class
                                        ? (Object) true
                                        : type == Duration.class
                                                ? Duration.ZERO
                                                : type == String.class
                                                        ? "read"
                                                        : type.isEnum() ? type.getEnumConstants()[0] : null)
                .toArray();
        method.invoke(ContainedMetrics.of(spy), arguments);
        assertThat(called).containsExactly(method.getName());
    }

    static Stream<Method> methods() {
        return Stream.of(AuthMetrics.class.getDeclaredMethods())
                .filter(method -> !method.isSynthetic() && !Modifier.isStatic(method.getModifiers()))
                // The decision in progress receives the sample.
                .filter(method -> !method.getName().equals("decided"));
    }

    // ---- permits

    private void limited(RateLimit read, RateLimit creations) {
        f.close();
        f = new Fixture(
                Lectern.DIALECT.toBuilder()
                        .limits(LimitPlan.unlimited().with(LimitPlan.READ, read), LimitHeaders.X_RATE_LIMIT)
                        .creationLimit(creations)
                        .build(),
                settings -> settings.metrics(counters));
    }

    @Test
    void requests_for_permits_are_counted_by_policy_and_result() {
        limited(RateLimit.fixed(1, Duration.ofMinutes(1)), RateLimit.fixed(1, Duration.ofHours(1)));
        IssuedToken token = f.issue();
        Fixture.refused(f.auth.tenant(TENANT).tokens().actingAs(APP).issue(Fixture.settings()));
        f.allowed(Ask.with(token));
        f.allowed(Ask.with(token).method("POST"));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.RATE_LIMITED);
        f.limits.instead = () -> {
            throw new StorageException("planted");
        };
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNAVAILABLE);
        assertThat(counters.snapshot())
                .containsEntry("permits:create:granted", 1L)
                .containsEntry("permits:create:refused", 1L)
                .containsEntry("permits:read:granted", 1L)
                .containsEntry("permits:read:refused", 1L)
                .containsEntry("permits:read:uncounted", 1L)
                .doesNotContainKey("permits:write:granted");
    }

    @Test
    void a_request_that_goes_on_without_a_permit_is_uncounted() {
        limited(
                RateLimit.fixed(1, Duration.ofMinutes(1)).failOpen(),
                RateLimit.fixed(1, Duration.ofHours(1)).failOpen());
        f.limits.instead = () -> {
            throw new StorageException("planted");
        };
        f.allowed(Ask.with(f.issue()));
        assertThat(counters.snapshot())
                .containsEntry("permits:create:uncounted", 1L)
                .containsEntry("permits:read:uncounted", 1L);
    }

    // ---- changes

    private Map<String, Long> changes() {
        Map<String, Long> all = new TreeMap<>(counters.snapshot());
        all.keySet().removeIf(name -> !name.startsWith("tokens:"));
        all.values().removeIf(count -> count == 0);
        return all;
    }

    @Test
    void changes_are_counted_like_their_audit_rows() throws Exception {
        restart(settings -> settings.metrics(counters)
                .hasher(TokenHasher.builder().accept(HashAlgorithm.SHA512).build()));
        TokenOperations tokens = f.auth.tenant(TENANT).tokens().actingAs(APP);
        IssuedToken first = f.issue();
        IssuedToken second = f.issue();
        tokens.update(first.id(), new TokenUpdate().description("changed")).orElseThrow();
        tokens.regenerate(first.id()).orElseThrow();
        tokens.rotate(second.id(), GracePeriod.untilRevoked()).orElseThrow();
        tokens.disable(first.id()).orElseThrow();
        tokens.disable(first.id()).orElseThrow();
        tokens.enable(first.id()).orElseThrow();
        tokens.revoke(first.id()).orElseThrow();
        tokens.revoke(first.id()).orElseThrow();
        Fixture.refused(tokens.regenerate(first.id()));
        String secret = Lectern.DIALECT
                .format()
                .generate(TokenEnvironment.LIVE, "sk_live_lectern_", new SecureRandom())
                .value()
                .expose();
        byte[] digest = MessageDigest.getInstance("SHA-512").digest(secret.getBytes(StandardCharsets.US_ASCII));
        ImportedToken imported = Fixture.imported(
                ImportedToken.of(
                        TENANT,
                        TokenEnvironment.LIVE,
                        TokenHash.of("sha512", HexFormat.of().formatHex(digest)),
                        secret.substring(0, 20),
                        f.clock.instant()),
                Fixture.settings().name("imported"));
        f.auth.acrossTenants().actingAs(APP).importToken(imported).orElseThrow();
        f.auth.acrossTenants().actingAs(APP).importToken(imported);
        f.allowed(Ask.header("Bearer " + secret));
        tokens.revokeAll().orElseThrow();

        Map<String, Long> rows = new TreeMap<>();
        f.changeNames().forEach(name -> rows.merge("tokens:" + name, 1L, Long::sum));
        assertThat(changes()).isEqualTo(rows);
        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(Stream.of(TokenEvent.values())
                        .map(event -> "tokens:" + event.code())
                        .toList());
    }

    // ---- the audit log in memory

    @Test
    void dropped_audit_rows_are_counted() {
        try (LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(InMemoryStorage.create())
                .metrics(counters)
                .open()) {
            for (int i = 0; i < 100_003; i++) {
                auth.audit()
                        .append(AuditEvent.builder("event-" + i, auth.now(), "call", "allowed")
                                .tenantId(TENANT)
                                .build());
            }
            assertThat(auth.audit().dropped()).isEqualTo(3);
            assertThat(counters.snapshot()).containsEntry("auditDropped", 3L);
        }
    }
}
