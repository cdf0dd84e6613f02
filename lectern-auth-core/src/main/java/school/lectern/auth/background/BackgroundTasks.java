package school.lectern.auth.background;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.thread.WorkerThreads;

/**
 * What goes on beside the requests: tasks that repeat, of which one that fails is tried again the next time, and in a thread of
 * its own what the application is told, of which a bounded number waits.
 */
public final class BackgroundTasks implements AutoCloseable, Executor {

    private static final Logger log = LoggerFactory.getLogger(BackgroundTasks.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final int MAX_WAITING = 10_000;
    private static final long FIRST_MILLIS = 60_000;

    /** Two threads, so that noting the use of tokens does not wait for a long task. */
    private final WorkerThreads taskThreads = new WorkerThreads("lectern-auth-background");

    private final ScheduledThreadPoolExecutor tasks = new ScheduledThreadPoolExecutor(2, taskThreads);

    private final WorkerThreads tellingThreads = new WorkerThreads("lectern-auth-listener");

    private final ThreadPoolExecutor telling = new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            tellingThreads,
            BackgroundTasks::tellLate);

    public BackgroundTasks() {
        telling.allowCoreThreadTimeOut(true);
        // What waits for its time is not waited for at the end.
        tasks.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** At the end, what is left is told by whoever closes. */
    private static void tellLate(Runnable task, ThreadPoolExecutor telling) {
        if (telling.isShutdown()) {
            task.run();
        } else {
            throw new RejectedExecutionException("the listener is too slow: " + MAX_WAITING + " notices wait for it");
        }
    }

    /** Runs a task again and again after each such time, the first time within a minute: processes may not live for long. */
    public void repeat(String what, Duration every, Runnable task) {
        long millis = every.toMillis();
        ScheduledFuture<?> unused = tasks.scheduleWithFixedDelay(
                () -> run(what, task), Math.min(millis, FIRST_MILLIS), millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Runs a task once, after a delay.
     *
     * @return false if the tasks are closed, and it will not run
     */
    public boolean later(String what, Duration delay, Runnable task) {
        try {
            ScheduledFuture<?> unused = tasks.schedule(() -> run(what, task), delay.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }

    private static void run(String what, Runnable task) {
        try {
            task.run();
        } catch (Throwable broken) {
            log.warn("{} failed, and will be tried again", what, RedactedFailure.of(broken));
        }
    }

    /** @throws RejectedExecutionException if too much waits */
    @Override
    public void execute(Runnable telling) {
        this.telling.execute(telling);
    }

    /** Starts no task any more, waits for those that run, and returns when their threads have ended. */
    @Override
    public void close() {
        WorkerThreads.close(
                CLOSE_PATIENCE,
                new WorkerThreads.Pool(tasks, taskThreads),
                new WorkerThreads.Pool(telling, tellingThreads));
    }
}
