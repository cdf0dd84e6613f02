package school.lectern.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.limit.RateLimit;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.time.Clocks;

/** A separate process that takes permits and reports each permit that it gets. */
final class LimitClient implements AutoCloseable {

    static final long PERMITS = 60;
    static final Duration WINDOW = Duration.ofMillis(500);

    private final Process process;
    private final Path errors;
    private final BufferedReader answers;
    private final PrintWriter orders;

    private LimitClient(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.orders = new PrintWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8), true);
    }

    /** Starts a process. For a planted bug, the process may count on its own. */
    static LimitClient start(String url, String user, boolean alone) throws IOException {
        Path errors = Files.createTempFile("errors", ".txt");
        return new LimitClient(
                ChildProcess.java(
                                LimitClient.class,
                                errors,
                                List.of("-Dh2.bindAddress=127.0.0.1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"),
                                url,
                                user,
                                Boolean.toString(alone))
                        .start(),
                errors);
    }

    void awaitReady() throws IOException {
        String line = answers.readLine();
        if (!"ready".equals(line)) {
            throw new IOException("the process said: " + line + "; its error output:\n" + ChildProcess.tail(errors));
        }
    }

    /** Returns the permits that the process gets from now until that time. */
    CompletableFuture<List<Admission>> load(String subject, long untilMillis) {
        orders.println(subject + " " + untilMillis);
        return CompletableFuture.supplyAsync(() -> {
            List<Admission> admissions = new ArrayList<>();
            answers.lines()
                    .takeWhile(line -> !line.equals("done"))
                    .map(Admission::parse)
                    .forEach(admissions::add);
            return admissions;
        });
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(180, TimeUnit.SECONDS).join();
    }

    /** The process's main method. Arguments: the URL of its database, the user, and whether it counts on its own. */
    public static void main(String[] arguments) throws Exception {
        try (HikariDataSource pool = Pools.of(arguments[0], arguments[1]);
                OpenStorage storage = JdbcStorage.builder(pool)
                        .deadline(Patience.DEADLINE)
                        .tablePrefix("processes_")
                        .build()
                        .open()) {
            LimitStore limits = storage.limits();
            String suffix =
                    arguments[2].equals("true") ? "_" + ProcessHandle.current().pid() : "";
            limits.take(
                    LimitTake.of(new LimitKey("warm-up", "read"), RateLimit.fixed(PERMITS, WINDOW)),
                    Clocks.system().now());
            System.out.println("ready");
            String[] order = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                    .readLine()
                    .split(" ", -1);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Thread caller = new Thread(() -> ask(limits, order[0] + suffix, Long.parseLong(order[1])));
                caller.start();
                callers.add(caller);
            }
            for (Thread caller : callers) {
                caller.join();
            }
            System.out.println("done");
            // The process that opened the database file first serves it to the others, so this process runs until the
            // test kills it.
            Thread.currentThread().join();
        }
    }

    private static void ask(LimitStore limits, String subject, long untilMillis) {
        LimitKey key = new LimitKey(subject, "read");
        RateLimit limit = RateLimit.fixed(PERMITS, WINDOW);
        for (long before = 0; before < untilMillis; ) {
            before = System.currentTimeMillis();
            try {
                LimitStatus status =
                        limits.take(LimitTake.of(key, limit), Clocks.system().now());
                if (status.admitted()) {
                    System.out.println(Admission.of(before, status));
                }
                Thread.sleep(before / WINDOW.toMillis() % 2 == 0 ? 2 : 70);
            } catch (StorageException busy) {
                // The call was rejected and took no permit.
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }
}
