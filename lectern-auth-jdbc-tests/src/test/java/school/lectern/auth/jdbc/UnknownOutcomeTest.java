package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.GracePeriod;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Outcome;
import school.lectern.auth.Revocation;
import school.lectern.auth.TokenOperations;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.jdbc.TcpProxy.Cut;
import school.lectern.auth.jdbc.connection.Sql;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.Token;

/** A connection breaks between a commit and its answer. The outcome is unknown until the database is queried. */
class UnknownOutcomeTest {

    private static final int ROUNDS = Rounds.of(5, 100);

    @TempDir
    Path folder;

    static List<TestDatabase.Kind> servers() {
        return TestDatabase.Kind.servers();
    }

    /** A database, and the library connected through a proxy that can be cut. */
    private static final class Node implements AutoCloseable {
        private final HikariDataSource direct;
        private final TcpProxy proxy;
        private final HikariDataSource cut;
        private final OpenStorage storage;
        private final LecternAuth auth;
        private final TokenOperations tokens;

        Node(TestDatabase database) throws Exception {
            this(database, Patience.DEADLINE);
        }

        Node(TestDatabase database, Duration deadline) throws Exception {
            direct = database.pool();
            proxy = new TcpProxy(database.port());
            cut = database.through(proxy).pool();
            storage = JdbcStorage.builder(cut).deadline(deadline).build().open();
            auth = LecternAuth.builder(Lectern.DIALECT).tokens(storage.tokens()).open();
            tokens = auth.tenant("123").tokens().withoutWaiting();
        }

        long rows(String id) throws Exception {
            return H2.number(direct, "SELECT COUNT(*) FROM lectern_audit WHERE event_id = '" + id + "'");
        }

        @Override
        public void close() throws IOException {
            auth.close();
            storage.close();
            cut.close();
            proxy.close();
            direct.close();
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void an_audit_row_whose_commit_was_cut_off_is_there_once_and_acknowledged(TestDatabase.Kind kind) throws Exception {
        try (Node node = new Node(TestDatabase.of(kind, folder))) {
            for (int round = 0; round < ROUNDS; round++) {
                for (Cut where : List.of(Cut.BEFORE_IT_ARRIVES, Cut.BEFORE_ITS_ANSWER)) {
                    AuditEvent event = AuditBurst.event();
                    node.proxy.cutNextCommit(where);
                    node.storage.audit().append(event);
                    assertThat(node.rows(event.id())).as(where.name()).isEqualTo(1);
                }
            }
            assertThat(node.proxy.cuts()).isEqualTo(2 * ROUNDS);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void no_acknowledged_event_is_lost_and_no_event_is_stored_twice_while_connections_break(TestDatabase.Kind kind)
            throws Exception {
        try (Node node = new Node(TestDatabase.of(kind, folder))) {
            Set<String> acknowledged = ConcurrentHashMap.newKeySet();
            ExecutorService threads = Executors.newFixedThreadPool(16);
            List<Future<?>> running = new ArrayList<>();
            AtomicBoolean over = new AtomicBoolean();
            for (int i = 0; i < 16; i++) {
                running.add(threads.submit(() -> {
                    while (!over.get()) {
                        AuditEvent event = AuditBurst.event();
                        try {
                            node.storage.audit().append(event);
                            acknowledged.add(event.id());
                        } catch (StorageException refused) {
                            // This is also a correct answer.
                        }
                    }
                }));
            }
            int rounds = Rounds.of(12, 600);
            for (int cut = 0; cut < rounds; cut++) {
                int more = acknowledged.size() + 10;
                Patience.await().until(() -> acknowledged.size() >= more);
                switch (cut % 3) {
                    case 0 -> node.proxy.cutNextCommit(Cut.BEFORE_ITS_ANSWER);
                    case 1 -> node.proxy.cutNextCommit(Cut.BEFORE_IT_ARRIVES);
                    default -> node.proxy.cutAll();
                }
            }
            over.set(true);
            for (Future<?> thread : running) {
                assertThat(thread.get()).isNull();
            }
            threads.shutdown();
            assertThat(acknowledged).hasSizeGreaterThan(100);
            List<String> rows;
            try (var connection = node.direct.getConnection()) {
                rows = Sql.query(connection, "SELECT event_id FROM lectern_audit", none -> {}, row -> row.getString(1));
            }
            assertThat(rows).doesNotHaveDuplicates();
            acknowledged.removeAll(new HashSet<>(rows));
            assertThat(acknowledged).as("acknowledged, but missing").isEmpty();
        }
    }

    /** The rows of a short outage are not lost, and the count of lost rows is exact. */
    @ParameterizedTest
    @MethodSource("servers")
    void rows_that_were_offered_when_the_commit_was_cut_off_are_written_later_or_counted(TestDatabase.Kind kind)
            throws Exception {
        try (Node node = new Node(TestDatabase.of(kind, folder))) {
            List<AuditEvent> events = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                AuditEvent event = AuditBurst.event();
                events.add(event);
                if (i % 200 == 0) {
                    int cuts = node.proxy.cuts();
                    node.proxy.cutNextCommit(i % 400 == 0 ? Cut.BEFORE_ITS_ANSWER : Cut.BEFORE_IT_ARRIVES);
                    if (i > 0) {
                        Patience.await().until(() -> node.proxy.cuts() > cuts);
                    }
                }
                node.storage.audit().offer(event);
                node.storage.audit().complete(event.withStatus(200));
            }
            node.storage.audit().append(AuditBurst.event());
            String known = "SELECT COUNT(*) FROM lectern_audit WHERE status = 200";
            Patience.await().until(() -> H2.number(node.direct, known) >= events.size());
            assertThat(node.proxy.cuts()).isPositive();
            assertThat(node.storage.audit().dropped()).isZero();
            assertThat(H2.number(node.direct, known)).isEqualTo(events.size());
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void a_call_without_an_answer_fails_and_stores_at_most_one_row(TestDatabase.Kind kind) throws Exception {
        try (Node node = new Node(TestDatabase.of(kind, folder), Duration.ofSeconds(2))) {
            AuditEvent event = AuditBurst.event();
            node.proxy.silence(true);
            assertThatThrownBy(() -> node.storage.audit().append(event)).isInstanceOf(StorageException.class);
            node.proxy.cutAll();
            node.proxy.silence(false);
            // On a busy machine, one deadline may be too short for a new connection and a commit.
            Patience.await("the next row is written").until(() -> isAppended(node));
            assertThat(node.rows(event.id())).isLessThanOrEqualTo(1);
        }
    }

    private static boolean isAppended(Node node) {
        try {
            node.storage.audit().append(AuditBurst.event());
            return true;
        } catch (StorageException notYet) {
            return false;
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void a_change_whose_outcome_is_unknown_is_thrown_and_can_be_repeated(TestDatabase.Kind kind) throws Exception {
        try (Node node = new Node(TestDatabase.of(kind, folder))) {
            for (int round = 0; round < ROUNDS; round++) {
                for (Cut where : List.of(Cut.BEFORE_IT_ARRIVES, Cut.BEFORE_ITS_ANSWER)) {
                    isUnknown(node, where, () -> issue(node));
                    revokes(node, where);
                    rotates(node, where);
                }
            }
        }
    }

    private static void revokes(Node node, Cut where) {
        Token token = issue(node);
        isUnknown(node, where, () -> node.tokens.revoke(token.id()));
        boolean made = where == Cut.BEFORE_ITS_ANSWER;
        assertThat(stored(node, token).isRevoked()).isEqualTo(made);
        assertThat(node.tokens.revoke(token.id()).orElseThrow())
                .isEqualTo(made ? Revocation.ALREADY_REVOKED : Revocation.REVOKED);
        assertThat(stored(node, token).isRevoked()).isTrue();
    }

    private static void rotates(Node node, Cut where) {
        Token token = issue(node);
        isUnknown(node, where, () -> node.tokens.rotate(token.id(), GracePeriod.untilRevoked()));
        boolean made = where == Cut.BEFORE_ITS_ANSWER;
        assertThat(successors(node, token)).hasSize(made ? 1 : 0);
        Outcome<?> again = node.tokens.rotate(token.id(), GracePeriod.untilRevoked());
        if (made) {
            assertThat(((Outcome.Refused<?>) again).error().kind()).isEqualTo(Kind.CONFLICT);
        } else {
            assertThat(again).isInstanceOf(Outcome.Done.class);
        }
        assertThat(successors(node, token))
                .singleElement()
                .extracting(Token::id)
                .isEqualTo(stored(node, token).successorId().orElseThrow());
    }

    private static void isUnknown(Node node, Cut where, Runnable change) {
        int before = node.proxy.cuts();
        node.proxy.cutNextCommit(where);
        assertThatThrownBy(change::run).isInstanceOf(StorageException.class);
        assertThat(node.proxy.cuts()).isEqualTo(before + 1);
    }

    private static Token issue(Node node) {
        return node.tokens
                .issue(NewToken.named("t").scopes(ScopeSet.parse("read:learners")))
                .orElseThrow()
                .token();
    }

    private static Token stored(Node node, Token token) {
        return node.tokens.get(token.id()).orElseThrow();
    }

    private static List<Token> successors(Node node, Token token) {
        return node.tokens.list(CursorPage.START, 10).items().stream()
                .filter(other -> other.predecessorId().equals(Optional.of(token.id())))
                .toList();
    }
}
