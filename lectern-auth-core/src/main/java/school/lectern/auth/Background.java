package school.lectern.auth;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What goes on beside the requests: one thread, and tasks that repeat. A task that fails is tried again the next time. */
final class Background implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Background.class);
    private static final long CLOSE_SECONDS = 5;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread created = new Thread(task, "lectern-auth-background");
        created.setDaemon(true);
        return created;
    });

    /** Runs a task after that time, and again and again after each such time. */
    void repeat(String what, Duration every, Runnable task) {
        long millis = every.toMillis();
        ScheduledFuture<?> unused =
                thread.scheduleWithFixedDelay(() -> run(what, task), millis, millis, TimeUnit.MILLISECONDS);
    }

    private static void run(String what, Runnable task) {
        try {
            task.run();
        } catch (Throwable broken) {
            log.warn("{} failed, and will be tried again", what, broken);
        }
    }

    /** Starts no task any more, and waits for the one that runs. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
