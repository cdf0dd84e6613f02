package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.Revocation;
import school.lectern.auth.TenantOperations;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.token.IssuedToken;

/** The audit log while its table accepts no rows, while many readers and purges use it, and while it is closed. */
class AuditTableTest {

    private static final int THREADS = 4;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @TempDir
    Path folder;

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    static List<Kind> databases() {
        return Kind.all();
    }

    static List<Kind> servers() {
        return Kind.servers();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void while_the_table_cannot_grow_calls_are_refused(Kind kind) throws Exception {
        try (Node node = Node.patient(TestDatabase.of(kind, folder))) {
            IssuedToken token = node.issue();
            assertThat(node.allows(token)).isTrue();
            fill(kind, node.pool);
            assertThat(node.kind(token)).isEqualTo(AuthError.Kind.UNAVAILABLE);
            empty(kind, node.pool);
            assertThat(node.allows(token)).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void while_the_table_cannot_grow_tokens_end_and_nothing_else_is_changed(Kind kind) throws Exception {
        try (Node node = Node.of(TestDatabase.of(kind, folder))) {
            IssuedToken first = node.issue();
            IssuedToken second = node.issue();
            IssuedToken third = node.issue();
            TenantOperations tenant = node.tenant();
            fill(kind, node.pool);
            assertThat(tenant.tokens().revoke(first.id()).orElseThrow()).isEqualTo(Revocation.REVOKED);
            assertThat(node.get(first).isRevoked()).isTrue();
            tenant.suspend().orElseThrow();
            assertThat(node.get(second).tenantSuspended()).isTrue();
            assertThatThrownBy(() -> tenant.resume()).isInstanceOf(StorageException.class);
            assertThatThrownBy(node::issue).isInstanceOf(StorageException.class);
            assertThat(tenant.tokens().revokeAll().orElseThrow()).isEqualTo(2);
            assertThat(node.get(third).isRevoked()).isTrue();
            empty(kind, node.pool);

            eventually(() -> changes(node.pool) + node.storage.audit().dropped() == 3 + 4);
        }
    }

    private static long changes(HikariDataSource pool) throws SQLException {
        return H2.number(pool, "SELECT COUNT(*) FROM lectern_audit WHERE event <> 'call'");
    }

    /** A database reports the same kind of error for a duplicate key. */
    @ParameterizedTest
    @MethodSource("databases")
    void a_violated_constraint_is_not_mistaken_for_a_duplicate_key(Kind kind) throws Exception {
        try (Node node = Node.patient(TestDatabase.of(kind, folder))) {
            H2.execute(node.pool, "ALTER TABLE lectern_audit ADD CONSTRAINT refusing CHECK (event_id IS NULL)");
            assertThatThrownBy(() -> node.storage.audit().append(AuditBurst.event()))
                    .isInstanceOf(StorageException.class);
            node.storage.audit().offer(AuditBurst.event());
            eventually(() -> node.storage.audit().dropped() == 1);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void rows_offered_to_a_full_table_are_written_later_or_counted(Kind kind) throws Exception {
        int each = Rounds.of(500, 20_000);
        try (Node node = Node.patient(TestDatabase.of(kind, folder))) {
            AuditLog audit = node.storage.audit();
            fill(kind, node.pool);
            audit.offer(AuditBurst.event());
            // A server with a full disk may have space again soon, so the row waits. A constraint of the table rejects
            // the row permanently.
            eventually(() -> kind != Kind.H2 || audit.dropped() == 1);
            empty(kind, node.pool);
            eventually(() -> rows(node.pool) + audit.dropped() == 1);
            List<Future<?>> offering = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                offering.add(threads.submit(() -> {
                    for (int n = 0; n < each; n++) {
                        AuditEvent event = AuditBurst.event();
                        audit.offer(event);
                        audit.complete(event.withStatus(200));
                        pauseNowAndThen(n);
                    }
                }));
            }
            while (!offering.stream().allMatch(Future::isDone)) {
                fill(kind, node.pool);
                long dropped = audit.dropped();
                eventually(() -> audit.dropped() > dropped || offering.stream().allMatch(Future::isDone));
                empty(kind, node.pool);
                long written = rows(node.pool);
                eventually(() -> rows(node.pool) > written || offering.stream().allMatch(Future::isDone));
            }
            eventually(() -> rows(node.pool) + audit.dropped() == (long) THREADS * each + 1);
            assertThat(rows(node.pool)).isPositive();
        }
    }

    /** Offers no faster than the log writes, so that not all events are dropped because the queue is full. */
    private static void pauseNowAndThen(int n) {
        if (n % 10 == 0) {
            LockSupport.parkNanos(2_000_000);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void what_finds_no_room_while_the_database_is_silent_is_counted(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        try (HikariDataSource direct = database.pool();
                TcpProxy proxy = new TcpProxy(database.port());
                HikariDataSource pool = database.through(proxy).pool();
                OpenStorage storage = JdbcStorage.builder(pool)
                        .deadline(Patience.DEADLINE)
                        .build()
                        .open()) {
            proxy.silence(true);
            for (int i = 0; i < 15_000; i++) {
                storage.audit().offer(AuditBurst.event());
            }
            assertThat(storage.audit().dropped()).isBetween(4_000L, 5_000L);
            proxy.silence(false);
            eventually(() -> rows(direct) + storage.audit().dropped() == 15_000);
        }
    }

    private static void fill(Kind kind, HikariDataSource pool) throws SQLException {
        switch (kind) {
            // Under load, the statement waits for a pause in which no other statement runs.
            case H2 ->
                H2.execute(
                        pool,
                        "SET LOCK_TIMEOUT 20000; ALTER TABLE lectern_audit ADD CONSTRAINT is_full CHECK (id < 0) NOCHECK");
            case MARIADB ->
                H2.execute(
                        pool,
                        "CREATE TRIGGER is_full BEFORE INSERT ON lectern_audit FOR EACH ROW"
                                + " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'");
            default -> {
                H2.execute(
                        pool,
                        "CREATE OR REPLACE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS"
                                + " 'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full''; END'");
                H2.execute(
                        pool,
                        "CREATE TRIGGER is_full BEFORE INSERT ON lectern_audit"
                                + " FOR EACH ROW EXECUTE FUNCTION is_full()");
            }
        }
    }

    private static void empty(Kind kind, HikariDataSource pool) throws SQLException {
        switch (kind) {
            case H2 -> H2.execute(pool, "SET LOCK_TIMEOUT 20000; ALTER TABLE lectern_audit DROP CONSTRAINT is_full");
            case MARIADB -> H2.execute(pool, "DROP TRIGGER is_full");
            default -> H2.execute(pool, "DROP TRIGGER is_full ON lectern_audit");
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void under_load_a_purge_deletes_only_old_rows_and_an_export_ends_and_is_in_order(Kind kind) throws Exception {
        Instant cut = Instant.parse("2026-06-01T00:00:00Z");
        Set<String> young = ConcurrentHashMap.newKeySet();
        AtomicBoolean over = new AtomicBoolean();
        try (Node node = Node.patient(TestDatabase.of(kind, folder))) {
            AuditLog audit = node.storage.audit();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit((Callable<Void>) () -> {
                    while (!over.get()) {
                        int millis = ThreadLocalRandom.current().nextInt(1_000);
                        audit.append(AuditBurst.event(cut.minusMillis(1 + millis)));
                        AuditEvent event = AuditBurst.event(cut.plusMillis(millis));
                        audit.append(event);
                        young.add(event.id());
                        // The duration of an export grows with the number of rows, so concurrent exports must not
                        // accumulate.
                        LockSupport.parkNanos(Rounds.of(0, 5_000_000));
                    }
                    return null;
                }));
            }
            running.add(threads.submit(() -> {
                while (!over.get()) {
                    audit.purge("123", cut, 100);
                }
            }));
            for (int export = 0; export < Rounds.of(5, 100) || young.size() <= 100; export++) {
                int more = young.size() + 10;
                eventually(() -> young.size() >= more);
                Set<String> missing = new HashSet<>(young);
                missing.removeAll(export(audit));
                assertThat(missing).isEmpty();
            }
            over.set(true);
            for (Future<?> end : running) {
                assertThat(end.get()).isNull();
            }
            while (audit.purge("123", cut, 100) > 0) {
                // The portions run one after the other.
            }
            assertThat(export(audit)).isEqualTo(young);
        }
    }

    /**
     * Returns the ids of all events, and asserts that the events are in the order of time. A set, because there may be many.
     */
    private static Set<String> export(AuditLog audit) {
        List<AuditEvent> events = new ArrayList<>();
        CursorPage<AuditEvent> page = audit.read("123", null, null, CursorPage.START, 50);
        while (!page.items().isEmpty()) {
            events.addAll(page.items());
            page = audit.read("123", null, null, page.next(), 50);
        }
        assertThat(events).extracting(AuditEvent::at).isSorted();
        List<String> ids = events.stream().map(AuditEvent::id).toList();
        assertThat(ids).doesNotHaveDuplicates();
        return new HashSet<>(ids);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_log_that_is_closed_under_load_has_written_all_acknowledged_and_accepted_rows(Kind kind) throws Exception {
        TestDatabase database = TestDatabase.of(kind, folder);
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicBoolean over = new AtomicBoolean();
        long offered = 0;
        try (HikariDataSource pool = database.pool()) {
            OpenStorage storage = JdbcStorage.builder(pool)
                    .deadline(Patience.DEADLINE)
                    .build()
                    .open();
            AuditLog audit = storage.audit();
            for (int i = 0; i < 16; i++) {
                threads.execute(() -> {
                    while (!over.get()) {
                        AuditEvent event = AuditBurst.event();
                        try {
                            audit.append(event);
                            acknowledged.add(event.id());
                        } catch (StorageException closed) {
                            return;
                        }
                    }
                });
            }
            while (acknowledged.size() <= 10 || offered < 1_000) {
                audit.offer(AuditBurst.event());
                offered++;
                pauseNowAndThen((int) offered);
            }
            storage.close();
            over.set(true);
            threads.shutdown();
            assertThat(threads.awaitTermination(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(acknowledged).hasSizeGreaterThan(10);
            assertThat(rows(pool)).isEqualTo(acknowledged.size() + offered - audit.dropped());
        }
    }

    private static long rows(HikariDataSource pool) throws SQLException {
        return H2.number(pool, "SELECT COUNT(*) FROM lectern_audit WHERE event = 'call'");
    }

    private static void eventually(Callable<Boolean> condition) {
        Patience.await().until(condition);
    }
}
