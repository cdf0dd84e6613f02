package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.Revocation;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.testkit.Lookups;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;

class JdbcStorageTest {

    private static final Requirement READ = Requirement.scope("read:learners");

    @TempDir
    Path folder;

    @Test
    void changes_survive_a_restart() {
        Path file = folder.resolve("db");
        IssuedToken kept;
        IssuedToken revoked;
        try (Node node = new Node(file)) {
            kept = node.issue();
            revoked = node.issue();
            node.auth.tenant("123").tokens().revoke(revoked.id()).orElseThrow();
            assertThat(node.decide(kept)).isInstanceOf(Allowed.class);
        }
        try (Node node = new Node(file)) {
            assertThat(node.decide(kept)).isInstanceOf(Allowed.class);
            assertThat(node.kind(revoked)).isEqualTo(Kind.REVOKED);
            assertThat(node.storage.tokens().list(TokenFilter.ofTenant("123").limit(10)))
                    .extracting(StoredToken::id)
                    .containsExactly(revoked.id(), kept.id());
            assertThat(node.storage
                            .audit()
                            .read("123", null, null, CursorPage.START, 10)
                            .items())
                    .extracting(event -> event.event() + " " + event.status())
                    .startsWith("token.issued null", "token.issued null", "token.revoked null", "call 200");
            Decision decision = node.decide(kept);
            assertThat(decision.limits().get(0).status().remaining()).isLessThan(199);
        }
    }

    @Test
    void the_files_of_the_database_hold_no_secret() throws IOException {
        Path file = folder.resolve("db");
        IssuedToken token;
        try (Node node = new Node(file)) {
            token = node.issue();
            assertThat(node.decide(token)).isInstanceOf(Allowed.class);
            node.auth.tenant("123").tokens().regenerate(token.id()).orElseThrow();
        }
        String secret = token.secret().expose().substring("sk_live_lectern_".length() + 4);
        try (var files = Files.list(folder)) {
            for (Path written : files.toList()) {
                assertThat(Files.readString(written, StandardCharsets.ISO_8859_1))
                        .doesNotContain(secret)
                        .as("as UTF-16")
                        .doesNotContain(
                                new String(secret.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret_hash = ''",
                "secret_hash = 'zz'",
                "secret_hash = 'ab'",
                "hash_algorithm = 'md5'",
                "hash_algorithm = ''",
                "environment = 'Moon'",
                "scopes = 'a  b'",
                "rate_limits = 'read'",
                "metadata = '%zz=1'"
            })
    void a_row_that_cannot_be_read_is_a_server_error(String damage) throws SQLException {
        try (Node node = new Node(folder.resolve("db"))) {
            IssuedToken token = node.issue();
            H2.execute(node.pool, "UPDATE lectern_tokens SET " + damage);
            assertThat(node.kind(token)).isEqualTo(Kind.UNAVAILABLE);
        }
    }

    @Test
    void a_missing_hash_is_a_server_error() throws SQLException {
        try (Node node = new Node(folder.resolve("db"))) {
            IssuedToken token = node.issue();
            H2.execute(node.pool, "ALTER TABLE lectern_tokens ALTER COLUMN secret_hash SET NULL");
            H2.execute(node.pool, "UPDATE lectern_tokens SET secret_hash = NULL");
            assertThat(node.kind(token)).isEqualTo(Kind.UNAVAILABLE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.0/33", "unreadable", "10.0.0.1,10.0.0.2"})
    void an_allowlist_that_cannot_be_read_allows_no_address(String damage) throws SQLException {
        try (Node node = new Node(folder.resolve("db"))) {
            IssuedToken token = node.issue();
            H2.execute(node.pool, "UPDATE lectern_tokens SET ip_allowlist = '" + damage + "'");
            assertThat(node.kind(token)).isEqualTo(Kind.ADDRESS_NOT_ALLOWED);
        }
    }

    @Test
    void a_database_that_is_gone_is_a_server_error_and_not_an_unknown_token() throws InterruptedException {
        Node node = new Node(folder.resolve("db"));
        IssuedToken token = node.issue();
        node.pool.close();
        // A connection that was just used may stay open a moment longer.
        Patience.await().until(() -> !(node.decide(token) instanceof Allowed));
        assertThat(node.kind(token)).isEqualTo(Kind.UNAVAILABLE);
        node.close();
    }

    @Test
    void a_call_whose_audit_row_cannot_be_written_is_refused() throws SQLException {
        try (Node node = new Node(folder.resolve("db"))) {
            IssuedToken token = node.issue();
            H2.execute(node.pool, "ALTER TABLE lectern_audit RENAME TO elsewhere");
            assertThat(node.kind(token)).isEqualTo(Kind.UNAVAILABLE);
            H2.execute(node.pool, "ALTER TABLE elsewhere RENAME TO lectern_audit");
            assertThat(node.decide(token)).isInstanceOf(Allowed.class);
        }
    }

    @Test
    void a_locked_row_is_verified_and_its_use_is_recorded_later() throws Exception {
        try (Node node = new Node(folder.resolve("db"));
                Connection administrator = node.pool.getConnection()) {
            IssuedToken held = node.issue();
            IssuedToken free = node.issue();
            Instant use = Instant.parse("2026-01-01T00:00:00Z");
            administrator.setAutoCommit(false);
            administrator
                    .createStatement()
                    .executeUpdate("UPDATE lectern_tokens SET name = 'held' WHERE token_id = '" + held.id() + "'");

            assertThat(node.decide(held)).isInstanceOf(Allowed.class);
            node.storage.tokens().recordLastUsed(Map.of(held.id(), use, free.id(), use), Duration.ZERO);
            administrator.rollback();

            assertThat(node.get(held).lastUsedAt()).isNull();
            assertThat(node.get(free).lastUsedAt()).isEqualTo(use);
        }
    }

    @Test
    void a_hash_is_not_replaced_while_its_row_is_locked() throws Exception {
        try (Node node = new Node(folder.resolve("db"));
                Connection administrator = node.pool.getConnection()) {
            StoredToken token =
                    node.storage.tokens().get("123", node.issue().id()).orElseThrow();
            administrator.setAutoCommit(false);
            administrator.createStatement().executeUpdate("UPDATE lectern_tokens SET name = 'held'");
            StoredToken rehashed = token.toBuilder()
                    .secret("other", TokenHash.of("sha256", "00ff"))
                    .build();
            assertThat(node.storage.tokens().rehash(rehashed, List.of())).isEqualTo(WriteResult.STALE);
            administrator.rollback();
            assertThat(node.storage.tokens().rehash(rehashed, List.of())).isEqualTo(WriteResult.APPLIED);
        }
    }

    /** If a revocation fails, the token stays valid. */
    @Test
    void a_row_that_cannot_be_read_keeps_no_token_from_being_revoked() throws Exception {
        try (Node node = new Node(folder.resolve("db"))) {
            IssuedToken good = node.issue();
            IssuedToken broken = node.issue();
            IssuedToken alone = node.issue();
            for (IssuedToken token : List.of(broken, alone)) {
                H2.execute(
                        node.pool,
                        "UPDATE lectern_tokens SET environment = 'odd' WHERE token_id = '" + token.id() + "'");
            }
            assertThat(node.auth.tenant("123").tokens().revoke(alone.id()).orElseThrow())
                    .isEqualTo(Revocation.REVOKED);
            assertThat(node.auth.tenant("123").tokens().revokeAll().orElseThrow())
                    .isEqualTo(2);
            assertThat(node.kind(good)).isEqualTo(Kind.REVOKED);
            assertThat(H2.number(node.pool, "SELECT COUNT(*) FROM lectern_tokens WHERE revoked_at IS NULL"))
                    .isZero();
            assertThat(H2.number(node.pool, "SELECT COUNT(*) FROM lectern_audit WHERE event = 'token.revoked'"))
                    .isEqualTo(3);
        }
    }

    @Test
    void a_transaction_that_cannot_be_rolled_back_is_not_committed_by_accident() throws Exception {
        DataSource source = H2.inMemory();
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open().close();
        OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> withoutRollback(source.getConnection())))
                .deadline(Patience.DEADLINE)
                .existingTables()
                .build()
                .open();
        LecternAuth auth =
                LecternAuth.builder(Lectern.DIALECT).tokens(storage.tokens()).open();
        H2.execute(source, "ALTER TABLE lectern_audit RENAME TO elsewhere");
        NewToken settings = NewToken.named("t").scopes(ScopeSet.parse("read:learners"));
        assertThatThrownBy(() -> auth.tenant("123").tokens().issue(settings)).isInstanceOf(StorageException.class);
        assertThat(H2.number(source, "SELECT COUNT(*) FROM lectern_tokens"))
                .as("a token without its audit row")
                .isZero();
        auth.close();
        storage.close();
    }

    private static Connection withoutRollback(Connection real) {
        return wrapped(real, "rollback", () -> {
            throw new SQLException("the connection is broken");
        });
    }

    @Test
    void one_audit_row_that_does_not_fit_spoils_no_other() throws Exception {
        try (Node node = new Node(folder.resolve("db"))) {
            AuditEvent unfit = unfit();
            List<Callable<Boolean>> appends = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                AuditEvent event = i % 10 == 0 ? unfit() : call("r" + i);
                appends.add(() -> {
                    node.storage.audit().append(event);
                    return true;
                });
            }
            ExecutorService threads = Executors.newFixedThreadPool(20);
            int refused = 0;
            for (Future<Boolean> append : threads.invokeAll(appends)) {
                try {
                    assertThat(append.get()).isTrue();
                } catch (ExecutionException failed) {
                    refused++;
                }
            }
            threads.shutdown();
            assertThat(refused).isEqualTo(4);
            assertThat(H2.number(node.pool, "SELECT COUNT(*) FROM lectern_audit"))
                    .isEqualTo(36);
            node.storage.audit().offer(unfit);
            Patience.await().until(() -> node.storage.audit().dropped() > 0);
            assertThat(node.storage.audit().dropped()).isEqualTo(1);
        }
    }

    /** Returns an event whose id is longer than its column. */
    private static AuditEvent unfit() {
        return call(UUID.randomUUID() + "x".repeat(30), "r");
    }

    private static AuditEvent call(String requestId) {
        return call(UUID.randomUUID().toString(), requestId);
    }

    private static AuditEvent call(String id, String requestId) {
        return AuditEvent.builder(id, Instant.EPOCH, AuditEvent.CALL, "allowed")
                .requestId(requestId)
                .tenantId("123")
                .method("GET")
                .endpoint("/")
                .build();
    }

    @Test
    void a_pool_that_lends_open_transactions_is_refused() {
        DataSource source = H2.inMemory();
        assertThatThrownBy(() -> JdbcStorage.builder(withoutAutocommit(source))
                        .deadline(Patience.DEADLINE)
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("autocommit off");
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open().close();
        boolean[] changed = {false};
        OpenStorage storage = JdbcStorage.builder(new LendingDataSource(() -> {
                    Connection connection = source.getConnection();
                    connection.setAutoCommit(!changed[0]);
                    return connection;
                }))
                .deadline(Patience.DEADLINE)
                .existingTables()
                .build()
                .open();
        changed[0] = true;
        assertThatThrownBy(() -> Lookups.rows(storage.tokens(), "x"))
                .as("a pool whose settings change later")
                .isInstanceOf(StorageException.class)
                .hasStackTraceContaining("autocommit off");
        storage.close();
    }

    /** An application that stops may interrupt a thread while it closes the storage. */
    @Test
    void offered_rows_are_written_if_an_interrupted_thread_closes_the_storage() throws SQLException {
        DataSource source = H2.inMemory();
        OpenStorage storage =
                JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open();
        for (int i = 0; i < 5_000; i++) {
            storage.audit().offer(call("request " + i));
        }
        Thread.currentThread().interrupt();
        storage.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(storage.audit().dropped()).isZero();
        assertThat(H2.number(source, "SELECT COUNT(*) FROM lectern_audit")).isEqualTo(5_000);
    }

    @Test
    void connections_go_back_as_they_came() throws SQLException {
        DataSource source = H2.inMemory();
        try (Connection only = source.getConnection()) {
            only.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            DataSource lending = lending(only);
            OpenStorage storage = JdbcStorage.builder(lending)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            storage.tokens().revoke(SingleRevocation.of("123", "none", Instant.now(), List.of()));
            storage.tokens().recordLastUsed(Map.of("none", Instant.now()), Duration.ZERO);
            assertThat(only.getAutoCommit()).isTrue();
            assertThat(only.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
            storage.close();
        }
    }

    @Test
    void each_change_is_made_under_read_committed_also_by_a_connection_that_is_kept() throws SQLException {
        DataSource source = H2.inMemory();
        List<Integer> atCommit = new ArrayList<>();
        try (Connection only = source.getConnection()) {
            only.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            Connection noting = wrapped(only, "commit", () -> {
                atCommit.add(only.getTransactionIsolation());
                only.commit();
                return null;
            });
            OpenStorage storage = JdbcStorage.builder(lending(noting))
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            atCommit.clear();
            storage.tokens().setSuspended("1", Instant.EPOCH, List.of());
            storage.tokens().setSuspended("2", Instant.EPOCH, List.of());
            storage.close();
            assertThat(atCommit).hasSizeGreaterThan(1).containsOnly(Connection.TRANSACTION_READ_COMMITTED);
        }
    }

    @Test
    void tables_are_made_on_request_only_and_under_the_prefix() throws SQLException {
        DataSource source = H2.inMemory();
        assertThatThrownBy(() -> JdbcStorage.builder(source)
                        .deadline(Patience.DEADLINE)
                        .tablePrefix("a_")
                        .existingTables()
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("a_")
                .hasMessageContaining("without existingTables()");
        JdbcStorage.builder(source)
                .deadline(Patience.DEADLINE)
                .tablePrefix("a_")
                .build()
                .open()
                .close();
        JdbcStorage.builder(source)
                .deadline(Patience.DEADLINE)
                .tablePrefix("a_")
                .build()
                .open()
                .close();
        JdbcStorage.builder(source)
                .deadline(Patience.DEADLINE)
                .tablePrefix("b_")
                .build()
                .open()
                .close();
        assertThat(H2.number(source, "SELECT COUNT(*) FROM a_tokens")).isZero();
        assertThat(H2.number(source, "SELECT COUNT(*) FROM b_tokens")).isZero();
    }

    @Test
    void tables_of_another_version_are_refused() throws SQLException {
        DataSource source = H2.inMemory();
        JdbcStorage.builder(source).deadline(Patience.DEADLINE).build().open().close();
        H2.execute(source, "INSERT INTO lectern_schema_version (version) VALUES (99)");
        assertThatThrownBy(() -> JdbcStorage.builder(source)
                        .deadline(Patience.DEADLINE)
                        .build()
                        .open())
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("version 99");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1a", "A", "a-b", "a;drop", "a b", "abcdefghijabcdefghijabcdefghija"})
    void a_prefix_that_could_be_more_than_a_name_is_refused(String prefix) {
        assertThatThrownBy(() -> JdbcStorage.builder(H2.inMemory())
                        .deadline(Patience.DEADLINE)
                        .tablePrefix(prefix))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tablePrefix");
    }

    /** A simulated process: to the database, it looks like a separate one. */
    private static final class Node implements AutoCloseable {
        private final HikariDataSource pool;
        private final OpenStorage storage;
        private final LecternAuth auth;

        Node(Path file) {
            pool = H2.file(file);
            storage = JdbcStorage.builder(pool)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            auth = LecternAuth.builder(Lectern.DIALECT)
                    .tokens(storage.tokens())
                    .limits(storage.limits())
                    .audit(storage.audit(), AuditMode.DURABLE)
                    .open();
        }

        IssuedToken issue() {
            return auth.tenant("123")
                    .tokens()
                    .issue(NewToken.named("t").scopes(ScopeSet.parse("read:learners")))
                    .orElseThrow();
        }

        StoredToken get(IssuedToken token) {
            return storage.tokens().get("123", token.id()).orElseThrow();
        }

        Decision decide(IssuedToken token) {
            String header = "Bearer " + token.secret().expose();
            Decision decision = auth.authenticate(
                    new AuthRequest(
                            auth.newRequestId(),
                            "GET",
                            "/v1/learners",
                            null,
                            name -> name.equals("Authorization") ? List.of(header) : List.of()),
                    READ);
            if (decision instanceof Allowed allowed) {
                auth.completed(allowed, 200);
            }
            return decision;
        }

        Kind kind(IssuedToken token) {
            return ((Denied) decide(token)).error().kind();
        }

        @Override
        public void close() {
            auth.close();
            storage.close();
            pool.close();
        }
    }

    private static DataSource withoutAutocommit(DataSource source) {
        return new LendingDataSource(() -> {
            Connection connection = source.getConnection();
            connection.setAutoCommit(false);
            return connection;
        });
    }

    /** Returns a DataSource that always returns the same connection. Closing the connection releases it. */
    private static DataSource lending(Connection only) {
        return new LendingDataSource(() -> wrapped(only, "close", () -> null));
    }

    /** Returns the connection with one method replaced. */
    private static Connection wrapped(Connection real, String name, Callable<?> instead) {
        return (Connection) Proxy.newProxyInstance(
                JdbcStorageTest.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals(name) ? instead.call() : method.invoke(real, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }
}
