package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.InsertResult.Kind;
import school.lectern.auth.spi.LiveTokenLimits;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: a tenant and a creator have at most the maximum number of live tokens. */
abstract class LiveTokensContract extends TokenStoreFixture {

    private static TokenConstraints max(@Nullable Integer perTenant, @Nullable Integer perCreator) {
        return TokenConstraints.maxLive(CREATED, new LiveTokenLimits(perTenant, perCreator));
    }

    private Kind insert(StoredToken token, TokenConstraints rule) {
        return tokens.insert(token, rule, List.of(event(token.tenantId(), "token.issued", token.id())))
                .kind();
    }

    private StoredToken createdBy(String user) {
        return draft().createdBy(user).build();
    }

    @Test
    void an_insert_enforces_the_maximum_of_its_tenant() {
        StoredToken first = draft().build();
        assertEquals(Kind.STORED, insert(first, max(2, null)));
        assertEquals(Kind.STORED, insert(draft().build(), max(2, null)));
        List<AuditEvent> eventsBefore = events(tenant);
        StoredToken third = draft().build();
        assertEquals(Kind.TOO_MANY_TOKENS, insert(third, max(2, null)));
        assertTrue(tokens.get(tenant, third.id()).isEmpty(), "the token was not stored");
        assertEquals(eventsBefore, events(tenant), "a change that was not applied writes no event");
        assertEquals(Kind.STORED, insert(draftOf(newTenant()).build(), max(1, null)), "in another tenant");
        revoke(first);
        assertEquals(Kind.STORED, insert(third, max(2, null)), "after a revocation");
    }

    @Test
    void tokens_count_while_they_are_neither_revoked_nor_expired() {
        insert(draft().expiresAt(CREATED).build());
        insert(draft().gracePeriodEndsAt(CREATED).build());
        assertEquals(
                Kind.STORED, insert(draft().expiresAt(CREATED.plusMillis(1)).build(), max(1, null)));
        assertEquals(Kind.STORED, insert(draft().disabledAt(CREATED).build(), max(2, null)));
        assertEquals(Kind.STORED, insert(draft().notBefore(LAST_INSTANT).build(), max(3, null)));
        assertEquals(Kind.TOO_MANY_TOKENS, insert(draft().build(), max(3, null)));
        assertEquals(Kind.STORED, insert(draft().expiresAt(CREATED).build(), max(3, null)), "one that is not live");
    }

    @Test
    void an_insert_enforces_the_maximum_of_its_creator() {
        TokenConstraints rule = max(null, 1);
        assertEquals(Kind.STORED, insert(createdBy("ada"), rule));
        assertEquals(Kind.TOO_MANY_TOKENS, insert(createdBy("ada"), rule));
        assertEquals(Kind.STORED, insert(createdBy("Ada"), rule), "another creator");
        assertEquals(Kind.STORED, insert(draftOf(newTenant()).createdBy("ada").build(), rule), "in another tenant");
        assertEquals(Kind.STORED, insert(draft().build(), rule), "without a creator");
        assertEquals(Kind.STORED, insert(draft().build(), rule), "another without a creator");
        assertEquals(Kind.TOO_MANY_TOKENS, insert(createdBy("bob"), max(4, 1)), "by the maximum of the tenant");
    }

    @Test
    void two_live_tokens_of_a_line_count_as_one_and_each_further_one_counts() {
        TokenConstraints rule = max(1, null);
        StoredToken first = insert(draft().build());
        StoredToken second = next(first);
        assertEquals(WriteResult.APPLIED, rotate(first, second, rule));
        StoredToken third = next(second);
        List<AuditEvent> eventsBefore = events(tenant);
        StoredToken before = stored(second);
        assertEquals(WriteResult.TOO_MANY_TOKENS, rotate(before, third, rule));
        assertFields(before, stored(second));
        assertTrue(tokens.get(tenant, third.id()).isEmpty(), "the successor was not stored");
        assertEquals(eventsBefore, events(tenant), "a change that was not applied writes no event");
        assertEquals(Kind.TOO_MANY_TOKENS, insert(draft().build(), rule), "a token of another line");
        revoke(first);
        assertEquals(WriteResult.APPLIED, rotate(stored(second), third, rule), "after a revocation");
    }

    @Test
    void a_rotation_without_a_grace_period_adds_no_token() {
        StoredToken first = insert(draft().build());
        StoredToken second = next(first);
        assertEquals(WriteResult.APPLIED, rotate(first, second, max(1, null)));
        StoredToken third = next(second);
        StoredToken ended = rotated(stored(second), third).toBuilder()
                .gracePeriodEndsAt(CREATED)
                .build();
        assertEquals(WriteResult.APPLIED, tokens.rotate(ended, third, max(1, null), List.of()));
    }

    @Test
    void a_successor_counts_for_its_own_creator() {
        TokenConstraints rule = max(null, 1);
        StoredToken first = insert(createdBy("ada"));
        insert(createdBy("bob"));
        StoredToken ofBob = next(first).toBuilder().createdBy("bob").build();
        assertEquals(WriteResult.TOO_MANY_TOKENS, rotate(first, ofBob, rule));
        StoredToken ofAda = next(first).toBuilder().createdBy("ada").build();
        assertEquals(WriteResult.APPLIED, rotate(first, ofAda, rule));
    }

    @Test
    void an_update_that_revives_a_token_enforces_the_maximum() {
        StoredToken expired = insert(draft().expiresAt(CREATED).build());
        insert(draft().build());
        StoredToken later = expired.toBuilder().expiresAt(CREATED.plusMillis(1)).build();
        assertEquals(WriteResult.TOO_MANY_TOKENS, tokens.update(later, max(1, null), List.of()));
        assertFields(expired, stored(expired));
        assertEquals(
                WriteResult.APPLIED, tokens.update(renamed(expired, "new"), max(1, null), List.of()), "no revival");
        StoredToken again = stored(expired).toBuilder().expiresAt(null).build();
        assertEquals(WriteResult.APPLIED, tokens.update(again, max(2, null), List.of()));
    }

    @Test
    void a_lower_maximum_refuses_only_what_adds_a_token() {
        StoredToken token = insert(draft().build());
        StoredToken other = insert(draft().build());
        insert(draft().build());
        assertEquals(WriteResult.APPLIED, rotate(token, next(token), max(1, null)));
        StoredToken moved = other.toBuilder().expiresAt(LAST_INSTANT).build();
        assertEquals(WriteResult.APPLIED, tokens.update(moved, max(1, null), List.of()));
        assertEquals(Kind.TOO_MANY_TOKENS, insert(draft().build(), max(1, null)));
    }

    @Test
    void each_of_many_new_tokens_counts() {
        TokenConstraints rule = max(4, 2);
        insert(draft().build());
        List<Kind> kinds = tokens
                .insertAll(List.of(
                        newToken(createdBy("ada"), rule),
                        newToken(draft().expiresAt(CREATED).createdBy("ada").build(), rule),
                        newToken(createdBy("ada"), rule),
                        newToken(createdBy("ada"), rule),
                        newToken(createdBy("bob"), rule),
                        newToken(draft().build(), rule),
                        newToken(draftOf(newTenant()).createdBy("ada").build(), rule)))
                .stream()
                .map(result -> result.kind())
                .toList();
        assertEquals(
                List.of(
                        Kind.STORED,
                        Kind.STORED,
                        Kind.STORED,
                        Kind.TOO_MANY_TOKENS,
                        Kind.STORED,
                        Kind.TOO_MANY_TOKENS,
                        Kind.STORED),
                kinds);
        assertEquals(4, events(tenant).size(), "events");
    }

    /** The last free place is taken by one of an issue, an import, a rotation and a revival. */
    @Test
    void concurrent_changes_do_not_exceed_a_maximum_together() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken first = insert(createdBy("ada"));
                StoredToken second = next(first).toBuilder().createdBy("ada").build();
                assertEquals(WriteResult.APPLIED, rotate(first, second, TokenConstraints.none()));
                StoredToken expired =
                        insert(draft().createdBy("ada").expiresAt(CREATED).build());
                TokenConstraints rule = round % 2 == 0 ? max(2, null) : max(null, 2);
                StoredToken third = next(second).toBuilder().createdBy("ada").build();
                StoredToken revived = expired.toBuilder().expiresAt(null).build();
                StoredToken rotating = stored(second);
                List<Boolean> done = race.run(List.of(
                        () -> insert(createdBy("ada"), rule) == Kind.STORED,
                        () -> tokens.insertAll(List.of(newToken(createdBy("ada"), rule)))
                                .get(0)
                                .stored()
                                .isPresent(),
                        () -> rotate(rotating, third, rule) == WriteResult.APPLIED,
                        () -> tokens.update(revived, rule, List.of()) == WriteResult.APPLIED));
                assertEquals(1, Collections.frequency(done, true), "changes that took the last place, of four");
            }
        }
    }

    @Test
    void a_maximum_does_not_admit_the_token_of_a_tenant_that_is_gone() {
        StoredToken token = insert(draft().build());
        StoredToken expired = insert(draft().expiresAt(CREATED).build());
        tokens.setGone(tenant, CREATED, List.of());
        assertEquals(Kind.TENANT_GONE, insert(draft().build(), max(9, 9)));
        assertEquals(WriteResult.TENANT_GONE, rotate(token, next(token), max(9, 9)));
        StoredToken revived = expired.toBuilder().expiresAt(null).build();
        assertEquals(WriteResult.TENANT_GONE, tokens.update(revived, max(9, 9), List.of()));
        assertFalse(stored(expired).isActive(CREATED));
    }

    private static StoredToken next(StoredToken token) {
        return successorOf(token).toBuilder().lineId(token.lineId()).build();
    }

    private WriteResult rotate(StoredToken token, StoredToken successor, TokenConstraints rule) {
        return tokens.rotate(rotated(token, successor), successor, rule, rotation(token, successor));
    }
}
