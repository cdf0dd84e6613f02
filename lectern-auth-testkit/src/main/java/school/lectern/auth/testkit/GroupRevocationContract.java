package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: all tokens of a tenant or of a user are revoked together. */
abstract class GroupRevocationContract extends TokenStoreFixture {

    @Test
    void all_tokens_of_a_tenant_are_revoked() {
        StoredToken one = insert(draft().build());
        StoredToken two = insert(draft().expiresAt(CREATED).build());
        StoredToken revokedBefore = insert(draft().build());
        revoke(revokedBefore);
        StoredToken before = stored(revokedBefore);
        StoredToken others = insert(draftOf(newTenant()).build());

        Instant at = CREATED.plusSeconds(9);
        List<StoredToken> revoked = revokeAll(new TokenGroup.OfTenant(tenant), at, this::ending);
        assertEquals(Set.of(one.id(), two.id()), ids(revoked));
        for (StoredToken token : List.of(one, two)) {
            assertFields(token.toBuilder().revokedAt(at).revision(1).build(), stored(token));
        }
        revoked.forEach(token -> assertFields(stored(token), token));
        assertFields(before, stored(revokedBefore));
        assertTrue(Lookups.rows(tokens, others.selector()).stream().noneMatch(StoredToken::isRevoked));
        assertEquals(
                Set.of(one.id(), two.id()),
                events(tenant).stream().map(AuditEvent::tokenId).collect(Collectors.toSet()),
                "each revocation has an event");
        assertEquals(List.of(), revokeAll(new TokenGroup.OfTenant(tenant), at, this::ending), "revoked again");
        assertEquals(2, events(tenant).size(), "events");
    }

    @Test
    void a_group_revocation_keeps_its_reason() {
        StoredToken one = insert(draft().build());
        StoredToken two = insert(draft().build());
        tokens.revokeAll(
                new GroupRevocation(new TokenGroup.OfTenant(tenant), CREATED, this::ending).withReason("They left."));
        for (StoredToken token : List.of(one, two)) {
            assertEquals("They left.", stored(token).revocationReason());
        }
    }

    @Test
    void all_tokens_of_a_user_are_revoked_in_every_tenant() {
        String user = "user-" + UUID.randomUUID();
        StoredToken here = insert(draft().secretShownTo(user).build());
        StoredToken there = insert(draftOf(newTenant()).secretShownTo(user).build());
        StoredToken somebodyElses =
                insert(draft().createdBy(user).secretShownTo(user + "0").build());
        StoredToken nobodys = insert(draft().createdBy(user).build());
        for (String lookAlike : lookAlikes(user)) {
            assertEquals(List.of(), revokeAll(new TokenGroup.OfUser(lookAlike), CREATED, this::ending), lookAlike);
        }
        List<StoredToken> revoked = revokeAll(new TokenGroup.OfUser(user), CREATED, this::ending);
        assertEquals(Set.of(here.id(), there.id()), ids(revoked));
        assertTrue(stored(here).isRevoked());
        assertFields(somebodyElses, stored(somebodyElses));
        assertFields(nobodys, stored(nobodys));
    }

    @Test
    void all_tokens_of_a_line_are_revoked() {
        StoredToken first = insert(draft().build());
        StoredToken second = successorOf(first);
        assertEquals(
                WriteResult.APPLIED, tokens.rotate(rotated(first, second), second, TokenConstraints.none(), List.of()));
        StoredToken third = successorOf(second);
        assertEquals(
                WriteResult.APPLIED,
                tokens.rotate(rotated(stored(second), third), third, TokenConstraints.none(), List.of()));
        StoredToken other = insert(draft().build());
        List<StoredToken> revoked = revokeAll(new TokenGroup.OfLine(tenant, first.id()), CREATED, this::ending);
        assertEquals(Set.of(first.id(), second.id(), third.id()), ids(revoked));
        revoked.forEach(token -> assertTrue(stored(token).isRevoked()));
        assertFields(other, stored(other));
        assertEquals(List.of(), revokeAll(new TokenGroup.OfLine(tenant, first.id()), CREATED, this::ending));
        assertEquals(List.of(), revokeAll(new TokenGroup.OfLine(tenant, newId()), CREATED, this::ending));
        assertEquals(3, events(tenant).size(), "events");
    }

    /** The group follows the secret: an earlier secret of a token no longer works, whichever user it was shown to. */
    @Test
    void a_token_moves_to_the_group_of_the_user_who_received_its_new_secret() {
        String bob = "user-" + UUID.randomUUID();
        String ada = "user-" + UUID.randomUUID();
        StoredToken token = insert(draft().createdBy(bob).secretShownTo(bob).build());
        StoredToken regenerated = token.toBuilder()
                .secret(newSelector(), newHash())
                .secretShownTo(ada)
                .build();
        assertEquals(WriteResult.APPLIED, tokens.update(regenerated, TokenConstraints.none(), List.of()));
        assertEquals(List.of(), revokeAll(new TokenGroup.OfUser(bob), CREATED, this::ending));
        assertEquals(Set.of(token.id()), ids(revokeAll(new TokenGroup.OfUser(ada), CREATED, this::ending)));
        assertTrue(stored(token).isRevoked());
    }

    @Test
    void only_the_successor_is_in_the_group_of_the_user_who_rotated() {
        String bob = "user-" + UUID.randomUUID();
        String ada = "user-" + UUID.randomUUID();
        StoredToken token = insert(draft().secretShownTo(bob).build());
        StoredToken successor =
                successorOf(token).toBuilder().secretShownTo(ada).build();
        assertEquals(
                WriteResult.APPLIED,
                tokens.rotate(rotated(token, successor), successor, TokenConstraints.none(), List.of()));
        assertEquals(Set.of(successor.id()), ids(revokeAll(new TokenGroup.OfUser(ada), CREATED, this::ending)));
        assertFalse(stored(token).isRevoked(), "the predecessor's secret was shown to another user");
        assertEquals(Set.of(token.id()), ids(revokeAll(new TokenGroup.OfUser(bob), CREATED, this::ending)));
    }

    @Test
    void many_tokens_are_revoked_together() {
        for (int i = 0; i < 3; i++) {
            List<TokenInsert> some = IntStream.range(0, 350)
                    .mapToObj(n -> newToken(draft().build()))
                    .toList();
            tokens.insertAll(some);
        }
        List<StoredToken> revoked = revokeAll(new TokenGroup.OfTenant(tenant), CREATED, this::ending);
        assertEquals(1_050, ids(revoked).size());
        List<StoredToken> all = tokens.list(TokenFilter.ofTenant(tenant).limit(3_000));
        assertEquals(ids(revoked), ids(all));
        assertTrue(all.stream().allMatch(StoredToken::isRevoked));
    }

    @Test
    void if_an_event_cannot_be_written_no_token_is_revoked() {
        StoredToken token = insert(draft().build());
        assertThrows(
                RuntimeException.class,
                () -> revokeAll(new TokenGroup.OfTenant(tenant), CREATED, (of, revoked) -> {
                    throw new IllegalStateException("untold");
                }));
        assertFields(token, stored(token));
        assertEquals(List.of(), events(tenant));
    }

    @Test
    void no_successor_survives_a_concurrent_group_revocation() throws InterruptedException {
        noSuccessorSurvives(token -> new TokenGroup.OfTenant(tenant));
    }

    @Test
    void no_successor_survives_a_concurrent_revocation_of_its_line() throws InterruptedException {
        noSuccessorSurvives(token -> new TokenGroup.OfLine(tenant, token.lineId()));
    }

    /** Either the successor is revoked with its predecessor, or the rotation is refused because it came too late. */
    private void noSuccessorSurvives(Function<StoredToken, TokenGroup> group) throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken successor = successorOf(token);
                race.run(List.<Callable<Boolean>>of(
                        () -> tokens.rotate(
                                        rotated(token, successor),
                                        successor,
                                        TokenConstraints.none(),
                                        rotation(token, successor))
                                == WriteResult.APPLIED,
                        () -> !revokeAll(group.apply(token), CREATED, this::ending)
                                .isEmpty()));
                assertTrue(stored(token).isRevoked());
                assertTrue(
                        tokens.list(TokenFilter.ofTenant(tenant).limit(10)).stream()
                                .allMatch(StoredToken::isRevoked),
                        "a successor lives on");
            }
        }
    }

    @Test
    void a_token_is_revoked_once_by_concurrent_single_and_group_revocations() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<AuditEvent> told = List.of(ending(token));
                List<Boolean> ended = race.run(List.of(
                        () -> tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED, told))
                                == WriteResult.APPLIED,
                        () -> !revokeAll(new TokenGroup.OfTenant(tenant), CREATED.plusMillis(1), this::ending)
                                .isEmpty()));

                assertEquals(1, Collections.frequency(ended, true), "revocations that returned the token");
                assertEquals(
                        CREATED.plusMillis(ended.indexOf(true)), stored(token).revokedAt());
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void either_a_users_group_revocation_or_a_concurrent_new_secret_for_another_user_is_applied()
            throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                String bob = "user-" + UUID.randomUUID();
                StoredToken token = insert(draft().secretShownTo(bob).build());
                StoredToken regenerated = token.toBuilder()
                        .secret(newSelector(), newHash())
                        .secretShownTo("ada")
                        .build();
                List<Boolean> made = race.run(List.of(
                        () -> !revokeAll(new TokenGroup.OfUser(bob), CREATED, this::ending)
                                .isEmpty(),
                        () -> tokens.update(regenerated, TokenConstraints.none(), List.of()) == WriteResult.APPLIED));

                assertEquals(1, Collections.frequency(made, true), "changes that were made, of " + made);
                assertEquals(made.get(0), stored(token).isRevoked(), "revoked");
                assertEquals(made.get(1) ? "ada" : bob, stored(token).secretShownTo());
            }
        }
    }
}
