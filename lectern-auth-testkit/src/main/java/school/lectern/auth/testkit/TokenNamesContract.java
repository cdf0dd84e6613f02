package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: at most one active token of a tenant has a name that must be unique. */
abstract class TokenNamesContract extends TokenStoreFixture {

    @Test
    void a_name_is_taken_while_an_active_token_of_the_tenant_has_it() {
        Instant now = CREATED.plusSeconds(60);
        StoredToken token = insert(draft().name("deploy").expiresAt(now).build());
        assertTrue(tokens.isNameTaken(tenant, "deploy", now.minusMillis(1)), "until its expiry");
        assertFalse(tokens.isNameTaken(tenant, "deploy", now), "at its expiry");
        assertFalse(tokens.isNameTaken(tenant, "Deploy", CREATED), "another name");
        assertFalse(tokens.isNameTaken(newTenant(), "deploy", CREATED), "another tenant");
        revoke(token);
        assertFalse(tokens.isNameTaken(tenant, "deploy", CREATED), "after its revocation");
        insert(draft().name("build").gracePeriodEndsAt(now).build());
        assertTrue(tokens.isNameTaken(tenant, "build", now.minusMillis(1)), "until the end of its overlap");
        assertFalse(tokens.isNameTaken(tenant, "build", now), "at the end of its overlap");
    }

    @Test
    void an_insert_enforces_its_name_constraint() {
        StoredToken first = insert(draft().name("deploy").build());
        TokenConstraints unique = TokenConstraints.uniqueName(CREATED);
        List<AuditEvent> eventsBefore = events(tenant);
        StoredToken second = draft().name("deploy").build();
        AuditEvent event = event("token.issued", second.id());
        assertTrue(tokens.insert(second, unique, List.of(event)).stored().isEmpty(), "the name is taken");
        assertTrue(tokens.get(tenant, second.id()).isEmpty(), "the token was not stored");
        assertEquals(eventsBefore, events(tenant), "a change that was not applied writes no event");
        assertTrue(
                tokens.insert(second, TokenConstraints.none(), List.of())
                        .stored()
                        .isPresent(),
                "without a name constraint");
        revoke(first);
        revoke(second);
        assertTrue(
                tokens.insert(draft().name("deploy").build(), unique, List.of())
                        .stored()
                        .isPresent(),
                "the name is free");
    }

    @Test
    void an_update_enforces_its_name_constraint() {
        insert(draft().name("deploy").build());
        StoredToken other = insert(draft().name("build").build());
        TokenConstraints unique = TokenConstraints.uniqueName(CREATED);
        StoredToken renamed = other.toBuilder().name("deploy").build();
        assertEquals(WriteResult.NAME_TAKEN, tokens.update(renamed, unique, List.of()));
        assertEquals("build", tokens.get(tenant, other.id()).orElseThrow().name());
        assertEquals(WriteResult.APPLIED, tokens.update(other, unique, List.of()), "its own name is not taken");
    }

    /** They share it for as long as the predecessor is active; for every other token the name is taken. */
    @Test
    void both_tokens_of_a_rotation_may_share_a_name() {
        TokenConstraints unique = TokenConstraints.uniqueName(CREATED);
        StoredToken token = insert(draft().name("deploy").build());
        StoredToken successor = successorOf(token).toBuilder().name("deploy").build();
        tokens.rotate(rotated(token, successor), successor, TokenConstraints.none(), List.of());
        StoredToken other = insert(draft().name("build").build());
        for (StoredToken each : List.of(stored(token), stored(successor))) {
            StoredToken described = each.toBuilder().description("changed").build();
            assertEquals(WriteResult.APPLIED, tokens.update(described, unique, List.of()), "it keeps its name");
        }
        assertEquals(WriteResult.NAME_TAKEN, tokens.update(renamed(other, "deploy"), unique, List.of()));
    }

    @Test
    void one_of_concurrent_changes_gets_a_unique_name() throws InterruptedException {
        TokenConstraints unique = TokenConstraints.uniqueName(CREATED);
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                String name = "name" + round;
                StoredToken one = insert(draft().name("one of " + name).build());
                StoredToken two = insert(draft().name("two of " + name).build());
                StoredToken three = draft().name(name).build();
                List<Boolean> named = race.run(List.of(
                        () -> tokens.update(renamed(one, name), unique, List.of()) == WriteResult.APPLIED,
                        () -> tokens.update(renamed(two, name), unique, List.of()) == WriteResult.APPLIED,
                        () -> tokens.insert(three, unique, List.of()).stored().isPresent()));
                assertEquals(1, Collections.frequency(named, true), "tokens with the name, of three");
            }
        }
    }

    @Test
    void one_of_concurrent_inserts_of_one_name_is_applied() throws Exception {
        TokenConstraints unique = TokenConstraints.uniqueName(CREATED);
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken one = draft().name("name" + round).build();
                StoredToken two = draft().name("name" + round).build();
                List<InsertResult> made = race.run(List.of(
                        () -> tokens.insert(one, unique, List.of()), () -> tokens.insert(two, unique, List.of())));
                long kept =
                        made.stream().filter(each -> each.stored().isPresent()).count();
                assertEquals(1, kept, "tokens with the name, of two");
            }
        }
    }
}
