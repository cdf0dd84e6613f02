package school.lectern.auth.jdbc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import school.lectern.auth.jdbc.CacheNode.Planted;

/** The parent's view of a {@link CacheNode} process. */
final class CacheNodeProcess implements AutoCloseable {

    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int number = NEXT.incrementAndGet();
    private final Process process;
    private final Path history;
    private final Path errors;
    private final PrintStream commands;
    private final Map<Integer, ChangeRecord> changes = new ConcurrentHashMap<>();
    private final AtomicInteger nextChange = new AtomicInteger();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Consumer<ChangeRecord> onEnd;
    private volatile boolean gone;

    /**
     * Starts a node.
     *
     * @param onEnd receives each finished change; if the process was killed, its outcome may be unknown
     */
    CacheNodeProcess(
            TestDatabase database, Planted planted, Duration pollEvery, Path folder, Consumer<ChangeRecord> onEnd)
            throws IOException {
        this.history = folder.resolve("decisions-" + number);
        this.errors = folder.resolve("errors-" + number);
        this.onEnd = onEnd;
        this.process = ChildProcess.java(
                        CacheNode.class,
                        errors,
                        // Without a database, every request logs an error.
                        List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=off"),
                        database.url(),
                        database.user(),
                        planted.toString(),
                        Long.toString(pollEvery.toMillis()),
                        history.toString())
                .start();
        this.commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        Thread reading = new Thread(this::read, "reads of node " + number);
        reading.setDaemon(true);
        reading.start();
    }

    private void read() {
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                hear(line.split(" "));
            }
        } catch (IOException killed) {
            // The process prints nothing more.
        }
        gone = true;
        answers.add("nothing more");
        changes.keySet().forEach(this::giveUp);
    }

    /** Ends the change with an unknown outcome, after the process has ended. Has an effect only once per change. */
    private void giveUp(int id) {
        ChangeRecord change = changes.remove(id);
        if (change != null) {
            end(change, ChangeRecord.Outcome.UNKNOWN);
        }
    }

    private void hear(String[] words) {
        if (words[0].equals("begin")) {
            changes.get(Integer.valueOf(words[1])).began = Long.parseLong(words[2]);
        } else if (words[0].equals("end")) {
            ChangeRecord change = changes.remove(Integer.valueOf(words[1]));
            change.ended = Long.parseLong(words[2]);
            change.attempts = Integer.parseInt(words[3]);
            change.secret = words.length > 5 ? words[5] : null;
            end(change, ChangeRecord.Outcome.valueOf(words[4]));
        } else {
            answers.add(String.join(" ", words));
        }
    }

    private void end(ChangeRecord change, ChangeRecord.Outcome outcome) {
        change.outcome = outcome;
        onEnd.accept(change);
    }

    ChangeRecord change(RestrictiveChange what, SharedToken token, boolean confirmed) {
        ChangeRecord change = new ChangeRecord(what, token, this);
        int id = nextChange.incrementAndGet();
        changes.put(id, change);
        tell("change " + id + " " + what + " " + token.index() + " " + confirmed);
        if (gone) {
            giveUp(id);
        }
        return change;
    }

    synchronized void tell(String command) {
        commands.println(command);
    }

    /** Sends a command and waits for its answer, which starts with the given word. */
    synchronized List<String> ask(String command, String answer) throws InterruptedException {
        commands.println(command);
        String line = answers.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (line == null || !line.startsWith(answer)) {
            throw new IllegalStateException(
                    this + " answered " + command + " with " + line + ", error output:\n" + ChildProcess.tail(errors));
        }
        return List.of(line.split(" "));
    }

    /**
     * The counts so far.
     *
     * @param hits answers from memory
     * @param asked calls of the store
     * @param lapses look-ups without a live lease, and invalidations after a lapsed lease
     */
    record Counts(long hits, long asked, long lapses) {
        Counts since(Counts before) {
            return new Counts(hits - before.hits, asked - before.asked, lapses - before.lapses);
        }

        static Counts parse(List<String> words) {
            return new Counts(Long.parseLong(words.get(1)), Long.parseLong(words.get(2)), Long.parseLong(words.get(3)));
        }

        @Override
        public String toString() {
            return hits + " " + asked + " " + lapses;
        }
    }

    Counts counts() throws InterruptedException {
        return Counts.parse(ask("counts", "counts"));
    }

    /** Returns the counts while only one thread decides; that thread decided about every token just before. */
    Counts calm(int times) throws InterruptedException {
        return Counts.parse(ask("calm " + times, "calm"));
    }

    /** Returns the number of decisions about a token so far. */
    long decided(SharedToken token) {
        return number("decided " + token.index(), "decided");
    }

    /** Returns whether a decision that allowed the token is part of the history of the process. */
    boolean hasAllowed(SharedToken token) {
        try {
            return Boolean.parseBoolean(
                    ask("allowed " + token.index(), "allowed").get(1));
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Returns the number of threads that wait for the look-up of another thread. */
    long joined() {
        return number("joined", "joined");
    }

    /** Returns the number of decisions, of those that allowed, and of those about tokens that had expired. */
    List<Long> totals() {
        try {
            return ask("totals", "totals").stream().skip(1).map(Long::valueOf).toList();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private long number(String command, String answer) {
        try {
            return Long.parseLong(ask(command, answer).get(1));
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    /** Makes the node decide about a token now, several times in a row on one thread. The decisions are part of its history. */
    void decide(SharedToken token) {
        number("decide " + token.index() + " 3", "decided");
    }

    /** Verifies by a round trip that the processes share one clock. */
    void requireSameClock() throws InterruptedException {
        long before = System.nanoTime();
        long there = Long.parseLong(ask("ping", "pong").get(1));
        if (there < before || there > System.nanoTime()) {
            throw new IllegalStateException("System.nanoTime() differs between processes, so times cannot be compared");
        }
    }

    void pause() throws Exception {
        ProcessSignals.send(process.toHandle(), "STOP");
    }

    void resume() throws Exception {
        ProcessSignals.send(process.toHandle(), "CONT");
    }

    /** Kills the process, like a power cut. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Stops the process after its history is written. */
    void stop() throws InterruptedException {
        ask("stop", "stopped");
        process.waitFor();
    }

    Path history() {
        return history;
    }

    @Override
    public void close() {
        kill();
    }

    @Override
    public String toString() {
        return "node " + number;
    }
}
