package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.tenant.KnownTenants;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/** A LecternAuth that checks in the application's directory whether a token's tenant is known. */
class KnownTenantsTest {

    private static final TenantDirectory KNOWS_ALL = id -> Optional.of(new Tenant(id, null));
    private static final TenantDirectory KNOWS_NONE = id -> Optional.empty();
    private static final TenantDirectory DOWN = id -> {
        throw new IllegalStateException("down");
    };

    private final AtomicInteger calls = new AtomicInteger();
    private volatile TenantDirectory directory = KNOWS_ALL;

    private final Fixture f = new Fixture(
            Lectern.DIALECT,
            settings -> settings.tenants(id -> {
                        calls.incrementAndGet();
                        return directory.find(id);
                    })
                    .requireKnownTenants());

    private final IssuedToken token = f.issue();

    @AfterEach
    void close() {
        f.close();
    }

    @Test
    void a_token_of_a_tenant_that_the_directory_does_not_know_is_denied() {
        directory = KNOWS_NONE;
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.TENANT_GONE);
        assertThat(f.limits.taken).isEmpty();
    }

    @Test
    void without_that_setting_no_request_calls_it() {
        try (Fixture lax = new Fixture(Lectern.DIALECT, settings -> settings.tenants(DOWN))) {
            lax.allowed(Ask.with(lax.issue()));
        }
    }

    @Test
    void it_is_called_after_the_tenants_own_state_and_before_the_tokens_end() {
        directory = KNOWS_NONE;
        IssuedToken expires =
                f.issue(Fixture.settings().expiresAt(f.clock.instant().plusSeconds(1)));
        f.clock.advance(Duration.ofSeconds(2));
        assertThat(f.refusal(Ask.with(Fixture.wrong(expires)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.auth.tenant(Fixture.TENANT).actingAs(Fixture.APP).suspend();
        assertThat(f.refusal(Ask.with(expires))).isEqualTo(Kind.SUSPENDED);
        f.auth.tenant(Fixture.TENANT).actingAs(Fixture.APP).resume();
        assertThat(calls).hasValue(0);
        assertThat(f.refusal(Ask.with(expires))).isEqualTo(Kind.TENANT_GONE);
        f.auth.tenant(Fixture.TENANT).tokens().actingAs(Fixture.APP).revoke(expires.id());
        assertThat(f.refusal(Ask.with(expires))).isEqualTo(Kind.REVOKED);
        assertThat(calls).hasValue(1);
    }

    @Test
    void that_a_tenant_is_known_is_used_for_a_minute() {
        f.allowed(Ask.with(token));
        directory = KNOWS_NONE;
        f.clock.advance(Duration.ofMillis(59_999));
        f.allowed(Ask.with(token));
        assertThat(calls).hasValue(1);
        f.clock.advance(Duration.ofMillis(1));
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.TENANT_GONE);
        assertThat(calls).hasValue(2);
    }

    @Test
    void that_a_tenant_is_unknown_is_used_for_a_second() {
        directory = KNOWS_NONE;
        assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.TENANT_GONE);
        directory = KNOWS_ALL;
        f.clock.advance(Duration.ofSeconds(1));
        f.allowed(Ask.with(token));
    }

    @Test
    void a_directory_that_fails_is_a_server_error_unless_a_young_answer_is_there() {
        f.allowed(Ask.with(token));
        directory = DOWN;
        f.clock.advance(Duration.ofSeconds(59));
        f.allowed(Ask.with(token));
        f.clock.advance(Duration.ofSeconds(1));
        for (TenantDirectory fault : List.of(DOWN, (TenantDirectory) id -> null, (TenantDirectory) id -> {
            throw new StackOverflowError();
        })) {
            directory = fault;
            assertThat(f.refusal(Ask.with(token))).isEqualTo(Kind.UNAVAILABLE);
        }
        directory = KNOWS_ALL;
        f.allowed(Ask.with(token));
    }

    @Test
    void a_recheck_sees_an_unknown_tenant_too() {
        Ask ask = Ask.with(token);
        f.allowed(ask);
        directory = KNOWS_NONE;
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(f.auth.recheck(ask.request(), school.lectern.auth.decision.Requirement.anyToken()))
                .isInstanceOfSatisfying(
                        school.lectern.auth.decision.Decision.Denied.class,
                        denied -> assertThat(denied.error().kind()).isEqualTo(Kind.TENANT_GONE));
    }

    /** A caller does not wait for a directory call that other callers have already timed out on. */
    @Test
    void if_the_directory_hangs_each_caller_gets_a_server_error_and_one_call_is_running() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        directory = id -> {
            try {
                hangs.await();
            } catch (InterruptedException cancelled) {
                throw new IllegalStateException(cancelled);
            }
            return Optional.empty();
        };
        ExecutorService callers = Executors.newFixedThreadPool(20);
        try {
            List<Future<Kind>> refusals = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                refusals.add(callers.submit(() -> f.refusal(Ask.with(token))));
            }
            for (Future<Kind> refusal : refusals) {
                assertThat(refusal.get()).isEqualTo(Kind.UNAVAILABLE);
            }
            assertThat(calls.get()).as("directory calls of 20 requests").isLessThan(20);
        } finally {
            callers.shutdown();
            hangs.countDown();
        }
        directory = KNOWS_ALL;
        f.allowed(Ask.with(token));
    }

    @Test
    void callers_at_once_share_one_call() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        AtomicInteger made = new AtomicInteger();
        KnownTenants known = new KnownTenants(
                id -> {
                    made.incrementAndGet();
                    started.countDown();
                    try {
                        goesOn.await();
                    } catch (InterruptedException cancelled) {
                        throw new IllegalStateException(cancelled);
                    }
                    return Optional.of(new Tenant(id, null));
                },
                Clocks.of(f.clock),
                Duration.ofMinutes(1));
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try {
            List<Future<Optional<Tenant>>> found = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                found.add(callers.submit(() -> known.find("1")));
            }
            started.await();
            goesOn.countDown();
            for (Future<Optional<Tenant>> each : found) {
                assertThat(each.get()).isPresent();
            }
            assertThat(made).hasValue(1);
        } finally {
            callers.shutdown();
            known.close();
        }
    }

    @Test
    void answers_are_bounded_and_failures_displace_none() {
        KnownTenants known = new KnownTenants(
                id -> {
                    calls.incrementAndGet();
                    return directory.find(id);
                },
                Clocks.of(f.clock),
                Duration.ofMinutes(1));
        known.find("kept");
        directory = DOWN;
        for (int i = 0; i < 20_000; i++) {
            String id = "failing-" + i;
            assertThatThrownBy(() -> known.find(id)).isInstanceOf(StorageException.class);
        }
        int before = calls.get();
        assertThat(known.find("kept")).isPresent();
        assertThat(calls).hasValue(before);

        directory = KNOWS_ALL;
        for (int i = 0; i < 20_000; i++) {
            known.find("tenant-" + i);
        }
        assertThat(known.size()).isLessThanOrEqualTo(10_000);
        known.close();
    }

    @Test
    void a_judge_that_requires_known_tenants_needs_a_directory() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LecternAuth.builder(Lectern.DIALECT)
                        .tokens(f.tokens)
                        .requireKnownTenants()
                        .open())
                .withMessageContaining("tenants(...)");
    }
}
