package school.lectern.auth.jdbc;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthError.Kind;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;

/**
 * Decides about every known token in turn, and more often about tokens that are being changed. Writes each decision to a file,
 * with its start and end.
 */
final class CacheNodeLoad {

    /** In this method, a thread waits for the look-up of another one. */
    private static final Method JOIN = join();

    static final int THREADS = 3;
    private static final int AT_ONCE = 16;
    private static final int HOT = 24;

    private final LecternAuth auth;
    private final OffsetClock wall;
    private final DataOutputStream out;
    private final List<SharedToken> tokens = new CopyOnWriteArrayList<>();
    private final AtomicInteger[] hot = new AtomicInteger[HOT];
    private final AtomicInteger heated = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final Map<Integer, AtomicLong> decided = new ConcurrentHashMap<>();
    private final Set<Integer> allowedTokens = ConcurrentHashMap.newKeySet();
    private final AtomicLong allowed = new AtomicLong();
    private final AtomicLong expired = new AtomicLong();

    /** The load threads hold the read lock while they decide. The command that needs no load holds the write lock. */
    private final ReentrantReadWriteLock deciding = new ReentrantReadWriteLock(true);

    private volatile boolean running = true;

    CacheNodeLoad(LecternAuth auth, OffsetClock wall, Path history) throws IOException {
        this.auth = auth;
        this.wall = wall;
        this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(history), 1 << 16));
        for (int i = 0; i < HOT; i++) {
            hot[i] = new AtomicInteger();
        }
        for (int i = 0; i < THREADS; i++) {
            startOneMore();
        }
    }

    /** A thread that waits for a result makes no other decisions; a thread that is started later does. */
    void startOneMore() {
        Thread thread = new Thread(this::run, "load");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    void add(SharedToken token) {
        if (token.index() != tokens.size()) {
            throw new IllegalArgumentException("tokens must be added in the order of their indexes: " + token);
        }
        tokens.add(token);
    }

    void heat(int index) {
        hot[Math.floorMod(heated.getAndIncrement(), HOT)].set(index);
    }

    SharedToken token(int index) {
        return tokens.get(index);
    }

    private void run() {
        Random random = new Random();
        DecisionRecord[] some = new DecisionRecord[AT_ONCE];
        try {
            while (running) {
                int known = tokens.size();
                deciding.readLock().lock();
                try {
                    for (int i = 0; i < AT_ONCE && known > 0; i++) {
                        int next = Math.floorMod(turn.getAndIncrement(), 3 * known);
                        int index = i % 2 == 0 ? hot[random.nextInt(HOT)].get() : next / 3;
                        some[i] = decide(tokens.get(index), TokenProbe.values()[next % 3]);
                    }
                } finally {
                    deciding.readLock().unlock();
                }
                if (known > 0) {
                    write(some);
                    note(some);
                }
                Thread.sleep(1);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Uses {@link System#nanoTime} as timestamps. On Linux, it is one clock for all processes of a machine, counts from the
     * boot of the machine, and continues while a process is stopped.
     */
    private DecisionRecord decide(SharedToken token, TokenProbe question) {
        String header = "Bearer " + token.secret();
        AuthRequest request = new AuthRequest(
                "req",
                "GET",
                "/",
                question.address,
                name -> name.equals("Authorization") ? List.of(header) : List.of());
        OffsetClock.Setting setting = wall.setting();
        long begin = System.nanoTime();
        long clock = wall.millis();
        Decision decision = auth.authenticate(request, question.requirement);
        long end = System.nanoTime();
        return new DecisionRecord(
                begin,
                end,
                wall.setting() == setting ? clock : DecisionRecord.SET_MEANWHILE,
                token.index(),
                question,
                decision instanceof Denied denied ? denied.error().kind() : null);
    }

    /** Decides about one token on the caller's thread. */
    void decideNow(int index, int times) {
        DecisionRecord[] some = new DecisionRecord[times];
        for (int i = 0; i < times; i++) {
            some[i] = decide(tokens.get(index), TokenProbe.MAY_READ);
        }
        write(some);
        note(some);
    }

    private void note(DecisionRecord[] some) {
        for (DecisionRecord decision : some) {
            decided.computeIfAbsent(decision.token(), index -> new AtomicLong()).incrementAndGet();
            if (decision.denial() == null) {
                allowed.incrementAndGet();
                allowedTokens.add(decision.token());
            } else if (decision.denial() == Kind.EXPIRED
                    && tokens.get(decision.token()).end() != SharedToken.NEVER) {
                expired.incrementAndGet();
            }
        }
    }

    /** Returns the number of decisions about a token in the history. */
    long decided(int index) {
        AtomicLong decisions = decided.get(index);
        return decisions == null ? 0 : decisions.get();
    }

    /** Returns whether the history has a decision that allowed the token. */
    boolean hasAllowed(int index) {
        return allowedTokens.contains(index);
    }

    /** Returns the number of decisions in the history, of those that allowed, and of denials since the token expired. */
    String totals() {
        return decided.values().stream().mapToLong(AtomicLong::get).sum() + " " + allowed + " " + expired;
    }

    /** Returns the number of threads that wait for a look-up of another thread. */
    long joined() {
        return threads.stream()
                .filter(thread -> Arrays.stream(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName()
                                        .equals(JOIN.getDeclaringClass().getName())
                                && frame.getMethodName().equals(JOIN.getName())))
                .count();
    }

    /** Fails if the method was renamed: otherwise, no thread would be counted, and nobody would notice. */
    private static Method join() {
        try {
            return Arrays.stream(Class.forName("school.lectern.auth.cache.SingleFlightReader")
                            .getDeclaredMethods())
                    .filter(method -> method.getName().equals("join"))
                    .findFirst()
                    .orElseThrow();
        } catch (ClassNotFoundException renamed) {
            throw new IllegalStateException(renamed);
        }
    }

    /** Decides about every token, the given number of times, while the load threads are blocked. */
    void decideAlone(Runnable first, int times, Runnable last) {
        deciding.writeLock().lock();
        try {
            tokens.forEach(token -> decide(token, TokenProbe.MAY_READ));
            first.run();
            for (int i = 0; i < times; i++) {
                tokens.forEach(token -> decide(token, TokenProbe.MAY_READ));
            }
            last.run();
        } finally {
            deciding.writeLock().unlock();
        }
    }

    /** Returns how many of the given number of requests, sent without a pause, are allowed. */
    int allowedOf(int index, int requests) {
        int allowed = 0;
        for (int i = 0; i < requests; i++) {
            allowed += decide(tokens.get(index), TokenProbe.MAY_READ).denial() == null ? 1 : 0;
        }
        return allowed;
    }

    private void write(DecisionRecord[] some) {
        try {
            synchronized (out) {
                for (DecisionRecord decision : some) {
                    decision.write(out);
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Stops the load and writes the history. */
    void end() throws IOException, InterruptedException {
        running = false;
        for (Thread thread : threads) {
            thread.join(Patience.LIMIT.toMillis());
        }
        synchronized (out) {
            out.flush();
        }
    }
}
