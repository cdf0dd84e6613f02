package school.lectern.auth.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Lookups;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

class InMemoryTokenStoreTest {

    private static final Instant NOON = Instant.parse("2026-05-07T12:00:00Z");

    private final InMemoryAuditLog audit = new InMemoryAuditLog(3);
    private final InMemoryTokenStore store = new InMemoryTokenStore(audit, 3);

    private static StoredToken token(String id) {
        return StoredToken.builder(id, "t", TokenEnvironment.LIVE, id, NOON)
                .secret("selector-" + id, TokenHash.of("sha256", "00".repeat(32)))
                .build();
    }

    private static AuditEvent event(String id) {
        return AuditEvent.builder(id, NOON, "token.changed", "done")
                .tenantId("t")
                .tokenId("token")
                .build();
    }

    private List<AuditEvent> events() {
        return audit.read("t", null, null, CursorPage.START, 10).items();
    }

    private StoredToken now(String id) {
        return store.get("t", id).orElseThrow();
    }

    @Test
    void a_token_is_found_by_its_exact_selector() {
        StoredToken stored = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();

        assertThat(Lookups.rows(store, "selector-a")).containsExactly(stored);
        assertThat(Lookups.rows(store, "selector-A", "selector-a ", "", "none")).isEmpty();
        assertThat(store.get("another", "a")).isEmpty();
    }

    @Test
    void a_change_of_an_older_revision_is_not_made() {
        StoredToken read = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        assertThat(store.update(read.toBuilder().name("first").build(), TokenConstraints.none(), List.of()))
                .isEqualTo(WriteResult.APPLIED);

        assertThat(store.update(read.toBuilder().name("second").build(), TokenConstraints.none(), List.of(event("1"))))
                .isEqualTo(WriteResult.STALE);
        assertThat(store.rotate(
                        read.toBuilder().successorId("b").build(),
                        token("b"),
                        TokenConstraints.none(),
                        List.of(event("2"))))
                .isEqualTo(WriteResult.STALE);
        assertThat(now("a").name()).isEqualTo("first");
        assertThat(store.get("t", "b")).isEmpty();
        assertThat(events()).isEmpty();
    }

    @Test
    void a_revoked_token_is_not_changed_and_its_use_is_still_noted() {
        StoredToken read = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        assertThat(store.revoke(SingleRevocation.of("another", "a", NOON, List.of())))
                .isEqualTo(WriteResult.STALE);
        assertThat(store.revoke(SingleRevocation.of("t", "a", NOON, List.of()))).isEqualTo(WriteResult.APPLIED);
        assertThat(store.revoke(SingleRevocation.of("t", "a", NOON.plusSeconds(1), List.of())))
                .isEqualTo(WriteResult.STALE);

        assertThat(store.update(read, TokenConstraints.none(), List.of())).isEqualTo(WriteResult.STALE);
        assertThat(store.update(now("a").toBuilder().revokedAt(null).build(), TokenConstraints.none(), List.of()))
                .isEqualTo(WriteResult.STALE);
        store.recordLastUsed(Map.of("a", NOON, "unknown", NOON), Duration.ZERO);
        assertThat(now("a").revokedAt()).isEqualTo(NOON);
        assertThat(now("a").lastUsedAt()).isEqualTo(NOON);
    }

    @Test
    void last_used_only_goes_forward_and_changes_nothing_else() {
        StoredToken read = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        store.recordLastUsed(Map.of("a", NOON), Duration.ZERO);
        store.recordLastUsed(Map.of("a", NOON.minusSeconds(1)), Duration.ZERO);
        store.update(read.toBuilder().name("new").lastUsedAt(null).build(), TokenConstraints.none(), List.of());

        assertThat(now("a").lastUsedAt()).isEqualTo(NOON);
        assertThat(now("a").name()).isEqualTo("new");
    }

    @Test
    void an_old_selector_finds_nothing_any_more() {
        StoredToken read = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        store.update(read.toBuilder().secret("new", read.hash()).build(), TokenConstraints.none(), List.of());

        assertThat(Lookups.rows(store, "selector-a")).isEmpty();
        assertThat(Lookups.rows(store, "new")).hasSize(1);
    }

    @Test
    void a_full_store_refuses_and_changes_nothing() {
        StoredToken first = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        store.insert(token("b"), TokenConstraints.none(), List.of());
        store.insert(token("c"), TokenConstraints.none(), List.of());

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.insert(token("d"), TokenConstraints.none(), List.of(event("1"))));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.rotate(
                        first.toBuilder().successorId("d").build(),
                        token("d"),
                        TokenConstraints.none(),
                        List.of(event("2"))));
        assertThat(now("a")).isEqualTo(first);
        assertThat(events()).isEmpty();
    }

    @Test
    void an_id_or_a_selector_is_there_once() {
        store.insert(token("a"), TokenConstraints.none(), List.of());
        StoredToken sameSelector =
                token("b").toBuilder().secret("selector-a", token("b").hash()).build();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.insert(token("a"), TokenConstraints.none(), List.of()));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.insert(sameSelector, TokenConstraints.none(), List.of()));
    }

    @Test
    void a_change_cannot_take_another_tokens_selector() {
        StoredToken first = store.insert(token("a"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        StoredToken second = store.insert(token("b"), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
        StoredToken thief = first.toBuilder().secret("selector-b", first.hash()).build();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> store.update(thief, TokenConstraints.none(), List.of(event("1"))));
        assertThat(Lookups.rows(store, "selector-b")).containsExactly(second);
        assertThat(events()).isEmpty();
    }

    @Test
    void an_audit_log_without_room_keeps_no_change_from_being_made() {
        StoredToken first = store.insert(token("a"), TokenConstraints.none(), List.of(event("1"), event("2")))
                .stored()
                .orElseThrow();

        assertThat(store.rotate(
                        first.toBuilder().successorId("b").build(),
                        token("b"),
                        TokenConstraints.none(),
                        List.of(event("3"), event("4"))))
                .isEqualTo(WriteResult.APPLIED);
        assertThat(store.revoke(SingleRevocation.of("t", "b", Instant.EPOCH, List.of(event("5")))))
                .isEqualTo(WriteResult.APPLIED);

        assertThat(now("b").isRevoked()).isTrue();
        assertThat(events()).extracting(AuditEvent::id).containsExactly("3", "4", "5");
        assertThat(audit.dropped()).isEqualTo(2);
    }

    @Test
    void a_store_for_less_than_one_token_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new InMemoryTokenStore(audit, 0))
                .withMessageStartingWith("capacity must ");
    }
}
