package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.token.StoredToken;

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

        List<StoredToken> ending = tokens.findExpiring(since, before, 0, 10);
        assertEquals(
                List.of(atStart.id(), byOverlap.id(), byExpiry.id()),
                ending.stream().map(StoredToken::id).toList());
        assertFields(byOverlap, ending.get(1));
        assertEquals(List.of(byOverlap.id()), idsExpiring(since, before, atStart.number(), 1), "a page");
        assertEquals(List.of(), tokens.findExpiring(since, since, 0, 10), "an empty interval");
        Instant from = since.plusMillis(8).plusNanos(1);
        assertEquals(List.of(byExpiry.id()), idsExpiring(from, from.plusMillis(1), 0, 10), "between two milliseconds");
    }

    private List<String> idsExpiring(Instant from, Instant before, long after, int limit) {
        return tokens.findExpiring(from, before, after, limit).stream()
                .map(StoredToken::id)
                .toList();
    }
}
