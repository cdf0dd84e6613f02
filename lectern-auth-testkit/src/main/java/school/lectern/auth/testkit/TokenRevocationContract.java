package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: a revocation is final, and no other write undoes it. */
abstract class TokenRevocationContract extends TokenStoreFixture {

    @Test
    void revoke_changes_the_state_and_the_revision_and_nothing_else() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusSeconds(5));
        Instant at = CREATED.plusMillis(7);
        AuditEvent event = event("token.revoked", token.id());
        assertEquals(WriteResult.APPLIED, tokens.revoke(SingleRevocation.of(tenant, token.id(), at, List.of(event))));
        assertFields(
                token.toBuilder()
                        .revokedAt(at)
                        .lastUsedAt(CREATED.plusSeconds(5))
                        .revision(1)
                        .build(),
                stored(token));
        assertEvents(List.of(event));
    }

    @Test
    void a_revocation_keeps_its_reason() {
        String reason = "\u5b66".repeat(499) + EMOJI;
        StoredToken token = insert(draft().build());
        SingleRevocation revocation =
                SingleRevocation.of(tenant, token.id(), CREATED, List.of()).withReason(reason);
        assertEquals(WriteResult.APPLIED, tokens.revoke(revocation));
        assertEquals(reason, stored(token).revocationReason());
        assertEquals(WriteResult.STALE, tokens.revoke(revocation.withReason("another")));
        assertEquals(reason, stored(token).revocationReason());
        assertEquals(reason, Lookups.rows(tokens, token.selector()).get(0).revocationReason());
    }

    @Test
    void a_token_is_revoked_once() {
        StoredToken token = insert(draft().build());
        revoke(token);
        AuditEvent event = event("token.revoked", token.id());
        isStale(
                () -> tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED.plusSeconds(99), List.of(event))),
                token);
    }

    @Test
    void another_tenant_cannot_revoke() {
        StoredToken token = insert(draft().build());
        String other = newTenant();
        AuditEvent event = event(other, "token.revoked", token.id());
        isStale(() -> tokens.revoke(SingleRevocation.of(other, token.id(), CREATED, List.of(event))), token);
        assertEquals(List.of(), events(other));
        for (String lookAlike : lookAlikes(token.id())) {
            isStale(() -> tokens.revoke(SingleRevocation.of(tenant, lookAlike, CREATED, List.of(event))), token);
        }
    }

    @Test
    void a_missing_token_cannot_be_revoked() {
        String id = newId();
        assertEquals(
                WriteResult.STALE,
                tokens.revoke(SingleRevocation.of(tenant, id, CREATED, List.of(event("token.revoked", id)))));
        assertEvents(List.of());
    }

    @Test
    void the_successor_of_a_revoked_token_stays_valid() {
        StoredToken token = insert(draft().build());
        StoredToken successor = successorOf(token);
        tokens.rotate(rotated(token, successor), successor, TokenConstraints.none(), List.of());
        revoke(token);
        assertTrue(stored(token).isRevoked());
        assertEquals(successor.id(), stored(token).successorId());
        assertFields(successor.toBuilder().number(stored(successor).number()).build(), stored(successor));
    }

    @Test
    void one_of_concurrent_revocations_is_applied() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<WriteResult> outcomes = race.run(IntStream.range(0, 4)
                        .<Callable<WriteResult>>mapToObj(i -> () -> tokens.revoke(SingleRevocation.of(
                                tenant,
                                token.id(),
                                CREATED.plusMillis(i),
                                List.of(event("token.revoked", token.id())))))
                        .toList());

                Instant at = CREATED.plusMillis(onlyOneDone(outcomes));
                assertFields(token.toBuilder().revokedAt(at).revision(1).build(), stored(token));
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }

    /** Each of the three writes its own columns; a write of the whole row as it was read would undo the other writes. */
    @Test
    void no_concurrent_write_undoes_a_revocation() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken token = insert(draft().build());
                Instant used = CREATED.plusSeconds(5);
                Instant at = CREATED.plusSeconds(6);
                Set<String> leftOut = ConcurrentHashMap.newKeySet();
                List<WriteResult> outcomes = race.run(List.of(
                        () -> tokens.revoke(SingleRevocation.of(tenant, token.id(), at, List.of())),
                        () -> tokens.update(renamed(token, "changed"), TokenConstraints.none(), List.of()),
                        () -> {
                            leftOut.addAll(tokens.recordLastUsed(Map.of(token.id(), used), Duration.ZERO)
                                    .leftOut());
                            return WriteResult.APPLIED;
                        }));

                assertEquals(WriteResult.APPLIED, outcomes.get(0), "the concurrent revocation is applied");
                boolean updated = outcomes.get(1) == WriteResult.APPLIED;
                Instant noted = leftOut.contains(token.id()) ? null : used;
                assertEquals(noted, stored(token).lastUsedAt(), "the last use is recorded, or reported as left out");
                StoredToken expected = (updated ? renamed(token, "changed") : token)
                        .toBuilder()
                                .revokedAt(at)
                                .lastUsedAt(noted)
                                .revision(updated ? 2 : 1)
                                .build();
                assertFields(expected, stored(token));
            }
        }
    }
}
