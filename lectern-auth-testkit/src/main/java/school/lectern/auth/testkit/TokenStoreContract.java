package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.scope.Scope;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.NewToken;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenLookup;

/**
 * What every {@link TokenStore} has to keep, as tests. Extend it, and say how to open the store:
 *
 * <pre>{@code
 * final class OurTokenStoreTest extends TokenStoreContract {
 *     @Override
 *     protected Storage open() {
 *         return new Storage(new OurTokenStore(database), new OurAuditLog(database));
 *     }
 * }
 * }</pre>
 *
 * <p>A store need not be empty: every test works with a tenant, ids and selectors that were never used before, so that all
 * of them may share one database, with each other and with other tests. They leave their rows behind.
 *
 * <p>The tests of what happens at once use up to four threads, for as many {@link #rounds} as are asked for; a call that
 * throws in a race fails the test.
 */
public abstract class TokenStoreContract {

    /** A time that some local clocks skip: kept as such a clock's, it would come back as another. */
    private static final Instant CREATED = Instant.parse("2026-03-29T01:30:00.123Z");

    private static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59.999Z");

    /** The ends of what texts and numbers hold, hours that clocks skip or have twice, and the number zero. */
    private static final List<Instant> ODD_TIMES = List.of(
            LAST_INSTANT,
            Instant.parse("2038-01-19T03:14:08.001Z"),
            Instant.parse("2026-03-29T02:30:00.999Z"),
            Instant.parse("2026-10-25T00:30:00.010Z"),
            Instant.parse("2026-10-25T01:30:00.010Z"),
            Instant.parse("1970-01-01T00:00:01Z"),
            Instant.EPOCH);

    /** One character to a reader, two to Java, four bytes to a database. */
    private static final String EMOJI = "\uD83D\uDE00";

    private TokenStore tokens;
    private AuditLog audit;
    private String tenant = newTenant();

    /** For subclasses. */
    protected TokenStoreContract() {}

    /**
     * A token store under test, and where its events are read.
     *
     * @param tokens the store
     * @param audit the log that the store's audit events become visible in
     */
    public record Storage(TokenStore tokens, AuditLog audit) {}

    /**
     * Opens the store. Called before each test, ahead of the {@code @BeforeEach} methods of a subclass; the same store may be
     * returned every time. Closing is left to the subclass.
     *
     * @throws Exception whatever keeps it from being opened; the test then fails
     */
    protected abstract Storage open() throws Exception;

    /** How often each race is run: 200 times unless overridden. */
    protected int rounds() {
        return 200;
    }

    @BeforeEach
    void openStorage() throws Exception {
        Storage storage = open();
        tokens = storage.tokens();
        audit = storage.audit();
    }

    // ---- find

    @Test
    void findsByTheExactSelector() {
        StoredToken token = insert(draft().build());
        insert(draft().build());
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertEquals(List.of(), idsFound(newSelector()));
    }

    @Test
    void findsBySeveralSelectorsAtOnce() {
        StoredToken one = insert(draft().build());
        StoredToken two = insert(draft().build());
        insert(draft().build());
        List<String> asked = List.of(one.selector(), newSelector(), two.selector());
        List<StoredToken> found = tokens.find(asked);
        assertEquals(2, found.size(), "tokens found by three selectors");
        assertEquals(Set.of(one.id(), two.id()), ids(found));
    }

    @Test
    void findsNothingByNoSelector() {
        insert(draft().build());
        assertEquals(List.of(), tokens.find(List.of()));
    }

    @Test
    void findsByALookupWhatItFindsByItsSelectors() {
        StoredToken token = insert(draft().build());
        for (String selector : List.of(token.selector(), "unknown-" + token.selector())) {
            TokenLookup lookup = new TokenLookup() {
                @Override
                public List<String> selectors() {
                    return List.of(selector);
                }

                @Override
                public Selector key() {
                    return Selector.of(selector);
                }
            };
            assertEquals(tokens.find(List.of(selector)), tokens.find(lookup));
        }
    }

    @Test
    void aSelectorThatOnlyLooksLikeTheStoredOneFindsNothing() {
        StoredToken token =
                insert(draft().secret("pub_Resume" + newSelector(), newHash()).build());
        for (String other : lookAlikes(token.selector())) {
            assertEquals(List.of(), idsFound(other), "found by " + other);
        }
    }

    @Test
    void selectorsThatDifferInCaseAloneBelongToTwoTokens() {
        String selector = newSelector();
        StoredToken lower =
                insert(draft().secret("pub_abc" + selector, newHash()).build());
        StoredToken upper =
                insert(draft().secret("pub_ABC" + selector, newHash()).build());
        assertEquals(List.of(lower.id()), idsFound(lower.selector()));
        assertEquals(List.of(upper.id()), idsFound(upper.selector()));
    }

    // ---- get

    @Test
    void getHidesOtherTenants() {
        StoredToken token = insert(draft().build());
        assertTrue(tokens.get(newTenant(), token.id()).isEmpty());
        assertFields(token, stored(token));
    }

    @Test
    void getComparesTheIdCharacterByCharacter() {
        StoredToken token = insert(draft().build());
        for (String other : lookAlikes(token.id())) {
            assertTrue(tokens.get(tenant, other).isEmpty(), "got by " + other);
        }
    }

    @Test
    void aTenantWhoseIdOnlyLooksTheSameSeesNothing() {
        StoredToken token = insert(draft().build());
        for (String other : lookAlikes(tenant)) {
            assertTrue(tokens.get(other, token.id()).isEmpty(), "got by " + other);
            assertEquals(List.of(), tokens.list(other, Long.MAX_VALUE, 10), "listed by " + other);
        }
    }

    // ---- what is kept

    @Test
    void keepsEveryField() {
        keeps(StoredToken.builder(newId(), tenant, TokenEnvironment.TEST, "CI, nightly", CREATED)
                .description("Reads learners.\nWrites nothing.")
                .secret(newSelector(), newHash())
                .displayPrefix("sk_test_lectern_ab12")
                .scopes(ScopeSet.parse("read:learners write:learners admin:tenant"))
                .allowlist(allowlist(List.of("10.0.0.0/8", "2001:db8::/32")))
                .rateLimits(Map.of("read", 1_000_000_000L, "write", 1L))
                .metadata(Map.of("team", "platform"))
                .createdBy("user-7")
                .secretShownTo("user-8")
                .expiresAt(CREATED.plusMillis(1))
                .gracePeriodEndsAt(CREATED.plusMillis(2))
                .revokedAt(CREATED.plusMillis(3))
                .lastUsedAt(CREATED.plusMillis(4))
                .predecessorId(newId())
                .successorId(newId())
                .revision(7)
                .build());
    }

    @Test
    void keepsWhatIsAbsentAbsent() {
        keeps(StoredToken.builder(newId(), tenant, TokenEnvironment.LIVE, "x", CREATED)
                .secret(newSelector(), newHash())
                .build());
    }

    @Test
    void keepsAnEmptyTextApartFromNone() {
        keeps(draft().description("").metadata(Map.of("empty", "")).build());
        keeps(draft().description(null).metadata(Map.of()).build());
    }

    @Test
    void keepsTextsAtTheirLimits() {
        keeps(draft().name(EMOJI.repeat(100)).description(EMOJI.repeat(500)).build());
        keeps(draft().name("n".repeat(100)).description("\u5b66".repeat(500)).build());
    }

    @Test
    void keepsTextsCharacterByCharacter() {
        for (String text : oddTexts()) {
            keeps(draft().description(text).build());
        }
        keeps(draft().name(" \u00c9cole \u2018cafe\u0301\u2019 \"%_\\' ").build());
    }

    @Test
    void keepsIdsAtTheirLimits() {
        for (String character : List.of("x", EMOJI, "\u5b66")) {
            // Ids of their own, as long as they may be.
            tenant = newTenant() + character.repeat(255 - newTenant().length());
            String user = "user-" + UUID.randomUUID();
            user += character.repeat(255 - user.length());
            StoredToken token = draft().createdBy(user).secretShownTo(user).build();
            AuditEvent issued = event(tenant, "token.issued", token.id(), user);
            assertTrue(tokens.insert(token, NameConstraint.uniqueAt(CREATED), List.of(issued))
                    .isPresent());
            assertEquals(user, stored(token).createdBy());
            assertEquals(user, stored(token).secretShownTo());
            assertEquals(WriteResult.DONE, tokens.setSuspended(tenant, CREATED, List.of()));
            assertEquals(
                    List.of(token.id()),
                    revokeAll(new TokenGroup.OfUser(user), CREATED, this::ending).stream()
                            .map(StoredToken::id)
                            .toList());
            assertEquals(WriteResult.DONE, tokens.setGone(tenant, CREATED, List.of()));
            assertTrue(stored(token).tenantGone());
            assertEquals(2, events(tenant).size(), "events");
        }
    }

    /** Whoever the actor is: a column's bound, or a character that a database refuses, must not keep a token alive. */
    @Test
    void noActorsIdPreventsARevocation() {
        for (String actor : List.of(
                "u".repeat(256), EMOJI.repeat(256), "x".repeat(100_000), "", "a\u0000b", "\ud83d", "two\nlines")) {
            StoredToken token = insert(draft().build());
            AuditEvent event = event(tenant, "token.revoked", token.id(), actor);
            assertEquals(WriteResult.DONE, tokens.revoke(tenant, token.id(), CREATED, List.of(event)));
            assertTrue(stored(token).isRevoked());
            assertTrue(events(tenant).contains(event), "the event of an actor of " + actor.length() + " characters");
        }
    }

    @Test
    void keepsAsManyScopesAsThereMayBe() {
        List<Scope> scopes = IntStream.range(0, 200)
                .mapToObj(i -> new Scope("action_delete", "r" + i + "_".repeat(60)))
                .toList();
        keeps(draft().scopes(ScopeSet.of(scopes)).build());
    }

    @Test
    void keepsResourcesThatAreNamedWithoutAnAction() {
        keeps(draft().scopes(ScopeSet.ofRights(Map.of("courses", Set.of(), "learners", Set.of("action_read"))))
                .build());
        keeps(draft().scopes(ScopeSet.ofRights(Map.of("courses", Set.of()))).build());
    }

    @Test
    void keepsAsManyBlocksAsThereMayBe() {
        keeps(draft().allowlist(allowlist(IntStream.range(0, 100)
                        .mapToObj(i -> String.format(Locale.ROOT, "2001:db8:1111:2222:3333:4444:5555:%04x/128", i))
                        .toList()))
                .build());
    }

    /** A block may be written in several ways; its owner wants to see the one that was chosen. */
    @Test
    void keepsBlocksAsTheyWereWrittenAndInTheirOrder() {
        keeps(draft().allowlist(allowlist(List.of(
                        "203.0.113.9", "203.0.113.9/32", "2001:DB8:0:0::/64", "::ffff:10.0.0.0/104", "10.0.0.0/8")))
                .build());
    }

    @Test
    void keepsAsMuchMetadataAsThereMayBe() {
        Map<String, String> metadata = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            String number = String.format(Locale.ROOT, "%02d", i);
            metadata.put(number + EMOJI.repeat(62), number + EMOJI.repeat(498));
        }
        keeps(draft().metadata(metadata).build());
    }

    @Test
    void keepsMetadataCharacterByCharacter() {
        Map<String, String> metadata = new HashMap<>();
        for (String text : oddTexts()) {
            metadata.put(text, text);
        }
        metadata.put("team", "lower");
        metadata.put("Team", "upper");
        metadata.put("team ", "blank");
        metadata.put("null", "null");
        keeps(draft().metadata(metadata).build());
    }

    @Test
    void keepsTimesToTheMillisecond() {
        for (Instant time : ODD_TIMES) {
            keeps(StoredToken.builder(newId(), tenant, TokenEnvironment.LIVE, "CI", time)
                    .secret(newSelector(), newHash())
                    .expiresAt(time)
                    .gracePeriodEndsAt(time)
                    .revokedAt(time)
                    .lastUsedAt(time)
                    .build());
        }
    }

    @Test
    void keepsTheTimesOfChangesToTheMillisecond() {
        for (Instant time : ODD_TIMES) {
            StoredToken token = insert(draft().build());
            noteUse(token, time);
            assertEquals(time, stored(token).lastUsedAt());
            StoredToken ended = stored(token).toBuilder()
                    .expiresAt(time)
                    .gracePeriodEndsAt(time)
                    .build();
            assertEquals(WriteResult.DONE, tokens.update(ended, NameConstraint.free(), List.of()));
            assertEquals(time, stored(token).expiresAt());
            assertEquals(time, stored(token).gracePeriodEndsAt());
            assertEquals(WriteResult.DONE, tokens.revoke(tenant, token.id(), time, List.of()));
            assertEquals(time, stored(token).revokedAt());
        }
    }

    @Test
    void aTenantCanBeSuspendedAtAnyTime() {
        StoredToken token = insert(draft().build());
        for (Instant time : ODD_TIMES) {
            assertEquals(WriteResult.DONE, tokens.setSuspended(tenant, time, List.of()));
            assertTrue(stored(token).tenantSuspended(), "suspended at " + time);
            assertEquals(WriteResult.DONE, tokens.setSuspended(tenant, null, List.of()));
            assertFalse(stored(token).tenantSuspended());
        }
    }

    // ---- list

    @Test
    void listsATenantsTokensNewestFirst() {
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
    void listsPageByPage() {
        List<StoredToken> all = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            all.add(0, insert(draft().build()));
        }
        List<StoredToken> seen = new ArrayList<>();
        long before = Long.MAX_VALUE;
        for (int size : new int[] {3, 3, 1}) {
            List<StoredToken> page = tokens.list(tenant, before, 3);
            assertEquals(size, page.size());
            seen.addAll(page);
            before = page.get(size - 1).number();
        }
        assertEquals(List.of(), tokens.list(tenant, before, 3));
        for (int i = 0; i < all.size(); i++) {
            assertFields(all.get(i), seen.get(i));
        }
    }

    @Test
    void numbersAreThoseOfTheList() {
        List<Long> numbers = new ArrayList<>();
        String other = newTenant();
        for (int i = 0; i < 45; i++) {
            numbers.add(0, insert(draft().build()).number());
            insert(StoredToken.builder(newId(), other, TokenEnvironment.LIVE, "CI", CREATED)
                    .secret(newSelector(), newHash())
                    .build());
        }
        assertEquals(numbers, tokens.listNumbers(tenant, Long.MAX_VALUE, 100));
        assertEquals(numbers, tokens.listNumbers(tenant, Long.MAX_VALUE, 45));
        assertEquals(numbers.subList(0, 41), tokens.listNumbers(tenant, Long.MAX_VALUE, 41));
        assertEquals(numbers.subList(4, 45), tokens.listNumbers(tenant, numbers.get(3), 100));
        assertEquals(List.of(), tokens.listNumbers(tenant, numbers.get(44), 10));
        assertEquals(List.of(), tokens.listNumbers(newTenant(), Long.MAX_VALUE, 10));
    }

    @Test
    void listHidesOtherTenants() {
        StoredToken ours = insert(draft().build());
        String other = newTenant();
        tokens.insert(draftOf(other).build(), NameConstraint.free(), List.of());
        assertEquals(List.of(ours.id()), idsListed(Long.MAX_VALUE, 10));
        assertEquals(1, tokens.list(other, Long.MAX_VALUE, 10).size());
        assertEquals(List.of(), tokens.list(newTenant(), Long.MAX_VALUE, 10));
    }

    @Test
    void revokedTokensAreStillFoundAndListed() {
        StoredToken token = insert(draft().build());
        revoke(token);
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertTrue(tokens.find(List.of(token.selector())).get(0).isRevoked());
        assertEquals(List.of(token.id()), idsListed(Long.MAX_VALUE, 10));
    }

    // ---- insert

    @Test
    void insertGivesTheTokenWithItsNumber() {
        StoredToken token = draft().build();
        StoredToken inserted = insert(token);
        assertTrue(inserted.number() > 0, "the number is larger than 0");
        assertFields(token.toBuilder().number(inserted.number()).build(), inserted);
        assertFields(inserted, stored(token));
    }

    @Test
    void aNameIsTakenWhileAnActiveTokenOfTheTenantHasIt() {
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
    void anInsertKeepsToTheRuleOfItsName() {
        StoredToken first = insert(draft().name("deploy").build());
        NameConstraint unique = NameConstraint.uniqueAt(CREATED);
        List<AuditEvent> eventsBefore = events(tenant);
        StoredToken second = draft().name("deploy").build();
        AuditEvent event = event("token.issued", second.id());
        assertTrue(tokens.insert(second, unique, List.of(event)).isEmpty(), "the name is taken");
        assertTrue(tokens.get(tenant, second.id()).isEmpty(), "nothing was kept");
        assertEquals(eventsBefore, events(tenant), "a change that was not made leaves no event");
        assertTrue(tokens.insert(second, NameConstraint.free(), List.of()).isPresent(), "any name will do");
        revoke(first);
        revoke(second);
        assertTrue(
                tokens.insert(draft().name("deploy").build(), unique, List.of()).isPresent(), "the name is free");
    }

    @Test
    void anUpdateKeepsToTheRuleOfItsName() {
        insert(draft().name("deploy").build());
        StoredToken other = insert(draft().name("build").build());
        NameConstraint unique = NameConstraint.uniqueAt(CREATED);
        StoredToken renamed = other.toBuilder().name("deploy").build();
        assertEquals(WriteResult.NAME_TAKEN, tokens.update(renamed, unique, List.of()));
        assertEquals("build", tokens.get(tenant, other.id()).orElseThrow().name());
        assertEquals(WriteResult.DONE, tokens.update(other, unique, List.of()), "its own name is no other's");
    }

    /** Which lasts for as long as the older one does; for all others the name is taken. */
    @Test
    void theTwoOfARotationMayShareAName() {
        NameConstraint unique = NameConstraint.uniqueAt(CREATED);
        StoredToken token = insert(draft().name("deploy").build());
        StoredToken successor = successorOf(token).toBuilder().name("deploy").build();
        tokens.rotate(rotated(token, successor), successor, List.of());
        StoredToken other = insert(draft().name("build").build());
        for (StoredToken each : List.of(stored(token), stored(successor))) {
            StoredToken described = each.toBuilder().description("changed").build();
            assertEquals(WriteResult.DONE, tokens.update(described, unique, List.of()), "it keeps its name");
        }
        assertEquals(WriteResult.NAME_TAKEN, tokens.update(renamed(other, "deploy"), unique, List.of()));
    }

    @Test
    void ofTokensThatComeByOneNameAtOnceOneHasIt() throws InterruptedException {
        NameConstraint unique = NameConstraint.uniqueAt(CREATED);
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                String name = "name" + round;
                StoredToken one = insert(draft().name("one of " + name).build());
                StoredToken two = insert(draft().name("two of " + name).build());
                StoredToken three = draft().name(name).build();
                List<Boolean> named = race.run(List.of(
                        () -> tokens.update(renamed(one, name), unique, List.of()) == WriteResult.DONE,
                        () -> tokens.update(renamed(two, name), unique, List.of()) == WriteResult.DONE,
                        () -> tokens.insert(three, unique, List.of()).isPresent()));
                assertEquals(1, Collections.frequency(named, true), "how many of three have the name");
            }
        }
    }

    @Test
    void ofInsertsOfOneNameAtOnceOneIsMade() throws Exception {
        NameConstraint unique = NameConstraint.uniqueAt(CREATED);
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken one = draft().name("name" + round).build();
                StoredToken two = draft().name("name" + round).build();
                List<Optional<StoredToken>> made = race.run(List.of(
                        () -> tokens.insert(one, unique, List.of()), () -> tokens.insert(two, unique, List.of())));
                long kept = made.stream().filter(Optional::isPresent).count();
                assertEquals(1, kept, "how many of two have the name");
            }
        }
    }

    @Test
    void numbersGrow() {
        long last = 0;
        for (int i = 0; i < 5; i++) {
            long number = insert(draftOf(newTenant()).build()).number();
            assertTrue(number > last, number + " comes after " + last);
            last = number;
        }
    }

    @Test
    void insertMakesItsEventsVisible() {
        StoredToken token = draft().build();
        List<AuditEvent> events = List.of(event("token.issued", token.id()), event("token.noted", token.id()));
        tokens.insert(token, NameConstraint.free(), events);
        assertEvents(events);
    }

    @Test
    void anIdIsGivenOnce() {
        StoredToken first = insert(draft().build());
        refusesToInsert(draftOf(tenant, first.id()).build());
        refusesToInsert(draftOf(newTenant(), first.id()).build());
        assertFields(first, stored(first));
    }

    @Test
    void aSelectorIsGivenOnce() {
        StoredToken first = insert(draft().build());
        refusesToInsert(draft().secret(first.selector(), newHash()).build());
        refusesToInsert(draftOf(newTenant()).secret(first.selector(), newHash()).build());
        assertFields(first, stored(first));
        assertEquals(List.of(first.id()), idsFound(first.selector()));
    }

    private void refusesToInsert(StoredToken token) {
        List<String> before = idsListed(Long.MAX_VALUE, 10);
        List<String> found = idsFound(token.selector());
        AuditEvent event = event(token.tenantId(), "token.issued", token.id());
        assertThrows(StorageException.class, () -> tokens.insert(token, NameConstraint.free(), List.of(event)));
        assertEquals(before, idsListed(Long.MAX_VALUE, 10), "a refused token is not listed");
        assertEquals(found, idsFound(token.selector()), "a refused token is not found");
        assertEquals(List.of(), events(token.tenantId()), "a refused token leaves no event");
        insert(draftOf(newTenant()).build());
    }

    // ---- update

    @Test
    void updateReplacesWhatIsSaidOfAToken() {
        StoredToken token = insert(draft().build());
        StoredToken changed = token.toBuilder()
                .name("CI 2")
                .description("changed \u5b66 " + EMOJI)
                .secret(newSelector(), newHash())
                .secretShownTo("user-9")
                .displayPrefix("sk_live_lectern_cd34")
                .scopes(ScopeSet.parse(":courses read:finance"))
                .allowlist(allowlist(List.of("192.0.2.0/24")))
                .rateLimits(Map.of("bulk", 3L))
                .metadata(Map.of("a=b&c", "d\ne"))
                .expiresAt(LAST_INSTANT)
                .gracePeriodEndsAt(CREATED.plusMillis(5))
                .build();
        assertEquals(WriteResult.DONE, tokens.update(changed, NameConstraint.free(), List.of()));
        assertFields(changed.toBuilder().revision(1).build(), stored(token));
    }

    @Test
    void updateCanTakeBackWhatWasSaid() {
        StoredToken token = insert(draft().description("x")
                .scopes(ScopeSet.parse("read:learners"))
                .allowlist(allowlist(List.of("192.0.2.0/24")))
                .rateLimits(Map.of("read", 3L))
                .metadata(Map.of("a", "b"))
                .expiresAt(LAST_INSTANT)
                .build());
        StoredToken changed = token.toBuilder()
                .description(null)
                .scopes(ScopeSet.none())
                .allowlist(null)
                .rateLimits(Map.of())
                .metadata(Map.of())
                .expiresAt(null)
                .build();
        assertEquals(WriteResult.DONE, tokens.update(changed, NameConstraint.free(), List.of()));
        assertFields(changed.toBuilder().revision(1).build(), stored(token));
    }

    @Test
    void updateMakesItsEventVisible() {
        StoredToken token = insert(draft().build());
        AuditEvent event = event("token.updated", token.id());
        assertEquals(WriteResult.DONE, tokens.update(renamed(token, "2"), NameConstraint.free(), List.of(event)));
        assertEvents(List.of(event));
    }

    @Test
    void eachUpdateRaisesTheRevisionByOne() {
        StoredToken token = insert(draft().revision(3).build());
        for (int revision = 4; revision < 7; revision++) {
            assertEquals(
                    WriteResult.DONE,
                    tokens.update(renamed(stored(token), "r" + revision), NameConstraint.free(), List.of()));
            assertEquals(revision, stored(token).revision());
        }
    }

    @Test
    void anUpdateFromAnOlderRevisionChangesNothing() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.DONE, tokens.update(renamed(token, "first"), NameConstraint.free(), List.of()));
        isStale(
                () -> tokens.update(
                        renamed(token, "second"), NameConstraint.free(), List.of(event("token.updated", token.id()))),
                token);
    }

    @Test
    void anUpdateFromALaterRevisionChangesNothing() {
        StoredToken token = insert(draft().build());
        StoredToken later = renamed(token, "later").toBuilder().revision(1).build();
        isStale(() -> tokens.update(later, NameConstraint.free(), List.of(event("token.updated", token.id()))), token);
    }

    @Test
    void anotherTenantsTokenCannotBeUpdated() {
        StoredToken token = insert(draft().build());
        StoredToken theirs = draftOf(newTenant(), token.id()).build();
        isStale(() -> tokens.update(theirs, NameConstraint.free(), List.of(event("token.updated", token.id()))), token);
        assertEquals(List.of(), events(theirs.tenantId()));
    }

    @Test
    void aTokenThatIsNotThereCannotBeUpdated() {
        StoredToken token = draft().build();
        assertEquals(
                WriteResult.STALE,
                tokens.update(token, NameConstraint.free(), List.of(event("token.updated", token.id()))));
        assertEvents(List.of());
        assertTrue(tokens.get(tenant, token.id()).isEmpty());
    }

    @Test
    void updateNeverTouchesLastUse() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusSeconds(5));
        assertEquals(
                WriteResult.DONE,
                tokens.update(token.toBuilder().lastUsedAt(null).build(), NameConstraint.free(), List.of()));
        assertEquals(CREATED.plusSeconds(5), stored(token).lastUsedAt());
        StoredToken later =
                stored(token).toBuilder().lastUsedAt(CREATED.plusSeconds(9)).build();
        assertEquals(WriteResult.DONE, tokens.update(later, NameConstraint.free(), List.of()));
        assertEquals(CREATED.plusSeconds(5), stored(token).lastUsedAt());
    }

    @Test
    void noUpdateUndoesARevocation() {
        StoredToken token = insert(draft().build());
        revoke(token);
        AuditEvent event = event("token.updated", token.id());
        StoredToken revived = stored(token).toBuilder().revokedAt(null).build();
        isStale(() -> tokens.update(revived, NameConstraint.free(), List.of(event)), token);
        isStale(() -> tokens.update(renamed(stored(token), "renamed"), NameConstraint.free(), List.of(event)), token);
        isStale(() -> tokens.update(renamed(token, "renamed"), NameConstraint.free(), List.of(event)), token);
    }

    @Test
    void aTokenIsNoLongerFoundByASelectorThatItHadBefore() {
        StoredToken token = insert(draft().build());
        String selector = newSelector();
        assertEquals(
                WriteResult.DONE,
                tokens.update(token.toBuilder().secret(selector, newHash()).build(), NameConstraint.free(), List.of()));
        assertEquals(List.of(), idsFound(token.selector()));
        assertEquals(List.of(token.id()), idsFound(selector));
    }

    @Test
    void noUpdateTakesAnotherTokensSelector() {
        StoredToken token = insert(draft().build());
        StoredToken other = insert(draft().build());
        StoredToken thief =
                token.toBuilder().secret(other.selector(), newHash()).build();
        assertThrows(
                StorageException.class,
                () -> tokens.update(thief, NameConstraint.free(), List.of(event("token.regenerated", token.id()))));
        assertFields(token, stored(token));
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertEquals(List.of(other.id()), idsFound(other.selector()));
        assertEvents(List.of());
    }

    // ---- rotate

    @Test
    void rotateMarksThePredecessorAndKeepsTheSuccessor() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusSeconds(5));
        StoredToken successor = successorOf(token);
        StoredToken predecessor = rotated(token, successor);
        List<AuditEvent> events = List.of(event("token.rotated", token.id()), event("token.issued", successor.id()));
        assertEquals(WriteResult.DONE, tokens.rotate(predecessor, successor, events));

        assertFields(
                predecessor.toBuilder()
                        .revision(1)
                        .lastUsedAt(CREATED.plusSeconds(5))
                        .build(),
                stored(token));
        StoredToken kept = stored(successor);
        assertTrue(kept.number() > token.number(), "a successor's number is the larger one");
        assertFields(successor.toBuilder().number(kept.number()).build(), kept);
        assertEquals(List.of(successor.id(), token.id()), idsListed(Long.MAX_VALUE, 10));
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertEquals(List.of(successor.id()), idsFound(successor.selector()));
        assertEvents(events);
    }

    @Test
    void aRotationFromAnOlderRevisionChangesNothing() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.DONE, tokens.update(renamed(token, "changed"), NameConstraint.free(), List.of()));
        cannotBeRotated(token);
    }

    @Test
    void aRevokedTokenCannotBeRotated() {
        StoredToken token = insert(draft().build());
        revoke(token);
        cannotBeRotated(token);
        cannotBeRotated(stored(token).toBuilder().revokedAt(null).build());
    }

    @Test
    void aTokenHasOneSuccessor() {
        StoredToken token = insert(draft().build());
        StoredToken successor = successorOf(token);
        assertEquals(WriteResult.DONE, tokens.rotate(rotated(token, successor), successor, List.of()));
        cannotBeRotated(stored(token));
        cannotBeRotated(stored(token).toBuilder().successorId(null).build());
    }

    @Test
    void aTokenThatIsNotThereCannotBeRotated() {
        StoredToken missing = draft().build();
        StoredToken successor = successorOf(missing);
        assertEquals(
                WriteResult.STALE,
                tokens.rotate(rotated(missing, successor), successor, List.of(event("token.rotated", missing.id()))));
        assertEquals(List.of(), idsListed(Long.MAX_VALUE, 10));
        assertEvents(List.of());
    }

    @Test
    void anotherTenantsTokenCannotBeRotated() {
        StoredToken token = insert(draft().build());
        StoredToken theirs = draftOf(newTenant(), token.id()).build();
        StoredToken successor = successorOf(theirs);
        isStale(() -> tokens.rotate(rotated(theirs, successor), successor, rotation(token, successor)), token);
        assertTrue(tokens.get(successor.tenantId(), successor.id()).isEmpty());
        assertEquals(List.of(), events(theirs.tenantId()));
    }

    @Test
    void aRotationWhoseSuccessorIsRefusedChangesNothing() {
        StoredToken token = insert(draft().build());
        StoredToken other = insert(draft().build());
        StoredToken sameSelector = successorOf(token).toBuilder()
                .secret(other.selector(), newHash())
                .build();
        StoredToken sameId =
                draftOf(tenant, other.id()).predecessorId(token.id()).build();
        StoredToken ownSelector = successorOf(token).toBuilder()
                .secret(token.selector(), newHash())
                .build();
        for (StoredToken refused : List.of(sameSelector, sameId, ownSelector)) {
            assertThrows(
                    StorageException.class,
                    () -> tokens.rotate(rotated(token, refused), refused, rotation(token, refused)));
            assertFields(token, stored(token));
            assertFields(other, stored(other));
            assertEquals(List.of(other.id(), token.id()), idsListed(Long.MAX_VALUE, 10));
            assertEquals(List.of(token.id()), idsFound(token.selector()));
            assertEquals(List.of(other.id()), idsFound(other.selector()));
            assertEvents(List.of());
        }
        StoredToken good = successorOf(token);
        assertEquals(WriteResult.DONE, tokens.rotate(rotated(token, good), good, List.of()), "it can still be rotated");
    }

    private void cannotBeRotated(StoredToken token) {
        StoredToken successor = successorOf(token);
        isStale(() -> tokens.rotate(rotated(token, successor), successor, rotation(token, successor)), token);
        assertTrue(tokens.get(tenant, successor.id()).isEmpty(), "there is no successor");
        assertEquals(List.of(), idsFound(successor.selector()));
    }

    // ---- revoke

    @Test
    void revokeChangesTheStateAndTheRevisionAndNothingElse() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusSeconds(5));
        Instant at = CREATED.plusMillis(7);
        AuditEvent event = event("token.revoked", token.id());
        assertEquals(WriteResult.DONE, tokens.revoke(tenant, token.id(), at, List.of(event)));
        assertFields(
                token.toBuilder()
                        .revokedAt(at)
                        .lastUsedAt(CREATED.plusSeconds(5))
                        .revision(1)
                        .build(),
                stored(token));
        assertEvents(List.of(event));
    }

    @Test
    void aTokenIsRevokedOnce() {
        StoredToken token = insert(draft().build());
        revoke(token);
        AuditEvent event = event("token.revoked", token.id());
        isStale(() -> tokens.revoke(tenant, token.id(), CREATED.plusSeconds(99), List.of(event)), token);
    }

    @Test
    void anotherTenantCannotRevoke() {
        StoredToken token = insert(draft().build());
        String other = newTenant();
        AuditEvent event = event(other, "token.revoked", token.id());
        isStale(() -> tokens.revoke(other, token.id(), CREATED, List.of(event)), token);
        assertEquals(List.of(), events(other));
        for (String lookAlike : lookAlikes(token.id())) {
            isStale(() -> tokens.revoke(tenant, lookAlike, CREATED, List.of(event)), token);
        }
    }

    @Test
    void aTokenThatIsNotThereCannotBeRevoked() {
        String id = newId();
        assertEquals(WriteResult.STALE, tokens.revoke(tenant, id, CREATED, List.of(event("token.revoked", id))));
        assertEvents(List.of());
    }

    @Test
    void aTokenWithASuccessorCanBeRevokedAndTheSuccessorLivesOn() {
        StoredToken token = insert(draft().build());
        StoredToken successor = successorOf(token);
        tokens.rotate(rotated(token, successor), successor, List.of());
        revoke(token);
        assertTrue(stored(token).isRevoked());
        assertEquals(successor.id(), stored(token).successorId());
        assertFields(successor.toBuilder().number(stored(successor).number()).build(), stored(successor));
    }

    // ---- noteUse

    @Test
    void lastUseMovesForwardAlone() {
        StoredToken token = insert(draft().build());
        noteUse(token, CREATED.plusMillis(5));
        assertFields(token.toBuilder().lastUsedAt(CREATED.plusMillis(5)).build(), stored(token));
        noteUse(token, CREATED.plusMillis(4));
        assertEquals(CREATED.plusMillis(5), stored(token).lastUsedAt());
        noteUse(token, CREATED.plusMillis(6));
        assertFields(token.toBuilder().lastUsedAt(CREATED.plusMillis(6)).build(), stored(token));
    }

    @Test
    void lastUseOfManyTokensIsNotedAtOnce() {
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
        assertEquals(Set.of(), noted.leftOut(), "nobody holds them, so nothing is left out");
        for (StoredToken token : all) {
            assertFields(token, stored(token));
        }
        assertFields(unused, stored(unused));
    }

    @Test
    void unknownIdsAreNotNotedAndDoNoHarm() {
        StoredToken token = insert(draft().build());
        Map<String, Instant> usedAt = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            usedAt.put(newId(), CREATED);
        }
        lookAlikes(token.id()).forEach(id -> usedAt.put(id, CREATED));
        tokens.recordLastUsed(usedAt, Duration.ZERO);
        tokens.recordLastUsed(Map.of(), Duration.ZERO);
        assertFields(token, stored(token));
        usedAt.put(token.id(), CREATED);
        tokens.recordLastUsed(usedAt, Duration.ZERO);
        assertFields(token.toBuilder().lastUsedAt(CREATED).build(), stored(token));
    }

    @Test
    void useOfARevokedTokenDoesNotReviveIt() {
        StoredToken token = insert(draft().build());
        revoke(token);
        StoredToken revoked = stored(token);
        noteUse(token, CREATED.plusSeconds(5));
        assertFields(revoked.toBuilder().lastUsedAt(CREATED.plusSeconds(5)).build(), stored(token));
    }

    @Test
    void usesThatAreTooCloseTogetherAreNotedOnce() {
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

    // ---- insertAll

    private NewToken newToken(StoredToken token, NameConstraint rule) {
        return new NewToken(
                token, List.of(token.selector()), rule, event(token.tenantId(), "token.imported", token.id()));
    }

    private NewToken newToken(StoredToken token) {
        return newToken(token, NameConstraint.free());
    }

    private List<InsertResult.Kind> kinds(List<NewToken> wanted) {
        return tokens.insertAll(wanted).stream().map(InsertResult::kind).toList();
    }

    @Test
    void manyNewTokensAreStoredEachAsByItself() {
        List<StoredToken> drafts = IntStream.range(0, 90)
                .mapToObj(i -> draft().name("n" + i).build())
                .toList();
        List<InsertResult> results =
                tokens.insertAll(drafts.stream().map(this::newToken).toList());
        assertEquals(90, results.size());
        Set<Long> numbers = new HashSet<>();
        for (int i = 0; i < results.size(); i++) {
            StoredToken stored = results.get(i).stored().orElseThrow();
            assertFields(drafts.get(i).toBuilder().number(stored.number()).build(), stored);
            assertTrue(numbers.add(stored.number()), "a number of its own");
        }
        StoredToken any = results.get(50).stored().orElseThrow();
        assertFields(any, stored(any));
        assertEquals(
                ids(drafts), events(tenant).stream().map(AuditEvent::tokenId).collect(Collectors.toSet()));
        assertEquals(90, events(tenant).size(), "events");
        assertEquals(List.of(), tokens.insertAll(List.of()));
    }

    @Test
    void aNewTokenThatCannotBeStoredKeepsNoOtherOneFromIt() {
        StoredToken there = insert(draft().build());
        StoredToken first = draft().build();
        StoredToken second = draft().build();
        assertEquals(
                List.of(
                        InsertResult.Kind.STORED,
                        InsertResult.Kind.ALREADY_THERE,
                        InsertResult.Kind.ALREADY_THERE,
                        InsertResult.Kind.ALREADY_THERE,
                        InsertResult.Kind.STORED),
                kinds(Stream.of(
                                first,
                                there.toBuilder()
                                        .secret(newSelector(), newHash())
                                        .build(),
                                draft().secret(there.selector(), newHash()).build(),
                                first.toBuilder()
                                        .secret(newSelector(), newHash())
                                        .build(),
                                second)
                        .map(this::newToken)
                        .toList()));
        assertFields(there, stored(there));
        assertEquals(first.selector(), stored(first).selector());
        assertEquals(second.selector(), stored(second).selector());
        assertEquals(2, events(tenant).size(), "events");
        assertEquals(
                List.of(InsertResult.Kind.ALREADY_THERE, InsertResult.Kind.ALREADY_THERE),
                kinds(List.of(newToken(first), newToken(second))),
                "once more");
    }

    @Test
    void aNewTokenGetsTheFirstSelectorThatIsFree() {
        String taken = insert(draft().build()).selector();
        String free = newSelector();
        String last = newSelector();
        List<NewToken> wanted = IntStream.range(0, 3)
                .mapToObj(i -> {
                    StoredToken token = draft().build();
                    return new NewToken(
                            token,
                            List.of(taken, free, last),
                            NameConstraint.free(),
                            event(tenant, "token.imported", token.id()));
                })
                .toList();
        List<InsertResult> results = tokens.insertAll(wanted);
        assertEquals(free, results.get(0).stored().orElseThrow().selector());
        assertEquals(last, results.get(1).stored().orElseThrow().selector());
        assertEquals(InsertResult.Kind.ALREADY_THERE, results.get(2).kind());
        assertEquals(List.of(wanted.get(1).token().id()), idsFound(last));
    }

    @Test
    void namesOfNewTokensAreUniqueAmongThemToo() {
        NameConstraint unique = NameConstraint.uniqueAt(CREATED);
        insert(draft().name("there").build());
        revoke(insert(draft().name("ended").build()));
        StoredToken expired = draft().name("expired").expiresAt(CREATED).build();
        assertEquals(
                List.of(
                        InsertResult.Kind.NAME_TAKEN,
                        InsertResult.Kind.STORED,
                        InsertResult.Kind.STORED,
                        InsertResult.Kind.NAME_TAKEN,
                        InsertResult.Kind.STORED,
                        InsertResult.Kind.STORED,
                        InsertResult.Kind.STORED),
                kinds(List.of(
                        newToken(draft().name("there").build(), unique),
                        newToken(draft().name("ended").build(), unique),
                        newToken(draft().name("same").build(), unique),
                        newToken(draft().name("same").build(), unique),
                        newToken(draftOf(newTenant()).name("there").build(), unique),
                        newToken(expired, unique),
                        newToken(draft().name("expired").build(), unique))));
    }

    @Test
    void aTenantThatIsGoneGetsNoneOfManyNewTokens() {
        String gone = newTenant();
        tokens.setGone(gone, CREATED, List.of());
        assertEquals(
                List.of(InsertResult.Kind.TENANT_GONE, InsertResult.Kind.STORED),
                kinds(List.of(newToken(draftOf(gone).build()), newToken(draft().build()))));
        assertEquals(List.of(), tokens.list(gone, Long.MAX_VALUE, 10));
    }

    @Test
    void theSameNewTokensFromTwoAtOnceAreStoredOnce() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds() / 10; round++) {
                tenant = newTenant();
                List<NewToken> wanted = IntStream.range(0, 5)
                        .mapToObj(i -> newToken(draft().name("n" + i).build(), NameConstraint.uniqueAt(CREATED)))
                        .toList();
                List<List<InsertResult.Kind>> results = race.run(List.of(() -> kinds(wanted), () -> kinds(wanted)));
                for (int i = 0; i < wanted.size(); i++) {
                    Set<InsertResult.Kind> both =
                            Set.of(results.get(0).get(i), results.get(1).get(i));
                    assertEquals(Set.of(InsertResult.Kind.STORED, InsertResult.Kind.ALREADY_THERE), both);
                }
                assertEquals(5, tokens.list(tenant, Long.MAX_VALUE, 10).size());
                assertEquals(5, events(tenant).size(), "events");
            }
        }
    }

    // ---- revokeAll

    @Test
    void allTokensOfATenantAreRevoked() {
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
        assertTrue(tokens.find(List.of(others.selector())).stream().noneMatch(StoredToken::isRevoked));
        assertEquals(
                Set.of(one.id(), two.id()),
                events(tenant).stream().map(AuditEvent::tokenId).collect(Collectors.toSet()),
                "each end is told");
        assertEquals(List.of(), revokeAll(new TokenGroup.OfTenant(tenant), at, this::ending), "once more");
        assertEquals(2, events(tenant).size(), "events");
    }

    @Test
    void allTokensOfAUserAreRevokedInEveryTenant() {
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

    /** The group follows the secret: a user who was shown an earlier secret of a token holds nothing that still works. */
    @Test
    void aTokenMovesToTheGroupOfTheUserWhoWasShownItsNewSecret() {
        String bob = "user-" + UUID.randomUUID();
        String ada = "user-" + UUID.randomUUID();
        StoredToken token = insert(draft().createdBy(bob).secretShownTo(bob).build());
        StoredToken regenerated = token.toBuilder()
                .secret(newSelector(), newHash())
                .secretShownTo(ada)
                .build();
        assertEquals(WriteResult.DONE, tokens.update(regenerated, NameConstraint.free(), List.of()));
        assertEquals(List.of(), revokeAll(new TokenGroup.OfUser(bob), CREATED, this::ending));
        assertEquals(Set.of(token.id()), ids(revokeAll(new TokenGroup.OfUser(ada), CREATED, this::ending)));
        assertTrue(stored(token).isRevoked());
    }

    @Test
    void ofARotationTheSuccessorAloneIsOfTheGroupOfTheUserWhoRotated() {
        String bob = "user-" + UUID.randomUUID();
        String ada = "user-" + UUID.randomUUID();
        StoredToken token = insert(draft().secretShownTo(bob).build());
        StoredToken successor =
                successorOf(token).toBuilder().secretShownTo(ada).build();
        assertEquals(WriteResult.DONE, tokens.rotate(rotated(token, successor), successor, List.of()));
        assertEquals(Set.of(successor.id()), ids(revokeAll(new TokenGroup.OfUser(ada), CREATED, this::ending)));
        assertFalse(stored(token).isRevoked(), "the predecessor's secret was shown to another user");
        assertEquals(Set.of(token.id()), ids(revokeAll(new TokenGroup.OfUser(bob), CREATED, this::ending)));
    }

    @Test
    void manyTokensAreRevokedTogether() {
        for (int i = 0; i < 3; i++) {
            List<NewToken> some = IntStream.range(0, 350)
                    .mapToObj(n -> newToken(draft().build()))
                    .toList();
            tokens.insertAll(some);
        }
        List<StoredToken> revoked = revokeAll(new TokenGroup.OfTenant(tenant), CREATED, this::ending);
        assertEquals(1_050, ids(revoked).size());
        List<StoredToken> all = tokens.list(tenant, Long.MAX_VALUE, 3_000);
        assertEquals(ids(revoked), ids(all));
        assertTrue(all.stream().allMatch(StoredToken::isRevoked));
    }

    @Test
    void ifAnEndCannotBeToldNothingIsRevoked() {
        StoredToken token = insert(draft().build());
        assertThrows(
                RuntimeException.class,
                () -> revokeAll(new TokenGroup.OfTenant(tenant), CREATED, (of, revoked) -> {
                    throw new IllegalStateException("untold");
                }));
        assertFields(token, stored(token));
        assertEquals(List.of(), events(tenant));
    }

    /** The successor is revoked with its predecessor, or the rotation came too late to be made. */
    @Test
    void noSuccessorOutlivesTheEndOfAll() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken successor = successorOf(token);
                race.run(List.<Callable<Boolean>>of(
                        () -> tokens.rotate(rotated(token, successor), successor, rotation(token, successor))
                                == WriteResult.DONE,
                        () -> !revokeAll(new TokenGroup.OfTenant(tenant), CREATED, this::ending)
                                .isEmpty()));
                assertTrue(stored(token).isRevoked());
                assertTrue(
                        tokens.list(tenant, Long.MAX_VALUE, 10).stream().allMatch(StoredToken::isRevoked),
                        "a successor lives on");
            }
        }
    }

    private AuditEvent ending(StoredToken token) {
        return ending(token.tenantId(), token.id());
    }

    private AuditEvent ending(String tenantId, String tokenId) {
        return event(tenantId, "token.revoked", tokenId);
    }

    /** The tokens that the observer saw, which must be as many as were revoked. */
    private List<StoredToken> revokeAll(TokenGroup group, Instant at, BiFunction<String, String, AuditEvent> event) {
        List<StoredToken> observed = new ArrayList<>();
        long revoked = tokens.revokeAll(new GroupRevocation(group, at, event).observedBy(observed::add));
        assertEquals(revoked, observed.size(), "how many were observed");
        return observed;
    }

    private static Set<String> ids(List<StoredToken> rows) {
        return rows.stream().map(StoredToken::id).collect(Collectors.toSet());
    }

    // ---- setSuspended

    @Test
    void aSuspendedTenantShowsWithItsTokensWhereverTheyAreRead() {
        StoredToken token = insert(draft().build());
        String other = newTenant();
        StoredToken others = insert(draftOf(other).build());
        AuditEvent suspended = event("tenant.suspended", "");
        assertEquals(WriteResult.DONE, tokens.setSuspended(tenant, CREATED, List.of(suspended)));
        StoredToken expected = token.toBuilder().tenantSuspended(true).build();
        assertFields(expected, stored(token));
        assertFields(expected, tokens.find(List.of(token.selector())).get(0));
        assertFields(expected, tokens.list(tenant, Long.MAX_VALUE, 1).get(0));
        assertFields(others, tokens.get(other, others.id()).orElseThrow());
        assertEvents(List.of(suspended));

        StoredToken later = insert(draft().build());
        assertTrue(stored(later).tenantSuspended(), "a token that comes later is the tenant's, too");

        AuditEvent resumed = event("tenant.resumed", "");
        assertEquals(WriteResult.DONE, tokens.setSuspended(tenant, null, List.of(resumed)));
        assertFields(token, stored(token));
        assertFields(token, tokens.find(List.of(token.selector())).get(0));
        assertEvents(List.of(suspended, resumed));
    }

    @Test
    void aTenantIsSuspendedOnce() {
        AuditEvent event = event("tenant.suspended", "");
        assertEquals(WriteResult.STALE, tokens.setSuspended(tenant, null, List.of(event)), "one that is not suspended");
        assertEquals(WriteResult.DONE, tokens.setSuspended(tenant, CREATED, List.of()));
        assertEquals(WriteResult.STALE, tokens.setSuspended(tenant, CREATED, List.of(event)));
        assertEvents(List.of());
        for (String lookAlike : lookAlikes(tenant)) {
            assertEquals(WriteResult.STALE, tokens.setSuspended(lookAlike, null, List.of(event)), lookAlike);
        }
    }

    @Test
    void aChangeMadeFromATokenReadDuringASuspensionDoesNotKeepIt() {
        StoredToken token = insert(draft().build());
        tokens.setSuspended(tenant, CREATED, List.of());
        StoredToken read = stored(token);
        tokens.setSuspended(tenant, null, List.of());
        assertEquals(WriteResult.DONE, tokens.update(renamed(read, "changed"), NameConstraint.free(), List.of()));
        assertFalse(stored(token).tenantSuspended());
    }

    // ---- setGone

    @Test
    void aTenantThatIsGoneShowsWithItsTokensWhereverTheyAreRead() {
        StoredToken token = insert(draft().build());
        String other = newTenant();
        StoredToken others = insert(draftOf(other).build());
        AuditEvent gone = event("tenant.gone", "");
        assertFalse(tokens.isGone(tenant));
        assertEquals(WriteResult.DONE, tokens.setGone(tenant, CREATED, List.of(gone)));

        StoredToken expected = token.toBuilder().tenantGone(true).build();
        assertFields(expected, stored(token));
        assertFields(expected, tokens.find(List.of(token.selector())).get(0));
        assertFields(expected, tokens.list(tenant, Long.MAX_VALUE, 1).get(0));
        assertFields(others, tokens.get(other, others.id()).orElseThrow());
        assertTrue(tokens.isGone(tenant));
        assertFalse(tokens.isGone(other));
        assertEvents(List.of(gone));
    }

    @Test
    void aTenantIsGoneOnceAndForGood() {
        AuditEvent event = event("tenant.gone", "");
        assertEquals(WriteResult.DONE, tokens.setGone(tenant, CREATED, List.of()), "a tenant that has no token yet");
        assertEquals(WriteResult.STALE, tokens.setGone(tenant, CREATED.plusSeconds(1), List.of(event)));
        assertEquals(WriteResult.TENANT_GONE, tokens.setSuspended(tenant, CREATED, List.of(event)));
        assertEquals(WriteResult.TENANT_GONE, tokens.setSuspended(tenant, null, List.of(event)));
        assertEvents(List.of());
        lookAlikes(tenant).forEach(lookAlike -> assertFalse(tokens.isGone(lookAlike), lookAlike));
    }

    @Test
    void aTenantThatIsGoneGetsNoTokenAndNoChangedOne() {
        StoredToken token = insert(draft().build());
        StoredToken successor = successorOf(token);
        tokens.setGone(tenant, CREATED, List.of());
        for (NameConstraint rule : List.of(NameConstraint.free(), NameConstraint.uniqueAt(CREATED))) {
            StoredToken late = draft().name("late").build();
            assertEquals(Optional.empty(), tokens.insert(late, rule, List.of(event("token.issued", late.id()))));
            assertEquals(
                    WriteResult.TENANT_GONE,
                    tokens.update(renamed(token, "late"), rule, List.of(event("token.updated", token.id()))));
        }
        assertEquals(
                WriteResult.TENANT_GONE,
                tokens.rotate(rotated(token, successor), successor, rotation(token, successor)));
        assertFields(token.toBuilder().tenantGone(true).build(), stored(token));
        assertEquals(List.of(token.id()), idsListed(Long.MAX_VALUE, 10));
        assertEvents(List.of());
    }

    @Test
    void theTokensOfATenantThatIsGoneCanBeRevoked() {
        StoredToken one = insert(draft().build());
        insert(draft().build());
        tokens.setGone(tenant, CREATED, List.of());
        assertEquals(WriteResult.DONE, tokens.revoke(tenant, one.id(), CREATED, List.of(ending(one))));
        assertEquals(
                1,
                revokeAll(new TokenGroup.OfTenant(tenant), CREATED, this::ending)
                        .size());
        assertTrue(tokens.list(tenant, Long.MAX_VALUE, 10).stream().allMatch(StoredToken::isRevoked));
        assertEquals(2, events(tenant).size(), "events");
    }

    // ---- setErased, deleteErased

    @Test
    void anErasedTenantHasNoTokensAndNoEvents() {
        List<StoredToken> erased = List.of(insert(draft().build()), insert(draft().build()), insert(draft().build()));
        tokens.revoke(tenant, erased.get(0).id(), CREATED, List.of(ending(erased.get(0))));
        String other = newTenant();
        StoredToken others = insert(draftOf(other).build());
        audit.append(event(other, "call", others.id()));
        tokens.setGone(tenant, CREATED, List.of(event("tenant.gone", "")));
        assertEquals(WriteResult.DONE, tokens.setErased(tenant, List.of()));

        assertEquals(2, tokens.deleteErased(tenant, 2), "two of three tokens");
        assertEquals(1, tokens.list(tenant, Long.MAX_VALUE, 10).size());
        assertEquals(3, eraseAll(), "a token and two events");
        assertEquals(List.of(), tokens.list(tenant, Long.MAX_VALUE, 10));
        for (StoredToken token : erased) {
            assertEquals(List.of(), idsFound(token.selector()));
            assertEquals(Optional.empty(), tokens.get(tenant, token.id()));
        }
        assertEvents(List.of());
        assertFields(others, tokens.get(other, others.id()).orElseThrow());
        assertEquals(1, events(other).size(), "another tenant's events");
    }

    @Test
    void onlyATenantThatIsGoneIsErasedAndOnlyOnce() {
        StoredToken token = insert(draft().build());
        assertEquals(WriteResult.STALE, tokens.setErased(tenant, List.of()));
        assertThrows(IllegalStateException.class, () -> tokens.deleteErased(tenant, 10));
        tokens.setGone(tenant, CREATED, List.of());
        assertThrows(IllegalStateException.class, () -> tokens.deleteErased(tenant, 10));
        assertEquals(List.of(token.id()), idsListed(Long.MAX_VALUE, 10));

        AuditEvent event = event(newTenant(), "tenant.erased", "");
        assertEquals(WriteResult.DONE, tokens.setErased(tenant, List.of()));
        assertEquals(WriteResult.STALE, tokens.setErased(tenant, List.of(event)));
        assertEquals(List.of(), events(String.valueOf(event.tenantId())));
    }

    @Test
    void whatIsWrittenLateBringsNothingOfAnErasedTenantBack() {
        StoredToken token = insert(draft().build());
        tokens.setGone(tenant, CREATED, List.of());
        tokens.setErased(tenant, List.of());
        assertEquals(1, eraseAll());

        noteUse(token, CREATED.plusSeconds(5));
        audit.append(event("call", token.id()));
        assertEquals(Optional.empty(), tokens.insert(draft().build(), NameConstraint.free(), List.of()));
        assertEquals(WriteResult.STALE, tokens.update(renamed(token, "late"), NameConstraint.free(), List.of()));
        assertEquals(WriteResult.STALE, tokens.rehash(renamed(token, "late"), List.of()));
        assertEquals(WriteResult.STALE, tokens.revoke(tenant, token.id(), CREATED, List.of(ending(token))));
        assertEquals(List.of(), tokens.list(tenant, Long.MAX_VALUE, 10));
        assertEvents(List.of());
        assertTrue(tokens.isGone(tenant), "the mark stays");
    }

    private int eraseAll() {
        int deleted = 0;
        for (int some = tokens.deleteErased(tenant, 10); some > 0; some = tokens.deleteErased(tenant, 10)) {
            deleted += some;
        }
        return deleted;
    }

    // ---- rehash

    @Test
    void anotherHashOfTheSecretTakesThePlaceOfTheFirst() {
        StoredToken token = insert(draft().build());
        StoredToken rehashed =
                token.toBuilder().secret(newSelector(), newHash()).build();
        AuditEvent event = event("token.rehashed", token.id());
        assertEquals(WriteResult.DONE, tokens.rehash(rehashed, List.of(event)));
        assertFields(rehashed.toBuilder().revision(1).build(), stored(token));
        assertEquals(List.of(token.id()), idsFound(rehashed.selector()));
        assertEquals(List.of(), idsFound(token.selector()));
        assertEvents(List.of(event));
        isStale(() -> tokens.rehash(rehashed, List.of(event)), token);
    }

    @Test
    void aRevokedTokenIsNotRehashed() {
        StoredToken token = insert(draft().build());
        revoke(token);
        StoredToken rehashed =
                stored(token).toBuilder().secret(newSelector(), newHash()).build();
        isStale(() -> tokens.rehash(rehashed, List.of()), token);
        isStale(() -> tokens.rehash(rehashed.toBuilder().revokedAt(null).build(), List.of()), token);
    }

    // ---- ending

    @Test
    void tokensThatEndInAStretchOfTimeAreFoundByTheEarlierOfTheirEnds() {
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
        assertEquals(
                List.of(byOverlap.id()),
                tokens.findExpiring(since, before, atStart.number(), 1).stream()
                        .map(StoredToken::id)
                        .toList(),
                "a page");
        assertEquals(List.of(), tokens.findExpiring(since, since, 0, 10), "an empty stretch");
        assertEquals(
                List.of(byExpiry.id()),
                tokens
                        .findExpiring(
                                since.plusMillis(8).plusNanos(1),
                                since.plusMillis(9).plusNanos(1),
                                0,
                                10)
                        .stream()
                        .map(StoredToken::id)
                        .toList(),
                "between two milliseconds");
    }

    // ---- at once

    @Test
    void ofRotationsAtOnceOneIsMade() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<StoredToken> successors =
                        Stream.generate(() -> successorOf(token)).limit(4).toList();
                List<WriteResult> outcomes = race.run(successors.stream()
                        .<Callable<WriteResult>>map(successor ->
                                () -> tokens.rotate(rotated(token, successor), successor, rotation(token, successor)))
                        .toList());

                StoredToken winner = successors.get(onlyOneDone(outcomes));
                assertFields(rotated(token, winner).toBuilder().revision(1).build(), stored(token));
                assertEquals(List.of(winner.id(), token.id()), idsListed(Long.MAX_VALUE, 10));
                assertEquals(2, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void ofUpdatesAtOnceOneIsMade() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<StoredToken> changes = IntStream.range(0, 4)
                        .mapToObj(i -> renamed(token, "change " + i))
                        .toList();
                List<WriteResult> outcomes = race.run(changes.stream()
                        .<Callable<WriteResult>>map(changed -> () -> tokens.update(
                                changed, NameConstraint.free(), List.of(event("token.updated", token.id()))))
                        .toList());

                StoredToken winner = changes.get(onlyOneDone(outcomes));
                assertFields(winner.toBuilder().revision(1).build(), stored(token));
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void ofRevocationsAtOnceOneIsMade() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<WriteResult> outcomes = race.run(IntStream.range(0, 4)
                        .<Callable<WriteResult>>mapToObj(i -> () -> tokens.revoke(
                                tenant, token.id(), CREATED.plusMillis(i), List.of(event("token.revoked", token.id()))))
                        .toList());

                Instant at = CREATED.plusMillis(onlyOneDone(outcomes));
                assertFields(token.toBuilder().revokedAt(at).revision(1).build(), stored(token));
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }

    /** Each of the three writes columns of its own; one that writes back the whole row it once read undoes the others. */
    @Test
    void nothingThatHappensAtOnceUndoesARevocation() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken token = insert(draft().build());
                Instant used = CREATED.plusSeconds(5);
                Instant at = CREATED.plusSeconds(6);
                Set<String> leftOut = ConcurrentHashMap.newKeySet();
                List<WriteResult> outcomes = race.run(List.of(
                        () -> tokens.revoke(tenant, token.id(), at, List.of()),
                        () -> tokens.update(renamed(token, "changed"), NameConstraint.free(), List.of()),
                        () -> {
                            leftOut.addAll(tokens.recordLastUsed(Map.of(token.id(), used), Duration.ZERO)
                                    .leftOut());
                            return WriteResult.DONE;
                        }));

                assertEquals(WriteResult.DONE, outcomes.get(0), "a revocation is made whatever else is changed");
                boolean updated = outcomes.get(1) == WriteResult.DONE;
                Instant noted = leftOut.contains(token.id()) ? null : used;
                assertEquals(noted, stored(token).lastUsedAt(), "last use is noted, or said to be left out");
                StoredToken expected = (updated ? renamed(token, "changed") : token)
                        .toBuilder()
                                .revokedAt(at)
                                .lastUsedAt(noted)
                                .revision(updated ? 2 : 1)
                                .build();
                assertFields(expected, stored(token));
            }
        }
    }

    /** Which is written beside a request, from a row that was read before it. */
    @Test
    void anotherHashAtOnceUndoesNeitherARevocationNorAnUpdate() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken token = insert(draft().build());
                StoredToken changed = renamed(token, "changed");
                StoredToken rehashed =
                        token.toBuilder().secret(newSelector(), newHash()).build();
                List<WriteResult> outcomes = race.run(List.of(
                        () -> tokens.revoke(tenant, token.id(), CREATED, List.of()),
                        () -> tokens.update(changed, NameConstraint.free(), List.of()),
                        () -> tokens.rehash(rehashed, List.of())));

                assertEquals(WriteResult.DONE, outcomes.get(0), "a revocation is made whatever else is changed");
                List<WriteResult> others = outcomes.subList(1, 3);
                assertNotEquals(List.of(WriteResult.DONE, WriteResult.DONE), others, "both from one revision");
                StoredToken made = others.get(0) == WriteResult.DONE ? changed : rehashed;
                boolean any = others.contains(WriteResult.DONE);
                StoredToken expected = (any ? made : token)
                        .toBuilder().revokedAt(CREATED).revision(any ? 2 : 1).build();
                assertFields(expected, stored(token));
            }
        }
    }

    @Test
    void ofTheEndOfOneAndTheEndOfAllAtOnceOneIsMadeAndTold() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                List<AuditEvent> told = List.of(ending(token));
                List<Boolean> ended = race.run(List.of(
                        () -> tokens.revoke(tenant, token.id(), CREATED, told) == WriteResult.DONE,
                        () -> !revokeAll(new TokenGroup.OfTenant(tenant), CREATED.plusMillis(1), this::ending)
                                .isEmpty()));

                assertEquals(1, Collections.frequency(ended, true), "how many have ended it");
                assertEquals(
                        CREATED.plusMillis(ended.indexOf(true)), stored(token).revokedAt());
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void ofTheEndOfAUsersTokensAndANewSecretForAnotherUserAtOnceOneIsMade() throws InterruptedException {
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
                        () -> tokens.update(regenerated, NameConstraint.free(), List.of()) == WriteResult.DONE));

                assertEquals(1, Collections.frequency(made, true), "how many were made of " + made);
                assertEquals(made.get(0), stored(token).isRevoked(), "revoked");
                assertEquals(made.get(1) ? "ada" : bob, stored(token).secretShownTo());
            }
        }
    }

    @Test
    void ofSuspensionsAtOnceOneIsMade() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                Callable<WriteResult> suspending =
                        () -> tokens.setSuspended(tenant, CREATED, List.of(event("tenant.suspended", "")));
                int unused = onlyOneDone(race.run(List.of(suspending, suspending)));
                assertEquals(1, events(tenant).size(), "events");
                Callable<WriteResult> resuming =
                        () -> tokens.setSuspended(tenant, null, List.of(event("tenant.resumed", "")));
                unused = onlyOneDone(race.run(List.of(resuming, resuming)));
                assertEquals(2, events(tenant).size(), "events");
            }
        }
    }

    /** Whatever wrote at the same time was refused, or is erased with the rest. */
    @Test
    void nothingThatHappensAtOnceSurvivesTheErasureOfATenant() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < Math.min(rounds(), 3); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken late = draft().build();
                StoredToken successor = successorOf(token);
                race.run(List.<Callable<Boolean>>of(
                        () -> tokens.insert(late, NameConstraint.free(), List.of(event("token.issued", late.id())))
                                .isPresent(),
                        () -> tokens.rotate(rotated(token, successor), successor, rotation(token, successor))
                                == WriteResult.DONE,
                        () -> {
                            audit.append(event("call", token.id()));
                            return true;
                        },
                        () -> {
                            tokens.setGone(tenant, CREATED, List.of(event("tenant.gone", "")));
                            tokens.setErased(tenant, List.of());
                            return eraseAll() > 0;
                        }));
                assertEquals(List.of(), tokens.list(tenant, Long.MAX_VALUE, 10));
                assertEvents(List.of());
            }
        }
    }

    @Test
    void aRotationAndARevocationAtOnceLeaveNoSuccessorBehindTheBackOfTheRevocation() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken successor = successorOf(token);
                List<WriteResult> outcomes = race.run(List.of(
                        () -> tokens.revoke(tenant, token.id(), CREATED, List.of()),
                        () -> tokens.rotate(rotated(token, successor), successor, rotation(token, successor))));

                assertEquals(WriteResult.DONE, outcomes.get(0), "a revocation is made whatever else is changed");
                boolean rotated = outcomes.get(1) == WriteResult.DONE;
                StoredToken expected = (rotated ? rotated(token, successor) : token)
                        .toBuilder()
                                .revokedAt(CREATED)
                                .revision(rotated ? 2 : 1)
                                .build();
                assertFields(expected, stored(token));
                assertEquals(rotated, tokens.get(tenant, successor.id()).isPresent(), "the successor is there");
                assertEquals(rotated ? 2 : 0, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void aRotationIsSeenWholeOrNotAtAll() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                StoredToken token = insert(draft().build());
                StoredToken successor = successorOf(token);
                AtomicBoolean over = new AtomicBoolean();
                race.run(List.of(
                        () -> {
                            try {
                                return tokens.rotate(rotated(token, successor), successor, List.of());
                            } finally {
                                over.set(true);
                            }
                        },
                        () -> {
                            boolean last;
                            do {
                                last = over.get();
                                List<StoredToken> seen = tokens.list(tenant, Long.MAX_VALUE, 10);
                                StoredToken predecessor = seen.get(seen.size() - 1);
                                assertEquals(
                                        predecessor.successorId() != null,
                                        seen.size() == 2,
                                        "a predecessor is marked if there is a successor, and only then");
                            } while (!last);
                            return WriteResult.DONE;
                        }));
            }
        }
    }

    @Test
    void ofInsertsOfOneSelectorAtOnceOneIsMade() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                tenant = newTenant();
                String selector = newSelector();
                List<StoredToken> drafts = Stream.generate(
                                () -> draft().secret(selector, newHash()).build())
                        .limit(4)
                        .toList();
                List<WriteResult> outcomes = race.run(drafts.stream()
                        .<Callable<WriteResult>>map(draft -> () -> {
                            try {
                                tokens.insert(draft, NameConstraint.free(), List.of(event("token.issued", draft.id())));
                                return WriteResult.DONE;
                            } catch (StorageException refused) {
                                return WriteResult.STALE;
                            }
                        })
                        .toList());

                StoredToken winner = drafts.get(onlyOneDone(outcomes));
                assertEquals(List.of(winner.id()), idsFound(selector));
                assertEquals(List.of(winner.id()), idsListed(Long.MAX_VALUE, 10));
                assertEquals(1, events(tenant).size(), "events");
            }
        }
    }

    @Test
    void insertsAtOnceGetNumbersOfTheirOwn() throws InterruptedException {
        Set<Long> numbers = new HashSet<>();
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                numbers.addAll(race.run(List.of(
                        () -> insert(draft().build()).number(),
                        () -> insert(draft().build()).number())));
            }
        }
        assertEquals(2 * rounds(), numbers.size());
        assertEquals(2 * rounds(), idsListed(Long.MAX_VALUE, 2 * rounds() + 1).size());
    }

    private static int onlyOneDone(List<WriteResult> outcomes) {
        assertEquals(1, outcomes.stream().filter(o -> o == WriteResult.DONE).count(), "changes made of " + outcomes);
        return outcomes.indexOf(WriteResult.DONE);
    }

    // ---- what the tests are written with

    private StoredTokenBuilder draft() {
        return draftOf(tenant);
    }

    private static StoredTokenBuilder draftOf(String tenantId) {
        return draftOf(tenantId, newId());
    }

    private static StoredTokenBuilder draftOf(String tenantId, String id) {
        return StoredToken.builder(id, tenantId, TokenEnvironment.LIVE, "CI", CREATED)
                .secret(newSelector(), newHash())
                .displayPrefix("sk_live_lectern_ab12");
    }

    private static StoredToken renamed(StoredToken token, String name) {
        return token.toBuilder().name(name).build();
    }

    private static StoredToken successorOf(StoredToken token) {
        return draftOf(token.tenantId()).predecessorId(token.id()).build();
    }

    /** The token as it is to be once it has the successor. */
    private static StoredToken rotated(StoredToken token, StoredToken successor) {
        return token.toBuilder()
                .successorId(successor.id())
                .gracePeriodEndsAt(CREATED.plus(Duration.ofDays(1)))
                .build();
    }

    private List<AuditEvent> rotation(StoredToken token, StoredToken successor) {
        return List.of(event("token.rotated", token.id()), event("token.issued", successor.id()));
    }

    private StoredToken insert(StoredToken token) {
        return tokens.insert(token, NameConstraint.free(), List.of()).orElseThrow();
    }

    private void revoke(StoredToken token) {
        assertEquals(WriteResult.DONE, tokens.revoke(tenant, token.id(), CREATED.plusSeconds(1), List.of()));
    }

    private void noteUse(StoredToken token, Instant at) {
        tokens.recordLastUsed(Map.of(token.id(), at), Duration.ZERO);
    }

    private StoredToken stored(StoredToken token) {
        return tokens.get(tenant, token.id()).orElseGet(() -> fail("token " + token.id() + " is not there"));
    }

    private List<String> idsFound(String selector) {
        return tokens.find(List.of(selector)).stream().map(StoredToken::id).toList();
    }

    private List<String> idsListed(long before, int limit) {
        return tokens.list(tenant, before, limit).stream().map(StoredToken::id).toList();
    }

    /** The change is refused as stale: the token is as before, and there is no new event. */
    private void isStale(Callable<WriteResult> change, StoredToken token) {
        StoredToken before = stored(token);
        List<AuditEvent> eventsBefore = events(tenant);
        try {
            assertEquals(WriteResult.STALE, change.call());
        } catch (Exception thrown) {
            fail("a change that is stale is no error", thrown);
        }
        assertFields(before, stored(token));
        assertEquals(List.of(token.id()), idsFound(stored(token).selector()));
        assertEquals(eventsBefore, events(tenant), "a change that was not made leaves no event");
    }

    private void keeps(StoredToken token) {
        StoredToken inserted = insert(token);
        StoredToken expected = token.toBuilder().number(inserted.number()).build();
        assertFields(expected, inserted);
        assertFields(expected, stored(token));
        List<StoredToken> found = tokens.find(List.of(token.selector()));
        assertEquals(1, found.size(), "tokens found by the selector");
        assertFields(expected, found.get(0));
    }

    /** Field by field, because a token prints its id alone. */
    private static void assertFields(StoredToken expected, StoredToken actual) {
        for (RecordComponent field : StoredToken.class.getRecordComponents()) {
            assertEquals(value(field, expected), value(field, actual), "the token's " + field.getName());
        }
        // Two spellings of a block are equal; the one that was written is to be kept.
        assertEquals(String.valueOf(expected.allowlist()), String.valueOf(actual.allowlist()), "the token's blocks");
    }

    private static @Nullable Object value(RecordComponent field, StoredToken token) {
        try {
            return field.getAccessor().invoke(token);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private AuditEvent event(String what, String tokenId) {
        return event(tenant, what, tokenId);
    }

    private static AuditEvent event(String tenantId, String what, String tokenId) {
        return event(tenantId, what, tokenId, "user-7");
    }

    private static AuditEvent event(String tenantId, String what, String tokenId, String actor) {
        return new AuditEvent(
                UUID.randomUUID().toString(),
                CREATED,
                "req_" + UUID.randomUUID(),
                tenantId,
                tokenId,
                "POST",
                "/tokens/\u5b66",
                null,
                what,
                "done",
                actor,
                Map.of("note", "a=b&c\n" + EMOJI));
    }

    /** Exactly these events of the tenant are visible, in whatever order. */
    private void assertEvents(List<AuditEvent> expected) {
        List<AuditEvent> visible = events(tenant);
        assertEquals(expected.size(), visible.size(), "events");
        assertEquals(new HashSet<>(expected), new HashSet<>(visible));
    }

    private List<AuditEvent> events(String tenantId) {
        return audit.read(tenantId, null, null, AuditLog.Page.START, 100).events();
    }

    private static String newTenant() {
        return "tenant-" + UUID.randomUUID();
    }

    private static String newId() {
        return "apitoken_" + UUID.randomUUID();
    }

    private static String newSelector() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static TokenHash newHash() {
        return TokenHash.of("sha256", newSelector() + newSelector());
    }

    private static IpAllowlist allowlist(List<String> blocks) {
        return IpAllowlist.of(blocks.stream().map(IpRange::parse).toList());
    }

    /** Texts that some database's collation takes for the given one. */
    private static List<String> lookAlikes(String text) {
        return List.of(
                text.toUpperCase(Locale.ROOT),
                text.replaceFirst("e", "E"),
                text.replaceFirst("e", "\u00e9"),
                text.replaceFirst("e", "e\u0301"),
                text + " ",
                " " + text,
                text + "\u200b",
                text.substring(0, text.length() - 1) + "_",
                text.substring(0, text.length() - 1) + "%");
    }

    /** Texts of at most 64 characters that get lost where texts are joined, escaped, trimmed or encoded carelessly. */
    private static List<String> oddTexts() {
        return List.of(
                "a=b&c=d%20e+f;g,h",
                "two\nlines\r\nand\ta tab",
                "\"quoted\" 'quoted' \\back\\slash\\n",
                " blanks around ",
                EMOJI + " \u5b66\u6821 \u0634 \u00e9 e\u0301 \u2028",
                "%_?:{}[]$1",
                "'; DROP TABLE tokens; --",
                "NULL");
    }
}
