package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.dialect.LimitHeaders;
import school.lectern.auth.dialect.LimitPlan;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** Every internal failure is a server error: never a 401, an admission or an exception. */
class OutageTest {

    private Fixture f = new Fixture(AuditMode.DURABLE);

    @AfterEach
    void close() {
        f.close();
    }

    private void judge(Fixture other) {
        f.close();
        f = other;
    }

    private static <T> Supplier<T> throwing(Supplier<? extends Error> broken) {
        return () -> {
            throw broken.get();
        };
    }

    private static <T> Supplier<T> down() {
        return () -> {
            throw new StorageException("down");
        };
    }

    static Stream<Supplier<?>> faults() {
        return Stream.of(
                down(),
                () -> {
                    throw new IllegalStateException("odd");
                },
                throwing(StackOverflowError::new),
                throwing(() -> new OutOfMemoryError("as if")),
                throwing(() -> new NoClassDefFoundError("gone")),
                throwing(() -> new AssertionError("no")),
                () -> null);
    }

    private void refusedAsServerError(Ask ask) {
        Denied denied = f.denied(ask);
        assertThat(denied.error().kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(f.auth.dialect().status(denied.error())).isEqualTo(500);
    }

    @ParameterizedTest
    @MethodSource("faults")
    @SuppressWarnings("unchecked")
    void a_token_store_that_breaks_is_a_server_error(Supplier<?> fault) {
        IssuedToken token = f.issue();
        f.tokens.findInstead = (Supplier<List<StoredToken>>) fault;

        refusedAsServerError(Ask.with(token));
        refusedAsServerError(Ask.with(Fixture.wrong(token)));
        assertThat(f.limits.taken).isEmpty();

        f.tokens.findInstead = null;
        f.allowed(Ask.with(token));
    }

    @Test
    void a_row_that_cannot_be_judged_is_a_server_error() {
        IssuedToken token = f.issue();
        StoredToken row = f.stored(token);
        for (TokenHash hash : List.of(
                TokenHash.of("argon2id", "00".repeat(32)),
                TokenHash.of("sha256", "00"),
                TokenHash.of("SHA-256", row.hash().expose()))) {
            StoredToken broken = row.toBuilder().secret(row.selector(), hash).build();
            f.tokens.findInstead = () -> List.of(broken);
            refusedAsServerError(Ask.with(token));
        }
        f.tokens.findInstead = () -> Collections.singletonList(null);
        refusedAsServerError(Ask.with(token));
    }

    @Test
    void a_slow_hash_that_was_not_run_is_a_server_error_with_the_time_to_wait() {
        TokenHasher hasher = TokenHasher.builder().accept(HashAlgorithm.BCRYPT).build();
        judge(new Fixture(Lectern.DIALECT, settings -> settings.hasher(hasher)));
        IssuedToken token = f.issue();
        // The hash of another secret, and the first selector of a token that looks like this one.
        TokenHash hash = TokenHash.bcrypt("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe");
        StoredToken row = f.stored(token).toBuilder()
                .secret(
                        hasher.selectorsFor(hash, token.token().displayPrefix(), false)
                                .get(0),
                        hash)
                .build();
        f.tokens.findInstead = () -> List.of(row);
        for (int i = 0; i < 5; i++) {
            assertThat(f.refusal(Ask.with(token).from("10.0.0.1"))).isEqualTo(Kind.UNKNOWN_TOKEN);
            f.clock.advance(Duration.ofMillis(2500));
        }

        Denied denied = f.denied(Ask.with(token).from("10.0.0.1"));

        assertThat(denied.error().kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(denied.token()).isEmpty();
        assertThat(f.auth.dialect().render(denied.error(), "req_1").headers()).containsEntry("Retry-After", "48");
        assertThat(f.refusal(Ask.with(token).from("10.0.0.2"))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.clock.advance(Duration.ofSeconds(48));
        assertThat(f.refusal(Ask.with(token).from("10.0.0.1"))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    /** Neither a verified token nor an unknown one: a 401 would report to the client that its token is unknown. */
    @Test
    void a_row_that_was_not_requested_is_a_server_error() {
        IssuedToken token = f.issue();
        StoredToken own = f.stored(token);
        StoredToken other = f.stored(f.issue());
        for (List<StoredToken> rows :
                List.of(List.of(other), List.of(own, other), List.of(other, own), List.of(own, own))) {
            f.tokens.findInstead = () -> rows;
            refusedAsServerError(Ask.with(token));
            refusedAsServerError(Ask.with(Fixture.wrong(token)));
        }
        f.tokens.findInstead = List::of;
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void a_public_key_that_the_store_compares_loosely_is_a_server_error() {
        judge(new Fixture(Fixture.TWO_PARTS));
        IssuedToken token = f.issue();
        StoredToken row = f.stored(token);
        StoredToken lookAlike = row.toBuilder()
                .secret(row.selector().toUpperCase(Locale.ROOT), row.hash())
                .build();
        f.tokens.findInstead = () -> List.of(lookAlike);
        refusedAsServerError(Ask.with(token));
    }

    @Test
    void a_row_with_limits_that_are_none_is_a_server_error() {
        IssuedToken token = f.issue();
        StoredToken row = f.stored(token).toBuilder()
                .rateLimits(Map.of(LimitPlan.READ, 0L))
                .build();
        f.tokens.findInstead = () -> List.of(row);

        refusedAsServerError(Ask.with(token));
    }

    @ParameterizedTest
    @MethodSource("faults")
    @SuppressWarnings("unchecked")
    void a_limit_store_that_breaks_is_a_server_error(Supplier<?> fault) {
        IssuedToken token = f.issue();
        f.limits.instead = (Supplier<LimitStatus>) fault;

        refusedAsServerError(Ask.with(token));

        f.limits.instead = null;
        f.allowed(Ask.with(token));
    }

    /** Neither an admission nor a 429: the count in the store is unknown. */
    @Test
    void a_status_that_is_not_of_the_limit_is_a_server_error() {
        IssuedToken token = f.issue();
        for (boolean admitted : new boolean[] {true, false}) {
            for (long[] numbers :
                    new long[][] {{60, 59, 0}, {201, 200, 0}, {200, -1, 0}, {200, 201, 0}, {200, 0, -1}}) {
                f.limits.instead =
                        () -> LimitStatus.of(admitted, numbers[0], numbers[1], 60_000, numbers[2], 60_000, 0);
                refusedAsServerError(Ask.with(token));
            }
        }
        f.limits.instead = null;
        f.allowed(Ask.with(token));
    }

    @Test
    void a_directory_that_returns_another_tenant_is_a_server_error() {
        AtomicReference<String> known = new AtomicReference<>(Fixture.TENANT);
        judge(new Fixture(
                Lectern.DIALECT,
                settings -> settings.versions(VersionPolicy.released(ApiVersion.of("2026-01-01")))
                        .tenants(id -> Optional.of(new Tenant(known.get(), ApiVersion.of("2026-01-01"), Map.of())))));
        IssuedToken token = f.issue();
        f.allowed(Ask.with(token));
        known.set("school-2");
        refusedAsServerError(Ask.with(token));
    }

    @ParameterizedTest
    @MethodSource("faults")
    @SuppressWarnings("unchecked")
    void an_unavailable_limit_does_not_change_the_denial(Supplier<?> fault) {
        IssuedToken token = f.issue();
        f.limits.instead = (Supplier<LimitStatus>) fault;

        Denied denied = f.denied(Ask.with(token).needing("read:finance"));
        assertThat(denied.error().kind()).isIn(Kind.INSUFFICIENT_SCOPE, Kind.UNAVAILABLE);
        assertThat(denied.limits()).isEmpty();
    }

    @Test
    void an_outage_of_limits_admits_only_where_that_was_asked_for() {
        Dialect open = Lectern.DIALECT.toBuilder()
                .limits(
                        LimitPlan.unlimited()
                                .with(LimitPlan.READ, RateLimit.perMinute(200).failOpen())
                                .with(LimitPlan.WRITE, RateLimit.perMinute(60)),
                        LimitHeaders.X_RATE_LIMIT)
                .build();
        judge(new Fixture(open));
        IssuedToken token = f.issue(Fixture.settings().rateLimits(Map.of(LimitPlan.READ, 7L)));
        f.limits.instead = down();

        assertThat(f.allowed(Ask.with(token)).limits()).isEmpty();
        refusedAsServerError(Ask.with(token).method("POST"));

        f.limits.instead = null;
        assertThat(f.allowed(Ask.with(token)).limits().get(0).status().remaining())
                .isEqualTo(6);
    }

    @Test
    void an_audit_log_that_refuses_refuses_the_call() {
        IssuedToken token = f.issue();
        f.calls.refusesAppend = new StorageException("disk full");

        refusedAsServerError(Ask.with(token));
        refusedAsServerError(Ask.with(token).needing("read:finance"));
        assertThat(f.calls.appended).isEmpty();
        assertThat(f.refusal(Ask.with(Fixture.wrong(token)))).isEqualTo(Kind.UNKNOWN_TOKEN);
    }

    @Test
    void a_call_that_could_not_be_written_down_is_no_use_of_the_token() {
        IssuedToken token = f.issue();
        f.calls.refusesAppend = new StorageException("disk full");
        refusedAsServerError(Ask.with(token));
        f.close();

        assertThat(f.stored(token).lastUsedAt()).isNull();
    }

    @Test
    void an_audit_log_that_breaks_altogether_is_a_server_error_and_throws_nothing() {
        IssuedToken token = f.issue();
        f.calls.refusesAppend = new StorageException("gone");
        f.calls.refusesOffer = new IllegalStateException("gone as well");

        refusedAsServerError(Ask.with(token));
        assertThatCode(() -> f.judge(Ask.with(Fixture.wrong(token)))).doesNotThrowAnyException();
        assertThatCode(() -> f.judge(Ask.header("Basic dTpw"))).doesNotThrowAnyException();
    }

    @Test
    void a_request_that_cannot_be_read_is_a_server_error() {
        AuthRequest broken = new AuthRequest("req_1", "GET", "/", null, name -> {
            throw new IllegalStateException("recycled");
        });

        assertThat(f.auth.authenticate(broken, Requirement.anyToken()))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.error().kind()).isEqualTo(Kind.UNAVAILABLE));
    }

    @Test
    void a_server_error_after_the_verification_includes_the_limits() {
        judge(new Fixture(
                Lectern.DIALECT,
                settings -> settings.versions(VersionPolicy.released(ApiVersion.of("2026-01-01")))
                        .tenants(id -> {
                            throw new StorageException("down");
                        })));

        Denied denied = f.denied(Ask.with(f.issue()));

        assertThat(denied.error().kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(denied.token()).isPresent();
        assertThat(denied.limits().get(0).status().remaining()).isEqualTo(200);
    }

    @Test
    void a_creation_that_cannot_be_counted_is_not_made() {
        judge(new Fixture(Lectern.DIALECT.toBuilder()
                .creationLimit(RateLimit.perMinute(10))
                .build()));
        List<Supplier<LimitStatus>> faults = new ArrayList<>();
        faults.add(down());
        faults.add(() -> null);
        for (Supplier<LimitStatus> fault : faults) {
            f.limits.instead = fault;
            try {
                Outcome<IssuedToken> outcome = f.auth.tenant(Fixture.TENANT)
                        .tokens()
                        .actingAs(Fixture.APP)
                        .issue(Fixture.settings());
                assertThat(outcome).isInstanceOf(Outcome.Refused.class);
            } catch (RuntimeException broken) {
                assertThat(broken).hasMessageNotContaining("sk_live");
            }
        }
        assertThat(f.tokens.list(TokenFilter.ofTenant(Fixture.TENANT).limit(10)))
                .isEmpty();
    }

    /** Like the log of a long-running application: one log for calls and changes, no larger than the test needs. */
    @Test
    void a_full_audit_log_in_memory_denies_no_request_and_prevents_no_revocation() {
        InMemoryAuditLog full = new InMemoryAuditLog(500);
        InMemoryTokenStore store = new InMemoryTokenStore(full);
        try (LecternAuth auth = LecternAuth.builder(unlimited())
                .tokens(store)
                .clock(f.clock)
                .audit(full, AuditMode.DURABLE)
                .open()) {
            IssuedToken greedy = issue(auth, Fixture.TENANT);
            IssuedToken theirs = issue(auth, "school-2");
            assertThat(auth.authenticate(Ask.with(theirs).request(), Requirement.anyToken()))
                    .isInstanceOf(Allowed.class);
            for (int i = 0; i < 2_000; i++) {
                assertThat(auth.authenticate(Ask.with(greedy).request(), Requirement.anyToken()))
                        .isInstanceOf(Allowed.class);
            }
            assertThat(auth.authenticate(Ask.with(theirs).request(), Requirement.anyToken()))
                    .isInstanceOf(Allowed.class);
            auth.tenant(Fixture.TENANT)
                    .tokens()
                    .actingAs(Fixture.APP)
                    .revoke(greedy.id())
                    .orElseThrow();

            assertThat(auth.authenticate(Ask.with(greedy).request(), Requirement.anyToken()))
                    .isInstanceOf(Denied.class);
            assertThat(events(full, "school-2")).containsExactly("token.issued", "call", "call");
            assertThat(events(full, Fixture.TENANT))
                    .hasSize(2 + 498)
                    .startsWith("token.issued")
                    .endsWith("token.revoked", "call");
            assertThat(full.dropped()).isEqualTo(2_001 - 498);
        }
    }

    private static Dialect unlimited() {
        return Lectern.DIALECT.toBuilder()
                .limits(LimitPlan.unlimited(), LimitHeaders.X_RATE_LIMIT)
                .build();
    }

    private static IssuedToken issue(LecternAuth auth, String tenantId) {
        return auth.tenant(tenantId)
                .tokens()
                .actingAs(Fixture.APP)
                .issue(Fixture.settings())
                .orElseThrow();
    }

    private static List<String> events(InMemoryAuditLog log, String tenantId) {
        return log.readWritten(tenantId, CursorPage.START, log.settled(), 10_000).items().stream()
                .map(AuditEvent::event)
                .toList();
    }
}
