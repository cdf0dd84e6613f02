package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** A real primary with a real hot standby: a pool connects to the standby, the standby lags, and the standby takes over. */
class HotStandbyTest {

    @TempDir
    Path folder;

    private ReplicatedPostgres servers;
    private HikariDataSource primary;
    private HikariDataSource standby;

    /** The source of new connections. */
    private volatile DataSource current;

    private final DataSource switched = new LendingDataSource(() -> current.getConnection());

    @BeforeEach
    void start() throws Exception {
        servers = new ReplicatedPostgres(folder);
        primary = servers.primary();
        standby = servers.standby();
        current = primary;
    }

    @AfterEach
    void stop() {
        primary.close();
        standby.close();
        servers.close();
    }

    @Test
    void a_standby_is_refused_where_a_storage_opens() throws Exception {
        JdbcStorage.builder(primary).build().open().close();
        servers.awaitReplay();
        assertThatThrownBy(() ->
                        JdbcStorage.builder(standby).existingTables().build().open())
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("hot standby")
                .hasMessageContaining("connect to the primary");
    }

    @Test
    void a_standby_that_a_pool_leads_to_later_gives_neither_rows_nor_a_lease() throws Exception {
        try (Node node = Node.patient(servers.primary(), switched)) {
            IssuedToken token = node.issue();
            IssuedToken unknownToStandby;
            servers.awaitReplay();
            servers.pauseReplay();
            unknownToStandby = node.issue();
            node.operations().revoke(token.id()).orElseThrow();
            goOver();
            assertThat(node.kind(token)).as("revoked while replay was paused").isEqualTo(Kind.UNAVAILABLE);
            assertThat(node.kind(unknownToStandby))
                    .as("issued while replay was paused")
                    .isEqualTo(Kind.UNAVAILABLE);
            List<ThrowingCallable> reads = List.of(
                    () -> node.storage.tokens().changes().orElseThrow().since(Position.NONE),
                    () -> node.operations().get(token.id()),
                    () -> node.operations().get(unknownToStandby.id()),
                    () -> node.operations().list(CursorPage.START, 10).items(),
                    () -> node.operations().listNumbers(CursorPage.START, 10),
                    () -> node.storage.audit().read("123", null, null, CursorPage.START, 10),
                    () -> node.storage.audit().readWritten("123", CursorPage.START, "9.0", 10),
                    () -> node.storage.audit().settled());
            for (ThrowingCallable read : reads) {
                assertThatThrownBy(read).isInstanceOf(StorageException.class).hasStackTraceContaining("hot standby");
            }
            assertThat(node.auth.acrossTenants().awaitPropagation())
                    .as("propagation that cannot be confirmed on the standby")
                    .isPresent();
            current = primary;
            Patience.await()
                    .until(() -> node.auth.acrossTenants().awaitPropagation().isEmpty());
            assertThat(node.kind(token)).isEqualTo(Kind.REVOKED);
            assertThat(node.allows(unknownToStandby)).isTrue();
        }
    }

    /** Both servers continue the sequence numbers from where they diverged, so the same number identifies different changes. */
    @Test
    void after_a_standby_without_the_last_changes_takes_over_caches_see_its_revocations() throws Exception {
        try (Node issuing = Node.patient(servers.primary(), switched);
                Node caching = Node.patient(servers.primary(), switched)) {
            // Long enough for the lease to stay live during the whole test.
            issuing.storage.tokens().changes().orElseThrow().setLease(Duration.ofMinutes(1));
            InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
            try (CachingTokenStore cache = CachingTokenStore.builder(caching.tokens())
                            .pollEvery(Duration.ofMillis(20))
                            .metrics(counters)
                            .open();
                    LecternAuth auth =
                            LecternAuth.builder(Lectern.DIALECT).tokens(cache).open()) {
                List<IssuedToken> tokens =
                        IntStream.range(0, 8).mapToObj(i -> issuing.issue()).toList();
                servers.awaitReplay();
                servers.cutOff();
                for (IssuedToken lost : tokens.subList(0, 4)) {
                    revoke(issuing, lost);
                }
                awaitPolls(counters);
                tokens.forEach(token -> allows(auth, token));
                assertThat(cache.size()).as("tokens in the cache").isEqualTo(8);
                Position known = newest(issuing);

                servers.failOver();
                goOver();
                for (IssuedToken revoked : tokens.subList(4, 8)) {
                    revoke(issuing, revoked);
                }
                assertThat(newest(issuing).number()).isEqualTo(known.number());
                assertThat(issuing.storage
                                .tokens()
                                .changes()
                                .orElseThrow()
                                .since(known)
                                .changes())
                        .as("changes since a position of the other history")
                        .isEmpty();
                awaitPolls(counters);
                for (IssuedToken revoked : tokens.subList(4, 8)) {
                    assertThat(allows(auth, revoked)).isFalse();
                }
            }
        }
    }

    @Test
    void a_change_that_the_server_which_took_over_has_not_is_pending() throws Exception {
        try (Node node = Node.patient(servers.primary(), switched)) {
            IssuedToken token = node.issue();
            servers.awaitReplay();
            servers.cutOff();
            revoke(node, token);
            assertThat(node.storage.tokens().changes().orElseThrow().hasOwnChanges())
                    .isTrue();
            servers.failOver();
            goOver();
            assertThat(node.storage.tokens().changes().orElseThrow().hasOwnChanges())
                    .isFalse();
            assertThat(node.auth.acrossTenants().awaitPropagation())
                    .hasValueSatisfying(why -> assertThat(why).contains("has lost changes"));
            Outcome<Revocation> again = node.auth.tenant("123").tokens().revoke(token.id());
            assertThat(again.orElseThrow())
                    .as("on a server without the revocation")
                    .isEqualTo(Revocation.REVOKED);
            assertThat(again.propagation().toCompletableFuture()).isCompletedExceptionally();
            assertThat(node.kind(token)).isEqualTo(Kind.REVOKED);
        }
    }

    /** Idle connections of the library go back to the pool first. */
    private void goOver() {
        current = standby;
        Patience.await().until(() -> primary.getHikariPoolMXBean().getActiveConnections() == 0);
    }

    private static void revoke(Node node, IssuedToken token) {
        node.operations().revoke(token.id()).orElseThrow();
    }

    private static Position newest(Node node) {
        return node.storage
                .tokens()
                .changes()
                .orElseThrow()
                .since(Position.NONE)
                .newest();
    }

    private static boolean allows(LecternAuth auth, IssuedToken token) {
        return Node.decide(auth, token) instanceof Allowed;
    }

    /** Waits for a poll that started after this call. */
    private static void awaitPolls(InMemoryAuthMetrics counters) {
        long before = polls(counters);
        Patience.await().until(() -> polls(counters) >= before + 2);
    }

    private static long polls(InMemoryAuthMetrics counters) {
        return counters.snapshot().get("polls");
    }
}
