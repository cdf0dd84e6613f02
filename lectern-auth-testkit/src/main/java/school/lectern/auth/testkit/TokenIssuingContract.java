package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: a new token gets a number of its own, and its id and selector are unique. */
abstract class TokenIssuingContract extends TokenStoreFixture {

    @Test
    void insert_returns_the_token_with_its_number() {
        StoredToken token = draft().build();
        StoredToken inserted = insert(token);
        assertTrue(inserted.number() > 0, "the number is larger than 0");
        assertFields(token.toBuilder().number(inserted.number()).build(), inserted);
        assertFields(inserted, stored(token));
    }

    @Test
    void numbers_increase() {
        long last = 0;
        for (int i = 0; i < 5; i++) {
            long number = insert(draftOf(newTenant()).build()).number();
            assertTrue(number > last, number + " comes after " + last);
            last = number;
        }
    }

    @Test
    void insert_makes_its_events_visible() {
        StoredToken token = draft().build();
        List<AuditEvent> events = List.of(event("token.issued", token.id()), event("token.noted", token.id()));
        tokens.insert(token, TokenConstraints.none(), events);
        assertEvents(events);
    }

    @Test
    void an_id_is_unique() {
        StoredToken first = insert(draft().build());
        refusesToInsert(draftOf(tenant, first.id()).build());
        refusesToInsert(draftOf(newTenant(), first.id()).build());
        assertFields(first, stored(first));
    }

    @Test
    void a_selector_is_unique() {
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
        assertThrows(StorageException.class, () -> tokens.insert(token, TokenConstraints.none(), List.of(event)));
        assertEquals(before, idsListed(Long.MAX_VALUE, 10), "a refused token is not listed");
        assertEquals(found, idsFound(token.selector()), "a refused token is not found");
        assertEquals(List.of(), events(token.tenantId()), "a refused token leaves no event");
        insert(draftOf(newTenant()).build());
    }

    @Test
    void one_of_concurrent_inserts_of_one_selector_is_applied() throws InterruptedException {
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
                                tokens.insert(
                                        draft, TokenConstraints.none(), List.of(event("token.issued", draft.id())));
                                return WriteResult.APPLIED;
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
    void concurrent_inserts_get_unique_numbers() throws InterruptedException {
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
}
