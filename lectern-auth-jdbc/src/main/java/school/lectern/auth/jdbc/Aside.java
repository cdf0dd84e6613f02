package school.lectern.auth.jdbc;

import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import school.lectern.auth.spi.StorageException;

/**
 * Has work done aside, by a few threads of the library's own, while the caller waits no longer than it means to. For a driver
 * that cannot be told how long to wait for a server which has stopped answering: such a thread waits until the server is back
 * or the connection ends, and nobody waits for the thread. Safe for use by many threads.
 */
final class Aside implements AutoCloseable {

    private static final int MAX_WAITING = 1_000;

    private final ThreadPoolExecutor threads;

    /** @param atOnce so many threads, at most */
    Aside(int atOnce) {
        this.threads = threads("lectern-auth-aside-", atOnce);
    }

    /** So many threads at most, which end when they have nothing to do and keep no process from ending, and a bounded queue. */
    static ThreadPoolExecutor threads(String name, int atOnce) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                atOnce, atOnce, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, name + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /**
     * What the work gives or throws.
     *
     * @param work is told whether its caller has left, after which it must not change anything any more
     * @throws StorageException if it takes longer; nobody knows then what becomes of it
     */
    <T> T inTime(String what, Duration patience, Function<BooleanSupplier, T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> run(answer, work));
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException full) {
            throw failed(what, threads.isShutdown() ? "the storage is closed" : "too many callers wait", full);
        } catch (TimeoutException late) {
            if (answer.completeExceptionally(late)) {
                throw failed(what, "no answer within " + patience.toMillis() + " ms", late);
            }
            return ended(answer);
        } catch (ExecutionException failed) {
            throw asThrown(failed);
        } catch (InterruptedException interrupted) {
            answer.completeExceptionally(interrupted);
            Thread.currentThread().interrupt();
            throw failed(what, "interrupted while waiting for the database", interrupted);
        }
    }

    /** It has ended at the moment when its caller was about to leave. */
    private static <T> T ended(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException failed) {
            throw asThrown(failed);
        }
    }

    private static <T> void run(CompletableFuture<T> answer, Function<BooleanSupplier, T> work) {
        if (answer.isDone()) {
            return;
        }
        try {
            answer.complete(work.apply(answer::isDone));
        } catch (Throwable failed) {
            answer.completeExceptionally(failed);
        }
    }

    private static StorageException failed(String what, String why, Exception cause) {
        return new StorageException(what + " failed", new SQLTransientConnectionException(why, cause));
    }

    private static RuntimeException asThrown(Exception failed) {
        if (failed.getCause() instanceof Error error) {
            throw error;
        }
        return failed.getCause() instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failed);
    }

    /** Work that was taken in is still done. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
