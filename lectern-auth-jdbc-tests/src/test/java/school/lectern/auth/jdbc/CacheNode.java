package school.lectern.auth.jdbc;

import com.zaxxer.hikari.pool.HikariPool;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.cache.PlantedCaches;
import school.lectern.auth.jdbc.CacheNodeProcess.Counts;
import school.lectern.auth.jdbc.RestrictiveChange.Made;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.IssuedToken;

/**
 * A process that decides from a cache under load, and changes tokens on command. It reads commands and prints their results,
 * one per line, and writes its decisions to a file.
 */
final class CacheNode {

    /** The rule of the protocol that is left out. */
    enum Planted {
        NOTHING,
        LEASE_CHECK,
        AGE_OF_WHAT_IS_JOINED,
        NUMBER_LAST
    }

    /** Longer than any clock of a test is ahead or behind, so that no other token ends because of a clock. */
    static final Duration MAX_LIFETIME = Duration.ofDays(3);

    private final OffsetClock wall = new OffsetClock();
    private final Clocks clocks = Clocks.of(wall);
    private final AtomicReference<@Nullable CompletableFuture<Void>> hold = new AtomicReference<>();
    private CompletableFuture<Void> lastHold = CompletableFuture.completedFuture(null);
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong lapses = new AtomicLong();
    private final ExecutorService changing = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "change");
        thread.setDaemon(true);
        return thread;
    });
    private final DataSource pool;
    private final Planted planted;
    private final LecternAuth auth;
    private final TokenStore tokens;
    private final CacheNodeLoad load;

    private CacheNode(DataSource pool, Planted planted, Duration pollEvery, Path history) throws Exception {
        this.pool = pool;
        this.planted = planted;
        TokenStore stored = watched(
                JdbcStorage.builder(pool).existingTables().build().open().tokens());
        this.tokens = switch (planted) {
            case LEASE_CHECK -> PlantedCaches.withoutLeaseCheck(stored, pollEvery);
            case AGE_OF_WHAT_IS_JOINED -> PlantedCaches.joiningAnything(stored, pollEvery);
            case NOTHING, NUMBER_LAST ->
                CachingTokenStore.builder(stored)
                        .pollEvery(pollEvery)
                        .clocks(clocks)
                        .metrics(counting())
                        .open();
        };
        this.auth = LecternAuth.builder(Lectern.DIALECT)
                .tokens(tokens)
                .clocks(clocks)
                .limits(unlimited())
                .maxLifetime(MAX_LIFETIME)
                .idleTimeout(IdleTokens.TIMEOUT)
                .open();
        this.load = new CacheNodeLoad(auth, wall, history);
    }

    public static void main(String[] args) throws Exception {
        CacheNode node = start(args);
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null && !line.equals("stop"); line = in.readLine()) {
                node.hear(line);
            }
        }
        node.load.end();
        KillableProcess.say("stopped");
        // Threads of the pool may still wait for a server that does not answer.
        Runtime.getRuntime().halt(0);
    }

    /** Retries until it succeeds: the fault may have happened already. */
    private static CacheNode start(String[] args) throws Exception {
        while (true) {
            try {
                return new CacheNode(
                        Pools.of(args[0], args[1]),
                        Planted.valueOf(args[2]),
                        Duration.ofMillis(Long.parseLong(args[3])),
                        Path.of(args[4]));
            } catch (HikariPool.PoolInitializationException | StorageException broken) {
                sleep(100);
            }
        }
    }

    private void hear(String line) {
        String[] words = line.split(" ", 2);
        String rest = words.length == 1 ? "" : words[1];
        switch (words[0]) {
            case "ping" -> KillableProcess.say("pong " + System.nanoTime());
            case "token" -> load.add(SharedToken.parse(rest));
            case "hot" -> load.heat(Integer.parseInt(rest));
            case "clock" -> wall.set(Long.parseLong(rest));
            case "hold" -> holdNextLookUp(new CompletableFuture<>());
            case "hold-for" ->
                holdNextLookUp(new CompletableFuture<Void>()
                        .completeOnTimeout(null, Long.parseLong(rest), TimeUnit.MILLISECONDS));
            case "holding" -> KillableProcess.say("holding " + (hold.get() == null));
            case "release" -> lastHold.complete(null);
            case "thread" -> load.startOneMore();
            case "joined" -> KillableProcess.say("joined " + load.joined());
            case "decide" -> decide(rest.split(" "));
            case "decided" -> KillableProcess.say("decided " + load.decided(Integer.parseInt(rest)));
            case "totals" -> KillableProcess.say("totals " + load.totals());
            case "allowed" -> KillableProcess.say("allowed " + load.hasAllowed(Integer.parseInt(rest)));
            case "calm" -> calm(Integer.parseInt(rest));
            case "counts" -> KillableProcess.say("counts " + counts());
            case "burst" -> KillableProcess.say("burst " + load.allowedOf(Integer.parseInt(rest), 100_000));
            case "change" -> {
                Future<?> unused = changing.submit(() -> change(rest.split(" ")));
            }
            default -> throw new IllegalArgumentException(line);
        }
    }

    private void decide(String[] words) {
        int index = Integer.parseInt(words[0]);
        load.decideNow(index, Integer.parseInt(words[1]));
        KillableProcess.say("decided " + load.decided(index));
    }

    /** Blocks the next look-up until it is released. */
    private void holdNextLookUp(CompletableFuture<Void> released) {
        lastHold = released;
        hold.set(released);
    }

    /**
     * Counts the events while only this thread decides about every token, the given number of times. All tokens are already
     * cached.
     */
    private void calm(int times) {
        AtomicReference<Counts> before = new AtomicReference<>();
        AtomicReference<Counts> after = new AtomicReference<>();
        load.decideAlone(() -> before.set(counts()), times, () -> after.set(counts()));
        KillableProcess.say("calm " + after.get().since(before.get()));
    }

    private Counts counts() {
        return new Counts(hits.get(), asked.get(), lapses.get());
    }

    private void change(String[] words) {
        RestrictiveChange what = RestrictiveChange.valueOf(words[1]);
        SharedToken token = load.token(Integer.parseInt(words[2]));
        boolean confirmed = Boolean.parseBoolean(words[3]);
        KillableProcess.say("begin " + words[0] + " " + System.nanoTime());
        String outcome = "UNKNOWN";
        int attempts = 0;
        // A change with an unknown or pending outcome can be safely repeated.
        while (attempts < 8 && (outcome.equals("UNKNOWN") || outcome.startsWith("PENDING"))) {
            if (attempts++ > 0) {
                sleep(100);
            }
            outcome = attempt(what, token, confirmed);
        }
        KillableProcess.say("end " + words[0] + " " + System.nanoTime() + " " + attempts + " " + outcome);
    }

    private String attempt(RestrictiveChange what, SharedToken token, boolean confirmed) {
        try {
            Made made = planted == Planted.NUMBER_LAST
                    ? revokeWithTheNumberFirst(token)
                    : what.make(auth, confirmed, tokens, token);
            if (made.isRefused()) {
                return "REFUSED";
            }
            if (made.isPending()) {
                return "PENDING";
            }
            return (confirmed ? "CONFIRMED" : "UNCONFIRMED")
                    + (made.value() instanceof IssuedToken issued
                            ? " " + issued.secret().expose()
                            : "");
        } catch (RuntimeException | SQLException broken) {
            return "UNKNOWN";
        }
    }

    /**
     * A faulty store that assigns sequence numbers early: other nodes are notified of the change, and read the token, before it
     * is changed.
     */
    private Made revokeWithTheNumberFirst(SharedToken token) throws SQLException {
        H2.execute(
                pool,
                "UPDATE lectern_change_counter SET change_number = change_number + 1, mark = mark + 1 WHERE id = 1");
        H2.execute(
                pool,
                "INSERT INTO lectern_changes (change_number, mark, token_id)" + " SELECT change_number, mark, '"
                        + token.id() + "' FROM lectern_change_counter WHERE id = 1");
        sleep(400);
        H2.execute(pool, "UPDATE lectern_tokens SET revoked_at = 1 WHERE token_id = '" + token.id() + "'");
        return new Made(false, auth.acrossTenants().awaitPropagation().isPresent(), token);
    }

    /** Counts the calls of the store, and on command delays the result of a look-up, as a network might. */
    private TokenStore watched(TokenStore store) {
        return (TokenStore) Proxy.newProxyInstance(
                TokenStore.class.getClassLoader(), new Class<?>[] {TokenStore.class}, (proxy, method, arguments) -> {
                    // The use of tokens is recorded in the background.
                    if (!Set.of("recordLastUsed", "changes").contains(method.getName())) {
                        asked.incrementAndGet();
                    }
                    try {
                        Object answer = method.invoke(store, arguments);
                        CompletableFuture<Void> held = method.getName().equals("find") ? hold.getAndSet(null) : null;
                        if (held != null) {
                            held.join();
                        }
                        return answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private AuthMetrics counting() {
        return new AuthMetrics() {
            @Override
            public void cacheHit() {
                hits.incrementAndGet();
            }

            @Override
            public void readThrough() {
                lapses.incrementAndGet();
            }

            /** While nothing changes, only a lapsed lease invalidates the cache. */
            @Override
            public void invalidated(int tokens) {
                lapses.incrementAndGet();
            }
        };
    }

    /** The test must not exceed any limits. */
    private static LimitStore unlimited() {
        return new LimitStore() {
            @Override
            public LimitStatus take(LimitTake take, Moment now) {
                return LimitStatus.of(true, take.limit().permits(), take.limit().permits(), 0, 0, 1, 0);
            }

            @Override
            public Reservation reserve(LimitTake take, Moment now) {
                throw new UnsupportedOperationException("nothing is created here");
            }

            @Override
            public LimitStatus peek(LimitTake take, Moment now) {
                return take(take, now);
            }
        };
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
