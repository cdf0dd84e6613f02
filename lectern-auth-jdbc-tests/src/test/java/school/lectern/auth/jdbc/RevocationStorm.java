package school.lectern.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.jdbc.CacheNode.Planted;
import school.lectern.auth.jdbc.CacheNodeProcess.Counts;
import school.lectern.auth.jdbc.ChangeRecord.Outcome;
import school.lectern.auth.spi.StorageException;

/** Makes random changes from all nodes, under load on all nodes, while one fault after another is injected. */
final class RevocationStorm {

    private enum Fault {
        NODE_PAUSED,
        WAY_CUT,
        WAY_SLOW,
        WAY_SILENT,
        LOOK_UP_HELD,
        CLOCK_SET,
        DATABASE_PAUSED,
        DATABASE_CRASHED,
        NODE_KILLED_WHILE_IT_WAITS
    }

    private static final Duration SHORT_LEASE = Duration.ofMillis(200);
    private static final int NODES = 3;
    private static final int IN_FLIGHT = 12;
    private static final int TOKENS = 60;
    private static final long DECISIONS = 10_000;
    private static final long ALLOWED = 2_000;
    private static final long ENDED = 100;
    private static final List<Long> CLOCKS = List.of(-3_600_000L, 86_400_000L, 5_000L, -5_000L, 0L);

    private final TestDatabase.Kind kind;
    private final HarmedServer server;
    private final CacheCluster cluster;
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final BlockingQueue<ChangeRecord> ended = new LinkedBlockingQueue<>();
    private final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    private final List<String> broken = new CopyOnWriteArrayList<>();
    private final Set<String> changing = new HashSet<>();
    private final Set<String> finished = new HashSet<>();
    private final Set<String> narrowed = new HashSet<>();
    private final List<SharedToken> standing = new ArrayList<>();
    private int inFlight;
    private long confirmed;
    private long nextPassing = System.nanoTime();

    RevocationStorm(TestDatabase.Kind kind, Path folder) throws Exception {
        this.kind = kind;
        this.server = HarmedServer.of(kind, folder);
        this.cluster = new CacheCluster(server.database(), NODES, folder, Planted.NOTHING, ended::add);
    }

    void run() throws Exception {
        try (server;
                cluster) {
            for (int i = 0; i < TOKENS; i++) {
                standing.add(cluster.issue());
            }
            calm();
            cluster.setLease(SHORT_LEASE);
            storm(Rounds.of(1, 8), Rounds.of(40, 900));
            cluster.setLease(Duration.ofMillis(500));
            storm(Rounds.of(0, 1), Rounds.of(50, 1_000));
            settle();
            goOnUntilThereIsEnough();
            judge(cluster.history());
        }
    }

    /** While there are no faults and no changes, and every lease is live, no decision queries the store. */
    private void calm() throws InterruptedException {
        int times = 20;
        for (int i = 0; i < NODES; i++) {
            CacheNodeProcess node = cluster.node(i);
            AtomicReference<Counts> calm = new AtomicReference<>();
            // On a busy machine, a lease may lapse during the measurement. Then the measurement is repeated.
            Patience.await().until(() -> {
                calm.set(node.calm(times));
                return calm.get().lapses() == 0;
            });
            assertThat(calm.get().asked()).as("calls of the store").isZero();
            assertThat(calm.get().hits()).as("answers from memory").isEqualTo(times * TOKENS);
        }
    }

    /** Runs until every fault has occurred the given number of times, and the given number of changes is confirmed. */
    private void storm(int rounds, int changes) throws Exception {
        List<Fault> due = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            due.addAll(List.of(Fault.values()));
        }
        Collections.shuffle(due, random);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Rounds.of(5, 30));
        Breaker breaker = new Breaker(due);
        breaker.start();
        while (breaker.isAlive() || confirmed < changes) {
            assertThat(System.nanoTime())
                    .as("%s confirmed, seed %s", confirmed, seed)
                    .isLessThan(end);
            breaker.check();
            issuePassing();
            change();
        }
        breaker.check();
    }

    /** Continues until the history is long enough to be significant, even on a slow machine. */
    private void goOnUntilThereIsEnough() {
        // Most tokens of the storm are revoked by now.
        for (int i = 0; i < TOKENS; i++) {
            SharedToken unused = cluster.issue();
        }
        Patience.await("a history that is long enough").until(() -> {
            issuePassing();
            return isEnough();
        });
    }

    private boolean isEnough() {
        List<Long> all = List.of(0L, 0L, 0L);
        for (int i = 0; i < NODES; i++) {
            List<Long> more = cluster.node(i).totals();
            all = List.of(all.get(0) + more.get(0), all.get(1) + more.get(1), all.get(2) + more.get(2));
        }
        return all.get(0) > DECISIONS && all.get(1) > ALLOWED && all.get(2) > ENDED;
    }

    /** Issues a token that expires soon, at most once a second. */
    private void issuePassing() {
        if (System.nanoTime() < nextPassing) {
            return;
        }
        nextPassing = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        try {
            SharedToken unused = cluster.issueUntil(Instant.now().plusMillis(500 + random.nextInt(1_500)));
            SharedToken unusedAsWell = cluster.issueUntilMaximum(Instant.now().plusMillis(500 + random.nextInt(1_500)));
            SharedToken unusedToo = cluster.issueIdleFrom(Instant.now().minus(IdleTokens.LONG_AGO));
            for (int i = 0; i < 3; i++) {
                unusedToo = cluster.issueIdleFrom(Instant.now().plusMillis(random.nextInt(2_500) - 500));
            }
        } catch (StorageException | SQLException broken) {
            // The next call issues another token.
        }
    }

    private void change() throws InterruptedException {
        Optional<SharedToken> next = inFlight < IN_FLIGHT ? next() : Optional.empty();
        if (next.isPresent()) {
            SharedToken token = next.get();
            RestrictiveChange what = what(token);
            changing.add(token.id());
            inFlight++;
            ChangeRecord unused = cluster.change(random.nextInt(NODES), what, token, random.nextInt(8) > 0);
        }
        ChangeRecord done = ended.poll(inFlight < IN_FLIGHT ? 1 : 20, TimeUnit.MILLISECONDS);
        if (done != null) {
            end(done);
        }
    }

    /** Returns a token to change, or empty if all are in use and the database cannot issue one. */
    private Optional<SharedToken> next() {
        standing.removeIf(token -> finished.contains(token.id()));
        List<SharedToken> free = standing.stream()
                .filter(token -> !changing.contains(token.id()))
                .toList();
        if (free.size() < TOKENS / 2) {
            try {
                SharedToken fresh = cluster.issue();
                standing.add(fresh);
                return Optional.of(fresh);
            } catch (StorageException broken) {
                // Uses the remaining tokens for now.
            }
        }
        return free.isEmpty() ? Optional.empty() : Optional.of(free.get(random.nextInt(free.size())));
    }

    private RestrictiveChange what(SharedToken token) {
        RestrictiveChange what = RestrictiveChange.values()[random.nextInt(RestrictiveChange.values().length)];
        boolean again = !narrowed.add(what + token.id());
        return (what.isOfGroup() && random.nextInt(3) > 0) || again ? RestrictiveChange.REVOKE : what;
    }

    private void end(ChangeRecord done) {
        inFlight--;
        confirmed += done.is(Outcome.CONFIRMED) ? 1 : 0;
        changing.remove(done.token.id());
        boolean stands = done.what == RestrictiveChange.DROP_SCOPE || done.what == RestrictiveChange.NARROW_ADDRESSES;
        if (done.secret != null) {
            standing.remove(done.token);
            standing.add(cluster.succeed(done.token, done.secret));
        } else if (done.is(Outcome.UNKNOWN) && done.what != RestrictiveChange.REVOKE) {
            narrowed.add(RestrictiveChange.REGENERATE + done.token.id());
        } else if (!done.is(Outcome.UNKNOWN) && !(stands && !done.is(Outcome.REFUSED))) {
            finished.add(done.token.id());
        }
    }

    private void settle() throws InterruptedException {
        for (int i = 0; i < NODES; i++) {
            cluster.node(i).tell("clock 0");
        }
        while (inFlight > 0) {
            ChangeRecord done = ended.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(done).as("a change without an outcome").isNotNull();
            end(done);
        }
        assertThat(cluster.changes().stream().filter(change -> change.outcome == null))
                .as("changes without an outcome")
                .isEmpty();
        standing.forEach(token -> cluster.decide(token));
        cluster.awaitIdleTokensAreRecorded();
        cluster.idle().tokens().forEach(cluster::decide);
    }

    private void judge(RevocationHistory history) {
        long repeated =
                cluster.changes().stream().filter(change -> change.attempts > 1).count();
        System.out.printf(
                "%s: %d changes confirmed, %d unconfirmed, %d unknown, %d pending, %d refused, %d repeated;"
                        + " %d decisions, %d allowed, %d unavailable, %d after the end; %s%n",
                kind,
                history.changes(Outcome.CONFIRMED),
                history.changes(Outcome.UNCONFIRMED),
                history.changes(Outcome.UNKNOWN),
                history.changes(Outcome.PENDING),
                history.changes(Outcome.REFUSED),
                repeated,
                history.decisions(),
                history.allowed(),
                history.unavailable(),
                history.ended(),
                faults);
        assertThat(history.stale()).as("seed %s, %s", seed, broken).isEmpty();
        assertThat(history.outlived()).as("seed %s", seed).isEmpty();
        assertThat(history.wronglyDenied()).as("seed %s", seed).isEmpty();
        IdleTokens idle = cluster.idle();
        System.out.printf(
                "%d tokens that were to become idle, %d of them allowed; %d denials as idle%n",
                idle.tokens().size(), idle.allowed(), idle.denied());
        assertThat(idle.outlived()).as("seed %s", seed).isEmpty();
        assertThat(idle.wronglyDenied()).as("seed %s", seed).isEmpty();
        assertThat(idle.allowed()).isPositive();
        assertThat(idle.denied()).isPositive();
        assertThat(history.changes(Outcome.CONFIRMED)).isGreaterThanOrEqualTo(Rounds.of(50, 1_000));
        assertThat(history.decisions()).isGreaterThan(DECISIONS);
        assertThat(history.allowed()).isGreaterThan(ALLOWED);
        assertThat(history.ended()).isGreaterThan(ENDED);
        assertThat(history.unavailable()).isGreaterThan(0);
        assertThat(faults.keySet()).containsExactlyInAnyOrder(Fault.values());
    }

    /** Injects one fault after another, and repairs each. */
    private final class Breaker extends Thread {
        private final List<Fault> due;
        private final Random chance = new Random(seed + 1);
        private volatile @Nullable Exception failed;

        Breaker(List<Fault> due) {
            super("breaker");
            this.due = due;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                for (Fault fault : due) {
                    lasts(100);
                    long begin = System.nanoTime();
                    make(fault, chance.nextInt(NODES));
                    broken.add(fault + " from " + begin + " to " + System.nanoTime());
                    faults.merge(fault, 1, Integer::sum);
                }
            } catch (Exception broken) {
                failed = broken;
            }
        }

        /** Fails immediately: after a fault that was not repaired, the results mean nothing. */
        private void check() throws Exception {
            if (failed != null) {
                throw new IllegalStateException("the breaker failed, seed " + seed, failed);
            }
        }

        private void make(Fault fault, int place) throws Exception {
            // Longer than a lease.
            long millis = 250 + chance.nextInt(Rounds.of(200, 500));
            switch (fault) {
                case NODE_PAUSED -> {
                    cluster.node(place).pause();
                    lasts(millis);
                    cluster.node(place).resume();
                }
                case WAY_CUT -> cluster.way(place).cutAll();
                case WAY_SLOW -> {
                    cluster.way(place).delay(20 + chance.nextInt(150));
                    lasts(millis);
                    cluster.way(place).delay(0);
                }
                case WAY_SILENT -> {
                    cluster.way(place).silence(true);
                    lasts(millis);
                    cluster.way(place).silence(false);
                }
                case LOOK_UP_HELD -> cluster.node(place).tell("hold-for " + millis);
                case CLOCK_SET -> {
                    for (int i = 0; i < NODES; i++) {
                        cluster.node(i).tell("clock " + CLOCKS.get(chance.nextInt(CLOCKS.size())));
                    }
                }
                case DATABASE_PAUSED -> {
                    server.pause();
                    lasts(millis);
                    server.resume();
                }
                case DATABASE_CRASHED -> {
                    server.crash();
                    lasts(1_000);
                }
                case NODE_KILLED_WHILE_IT_WAITS -> killWhileItWaits();
            }
        }

        /** Waits for the duration of a fault. The test expects no event in that time. */
        private static void lasts(long millis) throws InterruptedException {
            TimeUnit.MILLISECONDS.sleep(millis);
        }

        /** Kills whichever node is the first to wait. */
        private void killWhileItWaits() throws Exception {
            long end = System.nanoTime() + Patience.LIMIT.toNanos();
            while (System.nanoTime() < end) {
                for (int place = 0; place < NODES; place++) {
                    if (waits(cluster.node(place), cluster.changes())) {
                        cluster.replace(place);
                        return;
                    }
                }
                lasts(2);
            }
            throw new IllegalStateException("no node waits for a change");
        }

        private static boolean waits(CacheNodeProcess node, List<ChangeRecord> changes) {
            long now = System.nanoTime();
            return changes.stream()
                    .anyMatch(change -> change.maker.equals(node)
                            && change.outcome == null
                            && change.hasBegun()
                            && now - change.began > SHORT_LEASE.toNanos() / 2);
        }
    }
}
