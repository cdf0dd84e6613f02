package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Actor;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.TokenUpdate;
import school.lectern.auth.background.ExpiryWatch;
import school.lectern.auth.background.ListenerNotifier;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;

/** Two nodes of one database change the same token concurrently. */
class TwoNodesTest {

    private static final int ROUNDS = Rounds.of(50, 1_000);
    private static final Actor APP = Actor.application();

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);

    @TempDir
    Path folder;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    static List<Kind> databases() {
        return Kind.all();
    }

    /** Concurrent operations on a token by two nodes, and the condition that must hold afterwards. */
    private interface Round {
        void play(TokenOperations a, TokenOperations b, Node node) throws Exception;
    }

    private void play(Kind kind, int rounds, Round round) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (Node a = Node.patient(database);
                Node b = Node.patient(database)) {
            for (int i = 0; i < rounds; i++) {
                round.play(a.operations(), b.operations(), b);
            }
        }
    }

    private record Both<A, B>(A first, B second) {}

    private <A, B> Both<A, B> race(Callable<A> first, Callable<B> second) throws Exception {
        Future<A> a = threads.submit(atTheStart(first));
        Future<B> b = threads.submit(atTheStart(second));
        return new Both<>(a.get(), b.get());
    }

    private <T> Callable<T> atTheStart(Callable<T> step) {
        return () -> {
            start.await();
            return step.call();
        };
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_use_on_one_node_undoes_no_revocation_on_the_other(Kind kind) throws Exception {
        play(kind, Rounds.of(50, 10_000), (a, b, node) -> useAgainstRevoke(a, node, node.tokens()));
    }

    private void useAgainstRevoke(TokenOperations a, Node node, TokenStore noting) throws Exception {
        IssuedToken token = node.issue();
        String id = token.id();
        Both<Outcome<Revocation>, ?> both = race(() -> a.revoke(id), () -> {
            return noting.recordLastUsed(Map.of(id, Instant.now()), Duration.ZERO);
        });
        assertThat(both.first().orElseThrow()).isEqualTo(Revocation.REVOKED);
        assertThat(node.allows(token)).as("a revoked token").isFalse();
        assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void one_of_two_nodes_gives_each_notice_of_an_end_also_after_a_restart(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        List<String> heard = new CopyOnWriteArrayList<>();
        List<String> ids = new ArrayList<>();
        try (Node a = Node.patient(database);
                Node b = Node.patient(database)) {
            for (int i = 0; i < ROUNDS; i++) {
                ids.add(a.issue().id());
            }
            ExpiryWatch one = watch(a, heard);
            ExpiryWatch two = watch(b, heard);
            race(() -> looked(one), () -> looked(two));
            assertThat(heard).containsExactlyInAnyOrderElementsOf(ids);
        }
        try (Node restarted = Node.patient(database)) {
            looked(watch(restarted, heard));
        }
        assertThat(heard).hasSize(ROUNDS);
    }

    /** The tokens have no stored end: their end is that of a maximum lifetime. */
    private static ExpiryWatch watch(Node node, List<String> heard) {
        AuthListener listener = new AuthListener() {
            @Override
            public void expiring(Token token, ExpiryNotice notice) {
                heard.add(token.id());
            }
        };
        return new ExpiryWatch(
                node.tokens(),
                new ListenerNotifier(listener, Runnable::run),
                InstantSource.system(),
                List.of(Duration.ofHours(2)),
                Duration.ofHours(1));
    }

    private static boolean looked(ExpiryWatch watch) {
        watch.look();
        return true;
    }

    /** Shows that the test above detects the fault. */
    @ParameterizedTest
    @MethodSource("databases")
    void the_test_detects_a_use_that_writes_back_the_whole_row(Kind kind) throws Exception {
        assertThatThrownBy(() -> play(kind, 1_000, (a, b, node) -> useAgainstRevoke(a, node, wholeRows(node))))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a revoked token");
    }

    private static TokenStore wholeRows(Node node) {
        return (TokenStore) Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (self, method, arguments) -> {
                    if (method.getName().equals("recordLastUsed")) {
                        Map<?, ?> uses = (Map<?, ?>) arguments[0];
                        writeBack(node, (String) uses.keySet().iterator().next());
                        return null;
                    }
                    try {
                        return method.invoke(node.tokens(), arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private static void writeBack(Node node, String id) throws SQLException {
        StoredToken read = node.tokens().get("123", id).orElseThrow();
        // The other node revokes the token at this moment: the row that is written back is from before.
        Patience.await().until(() -> node.tokens().get("123", id).orElseThrow().isRevoked());
        try (Connection connection = node.pool.getConnection()) {
            Sql.update(
                    connection,
                    "UPDATE lectern_tokens SET last_used_at = ?, revoked_at = ? WHERE token_id = ?",
                    statement -> {
                        statement.setLong(1, Instant.now().toEpochMilli());
                        TokenRow.setTime(statement, 2, read.revokedAt());
                        statement.setString(3, id);
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void one_of_concurrent_rotations_on_two_nodes_creates_a_successor(Kind kind) throws Exception {
        play(kind, ROUNDS, (a, b, node) -> {
            IssuedToken token = node.issue();
            String id = token.id();
            var both = race(
                    () -> a.rotate(id, GracePeriod.untilRevoked()), () -> b.rotate(id, GracePeriod.untilRevoked()));
            boolean firstWon = both.first() instanceof Outcome.Done;
            assertThat(refusal(firstWon ? both.second() : both.first())).isEqualTo(AuthError.Kind.CONFLICT);
            IssuedToken successor = (firstWon ? both.first() : both.second()).orElseThrow();
            assertThat(successors(node, token)).containsExactly(successor.id());
            assertThat(node.get(token).successorId()).isEqualTo(successor.id());
            assertThat(node.allows(successor)).isTrue();
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_token_that_is_revoked_on_one_node_gets_no_successor_on_the_other(Kind kind) throws Exception {
        play(kind, ROUNDS, (a, b, node) -> {
            IssuedToken token = node.issue();
            String id = token.id();
            var both = race(() -> a.revoke(id), () -> b.rotate(id, GracePeriod.untilRevoked()));
            assertThat(both.first().orElseThrow()).isEqualTo(Revocation.REVOKED);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            List<String> successors = both.second() instanceof Outcome.Done<IssuedToken> done
                    ? List.of(done.value().id())
                    : List.of();
            assertThat(successors(node, token)).isEqualTo(successors);
            assertThat(node.get(token).revision()).isEqualTo(successors.isEmpty() ? 1 : 2);
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_token_that_is_revoked_on_one_node_is_not_revived_by_a_new_secret_on_the_other(Kind kind) throws Exception {
        play(kind, ROUNDS, (a, b, node) -> {
            IssuedToken token = node.issue();
            String id = token.id();
            var both = race(() -> a.revoke(id), () -> b.regenerate(id));
            assertThat(both.first().orElseThrow()).isEqualTo(Revocation.REVOKED);
            assertThat(node.get(token).isRevoked()).isTrue();
            if (both.second() instanceof Outcome.Done<IssuedToken> done) {
                assertThat(node.kind(done.value())).isEqualTo(AuthError.Kind.REVOKED);
                assertThat(node.kind(token)).isEqualTo(AuthError.Kind.UNKNOWN_TOKEN);
            } else {
                assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_token_that_is_revoked_on_one_node_is_not_revived_by_an_update_on_the_other(Kind kind) throws Exception {
        play(kind, ROUNDS, (a, b, node) -> {
            IssuedToken token = node.issue();
            String id = token.id();
            TokenUpdate endless = new TokenUpdate().name("endless").neverExpires();
            var both = race(() -> a.revoke(id), () -> b.update(id, endless));
            assertThat(both.first().orElseThrow()).isEqualTo(Revocation.REVOKED);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.REVOKED);
            assertThat(node.get(token).name()).isEqualTo(both.second() instanceof Outcome.Done ? "endless" : "t");
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void one_of_concurrent_revocations_on_two_nodes_is_reported_as_first(Kind kind) throws Exception {
        play(kind, ROUNDS, (a, b, node) -> {
            String id = node.issue().id();
            var both = race(() -> a.revoke(id), () -> b.revoke(id));
            assertThat(List.of(both.first().orElseThrow(), both.second().orElseThrow()))
                    .containsExactlyInAnyOrder(Revocation.REVOKED, Revocation.ALREADY_REVOKED);
        });
    }

    private static AuthError.Kind refusal(Outcome<?> outcome) {
        return ((Outcome.Refused<?>) outcome).error().kind();
    }

    private static List<String> successors(Node node, IssuedToken token) {
        return node.tokens().list(TokenFilter.ofTenant("123").limit(3)).stream()
                .filter(other -> token.id().equals(other.predecessorId()))
                .map(StoredToken::id)
                .toList();
    }
}
