package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: each notice of a token's end is claimed once, and recording it changes nothing else. */
abstract class ExpiryNoticeContract extends TokenStoreFixture {

    private static final ExpiryNotice WEEK = new ExpiryNotice(CREATED.plusSeconds(1), Duration.ofDays(7));
    private static final ExpiryNotice DAY = new ExpiryNotice(CREATED.plusSeconds(1), Duration.ofDays(1));

    @Test
    void a_notice_is_claimed_once() {
        StoredToken token = insert(draft().expiresAt(WEEK.end()).build());
        List<AuditEvent> eventsBefore = events(tenant);
        assertTrue(tokens.claimExpiryNotice(token, WEEK));
        StoredToken noticed = token.toBuilder().expiryNotice(WEEK).build();
        assertFields(noticed, stored(token));
        assertFalse(tokens.claimExpiryNotice(token, WEEK), "from the row before the claim");
        assertFalse(tokens.claimExpiryNotice(token, DAY), "another notice from the row before the claim");
        assertTrue(tokens.claimExpiryNotice(noticed, DAY), "from the row after the claim");
        assertFields(token.toBuilder().expiryNotice(DAY).build(), stored(token));
        assertFalse(tokens.claimExpiryNotice(noticed, DAY), "from an older notice");
        ExpiryNotice ofMovedEnd = new ExpiryNotice(DAY.end().plusMillis(1), DAY.ahead());
        assertFalse(
                tokens.claimExpiryNotice(
                        token.toBuilder().expiryNotice(ofMovedEnd).build(), WEEK),
                "from another end");
        ExpiryNotice later = new ExpiryNotice(DAY.end(), DAY.ahead().plusMillis(1));
        assertFalse(
                tokens.claimExpiryNotice(token.toBuilder().expiryNotice(later).build(), WEEK), "from another time");
        assertEquals(eventsBefore, events(tenant), "a claim writes no event");
    }

    @Test
    void a_token_that_was_changed_or_revoked_gets_no_notice() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.APPLIED, tokens.update(renamed(token, "new"), TokenConstraints.none(), List.of()));
        assertFalse(tokens.claimExpiryNotice(token, WEEK), "from an older revision");
        StoredToken renamed = stored(token);
        for (String id : lookAlikes(token.id())) {
            StoredToken other = draftOf(tenant, id).revision(renamed.revision()).build();
            assertFalse(tokens.claimExpiryNotice(other, WEEK), "an unknown id");
        }
        StoredToken ofAnother =
                draftOf(newTenant(), token.id()).revision(renamed.revision()).build();
        assertFalse(tokens.claimExpiryNotice(ofAnother, WEEK), "of another tenant");
        assertFields(renamed, stored(token));
        revoke(token);
        StoredToken revoked = stored(token);
        assertFalse(tokens.claimExpiryNotice(revoked, WEEK), "after the revocation");
        assertFields(revoked, stored(token));
    }

    /** The change was computed from a row that was read before the claim. */
    @Test
    void a_change_keeps_the_notice() {
        StoredToken updated = insert(draft().build());
        assertTrue(tokens.claimExpiryNotice(updated, DAY));
        tokens.update(renamed(updated, "new"), TokenConstraints.none(), List.of());
        assertEquals(DAY, stored(updated).expiryNotice());

        StoredToken rotated = insert(draft().build());
        StoredToken successor = successorOf(rotated);
        assertTrue(tokens.claimExpiryNotice(rotated, DAY));
        tokens.rotate(rotated(rotated, successor), successor, TokenConstraints.none(), List.of());
        assertEquals(DAY, stored(rotated).expiryNotice());

        StoredToken revoked = insert(draft().build());
        assertTrue(tokens.claimExpiryNotice(revoked, DAY));
        revoke(revoked);
        assertEquals(DAY, stored(revoked).expiryNotice());
    }

    @Test
    void one_of_concurrent_claims_is_made() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken token = insert(draft().build());
                List<Boolean> claimed = race.run(List.of(
                        () -> tokens.claimExpiryNotice(token, WEEK),
                        () -> tokens.claimExpiryNotice(token, WEEK),
                        () -> tokens.claimExpiryNotice(token, DAY)));
                assertEquals(1, Collections.frequency(claimed, true), "claims, of three");
            }
        }
    }
}
