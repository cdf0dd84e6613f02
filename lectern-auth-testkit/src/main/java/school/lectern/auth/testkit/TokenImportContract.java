package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: many new tokens are inserted together, and each gets a result of its own. */
abstract class TokenImportContract extends TokenStoreFixture {

    private List<InsertResult.Kind> kinds(List<TokenInsert> wanted) {
        return tokens.insertAll(wanted).stream().map(InsertResult::kind).toList();
    }

    @Test
    void many_new_tokens_are_stored_like_single_tokens() {
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
            assertTrue(numbers.add(stored.number()), "the number is unique");
        }
        StoredToken any = results.get(50).stored().orElseThrow();
        assertFields(any, stored(any));
        assertEquals(
                ids(drafts), events(tenant).stream().map(AuditEvent::tokenId).collect(Collectors.toSet()));
        assertEquals(90, events(tenant).size(), "events");
        assertEquals(List.of(), tokens.insertAll(List.of()));
    }

    @Test
    void a_new_token_that_cannot_be_stored_does_not_prevent_others() {
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
                "inserted again");
    }

    @Test
    void a_new_token_gets_its_first_free_selector() {
        String taken = insert(draft().build()).selector();
        String free = newSelector();
        String last = newSelector();
        List<TokenInsert> wanted = IntStream.range(0, 3)
                .mapToObj(i -> {
                    StoredToken token = draft().build();
                    return new TokenInsert(
                            token,
                            List.of(taken, free, last),
                            TokenConstraints.none(),
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
    void names_are_unique_among_the_new_tokens_too() {
        TokenConstraints unique = TokenConstraints.uniqueName(CREATED);
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
    void a_tenant_that_is_gone_gets_none_of_many_new_tokens() {
        String gone = newTenant();
        tokens.setGone(gone, CREATED, List.of());
        assertEquals(
                List.of(InsertResult.Kind.TENANT_GONE, InsertResult.Kind.STORED),
                kinds(List.of(newToken(draftOf(gone).build()), newToken(draft().build()))));
        assertEquals(List.of(), tokens.list(TokenFilter.ofTenant(gone).limit(10)));
    }

    @Test
    void concurrent_imports_of_the_same_tokens_store_them_once() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds() / 10; round++) {
                tenant = newTenant();
                List<TokenInsert> wanted = IntStream.range(0, 5)
                        .mapToObj(i -> newToken(draft().name("n" + i).build(), TokenConstraints.uniqueName(CREATED)))
                        .toList();
                List<List<InsertResult.Kind>> results = race.run(List.of(() -> kinds(wanted), () -> kinds(wanted)));
                for (int i = 0; i < wanted.size(); i++) {
                    Set<InsertResult.Kind> both =
                            Set.of(results.get(0).get(i), results.get(1).get(i));
                    assertEquals(Set.of(InsertResult.Kind.STORED, InsertResult.Kind.ALREADY_THERE), both);
                }
                assertEquals(
                        5, tokens.list(TokenFilter.ofTenant(tenant).limit(10)).size());
                assertEquals(5, events(tenant).size(), "events");
            }
        }
    }
}
