package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Lookups;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/** When the cache may serve rows from memory, and for how long. */
class CacheLeaseTest {

    /** A limit that only ends a test that would hang. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static final Duration HALF = CacheFixture.LEASE.dividedBy(2);

    private final CacheFixture rig = new CacheFixture();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void nothing_is_kept_before_the_first_poll() {
        StoredToken token = rig.cached();
        assertThat(rig.asks(token)).isTrue();
        assertThat(rig.cache.size()).isZero();
    }

    @Test
    void while_the_lease_lives_a_look_up_asks_the_store_nothing() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.store.forgetCalls();
        rig.feed.forgetCalls();
        rig.pass(CacheFixture.LEASE.minusNanos(1));
        for (int i = 0; i < 1_000; i++) {
            assertThat(rig.find(token)).containsExactly(token);
        }
        assertThat(rig.store.calls()).isZero();
        assertThat(rig.feed.calls()).isZero();
    }

    @Test
    void a_lease_ends_to_the_nanosecond_and_then_the_store_is_read() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.pass(CacheFixture.LEASE.minusNanos(1));
        assertThat(rig.asks(token)).isFalse();
        rig.pass(Duration.ofNanos(1));
        assertThat(rig.asks(token)).isTrue();
        assertThat(rig.asks(token)).as("and the row is not cached").isTrue();
    }

    @Test
    void a_lease_counts_from_before_the_poll_was_sent() {
        rig.feed.before("since", () -> rig.pass(HALF));
        rig.feed.after("since", () -> rig.pass(HALF.minusMillis(1)));
        rig.poll();
        StoredToken token = rig.cached();
        assertThat(rig.asks(token)).isFalse();
        rig.pass(Duration.ofMillis(1));
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void the_length_is_what_the_feed_says() {
        rig.elsewhere.changes().orElseThrow().setLease(CacheFixture.LEASE.multipliedBy(3));
        rig.poll();
        StoredToken token = rig.cached();
        rig.pass(CacheFixture.LEASE.multipliedBy(3).minusNanos(1));
        assertThat(rig.asks(token)).isFalse();
        rig.pass(Duration.ofNanos(1));
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void without_leases_nothing_is_cached() {
        rig.feed.instead("since", () -> new Changes(new Position(0, 0), Duration.ZERO, Optional.empty()));
        rig.poll();
        StoredToken token = rig.cached();
        assertThat(rig.asks(token)).isTrue();
        assertThat(rig.cache.size()).isZero();
    }

    @Test
    void a_change_made_elsewhere_is_seen_after_the_next_poll() {
        rig.poll();
        StoredToken revoked = rig.cached();
        StoredToken other = rig.cached();
        rig.revokeElsewhere(revoked);
        rig.poll();
        assertThat(rig.isRevoked(revoked)).isTrue();
        assertThat(rig.asks(other)).as("another token was not dropped").isFalse();
    }

    @Test
    void changes_are_applied_before_the_lease_is_renewed() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.revokeElsewhere(token);
        rig.pass(HALF);
        CacheLease before = rig.cache.polling.lease();
        AtomicReference<CacheLease> whenApplied = new AtomicReference<>();
        rig.metrics.before("invalidated", () -> whenApplied.set(rig.cache.polling.lease()));
        rig.poll();
        assertThat(whenApplied).hasValue(before);
        assertThat(rig.cache.polling.lease()).isNotEqualTo(before);
    }

    @Test
    void a_change_of_a_tenant_drops_its_tokens_and_no_others() {
        rig.poll();
        StoredToken suspended = rig.cached();
        StoredToken other = rig.insert(CacheFixture.draftOf("school-2"));
        rig.find(other);
        rig.elsewhere.setSuspended(CacheFixture.TENANT, rig.wall.instant(), List.of());
        rig.poll();
        assertThat(rig.find(suspended).get(0).tenantSuspended()).isTrue();
        assertThat(rig.asks(other)).isFalse();
    }

    @Test
    void a_lease_that_lapsed_empties_the_cache() {
        rig.poll();
        rig.cached();
        rig.pass(CacheFixture.LEASE);
        rig.poll();
        assertThat(rig.cache.size()).isZero();
    }

    @Test
    void a_lease_that_lapses_while_the_poll_is_under_way_empties_the_cache() {
        rig.poll();
        rig.cached();
        rig.feed.after("since", () -> rig.pass(CacheFixture.LEASE));
        rig.poll();
        assertThat(rig.cache.size()).isZero();
    }

    /** Another server answers: with fewer changes, with the same number of its own changes, or with more. */
    @Test
    void a_history_that_is_another_one_empties_the_cache() {
        InMemoryTokenStore other = new InMemoryTokenStore(new InMemoryAuditLog());
        ChangeFeed feed = other.changes().orElseThrow();
        feed.setLease(CacheFixture.LEASE);
        for (int changes = 0; changes < 5; changes++) {
            rig.revokeElsewhere(rig.insert());
        }
        AtomicReference<Position> known = new AtomicReference<>();
        for (int changes = 0; changes < 8; changes++) {
            rig.feed.asBefore("since");
            rig.poll();
            known.set(rig.elsewhere.changes().orElseThrow().since(Position.NONE).newest());
            rig.cached();
            rig.feed.instead("since", () -> feed.since(known.get()));
            rig.poll();
            assertThat(rig.cache.size())
                    .as("tokens after %s changes of its own", changes)
                    .isZero();
            other.setSuspended(CacheFixture.TENANT, changes % 2 == 0 ? rig.wall.instant() : null, List.of());
        }
    }

    @Test
    void a_position_that_is_known_to_the_server_drops_what_changed_and_no_more() {
        rig.revokeElsewhere(rig.insert());
        rig.poll();
        StoredToken kept = rig.cached();
        rig.revokeElsewhere(rig.insert());
        rig.poll();
        rig.poll();
        assertThat(rig.asks(kept)).isFalse();
    }

    @Test
    void changes_that_are_no_longer_available_empty_the_cache() {
        rig.poll();
        rig.cached();
        rig.feed.instead("since", () -> new Changes(new Position(7, 7), CacheFixture.LEASE, Optional.empty()));
        rig.poll();
        assertThat(rig.cache.size()).isZero();
    }

    @Test
    void a_silent_feed_ends_the_answers_from_memory_within_a_lease() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.feed.instead("since", () -> {
            throw new StorageException("no connection");
        });
        assertThatThrownBy(rig::poll).isInstanceOf(StorageException.class);
        assertThat(rig.asks(token)).as("during the lease").isFalse();
        rig.pass(CacheFixture.LEASE);
        assertThat(rig.asks(token)).as("after the lease").isTrue();

        rig.store.instead("find", () -> {
            throw new StorageException("no connection");
        });
        assertThatThrownBy(() -> rig.find(token)).isInstanceOf(StorageException.class);
    }

    @Test
    void a_feed_that_recovers_within_the_lease_returns_the_missed_changes() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.feed.instead("since", () -> {
            throw new StorageException("no connection");
        });
        rig.revokeElsewhere(token);
        assertThatThrownBy(rig::poll).isInstanceOf(StorageException.class);
        rig.feed.asBefore("since");
        rig.poll();
        assertThat(rig.isRevoked(token)).isTrue();
    }

    @Test
    void an_answer_without_a_lease_is_not_a_lease() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.feed.instead("since", () -> new Changes(new Position(0, 0), Duration.ZERO, Optional.of(List.of())));
        rig.poll();
        assertThat(rig.asks(token)).isTrue();
    }

    /** A thread may be paused between reading the entry and reading the clock, while other threads poll. */
    @Test
    void a_look_up_that_was_paused_for_longer_than_its_lease_reads_the_store() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.atNextLookAtTheClock(() -> {
            rig.revokeElsewhere(token);
            rig.pass(CacheFixture.LEASE.plusMillis(10));
        });
        assertThat(rig.isRevoked(token)).isTrue();
    }

    @Test
    void a_paused_look_up_does_not_use_a_lease_that_was_renewed_during_the_pause() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.atNextLookAtTheClock(() -> {
            rig.revokeElsewhere(token);
            rig.pass(CacheFixture.LEASE.plusMillis(10));
            rig.poll();
        });
        assertThat(rig.isRevoked(token)).isTrue();
    }

    @Test
    void a_closed_cache_reads_the_store() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.cache.close();
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void a_poll_that_was_under_way_gives_a_closed_cache_no_lease() {
        rig.poll();
        StoredToken token = rig.cached();
        rig.feed.after("since", rig.cache::close);
        rig.poll();
        rig.find(token);
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void a_store_without_a_change_feed_is_refused() {
        SpyTokenStore<TokenStore> mute =
                new SpyTokenStore<>(TokenStore.class, new InMemoryTokenStore(new InMemoryAuditLog()));
        mute.instead("changes", Optional::empty);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CachingTokenStore.builder(mute.front()).open())
                .withMessageContaining("has no ChangeFeed");
    }

    @Test
    void polls_by_itself_once_it_is_open() {
        InMemoryTokenStore store = new InMemoryTokenStore(new InMemoryAuditLog());
        store.changes().orElseThrow().setLease(Duration.ofMinutes(1));
        StoredToken token = store.insert(CacheFixture.draft().build(), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        try (CachingTokenStore cache =
                CachingTokenStore.builder(store).pollEvery(Duration.ofMillis(1)).open()) {
            await().atMost(LIMIT)
                    .until(() -> !Lookups.rows(cache, token.selector()).isEmpty() && cache.size() == 1);
            store.revoke(SingleRevocation.of(token.tenantId(), token.id(), token.createdAt(), List.of()));
            await().atMost(LIMIT).until(() -> cache.size() == 0);
            assertThat(Lookups.rows(cache, token.selector()).get(0).isRevoked()).isTrue();
        }
    }
}
