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
 * Runs work outside the request threads: repeated tasks, of which a failed task is tried again at its next time, and, in a
 * separate thread, notifications of the application's listener, of which a bounded number can wait.
 */
public final class BackgroundTasks implements AutoCloseable, Executor {

    private static final Logger log = LoggerFactory.getLogger(BackgroundTasks.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final int MAX_WAITING = 10_000;
    private static final long FIRST_MILLIS = 60_000;

    /** Two threads, so that recording the last use of tokens does not wait for a long task. */
    private final WorkerThreads taskThreads = new WorkerThreads("lectern-auth-background");

    private final ScheduledThreadPoolExecutor tasks = new ScheduledThreadPoolExecutor(2, taskThreads);

    private final WorkerThreads listenerThreads = new WorkerThreads("lectern-auth-listener");

    private final ThreadPoolExecutor listenerExecutor = new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            listenerThreads,
            BackgroundTasks::notifyLate);

    /** Creates the executors. Their threads start with the first task. */
    public BackgroundTasks() {
        listenerExecutor.allowCoreThreadTimeOut(true);
        // Closing does not wait for tasks whose time has not come.
        tasks.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * Handles a notification that the executor does not accept. After the shutdown, it runs in the calling thread; otherwise
     * the queue is full, and it is rejected.
     */
    private static void notifyLate(Runnable task, ThreadPoolExecutor executor) {
        if (executor.isShutdown()) {
            task.run();
        } else {
            throw new RejectedExecutionException(
                    "the listener is too slow: its queue is full with " + MAX_WAITING + " notifications");
        }
    }

    /**
     * Runs a task repeatedly. The first run is after one interval, but at the latest after a minute, because processes may
     * not run for long. Each further run starts one interval after the previous run has ended.
     *
     * @param what the name of the task in the log
     * @param every the interval, in whole milliseconds; at least 1
     * @param task the task; if it throws, it is run again at its next time
     */
    public void repeat(String what, Duration every, Runnable task) {
        long millis = every.toMillis();
        ScheduledFuture<?> unused = tasks.scheduleWithFixedDelay(
                () -> run(what, task), Math.min(millis, FIRST_MILLIS), millis, TimeUnit.MILLISECONDS);
    }

    /**
     * Runs a task once, after a delay.
     *
     * @param what the name of the task in the log
     * @param delay the delay
     * @param task the task
     * @return false if the tasks are closed and the task will not run
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
            log.warn("{} failed; will retry", what, RedactedFailure.of(broken));
        }
    }

    /**
     * Runs a notification in the listener's thread, or, after {@link #close}, in the calling thread.
     *
     * @throws RejectedExecutionException if too many notifications wait
     */
    @Override
    public void execute(Runnable notification) {
        listenerExecutor.execute(notification);
    }

    /** Starts no further tasks, waits for running tasks, and returns when their threads have ended. */
    @Override
    public void close() {
        WorkerThreads.close(
                CLOSE_PATIENCE,
                new WorkerThreads.Pool(tasks, taskThreads),
                new WorkerThreads.Pool(listenerExecutor, listenerThreads));
    }
}
