package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: an update applies only to the revision that it was made from. */
abstract class TokenUpdateContract extends TokenStoreFixture {

    @Test
    void update_replaces_the_settings_of_a_token() {
        StoredToken token = insert(draft().build());
        StoredToken changed = token.toBuilder()
                .name("CI 2")
                .description("changed \u5b66 " + EMOJI)
                .secret(newSelector(), newHash())
                .secretShownTo("user-9")
                .prefix("rk_live_lectern_")
                .displayPrefix("rk_live_lectern_cd34")
                .scopes(ScopeSet.parse(":courses read:finance"))
                .allowlist(allowlist(List.of("192.0.2.0/24")))
                .rateLimits(Map.of("bulk", 3L))
                .metadata(Map.of("a=b&c", "d\ne"))
                .expiresAt(LAST_INSTANT)
                .gracePeriodEndsAt(CREATED.plusMillis(5))
                .build();
        assertEquals(WriteResult.APPLIED, tokens.update(changed, TokenConstraints.none(), List.of()));
        assertFields(changed.toBuilder().revision(1).build(), stored(token));
    }

    @Test
    void update_can_clear_settings() {
        StoredToken token = insert(draft().description("x")
                .scopes(ScopeSet.parse("read:learners"))
                .allowlist(allowlist(List.of("192.0.2.0/24")))
                .rateLimits(Map.of("read", 3L))
                .metadata(Map.of("a", "b"))
                .expiresAt(LAST_INSTANT)
                .build());
        StoredToken changed = token.toBuilder()
                .description(null)
                .scopes(ScopeSet.none())
                .allowlist(null)
                .rateLimits(Map.of())
                .metadata(Map.of())
                .expiresAt(null)
                .build();
        assertEquals(WriteResult.APPLIED, tokens.update(changed, TokenConstraints.none(), List.of()));
        assertFields(changed.toBuilder().revision(1).build(), stored(token));
    }

    @Test
    void update_makes_its_event_visible() {
        StoredToken token = insert(draft().build());
        AuditEvent event = event("token.updated", token.id());
        assertEquals(WriteResult.APPLIED, tokens.update(renamed(token, "2"), TokenConstraints.none(), List.of(event)));
        assertEvents(List.of(event));
    }

    @Test
    void each_update_raises_the_revision_by_one() {
        StoredToken token = insert(draft().revision(3).build());
        for (int revision = 4; revision < 7; revision++) {
            assertEquals(
                    WriteResult.APPLIED,
                    tokens.update(renamed(stored(token), "r" + revision), TokenConstraints.none(), List.of()));
            assertEquals(revision, stored(token).revision());
        }
    }

    @Test
    void an_update_from_an_older_revision_changes_nothing() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.APPLIED, tokens.update(renamed(token, "first"), TokenConstraints.none(), List.of()));
        isStale(
                () -> tokens.update(
                        renamed(token, "second"), TokenConstraints.none(), List.of(event("token.updated", token.id()))),
                token);
    }

    @Test
    void an_update_from_a_later_revision_changes_nothing() {
        StoredToken token = insert(draft().build());
        StoredToken later = renamed(token, "later").toBuilder().revision(1).build();
        isStale(
                () -> tokens.update(later, TokenConstraints.none(), List.of(event("token.updated", token.id()))),
                token);
    }

    @Test
    void another_tenants_token_cannot_be_updated() {
        StoredToken token = insert(draft().build());
        StoredToken theirs = draftOf(newTenant(), token.id()).build();
        isStale(
                () -> tokens.update(theirs, TokenConstraints.none(), List.of(event("token.updated", token.id()))),
                token);
        assertEquals(List.of(), events(theirs.tenantId()));
    }

    @Test
    void a_missing_token_cannot_be_updated() {
        StoredToken token = draft().build();
        assertEquals(
                WriteResult.STALE,
                tokens.update(token, TokenConstraints.none(), List.of(event("token.updated", token.id()))));
        assertEvents(List.of());
        assertTrue(tokens.get(tenant, token.id()).isEmpty());
    }

    @Test
    void update_never_touches_last_use() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusSeconds(5));
        assertEquals(
                WriteResult.APPLIED,
                tokens.update(token.toBuilder().lastUsedAt(null).build(), TokenConstraints.none(), List.of()));
        assertEquals(CREATED.plusSeconds(5), stored(token).lastUsedAt());
        StoredToken later =
                stored(token).toBuilder().lastUsedAt(CREATED.plusSeconds(9)).build();
        assertEquals(WriteResult.APPLIED, tokens.update(later, TokenConstraints.none(), List.of()));
        assertEquals(CREATED.plusSeconds(5), stored(token).lastUsedAt());
    }

    @Test
    void no_update_undoes_a_revocation() {
        StoredToken token = insert(draft().build());
        revoke(token);
        AuditEvent event = event("token.updated", token.id());
        StoredToken revived = stored(token).toBuilder().revokedAt(null).build();
        isStale(() -> tokens.update(revived, TokenConstraints.none(), List.of(event)), token);
        isStale(() -> tokens.update(renamed(stored(token), "renamed"), TokenConstraints.none(), List.of(event)), token);
        isStale(() -> tokens.update(renamed(token, "renamed"), TokenConstraints.none(), List.of(event)), token);
    }

    @Test
    void a_token_is_no_longer_found_by_a_selector_that_it_had_before() {
        StoredToken token = insert(draft().build());
        String selector = newSelector();
        assertEquals(
                WriteResult.APPLIED,
                tokens.update(
                        token.toBuilder().secret(selector, newHash()).build(), TokenConstraints.none(), List.of()));
        assertEquals(List.of(), idsFound(token.selector()));
        assertEquals(List.of(token.id()), idsFound(selector));
    }

    @Test
    void no_update_takes_another_tokens_selector() {
        StoredToken token = insert(draft().build());
        StoredToken other = insert(draft().build());
        StoredToken thief =
                token.toBuilder().secret(other.selector(), newHash()).build();
        assertThrows(
                StorageException.class,
                () -> tokens.update(thief, TokenConstraints.none(), List.of(event("token.regenerated", token.id()))));
        assertFields(token, stored(token));
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertEquals(List.of(other.id()), idsFound(other.selector()));
        assertEvents(List.of());
    }

    @Test
    void one_of_concurrent_updates_is_applied() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<StoredToken> changes = IntStream.range(0, 4)
                        .mapToObj(i -> renamed(token, "change " + i))
                        .toList();
                List<WriteResult> outcomes = race.run(changes.stream()
                        .<Callable<WriteResult>>map(changed -> () -> tokens.update(
                                changed, TokenConstraints.none(), List.of(event("token.updated", token.id()))))
                        .toList());

                StoredToken winner = changes.get(onlyOneDone(outcomes));
                assertFields(winner.toBuilder().revision(1).build(), stored(token));
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }
}
