package school.lectern.auth.jdbc;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Denied;

/**
 * Asks a judge about every token that it knows, by turns, and more often about those that change at this moment. Writes each
 * decision to a file, with its begin and its end.
 */
final class CacheNodeLoad {

    private static final int THREADS = 3;
    private static final int AT_ONCE = 16;
    private static final int HOT = 24;

    private final LecternAuth auth;
    private final OffsetClock wall;
    private final DataOutputStream out;
    private final List<SharedToken> tokens = new CopyOnWriteArrayList<>();
    private final AtomicInteger[] hot = new AtomicInteger[HOT];
    private final AtomicInteger heated = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
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

    /** Whoever waits for an answer asks nothing else meanwhile; one that comes later does. */
    void startOneMore() {
        Thread thread = new Thread(this::run, "load");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    void add(SharedToken token) {
        if (token.index() != tokens.size()) {
            throw new IllegalArgumentException("not the next: " + token);
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
                for (int i = 0; i < AT_ONCE && known > 0; i++) {
                    int next = Math.floorMod(turn.getAndIncrement(), 3 * known);
                    int index = i % 2 == 0 ? hot[random.nextInt(HOT)].get() : next / 3;
                    some[i] = decide(tokens.get(index), Question.values()[next % 3]);
                }
                if (known > 0) {
                    write(some);
                }
                Thread.sleep(1);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Stamped by {@link System#nanoTime}, which on Linux is one clock for all processes of a machine, counted from its start,
     * and goes on while a process is stopped.
     */
    private DecisionRecord decide(SharedToken token, Question question) {
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

    /** How many of so many requests that come one upon the other are allowed. */
    int allowedOf(int index, int requests) {
        int allowed = 0;
        for (int i = 0; i < requests; i++) {
            allowed += decide(tokens.get(index), Question.MAY_READ).denial() == null ? 1 : 0;
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

    /** Ends it, with its history written. */
    void end() throws IOException, InterruptedException {
        running = false;
        for (Thread thread : threads) {
            thread.join(5_000);
        }
        synchronized (out) {
            out.flush();
        }
    }
}
