package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.token.StoredToken;

/** Tests of {@link TokenStoreContract}: a new hash of the same secret replaces the old hash, and nothing else. */
abstract class TokenRehashContract extends TokenStoreFixture {

    @Test
    void a_new_hash_of_the_secret_replaces_the_old_hash() {
        StoredToken token = insert(draft().build());
        StoredToken rehashed =
                token.toBuilder().secret(newSelector(), newHash()).build();
        AuditEvent event = event("token.rehashed", token.id());
        assertEquals(WriteResult.APPLIED, tokens.rehash(rehashed, List.of(event)));
        assertFields(rehashed.toBuilder().revision(1).build(), stored(token));
        assertEquals(List.of(token.id()), idsFound(rehashed.selector()));
        assertEquals(List.of(), idsFound(token.selector()));
        assertEvents(List.of(event));
        isStale(() -> tokens.rehash(rehashed, List.of(event)), token);
    }

    @Test
    void a_revoked_token_is_not_rehashed() {
        StoredToken token = insert(draft().build());
        revoke(token);
        StoredToken rehashed =
                stored(token).toBuilder().secret(newSelector(), newHash()).build();
        isStale(() -> tokens.rehash(rehashed, List.of()), token);
        isStale(() -> tokens.rehash(rehashed.toBuilder().revokedAt(null).build(), List.of()), token);
    }

    /** A request writes the new hash from a row that it read before. */
    @Test
    void a_concurrent_rehash_undoes_neither_a_revocation_nor_an_update() throws InterruptedException {
        try (Race race = new Race()) {
            for (int round = 0; round < rounds(); round++) {
                StoredToken token = insert(draft().build());
                StoredToken changed = renamed(token, "changed");
                StoredToken rehashed =
                        token.toBuilder().secret(newSelector(), newHash()).build();
                List<WriteResult> outcomes = race.run(List.of(
                        () -> tokens.revoke(SingleRevocation.of(tenant, token.id(), CREATED, List.of())),
                        () -> tokens.update(changed, TokenConstraints.none(), List.of()),
                        () -> tokens.rehash(rehashed, List.of())));

                assertEquals(WriteResult.APPLIED, outcomes.get(0), "the concurrent revocation is applied");
                List<WriteResult> others = outcomes.subList(1, 3);
                assertNotEquals(List.of(WriteResult.APPLIED, WriteResult.APPLIED), others, "both of one revision");
                StoredToken made = others.get(0) == WriteResult.APPLIED ? changed : rehashed;
                boolean any = others.contains(WriteResult.APPLIED);
                StoredToken expected = (any ? made : token)
                        .toBuilder().revokedAt(CREATED).revision(any ? 2 : 1).build();
                assertFields(expected, stored(token));
            }
        }
    }
}
