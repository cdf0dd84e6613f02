package school.lectern.auth.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import school.lectern.auth.Lookups;
import school.lectern.auth.MutableClock;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryAuthMetrics;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.StoredTokenBuilder;
import school.lectern.auth.token.TokenHash;

/** A cache over a real store that others also change. Its clocks change, and it polls, only on command of the test. */
final class CacheFixture implements AutoCloseable {

    static final String TENANT = "school-1";
    static final Duration LEASE = Duration.ofSeconds(1);
    private static final AtomicInteger NEXT = new AtomicInteger();

    /** The store as another process uses it. */
    final InMemoryTokenStore elsewhere = new InMemoryTokenStore(new InMemoryAuditLog());

    final SpyTokenStore<TokenStore> store = new SpyTokenStore<>(TokenStore.class, elsewhere);
    final SpyTokenStore<ChangeFeed> feed =
            new SpyTokenStore<>(ChangeFeed.class, elsewhere.changes().orElseThrow());
    final InMemoryAuthMetrics counters = new InMemoryAuthMetrics();
    final SpyTokenStore<AuthMetrics> metrics = new SpyTokenStore<>(AuthMetrics.class, counters);
    final MutableClock wall = new MutableClock("2026-05-07T13:23:30Z");
    final Clocks clocks = Clocks.of(wall, this::nanos);
    final CachingTokenStore cache;

    private final AtomicReference<Runnable> atNextLookAtTheClock = new AtomicReference<>();
    private volatile long nanos = Long.MAX_VALUE - 5;

    CacheFixture() {
        this(settings -> settings);
    }

    CacheFixture(UnaryOperator<CachingTokenStoreBuilder> settings) {
        elsewhere.changes().orElseThrow().setLease(LEASE);
        store.instead("changes", () -> Optional.of(feed.front()));
        this.cache = settings.apply(
                        CachingTokenStore.builder(store.front()).clocks(clocks).metrics(metrics.front()))
                .unpolled();
        store.forgetCalls();
    }

    private long nanos() {
        Runnable hook = atNextLookAtTheClock.getAndSet(() -> {});
        if (hook != null) {
            hook.run();
        }
        return nanos;
    }

    /** Runs the hook at the next reading of the clock, before the clock returns its time. */
    void atNextLookAtTheClock(Runnable hook) {
        atNextLookAtTheClock.set(hook);
    }

    /** Advances both clocks. */
    void pass(Duration time) {
        passByMonotonicClockOnly(time);
        wall.advance(time);
    }

    void passByMonotonicClockOnly(Duration time) {
        nanos += time.toNanos();
    }

    void poll() {
        cache.polling.poll();
    }

    static StoredTokenBuilder draft() {
        return draftOf(TENANT);
    }

    static StoredTokenBuilder draftOf(String tenantId) {
        int number = NEXT.incrementAndGet();
        return StoredToken.builder(
                        "token-" + number, tenantId, TokenEnvironment.LIVE, "CI", Instant.parse("2026-05-07T13:00:00Z"))
                .scopes(ScopeSet.parse("read:learners"))
                .secret("selector-" + number, hash());
    }

    static TokenHash hash() {
        String half = UUID.randomUUID().toString().replace("-", "");
        return TokenHash.sha256(half + half);
    }

    StoredToken insert() {
        return insert(draft());
    }

    StoredToken insert(StoredTokenBuilder draft) {
        return elsewhere
                .insert(draft.build(), TokenConstraints.none(), List.of())
                .stored()
                .orElseThrow();
    }

    /** Returns a token that the cache contains. */
    StoredToken cached() {
        StoredToken token = insert();
        find(token);
        return token;
    }

    List<StoredToken> find(StoredToken token) {
        return Lookups.rows(cache, token.selector());
    }

    /** Returns whether the cache now returns the token as revoked. */
    boolean isRevoked(StoredToken token) {
        return find(token).get(0).isRevoked();
    }

    /** Returns whether the next look-up of the token queries the store. */
    boolean asks(StoredToken token) {
        int before = store.calls("find");
        find(token);
        return store.calls("find") > before;
    }

    /** The row as another process has it. */
    StoredToken stored(IssuedToken token) {
        return elsewhere.get(TENANT, token.id()).orElseThrow();
    }

    void revokeElsewhere(StoredToken token) {
        elsewhere.revoke(SingleRevocation.of(token.tenantId(), token.id(), wall.instant(), List.of()));
    }

    /** A call on another thread that is blocked at a method of the store. */
    static final class Held<T> {
        private final CountDownLatch there = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private final Thread thread;

        /** Returns when the call is blocked. */
        Held(SpyTokenStore<?> door, String method, Supplier<T> what) {
            door.before(method, this::hold);
            this.thread = start(what, result);
            await(there);
        }

        private void hold() {
            there.countDown();
            await(release);
        }

        private static void await(CountDownLatch latch) {
            try {
                if (!latch.await(180, TimeUnit.SECONDS)) {
                    throw new AssertionError("the thread did not arrive");
                }
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }

        T release() {
            release.countDown();
            return result.orTimeout(180, TimeUnit.SECONDS).join();
        }

        Thread thread() {
            return thread;
        }
    }

    static <T> Thread start(Supplier<T> what, CompletableFuture<T> result) {
        Thread thread = new Thread(() -> {
            try {
                result.complete(what.get());
            } catch (Throwable thrown) {
                result.completeExceptionally(thrown);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void close() {
        cache.close();
    }
}
