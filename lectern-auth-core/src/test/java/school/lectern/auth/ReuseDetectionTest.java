package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static school.lectern.auth.Fixture.TENANT;
import static school.lectern.auth.Fixture.settings;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import school.lectern.auth.Fixture.Ask;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** A token that is used after its bearer has replaced it, and its grace period is over: its line is revoked. */
class ReuseDetectionTest {

    private static final GracePeriod MINUTE = GracePeriod.of(Duration.ofMinutes(1));

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger revoked = new AtomicInteger();
    private final InMemoryAuthMetrics metrics = new InMemoryAuthMetrics();
    private final Fixture f = new Fixture(
            Lectern.DIALECT,
            settings -> settings.detectReuse().metrics(metrics).listener(new AuthListener() {
                @Override
                public void revoked(Token token) {
                    revoked.incrementAndGet();
                }

                @Override
                public void reuseDetected(Token token, @Nullable IpAddress address, Instant at) {
                    heard.add(token.id() + " from " + address + " at " + at + ", revoked: " + revoked.get());
                }
            }));
    private final TokenOperations tokens = f.auth.tenant(TENANT).tokens();

    @AfterEach
    void close() {
        f.close();
    }

    private IssuedToken rotateSelf(IssuedToken token) {
        return f.auth.rotateSelf(Ask.with(token).request(), Requirement.anyToken(), MINUTE)
                .orElseThrow();
    }

    private Kind refusal(IssuedToken token) {
        return f.refusal(Ask.with(token));
    }

    private long reuses() {
        return metrics.snapshot().get("reuses");
    }

    @Test
    void the_whole_line_is_revoked_and_reported_once() throws InterruptedException {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        IssuedToken third = rotateSelf(second);
        IssuedToken other = f.issue(settings().name("other"));
        f.clock.advance(Duration.ofMinutes(1));
        String now = f.clock.instant().toString();

        assertThat(refusal(first)).as("the answer does not change").isEqualTo(Kind.EXPIRED);
        assertThat(refusal(third)).isEqualTo(Kind.REVOKED);
        assertThat(refusal(second)).isEqualTo(Kind.REVOKED);
        assertThat(refusal(first)).isEqualTo(Kind.REVOKED);
        f.allowed(Ask.with(other));

        assertThat(heard.poll(1, TimeUnit.MINUTES)).isEqualTo(first.id() + " from 10.1.1.1 at " + now + ", revoked: 3");
        assertThat(heard).isEmpty();
        assertThat(reuses()).isEqualTo(1);
        assertThat(metrics.snapshot()).containsEntry("tokens:token.revoked", 3L);
        String reason = "token " + first.id() + " was used after its bearer had replaced it";
        assertThat(f.changes().stream().filter(row -> row.event().equals("token.revoked")))
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.details()).containsEntry("reason", reason))
                .extracting(AuditEvent::actor)
                .containsOnlyNulls();
        assertThat(f.stored(third).revocationReason()).isEqualTo(reason);
    }

    @Test
    void a_use_within_the_grace_period_is_none_and_nor_is_a_repeated_rotation() {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1).minusMillis(1));
        f.allowed(Ask.with(first));
        assertThat(f.auth.rotateSelf(Ask.with(first).request(), Requirement.anyToken(), MINUTE))
                .isInstanceOf(Outcome.Refused.class);
        f.allowed(Ask.with(second));
        assertThat(reuses()).isZero();
    }

    @Test
    void a_token_that_the_application_rotated_is_none() {
        IssuedToken first = f.issue();
        IssuedToken second = tokens.rotate(first.id(), MINUTE).orElseThrow();
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(refusal(first)).isEqualTo(Kind.EXPIRED);
        f.allowed(Ask.with(second));
    }

    @Test
    void a_token_with_another_end_is_none() {
        IssuedToken first = f.issue(settings().expiresAt(f.clock.instant().plusSeconds(30)));
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofSeconds(30));
        assertThat(refusal(first)).isEqualTo(Kind.EXPIRED);
        assertThat(f.stored(second).isRevoked()).isFalse();
    }

    @Test
    void a_wrong_secret_is_none() {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(f.refusal(Ask.with(Fixture.wrong(first)))).isEqualTo(Kind.UNKNOWN_TOKEN);
        f.allowed(Ask.with(second));
    }

    /** A handler that streams for an hour was allowed before its client rotated the token. */
    @Test
    void a_request_that_is_checked_again_is_none() {
        IssuedToken first = f.issue();
        AuthRequest request = Ask.with(first).request();
        f.allowed(Ask.with(first));
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(f.auth.recheck(request, Requirement.anyToken()).toString()).contains("EXPIRED");
        assertThat(Fixture.refused(f.auth.rotateSelf(request, Requirement.anyToken(), MINUTE))
                        .kind())
                .isEqualTo(Kind.EXPIRED);
        f.allowed(Ask.with(second));
    }

    /** The denial names the first reason as without detection, and the line is revoked all the same. */
    @Test
    void another_reason_for_the_denial_does_not_hide_the_reuse() {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1));
        f.auth.tenant(TENANT).suspend().orElseThrow();
        assertThat(refusal(first)).isEqualTo(Kind.SUSPENDED);
        f.auth.tenant(TENANT).resume().orElseThrow();
        assertThat(refusal(second)).isEqualTo(Kind.REVOKED);
    }

    @Test
    void without_the_setting_nothing_is_revoked() {
        try (Fixture plain = new Fixture()) {
            IssuedToken first = plain.issue();
            IssuedToken second = plain.auth
                    .rotateSelf(Ask.with(first).request(), Requirement.anyToken(), MINUTE)
                    .orElseThrow();
            plain.clock.advance(Duration.ofMinutes(1));
            assertThat(plain.refusal(Ask.with(first))).isEqualTo(Kind.EXPIRED);
            plain.allowed(Ask.with(second));
        }
    }

    @Test
    void a_storage_that_fails_is_a_server_error_and_the_next_use_tries_again() {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1));
        f.tokens.beforeGroupRevocation = () -> {
            throw new StorageException("down");
        };
        assertThat(refusal(first)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(reuses()).isZero();
        f.tokens.beforeGroupRevocation = () -> {};
        assertThat(refusal(first)).isEqualTo(Kind.EXPIRED);
        assertThat(refusal(second)).isEqualTo(Kind.REVOKED);
    }

    /** As after any revocation, the tokens are revoked, the audit log has them, and the log has a line about the wait. */
    @Test
    void a_revocation_that_cannot_be_confirmed_was_made_and_is_reported() {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1));
        f.tokens.feed = f.tokens.real.changes().orElseThrow();
        f.tokens.feed.setLease(Duration.ofMinutes(1));
        try (LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(f.tokens)
                .clock(f.clock)
                .limits(f.limits)
                .metrics(metrics)
                .detectReuse()
                .open()) {
            // The wait for the leases fails immediately.
            Thread.currentThread().interrupt();
            Decision decision = auth.authenticate(Ask.with(first).request(), Requirement.anyToken());
            assertThat(Thread.interrupted()).isTrue();
            assertThat(((Denied) decision).error().kind()).isEqualTo(Kind.EXPIRED);
        }
        assertThat(f.stored(second).isRevoked()).isTrue();
        assertThat(f.stored(first).isRevoked()).isTrue();
        assertThat(reuses()).isEqualTo(1);
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_flood_of_uses_causes_one_revocation_and_does_not_wait_for_it() throws Exception {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        f.clock.advance(Duration.ofMinutes(1));
        CountDownLatch revoking = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        AtomicInteger attempts = new AtomicInteger();
        f.tokens.beforeGroupRevocation = () -> {
            attempts.incrementAndGet();
            revoking.countDown();
            awaitUninterruptibly(done);
        };
        CompletableFuture<Kind> slow = CompletableFuture.supplyAsync(() -> refusal(first), task -> {
            Thread thread = new Thread(task, "slow");
            thread.setDaemon(true);
            thread.start();
        });
        try {
            revoking.await();
            for (int i = 0; i < 100; i++) {
                assertThat(refusal(first)).isEqualTo(Kind.EXPIRED);
            }
        } finally {
            done.countDown();
        }
        assertThat(slow.get()).isEqualTo(Kind.EXPIRED);
        assertThat(refusal(first)).isEqualTo(Kind.REVOKED);
        assertThat(refusal(second)).isEqualTo(Kind.REVOKED);
        assertThat(attempts).hasValue(1);
        assertThat(reuses()).isEqualTo(1);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    /** An application may rotate the successor: its own rotation is none, but it belongs to the line. */
    @Test
    void the_rotations_of_the_application_belong_to_the_line() {
        IssuedToken first = f.issue();
        IssuedToken second = rotateSelf(first);
        IssuedToken third =
                tokens.rotate(second.id(), GracePeriod.untilRevoked()).orElseThrow();
        f.clock.advance(Duration.ofMinutes(1));
        assertThat(refusal(first)).isEqualTo(Kind.EXPIRED);
        assertThat(List.of(refusal(second), refusal(third))).containsOnly(Kind.REVOKED);
    }
}
