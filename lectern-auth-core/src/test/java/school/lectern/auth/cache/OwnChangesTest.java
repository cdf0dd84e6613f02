package school.lectern.auth.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import school.lectern.auth.Lookups;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenGroup;
import school.lectern.auth.token.StoredToken;

/** A process sees its own changes immediately, without a poll. */
class OwnChangesTest {

    private static final Instant NOW = Instant.parse("2026-05-07T13:23:30Z");

    private final CacheFixture rig = new CacheFixture();

    @AfterEach
    void close() {
        rig.close();
    }

    @TestFactory
    Stream<DynamicTest> hold_at_once() {
        return Stream.of(
                change(
                        "revoke",
                        (cache, token) ->
                                cache.revoke(SingleRevocation.of(CacheFixture.TENANT, token.id(), NOW, List.of()))),
                change("update", (cache, token) -> cache.update(narrowed(token), TokenConstraints.none(), List.of())),
                change(
                        "rotate",
                        (cache, token) -> cache.rotate(
                                token.toBuilder().gracePeriodEndsAt(NOW).build(),
                                CacheFixture.draft().predecessorId(token.id()).build(),
                                TokenConstraints.none(),
                                List.of())),
                change(
                        "revokeAll",
                        (cache, token) -> cache.revokeAll(new GroupRevocation(
                                new TokenGroup.OfTenant(CacheFixture.TENANT), NOW, (tenant, one) -> event()))),
                change(
                        "revokeAll",
                        (cache, token) -> cache.revokeAll(
                                new GroupRevocation(new TokenGroup.OfUser("ada"), NOW, (tenant, one) -> event()))),
                change("setSuspended", (cache, token) -> cache.setSuspended(CacheFixture.TENANT, NOW, List.of())),
                change(
                        "rehash",
                        (cache, token) -> cache.rehash(
                                token.toBuilder()
                                        .secret(token.selector(), CacheFixture.hash())
                                        .build(),
                                List.of())));
    }

    private interface Step {
        void take(CachingTokenStore cache, StoredToken token);
    }

    private DynamicTest change(String method, Step step) {
        return DynamicTest.dynamicTest(method, () -> {
            try (CacheFixture own = new CacheFixture()) {
                own.poll();
                StoredToken token = own.insert(CacheFixture.draft().secretShownTo("ada"));
                own.find(token);
                step.take(own.cache, token);
                assertThat(own.find(token)).isEqualTo(Lookups.rows(own.elsewhere, token.selector()));
                assertThat(own.find(token)).isNotEqualTo(List.of(token));
            }
        });
    }

    private static AuditEvent event() {
        return AuditEvent.builder("event", NOW, "token.revoked", "done")
                .tenantId(CacheFixture.TENANT)
                .build();
    }

    private static StoredToken narrowed(StoredToken token) {
        return token.toBuilder().scopes(ScopeSet.none()).build();
    }

    /** In this case the outcome of the change is unknown. */
    @Test
    void a_change_that_the_store_made_before_it_failed_is_visible_too() {
        broken(
                "revoke",
                token -> rig.cache.revoke(SingleRevocation.of(CacheFixture.TENANT, token.id(), NOW, List.of())));
        broken("update", token -> rig.cache.update(narrowed(token), TokenConstraints.none(), List.of()));
        broken("setSuspended", token -> rig.cache.setSuspended(CacheFixture.TENANT, NOW, List.of()));
    }

    private void broken(String method, Consumer<StoredToken> change) {
        rig.poll();
        StoredToken token = rig.cached();
        rig.store.after(method, () -> {
            throw new StorageException("the connection was cut off");
        });
        assertThatThrownBy(() -> change.accept(token)).isInstanceOf(StorageException.class);
        assertThat(rig.find(token)).isEqualTo(Lookups.rows(rig.elsewhere, token.selector()));
        assertThat(rig.find(token)).isNotEqualTo(List.of(token));
    }

    @Test
    void a_read_that_such_a_change_overtook_is_not_kept() {
        rig.poll();
        StoredToken token = rig.insert();
        rig.store.after(
                "find", () -> rig.cache.revoke(SingleRevocation.of(CacheFixture.TENANT, token.id(), NOW, List.of())));
        rig.find(token);
        assertThat(rig.isRevoked(token)).isTrue();
    }

    @Test
    void rows_that_were_only_read_stay_cached() {
        rig.poll();
        StoredToken token = rig.cached();
        assertThat(rig.cache.get(CacheFixture.TENANT, token.id())).contains(token);
        assertThat(rig.cache.list(TokenFilter.ofTenant(CacheFixture.TENANT).limit(9)))
                .containsExactly(token);
        rig.cache.insert(CacheFixture.draft().build(), TokenConstraints.none(), List.of());
        assertThat(rig.asks(token)).isFalse();
    }
}
