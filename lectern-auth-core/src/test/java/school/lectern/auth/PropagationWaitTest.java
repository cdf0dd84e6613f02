package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static school.lectern.auth.Fixture.APP;
import static school.lectern.auth.Fixture.TENANT;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.background.BackgroundTasks;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** Changes return when all nodes enforce them. The leases here last 50 ms, so a wait takes at least 50.5 ms. */
class PropagationWaitTest {

    private static final Duration LEASE = Duration.ofMillis(50);
    private static final Duration WAIT = Duration.ofNanos(50_500_000);

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final InMemoryTokenStore tokens = new InMemoryTokenStore(new InMemoryAuditLog());
    private final LecternAuth auth =
            LecternAuth.builder(Lectern.DIALECT).tokens(tokens).open();
    private final LecternAuth issuer = auth;
    private final BackgroundTasks background = new BackgroundTasks();
    private final String id = issue();

    PropagationWaitTest() {
        tokens.changes().orElseThrow().setLease(LEASE);
    }

    @AfterEach
    void close() {
        auth.close();
    }

    private String issue() {
        return issuer.tenant(TENANT)
                .tokens()
                .actingAs(APP)
                .issue(Fixture.settings())
                .orElseThrow()
                .token()
                .id();
    }

    /** Runs the change on an interrupted thread: if it waited, its outcome would be pending. */
    private static <T> Outcome<T> withoutWaiting(Supplier<Outcome<T>> change) {
        Thread.currentThread().interrupt();
        Outcome<T> outcome = change.get();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure(outcome)).isEmpty();
        return outcome;
    }

    /** Returns why the propagation could not be waited for, or empty if it is complete. */
    private static Optional<String> failure(Outcome<?> outcome) {
        CompletableFuture<Void> stage = outcome.propagation().toCompletableFuture();
        assertThat(stage).isDone();
        return stage.handle((done, why) -> Optional.ofNullable(why).map(Throwable::getMessage))
                .join();
    }

    private static Duration time(Supplier<?> what) {
        long start = System.nanoTime();
        what.get();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    void a_change_that_affects_authorization_returns_after_a_lease_and_a_hundredth() {
        assertThat(time(() -> issuer.tenant(TENANT)
                        .tokens()
                        .actingAs(APP)
                        .revoke(issue())
                        .orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.tenant(TENANT)
                        .tokens()
                        .actingAs(APP)
                        .regenerate(id)
                        .orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.tenant(TENANT)
                        .tokens()
                        .actingAs(APP)
                        .rotate(issue(), GracePeriod.none())
                        .orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.tenant(TENANT).actingAs(APP).suspend().orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.tenant(TENANT).actingAs(APP).resume().orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() ->
                        issuer.tenant(TENANT).tokens().actingAs(APP).revokeAll().orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
    }

    @Test
    void an_update_of_any_field_that_affects_authorization_waits() {
        List<TokenUpdate> deciding = List.of(
                new TokenUpdate().scopes(ScopeSet.parse("read:courses")),
                new TokenUpdate().expiresAt(Instant.parse("2999-01-01T00:00:00Z")),
                new TokenUpdate().allowlist(Fixture.allowlist("10.0.0.0/8")),
                new TokenUpdate().rateLimits(Map.of("read", 5L)));
        for (TokenUpdate settings : deciding) {
            assertThat(time(() -> issuer.tenant(TENANT)
                            .tokens()
                            .actingAs(APP)
                            .update(id, settings)
                            .orElseThrow()))
                    .isGreaterThanOrEqualTo(WAIT);
        }
    }

    @Test
    void a_change_that_does_not_affect_authorization_does_not_wait() {
        TokenUpdate said = new TokenUpdate().name("other").description("said").metadata(Map.of("k", "v"));
        withoutWaiting(() -> issuer.tenant(TENANT).tokens().actingAs(APP).update(id, said))
                .orElseThrow();
        withoutWaiting(() -> issuer.tenant(TENANT).tokens().actingAs(APP).issue(Fixture.settings()))
                .orElseThrow();
    }

    @Test
    void a_refused_change_does_not_wait() {
        assertThat(withoutWaiting(
                        () -> issuer.tenant("school-2").tokens().actingAs(APP).revoke(id)))
                .isInstanceOf(Outcome.Refused.class);
    }

    /** The first call may have been interrupted while it waited. */
    @Test
    void a_repeated_change_waits_too() {
        issuer.tenant(TENANT).tokens().actingAs(APP).withoutWaiting().revoke(id).orElseThrow();
        long start = System.nanoTime();
        assertThat(issuer.tenant(TENANT).tokens().actingAs(APP).revoke(id))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.value()).isEqualTo(Revocation.ALREADY_REVOKED));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
        issuer.tenant(TENANT).actingAs(APP).withoutWaiting().suspend().orElseThrow();
        start = System.nanoTime();
        assertThat(issuer.tenant(TENANT).actingAs(APP).suspend().orElseThrow()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
    }

    @Test
    void a_change_that_is_known_to_be_propagated_is_not_waited_for_again() {
        try (Fixture f = new Fixture()) {
            Told feed = new Told(LEASE);
            f.tokens.feed = feed;
            LecternAuth other =
                    LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens).open();
            String token = f.issue().id();
            other.tenant(TENANT).tokens().actingAs(APP).revoke(token).orElseThrow();
            assertThat(withoutWaiting(
                            () -> other.tenant(TENANT).tokens().actingAs(APP).revoke(token)))
                    .isInstanceOfSatisfying(
                            Outcome.Done.class, done -> assertThat(done.value()).isEqualTo(Revocation.ALREADY_REVOKED));
            long start = System.nanoTime();
            feed.number.incrementAndGet();
            assertThat(other.acrossTenants().awaitPropagation()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("wait after another change")
                    .isGreaterThanOrEqualTo(WAIT);
        }
    }

    @Test
    void the_number_of_threads_that_wait_is_bounded_and_the_others_are_pending() throws Exception {
        Told feed = new Told(Duration.ofMinutes(10));
        PropagationWait confirmation = new PropagationWait(feed, background);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<Optional<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                waiting.add(threads.submit(() -> confirmation.await()));
            }
            Awaitility.await().atMost(PATIENCE).until(() -> confirmation.waiting() == 64);
            assertThat(confirmation.await())
                    .hasValueSatisfying(why -> assertThat(why).startsWith("too many"));
            for (int i = 0; i < 16; i++) {
                waiting.add(threads.submit(() -> confirmation.awaitRepetition()));
            }
            Awaitility.await().atMost(PATIENCE).until(() -> confirmation.waiting() == 80);
            assertThat(confirmation.awaitRepetition()).isPresent();
            threads.shutdownNow();
            for (Future<Optional<String>> each : waiting) {
                assertThat(each.get(1, TimeUnit.MINUTES)).contains("interrupted while the leases of caches last");
            }
            assertThat(confirmation.waiting()).isZero();
        } finally {
            threads.shutdownNow();
        }
    }

    /** 400 callers repeat a revocation. Those over the bound are pending, and their next attempt does not wait. */
    @Test
    void many_callers_that_repeat_a_revocation_wait_together() throws Exception {
        issuer.tenant(TENANT).tokens().actingAs(APP).withoutWaiting().revoke(id).orElseThrow();
        ExecutorService threads = Executors.newFixedThreadPool(400);
        try {
            List<Callable<Outcome<Revocation>>> callers = Collections.nCopies(
                    400, () -> issuer.tenant(TENANT).tokens().actingAs(APP).revoke(id));
            for (Future<Outcome<Revocation>> each : threads.invokeAll(callers)) {
                assertThat(each.get()).isNotInstanceOf(Outcome.Refused.class);
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> issuer.acrossTenants().awaitPropagation().isEmpty());
            for (Future<Outcome<Revocation>> each : threads.invokeAll(callers)) {
                assertThat(each.get())
                        .isInstanceOfSatisfying(
                                Outcome.Done.class,
                                done -> assertThat(done.value()).isEqualTo(Revocation.ALREADY_REVOKED));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** A feed with a change number and a lease length that the test sets. */
    private static final class Told implements ChangeFeed {
        private final AtomicLong number = new AtomicLong(7);
        private final Duration wait;

        Told(Duration wait) {
            this.wait = wait;
        }

        @Override
        public Changes since(Position known) {
            return new Changes(newest(), wait, Optional.empty());
        }

        private Position newest() {
            return new Position(number.get(), 1);
        }

        @Override
        public Confirmation confirmation() {
            return new Confirmation(newest(), wait);
        }

        @Override
        public boolean hasOwnChanges() {
            return true;
        }

        @Override
        public void setLease(Duration length) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void unconfirmed_changes_return_at_once_and_one_wait_confirms_them_all() {
        TokenOperations batch = issuer.tenant(TENANT).tokens().withoutWaiting();
        String other = issue();
        Thread.currentThread().interrupt();
        batch.revoke(other).orElseThrow();
        batch.regenerate(id).orElseThrow();
        assertThat(Thread.interrupted()).isTrue();
        long start = System.nanoTime();
        assertThat(issuer.acrossTenants().awaitPropagation()).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
    }

    @Test
    void a_change_without_waiting_completes_its_propagation_later() {
        TokenOperations batch = issuer.tenant(TENANT).tokens().withoutWaiting();
        long start = System.nanoTime();
        Outcome<Revocation> outcome = batch.revoke(id);
        CompletionStage<Void> propagation = outcome.propagation();
        assertThat(outcome.propagation() == propagation)
                .as("the same stage again")
                .isTrue();
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> propagation.toCompletableFuture().isDone());
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
        assertThat(failure(outcome)).isEmpty();
    }

    @Test
    void a_callback_of_a_propagation_may_wait_for_another_propagation() {
        TokenOperations batch = issuer.tenant(TENANT).tokens().withoutWaiting();
        List<CompletableFuture<Void>> chains = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String next = issue();
            chains.add(batch.revoke(issue())
                    .propagation()
                    .thenRun(() -> batch.revoke(next)
                            .propagation()
                            .toCompletableFuture()
                            .join())
                    .toCompletableFuture());
        }
        Awaitility.await().atMost(PATIENCE).until(() -> chains.stream().allMatch(CompletableFuture::isDone));
        assertThat(chains).noneMatch(CompletableFuture::isCompletedExceptionally);
    }

    @Test
    void a_grace_period_is_not_waited_for_but_its_propagation_can_be() {
        Outcome<IssuedToken> outcome = issuer.tenant(TENANT).tokens().rotate(id, GracePeriod.of(Duration.ofHours(1)));
        CompletableFuture<Void> propagation = outcome.propagation().toCompletableFuture();
        Awaitility.await().atMost(PATIENCE).until(propagation::isDone);
        assertThat(propagation).isNotCompletedExceptionally();
    }

    @Test
    void a_propagation_under_way_fails_when_the_library_is_closed() {
        PropagationWait wait = new PropagationWait(new Told(Duration.ofMinutes(10)), background);
        CompletableFuture<Void> stage = wait.begin().toCompletableFuture();
        wait.close();
        assertThatThrownBy(stage::join).hasCauseInstanceOf(PropagationException.class);
        assertThatThrownBy(() -> wait.begin().toCompletableFuture().join())
                .as("a propagation that begins after the close")
                .hasCauseInstanceOf(PropagationException.class);
    }

    @Test
    void a_propagation_without_a_thread_fails_as_one_that_is_waited_for() {
        for (ChangeFeed feed : List.of(new Unreadable(), new Forgetful(), new UnreadableAtTheEnd())) {
            PropagationWait wait = new PropagationWait(feed, background);
            assertThatThrownBy(() -> wait.begin().toCompletableFuture().join())
                    .hasCauseInstanceOf(PropagationException.class);
        }
    }

    @Test
    void the_lease_length_is_read_for_each_wait() {
        tokens.changes().orElseThrow().setLease(Duration.ofMillis(120));
        assertThat(time(() -> issuer.tenant(TENANT).tokens().actingAs(APP).revoke(id)))
                .isGreaterThanOrEqualTo(Duration.ofMillis(121));
    }

    @Test
    void without_leases_changes_do_not_wait() {
        tokens.changes().orElseThrow().setLease(Duration.ZERO);
        withoutWaiting(() -> issuer.tenant(TENANT).tokens().actingAs(APP).revoke(id))
                .orElseThrow();
    }

    @Test
    void changes_do_not_wait_if_one_process_has_all_tokens() {
        try (Fixture f = new Fixture()) {
            withoutWaiting(() -> f.auth.tenant(TENANT).actingAs(APP).suspend()).orElseThrow();
            assertThat(f.auth.acrossTenants().awaitPropagation()).isEmpty();
        }
    }

    @Test
    void behind_a_cache_it_is_the_same() {
        try (CachingTokenStore cache = CachingTokenStore.builder(tokens).open();
                LecternAuth cached =
                        LecternAuth.builder(Lectern.DIALECT).tokens(cache).open()) {
            assertThat(time(() -> cached.tenant(TENANT)
                            .tokens()
                            .actingAs(APP)
                            .revoke(issue())
                            .orElseThrow()))
                    .isGreaterThanOrEqualTo(WAIT);
        }
    }

    @Test
    void an_interrupted_wait_is_pending_and_the_thread_stays_interrupted() {
        Thread.currentThread().interrupt();
        Outcome<Revocation> outcome =
                issuer.tenant(TENANT).tokens().actingAs(APP).revoke(id);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome.orElseThrow()).isEqualTo(Revocation.REVOKED);
        assertThat(failure(outcome)).contains("interrupted while the leases of caches last");
        assertThat(issuer.tenant(TENANT).tokens().actingAs(APP).revoke(id))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.value()).isEqualTo(Revocation.ALREADY_REVOKED));
    }

    @Test
    void a_change_is_pending_if_the_lease_length_cannot_be_read() {
        Fixture f = new Fixture();
        f.tokens.feed = new Unreadable();
        LecternAuth unsure =
                LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens).open();
        String token = f.issue().id();
        Outcome<Revocation> outcome =
                unsure.tenant(TENANT).tokens().actingAs(APP).revoke(token);
        assertThat(outcome.orElseThrow()).isEqualTo(Revocation.REVOKED);
        assertThat(failure(outcome)).hasValueSatisfying(why -> assertThat(why).contains("could not be read"));
        assertThat(f.tokens.get(TENANT, token).orElseThrow().isRevoked()).isTrue();
        assertThat(unsure.acrossTenants().awaitPropagation()).isPresent();
        f.close();
    }

    /** As after a failover to a server that had not received the change. */
    @Test
    void a_change_that_the_store_has_lost_is_pending() {
        Fixture f = new Fixture();
        f.tokens.feed = new Forgetful();
        try (LecternAuth forgetful =
                LecternAuth.builder(Lectern.DIALECT).tokens(f.tokens).open()) {
            String token = f.issue().id();
            assertThat(failure(forgetful.tenant(TENANT).tokens().actingAs(APP).revoke(token)))
                    .hasValueSatisfying(why -> assertThat(why).contains("has lost changes", "repeat the change"));
            assertThat(forgetful.acrossTenants().awaitPropagation()).isPresent();
        }
        f.close();
    }

    private static final class Forgetful implements ChangeFeed {
        @Override
        public Changes since(Position known) {
            return new Changes(Position.NONE, LEASE, Optional.empty());
        }

        @Override
        public boolean hasOwnChanges() {
            return false;
        }

        @Override
        public Confirmation confirmation() {
            return new Confirmation(new Position(1, 1), LEASE);
        }

        @Override
        public void setLease(Duration length) {
            throw new UnsupportedOperationException();
        }
    }

    /** A database that restarts while a change waits to propagate. */
    private static final class UnreadableAtTheEnd implements ChangeFeed {
        @Override
        public Changes since(Position known) {
            return new Changes(Position.NONE, LEASE, Optional.empty());
        }

        @Override
        public boolean hasOwnChanges() {
            throw new StorageException("no connection");
        }

        @Override
        public Confirmation confirmation() {
            return new Confirmation(new Position(1, 1), LEASE);
        }

        @Override
        public void setLease(Duration length) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Unreadable implements ChangeFeed {
        @Override
        public Changes since(Position known) {
            return new Changes(Position.NONE, LEASE, Optional.empty());
        }

        @Override
        public boolean hasOwnChanges() {
            return true;
        }

        @Override
        public Confirmation confirmation() {
            throw new StorageException("no connection");
        }

        @Override
        public void setLease(Duration length) {
            throw new UnsupportedOperationException();
        }
    }
}
