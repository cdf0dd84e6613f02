package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenLookup;
import school.lectern.auth.token.TokenLookup.Freshness;

/** Tests of {@link TokenStoreContract}: the store finds a token by its exact selector, or by its exact tenant and id. */
abstract class TokenLookupContract extends TokenStoreFixture {

    @Test
    void finds_by_the_exact_selector() {
        StoredToken token = insert(draft().build());
        insert(draft().build());
        assertEquals(List.of(token.id()), idsFound(token.selector()));
        assertEquals(List.of(), idsFound(newSelector()));
    }

    @Test
    void finds_by_several_selectors_together() {
        StoredToken one = insert(draft().build());
        StoredToken two = insert(draft().build());
        insert(draft().build());
        List<String> asked = List.of(one.selector(), newSelector(), two.selector());
        List<StoredToken> found = Lookups.rows(tokens, asked);
        assertEquals(2, found.size(), "tokens found by three selectors");
        assertEquals(Set.of(one.id(), two.id()), ids(found));
    }

    @Test
    void a_lookup_finds_the_same_tokens_as_its_selectors() {
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
            for (Freshness freshness : Freshness.values()) {
                assertEquals(
                        Lookups.rows(tokens, selector),
                        Lookups.rows(tokens, lookup.with(freshness)),
                        "found by a look-up that is " + freshness);
            }
        }
    }

    @Test
    void a_selector_that_only_looks_like_the_stored_one_finds_nothing() {
        StoredToken token =
                insert(draft().secret("pub_Resume" + newSelector(), newHash()).build());
        for (String other : lookAlikes(token.selector())) {
            assertEquals(List.of(), idsFound(other), "found by " + other);
        }
    }

    @Test
    void selectors_that_differ_in_case_alone_belong_to_two_tokens() {
        String selector = newSelector();
        StoredToken lower =
                insert(draft().secret("pub_abc" + selector, newHash()).build());
        StoredToken upper =
                insert(draft().secret("pub_ABC" + selector, newHash()).build());
        assertEquals(List.of(lower.id()), idsFound(lower.selector()));
        assertEquals(List.of(upper.id()), idsFound(upper.selector()));
    }

    @Test
    void get_hides_other_tenants() {
        StoredToken token = insert(draft().build());
        assertTrue(tokens.get(newTenant(), token.id()).isEmpty());
        assertFields(token, stored(token));
    }

    @Test
    void get_compares_the_id_character_by_character() {
        StoredToken token = insert(draft().build());
        for (String other : lookAlikes(token.id())) {
            assertTrue(tokens.get(tenant, other).isEmpty(), "returned for " + other);
        }
    }

    @Test
    void a_tenant_whose_id_only_looks_the_same_sees_nothing() {
        StoredToken token = insert(draft().build());
        for (String other : lookAlikes(tenant)) {
            assertTrue(tokens.get(other, token.id()).isEmpty(), "got by " + other);
            assertEquals(List.of(), tokens.list(TokenFilter.ofTenant(other).limit(10)), "listed by " + other);
        }
    }
}
