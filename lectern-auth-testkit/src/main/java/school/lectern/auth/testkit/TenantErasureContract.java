package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: the erasure of a tenant deletes its tokens and events, and no later write adds any. */
abstract class TenantErasureContract extends TokenStoreFixture {

    @Test
    void an_erased_tenant_has_no_tokens_and_no_events() {
        List<StoredToken> erased = List.of(insert(draft().build()), insert(draft().build()), insert(draft().build()));
        tokens.revoke(SingleRevocation.of(tenant, erased.get(0).id(), CREATED, List.of(ending(erased.get(0)))));
        String other = newTenant();
        StoredToken others = insert(draftOf(other).build());
        audit.append(event(other, "call", others.id()));
        tokens.setGone(tenant, CREATED, List.of(event("tenant.gone", "")));
        assertEquals(WriteResult.APPLIED, tokens.setErased(tenant, List.of()));

        assertEquals(2, tokens.deleteErased(tenant, 2), "two of three tokens");
        assertEquals(1, tokens.list(TokenFilter.ofTenant(tenant).limit(10)).size());
        assertEquals(3, eraseAll(), "a token and two events");
        assertEquals(List.of(), tokens.list(TokenFilter.ofTenant(tenant).limit(10)));
        for (StoredToken token : erased) {
            assertEquals(List.of(), idsFound(token.selector()));
            assertEquals(Optional.empty(), tokens.get(tenant, token.id()));
        }
        assertEvents(List.of());
        assertFields(others, tokens.get(other, others.id()).orElseThrow());
        assertEquals(1, events(other).size(), "another tenant's events");
    }

    @Test
    void only_a_tenant_that_is_gone_is_erased_and_only_once() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.STALE, tokens.setErased(tenant, List.of()));
        assertThrows(IllegalStateException.class, () -> tokens.deleteErased(tenant, 10));
        tokens.setGone(tenant, CREATED, List.of());
        assertThrows(IllegalStateException.class, () -> tokens.deleteErased(tenant, 10));
        assertEquals(List.of(token.id()), idsListed(Long.MAX_VALUE, 10));

        AuditEvent event = event(newTenant(), "tenant.erased", "");
        assertEquals(WriteResult.APPLIED, tokens.setErased(tenant, List.of()));
        assertEquals(WriteResult.STALE, tokens.setErased(tenant, List.of(event)));
        assertEquals(List.of(), events(String.valueOf(event.tenantId())));
    }

    @Test
    void late_writes_restore_nothing_of_an_erased_tenant() {
        StoredToken token = insert(draft().build());
        tokens.setGone(tenant, CREATED, List.of());
        tokens.setErased(tenant, List.of());
        assertEquals(1, eraseAll());

        noteUse(token, CREATED.plusSeconds(5));
        audit.append(event("call", token.id()));
        assertEquals(
                InsertResult.Kind.TENANT_GONE,
                tokens.insert(draft().build(), TokenConstraints.none(), List.of())
                        .kind());
        assertEquals(WriteResult.STALE, tokens.update(renamed(token, "late"), TokenConstraints.none(), List.of()));
        assertEquals(WriteResult.STALE, tokens.rehash(renamed(token, "late"), List.of()));
        assertEquals(
                WriteResult.STALE,
                tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED, List.of(ending(token)))));
        assertEquals(List.of(), tokens.list(TokenFilter.ofTenant(tenant).limit(10)));
        assertEvents(List.of());
        assertTrue(tokens.isGone(tenant), "the tenant stays marked as gone");
    }

    /** Every concurrent write is either refused or erased with the other rows. */
    @Test
    void no_concurrent_write_survives_the_erasure_of_a_tenant() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < Math.min(rounds(), 3); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken late = draft().build();
                StoredToken successor = successorOf(token);
                race.run(List.<Callable<Boolean>>of(
                        () -> tokens.insert(late, TokenConstraints.none(), List.of(event("token.issued", late.id())))
                                .stored()
                                .isPresent(),
                        () -> tokens.rotate(
                                        rotated(token, successor),
                                        successor,
                                        TokenConstraints.none(),
                                        rotation(token, successor))
                                == WriteResult.APPLIED,
                        () -> {
                            audit.append(event("call", token.id()));
                            return true;
                        },
                        () -> {
                            tokens.setGone(tenant, CREATED, List.of(event("tenant.gone", "")));
                            tokens.setErased(tenant, List.of());
                            return eraseAll() > 0;
                        }));
                assertEquals(List.of(), tokens.list(TokenFilter.ofTenant(tenant).limit(10)));
                assertEvents(List.of());
            }
        }
    }

    private int eraseAll() {
        int deleted = 0;
        for (int some = tokens.deleteErased(tenant, 10); some > 0; some = tokens.deleteErased(tenant, 10)) {
            deleted += some;
        }
        return deleted;
    }
}
