package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: every read returns whether the tenant of a token is suspended or gone. */
abstract class TenantStateContract extends TokenStoreFixture {

    @Test
    void every_read_of_a_token_shows_that_its_tenant_is_suspended() {
        StoredToken token = insert(draft().build());
        String other = newTenant();
        StoredToken others = insert(draftOf(other).build());
        AuditEvent suspended = event("tenant.suspended", "");
        assertEquals(WriteResult.APPLIED, tokens.setSuspended(tenant, CREATED, List.of(suspended)));
        StoredToken expected = token.toBuilder().tenantSuspended(true).build();
        assertFields(expected, stored(token));
        assertFields(expected, Lookups.rows(tokens, token.selector()).get(0));
        assertFields(
                expected, tokens.list(TokenFilter.ofTenant(tenant).limit(1)).get(0));
        assertFields(others, tokens.get(other, others.id()).orElseThrow());
        assertEvents(List.of(suspended));

        StoredToken later = insert(draft().build());
        assertTrue(stored(later).tenantSuspended(), "a token that is inserted later is suspended, too");

        AuditEvent resumed = event("tenant.resumed", "");
        assertEquals(WriteResult.APPLIED, tokens.setSuspended(tenant, null, List.of(resumed)));
        assertFields(token, stored(token));
        assertFields(token, Lookups.rows(tokens, token.selector()).get(0));
        assertEvents(List.of(suspended, resumed));
    }

    @Test
    void a_tenant_is_suspended_once() {
        AuditEvent event = event("tenant.suspended", "");
        assertEquals(WriteResult.STALE, tokens.setSuspended(tenant, null, List.of(event)), "not suspended");
        assertEquals(WriteResult.APPLIED, tokens.setSuspended(tenant, CREATED, List.of()));
        assertEquals(WriteResult.STALE, tokens.setSuspended(tenant, CREATED, List.of(event)));
        assertEvents(List.of());
        for (String lookAlike : lookAlikes(tenant)) {
            assertEquals(WriteResult.STALE, tokens.setSuspended(lookAlike, null, List.of(event)), lookAlike);
        }
    }

    @Test
    void a_change_made_from_a_token_read_during_a_suspension_does_not_keep_it() {
        StoredToken token = insert(draft().build());
        tokens.setSuspended(tenant, CREATED, List.of());
        StoredToken read = stored(token);
        tokens.setSuspended(tenant, null, List.of());
        assertEquals(WriteResult.APPLIED, tokens.update(renamed(read, "changed"), TokenConstraints.none(), List.of()));
        assertFalse(stored(token).tenantSuspended());
    }

    @Test
    void one_of_concurrent_suspensions_is_applied() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                Callable<WriteResult> suspending =
                        () -> tokens.setSuspended(tenant, CREATED, List.of(event("tenant.suspended", "")));
                int unused = onlyOneDone(race.run(List.of(suspending, suspending)));
                assertEquals(1, events(tenant).size(), "events");
                Callable<WriteResult> resuming =
                        () -> tokens.setSuspended(tenant, null, List.of(event("tenant.resumed", "")));
                unused = onlyOneDone(race.run(List.of(resuming, resuming)));
                assertEquals(2, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void every_read_of_a_token_shows_that_its_tenant_is_gone() {
        StoredToken token = insert(draft().build());
        String other = newTenant();
        StoredToken others = insert(draftOf(other).build());
        AuditEvent gone = event("tenant.gone", "");
        assertFalse(tokens.isGone(tenant));
        assertEquals(WriteResult.APPLIED, tokens.setGone(tenant, CREATED, List.of(gone)));

        StoredToken expected = token.toBuilder().tenantGone(true).build();
        assertFields(expected, stored(token));
        assertFields(expected, Lookups.rows(tokens, token.selector()).get(0));
        assertFields(
                expected, tokens.list(TokenFilter.ofTenant(tenant).limit(1)).get(0));
        assertFields(others, tokens.get(other, others.id()).orElseThrow());
        assertTrue(tokens.isGone(tenant));
        assertFalse(tokens.isGone(other));
        assertEvents(List.of(gone));
    }

    @Test
    void a_tenant_is_marked_as_gone_once_and_permanently() {
        AuditEvent event = event("tenant.gone", "");
        assertEquals(WriteResult.APPLIED, tokens.setGone(tenant, CREATED, List.of()), "a tenant that has no token yet");
        assertEquals(WriteResult.STALE, tokens.setGone(tenant, CREATED.plusSeconds(1), List.of(event)));
        assertEquals(WriteResult.TENANT_GONE, tokens.setSuspended(tenant, CREATED, List.of(event)));
        assertEquals(WriteResult.TENANT_GONE, tokens.setSuspended(tenant, null, List.of(event)));
        assertEvents(List.of());
        lookAlikes(tenant).forEach(lookAlike -> assertFalse(tokens.isGone(lookAlike), lookAlike));
    }

    @Test
    void tokens_of_a_tenant_that_is_gone_can_be_neither_inserted_nor_changed() {
        StoredToken token = insert(draft().build());
        StoredToken successor = successorOf(token);
        tokens.setGone(tenant, CREATED, List.of());
        for (TokenConstraints rule : List.of(TokenConstraints.none(), TokenConstraints.uniqueName(CREATED))) {
            StoredToken late = draft().name("late").build();
            assertEquals(
                    InsertResult.Kind.TENANT_GONE,
                    tokens.insert(late, rule, List.of(event("token.issued", late.id())))
                            .kind());
            assertEquals(
                    WriteResult.TENANT_GONE,
                    tokens.update(renamed(token, "late"), rule, List.of(event("token.updated", token.id()))));
        }
        assertEquals(
                WriteResult.TENANT_GONE,
                tokens.rotate(
                        rotated(token, successor), successor, TokenConstraints.none(), rotation(token, successor)));
        assertFields(token.toBuilder().tenantGone(true).build(), stored(token));
        assertEquals(List.of(token.id()), idsListed(Long.MAX_VALUE, 10));
        assertEvents(List.of());
    }

    @Test
    void the_tokens_of_a_tenant_that_is_gone_can_be_revoked() {
        StoredToken one = insert(draft().build());
        insert(draft().build());
        tokens.setGone(tenant, CREATED, List.of());
        assertEquals(
                WriteResult.APPLIED,
                tokens.revoke(SingleRevocation.of(tenant, one.id(), CREATED, List.of(ending(one)))));
        assertEquals(
                1,
                revokeAll(new TokenGroup.OfTenant(tenant), CREATED, this::ending)
                        .size());
        assertTrue(tokens.list(TokenFilter.ofTenant(tenant).limit(10)).stream().allMatch(StoredToken::isRevoked));
        assertEquals(2, events(tenant).size(), "events");
    }
}
