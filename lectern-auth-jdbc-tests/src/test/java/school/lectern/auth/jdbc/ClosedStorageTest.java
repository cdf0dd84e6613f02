package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.NewToken;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.jdbc.TestDatabase.Kind;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;

/** After a storage, a cache and a LecternAuth are closed, they leave no thread and no cached row. */
class ClosedStorageTest {

    private static final Requirement READ = Requirement.scope("read:learners");

    @TempDir
    Path folder;

    static List<Kind> kinds() {
        return Kind.all();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void no_thread_lives_after_close_has_returned(Kind kind) throws Exception {
        assertNoThreadLives(TestDatabase.of(kind, folder));
    }

    /** With a server of H2, the library makes all calls on its own threads. */
    @Test
    void no_thread_lives_after_a_server_of_h2_was_used() throws Exception {
        try (HarmedServer.OfH2 server = new HarmedServer.OfH2(folder)) {
            assertNoThreadLives(server.database());
        }
    }

    /**
     * Runs in a thread group of its own, because other tests may have threads at the same time. A new thread is in the group of
     * the thread that starts it.
     */
    private static void assertNoThreadLives(TestDatabase database) throws Exception {
        ThreadGroup group = new ThreadGroup("closed");
        FutureTask<Set<String>> test = new FutureTask<>(() -> {
            try (HikariDataSource pool = database.pool()) {
                use(pool);
                return names();
            }
        });
        new Thread(group, test).start();
        assertThat(test.get(5, TimeUnit.MINUTES)).as("threads after close").isEmpty();
    }

    private static void use(HikariDataSource pool) throws InterruptedException {
        try (OpenStorage storage = JdbcStorage.builder(pool).build().open();
                CachingTokenStore cache =
                        CachingTokenStore.builder(storage.tokens()).open();
                LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(cache)
                        .limits(storage.limits())
                        .audit(storage.audit(), AuditMode.DURABLE)
                        .listener(new AuthListener() {})
                        .expiryNotices(Duration.ofDays(1))
                        .open()) {
            IssuedToken token = issue(auth, NewToken.named("t").scopes(ScopeSet.parse("read:learners")));
            // Until the poller, the cache and the listener have done some work.
            Patience.await().until(() -> allows(auth, token) && cache.size() > 0);
            Patience.await()
                    .until(() -> names().containsAll(List.of("changes", "cache", "listener", "storage", "background")));
            auth.tenant("123").tokens().withoutWaiting().revoke(token.id()).orElseThrow();
        }
    }

    /** Each set of scopes and each allowlist here belongs to one token. An application could never free a static map. */
    @Test
    void no_value_of_a_row_is_kept_after_close() throws Exception {
        TestDatabase database = TestDatabase.of(Kind.H2, folder);
        try (HikariDataSource pool = database.pool()) {
            List<WeakReference<?>> values = read(pool);
            Patience.await().until(() -> {
                System.gc();
                return values.stream().allMatch(value -> value.get() == null);
            });
        }
    }

    private static List<WeakReference<?>> read(HikariDataSource pool) {
        try (OpenStorage storage = JdbcStorage.builder(pool).build().open();
                LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                        .tokens(storage.tokens())
                        .open()) {
            NewToken settings = NewToken.named("t")
                    .scopes(ScopeSet.parse("read:only_here"))
                    .allowlist(IpAllowlist.of(List.of(IpRange.parse("192.0.2.0/24"))));
            IssuedToken issued = issue(auth, settings);
            StoredToken first = storage.tokens().get("123", issued.id()).orElseThrow();
            StoredToken second = storage.tokens().get("123", issued.id()).orElseThrow();
            assertThat(first.scopes()).as("shared while the storage is open").isSameAs(second.scopes());
            assertThat(first.allowlist()).isSameAs(second.allowlist());
            assertThat(first.tenantId()).isSameAs(second.tenantId());
            return List.of(new WeakReference<>(first.scopes()), new WeakReference<>(first.allowlist()));
        }
    }

    private static IssuedToken issue(LecternAuth auth, NewToken settings) {
        return auth.tenant("123").tokens().issue(settings).orElseThrow();
    }

    private static boolean allows(LecternAuth auth, IssuedToken token) {
        String header = "Bearer " + token.secret().expose();
        AuthRequest request = new AuthRequest(
                auth.newRequestId(),
                "GET",
                "/v1/learners",
                null,
                name -> name.equals("Authorization") ? List.of(header) : List.of());
        return auth.authenticate(request, READ) instanceof Allowed;
    }

    /** Returns the names of the library's threads in this thread's group, without their common prefix and their counts. */
    private static Set<String> names() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> group.equals(thread.getThreadGroup()))
                .map(Thread::getName)
                .filter(name -> name.startsWith("lectern-auth-"))
                .map(name -> name.split("-")[2])
                .collect(Collectors.toSet());
    }
}
