package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Change;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/**
 * What every {@link ChangeFeed} of a {@link TokenStore} has to keep, as tests. Extend it, and say how to open the store:
 *
 * <pre>{@code
 * final class OurChangeFeedTest extends ChangeFeedContract {
 *     @Override
 *     protected TokenStore open() {
 *         return new OurTokenStore(database);
 *     }
 * }
 * }</pre>
 *
 * <p>The store need not be empty, but nobody else may change it while the tests run: they count its changes. They leave their
 * tokens behind, and leases of a second.
 */
public abstract class ChangeFeedContract {

    private static final Instant NOW = Instant.parse("2026-03-29T01:30:00Z");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final String tenant = "tenant-" + UUID.randomUUID();
    private TokenStore tokens;
    private ChangeFeed feed;

    /** For subclasses. */
    protected ChangeFeedContract() {}

    /**
     * Opens the store, which has to tell of its changes. Called before each test; the same store may be returned every time.
     * Closing is left to the subclass.
     *
     * @throws Exception whatever keeps it from being opened; the test then fails
     */
    protected abstract TokenStore open() throws Exception;

    /** How often each race is run: 20 times unless overridden. */
    protected int rounds() {
        return 20;
    }

    @BeforeEach
    void openStore() throws Exception {
        tokens = open();
        feed = tokens.changes().orElseThrow();
    }

    @AfterEach
    void setUsualLease() {
        feed.setLease(SECOND);
    }

    // ---- what takes a number

    @Test
    void everyChangeOfATokenTakesTheNextNumberAndNamesIt() {
        StoredToken token = insert();
        List<StoredTokenBuilder> updates = List.of(
                draftOf(token).scopes(ScopeSet.parse("read:courses")),
                draftOf(token).expiresAt(NOW.plusSeconds(60)),
                draftOf(token).allowlist(IpAllowlist.of(List.of(IpRange.parse("10.0.0.0/8")))),
                draftOf(token).rateLimits(Map.of("read", 5L)),
                draftOf(token).secret(newHex(), newHash()));
        for (StoredTokenBuilder update : updates) {
            StoredToken changed = update.revision(current(token).revision()).build();
            assertTells(
                    new Change.OfToken(token.id()),
                    () -> done(tokens.update(changed, NameConstraint.free(), List.of())));
        }
        assertTells(new Change.OfToken(token.id()), () -> revoke(token));
    }

    @Test
    void aRotationTakesOneNumberAndNamesThePredecessor() {
        StoredToken token = insert();
        StoredToken successor = draft().predecessorId(token.id()).build();
        StoredToken predecessor = draftOf(token).successorId(successor.id()).build();
        assertTells(new Change.OfToken(token.id()), () -> done(tokens.rotate(predecessor, successor, List.of())));
    }

    @Test
    void aSuspensionAndItsEndTakeANumberEachAndNameTheTenant() {
        assertTells(new Change.OfTenant(tenant), () -> done(tokens.setSuspended(tenant, NOW, List.of())));
        assertTells(new Change.OfTenant(tenant), () -> done(tokens.setSuspended(tenant, null, List.of())));
    }

    @Test
    void theEndOfManyTakesOneNumberThatCoversThemAll() {
        insert();
        insert();
        assertTells(
                new Change.OfTenant(tenant),
                () -> revokeAll(new TokenGroup.OfTenant(tenant), NOW, ChangeFeedContract::event));
        String user = "user-" + UUID.randomUUID();
        List<StoredToken> shown = List.of(insert(draft().secretShownTo(user)), insert(draft().secretShownTo(user)));
        StoredToken others = insert(draft().secretShownTo("user-" + UUID.randomUUID()));
        Position before = newest();
        revokeAll(new TokenGroup.OfUser(user), NOW, ChangeFeedContract::event);
        List<Change> told = changesSince(before);
        assertEquals(1, told.size(), "numbers taken");
        shown.forEach(token -> assertTrue(told.get(0).concerns(token), told + " covers " + token.id()));
        assertFalse(told.get(0).concerns(others), "a cache keeps the tokens of others");
    }

    @Test
    void whatDoesNotDecideTakesNone() {
        StoredToken token = insert();
        long before = number();
        insert();
        done(tokens.update(
                draftOf(token)
                        .name("other")
                        .description("said")
                        .metadata(Map.of("k", "v"))
                        .build(),
                NameConstraint.free(),
                List.of()));
        tokens.recordLastUsed(Map.of(token.id(), NOW), Duration.ZERO);
        done(tokens.rehash(draftOf(token).secret(newHex(), newHash()).build(), List.of()));
        assertEquals(before, number(), "number after issuing, saying, using and hashing anew");
    }

    @Test
    void whatIsRefusedTakesNone() {
        StoredToken token = insert();
        revoke(token);
        tokens.setSuspended(tenant, NOW, List.of());
        long before = number();
        tokens.revoke(tenant, token.id(), NOW, List.of());
        tokens.revoke(tenant, "unknown", NOW, List.of());
        tokens.update(draftOf(token).scopes(ScopeSet.none()).build(), NameConstraint.free(), List.of());
        tokens.setSuspended(tenant, NOW, List.of());
        assertEquals(before, number());
    }

    @Test
    void whatFailsTakesNone() {
        insert();
        long before = number();
        assertThrows(
                RuntimeException.class,
                () -> revokeAll(new TokenGroup.OfTenant(tenant), NOW, (of, token) -> {
                    throw new IllegalStateException("cannot be told");
                }));
        assertEquals(before, number());
    }

    @Test
    void aChangeUnderWayIsNotCounted() {
        insert();
        long before = number();
        AtomicLong during = new AtomicLong(-1);
        revokeAll(new TokenGroup.OfTenant(tenant), NOW, (of, token) -> {
            during.set(numberSeenByAnotherThread());
            return event(of, token);
        });
        assertEquals(before, during.get(), "number while the change was under way");
        assertEquals(before + 1, number(), "number after it");
    }

    private long numberSeenByAnotherThread() {
        try (Race race = new Race()) {
            return race.run(List.<Callable<Long>>of(this::number)).get(0);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    // ---- what is told

    @Test
    void tellsWhatCameAfterEachNumberInOrder() {
        List<Position> positions = new ArrayList<>(List.of(newest()));
        List<Change> made = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            StoredToken token = insert();
            revoke(token);
            made.add(new Change.OfToken(token.id()));
            positions.add(newest());
        }
        for (int i = 0; i <= 20; i++) {
            assertEquals(made.subList(i, 20), changesSince(positions.get(i)), "changes since the " + i + "th");
        }
    }

    @Test
    void tellsThatTheHistoryIsAnotherOneToWhoKnowsAPositionThatItHasNot() {
        revoke(insert());
        Position before = newest();
        revoke(insert());
        Position newest = newest();
        for (Position known : List.of(
                Position.NONE,
                new Position(newest.number() + 1, newest.mark()),
                new Position(newest.number(), newest.mark() + 1),
                new Position(newest.number(), before.mark()),
                new Position(before.number(), newest.mark()),
                new Position(before.number(), 0),
                new Position(-1, 0))) {
            Changes told = feed.since(known);
            assertEquals(newest, told.newest());
            assertEquals(Optional.empty(), told.changes(), "changes since " + known);
        }
        assertEquals(Optional.of(List.of()), feed.since(newest).changes());
    }

    @Test
    void eachChangeDrawsAMark() {
        Set<Long> marks = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            revoke(insert());
            marks.add(newest().mark());
        }
        assertEquals(20, marks.size(), "marks of twenty changes");
        assertTrue(
                marks.stream().anyMatch(mark -> mark > Integer.MAX_VALUE || mark < 0),
                marks + " are drawn from 64 bits");
    }

    @Test
    void hasTheChangesThatThisProcessMade() {
        revoke(insert());
        whatIsRefusedTakesNone();
        assertTrue(feed.hasOwnChanges());
    }

    // ---- at once

    @Test
    void whoHasSeenANumberSeesTheChange() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                List<StoredToken> standing = List.of(insert(), insert(), insert());
                Position before = newest();
                AtomicBoolean over = new AtomicBoolean();
                List<Callable<Boolean>> steps = new ArrayList<>();
                steps.add(() -> {
                    revokeAll(new TokenGroup.OfTenant(tenant), NOW, ChangeFeedContract::event);
                    over.set(true);
                    return true;
                });
                steps.add(() -> seesWhatItIsTold(before, standing, over));
                steps.add(() -> seesWhatItIsTold(before, standing, over));
                race.run(steps).forEach(seen -> assertTrue(seen, "a token was told to be changed, and was not"));
            }
        }
    }

    private boolean seesWhatItIsTold(Position before, List<StoredToken> standing, AtomicBoolean over) {
        boolean isLast = false;
        while (!isLast) {
            isLast = over.get();
            List<Change> told = changesSince(before);
            if (!told.isEmpty()) {
                return standing.stream()
                        .filter(token -> told.stream().anyMatch(change -> change.concerns(token)))
                        .allMatch(token ->
                                tokens.find(List.of(token.selector())).stream().allMatch(StoredToken::isRevoked));
            }
        }
        return false;
    }

    @Test
    void numbersHaveNoGapsAndNeverGoBack() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                Position before = newest();
                List<Callable<Boolean>> steps = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    StoredToken token = insert();
                    steps.add(() -> {
                        revoke(token);
                        return true;
                    });
                }
                steps.add(() -> rises(before));
                race.run(steps).forEach(rose -> assertTrue(rose, "numbers rise, and are told without gaps"));
                assertEquals(before.number() + 4, number(), "number after four changes at once");
                assertEquals(4, changesSince(before).stream().distinct().count(), "tokens named");
            }
        }
    }

    private boolean rises(Position before) {
        long last = before.number();
        for (int i = 0; i < 20; i++) {
            Changes told = feed.since(before);
            long number = told.newest().number();
            if (number < last || told.changes().orElseThrow().size() != number - before.number()) {
                return false;
            }
            last = number;
        }
        return true;
    }

    // ---- leases

    @Test
    void aLeaseIsFromZeroToAMinute() {
        assertThrows(IllegalArgumentException.class, () -> feed.setLease(Duration.ofMillis(-1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> feed.setLease(Duration.ofMinutes(1).plusMillis(1)));
        feed.setLease(Duration.ofMillis(20));
        feed.setLease(Duration.ZERO);
        assertEquals(Duration.ZERO, feed.since(newest()).lease());
        assertEquals(Duration.ZERO, feed.confirmation().duration());
    }

    /** Whoever finds the position that somebody has waited for before need not wait for its changes again. */
    @Test
    void theWaitIsToldWithTheNewestPosition() {
        revoke(insert());
        assertEquals(newest(), feed.confirmation().newest());
        long before = number();
        revoke(insert());
        assertEquals(before + 1, feed.confirmation().newest().number());
        assertEquals(newest(), feed.confirmation().newest());
    }

    @Test
    void aLongerLeaseIsWaitedForAtOnce() {
        feed.setLease(Duration.ofMillis(20));
        feed.setLease(Duration.ofMillis(300));
        assertEquals(Duration.ofMillis(300), feed.since(newest()).lease());
        assertEquals(Duration.ofMillis(300), feed.confirmation().duration());
    }

    @Test
    void aShorterLeaseIsWaitedForWhenTheOlderOnesHaveEnded() throws InterruptedException {
        feed.setLease(Duration.ofMillis(20));
        feed.setLease(Duration.ofMillis(300));
        long start = System.nanoTime();
        List<Callable<Boolean>> steps = List.of(
                () -> {
                    feed.setLease(Duration.ofMillis(20));
                    return true;
                },
                () -> neverConfirmsSooner(start));
        try (Race race = new Race()) {
            race.run(steps).forEach(safe -> assertTrue(safe, "a change waited for less than older leases last"));
        }
        assertTrue(System.nanoTime() - start >= 303_000_000, "returned while older leases lasted");
        assertEquals(Duration.ofMillis(20), feed.since(newest()).lease());
        assertEquals(Duration.ofMillis(20), feed.confirmation().duration());
    }

    /** Who shortens leases must not take those of a longer length, which somebody gave meanwhile, for ended with their own. */
    @Test
    void aLongerLeaseThatIsSetMeanwhileIsWaitedForToo() throws InterruptedException {
        feed.setLease(Duration.ofMillis(300));
        AtomicLong longer = new AtomicLong();
        List<Callable<Boolean>> steps = List.of(
                () -> {
                    feed.setLease(Duration.ofMillis(20));
                    Duration wait = feed.confirmation().duration();
                    boolean longerLast = System.nanoTime() - longer.get() < 300_000_000;
                    return !longerLast || wait.toMillis() >= 300;
                },
                () -> {
                    Thread.sleep(120);
                    longer.set(System.nanoTime());
                    feed.setLease(Duration.ofMillis(300));
                    return true;
                },
                () -> {
                    Thread.sleep(160);
                    feed.setLease(Duration.ofMillis(20));
                    return true;
                });
        longer.set(System.nanoTime());
        try (Race race = new Race()) {
            race.run(steps).forEach(safe -> assertTrue(safe, "a change waited for less than a longer lease lasts"));
        }
    }

    private boolean neverConfirmsSooner(long start) throws InterruptedException {
        while (true) {
            Duration wait = feed.confirmation().duration();
            boolean olderLast = System.nanoTime() - start < 300_000_000;
            if (!olderLast) {
                return true;
            }
            if (wait.toMillis() < 300) {
                return false;
            }
            Thread.sleep(5);
        }
    }

    // ---- what the tests share

    private void assertTells(Change expected, Runnable change) {
        Position before = newest();
        change.run();
        assertEquals(before.number() + 1, number(), "number after one change");
        assertEquals(List.of(expected), changesSince(before));
    }

    private Position newest() {
        return feed.since(Position.NONE).newest();
    }

    private long number() {
        return newest().number();
    }

    private List<Change> changesSince(Position known) {
        return feed.since(known).changes().orElseThrow();
    }

    private static void done(WriteResult outcome) {
        assertEquals(WriteResult.DONE, outcome);
    }

    private void revoke(StoredToken token) {
        done(tokens.revoke(tenant, token.id(), NOW, List.of()));
    }

    private StoredToken current(StoredToken token) {
        return tokens.get(tenant, token.id()).orElseThrow();
    }

    private StoredTokenBuilder draftOf(StoredToken token) {
        return current(token).toBuilder();
    }

    private StoredToken insert() {
        return insert(draft());
    }

    private StoredToken insert(StoredTokenBuilder draft) {
        Optional<StoredToken> inserted = tokens.insert(draft.build(), NameConstraint.free(), List.of());
        assertFalse(inserted.isEmpty(), "inserted");
        return inserted.orElseThrow();
    }

    private StoredTokenBuilder draft() {
        return StoredToken.builder("apitoken_" + UUID.randomUUID(), tenant, TokenEnvironment.LIVE, "CI", NOW)
                .secret(newHex(), newHash());
    }

    private static String newHex() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static TokenHash newHash() {
        return TokenHash.of("sha256", newHex() + newHex());
    }

    private long revokeAll(TokenGroup group, Instant at, BiFunction<String, String, AuditEvent> event) {
        return tokens.revokeAll(new GroupRevocation(group, at, event));
    }

    private static AuditEvent event(String tenantId, String tokenId) {
        return new AuditEvent(
                UUID.randomUUID().toString(),
                NOW,
                null,
                tenantId,
                tokenId,
                null,
                null,
                null,
                "token.revoked",
                "done",
                null,
                Map.of());
    }
}
