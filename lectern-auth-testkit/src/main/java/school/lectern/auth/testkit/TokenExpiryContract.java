package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;

/** Tests of {@link TokenStoreContract}: the store finds the tokens that expire between two times. */
abstract class TokenExpiryContract extends TokenStoreFixture {

    @Test
    void tokens_that_expire_in_an_interval_are_found_by_their_earlier_end() {
        Instant since = Instant.parse("3456-01-01T00:00:00Z").plusSeconds(Math.floorMod(tenant.hashCode(), 1 << 30));
        Instant before = since.plusMillis(10);
        StoredToken atStart = insert(draft().expiresAt(since.plusMillis(1)).build());
        insert(draft().expiresAt(since).build());
        StoredToken byOverlap = insert(draft().expiresAt(LAST_INSTANT)
                .gracePeriodEndsAt(since.plusMillis(1))
                .build());
        StoredToken byExpiry = insert(draft().expiresAt(since.plusMillis(9))
                .gracePeriodEndsAt(LAST_INSTANT)
                .build());
        insert(draft().expiresAt(before).build());
        insert(draft().expiresAt(since.minusMillis(1)).build());
        insert(draft().expiresAt(since.plusMillis(1))
                .gracePeriodEndsAt(since.minusMillis(1))
                .build());
        insert(draft().build());
        StoredToken revoked = insert(draft().expiresAt(since.plusMillis(1)).build());
        revoke(revoked);

        TokenFilter all = TokenFilter.ofAllTenants();
        List<StoredToken> ending = tokens.list(all.endingBetween(since, before).limit(10));
        assertEquals(
                List.of(byExpiry.id(), byOverlap.id(), atStart.id()),
                ending.stream().map(StoredToken::id).toList());
        assertFields(byOverlap, ending.get(1));
        TokenFilter page =
                all.endingBetween(since, before).before(byExpiry.number()).limit(1);
        assertEquals(List.of(byOverlap.id()), ids(page), "a page");
        assertEquals(List.of(byOverlap.number()), tokens.listNumbers(page), "the numbers of a page");
        assertEquals(List.of(), ids(all.endingBetween(since, since)), "an empty period");
        Instant from = since.plusMillis(8).plusNanos(1);
        assertEquals(
                List.of(byExpiry.id()), ids(all.endingBetween(from, from.plusMillis(1))), "between two milliseconds");
        TokenFilter ours = TokenFilter.ofTenant(tenant);
        assertEquals(ids(all.endingBetween(since, before)), ids(ours.endingBetween(since, before)), "of the tenant");
        assertEquals(
                List.of(), ids(TokenFilter.ofTenant(newTenant()).endingBetween(since, before)), "of another tenant");
    }

    @Test
    void a_maximum_lifetime_ends_tokens_before_their_stored_end() {
        Instant since = Instant.parse("4567-01-01T00:00:00Z").plusSeconds(Math.floorMod(tenant.hashCode(), 1 << 30));
        Instant before = since.plusMillis(10);
        Duration max = Duration.ofDays(1);
        StoredToken endless = insert(createdAt(since.minus(max).plusMillis(1)).build());
        StoredToken later = insert(createdAt(since.minus(max).plusMillis(9))
                .expiresAt(LAST_INSTANT)
                .build());
        StoredToken byExpiry =
                insert(createdAt(since).expiresAt(since.plusMillis(3)).build());
        StoredToken byOverlap =
                insert(createdAt(since).gracePeriodEndsAt(since.plusMillis(3)).build());
        insert(createdAt(since.minus(max)).build());
        StoredToken over = insert(
                createdAt(since.minus(max)).expiresAt(since.plusMillis(3)).build());
        insert(createdAt(since.minus(max).plusMillis(10)).build());
        insert(createdAt(since.minus(max).plusMillis(1))
                .expiresAt(since.minusMillis(1))
                .build());
        insert(createdAt(since).build());
        revoke(insert(createdAt(since.minus(max).plusMillis(1)).build()));

        List<String> expected = List.of(byOverlap.id(), byExpiry.id(), later.id(), endless.id());
        for (TokenFilter some : List.of(TokenFilter.ofAllTenants(), TokenFilter.ofTenant(tenant))) {
            assertEquals(expected, ids(some.endingBetween(since, before, max)));
            assertEquals(
                    List.of(byOverlap.id(), byExpiry.id()),
                    ids(some.endingBetween(since, before, max).limit(2)),
                    "a page");
            assertEquals(
                    List.of(byOverlap.id(), byExpiry.id()),
                    ids(some.endingBetween(since.plusMillis(1), since.plusMillis(9), max)));
            assertEquals(
                    List.of(over.id(), byOverlap.id(), byExpiry.id()),
                    ids(some.endingBetween(since, since.plusMillis(4), Duration.ofSeconds(Long.MAX_VALUE))),
                    "a maximum that is never reached");
        }
    }

    private StoredTokenBuilder createdAt(Instant time) {
        StoredToken draft = draft().build();
        return StoredToken.builder(draft.id(), tenant, draft.environment(), draft.name(), time)
                .secret(draft.selector(), draft.hash());
    }

    private List<String> ids(TokenFilter filter) {
        return tokens.list(filter).stream().map(StoredToken::id).toList();
    }
}
