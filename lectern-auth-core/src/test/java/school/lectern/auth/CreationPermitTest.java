package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.refused;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

/** A rejected creation consumes no permit. A creation whose outcome is unknown consumes one. */
class CreationPermitTest {

    private static final int AT_ONCE = 10;

    private Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    static Stream<RateLimit> limits() {
        Duration hour = Duration.ofHours(1);
        return Stream.of(RateLimit.fixed(10, hour), RateLimit.sliding(10, hour), RateLimit.gcra(10, hour));
    }

    private void limit(RateLimit limit) {
        f.close();
        Dialect dialect =
                Lectern.DIALECT.toBuilder().creationLimit(limit).uniqueNames().build();
        f = new Fixture(dialect);
    }

    private long left(RateLimit limit) {
        return f.limits
                .peek(
                        LimitTake.of(new LimitKey("tenant:" + TENANT, "create"), limit),
                        Clocks.of(f.clock).now())
                .remaining();
    }

    private Outcome<IssuedToken> issue(String name) {
        return f.auth.tenant(TENANT).tokens().actingAs(APP).issue(settings().name(name));
    }

    /** All callers find the name free and acquire their permits before the first insert. */
    @ParameterizedTest
    @MethodSource("limits")
    void ten_concurrent_creations_of_one_name_spend_one_permit(RateLimit limit) throws Exception {
        limit(limit);
        CyclicBarrier together = new CyclicBarrier(AT_ONCE);
        f.tokens.beforeInsert = () -> await(together);
        int made = 0;
        for (Outcome<IssuedToken> outcome : atOnce(() -> issue("one"))) {
            if (outcome instanceof Outcome.Done) {
                made++;
            } else {
                assertThat(refused(outcome).kind()).isEqualTo(Kind.NAME_TAKEN);
            }
        }
        f.tokens.beforeInsert = () -> {};
        assertThat(made).isEqualTo(1);
        assertThat(left(limit)).isEqualTo(9);
        for (int i = 0; i < 9; i++) {
            issue("next-" + i).orElseThrow();
        }
        assertThat(refused(issue("last")).kind()).isEqualTo(Kind.CREATION_LIMITED);
    }

    /** Concurrent creations that fail do not make a window admit more than its limit. */
    @Test
    void creations_that_race_and_fail_admit_no_more_than_the_limit() throws Exception {
        RateLimit limit = RateLimit.fixed(10, Duration.ofHours(1));
        limit(limit);
        int made = 0;
        for (int round = 0; round < 30; round++) {
            String name = "name-" + round % 15;
            for (Outcome<IssuedToken> outcome : atOnce(() -> issue(name))) {
                made += outcome instanceof Outcome.Done ? 1 : 0;
            }
        }
        assertThat(made).isEqualTo(10);
        assertThat(left(limit)).isZero();
    }

    @ParameterizedTest
    @MethodSource("limits")
    void a_change_that_another_one_forestalls_spends_none(RateLimit limit) {
        limit(limit);
        IssuedToken rotated = issue("rotated").orElseThrow();
        IssuedToken revoked = issue("revoked").orElseThrow();
        String id = rotated.id();
        once(() -> {
            StoredToken now = f.stored(rotated);
            f.tokens.real.update(
                    now.toBuilder().successorId("apitoken_other").build(), TokenConstraints.none(), List.of());
        });
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(APP).rotate(id, GracePeriod.untilRevoked()))
                        .kind())
                .isEqualTo(Kind.CONFLICT);
        String other = revoked.id();
        once(() -> f.tokens.real.revoke(SingleRevocation.of(TENANT, other, f.clock.instant(), List.of())));
        assertThat(refused(f.auth.tenant(TENANT).tokens().actingAs(APP).regenerate(other))
                        .kind())
                .isEqualTo(Kind.INVALID_REQUEST);
        assertThat(left(limit)).isEqualTo(8);
    }

    @Test
    void a_token_that_is_changed_again_and_again_spends_none() {
        RateLimit limit = RateLimit.fixed(10, Duration.ofHours(1));
        limit(limit);
        IssuedToken token = issue("changed").orElseThrow();
        f.tokens.beforeChange = () -> f.tokens.real.update(f.stored(token), TokenConstraints.none(), List.of());
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> f.auth.tenant(TENANT).tokens().actingAs(APP).regenerate(token.id()));
        assertThat(left(limit)).isEqualTo(9);
    }

    @Test
    void a_failure_that_changed_nothing_spends_none_and_one_of_unknown_outcome_spends_its_permit() {
        RateLimit limit = RateLimit.fixed(10, Duration.ofHours(1));
        limit(limit);
        fails(true, StorageException.changedNothing("refused by the test", null));
        assertThat(left(limit)).isEqualTo(10);
        fails(true, new StorageException("cut off by the test"));
        assertThat(left(limit)).isEqualTo(9);
        fails(true, new IllegalStateException("broken by the test"));
        assertThat(left(limit)).isEqualTo(8);
        fails(false, new StorageException("cut off after it was written"));
        assertThat(left(limit)).isEqualTo(7);
    }

    private void fails(boolean before, RuntimeException failure) {
        Runnable fails = () -> {
            throw failure;
        };
        f.tokens.beforeInsert = before ? fails : () -> {};
        f.tokens.afterInsert = before ? () -> {} : fails;
        assertThatExceptionOfType(failure.getClass()).isThrownBy(() -> issue("fails"));
        f.tokens.beforeInsert = () -> {};
        f.tokens.afterInsert = () -> {};
    }

    @Test
    void a_store_in_memory_that_is_full_says_that_it_changed_nothing() {
        RateLimit limit = RateLimit.fixed(10, Duration.ofHours(1));
        limit(limit);
        StoredToken there = f.stored(issue("there").orElseThrow());
        f.tokens.beforeInsert = () -> f.tokens.real.insert(there, TokenConstraints.none(), List.of());
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> issue("second"));
        assertThat(left(limit)).isEqualTo(9);
    }

    @Test
    void a_permit_that_cannot_be_put_back_stays_consumed_and_the_result_is_unchanged() {
        RateLimit limit = RateLimit.fixed(10, Duration.ofHours(1));
        limit(limit);
        f.limits.beforePutBack = () -> {
            throw new StorageException("broken by the test");
        };
        f.tokens.beforeInsert = () -> {
            f.tokens.beforeInsert = () -> {};
            issue("one").orElseThrow();
        };
        assertThat(refused(issue("one")).kind()).isEqualTo(Kind.NAME_TAKEN);
        assertThat(left(limit)).isEqualTo(8);
    }

    private void once(Runnable step) {
        f.tokens.beforeChange = () -> {
            f.tokens.beforeChange = () -> {};
            step.run();
        };
    }

    private static <T> List<T> atOnce(Callable<T> call) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<T>> calls = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                calls.add(threads.submit(call));
            }
            List<T> answers = new ArrayList<>();
            for (Future<T> answer : calls) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            threads.shutdownNow();
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
