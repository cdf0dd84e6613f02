package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.ChangeFeed.Position;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;

/** Nodes with caches and separate clocks, on each database, decide about tokens that are not used and tokens that end. */
class IdleTimeoutTest {

    @TempDir
    private Path folder;

    private HikariDataSource pool;
    private IdleTokens idle;
    private CachingNode a;
    private CachingNode b;

    static List<TestDatabase.Kind> databases() {
        return TestDatabase.Kind.all();
    }

    private void open(TestDatabase.Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        pool = database.pool();
        a = new CachingNode(database.pool());
        b = new CachingNode(database.pool());
        idle = new IdleTokens(pool);
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        pool.close();
    }

    private static final class CachingNode implements AutoCloseable {
        private final OffsetClock wall = new OffsetClock();
        private final InMemoryAuthMetrics metrics = new InMemoryAuthMetrics();
        private final HikariDataSource pool;
        private final LecternAuth auth;

        private CachingNode(HikariDataSource pool) {
            this.pool = pool;
            this.auth = LecternAuth.builder(Lectern.DIALECT)
                    .storage(JdbcStorage.builder(pool)
                            .deadline(Patience.DEADLINE)
                            .build())
                    .clocks(Clocks.of(wall))
                    .metrics(metrics)
                    .idleTimeout(IdleTokens.TIMEOUT)
                    .open();
        }

        IssuedToken issue(NewToken settings) {
            return auth.tenant("123").tokens().issue(settings).orElseThrow();
        }

        @Nullable
        Kind decides(IssuedToken token) {
            String header = "Bearer " + token.secret().expose();
            Decision decision = auth.authenticate(
                    new AuthRequest(
                            "req",
                            "GET",
                            "/",
                            null,
                            name -> name.equals("Authorization") ? List.of(header) : List.of()),
                    Requirement.anyToken().unlimited());
            return decision instanceof Denied denied ? denied.error().kind() : null;
        }

        /** Sets the clock, and waits for a poll. */
        void setClock(Duration ahead) {
            wall.set(ahead.toMillis());
            Patience.await().until(() -> {
                long skew = -metrics.snapshot().get("clockSkewMillis");
                return Math.abs(skew - ahead.toMillis()) < 60_000;
            });
        }

        @Override
        public void close() {
            auth.close();
            pool.close();
        }
    }

    private static NewToken named(String name) {
        return NewToken.named(name).scopes("read:learners");
    }

    private SharedToken shared(IssuedToken token) {
        return new SharedToken(
                (int) token.token().number(),
                token.id(),
                "123",
                "",
                token.secret().expose(),
                0,
                SharedToken.NEVER);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_use_on_another_node_keeps_a_token_that_is_cached_from_becoming_idle(TestDatabase.Kind kind)
            throws Exception {
        open(kind);
        AtomicReference<IssuedToken> allowed = new AtomicReference<>();
        AtomicReference<Instant> end = new AtomicReference<>();
        // On a busy machine, the end may pass before the nodes decide. Then it is tried with another token.
        Patience.await().until(() -> {
            allowed.set(a.issue(named("used " + end.get())));
            end.set(Instant.now().plusSeconds(4));
            idle.backdate(shared(allowed.get()), end.get());
            return a.decides(allowed.get()) == null && b.decides(allowed.get()) == null;
        });
        IssuedToken used = allowed.get();
        IssuedToken unused = a.issue(named("unused"));
        idle.backdate(shared(unused), end.get());
        Patience.await().until(() -> idle.isRecorded(shared(used)));
        Patience.await().until(() -> Instant.now().isAfter(end.get().plusMillis(1)));
        for (CachingNode node : List.of(a, b)) {
            assertThat(node.decides(used)).isNull();
            assertThat(node.decides(unused)).isEqualTo(Kind.IDLE);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void no_clock_of_a_node_extends_a_token(TestDatabase.Kind kind) throws Exception {
        open(kind);
        b.setClock(Duration.ofDays(-1));
        IssuedToken ending = a.issue(named("ending").expiresAt(a.auth.now().plusSeconds(2)));
        IssuedToken starting = a.issue(named("starting").notBefore(a.auth.now().plus(Duration.ofHours(1))));
        IssuedToken unused = a.issue(named("unused"));
        idle.backdate(shared(unused), Instant.now());
        Patience.await().until(() -> b.decides(ending) == Kind.EXPIRED);
        assertThat(Instant.now()).isAfterOrEqualTo(ending.token().expiresAt().orElseThrow());
        assertThat(b.decides(unused)).isEqualTo(Kind.IDLE);
        b.setClock(Duration.ofHours(2));
        assertThat(b.decides(starting)).isEqualTo(Kind.NOT_YET_VALID);

        // A use by the clock that is ahead is stored by the clock of the database.
        IssuedToken token = a.issue(named("used"));
        assertThat(b.decides(token)).isNull();
        Patience.await().until(() -> lastUse(token).isPresent());
        assertThat(lastUse(token).get()).isBeforeOrEqualTo(Instant.now().plusSeconds(1));
    }

    private Optional<Instant> lastUse(IssuedToken token) {
        return a.auth.tenant("123").tokens().get(token.id()).orElseThrow().lastUsedAt();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_poll_reads_the_clock_of_the_database(TestDatabase.Kind kind) throws Exception {
        open(kind);
        try (var storage = JdbcStorage.of(pool).open()) {
            // All databases of the tests run on this machine. Each rounds down to whole milliseconds.
            long before = System.currentTimeMillis() - 1;
            Instant read = storage.tokens()
                    .changes()
                    .orElseThrow()
                    .since(Position.NONE)
                    .time()
                    .orElseThrow();
            assertThat(read.toEpochMilli()).isBetween(before, System.currentTimeMillis() + 1);
        }
    }
}
