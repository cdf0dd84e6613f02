package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.NameConstraint;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;
import school.lectern.auth.token.TokenLookup.Freshness;

/** Plants bugs in a correct token store, and checks that the contract detects each. */
final class TokenStoreContractTest {

    private static Function<AuditLog, TokenStore> planted = PlainTokenStore::new;

    private static int rounds;

    private static final Set<String> FAILED_ONCE = new TreeSet<>();

    /** The contract for the store with the planted bug. Test discovery must not find it. */
    static final class Planted extends TokenStoreContract {
        @Override
        protected Storage open() {
            AuditLog audit = new InMemoryAuditLog();
            TokenStore tokens = planted.apply(audit);
            return new Storage(tokens, tokens instanceof PlainTokenStore plain ? plain.log() : audit);
        }

        @Override
        protected int rounds() {
            return rounds;
        }
    }

    @Test
    void aStoreThatIsRightPasses() {
        planted = PlainTokenStore::new;
        rounds = 20;
        ContractRun.of(Planted.class).assertAllPassed();
    }

    @TestFactory
    Stream<DynamicTest> catches() {
        return Stream.of(
                        looking(),
                        keeping(),
                        listing(),
                        inserting(),
                        naming(),
                        updating(),
                        rotating(),
                        revoking(),
                        using(),
                        endingTogether(),
                        endingATenant(),
                        Stream.of(dynamicTest(
                                "every test detects a bug",
                                () -> ContractRun.assertEveryTestCaughtSomething(
                                        TokenStoreContract.class, FAILED_ONCE))))
                .flatMap(bugs -> bugs);
    }

    private static DynamicTest bug(String what, Function<AuditLog, TokenStore> store, String... caughtBy) {
        return dynamicTest(what, () -> {
            planted = store;
            rounds = 2;
            ContractRun run = ContractRun.of(Planted.class);
            FAILED_ONCE.addAll(run.failed());
            run.assertCaughtBy(Set.of(caughtBy));
            run.assertSomePassed();
        });
    }

    /**
     * Plants a bug that only concurrent calls show. The tests that must detect it repeat their race until such calls are
     * likely.
     */
    private static DynamicTest race(String what, Function<AuditLog, TokenStore> store, String... caughtBy) {
        return dynamicTest(what, () -> {
            planted = store;
            rounds = 100;
            Set<String> failed = new HashSet<>();
            for (int tries = 0; tries < 5 && !failed.containsAll(Set.of(caughtBy)); tries++) {
                failed.addAll(ContractRun.of(Planted.class, Set.of(caughtBy)).failed());
            }
            FAILED_ONCE.addAll(failed);
            assertEquals(Set.of(caughtBy), failed);
        });
    }

    /** Plants a store that applies the function to every row that it stores. */
    private static DynamicTest lossy(String what, UnaryOperator<StoredToken> loss, String... caughtBy) {
        return bug(
                what,
                audit -> new PlainTokenStore(audit) {
                    @Override
                    StoredToken kept(StoredToken row) {
                        return loss.apply(row);
                    }
                },
                caughtBy);
    }

    private static Stream<DynamicTest> looking() {
        return Stream.of(
                bug(
                        "find that finds nothing by several selectors",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            List<StoredToken> rows(List<String> selectors) {
                                return selectors.size() > 1 ? List.of() : super.rows(selectors);
                            }
                        },
                        "findsBySeveralSelectorsAtOnce"),
                bug(
                        "find that returns the requested selector for a loosely matched row",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            synchronized List<StoredToken> rows(List<String> selectors) {
                                return rows.values().stream()
                                        .flatMap(row -> selectors.stream()
                                                .filter(s -> s.equalsIgnoreCase(row.selector()))
                                                .map(s -> row.toBuilder()
                                                        .secret(s, row.hash())
                                                        .build()))
                                        .toList();
                            }
                        },
                        "aSelectorThatOnlyLooksLikeTheStoredOneFindsNothing"),
                bug(
                        "find that returns a row that was not requested",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            synchronized List<StoredToken> rows(List<String> selectors) {
                                return selectors.isEmpty() ? List.of() : List.copyOf(rows.values());
                            }
                        },
                        "findsByTheExactSelector",
                        "findsBySeveralSelectorsAtOnce"),
                bug(
                        "a list that returns more than the limit",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<StoredToken> list(String tenantId, long before, int limit) {
                                return super.list(tenantId, before, limit + 1);
                            }
                        },
                        "listsPageByPage"),
                bug(
                        "find that drops the first row",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            synchronized List<StoredToken> rows(List<String> selectors) {
                                return super.rows(selectors).stream().skip(1).toList();
                            }
                        },
                        "findsByTheExactSelector"),
                bug(
                        "a collation that ignores case in selectors",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isSelector(StoredToken row, String selector) {
                                return row.selector().equalsIgnoreCase(selector);
                            }
                        },
                        "aSelectorThatOnlyLooksLikeTheStoredOneFindsNothing",
                        "selectorsThatDifferInCaseAloneBelongToTwoTokens"),
                bug(
                        "a collation that ignores case in ids",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isId(StoredToken row, String id) {
                                return row.id().equalsIgnoreCase(id);
                            }
                        },
                        "getComparesTheIdCharacterByCharacter",
                        "anotherTenantCannotRevoke",
                        "unknownIdsAreNotNotedAndDoNoHarm"),
                bug(
                        "a look-up in the store that finds nothing",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public FoundTokens find(TokenLookup lookup) {
                                return lookup.freshness() == Freshness.STORED
                                        ? FoundTokens.stored(List.of())
                                        : super.find(lookup);
                            }
                        },
                        "findsByALookupWhatItFindsByItsSelectors"),
                bug(
                        "a collation that pads ids with blanks",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isId(StoredToken row, String id) {
                                return row.id().equals(id.stripTrailing());
                            }
                        },
                        "getComparesTheIdCharacterByCharacter"),
                bug(
                        "a collation that ignores case in tenants",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isTenant(StoredToken row, String tenantId) {
                                return row.tenantId().equalsIgnoreCase(tenantId);
                            }
                        },
                        "aTenantWhoseIdOnlyLooksTheSameSeesNothing"),
                bug(
                        "rows of other tenants",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isTenant(StoredToken row, String tenantId) {
                                return true;
                            }
                        },
                        "getHidesOtherTenants",
                        "listHidesOtherTenants",
                        "anotherTenantCannotRevoke",
                        "anotherTenantsTokenCannotBeUpdated",
                        "anotherTenantsTokenCannotBeRotated"));
    }

    private static Stream<DynamicTest> keeping() {
        return Stream.of(
                lossy(
                        "times stored in whole seconds",
                        row -> row.expiresAt() == null
                                ? row
                                : row.toBuilder()
                                        .expiresAt(row.expiresAt().truncatedTo(ChronoUnit.SECONDS))
                                        .build(),
                        "keepsTimesToTheMillisecond",
                        "keepsEveryField"),
                lossy(
                        "times stored as 32-bit seconds",
                        row -> row.expiresAt() == null
                                ? row
                                : row.toBuilder()
                                        .expiresAt(Instant.ofEpochMilli(
                                                Math.min(row.expiresAt().toEpochMilli(), 2_147_483_647_999L)))
                                        .build(),
                        "keepsTimesToTheMillisecond",
                        "updateReplacesWhatIsSaidOfAToken"),
                lossy(
                        "ends of overlaps stored in whole seconds",
                        row -> row.toBuilder()
                                .gracePeriodEndsAt(
                                        changed(row.gracePeriodEndsAt(), t -> t.truncatedTo(ChronoUnit.SECONDS)))
                                .build(),
                        "keepsTimesToTheMillisecond",
                        "keepsTheTimesOfChangesToTheMillisecond"),
                lossy(
                        "revocations stored as 32-bit seconds",
                        row -> row.toBuilder()
                                .revokedAt(changed(row.revokedAt(), TokenStoreContractTest::untilEndOf32Bits))
                                .build(),
                        "keepsTimesToTheMillisecond",
                        "keepsTheTimesOfChangesToTheMillisecond"),
                lossy(
                        "uses stored as 32-bit seconds",
                        row -> row.toBuilder()
                                .lastUsedAt(changed(row.lastUsedAt(), TokenStoreContractTest::untilEndOf32Bits))
                                .build(),
                        "keepsTimesToTheMillisecond",
                        "keepsTheTimesOfChangesToTheMillisecond"),
                lossy(
                        "the time zero read as no time",
                        row -> Instant.EPOCH.equals(row.expiresAt())
                                ? row.toBuilder().expiresAt(null).build()
                                : row,
                        "keepsTimesToTheMillisecond",
                        "keepsTheTimesOfChangesToTheMillisecond"),
                bug(
                        "a suspension since the time zero read as no suspension",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult setSuspended(
                                    String tenantId, Instant since, List<AuditEvent> events) {
                                return super.setSuspended(tenantId, Instant.EPOCH.equals(since) ? null : since, events);
                            }
                        },
                        "aTenantCanBeSuspendedAtAnyTime"),
                lossy(
                        "an empty text read as no text",
                        row -> "".equals(row.description())
                                ? row.toBuilder().description(null).build()
                                : row,
                        "keepsAnEmptyTextApartFromNone"),
                lossy(
                        "no text read as an empty text",
                        row -> row.createdBy() == null
                                ? row.toBuilder().createdBy("").build()
                                : row,
                        "keepsWhatIsAbsentAbsent"),
                lossy(
                        "texts cut to 255 bytes",
                        row -> row.name().getBytes(StandardCharsets.UTF_8).length > 255
                                ? row.toBuilder().name("cut").build()
                                : row,
                        "keepsTextsAtTheirLimits"),
                lossy(
                        "texts with normalized line ends",
                        row -> row.description() == null
                                ? row
                                : row.toBuilder()
                                        .description(row.description().replace("\r\n", "\n"))
                                        .build(),
                        "keepsTextsCharacterByCharacter"),
                lossy(
                        "scopes cut to four kilobytes",
                        row -> row.scopes().toString().length() > 4096
                                ? row.toBuilder().scopes(ScopeSet.none()).build()
                                : row,
                        "keepsAsManyScopesAsThereMayBe"),
                lossy(
                        "scopes without the names that grant nothing",
                        row -> row.toBuilder()
                                .scopes(ScopeSet.of(row.scopes().scopes()))
                                .build(),
                        "keepsResourcesThatAreNamedWithoutAnAction"),
                lossy(
                        "blocks cut to a kilobyte",
                        row -> String.valueOf(row.allowlist()).length() > 1024
                                ? row.toBuilder().allowlist(null).build()
                                : row,
                        "keepsAsManyBlocksAsThereMayBe"),
                lossy(
                        "blocks in lower case",
                        row -> row.allowlist() == null
                                ? row
                                : row.toBuilder()
                                        .allowlist(IpAllowlist.of(row.allowlist().blocks().orElseThrow().stream()
                                                .map(block -> IpRange.parse(block.toLowerCase(Locale.ROOT)))
                                                .toList()))
                                        .build(),
                        "keepsBlocksAsTheyWereWrittenAndInTheirOrder"),
                lossy(
                        "64 kilobytes of metadata",
                        row -> row.metadata().toString().getBytes(StandardCharsets.UTF_8).length > 65_535
                                ? row.toBuilder().metadata(Map.of()).build()
                                : row,
                        "keepsAsMuchMetadataAsThereMayBe"),
                lossy(
                        "metadata as lines of key=value",
                        row -> {
                            Map<String, String> read = new HashMap<>();
                            row.metadata().forEach((key, value) -> {
                                for (String line : (key + "=" + value).split("\n", -1)) {
                                    read.put(line.replaceFirst("=.*", ""), line.replaceFirst("^[^=]*=?", ""));
                                }
                            });
                            return row.toBuilder().metadata(read).build();
                        },
                        "keepsMetadataCharacterByCharacter"),
                lossy(
                        "metadata with names that ignore case",
                        row -> {
                            Map<String, String> read = new HashMap<>();
                            row.metadata().forEach((key, value) -> read.put(key.equals("Team") ? "team" : key, value));
                            return row.toBuilder().metadata(read).build();
                        },
                        "keepsMetadataCharacterByCharacter"));
    }

    private static Instant changed(Instant time, UnaryOperator<Instant> change) {
        return time == null ? null : change.apply(time);
    }

    private static Instant untilEndOf32Bits(Instant time) {
        Instant last = Instant.ofEpochSecond(Integer.MAX_VALUE);
        return time.isAfter(last) ? last : time;
    }

    private static Stream<DynamicTest> listing() {
        return Stream.of(
                bug(
                        "list with the oldest first",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<StoredToken> list(String tenantId, long before, int limit) {
                                List<StoredToken> page = new ArrayList<>(super.list(tenantId, before, limit));
                                Collections.reverse(page);
                                return page;
                            }
                        },
                        "listsATenantsTokensNewestFirst",
                        "numbersAreThoseOfTheList"),
                bug(
                        "a page that exceeds its limit",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<Long> listNumbers(String tenantId, long before, int limit) {
                                return super.listNumbers(tenantId, before, limit + 1);
                            }
                        },
                        "numbersAreThoseOfTheList"),
                bug(
                        "list that repeats the last token of the previous page",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<StoredToken> list(String tenantId, long before, int limit) {
                                return super.list(tenantId, before == Long.MAX_VALUE ? before : before + 1, limit);
                            }
                        },
                        "listsPageByPage",
                        "numbersAreThoseOfTheList"),
                bug(
                        "revoked tokens that are not returned",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            List<StoredToken> rows(List<String> selectors) {
                                return super.rows(selectors).stream()
                                        .filter(row -> !row.isRevoked())
                                        .toList();
                            }
                        },
                        "revokedTokensAreStillFoundAndListed"));
    }

    private static Stream<DynamicTest> inserting() {
        return Stream.of(
                bug(
                        "insert that returns no number",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public StoredToken insert(StoredToken token, List<AuditEvent> events) {
                                super.insert(token, events);
                                return token;
                            }
                        },
                        "insertGivesTheTokenWithItsNumber"),
                bug(
                        "numbers that do not grow",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            long nextNumber() {
                                return Long.MAX_VALUE / 2 - super.nextNumber();
                            }
                        },
                        "numbersGrow"),
                race(
                        "numbers that two concurrent threads can get",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public StoredToken insert(StoredToken token, List<AuditEvent> events) {
                                long number;
                                synchronized (this) {
                                    number = rows.size() + 1L;
                                }
                                pause();
                                synchronized (this) {
                                    requireFree(token, "");
                                    StoredToken row =
                                            token.toBuilder().number(number).build();
                                    put(row);
                                    tell(events);
                                    return row;
                                }
                            }
                        },
                        "insertsAtOnceGetNumbersOfTheirOwn"),
                bug(
                        "insert that overwrites a token with the same id",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void requireFree(StoredToken token, String exceptId) {
                                super.requireFree(token, token.id());
                            }
                        },
                        "anIdIsGivenOnce"),
                bug(
                        "ids that are unique within a tenant only",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void requireFree(StoredToken token, String exceptId) {
                                boolean others = rows.containsKey(token.id())
                                        && !rows.get(token.id()).tenantId().equals(token.tenantId());
                                super.requireFree(token, others ? token.id() : exceptId);
                            }
                        },
                        "anIdIsGivenOnce"),
                bug(
                        "selectors that are not unique",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void requireFree(StoredToken token, String exceptId) {
                                if (exceptId.isEmpty() && rows.containsKey(token.id())) {
                                    throw new StorageException("taken");
                                }
                            }
                        },
                        "aSelectorIsGivenOnce",
                        "noUpdateTakesAnotherTokensSelector",
                        "aRotationWhoseSuccessorIsRefusedChangesNothing",
                        "ofInsertsOfOneSelectorAtOnceOneIsMade"),
                bug(
                        "events of a rejected token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public StoredToken insert(StoredToken token, List<AuditEvent> events) {
                                tell(events);
                                return super.insert(token, events);
                            }
                        },
                        "anIdIsGivenOnce",
                        "aSelectorIsGivenOnce"),
                race(
                        "insert that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public StoredToken insert(StoredToken token, List<AuditEvent> events) {
                                synchronized (this) {
                                    requireFree(token, "");
                                }
                                pause();
                                synchronized (this) {
                                    StoredToken row = token.toBuilder()
                                            .number(nextNumber())
                                            .build();
                                    put(row);
                                    tell(events);
                                    return row;
                                }
                            }
                        },
                        "ofInsertsOfOneSelectorAtOnceOneIsMade"),
                bug(
                        "no events",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void tell(List<AuditEvent> events) {}
                        },
                        "insertMakesItsEventsVisible",
                        "updateMakesItsEventVisible",
                        "rotateMarksThePredecessorAndKeepsTheSuccessor",
                        "revokeChangesTheStateAndTheRevisionAndNothingElse"),
                bug(
                        "only the first of several events",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void tell(List<AuditEvent> events) {
                                super.tell(events.stream().limit(1).toList());
                            }
                        },
                        "insertMakesItsEventsVisible",
                        "rotateMarksThePredecessorAndKeepsTheSuccessor"));
    }

    private static Stream<DynamicTest> naming() {
        return Stream.of(
                bug(
                        "names that are never taken",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public boolean isNameTaken(String tenantId, String name, Instant now) {
                                return false;
                            }
                        },
                        "aNameIsTakenWhileAnActiveTokenOfTheTenantHasIt"),
                bug(
                        "names that two tokens can have",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean breaks(NameConstraint rule, StoredToken token) {
                                return false;
                            }
                        },
                        "anInsertKeepsToTheRuleOfItsName",
                        "anUpdateKeepsToTheRuleOfItsName",
                        "theTwoOfARotationMayShareAName",
                        "ofTokensThatComeByOneNameAtOnceOneHasIt",
                        "ofInsertsOfOneNameAtOnceOneIsMade"),
                bug(
                        "a name that lasts beyond an overlap",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isActive(StoredToken row, Instant now) {
                                return super.isActive(
                                        row.toBuilder().gracePeriodEndsAt(null).build(), now);
                            }
                        },
                        "aNameIsTakenWhileAnActiveTokenOfTheTenantHasIt"),
                bug(
                        "a rotation whose two tokens cannot share their name",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean mayShareName(StoredToken token, StoredToken row) {
                                return row.id().equals(token.id());
                            }
                        },
                        "theTwoOfARotationMayShareAName"),
                race(
                        "update that checks the name first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult update(
                                    StoredToken changed, NameConstraint rule, List<AuditEvent> events) {
                                boolean taken;
                                synchronized (this) {
                                    taken = rule.uniqueAt() != null && breaks(rule, changed);
                                }
                                pause();
                                return taken ? WriteResult.NAME_TAKEN : update(changed, events);
                            }
                        },
                        "ofTokensThatComeByOneNameAtOnceOneHasIt"),
                race(
                        "insert that checks the name first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public Optional<StoredToken> insert(
                                    StoredToken token, NameConstraint rule, List<AuditEvent> events) {
                                boolean taken;
                                synchronized (this) {
                                    taken = rule.uniqueAt() != null && breaks(rule, token);
                                }
                                pause();
                                return taken ? Optional.empty() : Optional.of(insert(token, events));
                            }
                        },
                        "ofInsertsOfOneNameAtOnceOneIsMade"));
    }

    private static Stream<DynamicTest> updating() {
        return Stream.of(
                bug(
                        "update that ignores the revision",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isExpected(StoredToken row, StoredToken changed) {
                                return !row.isRevoked();
                            }
                        },
                        "anUpdateFromAnOlderRevisionChangesNothing",
                        "anUpdateFromALaterRevisionChangesNothing",
                        "aRotationFromAnOlderRevisionChangesNothing",
                        "ofUpdatesAtOnceOneIsMade"),
                race(
                        "update that checks the revision first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult update(StoredToken changed, List<AuditEvent> events) {
                                Optional<StoredToken> row =
                                        get(changed.tenantId(), changed.id()).filter(r -> isExpected(r, changed));
                                if (row.isEmpty()) {
                                    return WriteResult.STALE;
                                }
                                pause();
                                synchronized (this) {
                                    requireFree(changed, changed.id());
                                    put(replaced(row.get(), changed));
                                    tell(events);
                                    return WriteResult.APPLIED;
                                }
                            }
                        },
                        "ofUpdatesAtOnceOneIsMade",
                        "nothingThatHappensAtOnceUndoesARevocation"),
                bug(
                        "update that ignores the revocation",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isExpected(StoredToken row, StoredToken changed) {
                                return row.revision() == changed.revision();
                            }
                        },
                        "noUpdateUndoesARevocation",
                        "aRevokedTokenCannotBeRotated"),
                bug(
                        "update that overwrites last use",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken replaced(StoredToken row, StoredToken changed) {
                                return super.replaced(row, changed).toBuilder()
                                        .lastUsedAt(changed.lastUsedAt())
                                        .build();
                            }
                        },
                        "updateNeverTouchesLastUse"),
                bug(
                        "update that loses the allowlist",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken replaced(StoredToken row, StoredToken changed) {
                                return super.replaced(row, changed).toBuilder()
                                        .allowlist(row.allowlist())
                                        .build();
                            }
                        },
                        "updateReplacesWhatIsSaidOfAToken",
                        "updateCanTakeBackWhatWasSaid"),
                bug(
                        "update that does not raise the revision",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken replaced(StoredToken row, StoredToken changed) {
                                return super.replaced(row, changed).toBuilder()
                                        .revision(row.revision())
                                        .build();
                            }
                        },
                        "eachUpdateRaisesTheRevisionByOne"),
                bug(
                        "update that creates a missing token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult update(StoredToken changed, List<AuditEvent> events) {
                                if (!rows.containsKey(changed.id())) {
                                    insert(changed, events);
                                    return WriteResult.APPLIED;
                                }
                                return super.update(changed, events);
                            }
                        },
                        "aTokenThatIsNotThereCannotBeUpdated"),
                bug(
                        "an old selector that is still found",
                        audit -> new PlainTokenStore(audit) {
                            private final Map<String, String> idBySelector = new HashMap<>();

                            @Override
                            StoredToken kept(StoredToken row) {
                                idBySelector.putIfAbsent(row.selector(), row.id());
                                return row;
                            }

                            @Override
                            synchronized List<StoredToken> rows(List<String> selectors) {
                                return selectors.stream()
                                        .filter(idBySelector::containsKey)
                                        .map(selector -> {
                                            StoredToken row = rows.get(idBySelector.get(selector));
                                            return row.toBuilder()
                                                    .secret(selector, row.hash())
                                                    .build();
                                        })
                                        .toList();
                            }
                        },
                        "aTokenIsNoLongerFoundByASelectorThatItHadBefore"),
                bug(
                        "update that accepts another token's selector",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void requireFree(StoredToken token, String exceptId) {
                                if (exceptId.isEmpty()) {
                                    super.requireFree(token, exceptId);
                                }
                            }
                        },
                        "noUpdateTakesAnotherTokensSelector"),
                bug(
                        "events of a stale change",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult update(StoredToken changed, List<AuditEvent> events) {
                                WriteResult outcome = super.update(changed, List.of());
                                tell(events);
                                return outcome;
                            }

                            @Override
                            public synchronized WriteResult revoke(
                                    String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
                                WriteResult outcome = super.revoke(tenantId, tokenId, at, List.of());
                                tell(events);
                                return outcome;
                            }
                        },
                        "anUpdateFromAnOlderRevisionChangesNothing",
                        "aTokenThatIsNotThereCannotBeUpdated",
                        "aTokenIsRevokedOnce",
                        "aTokenThatIsNotThereCannotBeRevoked",
                        "anotherTenantCannotRevoke",
                        "ofRevocationsAtOnceOneIsMade"));
    }

    private static Stream<DynamicTest> rotating() {
        return Stream.of(
                race(
                        "rotate in two steps",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult rotate(
                                    StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
                                synchronized (this) {
                                    boolean has = get(predecessor.tenantId(), predecessor.id())
                                            .filter(row -> row.successorId() != null)
                                            .isPresent();
                                    if (has || update(predecessor, List.of()) == WriteResult.STALE) {
                                        return WriteResult.STALE;
                                    }
                                }
                                pause();
                                insert(successor, events);
                                return WriteResult.APPLIED;
                            }
                        },
                        "aRotationWhoseSuccessorIsRefusedChangesNothing",
                        "aRotationIsSeenWholeOrNotAtAll"),
                race(
                        "rotate that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult rotate(
                                    StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
                                Optional<StoredToken> row = get(predecessor.tenantId(), predecessor.id())
                                        .filter(r -> isExpected(r, predecessor) && r.successorId() == null);
                                if (row.isEmpty()) {
                                    return WriteResult.STALE;
                                }
                                pause();
                                synchronized (this) {
                                    requireFree(successor, "");
                                    put(replaced(row.get(), predecessor));
                                    put(successor.toBuilder()
                                            .number(nextNumber())
                                            .build());
                                    tell(events);
                                    return WriteResult.APPLIED;
                                }
                            }
                        },
                        "ofRotationsAtOnceOneIsMade",
                        "aRotationAndARevocationAtOnceLeaveNoSuccessorBehindTheBackOfTheRevocation"),
                bug(
                        "a second successor",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rotate(
                                    StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
                                get(predecessor.tenantId(), predecessor.id())
                                        .ifPresent(row -> put(row.toBuilder()
                                                .successorId(null)
                                                .build()));
                                return super.rotate(predecessor, successor, events);
                            }
                        },
                        "aTokenHasOneSuccessor"),
                bug(
                        "a successor without a predecessor",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rotate(
                                    StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
                                WriteResult outcome = super.rotate(predecessor, successor, events);
                                if (outcome == WriteResult.STALE) {
                                    insert(successor, List.of());
                                }
                                return outcome;
                            }
                        },
                        "aTokenThatIsNotThereCannotBeRotated",
                        "aRevokedTokenCannotBeRotated",
                        "anotherTenantsTokenCannotBeRotated"),
                bug(
                        "rotate that loses the end of the overlap",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rotate(
                                    StoredToken predecessor, StoredToken successor, List<AuditEvent> events) {
                                StoredToken forgotten = predecessor.toBuilder()
                                        .gracePeriodEndsAt(null)
                                        .build();
                                return super.rotate(forgotten, successor, events);
                            }
                        },
                        "rotateMarksThePredecessorAndKeepsTheSuccessor"));
    }

    private static Stream<DynamicTest> revoking() {
        return Stream.of(
                bug(
                        "revoke that does not raise the revision",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken revoked(StoredToken row, Instant at) {
                                return row.toBuilder().revokedAt(at).build();
                            }
                        },
                        "revokeChangesTheStateAndTheRevisionAndNothingElse"),
                bug(
                        "revoke that loses last use",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken revoked(StoredToken row, Instant at) {
                                return super.revoked(row, at).toBuilder()
                                        .lastUsedAt(null)
                                        .build();
                            }
                        },
                        "revokeChangesTheStateAndTheRevisionAndNothingElse"),
                bug(
                        "revoke that is applied twice",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(
                                    String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
                                Optional<StoredToken> row = get(tenantId, tokenId);
                                row.ifPresent(r -> put(revoked(r, at)));
                                tell(row.isPresent() ? events : List.of());
                                return row.isPresent() ? WriteResult.APPLIED : WriteResult.STALE;
                            }
                        },
                        "aTokenIsRevokedOnce",
                        "ofRevocationsAtOnceOneIsMade"),
                race(
                        "revoke that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult revoke(
                                    String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
                                Optional<StoredToken> row =
                                        get(tenantId, tokenId).filter(r -> !r.isRevoked());
                                if (row.isEmpty()) {
                                    return WriteResult.STALE;
                                }
                                pause();
                                synchronized (this) {
                                    put(revoked(row.get(), at));
                                    tell(events);
                                    return WriteResult.APPLIED;
                                }
                            }
                        },
                        "ofRevocationsAtOnceOneIsMade",
                        "nothingThatHappensAtOnceUndoesARevocation"),
                bug(
                        "revoke that revokes the successor too",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(
                                    String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
                                WriteResult outcome = super.revoke(tenantId, tokenId, at, events);
                                get(tenantId, tokenId)
                                        .map(row -> rows.get(row.successorId()))
                                        .ifPresent(successor -> put(revoked(successor, at)));
                                return outcome;
                            }
                        },
                        "aTokenWithASuccessorCanBeRevokedAndTheSuccessorLivesOn"));
    }

    private static Stream<DynamicTest> using() {
        return Stream.of(
                race(
                        "a record of use that writes the whole row from an earlier read",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                List<StoredToken> read;
                                synchronized (this) {
                                    read = List.copyOf(rows.values());
                                }
                                pause();
                                synchronized (this) {
                                    read.stream()
                                            .filter(row -> usedAt.containsKey(row.id()))
                                            .forEach(row -> put(used(row, usedAt.get(row.id()), apart)));
                                }
                                return new Noted(Set.of(), Set.of());
                            }
                        },
                        "nothingThatHappensAtOnceUndoesARevocation"),
                bug(
                        "last use that moves backward",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken used(StoredToken row, Instant at, Duration apart) {
                                return row.toBuilder().lastUsedAt(at).build();
                            }
                        },
                        "lastUseMovesForwardAlone"),
                bug(
                        "a record of use that raises the revision",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken used(StoredToken row, Instant at, Duration apart) {
                                return super.used(row, at, apart).toBuilder()
                                        .revision(row.revision() + 1)
                                        .build();
                            }
                        },
                        "lastUseMovesForwardAlone",
                        "lastUseOfManyTokensIsNotedAtOnce",
                        "useOfARevokedTokenDoesNotReviveIt"),
                bug(
                        "a record of use that restores a token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken used(StoredToken row, Instant at, Duration apart) {
                                return super.used(row, at, apart).toBuilder()
                                        .revokedAt(null)
                                        .build();
                            }
                        },
                        "useOfARevokedTokenDoesNotReviveIt"),
                bug(
                        "unknown ids that make the record of use fail",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                if (!rows.keySet().containsAll(usedAt.keySet())) {
                                    throw new StorageException("fewer rows than expected");
                                }
                                return super.recordLastUsed(usedAt, apart);
                            }
                        },
                        "unknownIdsAreNotNotedAndDoNoHarm"),
                bug(
                        "every use is written",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken used(StoredToken row, Instant at, Duration apart) {
                                return super.used(row, at, Duration.ZERO);
                            }
                        },
                        "usesThatAreTooCloseTogetherAreNotedOnce"),
                bug(
                        "every use is reported as left out",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                return new Noted(
                                        super.recordLastUsed(usedAt, apart).firstUses(), usedAt.keySet());
                            }
                        },
                        "lastUseOfManyTokensIsNotedAtOnce",
                        "nothingThatHappensAtOnceUndoesARevocation"),
                bug(
                        "a use that is left out but not reported",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                return usedAt.size() == 1
                                        ? new Noted(Set.of(), Set.of())
                                        : super.recordLastUsed(usedAt, apart);
                            }
                        },
                        "nothingThatHappensAtOnceUndoesARevocation",
                        "lastUseMovesForwardAlone",
                        "useOfARevokedTokenDoesNotReviveIt",
                        "usesThatAreTooCloseTogetherAreNotedOnce"),
                bug(
                        "every use is reported as the first",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                super.recordLastUsed(usedAt, apart);
                                return new Noted(usedAt.keySet(), Set.of());
                            }
                        },
                        "usesThatAreTooCloseTogetherAreNotedOnce"));
    }

    private static Stream<DynamicTest> endingTogether() {
        return Stream.of(
                bug(
                        "a group of a tenant that includes the tokens of all tenants",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isOf(TokenGroup group, StoredToken row) {
                                return true;
                            }
                        },
                        "allTokensOfATenantAreRevoked",
                        "allTokensOfAUserAreRevokedInEveryTenant"),
                bug(
                        "a user id that is compared without case",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isOf(TokenGroup group, StoredToken row) {
                                return group instanceof TokenGroup.OfUser user
                                        ? user.userId().equalsIgnoreCase(row.secretShownTo())
                                        : super.isOf(group, row);
                            }
                        },
                        "allTokensOfAUserAreRevokedInEveryTenant"),
                bug(
                        "the tokens that a user created instead of those whose secret the user received",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isOf(TokenGroup group, StoredToken row) {
                                return group instanceof TokenGroup.OfUser user
                                        ? user.userId().equals(row.createdBy())
                                        : super.isOf(group, row);
                            }
                        },
                        "allTokensOfAUserAreRevokedInEveryTenant",
                        "aTokenMovesToTheGroupOfTheUserWhoWasShownItsNewSecret",
                        "ofARotationTheSuccessorAloneIsOfTheGroupOfTheUserWhoRotated"),
                bug(
                        "a new secret for the user who received the old secret",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken replaced(StoredToken row, StoredToken changed) {
                                return super.replaced(row, changed).toBuilder()
                                        .secretShownTo(row.secretShownTo())
                                        .build();
                            }
                        },
                        "updateReplacesWhatIsSaidOfAToken",
                        "aTokenMovesToTheGroupOfTheUserWhoWasShownItsNewSecret"),
                race(
                        "a revocation of a user's tokens that uses rows from an earlier read",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public long revokeAll(GroupRevocation revocation) {
                                List<StoredToken> standing;
                                synchronized (this) {
                                    standing = standing(revocation.group());
                                }
                                pause();
                                synchronized (this) {
                                    standing.forEach(row -> put(revoked(rows.get(row.id()), revocation.at())));
                                    tell(events(revocation, standing));
                                    return observed(revocation, standing);
                                }
                            }
                        },
                        "ofTheEndOfAUsersTokensAndANewSecretForAnotherUserAtOnceOneIsMade"),
                bug(
                        "a group revocation that changes a row before it writes the event",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized long revokeAll(GroupRevocation revocation) {
                                List<StoredToken> standing = standing(revocation.group());
                                for (StoredToken row : standing) {
                                    put(revoked(row, revocation.at()));
                                    tell(events(revocation, List.of(row)));
                                }
                                return observed(revocation, standing);
                            }
                        },
                        "ifAnEndCannotBeToldNothingIsRevoked"),
                bug(
                        "a group revocation that stops after a page",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized long revokeAll(GroupRevocation revocation) {
                                List<StoredToken> some = standing(revocation.group()).stream()
                                        .limit(200)
                                        .toList();
                                some.forEach(row -> put(revoked(row, revocation.at())));
                                tell(events(revocation, some));
                                return observed(revocation, some);
                            }
                        },
                        "manyTokensAreRevokedTogether"),
                bug(
                        "a group revocation that is observed before it is applied",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized long revokeAll(GroupRevocation revocation) {
                                standing(revocation.group()).forEach(revocation::revoked);
                                return super.revokeAll(
                                        new GroupRevocation(revocation.group(), revocation.at(), revocation::event));
                            }
                        },
                        "allTokensOfATenantAreRevoked"),
                bug(
                        "an import that fails completely if one token exists",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<InsertResult> insertAll(List<TokenInsert> tokens) {
                                List<InsertResult> results = super.insertAll(tokens);
                                return results.stream()
                                                .allMatch(result ->
                                                        result.stored().isPresent())
                                        ? results
                                        : tokens.stream()
                                                .map(token -> InsertResult.refused(InsertResult.Kind.ALREADY_THERE))
                                                .toList();
                            }
                        },
                        "aNewTokenThatCannotBeStoredKeepsNoOtherOneFromIt"),
                bug(
                        "an import for a tenant that is gone, reported as a taken name",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<InsertResult> insertAll(List<TokenInsert> tokens) {
                                return super.insertAll(tokens).stream()
                                        .map(result -> result.kind() == InsertResult.Kind.TENANT_GONE
                                                ? InsertResult.refused(InsertResult.Kind.NAME_TAKEN)
                                                : result)
                                        .toList();
                            }
                        },
                        "aTenantThatIsGoneGetsNoneOfManyNewTokens"),
                bug(
                        "an import that uses only the first selector",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<InsertResult> insertAll(List<TokenInsert> tokens) {
                                return super.insertAll(tokens.stream()
                                        .map(each -> new TokenInsert(
                                                each.token(),
                                                each.selectors().subList(0, 1),
                                                each.rule(),
                                                each.event()))
                                        .toList());
                            }
                        },
                        "aNewTokenGetsTheFirstSelectorThatIsFree"),
                bug(
                        "an import that checks all names before it stores a token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<InsertResult> insertAll(List<TokenInsert> tokens) {
                                return super.insertAll(tokens.stream()
                                        .map(each -> new TokenInsert(
                                                each.token(), each.selectors(), NameConstraint.free(), each.event()))
                                        .toList());
                            }
                        },
                        "namesOfNewTokensAreUniqueAmongThemToo"),
                race(
                        "an import that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<InsertResult> insertAll(List<TokenInsert> tokens) {
                                List<TokenInsert> missing;
                                synchronized (this) {
                                    missing = tokens.stream()
                                            .filter(each -> !rows.containsKey(
                                                    each.token().id()))
                                            .toList();
                                }
                                pause();
                                return tokens.stream()
                                        .map(each -> missing.contains(each)
                                                ? store(each)
                                                : InsertResult.refused(InsertResult.Kind.ALREADY_THERE))
                                        .toList();
                            }

                            private synchronized InsertResult store(TokenInsert each) {
                                StoredToken numbered = each.token().toBuilder()
                                        .number(nextNumber())
                                        .build();
                                put(numbered);
                                tell(List.of(each.event()));
                                return InsertResult.stored(numbered);
                            }
                        },
                        "theSameNewTokensFromTwoAtOnceAreStoredOnce"),
                bug(
                        "an import that writes no events",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void tell(List<AuditEvent> events) {
                                super.tell(events.stream()
                                        .filter(event -> !event.event().equals("token.imported"))
                                        .toList());
                            }
                        },
                        "manyNewTokensAreStoredEachAsByItself"),
                race(
                        "a group revocation that reads once, before it waits for running rotations",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public long revokeAll(GroupRevocation revocation) {
                                List<StoredToken> seen;
                                synchronized (this) {
                                    seen = standing(revocation.group());
                                }
                                pause();
                                synchronized (this) {
                                    seen.forEach(row -> put(revoked(rows.get(row.id()), revocation.at())));
                                    tell(events(revocation, seen));
                                    return observed(revocation, seen);
                                }
                            }
                        },
                        "noSuccessorOutlivesTheEndOfAll",
                        "ofTheEndOfOneAndTheEndOfAllAtOnceOneIsMadeAndTold"),
                race(
                        "a suspension that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult setSuspended(String tenantId, Instant since, List<AuditEvent> events) {
                                boolean news;
                                synchronized (this) {
                                    news = suspended.contains(tenantId) == (since == null);
                                }
                                pause();
                                synchronized (this) {
                                    WriteResult same = super.setSuspended(tenantId, since, news ? events : List.of());
                                    return news ? WriteResult.APPLIED : same;
                                }
                            }
                        },
                        "ofSuspensionsAtOnceOneIsMade"),
                race(
                        "a new hash that writes the whole row from an earlier read",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
                                Optional<StoredToken> read =
                                        get(changed.tenantId(), changed.id()).filter(row -> isExpected(row, changed));
                                pause();
                                synchronized (this) {
                                    read.ifPresent(row -> put(replaced(row, changed)));
                                    return read.isPresent() ? WriteResult.APPLIED : WriteResult.STALE;
                                }
                            }
                        },
                        "anotherHashAtOnceUndoesNeitherARevocationNorAnUpdate"),
                bug(
                        "a suspension that is stored once in each token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult setSuspended(
                                    String tenantId, Instant since, List<AuditEvent> events) {
                                WriteResult outcome = super.setSuspended(tenantId, since, events);
                                rows.replaceAll((id, row) -> isTenant(row, tenantId)
                                        ? row.toBuilder()
                                                .tenantSuspended(since != null)
                                                .build()
                                        : row);
                                return outcome;
                            }

                            @Override
                            StoredToken told(StoredToken row) {
                                return row;
                            }
                        },
                        "aSuspendedTenantShowsWithItsTokensWhereverTheyAreRead",
                        "aChangeMadeFromATokenReadDuringASuspensionDoesNotKeepIt"),
                bug(
                        "a suspension that is always applied",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult setSuspended(
                                    String tenantId, Instant since, List<AuditEvent> events) {
                                super.setSuspended(tenantId, since, List.of());
                                tell(events);
                                return WriteResult.APPLIED;
                            }
                        },
                        "aTenantIsSuspendedOnce"),
                bug(
                        "a new hash for a revoked token, or from an older revision",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
                                put(replaced(rows.get(changed.id()), changed));
                                tell(events);
                                return WriteResult.APPLIED;
                            }
                        },
                        "aRevokedTokenIsNotRehashed",
                        "anotherHashOfTheSecretTakesThePlaceOfTheFirst"),
                bug(
                        "an expiry between two milliseconds that is missed",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean endsIn(StoredToken row, Instant from, Instant before) {
                                return super.endsIn(row, from, before.truncatedTo(ChronoUnit.MILLIS));
                            }
                        },
                        "tokensThatEndInAStretchOfTimeAreFoundByTheEarlierOfTheirEnds"),
                bug(
                        "an effective expiry that ignores overlaps",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean endsIn(StoredToken row, Instant from, Instant before) {
                                Instant end = row.expiresAt();
                                return end != null && end.isAfter(from) && end.isBefore(before);
                            }
                        },
                        "tokensThatEndInAStretchOfTimeAreFoundByTheEarlierOfTheirEnds"));
    }

    /**
     * Accepts tokens of a tenant that is gone. An insert from a thread other than the one that opened the store waits until the
     * erasure of the tenant has ended, so a race always shows the token that the erasure did not delete.
     */
    private static final class GoneInNameOnly extends PlainTokenStore {
        private final Thread opener = Thread.currentThread();
        private final Set<String> deleted = new HashSet<>();

        GoneInNameOnly(AuditLog audit) {
            super(audit);
        }

        @Override
        boolean refusesTokensOf(String tenantId) {
            return false;
        }

        @Override
        public synchronized StoredToken insert(StoredToken token, List<AuditEvent> events) {
            while (Thread.currentThread() != opener && !deleted.contains(token.tenantId())) {
                try {
                    wait();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted before the tenant was erased", interrupted);
                }
            }
            return super.insert(token, events);
        }

        @Override
        public synchronized int deleteErased(String tenantId, int limit) {
            int some = super.deleteErased(tenantId, limit);
            if (some == 0) {
                deleted.add(tenantId);
                notifyAll();
            }
            return some;
        }
    }

    private static Stream<DynamicTest> endingATenant() {
        return Stream.of(
                lossy(
                        "ids that are cut",
                        row -> row.createdBy() == null || row.createdBy().length() <= 128
                                ? row
                                : row.toBuilder()
                                        .createdBy(row.createdBy().substring(0, 128))
                                        .build(),
                        "keepsIdsAtTheirLimits"),
                bug(
                        "an actor's id that is too long",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void tell(List<AuditEvent> events) {
                                if (events.stream()
                                        .anyMatch(event -> event.actor() != null
                                                && event.actor().codePoints().count() > 255)) {
                                    throw new StorageException("value too long");
                                }
                                super.tell(events);
                            }
                        },
                        "noActorsIdPreventsARevocation"),
                race(
                        "a tenant that is gone but gets new tokens",
                        GoneInNameOnly::new,
                        "aTenantThatIsGoneGetsNoTokenAndNoChangedOne",
                        "whatIsWrittenLateBringsNothingOfAnErasedTenantBack",
                        "nothingThatHappensAtOnceSurvivesTheErasureOfATenant"),
                bug(
                        "a tenant that is gone, but whose tokens do not show it",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken told(StoredToken row) {
                                return super.told(row).toBuilder()
                                        .tenantGone(false)
                                        .build();
                            }
                        },
                        "aTenantThatIsGoneShowsWithItsTokensWhereverTheyAreRead",
                        "aTenantThatIsGoneGetsNoTokenAndNoChangedOne",
                        "keepsIdsAtTheirLimits"),
                bug(
                        "a tenant that is gone and can be restored",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult setSuspended(
                                    String tenantId, Instant since, List<AuditEvent> events) {
                                if (since == null) {
                                    gone.remove(tenantId);
                                }
                                return super.setSuspended(tenantId, since, events);
                            }
                        },
                        "aTenantIsGoneOnceAndForGood"),
                bug(
                        "a token of a tenant that is gone and is not erased",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(
                                    String tenantId, String tokenId, Instant at, List<AuditEvent> events) {
                                return isGone(tenantId)
                                        ? WriteResult.TENANT_GONE
                                        : super.revoke(tenantId, tokenId, at, events);
                            }
                        },
                        "theTokensOfATenantThatIsGoneCanBeRevoked",
                        "whatIsWrittenLateBringsNothingOfAnErasedTenantBack"),
                bug(
                        "an erasure that keeps the events",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized int deleteErased(String tenantId, int limit) {
                                return rows.values().stream().anyMatch(row -> isTenant(row, tenantId))
                                        ? super.deleteErased(tenantId, limit)
                                        : 0;
                            }
                        },
                        "anErasedTenantHasNoTokensAndNoEvents",
                        "nothingThatHappensAtOnceSurvivesTheErasureOfATenant"),
                bug(
                        "an erasure of a tenant that is not gone",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult setErased(String tenantId, List<AuditEvent> events) {
                                gone.add(tenantId);
                                erased.remove(tenantId);
                                return super.setErased(tenantId, events);
                            }
                        },
                        "onlyATenantThatIsGoneIsErasedAndOnlyOnce"));
    }
}
