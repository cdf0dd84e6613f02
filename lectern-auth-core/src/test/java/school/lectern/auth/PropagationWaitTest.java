package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenGroup;

/** Changes return when they hold everywhere. The leases here are of 50 ms, so a wait is of 50.5 at least. */
class PropagationWaitTest {

    private static final Duration LEASE = Duration.ofMillis(50);
    private static final Duration WAIT = Duration.ofNanos(50_500_000);

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final InMemoryTokenStore tokens = new InMemoryTokenStore(new InMemoryAuditLog());
    private final LecternAuth auth =
            LecternAuth.builder(Lectern.DIALECT, tokens).build();
    private final TokenIssuer issuer = auth.issuer();
    private final String id = issue();

    PropagationWaitTest() {
        tokens.changes().orElseThrow().setLease(LEASE);
    }

    @AfterEach
    void close() {
        auth.close();
    }

    private String issue() {
        return issuer.issue(TENANT, TokenEnvironment.LIVE, Fixture.settings(), APP)
                .orElseThrow()
                .stored()
                .id();
    }

    /** On an interrupted thread: had it waited, its outcome would be pending. */
    private static <T> Outcome<T> withoutWaiting(Supplier<Outcome<T>> change) {
        Thread.currentThread().interrupt();
        Outcome<T> outcome = change.get();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isNotInstanceOf(Outcome.Pending.class);
        return outcome;
    }

    private static Duration time(Supplier<?> what) {
        long start = System.nanoTime();
        what.get();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    void a_change_of_what_decides_returns_after_a_lease_and_a_hundredth() {
        assertThat(time(() -> issuer.revoke(TENANT, issue(), APP).orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.regenerate(TENANT, id, APP).orElseThrow())).isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.rotate(TENANT, issue(), Duration.ZERO, APP).orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.suspend(TENANT, APP).orElseThrow())).isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() -> issuer.resume(TENANT, APP).orElseThrow())).isGreaterThanOrEqualTo(WAIT);
        assertThat(time(() ->
                        issuer.revokeAll(new TokenGroup.OfTenant(TENANT), APP).orElseThrow()))
                .isGreaterThanOrEqualTo(WAIT);
    }

    @Test
    void so_does_an_update_of_any_field_that_decides() {
        List<TokenSettings> deciding = List.of(
                new TokenSettings().scopes(ScopeSet.parse("read:courses")),
                new TokenSettings().expiresAt(Instant.parse("2999-01-01T00:00:00Z")),
                new TokenSettings().allowlist(Fixture.allowlist("10.0.0.0/8")),
                new TokenSettings().rateLimits(Map.of("read", 5L)));
        for (TokenSettings settings : deciding) {
            assertThat(time(() -> issuer.update(TENANT, id, settings, APP).orElseThrow()))
                    .isGreaterThanOrEqualTo(WAIT);
        }
    }

    @Test
    void what_does_not_decide_is_not_waited_for() {
        TokenSettings said =
                new TokenSettings().name("other").description("said").metadata(Map.of("k", "v"));
        withoutWaiting(() -> issuer.update(TENANT, id, said, APP)).orElseThrow();
        withoutWaiting(() -> issuer.issue(TENANT, TokenEnvironment.LIVE, Fixture.settings(), APP))
                .orElseThrow();
    }

    @Test
    void nor_is_what_was_refused() {
        assertThat(withoutWaiting(() -> issuer.revoke("school-2", id, APP))).isInstanceOf(Outcome.Refused.class);
    }

    /** The first call may have been cut off while it waited. */
    @Test
    void a_change_that_was_made_already_is_waited_for_too() {
        issuer.withoutWaiting().revoke(TENANT, id, APP).orElseThrow();
        long start = System.nanoTime();
        assertThat(issuer.revoke(TENANT, id, APP))
                .isEqualTo(new Outcome.Done<>(TokenIssuer.Revocation.ALREADY_REVOKED));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
        issuer.withoutWaiting().suspend(TENANT, APP).orElseThrow();
        start = System.nanoTime();
        assertThat(issuer.suspend(TENANT, APP).orElseThrow()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
    }

    @Test
    void what_is_known_to_hold_everywhere_is_not_waited_for_again() {
        try (Fixture f = new Fixture()) {
            Told feed = new Told(LEASE);
            f.tokens.feed = feed;
            TokenIssuer other =
                    LecternAuth.builder(Lectern.DIALECT, f.tokens).build().issuer();
            String token = f.issue().stored().id();
            other.revoke(TENANT, token, APP).orElseThrow();
            assertThat(withoutWaiting(() -> other.revoke(TENANT, token, APP)))
                    .isEqualTo(new Outcome.Done<>(TokenIssuer.Revocation.ALREADY_REVOKED));
            long start = System.nanoTime();
            feed.number.incrementAndGet();
            assertThat(other.awaitPropagation()).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("another change came")
                    .isGreaterThanOrEqualTo(WAIT);
        }
    }

    @Test
    void the_number_of_threads_that_wait_is_bounded_and_the_others_are_pending() throws Exception {
        Told feed = new Told(Duration.ofMinutes(10));
        PropagationWait confirmation = new PropagationWait(feed);
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

    /** Four hundred callers repeat a revocation: those that find no place are pending, and their next try waits for nothing. */
    @Test
    void many_who_repeat_a_revocation_wait_together() throws Exception {
        issuer.withoutWaiting().revoke(TENANT, id, APP).orElseThrow();
        ExecutorService threads = Executors.newFixedThreadPool(400);
        try {
            List<Callable<Outcome<TokenIssuer.Revocation>>> callers =
                    Collections.nCopies(400, () -> issuer.revoke(TENANT, id, APP));
            for (Future<Outcome<TokenIssuer.Revocation>> each : threads.invokeAll(callers)) {
                assertThat(each.get()).isNotInstanceOf(Outcome.Refused.class);
            }
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> issuer.awaitPropagation().isEmpty());
            for (Future<Outcome<TokenIssuer.Revocation>> each : threads.invokeAll(callers)) {
                assertThat(each.get()).isEqualTo(new Outcome.Done<>(TokenIssuer.Revocation.ALREADY_REVOKED));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Tells a number and a wait as they are set. */
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
        TokenIssuer batch = issuer.withoutWaiting();
        String other = issue();
        withoutWaiting(() -> batch.revoke(TENANT, other, APP)).orElseThrow();
        withoutWaiting(() -> batch.regenerate(TENANT, id, APP)).orElseThrow();
        long start = System.nanoTime();
        assertThat(batch.awaitPropagation()).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(WAIT);
    }

    @Test
    void the_length_is_read_anew_each_time() {
        tokens.changes().orElseThrow().setLease(Duration.ofMillis(120));
        assertThat(time(() -> issuer.revoke(TENANT, id, APP))).isGreaterThanOrEqualTo(Duration.ofMillis(121));
    }

    @Test
    void where_no_leases_are_given_nothing_is_waited_for() {
        tokens.changes().orElseThrow().setLease(Duration.ZERO);
        withoutWaiting(() -> issuer.revoke(TENANT, id, APP)).orElseThrow();
    }

    @Test
    void nor_where_the_tokens_are_one_process_s_alone() {
        try (Fixture f = new Fixture()) {
            withoutWaiting(() -> f.issuer.suspend(TENANT, APP)).orElseThrow();
            assertThat(f.issuer.awaitPropagation()).isEmpty();
        }
    }

    @Test
    void behind_a_cache_it_is_the_same() {
        try (CachingTokenStore cache = CachingTokenStore.builder(tokens).open();
                LecternAuth cached = LecternAuth.builder(Lectern.DIALECT, cache).build()) {
            assertThat(time(() -> cached.issuer().revoke(TENANT, issue(), APP).orElseThrow()))
                    .isGreaterThanOrEqualTo(WAIT);
        }
    }

    @Test
    void an_interrupted_wait_is_pending_and_the_thread_stays_interrupted() {
        Thread.currentThread().interrupt();
        Outcome<TokenIssuer.Revocation> outcome = issuer.revoke(TENANT, id, APP);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome)
                .isEqualTo(new Outcome.Pending<>(
                        TokenIssuer.Revocation.REVOKED, "interrupted while the leases of caches last"));
        assertThat(issuer.revoke(TENANT, id, APP))
                .isEqualTo(new Outcome.Done<>(TokenIssuer.Revocation.ALREADY_REVOKED));
    }

    @Test
    void so_is_one_whose_length_cannot_be_read() {
        Fixture f = new Fixture();
        f.tokens.feed = new Unreadable();
        TokenIssuer unsure =
                LecternAuth.builder(Lectern.DIALECT, f.tokens).build().issuer();
        String token = f.issue().stored().id();
        assertThat(unsure.revoke(TENANT, token, APP)).isInstanceOfSatisfying(Outcome.Pending.class, pending -> {
            assertThat(pending.value()).isEqualTo(TokenIssuer.Revocation.REVOKED);
            assertThat(pending.why()).contains("cannot be read");
        });
        assertThat(f.tokens.get(TENANT, token).orElseThrow().isRevoked()).isTrue();
        assertThat(unsure.awaitPropagation()).isPresent();
        f.close();
    }

    /** As after a failover to a server that had not received the change. */
    @Test
    void so_is_one_that_the_store_has_lost_meanwhile() {
        Fixture f = new Fixture();
        f.tokens.feed = new Forgetful();
        try (LecternAuth forgetful =
                LecternAuth.builder(Lectern.DIALECT, f.tokens).build()) {
            String token = f.issue().stored().id();
            assertThat(forgetful.issuer().revoke(TENANT, token, APP))
                    .isInstanceOfSatisfying(
                            Outcome.Pending.class,
                            pending -> assertThat(pending.why()).contains("has lost changes", "repeat the change"));
            assertThat(forgetful.issuer().awaitPropagation()).isPresent();
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
