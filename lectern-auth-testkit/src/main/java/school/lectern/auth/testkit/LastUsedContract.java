package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: the time of last use moves forward, and recording it changes nothing else. */
abstract class LastUsedContract extends TokenStoreFixture {

    @Test
    void last_use_only_moves_forward() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusMillis(5));
        assertFields(token.toBuilder().lastUsedAt(CREATED.plusMillis(5)).build(), stored(token));
        noteUse(token, CREATED.plusMillis(4));
        assertEquals(CREATED.plusMillis(5), stored(token).lastUsedAt());
        noteUse(token, CREATED.plusMillis(6));
        assertFields(token.toBuilder().lastUsedAt(CREATED.plusMillis(6)).build(), stored(token));
    }

    @Test
    void last_use_of_many_tokens_is_recorded_in_one_call() {
        Map<String, Instant> usedAt = new HashMap<>();
        List<StoredToken> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            StoredToken token = insert(draft().build());
            all.add(token.toBuilder().lastUsedAt(CREATED.plusMillis(i)).build());
            usedAt.put(token.id(), CREATED.plusMillis(i));
        }
        StoredToken unused = insert(draft().build());
        TokenStore.Noted noted = tokens.recordLastUsed(usedAt, Duration.ZERO);
        assertEquals(usedAt.keySet(), noted.firstUses(), "first uses");
        assertEquals(Set.of(), noted.leftOut(), "no other transaction locks the tokens, so no token is left out");
        for (StoredToken token : all) {
            assertFields(token, stored(token));
        }
        assertFields(unused, stored(unused));
    }

    @Test
    void unknown_ids_are_ignored() {
        StoredToken token = insert(draft().build());
        Map<String, Instant> usedAt = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            usedAt.put(newId(), CREATED);
        }
        lookAlikes(token.id()).forEach(id -> usedAt.put(id, CREATED));
        assertEquals(
                new TokenStore.Noted(Set.of(), Set.of()),
                tokens.recordLastUsed(usedAt, Duration.ZERO),
                "tokens that do not exist are neither used for the first time nor left out, or they would be retried forever");
        tokens.recordLastUsed(Map.of(), Duration.ZERO);
        assertFields(token, stored(token));
        usedAt.put(token.id(), CREATED);
        tokens.recordLastUsed(usedAt, Duration.ZERO);
        assertFields(token.toBuilder().lastUsedAt(CREATED).build(), stored(token));
    }

    /** Otherwise a process whose clock is ahead would keep unused tokens from expiring. */
    @Test
    void last_use_is_never_later_than_the_clock_of_the_store() {
        StoredToken token = insert(draft().build());
        noteUse(token, LAST_INSTANT);
        Instant first = stored(token).lastUsedAt();
        Optional<Instant> time =
                tokens.changes().flatMap(feed -> feed.since(Position.NONE).time());
        // A store without a clock of its own has the clock of its callers.
        if (time.isPresent()) {
            assertNotNull(first, "the use is recorded");
            assertFalse(
                    first.isAfter(time.get()), "last use " + first + " is later than the store's clock " + time.get());
            tokens.recordLastUsed(Map.of(token.id(), LAST_INSTANT), Duration.ofDays(1));
            assertEquals(first, stored(token).lastUsedAt(), "the interval is measured by the time that is recorded");
        }
    }

    @Test
    void use_of_a_revoked_token_does_not_revive_it() {
        StoredToken token = insert(draft().build());
        revoke(token);
        StoredToken revoked = stored(token);
        noteUse(token, CREATED.plusSeconds(5));
        assertFields(revoked.toBuilder().lastUsedAt(CREATED.plusSeconds(5)).build(), stored(token));
    }

    @Test
    void uses_that_are_too_close_together_are_recorded_once() {
        StoredToken token = insert(draft().build());
        Duration apart = Duration.ofMinutes(1);
        assertEquals(
                Set.of(token.id()),
                tokens.recordLastUsed(Map.of(token.id(), CREATED), apart).firstUses(),
                "the first use");
        assertEquals(
                Set.of(),
                tokens.recordLastUsed(Map.of(token.id(), CREATED.plusMillis(59_999)), apart)
                        .firstUses());
        assertEquals(CREATED, stored(token).lastUsedAt());
        assertEquals(
                Set.of(),
                tokens.recordLastUsed(Map.of(token.id(), CREATED.plusMillis(60_000)), apart)
                        .firstUses());
        assertEquals(CREATED.plusMillis(60_000), stored(token).lastUsedAt());
    }
}
