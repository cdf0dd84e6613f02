package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.Proxy;
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
import java.util.Objects;
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
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.ChangeFeed.Changes;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.LiveTokenCheck;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.ExpiryNotice;
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
        protected Stores open() {
            AuditLog audit = new InMemoryAuditLog();
            TokenStore tokens = planted.apply(audit);
            return new Stores(tokens, tokens instanceof PlainTokenStore plain ? plain.log() : audit);
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
                        counting(),
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
                        "finds_by_several_selectors_together"),
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
                        "a_selector_that_only_looks_like_the_stored_one_finds_nothing"),
                bug(
                        "find that returns a row that was not requested",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            synchronized List<StoredToken> rows(List<String> selectors) {
                                return selectors.isEmpty() ? List.of() : List.copyOf(rows.values());
                            }
                        },
                        "finds_by_the_exact_selector",
                        "finds_by_several_selectors_together"),
                bug(
                        "a list that returns more than the limit",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<StoredToken> list(TokenFilter filter) {
                                return super.list(filter.limit(filter.limit() + 1));
                            }
                        },
                        "lists_page_by_page"),
                bug(
                        "find that drops the first row",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            synchronized List<StoredToken> rows(List<String> selectors) {
                                return super.rows(selectors).stream().skip(1).toList();
                            }
                        },
                        "finds_by_the_exact_selector"),
                bug(
                        "a collation that ignores case in selectors",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isSelector(StoredToken row, String selector) {
                                return row.selector().equalsIgnoreCase(selector);
                            }
                        },
                        "a_selector_that_only_looks_like_the_stored_one_finds_nothing",
                        "selectors_that_differ_in_case_alone_belong_to_two_tokens"),
                bug(
                        "a collation that ignores case in ids",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isId(StoredToken row, String id) {
                                return row.id().equalsIgnoreCase(id);
                            }
                        },
                        "get_compares_the_id_character_by_character",
                        "another_tenant_cannot_revoke",
                        "unknown_ids_are_ignored"),
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
                        "a_lookup_finds_the_same_tokens_as_its_selectors"),
                bug(
                        "a collation that pads ids with blanks",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isId(StoredToken row, String id) {
                                return row.id().equals(id.stripTrailing());
                            }
                        },
                        "get_compares_the_id_character_by_character"),
                bug(
                        "a collation that ignores case in tenants",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isTenant(StoredToken row, String tenantId) {
                                return row.tenantId().equalsIgnoreCase(tenantId);
                            }
                        },
                        "a_tenant_whose_id_only_looks_the_same_sees_nothing"),
                bug(
                        "rows of other tenants",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isTenant(StoredToken row, String tenantId) {
                                return true;
                            }
                        },
                        "get_hides_other_tenants",
                        "list_hides_other_tenants",
                        "another_tenant_cannot_revoke",
                        "another_tenants_token_cannot_be_updated",
                        "another_tenants_token_cannot_be_rotated"));
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
                        "keeps_times_to_the_millisecond",
                        "keeps_every_field"),
                lossy(
                        "times stored as 32-bit seconds",
                        row -> row.expiresAt() == null
                                ? row
                                : row.toBuilder()
                                        .expiresAt(Instant.ofEpochMilli(
                                                Math.min(row.expiresAt().toEpochMilli(), 2_147_483_647_999L)))
                                        .build(),
                        "keeps_times_to_the_millisecond",
                        "update_replaces_the_settings_of_a_token"),
                lossy(
                        "ends of overlaps stored in whole seconds",
                        row -> row.toBuilder()
                                .gracePeriodEndsAt(
                                        changed(row.gracePeriodEndsAt(), t -> t.truncatedTo(ChronoUnit.SECONDS)))
                                .build(),
                        "keeps_times_to_the_millisecond",
                        "keeps_the_times_of_changes_to_the_millisecond"),
                lossy(
                        "revocations stored as 32-bit seconds",
                        row -> row.toBuilder()
                                .revokedAt(changed(row.revokedAt(), TokenStoreContractTest::untilEndOf32Bits))
                                .build(),
                        "keeps_times_to_the_millisecond",
                        "keeps_the_times_of_changes_to_the_millisecond"),
                lossy(
                        "uses stored as 32-bit seconds",
                        row -> row.toBuilder()
                                .lastUsedAt(changed(row.lastUsedAt(), TokenStoreContractTest::untilEndOf32Bits))
                                .build(),
                        "keeps_times_to_the_millisecond"),
                lossy(
                        "the time zero read as no time",
                        row -> Instant.EPOCH.equals(row.expiresAt())
                                ? row.toBuilder().expiresAt(null).build()
                                : row,
                        "keeps_times_to_the_millisecond",
                        "keeps_the_times_of_changes_to_the_millisecond"),
                bug(
                        "a suspension since the time zero read as no suspension",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult setSuspended(
                                    String tenantId, Instant since, List<AuditEvent> events) {
                                return super.setSuspended(tenantId, Instant.EPOCH.equals(since) ? null : since, events);
                            }
                        },
                        "a_tenant_can_be_suspended_at_any_time"),
                lossy(
                        "an empty text read as no text",
                        row -> "".equals(row.description())
                                ? row.toBuilder().description(null).build()
                                : row,
                        "an_empty_text_is_distinguished_from_no_text"),
                lossy(
                        "no text read as an empty text",
                        row -> row.createdBy() == null
                                ? row.toBuilder().createdBy("").build()
                                : row,
                        "absent_values_stay_absent"),
                lossy(
                        "texts cut to 255 bytes",
                        row -> row.name().getBytes(StandardCharsets.UTF_8).length > 255
                                ? row.toBuilder().name("cut").build()
                                : row,
                        "keeps_texts_at_their_limits"),
                lossy(
                        "texts with normalized line ends",
                        row -> row.description() == null
                                ? row
                                : row.toBuilder()
                                        .description(row.description().replace("\r\n", "\n"))
                                        .build(),
                        "keeps_texts_character_by_character"),
                lossy(
                        "scopes cut to four kilobytes",
                        row -> row.scopes().toString().length() > 4096
                                ? row.toBuilder().scopes(ScopeSet.none()).build()
                                : row,
                        "keeps_the_maximum_number_of_scopes"),
                lossy(
                        "scopes without the names that grant nothing",
                        row -> row.toBuilder()
                                .scopes(ScopeSet.of(row.scopes().scopes()))
                                .build(),
                        "keeps_resources_that_are_named_without_an_action"),
                lossy(
                        "blocks cut to a kilobyte",
                        row -> String.valueOf(row.allowlist()).length() > 1024
                                ? row.toBuilder().allowlist(null).build()
                                : row,
                        "keeps_the_maximum_number_of_blocks"),
                lossy(
                        "blocks in lower case",
                        row -> row.allowlist() == null
                                ? row
                                : row.toBuilder()
                                        .allowlist(IpAllowlist.of(row.allowlist().blocks().orElseThrow().stream()
                                                .map(block -> IpRange.parse(block.toLowerCase(Locale.ROOT)))
                                                .toList()))
                                        .build(),
                        "keeps_blocks_as_they_were_written_and_in_their_order"),
                lossy(
                        "64 kilobytes of metadata",
                        row -> row.metadata().toString().getBytes(StandardCharsets.UTF_8).length > 65_535
                                ? row.toBuilder().metadata(Map.of()).build()
                                : row,
                        "keeps_the_maximum_size_of_metadata"),
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
                        "keeps_metadata_character_by_character"),
                lossy(
                        "metadata with names that ignore case",
                        row -> {
                            Map<String, String> read = new HashMap<>();
                            row.metadata().forEach((key, value) -> read.put(key.equals("Team") ? "team" : key, value));
                            return row.toBuilder().metadata(read).build();
                        },
                        "keeps_metadata_character_by_character"));
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
                            public List<StoredToken> list(TokenFilter filter) {
                                List<StoredToken> page = new ArrayList<>(super.list(filter));
                                Collections.reverse(page);
                                return page;
                            }
                        },
                        "lists_a_tenants_tokens_newest_first",
                        "numbers_are_those_of_the_list"),
                bug(
                        "a page that exceeds its limit",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<Long> listNumbers(TokenFilter filter) {
                                return super.listNumbers(filter.limit(filter.limit() + 1));
                            }
                        },
                        "numbers_are_those_of_the_list"),
                bug(
                        "list that repeats the last token of the previous page",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<StoredToken> list(TokenFilter filter) {
                                return super.list(
                                        filter.before() == Long.MAX_VALUE
                                                ? filter
                                                : filter.before(filter.before() + 1));
                            }
                        },
                        "lists_page_by_page",
                        "numbers_are_those_of_the_list"),
                bug(
                        "a creator that is compared without case",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isCreator(StoredToken row, String userId) {
                                return userId.equalsIgnoreCase(row.createdBy());
                            }
                        },
                        "lists_the_tokens_of_a_creator"),
                bug(
                        "a creator that is ignored",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isCreator(StoredToken row, String userId) {
                                return true;
                            }
                        },
                        "lists_the_tokens_of_a_creator",
                        "conditions_are_combined"),
                bug(
                        "a token that was never used and is not listed as unused",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isUnusedSince(StoredToken row, Instant time) {
                                return row.lastUsedAt() != null
                                        && row.lastUsedAt().isBefore(time);
                            }
                        },
                        "lists_tokens_that_were_last_used_before_a_time",
                        "conditions_are_combined"),
                bug(
                        "a last use at the time itself that counts as before it",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isUnusedSince(StoredToken row, Instant time) {
                                return super.isUnusedSince(row, time.plusMillis(1));
                            }
                        },
                        "lists_tokens_that_were_last_used_before_a_time"),
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
                        "revoked_tokens_are_still_found_and_listed"));
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
                        "insert_returns_the_token_with_its_number"),
                bug(
                        "numbers that do not grow",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            long nextNumber() {
                                return Long.MAX_VALUE / 2 - super.nextNumber();
                            }
                        },
                        "numbers_increase"),
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
                        "concurrent_inserts_get_unique_numbers"),
                bug(
                        "insert that overwrites a token with the same id",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void requireFree(StoredToken token, String exceptId) {
                                super.requireFree(token, token.id());
                            }
                        },
                        "an_id_is_unique"),
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
                        "an_id_is_unique"),
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
                        "a_selector_is_unique",
                        "no_update_takes_another_tokens_selector",
                        "a_rotation_whose_successor_is_refused_changes_nothing",
                        "one_of_concurrent_inserts_of_one_selector_is_applied"),
                bug(
                        "events of a rejected token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public StoredToken insert(StoredToken token, List<AuditEvent> events) {
                                tell(events);
                                return super.insert(token, events);
                            }
                        },
                        "an_id_is_unique",
                        "a_selector_is_unique"),
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
                        "one_of_concurrent_inserts_of_one_selector_is_applied"),
                bug(
                        "no events",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void tell(List<AuditEvent> events) {}
                        },
                        "insert_makes_its_events_visible",
                        "update_makes_its_event_visible",
                        "rotate_marks_the_predecessor_and_keeps_the_successor",
                        "revoke_changes_the_state_and_the_revision_and_nothing_else"),
                bug(
                        "only the first of several events",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            void tell(List<AuditEvent> events) {
                                super.tell(events.stream().limit(1).toList());
                            }
                        },
                        "insert_makes_its_events_visible",
                        "rotate_marks_the_predecessor_and_keeps_the_successor"));
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
                        "a_name_is_taken_while_an_active_token_of_the_tenant_has_it"),
                bug(
                        "names that two tokens can have",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean breaks(TokenConstraints rule, StoredToken token) {
                                return false;
                            }
                        },
                        "an_insert_enforces_its_name_constraint",
                        "an_update_enforces_its_name_constraint",
                        "both_tokens_of_a_rotation_may_share_a_name",
                        "one_of_concurrent_changes_gets_a_unique_name",
                        "one_of_concurrent_inserts_of_one_name_is_applied"),
                bug(
                        "a name that lasts beyond an overlap",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isActive(StoredToken row, Instant now) {
                                return super.isActive(
                                        row.toBuilder().gracePeriodEndsAt(null).build(), now);
                            }
                        },
                        "a_name_is_taken_while_an_active_token_of_the_tenant_has_it"),
                bug(
                        "a rotation whose two tokens cannot share their name",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean mayShareName(StoredToken token, StoredToken row) {
                                return row.id().equals(token.id());
                            }
                        },
                        "both_tokens_of_a_rotation_may_share_a_name"),
                race(
                        "update that checks the name first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult update(
                                    StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
                                boolean taken;
                                synchronized (this) {
                                    taken = breaks(rule, changed);
                                }
                                pause();
                                return taken ? WriteResult.NAME_TAKEN : update(changed, events);
                            }
                        },
                        "one_of_concurrent_changes_gets_a_unique_name"),
                race(
                        "insert that checks the name first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public InsertResult insert(
                                    StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
                                boolean taken;
                                synchronized (this) {
                                    taken = breaks(rule, token);
                                }
                                pause();
                                return taken
                                        ? InsertResult.refused(InsertResult.Kind.NAME_TAKEN)
                                        : ifKept(insert(token, events));
                            }
                        },
                        "one_of_concurrent_inserts_of_one_name_is_applied"));
    }

    /** Plants a store that counts the live tokens with other limits or rows. */
    private static Stream<DynamicTest> counting() {
        return Stream.of(
                bug(
                        "maximums that are ignored",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean areTooMany(
                                    TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written) {
                                return false;
                            }
                        },
                        "an_insert_enforces_the_maximum_of_its_tenant",
                        "tokens_count_while_they_are_neither_revoked_nor_expired",
                        "an_insert_enforces_the_maximum_of_its_creator",
                        "two_live_tokens_of_a_line_count_as_one_and_each_further_one_counts",
                        "a_successor_counts_for_its_own_creator",
                        "an_update_that_revives_a_token_enforces_the_maximum",
                        "a_lower_maximum_refuses_only_what_adds_a_token",
                        "each_of_many_new_tokens_counts",
                        "concurrent_changes_do_not_exceed_a_maximum_together"),
                bug(
                        "a maximum that counts each token of a rotation",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean areTooMany(
                                    TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written) {
                                return checks(rule, replaced, written).stream()
                                        .anyMatch(check -> rows.values().stream()
                                                                .filter(row -> isCounted(check, row))
                                                                .count()
                                                        + check.more()
                                                > check.max());
                            }
                        },
                        "two_live_tokens_of_a_line_count_as_one_and_each_further_one_counts",
                        "a_rotation_without_a_grace_period_adds_no_token",
                        "a_successor_counts_for_its_own_creator",
                        "a_lower_maximum_refuses_only_what_adds_a_token",
                        "concurrent_changes_do_not_exceed_a_maximum_together"),
                bug(
                        "a rotation that is counted as a further token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            List<LiveTokenCheck> checks(
                                    TokenConstraints rule, List<StoredToken> replaced, List<StoredToken> written) {
                                return super.checks(rule, List.of(), written);
                            }
                        },
                        "two_live_tokens_of_a_line_count_as_one_and_each_further_one_counts",
                        "a_rotation_without_a_grace_period_adds_no_token",
                        "a_lower_maximum_refuses_only_what_adds_a_token",
                        "a_successor_counts_for_its_own_creator"),
                bug(
                        "a maximum that does not count disabled tokens",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isCounted(LiveTokenCheck check, StoredToken row) {
                                return super.isCounted(check, row) && !row.isDisabled();
                            }
                        },
                        "tokens_count_while_they_are_neither_revoked_nor_expired"),
                bug(
                        "a maximum that is checked before the tenant's end",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean refusesTokensOf(String tenantId) {
                                return false;
                            }
                        },
                        "a_maximum_does_not_admit_the_token_of_a_tenant_that_is_gone"),
                race(
                        "insert that checks the maximum first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public InsertResult insert(
                                    StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
                                boolean areTooMany;
                                synchronized (this) {
                                    areTooMany = areTooMany(rule, List.of(), List.of(token));
                                }
                                pause();
                                return areTooMany
                                        ? InsertResult.refused(InsertResult.Kind.TOO_MANY_TOKENS)
                                        : ifKept(insert(token, events));
                            }
                        },
                        "concurrent_changes_do_not_exceed_a_maximum_together"));
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
                        "an_update_from_an_older_revision_changes_nothing",
                        "an_update_from_a_later_revision_changes_nothing",
                        "a_rotation_from_an_older_revision_changes_nothing",
                        "one_of_concurrent_updates_is_applied"),
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
                        "one_of_concurrent_updates_is_applied",
                        "no_concurrent_write_undoes_a_revocation"),
                bug(
                        "update that ignores the revocation",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isExpected(StoredToken row, StoredToken changed) {
                                return row.revision() == changed.revision();
                            }
                        },
                        "no_update_undoes_a_revocation",
                        "a_revoked_token_cannot_be_rotated"),
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
                        "update_never_touches_last_use"),
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
                        "update_replaces_the_settings_of_a_token",
                        "update_can_clear_settings"),
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
                        "each_update_raises_the_revision_by_one"),
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
                        "a_missing_token_cannot_be_updated"),
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
                        "a_token_is_no_longer_found_by_a_selector_that_it_had_before"),
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
                        "no_update_takes_another_tokens_selector"),
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
                            public synchronized WriteResult revoke(SingleRevocation revocation) {
                                String tenantId = revocation.tenantId();
                                String tokenId = revocation.tokenId();
                                Instant at = revocation.at();
                                List<AuditEvent> events = revocation.events();
                                WriteResult outcome =
                                        super.revoke(SingleRevocation.of(tenantId, tokenId, at, List.of()));
                                tell(events);
                                return outcome;
                            }
                        },
                        "an_update_from_an_older_revision_changes_nothing",
                        "a_missing_token_cannot_be_updated",
                        "a_token_is_revoked_once",
                        "a_missing_token_cannot_be_revoked",
                        "another_tenant_cannot_revoke",
                        "one_of_concurrent_revocations_is_applied"));
    }

    private static Stream<DynamicTest> rotating() {
        return Stream.of(
                race(
                        "rotate in two steps",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult rotate(
                                    StoredToken predecessor,
                                    StoredToken successor,
                                    TokenConstraints rule,
                                    List<AuditEvent> events) {
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
                        "a_rotation_whose_successor_is_refused_changes_nothing",
                        "a_rotation_is_seen_whole_or_not_at_all"),
                race(
                        "rotate that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult rotate(
                                    StoredToken predecessor,
                                    StoredToken successor,
                                    TokenConstraints rule,
                                    List<AuditEvent> events) {
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
                        "one_of_concurrent_rotations_is_applied",
                        "a_rotation_after_a_concurrent_revocation_creates_no_successor"),
                bug(
                        "a second successor",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rotate(
                                    StoredToken predecessor,
                                    StoredToken successor,
                                    TokenConstraints rule,
                                    List<AuditEvent> events) {
                                get(predecessor.tenantId(), predecessor.id())
                                        .ifPresent(row -> put(row.toBuilder()
                                                .successorId(null)
                                                .build()));
                                return super.rotate(predecessor, successor, rule, events);
                            }
                        },
                        "a_token_has_one_successor"),
                bug(
                        "a successor without a predecessor",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rotate(
                                    StoredToken predecessor,
                                    StoredToken successor,
                                    TokenConstraints rule,
                                    List<AuditEvent> events) {
                                WriteResult outcome = super.rotate(predecessor, successor, rule, events);
                                if (outcome == WriteResult.STALE) {
                                    insert(successor, List.of());
                                }
                                return outcome;
                            }
                        },
                        "a_missing_token_cannot_be_rotated",
                        "a_revoked_token_cannot_be_rotated",
                        "another_tenants_token_cannot_be_rotated"),
                bug(
                        "rotate that loses the end of the overlap",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult rotate(
                                    StoredToken predecessor,
                                    StoredToken successor,
                                    TokenConstraints rule,
                                    List<AuditEvent> events) {
                                StoredToken forgotten = predecessor.toBuilder()
                                        .gracePeriodEndsAt(null)
                                        .build();
                                return super.rotate(forgotten, successor, rule, events);
                            }
                        },
                        "rotate_marks_the_predecessor_and_keeps_the_successor"));
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
                        "revoke_changes_the_state_and_the_revision_and_nothing_else"),
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
                        "revoke_changes_the_state_and_the_revision_and_nothing_else"),
                bug(
                        "revoke that is applied twice",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(SingleRevocation revocation) {
                                String tenantId = revocation.tenantId();
                                String tokenId = revocation.tokenId();
                                Instant at = revocation.at();
                                List<AuditEvent> events = revocation.events();
                                Optional<StoredToken> row = get(tenantId, tokenId);
                                row.ifPresent(r -> put(revoked(r, at)));
                                tell(row.isPresent() ? events : List.of());
                                return row.isPresent() ? WriteResult.APPLIED : WriteResult.STALE;
                            }
                        },
                        "a_token_is_revoked_once",
                        "one_of_concurrent_revocations_is_applied"),
                race(
                        "revoke that checks first and writes later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public WriteResult revoke(SingleRevocation revocation) {
                                String tenantId = revocation.tenantId();
                                String tokenId = revocation.tokenId();
                                Instant at = revocation.at();
                                List<AuditEvent> events = revocation.events();
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
                        "one_of_concurrent_revocations_is_applied",
                        "no_concurrent_write_undoes_a_revocation"),
                bug(
                        "revoke that forgets the reason",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(SingleRevocation revocation) {
                                return super.revoke(revocation.withReason(null));
                            }
                        },
                        "a_revocation_keeps_its_reason"),
                bug(
                        "revoke that revokes the successor too",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(SingleRevocation revocation) {
                                String tenantId = revocation.tenantId();
                                String tokenId = revocation.tokenId();
                                Instant at = revocation.at();
                                List<AuditEvent> events = revocation.events();
                                WriteResult outcome = super.revoke(SingleRevocation.of(tenantId, tokenId, at, events));
                                get(tenantId, tokenId)
                                        .map(row -> rows.get(row.successorId()))
                                        .ifPresent(successor -> put(revoked(successor, at)));
                                return outcome;
                            }
                        },
                        "the_successor_of_a_revoked_token_stays_valid"));
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
                        "no_concurrent_write_undoes_a_revocation"),
                bug(
                        "last use that moves backward",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken used(StoredToken row, Instant at, Duration apart) {
                                return row.toBuilder().lastUsedAt(at).build();
                            }
                        },
                        "last_use_only_moves_forward"),
                bug(
                        "last use by the clock of the caller, in a store that has its own",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public Optional<ChangeFeed> changes() {
                                return Optional.of(withClock());
                            }
                        },
                        "last_use_is_never_later_than_the_clock_of_the_store"),
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
                        "last_use_only_moves_forward",
                        "last_use_of_many_tokens_is_recorded_in_one_call",
                        "use_of_a_revoked_token_does_not_revive_it"),
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
                        "use_of_a_revoked_token_does_not_revive_it"),
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
                        "unknown_ids_are_ignored"),
                bug(
                        "every use is written",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken used(StoredToken row, Instant at, Duration apart) {
                                return super.used(row, at, Duration.ZERO);
                            }
                        },
                        "uses_that_are_too_close_together_are_recorded_once"),
                bug(
                        "every use is reported as left out",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                return new Noted(
                                        super.recordLastUsed(usedAt, apart).firstUses(), usedAt.keySet());
                            }
                        },
                        "unknown_ids_are_ignored",
                        "last_use_of_many_tokens_is_recorded_in_one_call",
                        "no_concurrent_write_undoes_a_revocation"),
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
                        "no_concurrent_write_undoes_a_revocation",
                        "last_use_only_moves_forward",
                        "use_of_a_revoked_token_does_not_revive_it",
                        "uses_that_are_too_close_together_are_recorded_once"),
                bug(
                        "every use is reported as the first",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
                                super.recordLastUsed(usedAt, apart);
                                return new Noted(usedAt.keySet(), Set.of());
                            }
                        },
                        "uses_that_are_too_close_together_are_recorded_once"));
    }

    /** Returns the feed of a store that has the clock of the system. */
    private static ChangeFeed withClock() {
        ChangeFeed feed =
                new InMemoryTokenStore(new InMemoryAuditLog()).changes().orElseThrow();
        return (ChangeFeed) Proxy.newProxyInstance(
                ChangeFeed.class.getClassLoader(), new Class<?>[] {ChangeFeed.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(feed, arguments);
                    return result instanceof Changes told
                            ? new Changes(told.newest(), told.lease(), told.changes(), Optional.of(Instant.now()))
                            : result;
                });
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
                        "all_tokens_of_a_tenant_are_revoked",
                        "all_tokens_of_a_user_are_revoked_in_every_tenant"),
                bug(
                        "a line without its first token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isOf(TokenGroup group, StoredToken row) {
                                return super.isOf(group, row)
                                        && !(group instanceof TokenGroup.OfLine && row.predecessorId() == null);
                            }
                        },
                        "all_tokens_of_a_line_are_revoked"),
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
                        "all_tokens_of_a_user_are_revoked_in_every_tenant"),
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
                        "all_tokens_of_a_user_are_revoked_in_every_tenant",
                        "a_token_moves_to_the_group_of_the_user_who_received_its_new_secret",
                        "only_the_successor_is_in_the_group_of_the_user_who_rotated"),
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
                        "update_replaces_the_settings_of_a_token",
                        "a_token_moves_to_the_group_of_the_user_who_received_its_new_secret"),
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
                        "either_a_users_group_revocation_or_a_concurrent_new_secret_for_another_user_is_applied"),
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
                        "if_an_event_cannot_be_written_no_token_is_revoked"),
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
                        "many_tokens_are_revoked_together"),
                bug(
                        "a group revocation that forgets the reason",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized long revokeAll(GroupRevocation revocation) {
                                return super.revokeAll(revocation.withReason(null));
                            }
                        },
                        "a_group_revocation_keeps_its_reason"),
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
                        "all_tokens_of_a_tenant_are_revoked"),
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
                        "a_new_token_that_cannot_be_stored_does_not_prevent_others"),
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
                        "a_tenant_that_is_gone_gets_none_of_many_new_tokens"),
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
                        "a_new_token_gets_its_first_free_selector"),
                bug(
                        "an import that checks all names before it stores a token",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<InsertResult> insertAll(List<TokenInsert> tokens) {
                                return super.insertAll(tokens.stream()
                                        .map(each -> new TokenInsert(
                                                each.token(), each.selectors(), TokenConstraints.none(), each.event()))
                                        .toList());
                            }
                        },
                        "names_are_unique_among_the_new_tokens_too"),
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
                        "concurrent_imports_of_the_same_tokens_store_them_once"),
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
                        "many_new_tokens_are_stored_like_single_tokens"),
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
                        "no_successor_survives_a_concurrent_group_revocation",
                        "no_successor_survives_a_concurrent_revocation_of_its_line",
                        "a_token_is_revoked_once_by_concurrent_single_and_group_revocations"),
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
                        "one_of_concurrent_suspensions_is_applied"),
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
                        "a_concurrent_rehash_undoes_neither_a_revocation_nor_an_update"),
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
                        "every_read_of_a_token_shows_that_its_tenant_is_suspended",
                        "a_change_made_from_a_token_read_during_a_suspension_does_not_keep_it"),
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
                        "a_tenant_is_suspended_once"),
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
                        "a_revoked_token_is_not_rehashed",
                        "a_new_hash_of_the_secret_replaces_the_old_hash"),
                bug(
                        "an expiry between two milliseconds that is missed",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean endsIn(StoredToken row, Instant from, Instant before) {
                                return super.endsIn(row, from, before.truncatedTo(ChronoUnit.MILLIS));
                            }
                        },
                        "tokens_that_expire_in_an_interval_are_found_by_their_earlier_end"),
                bug(
                        "an effective expiry that ignores overlaps",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean endsIn(StoredToken row, Instant from, Instant before) {
                                Instant end = row.expiresAt();
                                return end != null && end.isAfter(from) && end.isBefore(before);
                            }
                        },
                        "tokens_that_expire_in_an_interval_are_found_by_their_earlier_end"),
                bug(
                        "a maximum lifetime that is ignored",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean endsByMaximumIn(StoredToken row, TokenFilter filter) {
                                return endsIn(
                                        row,
                                        filter.endsAfter().orElseThrow(),
                                        filter.endsBefore().orElseThrow());
                            }
                        },
                        "a_maximum_lifetime_ends_tokens_before_their_stored_end"),
                bug(
                        "notices that are claimed again from the same row",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isClaimable(StoredToken row, StoredToken token) {
                                return isExpected(row, token);
                            }
                        },
                        "a_notice_is_claimed_once",
                        "one_of_concurrent_claims_is_made"),
                bug(
                        "notices of tokens that were changed or revoked",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            boolean isClaimable(StoredToken row, StoredToken token) {
                                return Objects.equals(row.expiryNotice(), token.expiryNotice());
                            }
                        },
                        "a_token_that_was_changed_or_revoked_gets_no_notice"),
                bug(
                        "a change that overwrites the notice",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            StoredToken replaced(StoredToken row, StoredToken changed) {
                                return super.replaced(row, changed).toBuilder()
                                        .expiryNotice(changed.expiryNotice())
                                        .build();
                            }
                        },
                        "a_change_keeps_the_notice"),
                race(
                        "a notice that is checked first and claimed later",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
                                boolean isClaimable = get(token.tenantId(), token.id())
                                        .filter(row -> isClaimable(row, token))
                                        .isPresent();
                                pause();
                                if (isClaimable) {
                                    super.claimExpiryNotice(token, notice);
                                }
                                return isClaimable;
                            }
                        },
                        "one_of_concurrent_claims_is_made"),
                bug(
                        "ends of all tenants in the list of one",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public List<StoredToken> list(TokenFilter filter) {
                                return super.list(
                                        filter.endsAfter().isPresent()
                                                ? TokenFilter.ofAllTenants()
                                                        .endingBetween(
                                                                filter.endsAfter()
                                                                        .get(),
                                                                filter.endsBefore()
                                                                        .orElseThrow(),
                                                                filter.maxLifetime()
                                                                        .orElse(null))
                                                        .before(filter.before())
                                                        .limit(filter.limit())
                                                : filter);
                            }
                        },
                        "tokens_that_expire_in_an_interval_are_found_by_their_earlier_end"));
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
                        "keeps_ids_at_their_limits"),
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
                        "no_actors_id_prevents_a_revocation"),
                race(
                        "a tenant that is gone but gets new tokens",
                        GoneInNameOnly::new,
                        "tokens_of_a_tenant_that_is_gone_can_be_neither_inserted_nor_changed",
                        "late_writes_restore_nothing_of_an_erased_tenant",
                        "no_concurrent_write_survives_the_erasure_of_a_tenant"),
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
                        "every_read_of_a_token_shows_that_its_tenant_is_gone",
                        "tokens_of_a_tenant_that_is_gone_can_be_neither_inserted_nor_changed",
                        "keeps_ids_at_their_limits"),
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
                        "a_tenant_is_marked_as_gone_once_and_permanently"),
                bug(
                        "a token of a tenant that is gone and is not erased",
                        audit -> new PlainTokenStore(audit) {
                            @Override
                            public synchronized WriteResult revoke(SingleRevocation revocation) {
                                String tenantId = revocation.tenantId();
                                String tokenId = revocation.tokenId();
                                Instant at = revocation.at();
                                List<AuditEvent> events = revocation.events();
                                return isGone(tenantId)
                                        ? WriteResult.TENANT_GONE
                                        : super.revoke(SingleRevocation.of(tenantId, tokenId, at, events));
                            }
                        },
                        "the_tokens_of_a_tenant_that_is_gone_can_be_revoked",
                        "late_writes_restore_nothing_of_an_erased_tenant"),
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
                        "an_erased_tenant_has_no_tokens_and_no_events",
                        "no_concurrent_write_survives_the_erasure_of_a_tenant"),
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
                        "only_a_tenant_that_is_gone_is_erased_and_only_once"));
    }
}
