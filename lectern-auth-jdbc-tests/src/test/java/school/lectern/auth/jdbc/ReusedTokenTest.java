package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.Token;

/** Two processes with caches share a database: bearers rotate their tokens on both, and one detects that a token is reused. */
class ReusedTokenTest {

    private static final int ROUNDS = Rounds.of(20, 500);

    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);
    private final InMemoryAuthMetrics metrics = new InMemoryAuthMetrics();
    private HikariDataSource source;
    private LecternAuth one;
    private LecternAuth two;

    static List<TestDatabase.Kind> databases() {
        return TestDatabase.Kind.all();
    }

    private void open(TestDatabase.Kind kind) throws SQLException {
        source = TestDatabase.of(kind, folder).pool();
        one = node();
        two = node();
        List.of(one, two)
                .forEach(node -> Patience.await()
                        .until(() -> node.cacheStatus().orElseThrow().isLeaseLive()));
    }

    private LecternAuth node() {
        return LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.builder(source).deadline(Patience.DEADLINE).build())
                .metrics(metrics)
                .detectReuse()
                .open();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        List.of(two, one).forEach(LecternAuth::close);
        source.close();
    }

    private IssuedToken issue() {
        return one.tenant("123")
                .tokens()
                .issue(NewToken.named("t").scopes("read:learners"))
                .orElseThrow();
    }

    private static Outcome<IssuedToken> rotateSelf(LecternAuth node, IssuedToken token, GracePeriod gracePeriod) {
        return node.rotateSelf(Node.request(node, token), Requirement.anyToken(), gracePeriod);
    }

    private static Kind kind(LecternAuth node, IssuedToken token) {
        Decision decision = Node.decide(node, token);
        assertThat(decision).isInstanceOf(Denied.class);
        return ((Denied) decision).error().kind();
    }

    private Token stored(IssuedToken token) {
        return one.tenant("123").tokens().get(token.id()).orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_use_that_was_answered_has_ended_the_line_on_every_node(TestDatabase.Kind kind) throws SQLException {
        open(kind);
        IssuedToken first = issue();
        // Both nodes have the first token in their caches.
        List.of(one, two).forEach(node -> assertThat(Node.decide(node, first)).isInstanceOf(Allowed.class));
        IssuedToken second = rotateSelf(one, first, GracePeriod.none()).orElseThrow();
        List.of(one, two).forEach(node -> assertThat(Node.decide(node, second)).isInstanceOf(Allowed.class));
        IssuedToken third =
                rotateSelf(two, second, GracePeriod.of(Duration.ofHours(1))).orElseThrow();
        List.of(one, two).forEach(node -> assertThat(Node.decide(node, third)).isInstanceOf(Allowed.class));
        assertThat(stored(third).lifetimeStartedAt()).isEqualTo(first.token().createdAt());

        assertThat(kind(two, first)).isEqualTo(Kind.EXPIRED);
        for (IssuedToken token : List.of(third, second, first)) {
            assertThat(kind(one, token)).isEqualTo(Kind.REVOKED);
            assertThat(kind(two, token)).isEqualTo(Kind.REVOKED);
        }
        assertThat(metrics.snapshot()).containsAllEntriesOf(Map.of("reuses", 1L, "tokens:token.revoked", 3L));
        assertThat(stored(third).revocationReason())
                .hasValueSatisfying(reason -> assertThat(reason).contains(first.id()));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void of_two_rotations_on_two_nodes_one_succeeds(TestDatabase.Kind kind) throws Exception {
        open(kind);
        for (int round = 0; round < ROUNDS; round++) {
            IssuedToken token = issue();
            GracePeriod hour = GracePeriod.of(Duration.ofHours(1));
            List<Outcome<IssuedToken>> both =
                    race(() -> rotateSelf(one, token, hour), () -> rotateSelf(two, token, hour));
            List<IssuedToken> done = both.stream()
                    .filter(Outcome.Done.class::isInstance)
                    .map(Outcome::orElseThrow)
                    .toList();
            assertThat(done).hasSize(1);
            assertThat(stored(token).successorId()).contains(done.get(0).id());
        }
    }

    /** Each node may be the one that detects the reuse, while the thief's or the owner's successor is being rotated. */
    @ParameterizedTest
    @MethodSource("databases")
    void no_token_of_the_line_survives_a_concurrent_rotation(TestDatabase.Kind kind) throws Exception {
        open(kind);
        for (int round = 0; round < Rounds.of(5, 100); round++) {
            IssuedToken first = issue();
            IssuedToken second =
                    rotateSelf(one, first, GracePeriod.untilRevoked()).orElseThrow();
            one.tenant("123").tokens().withoutWaiting().revoke(first.id()).orElseThrow();
            IssuedToken third = rotateSelf(two, second, GracePeriod.none()).orElseThrow();
            race(() -> kind(one, second), () -> rotateSelf(two, third, GracePeriod.of(Duration.ofHours(1))));
            assertThat(one.tenant("123").tokens().list(CursorPage.START, 3).items())
                    .extracting(Token::revokedAt)
                    .doesNotContain(Optional.empty());
        }
    }

    private <T> List<T> race(Callable<? extends T> first, Callable<? extends T> second) throws Exception {
        Future<T> a = threads.submit(atTheStart(first));
        Future<T> b = threads.submit(atTheStart(second));
        return List.of(a.get(), b.get());
    }

    private <T> Callable<T> atTheStart(Callable<? extends T> step) {
        return () -> {
            start.await();
            return step.call();
        };
    }
}
