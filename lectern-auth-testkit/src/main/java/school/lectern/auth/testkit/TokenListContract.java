package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: the store lists the tokens of a tenant in pages, the newest token first. */
abstract class TokenListContract extends TokenStoreFixture {

    @Test
    void lists_a_tenants_tokens_newest_first() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            // Made earlier than the one before it, by a clock that was set back, and newer all the same.
            Instant created = CREATED.minusSeconds(i);
            StoredToken token = StoredToken.builder(newId(), tenant, TokenEnvironment.LIVE, "CI", created)
                    .secret(newSelector(), newHash())
                    .build();
            ids.add(0, insert(token).id());
        }
        assertEquals(ids, idsListed(Long.MAX_VALUE, 10));
    }

    @Test
    void lists_page_by_page() {
        List<StoredToken> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            all.add(0, insert(draft().build()));
        }
        List<StoredToken> seen = new ArrayList<>();
        long before = Long.MAX_VALUE;
        for (int size : new int[] {3, 3, 1}) {
            List<StoredToken> page =
                    tokens.list(TokenFilter.ofTenant(tenant).before(before).limit(3));
            assertEquals(size, page.size());
            seen.addAll(page);
            before = page.get(size - 1).number();
        }
        assertEquals(
                List.of(),
                tokens.list(TokenFilter.ofTenant(tenant).before(before).limit(3)));
        for (int i = 0; i < all.size(); i++) {
            assertFields(all.get(i), seen.get(i));
        }
    }

    @Test
    void numbers_are_those_of_the_list() {
        List<Long> numbers = new ArrayList<>();
        String other = newTenant();
        for (int i = 0; i < 45; i++) {
            numbers.add(0, insert(draft().build()).number());
            insert(StoredToken.builder(newId(), other, TokenEnvironment.LIVE, "CI", CREATED)
                    .secret(newSelector(), newHash())
                    .build());
        }
        assertEquals(numbers, tokens.listNumbers(TokenFilter.ofTenant(tenant).limit(100)));
        assertEquals(numbers, tokens.listNumbers(TokenFilter.ofTenant(tenant).limit(45)));
        assertEquals(
                numbers.subList(0, 41),
                tokens.listNumbers(TokenFilter.ofTenant(tenant).limit(41)));
        assertEquals(
                numbers.subList(4, 45),
                tokens.listNumbers(
                        TokenFilter.ofTenant(tenant).before(numbers.get(3)).limit(100)));
        assertEquals(
                List.of(),
                tokens.listNumbers(
                        TokenFilter.ofTenant(tenant).before(numbers.get(44)).limit(10)));
        assertEquals(
                List.of(), tokens.listNumbers(TokenFilter.ofTenant(newTenant()).limit(10)));
    }

    @Test
    void list_hides_other_tenants() {
        StoredToken ours = insert(draft().build());
        String other = newTenant();
        tokens.insert(draftOf(other).build(), TokenConstraints.none(), List.of());
        assertEquals(List.of(ours.id()), idsListed(Long.MAX_VALUE, 10));
        assertEquals(1, tokens.list(TokenFilter.ofTenant(other).limit(10)).size());
        assertEquals(List.of(), tokens.list(TokenFilter.ofTenant(newTenant()).limit(10)));
    }

    @Test
    void lists_the_tokens_of_a_creator() {
        String ada = "user-" + UUID.randomUUID();
        StoredToken ours = insert(draft().createdBy(ada).build());
        StoredToken elsewhere = insert(draftOf(newTenant()).createdBy(ada).build());
        insert(draft().build());
        for (String lookAlike : lookAlikes(ada)) {
            insert(draft().createdBy(lookAlike).build());
        }
        TokenFilter all = TokenFilter.ofAllTenants().createdBy(ada);
        assertEquals(List.of(elsewhere.number(), ours.number()), tokens.listNumbers(all));
        assertEquals(List.of(elsewhere.number()), tokens.listNumbers(all.limit(1)));
        assertEquals(List.of(ours.number()), tokens.listNumbers(all.before(elsewhere.number())));
        assertFields(ours, tokens.list(all).get(1));
        TokenFilter inTenant = TokenFilter.ofTenant(tenant).createdBy(ada);
        assertEquals(List.of(ours.number()), tokens.listNumbers(inTenant));
        assertEquals(
                List.of(), tokens.listNumbers(TokenFilter.ofTenant(newTenant()).createdBy(ada)));
    }

    @Test
    void lists_tokens_that_were_last_used_before_a_time() {
        StoredToken never = insert(draft().build());
        StoredToken early = insert(draft().lastUsedAt(CREATED.plusMillis(7)).build());
        StoredToken late = insert(draft().lastUsedAt(CREATED.plusMillis(8)).build());
        TokenFilter ours = TokenFilter.ofTenant(tenant);
        assertEquals(
                List.of(late.number(), early.number(), never.number()),
                tokens.listNumbers(ours.lastUsedBefore(CREATED.plusMillis(9))));
        assertEquals(
                List.of(early.number(), never.number()),
                tokens.listNumbers(ours.lastUsedBefore(CREATED.plusMillis(8))));
        assertEquals(
                List.of(late.number(), early.number(), never.number()),
                tokens.listNumbers(ours.lastUsedBefore(CREATED.plusMillis(8).plusNanos(1))));
        assertEquals(List.of(never.number()), tokens.listNumbers(ours.lastUsedBefore(CREATED.plusMillis(1))));
        assertEquals(
                List.of(), tokens.listNumbers(ours.lastUsedBefore(CREATED)), "a token counts as used when created");
        assertFields(
                never, tokens.list(ours.lastUsedBefore(CREATED.plusMillis(1))).get(0));
        noteUse(never, CREATED.plusMillis(9));
        assertEquals(List.of(), tokens.listNumbers(ours.lastUsedBefore(CREATED.plusMillis(7))));
    }

    @Test
    void conditions_are_combined() {
        String ada = "user-" + UUID.randomUUID();
        Instant end = CREATED.plusSeconds(60);
        StoredToken both = insert(draft().createdBy(ada).expiresAt(end).build());
        insert(draft().createdBy(ada).build());
        insert(draft().expiresAt(end).build());
        insert(draft().createdBy(ada).expiresAt(end).lastUsedAt(end).build());
        TokenFilter filter = TokenFilter.ofAllTenants()
                .createdBy(ada)
                .endingBetween(CREATED, end.plusMillis(1))
                .lastUsedBefore(end);
        assertEquals(List.of(both.number()), tokens.listNumbers(filter));
    }

    @Test
    void revoked_tokens_are_still_found_and_listed() {
        StoredToken token = insert(draft().build());
        revoke(token);
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertTrue(Lookups.rows(tokens, token.selector()).get(0).isRevoked());
        assertEquals(List.of(token.id()), idsListed(Long.MAX_VALUE, 10));
    }
}
