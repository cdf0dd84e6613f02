package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Lookups;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;

/** Reads of the store: which results are cached, which requests may join a read, and how many reads may run concurrently. */
class SingleFlightReaderTest {

    private static final Duration HALF = CacheFixture.LEASE.dividedBy(2);

    private final CacheFixture rig = new CacheFixture(settings -> settings.readsAtOnce(2));

    @AfterEach
    void close() {
        rig.close();
    }

    // ---- which results are cached

    @Test
    void a_row_that_a_change_overtook_is_not_cached() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.after("find", () -> {
            rig.revokeElsewhere(token);
            rig.poll();
        });
        assertThat(rig.isRevoked(token)).as("the row from before the change").isFalse();
        assertThat(rig.isRevoked(token)).as("the next look-up").isTrue();
    }

    @Test
    void a_row_whose_tenant_was_suspended_during_the_read_is_not_cached() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.after("find", () -> {
            rig.elsewhere.setSuspended(CacheFixture.TENANT, rig.wall.instant(), List.of());
            rig.poll();
        });
        rig.find(token);
        assertThat(rig.find(token).get(0).tenantSuspended()).isTrue();
    }

    @Test
    void a_row_that_any_change_may_have_changed_is_not_cached() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.after("find", () -> {
            rig.elsewhere.revokeAll(new GroupRevocation(
                    new TokenGroup.OfUser("nobody"), rig.wall.instant(), (tenant, revoked) -> failed()));
            rig.revokeElsewhere(token);
            rig.feed.instead(
                    "since",
                    () -> new Changes(
                            new Position(1, 1), CacheFixture.LEASE, Optional.of(List.of(new Change.OfAny()))));
            rig.poll();
        });
        rig.find(token);
        assertThat(rig.isRevoked(token)).isTrue();
    }

    private static <T> T failed() {
        throw new AssertionError("the user has no tokens");
    }

    @Test
    void a_row_that_a_lapse_of_the_lease_overtook_is_not_cached() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.after("find", () -> {
            rig.pass(CacheFixture.LEASE);
            rig.poll();
        });
        rig.find(token);
        assertThat(rig.asks(token)).isTrue();
    }

    @Test
    void a_row_that_more_changes_overtook_than_are_remembered_is_not_cached() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.after("find", () -> {
            rig.revokeElsewhere(token);
            rig.poll();
            for (int i = 0; i < 1_000; i++) {
                rig.revokeElsewhere(rig.insert());
            }
            rig.poll();
        });
        rig.find(token);
        assertThat(rig.isRevoked(token)).isTrue();
    }

    @Test
    void a_row_is_cached_if_only_other_rows_changed_during_the_read() {
        rig.poll();
        StoredToken token = rig.insert();
        StoredToken other = rig.insert();
        rig.store.after("find", () -> {
            rig.revokeElsewhere(other);
            rig.poll();
        });
        rig.find(token);
        assertThat(rig.asks(token)).isFalse();
    }

    @Test
    void a_change_that_was_applied_before_the_read_set_out_does_not_keep_a_row_from_being_kept() {
        StoredToken token = rig.insert();
        rig.revokeElsewhere(token);
        rig.poll();
        rig.find(token);
        assertThat(rig.asks(token)).isFalse();
        assertThat(rig.isRevoked(token)).isTrue();
    }

    @Test
    void a_token_that_is_unknown_is_not_kept_and_works_as_soon_as_it_is_made() {
        rig.poll();
        StoredToken draft = CacheFixture.draft().build();
        assertThat(rig.find(draft)).isEmpty();
        assertThat(rig.find(draft)).isEmpty();
        assertThat(rig.cache.size()).isZero();
        rig.elsewhere.insert(draft, TokenConstraints.none(), List.of());
        assertThat(rig.find(draft)).hasSize(1);
    }

    @Test
    void a_row_that_another_selector_found_is_not_kept_under_the_first() {
        rig.poll();
        StoredToken token = rig.insert();
        assertThat(Lookups.rows(rig.cache, "newer", token.selector())).containsExactly(token);
        assertThat(rig.cache.size()).isZero();
        assertThat(Lookups.rows(rig.cache, "newer")).isEmpty();
    }

    @Test
    void a_look_up_needs_a_selector() {
        assertThatThrownBy(() -> TokenLookup.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("selectors must name at least one selector");
    }

    // ---- which requests may join

    private CacheFixture.Held<List<StoredToken>> heldRead(StoredToken token) {
        return new CacheFixture.Held<>(rig.store, "find", () -> rig.find(token));
    }

    @Test
    void a_look_up_of_a_row_that_is_being_read_joins_the_read() throws InterruptedException {
        rig.poll();
        StoredToken token = rig.insert();
        CacheFixture.Held<List<StoredToken>> first = heldRead(token);
        rig.pass(HALF);
        List<CompletableFuture<List<StoredToken>>> joined = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            joined.add(joins(token));
        }
        assertThat(first.release()).containsExactly(token);
        for (CompletableFuture<List<StoredToken>> one : joined) {
            assertThat(one.join()).containsExactly(token);
        }
        assertThat(rig.store.calls("find")).isEqualTo(1);
        assertThat(rig.asks(token)).isFalse();
    }

    /** Returns when the other thread waits. */
    private CompletableFuture<List<StoredToken>> joins(StoredToken token) {
        CompletableFuture<List<StoredToken>> result = new CompletableFuture<>();
        Thread thread = CacheFixture.start(() -> rig.find(token), result);
        await().atMost(Duration.ofMinutes(3))
                .until(() -> thread.getState() == Thread.State.TIMED_WAITING || !thread.isAlive());
        return result;
    }

    @Test
    void a_look_up_that_joined_a_failed_read_fails() throws InterruptedException {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.instead("find", () -> {
            throw new IllegalStateException("broken");
        });
        CacheFixture.Held<List<StoredToken>> first = heldRead(token);
        CompletableFuture<List<StoredToken>> joined = joins(token);
        assertThatThrownBy(first::release).hasRootCauseMessage("broken");
        assertThatThrownBy(joined::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StorageException.class);
        rig.store.asBefore("find");
        assertThat(rig.find(token)).as("the next look-up queries the store").containsExactly(token);
    }

    @Test
    void a_read_that_set_out_a_lease_ago_is_not_joined() {
        rig.poll();
        StoredToken token = rig.insert();
        CacheFixture.Held<List<StoredToken>> old = heldRead(token);
        rig.pass(HALF);
        rig.poll();
        rig.pass(HALF);
        assertThat(rig.asks(token)).isTrue();
        old.release();
    }

    @Test
    void without_a_live_lease_no_read_is_joined_and_none_is_kept() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.pass(HALF);
        CacheFixture.Held<List<StoredToken>> young = heldRead(token);
        rig.pass(HALF);
        assertThat(rig.asks(token)).isTrue();
        assertThat(rig.cache.size()).isZero();
        young.release();
    }

    @Test
    void a_read_from_before_a_change_of_ones_own_is_not_joined() {
        rig.poll();
        StoredToken token = rig.insert();
        // The row has been read, but not returned.
        CacheFixture.Held<List<StoredToken>> old = new CacheFixture.Held<>(rig.store, "find", () -> rig.find(token));
        rig.cache.revoke(SingleRevocation.of(CacheFixture.TENANT, token.id(), rig.wall.instant(), List.of()));
        assertThat(rig.asks(token)).isTrue();
        assertThat(rig.isRevoked(token)).isTrue();
        old.release();
        assertThat(rig.isRevoked(token)).isTrue();
    }

    // ---- how many reads run concurrently

    @Test
    void no_more_reads_than_there_is_room_for_and_the_others_fail() {
        StoredToken token = rig.insert();
        CacheFixture.Held<List<StoredToken>> one = heldRead(token);
        CacheFixture.Held<List<StoredToken>> two = heldRead(token);
        assertThatThrownBy(() -> rig.find(token))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("too many");
        assertThat(rig.store.calls("find")).isEqualTo(2);
        one.release();
        assertThat(rig.find(token)).hasSize(1);
        two.release();
    }

    @Test
    void a_read_that_fails_leaves_its_room_to_others() {
        StoredToken token = rig.insert();
        rig.store.instead("find", () -> {
            throw new StorageException("no connection");
        });
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> rig.find(token)).hasMessageContaining("no connection");
        }
        rig.store.asBefore("find");
        assertThat(rig.find(token)).hasSize(1);
    }
}
