package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: a rotation marks the predecessor and inserts its only successor in one step. */
abstract class TokenRotationContract extends TokenStoreFixture {

    @Test
    void rotate_marks_the_predecessor_and_keeps_the_successor() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusSeconds(5));
        StoredToken successor = successorOf(token);
        StoredToken predecessor = rotated(token, successor);
        List<AuditEvent> events = List.of(event("token.rotated", token.id()), event("token.issued", successor.id()));
        assertEquals(WriteResult.APPLIED, tokens.rotate(predecessor, successor, TokenConstraints.none(), events));

        assertFields(
                predecessor.toBuilder()
                        .revision(1)
                        .lastUsedAt(CREATED.plusSeconds(5))
                        .build(),
                stored(token));
        StoredToken kept = stored(successor);
        assertTrue(kept.number() > token.number(), "the successor has the larger number");
        assertFields(successor.toBuilder().number(kept.number()).build(), kept);
        assertEquals(List.of(successor.id(), token.id()), idsListed(Long.MAX_VALUE, 10));
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertEquals(List.of(successor.id()), idsFound(successor.selector()));
        assertEvents(events);
    }

    @Test
    void a_rotation_from_an_older_revision_changes_nothing() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.APPLIED, tokens.update(renamed(token, "changed"), TokenConstraints.none(), List.of()));
        cannotBeRotated(token);
    }

    @Test
    void a_revoked_token_cannot_be_rotated() {
        StoredToken token = insert(draft().build());
        revoke(token);
        cannotBeRotated(token);
        cannotBeRotated(stored(token).toBuilder().revokedAt(null).build());
    }

    @Test
    void a_token_has_one_successor() {
        StoredToken token = insert(draft().build());
        StoredToken successor = successorOf(token);
        assertEquals(
                WriteResult.APPLIED,
                tokens.rotate(rotated(token, successor), successor, TokenConstraints.none(), List.of()));
        cannotBeRotated(stored(token));
        cannotBeRotated(stored(token).toBuilder().successorId(null).build());
    }

    @Test
    void a_missing_token_cannot_be_rotated() {
        StoredToken missing = draft().build();
        StoredToken successor = successorOf(missing);
        assertEquals(
                WriteResult.STALE,
                tokens.rotate(
                        rotated(missing, successor),
                        successor,
                        TokenConstraints.none(),
                        List.of(event("token.rotated", missing.id()))));
        assertEquals(List.of(), idsListed(Long.MAX_VALUE, 10));
        assertEvents(List.of());
    }

    @Test
    void another_tenants_token_cannot_be_rotated() {
        StoredToken token = insert(draft().build());
        StoredToken theirs = draftOf(newTenant(), token.id()).build();
        StoredToken successor = successorOf(theirs);
        isStale(
                () -> tokens.rotate(
                        rotated(theirs, successor), successor, TokenConstraints.none(), rotation(token, successor)),
                token);
        assertTrue(tokens.get(successor.tenantId(), successor.id()).isEmpty());
        assertEquals(List.of(), events(theirs.tenantId()));
    }

    @Test
    void a_rotation_whose_successor_is_refused_changes_nothing() {
        StoredToken token = insert(draft().build());
        StoredToken other = insert(draft().build());
        StoredToken sameSelector = successorOf(token).toBuilder()
                .secret(other.selector(), newHash())
                .build();
        StoredToken sameId =
                draftOf(tenant, other.id()).predecessorId(token.id()).build();
        StoredToken ownSelector = successorOf(token).toBuilder()
                .secret(token.selector(), newHash())
                .build();
        for (StoredToken refused : List.of(sameSelector, sameId, ownSelector)) {
            assertThrows(
                    StorageException.class,
                    () -> tokens.rotate(
                            rotated(token, refused), refused, TokenConstraints.none(), rotation(token, refused)));
            assertFields(token, stored(token));
            assertFields(other, stored(other));
            assertEquals(List.of(other.id(), token.id()), idsListed(Long.MAX_VALUE, 10));
            assertEquals(List.of(token.id()), idsFound(token.selector()));
            assertEquals(List.of(other.id()), idsFound(other.selector()));
            assertEvents(List.of());
        }
        StoredToken good = successorOf(token);
        assertEquals(
                WriteResult.APPLIED,
                tokens.rotate(rotated(token, good), good, TokenConstraints.none(), List.of()),
                "it can still be rotated");
    }

    private void cannotBeRotated(StoredToken token) {
        StoredToken successor = successorOf(token);
        isStale(
                () -> tokens.rotate(
                        rotated(token, successor), successor, TokenConstraints.none(), rotation(token, successor)),
                token);
        assertTrue(tokens.get(tenant, successor.id()).isEmpty(), "no successor was inserted");
        assertEquals(List.of(), idsFound(successor.selector()));
    }

    @Test
    void one_of_concurrent_rotations_is_applied() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<StoredToken> successors =
                        Stream.generate(() -> successorOf(token)).limit(4).toList();
                List<WriteResult> outcomes = race.run(successors.stream()
                        .<Callable<WriteResult>>map(successor -> () -> tokens.rotate(
                                rotated(token, successor),
                                successor,
                                TokenConstraints.none(),
                                rotation(token, successor)))
                        .toList());

                StoredToken winner = successors.get(onlyOneDone(outcomes));
                assertFields(rotated(token, winner).toBuilder().revision(1).build(), stored(token));
                assertEquals(List.of(winner.id(), token.id()), idsListed(Long.MAX_VALUE, 10));
                assertEquals(2, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void a_rotation_after_a_concurrent_revocation_creates_no_successor() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken successor = successorOf(token);
                List<WriteResult> outcomes = race.run(List.of(
                        () -> tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED, List.of())),
                        () -> tokens.rotate(
                                rotated(token, successor),
                                successor,
                                TokenConstraints.none(),
                                rotation(token, successor))));

                assertEquals(WriteResult.APPLIED, outcomes.get(0), "the concurrent revocation is applied");
                boolean rotated = outcomes.get(1) == WriteResult.APPLIED;
                StoredToken expected = (rotated ? rotated(token, successor) : token)
                        .toBuilder()
                                .revokedAt(CREATED)
                                .revision(rotated ? 2 : 1)
                                .build();
                assertFields(expected, stored(token));
                assertEquals(rotated, tokens.get(tenant, successor.id()).isPresent(), "the successor exists");
                assertEquals(rotated ? 2 : 0, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void a_rotation_is_seen_whole_or_not_at_all() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken successor = successorOf(token);
                AtomicBoolean over = new AtomicBoolean();
                race.run(List.of(
                        () -> {
                            try {
                                return tokens.rotate(
                                        rotated(token, successor), successor, TokenConstraints.none(), List.of());
                            } finally {
                                over.set(true);
                            }
                        },
                        () -> {
                            boolean last;
                            do {
                                last = over.get();
                                List<StoredToken> seen =
                                        tokens.list(TokenFilter.ofTenant(tenant).limit(10));
                                StoredToken predecessor = seen.get(seen.size() - 1);
                                assertEquals(
                                        predecessor.successorId() != null,
                                        seen.size() == 2,
                                        "a predecessor is marked if and only if it has a successor");
                            } while (!last);
                            return WriteResult.APPLIED;
                        }));
            }
        }
    }
}
