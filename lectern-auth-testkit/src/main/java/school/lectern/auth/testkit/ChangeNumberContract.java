package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;

/**
 * Tests of {@link ChangeFeedContract}: each change that affects authorization takes the next sequence number, and no other
 * write takes a number.
 */
abstract class ChangeNumberContract extends ChangeFeedFixture {

    @Test
    void every_change_of_a_token_takes_the_next_number_and_names_it() {
        StoredToken token = insert();
        List<StoredTokenBuilder> updates = List.of(
                draftOf(token).scopes(ScopeSet.parse("read:courses")),
                draftOf(token).expiresAt(NOW.plusSeconds(60)),
                draftOf(token).allowlist(IpAllowlist.of(List.of(IpRange.parse("10.0.0.0/8")))),
                draftOf(token).rateLimits(Map.of("read", 5L)),
                draftOf(token).notBefore(NOW.plusSeconds(60)),
                draftOf(token).disabledAt(NOW),
                draftOf(token).enabledAt(NOW),
                draftOf(token).selfRotatedAt(NOW),
                draftOf(token).secret(newHex(), newHash()));
        for (StoredTokenBuilder update : updates) {
            StoredToken changed = update.revision(current(token).revision()).build();
            assertTells(
                    new Change.OfToken(token.id()),
                    () -> done(tokens.update(changed, TokenConstraints.none(), List.of())));
        }
        assertTells(new Change.OfToken(token.id()), () -> revoke(token));
    }

    @Test
    void a_rotation_takes_one_number_and_names_the_predecessor() {
        StoredToken token = insert();
        StoredToken successor = draft().predecessorId(token.id()).build();
        StoredToken predecessor = draftOf(token).successorId(successor.id()).build();
        assertTells(
                new Change.OfToken(token.id()),
                () -> done(tokens.rotate(predecessor, successor, TokenConstraints.none(), List.of())));
    }

    @Test
    void a_suspension_and_its_end_take_a_number_each_and_name_the_tenant() {
        assertTells(new Change.OfTenant(tenant), () -> done(tokens.setSuspended(tenant, NOW, List.of())));
        assertTells(new Change.OfTenant(tenant), () -> done(tokens.setSuspended(tenant, null, List.of())));
    }

    @Test
    void a_group_revocation_takes_one_number_that_covers_all_tokens() {
        insert();
        insert();
        assertTells(
                new Change.OfTenant(tenant),
                () -> revokeAll(new TokenGroup.OfTenant(tenant), NOW, ChangeFeedFixture::event));
        String user = "user-" + UUID.randomUUID();
        List<StoredToken> shown = List.of(insert(draft().secretShownTo(user)), insert(draft().secretShownTo(user)));
        StoredToken others = insert(draft().secretShownTo("user-" + UUID.randomUUID()));
        Position before = newest();
        revokeAll(new TokenGroup.OfUser(user), NOW, ChangeFeedFixture::event);
        List<Change> told = changesSince(before);
        assertEquals(1, told.size(), "numbers taken");
        shown.forEach(token -> assertTrue(told.get(0).concerns(token), told + " covers " + token.id()));
        assertFalse(told.get(0).concerns(others), "the change does not concern other tokens");
    }

    @Test
    void the_revocation_of_a_line_takes_one_number_that_covers_its_tokens() {
        StoredToken first = insert();
        StoredToken second = insert(draft().lineId(first.lineId()));
        Position before = newest();
        revokeAll(new TokenGroup.OfLine(tenant, first.lineId()), NOW, ChangeFeedFixture::event);
        List<Change> told = changesSince(before);
        assertEquals(1, told.size(), "numbers taken");
        List.of(first, second)
                .forEach(token -> assertTrue(told.get(0).concerns(token), told + " covers " + token.id()));
    }

    @Test
    void a_write_that_does_not_affect_authorization_takes_no_number() {
        StoredToken token = insert();
        long before = number();
        insert();
        done(tokens.update(
                draftOf(token)
                        .name("other")
                        .description("said")
                        .metadata(Map.of("k", "v"))
                        .build(),
                TokenConstraints.none(),
                List.of()));
        tokens.recordLastUsed(Map.of(token.id(), NOW), Duration.ZERO);
        done(tokens.rehash(draftOf(token).secret(newHex(), newHash()).build(), List.of()));
        StoredToken noticed = tokens.get(token.tenantId(), token.id()).orElseThrow();
        assertTrue(tokens.claimExpiryNotice(noticed, new ExpiryNotice(NOW, Duration.ofDays(1))));
        assertEquals(before, number(), "number after an issue, a new description, a use, a new hash and a notice");
    }

    @Test
    void a_refused_change_takes_no_number() {
        StoredToken token = insert();
        revoke(token);
        tokens.setSuspended(tenant, NOW, List.of());
        long before = number();
        tokens.revoke(SingleRevocation.of(tenant, token.id(), NOW, List.of()));
        tokens.revoke(SingleRevocation.of(tenant, "unknown", NOW, List.of()));
        tokens.update(draftOf(token).scopes(ScopeSet.none()).build(), TokenConstraints.none(), List.of());
        tokens.setSuspended(tenant, NOW, List.of());
        assertEquals(before, number());
    }

    @Test
    void a_failed_change_takes_no_number() {
        insert();
        long before = number();
        assertThrows(
                RuntimeException.class,
                () -> revokeAll(new TokenGroup.OfTenant(tenant), NOW, (of, token) -> {
                    throw new IllegalStateException("the event cannot be created");
                }));
        assertEquals(before, number());
    }

    @Test
    void an_unfinished_change_is_not_counted() {
        insert();
        long before = number();
        AtomicLong during = new AtomicLong(-1);
        revokeAll(new TokenGroup.OfTenant(tenant), NOW, (of, token) -> {
            during.set(numberSeenByAnotherThread());
            return event(of, token);
        });
        assertEquals(before, during.get(), "number during the change");
        assertEquals(before + 1, number(), "number after the change");
    }

    private long numberSeenByAnotherThread() {
        try (Race race = new Race()) {
            return race.run(List.<Callable<Long>>of(this::number)).get(0);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void has_the_changes_that_this_process_made() {
        revoke(insert());
        a_refused_change_takes_no_number();
        assertTrue(feed.hasOwnChanges());
    }

    private void assertTells(Change expected, Runnable change) {
        Position before = newest();
        change.run();
        assertEquals(before.number() + 1, number(), "number after one change");
        assertEquals(List.of(expected), changesSince(before));
    }
}
