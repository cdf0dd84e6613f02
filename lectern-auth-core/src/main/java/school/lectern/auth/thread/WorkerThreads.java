package school.lectern.auth.thread;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the daemon threads of one pool, and waits for the end of every one of them when the pool is closed. A pool that
 * reports its termination may still have threads that are about to end; an application that unloads this library, or that counts
 * its threads, must not see them. Safe for use by many threads.
 */
public final class WorkerThreads implements ThreadFactory {

    private static final Logger log = LoggerFactory.getLogger(WorkerThreads.class);

    /** How long {@link #close} waits for threads after it has interrupted them. */
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

    private final String name;
    private final AtomicInteger count = new AtomicInteger();
    private final Queue<Thread> started = new ConcurrentLinkedQueue<>();

    /** @param name the start of each thread's name; a count follows */
    public WorkerThreads(String name) {
        this.name = name;
    }

    /** Returns a new daemon thread, not yet started. */
    @Override
    public Thread newThread(Runnable task) {
        started.removeIf(thread -> thread.getState() == Thread.State.TERMINATED);
        Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
        thread.setDaemon(true);
        started.add(thread);
        return thread;
    }

    /**
     * Closes pools together: they accept no more tasks, finish the tasks that they have, and are interrupted if that takes longer
     * than the patience. Returns when all their threads have ended, or one second after they were interrupted; the names of the
     * threads that still run are then logged. Also waits if the calling thread is interrupted, which it then stays.
     *
     * @param patience how long tasks may take to end, for all pools together
     * @param pools what to close; null elements are not allowed
     */
    public static void close(Duration patience, Pool... pools) {
        Arrays.stream(pools).forEach(pool -> pool.executor().shutdown());
        if (!awaitEnd(patience, pools)) {
            Arrays.stream(pools).forEach(pool -> pool.executor().shutdownNow());
            if (!awaitEnd(AFTER_INTERRUPT, pools)) {
                log.error("threads still run after their pools were closed and interrupted: {}", running(pools));
            }
        }
    }

    /**
     * A pool, and the threads that it runs on.
     *
     * @param executor the pool
     * @param threads the factory that the pool was created with
     */
    public record Pool(ExecutorService executor, WorkerThreads threads) {

        /** A listener may close what notifies it: a thread does not wait for its own end. */
        private boolean isOwn() {
            return threads.started.contains(Thread.currentThread());
        }

        private boolean isRunning() {
            return !isOwn()
                    && (!executor.isTerminated() || threads.started.stream().anyMatch(Thread::isAlive));
        }

        /** First the pool, which may be about to start a thread, then the threads. */
        private void await(long end) throws InterruptedException {
            if (executor.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                for (Thread thread : threads.started) {
                    thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
                }
            }
        }
    }

    private static boolean awaitEnd(Duration patience, Pool... pools) {
        long end = System.nanoTime() + patience.toNanos();
        boolean interrupted = Thread.interrupted();
        for (Pool pool : pools) {
            while (pool.isRunning() && end - System.nanoTime() > 0) {
                try {
                    pool.await(end);
                } catch (InterruptedException waitsOn) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return Arrays.stream(pools).noneMatch(Pool::isRunning);
    }

    private static List<String> running(Pool... pools) {
        return Arrays.stream(pools)
                .flatMap(pool -> pool.threads().started.stream())
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .toList();
    }
}
