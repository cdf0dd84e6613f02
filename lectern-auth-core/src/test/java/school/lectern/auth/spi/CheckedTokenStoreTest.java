package school.lectern.auth.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import school.lectern.auth.Lookups;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.token.Selector;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenLookup;

/** A store that returns results that were not requested is faulty, and nothing of its answer is used. */
class CheckedTokenStoreTest {

    private static final Instant NOW = Instant.parse("2026-05-07T13:23:30Z");

    private final InMemoryTokenStore real = new InMemoryTokenStore(new InMemoryAuditLog());

    /** Supplies the result of the next call in place of the real store. */
    private @Nullable Supplier<Object> instead;

    private static final TokenFilter ENDING = TokenFilter.ofAllTenants().endingBetween(NOW, NOW.plusSeconds(3));

    private final TokenStore tokens = new CheckedTokenStore((TokenStore) Proxy.newProxyInstance(
            TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (proxy, method, arguments) -> {
                try {
                    boolean isReal = instead == null || method.getName().equals("clocks");
                    return isReal ? method.invoke(real, arguments) : instead.get();
                } catch (InvocationTargetException thrown) {
                    throw thrown.getCause();
                }
            }));

    private final StoredToken one = insert("1", "123", NOW.plusSeconds(1));
    private final StoredToken two = insert("2", "123", NOW.plusSeconds(2));
    private final StoredToken others = insert("3", "456", NOW.plusSeconds(3));

    private StoredToken insert(String id, String tenantId, Instant end) {
        return tokens.insert(draft(id, tenantId).expiresAt(end).build(), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
    }

    private static StoredTokenBuilder draft(String id, String tenantId) {
        return StoredToken.builder("apitoken_" + id, tenantId, TokenEnvironment.LIVE, "CI", NOW)
                .secret("pub_" + id, TokenHash.of("sha256", "0" + id));
    }

    private void returns(@Nullable Object answer) {
        instead = () -> answer;
    }

    private static void isBroken(Supplier<?> call) {
        assertThatThrownBy(call::get)
                .isInstanceOf(StorageException.class)
                .hasMessageStartingWith("the token store is broken: ");
    }

    private static TokenLookup lookup(String... selectors) {
        return new TokenLookup() {
            @Override
            public List<String> selectors() {
                return List.of(selectors);
            }

            @Override
            public Selector key() {
                return Selector.of(selectors[0]);
            }
        };
    }

    @Test
    void requested_rows_are_returned() {
        assertThat(Lookups.rows(tokens, "pub_1")).containsExactly(one);
        assertThat(Lookups.rows(tokens, "pub_1", "none", "pub_2")).containsExactlyInAnyOrder(one, two);
        assertThat(Lookups.rows(tokens, lookup("pub_1"))).containsExactly(one);
        assertThat(Lookups.rows(tokens, lookup("none", "pub_2"))).containsExactly(two);
        assertThat(Lookups.rows(tokens, lookup("none"))).isEmpty();
        assertThat(tokens.get("123", one.id())).contains(one);
        assertThat(tokens.get("456", one.id())).isEmpty();
        assertThat(tokens.list(TokenFilter.ofTenant("123").limit(2))).containsExactly(two, one);
        assertThat(tokens.list(TokenFilter.ofTenant("123").before(two.number()).limit(1)))
                .containsExactly(one);
        assertThat(tokens.listNumbers(TokenFilter.ofTenant("123").limit(2)))
                .containsExactly(two.number(), one.number());
        assertThat(tokens.list(ENDING.limit(2))).containsExactly(two, one);
    }

    /** If a default method were not delegated, the interface would answer the call from its other methods. */
    @Test
    void every_method_of_a_store_is_passed_on() {
        for (Class<?> wrapper : List.of(CheckedTokenStore.class, CachingTokenStore.class)) {
            for (Method method : TokenStore.class.getMethods()) {
                assertThat(wrapper)
                        .as("%s", method)
                        .satisfies(type -> assertThat(type.getMethod(method.getName(), method.getParameterTypes())
                                        .getDeclaringClass())
                                .isEqualTo(type));
            }
        }
        assertThat(CheckedLimitStore.class.getDeclaredMethods())
                .extracting(Method::getName)
                .containsAll(Stream.of(LimitStore.class.getMethods())
                        .map(Method::getName)
                        .toList());
    }

    @Test
    void rows_of_other_selectors_and_two_of_one_are_broken() {
        for (List<StoredToken> rows : List.of(List.of(two), List.of(one, two), List.of(two, one), List.of(one, one))) {
            returns(FoundTokens.stored(rows));
            isBroken(() -> Lookups.rows(tokens, "pub_1"));
            isBroken(() -> Lookups.rows(tokens, lookup("pub_1")));
            isBroken(() -> Lookups.rows(tokens, lookup("pub_1", "pub_3")));
        }
        returns(FoundTokens.stored(List.of(one)));
        isBroken(() -> Lookups.rows(tokens, "PUB_1"));
        isBroken(() -> Lookups.rows(tokens, "pub_1 "));
    }

    @Test
    void another_id_or_tenant_is_broken() {
        returns(Optional.of(two));
        isBroken(() -> tokens.get("123", one.id()));
        returns(Optional.of(others));
        isBroken(() -> tokens.get("123", others.id()));
        StoredToken draft = draft("4", "123").build();
        for (StoredToken row : List.of(
                two, others, draft.toBuilder().secret("pub_5", draft.hash()).build())) {
            returns(InsertResult.stored(row));
            isBroken(() -> tokens.insert(draft, TokenConstraints.none(), List.of()));
        }
    }

    @Test
    void a_list_of_other_rows_or_in_another_order_is_broken() {
        for (List<StoredToken> rows : List.of(
                List.of(others), List.of(two, others), List.of(one, two), List.of(two, two), List.of(two, one, one))) {
            returns(rows);
            isBroken(() -> tokens.list(TokenFilter.ofTenant("123").limit(2)));
        }
        for (List<Long> numbers : List.of(List.of(1L, 2L), List.of(2L, 2L), List.of(3L, 2L, 1L))) {
            returns(numbers);
            isBroken(() -> tokens.listNumbers(TokenFilter.ofTenant("123").limit(2)));
        }
        returns(List.of(3L));
        isBroken(() -> tokens.listNumbers(TokenFilter.ofTenant("123").before(3).limit(2)));
        returns(List.of(two, one));
        isBroken(() -> tokens.list(TokenFilter.ofTenant("123").limit(1)));
        isBroken(() ->
                tokens.list(TokenFilter.ofTenant("123").before(two.number()).limit(2)));
    }

    @Test
    void rows_that_do_not_end_in_the_time_or_in_another_order_are_broken() {
        StoredToken revoked = one.toBuilder().revokedAt(NOW).build();
        StoredToken endless = one.toBuilder().expiresAt(null).build();
        for (List<StoredToken> rows :
                List.of(List.of(others), List.of(revoked), List.of(endless), List.of(one, two), List.of(one, one))) {
            returns(rows);
            isBroken(() -> tokens.list(ENDING.limit(2)));
        }
        returns(List.of(two, one));
        isBroken(() -> tokens.list(ENDING.limit(1)));
        isBroken(() -> tokens.list(ENDING.before(two.number()).limit(2)));
        isBroken(() -> tokens.list(TokenFilter.ofAllTenants()
                .endingBetween(NOW.plusSeconds(1), NOW.plusSeconds(3))
                .limit(2)));
    }

    @Test
    void no_outcome_is_broken() {
        returns(null);
        isBroken(() -> tokens.insert(one, TokenConstraints.none(), List.of()));
        isBroken(() -> tokens.update(one, TokenConstraints.none(), List.of()));
        isBroken(() -> tokens.rotate(one, two, TokenConstraints.none(), List.of()));
        isBroken(() -> tokens.revoke(SingleRevocation.of("123", one.id(), NOW, List.of())));
        isBroken(() -> tokens.setSuspended("123", NOW, List.of()));
        isBroken(() -> tokens.rehash(one, List.of()));
    }

    @Test
    void results_of_other_tokens_or_of_too_few_are_broken() {
        List<TokenInsert> wanted =
                List.of(new TokenInsert(one, List.of("pub_9", one.selector()), TokenConstraints.none(), event()));
        returns(List.of(InsertResult.stored(one)));
        assertThat(tokens.insertAll(wanted).get(0).stored()).contains(one);
        for (List<InsertResult> results : List.of(
                List.<InsertResult>of(),
                List.of(InsertResult.stored(two)),
                List.of(InsertResult.stored(one), InsertResult.stored(one)))) {
            returns(results);
            isBroken(() -> tokens.insertAll(wanted));
        }
    }

    private static AuditEvent event() {
        return AuditEvent.builder("e", NOW, "token.imported", "done")
                .tenantId("123")
                .tokenId("t")
                .build();
    }

    /** No result of the store prevents a revocation. */
    @Test
    void revoked_tokens_are_returned_unchanged() {
        returns(7L);
        assertThat(tokens.revokeAll(new GroupRevocation(new TokenGroup.OfTenant("123"), NOW, (tenant, token) -> {
                    throw new AssertionError();
                })))
                .isEqualTo(7);
        instead = null;
        assertThat(tokens.recordLastUsed(Map.of(one.id(), NOW), Duration.ZERO).firstUses())
                .containsExactly(one.id());
    }
}
