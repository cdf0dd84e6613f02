package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.format.GeneratedToken;
import school.lectern.auth.format.PresentedToken;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** Takes a secret through every outcome and prints every returned object: none contains the secret. */
class LeaksTest {

    private static final ApiVersion VERSION = ApiVersion.of("2026-01-01");

    static Stream<Dialect> dialects() {
        return Stream.of(Lectern.DIALECT, Fixture.TWO_PARTS);
    }

    private static Fixture judging(Dialect dialect) {
        Fixture f = new Fixture(
                dialect,
                settings -> settings.versions(VersionPolicy.released(VERSION))
                        .tenants(id -> Optional.of(new Tenant(id, VERSION))));
        return f;
    }

    /** Returns the strings that must not appear in any output: the token, its secret characters, and its hash. */
    private static List<String> canaries(Fixture f, IssuedToken token) {
        String text = token.secret().expose();
        // Lists show the first four characters of the body of a one-part token.
        String hidden =
                text.substring(Math.max(text.indexOf('.') + 1 + "tasec_".length(), "sk_live_lectern_".length() + 4));
        return List.of(
                text,
                hidden,
                hidden.substring(hidden.length() - 12),
                f.stored(token).hash().expose());
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void no_outcome_prints_the_secret(Dialect dialect) {
        try (Fixture f = judging(dialect)) {
            IssuedToken token = f.issue(Fixture.settings()
                    .allowlist(Fixture.allowlist("10.0.0.0/8"))
                    .expiresAt(f.clock.instant().plusSeconds(60)));
            String text = token.secret().expose();
            Ask good = Ask.with(token);
            List<Object> seen = new ArrayList<>(List.of(token, token.token(), f.auth, dialect));
            List<Decision> decisions = new ArrayList<>();
            List<Ask> asks = new ArrayList<>(List.of(
                    good,
                    Ask.header("Bearer " + text, "Bearer " + text),
                    Ask.header("Basic " + text),
                    Ask.header("Bearer " + text + "."),
                    Ask.header("Bearer\t" + text),
                    Ask.header("Bearer " + text + ", Bearer " + text),
                    Ask.header("Bearer " + text + "\0"),
                    Ask.with(Fixture.wrong(token)),
                    Ask.with(token).from("203.0.113.9"),
                    Ask.with(token).needing(Requirement.anyToken().environment(TokenEnvironment.TEST)),
                    Ask.with(token).needing(Requirement.anyToken().tenant("another")),
                    Ask.with(token).version(text),
                    Ask.with(token).needing("write:finance"),
                    Ask.with(token).needing(Requirement.refused(AuthError.of(Kind.NOT_FOUND)))));
            asks.forEach(ask -> decisions.add(f.judge(ask)));
            f.tokens.findInstead = () -> {
                throw new StorageException("down");
            };
            decisions.add(f.judge(good));
            f.tokens.findInstead = null;
            for (int i = 0; i < 200; i++) {
                f.limits.take(
                        LimitTake.of(new LimitKey(token.id(), LimitPlan.READ), RateLimit.perMinute(200)),
                        Clocks.of(f.clock).now());
            }
            decisions.add(f.judge(good));
            f.clock.advance(Duration.ofSeconds(60));
            decisions.add(f.judge(good));
            f.auth.tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(Fixture.APP)
                    .revoke(token.id())
                    .orElseThrow();
            decisions.add(f.judge(good));

            decisions.stream()
                    .filter(Denied.class::isInstance)
                    .map(Denied.class::cast)
                    .forEach(denied -> {
                        seen.add(dialect.render(denied.error(), denied.requestId()));
                        seen.add(dialect.headers(denied));
                    });
            assertThat(decisions.stream().filter(Denied.class::isInstance)).hasSize(decisions.size() - 1);
            seen.addAll(decisions);
            asks.forEach(ask -> seen.addAll(List.of(ask.request(), ask.request().authorization())));
            seen.addAll(f.changes());
            seen.add(f.stored(token));

            assertThat(printed(seen))
                    .hasSizeGreaterThan(100)
                    .allSatisfy(print -> assertThat(print).doesNotContain(canaries(f, token)));
        }
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void no_recorded_call_holds_the_secret(Dialect dialect) {
        try (Fixture f = new Fixture(dialect, AuditMode.DURABLE)) {
            IssuedToken token = f.issue();
            String text = token.secret().expose();
            f.judge(Ask.with(token));
            f.judge(Ask.with(token).needing("write:finance"));
            f.judge(Ask.with(Fixture.wrong(token)));
            f.judge(Ask.header("Basic " + text));
            IssuedToken next = f.auth.tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(Fixture.APP)
                    .rotate(token.id(), GracePeriod.untilRevoked())
                    .orElseThrow();

            List<Object> seen = new ArrayList<>(f.calls.appended);
            seen.addAll(f.calls.offered);
            seen.addAll(f.changes());
            assertThat(seen).hasSize(7).hasOnlyElementsOfType(AuditEvent.class);
            assertThat(printed(seen))
                    .allSatisfy(print ->
                            assertThat(print).doesNotContain(canaries(f, token)).doesNotContain(canaries(f, next)));
        }
    }

    @ParameterizedTest
    @MethodSource("dialects")
    void the_values_on_the_way_do_not_print_the_secret(Dialect dialect) {
        try (Fixture f = new Fixture(dialect)) {
            IssuedToken token = f.issue();
            PresentedToken presented = (PresentedToken) dialect.format().parse(token.secret());
            GeneratedToken fresh = dialect.format().generate(TokenEnvironment.LIVE, new SecureRandom());
            TokenHasher hasher = new TokenHasher();
            List<Object> seen = List.of(
                    token.secret(),
                    presented,
                    hasher.verifierFor(presented),
                    hasher.store(presented),
                    f.stored(token).hash());

            assertThat(printed(seen)).allSatisfy(print -> assertThat(print).doesNotContain(canaries(f, token)));
            assertThat(printed(List.of(fresh, fresh.token())))
                    .allSatisfy(print -> assertThat(print)
                            .doesNotContain(fresh.value().expose().substring(20)));
        }
    }

    @Test
    void no_exception_holds_the_secret_or_the_hash() {
        try (Fixture f = new Fixture()) {
            IssuedToken token = f.issue();
            StoredToken stored = f.stored(token);
            String hex = stored.hash().expose();
            PresentedToken presented = (PresentedToken) Lectern.DIALECT.format().parse(token.secret());
            StoredToken unreadable = stored.toBuilder()
                    .secret(stored.selector(), TokenHash.of("md5", hex))
                    .build();
            InMemoryTokenStore full = new InMemoryTokenStore(new InMemoryAuditLog(), 1);
            full.insert(stored, TokenConstraints.none(), List.of());
            List<ThrowingCallable> failures = List.of(
                    () -> TokenHash.of("sha256", hex + "x"),
                    () -> TokenHash.of("sha256", token.secret().expose()),
                    () -> new TokenHasher().verifierFor(presented).verify(List.of(unreadable), null, f.now()),
                    () -> full.insert(stored, TokenConstraints.none(), List.of()),
                    () -> f.tokens.insert(stored, TokenConstraints.none(), List.of()),
                    () -> f.auth.tenant(Fixture.TENANT)
                            .tokens()
                            .actingAs(Fixture.APP)
                            .issue(NewToken.named(token.secret().expose() + "\0"))
                            .orElseThrow());

            for (ThrowingCallable failure : failures) {
                Throwable thrown = catchThrowable(failure);
                assertThat(thrown).isNotNull();
                for (Throwable link = thrown; link != null; link = link.getCause()) {
                    assertThat(link.toString()).doesNotContain(canaries(f, token));
                }
            }
        }
    }

    // Prints every value that public accessors reach from the roots.

    private static List<String> printed(List<?> roots) {
        Set<Object> visited = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> open = new ArrayDeque<>(roots);
        List<String> prints = new ArrayList<>();
        while (!open.isEmpty()) {
            assertThat(prints).as("values that accessors return").hasSizeLessThan(100_000);
            Object value = open.pop();
            if (visited.add(value)) {
                prints.add(value.toString());
                open.addAll(reachable(value));
            }
        }
        return prints;
    }

    private static List<Object> reachable(Object value) {
        if (value instanceof Iterable<?> items) {
            List<Object> all = new ArrayList<>();
            items.forEach(all::add);
            return all;
        }
        if (value instanceof Map<?, ?> map) {
            List<Object> all = new ArrayList<>(map.keySet());
            all.addAll(map.values());
            return all;
        }
        if (value instanceof Optional<?> optional) {
            return optional.<List<Object>>map(List::of).orElse(List.of());
        }
        boolean ours = value.getClass().getName().startsWith("school.lectern.auth")
                && !(value instanceof AutoCloseable)
                && !(value instanceof Enum);
        return ours
                ? Stream.of(value.getClass().getMethods())
                        .filter(LeaksTest::reads)
                        .map(method -> read(value, method))
                        .flatMap(Optional::stream)
                        .toList()
                : List.of();
    }

    private static boolean reads(Method method) {
        return method.getParameterCount() == 0
                && !Modifier.isStatic(method.getModifiers())
                && Modifier.isPublic(method.getDeclaringClass().getModifiers())
                && method.getDeclaringClass() != Object.class
                && method.getReturnType() != void.class
                && method.getReturnType() != method.getDeclaringClass()
                && !List.of("expose", "hashCode", "toBuilder").contains(method.getName());
    }

    private static Optional<Object> read(Object value, Method method) {
        try {
            return Optional.ofNullable(method.invoke(value));
        } catch (ReflectiveOperationException broken) {
            throw new AssertionError(method.toString(), broken);
        }
    }
}
