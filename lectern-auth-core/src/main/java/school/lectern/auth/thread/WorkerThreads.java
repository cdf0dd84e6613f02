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
 * Creates the daemon threads of one pool and, when the pool is closed, waits until all of them have ended. A pool that
 * reports its termination may still have threads that are about to end. Such threads must not be visible to an application
 * that unloads this library, or that counts its threads. Safe for use by many threads.
 */
public final class WorkerThreads implements ThreadFactory {

    private static final Logger log = LoggerFactory.getLogger(WorkerThreads.class);

    /** How long {@link #close} waits for threads after it has interrupted them. */
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

    private final String name;
    private final AtomicInteger count = new AtomicInteger();
    private final Queue<Thread> started = new ConcurrentLinkedQueue<>();

    /** @param name the start of each thread's name; a sequence number follows */
    public WorkerThreads(String name) {
        this.name = name;
    }

    /** {@return a new daemon thread, not yet started} */
    @Override
    public Thread newThread(Runnable task) {
        started.removeIf(thread -> thread.getState() == Thread.State.TERMINATED);
        Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
        thread.setDaemon(true);
        started.add(thread);
        return thread;
    }

    /**
     * Closes pools together. The pools accept no more tasks and finish the tasks that they have; if that takes longer than
     * {@code patience}, their threads are interrupted. Returns when all threads have ended, or one second after they were
     * interrupted. In the latter case the names of the threads that still run are logged. If the calling thread is
     * interrupted, it still waits, and it is interrupted when the method returns.
     *
     * @param patience the maximum time for the tasks to end, for all pools together
     * @param pools the pools to close; no element may be null
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

        /**
         * {@return whether the current thread is one of this pool} A listener may close the pool that notifies it, and a
         * thread must not wait for its own end.
         */
        private boolean isOwn() {
            return threads.started.contains(Thread.currentThread());
        }

        private boolean isRunning() {
            return !isOwn()
                    && (!executor.isTerminated() || threads.started.stream().anyMatch(Thread::isAlive));
        }

        /** Waits for the pool first, because it may be about to start a thread, and then for the threads. */
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
