package school.lectern.auth.jdbc.connection;

import java.sql.SQLException;
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
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import school.lectern.auth.log.RedactedFailure;
import school.lectern.auth.thread.WorkerThreads;

/**
 * Has work done aside, by a few threads of the library's own, while the caller waits no longer than it means to: for whatever
 * cannot be told how long to wait for a server which has stopped answering. Such a thread waits until the server is back or the
 * connection ends, and nobody waits for the thread. Safe for use by many threads.
 */
public final class DeadlineExecutor {

    private static final Logger log = LoggerFactory.getLogger(DeadlineExecutor.class);

    private static final int MAX_WAITING = 1_000;

    private final String awaited;
    private final WorkerThreads started;
    private final ThreadPoolExecutor threads;

    /**
     * @param awaited what callers wait for
     * @param atOnce so many threads, at most, which end when they have nothing to do and keep no process from ending
     */
    public DeadlineExecutor(String awaited, int atOnce) {
        this.awaited = awaited;
        this.started = new WorkerThreads("lectern-auth-" + awaited);
        this.threads = new ThreadPoolExecutor(
                atOnce, atOnce, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), started);
        threads.allowCoreThreadTimeOut(true);
    }

    /** What is done aside. */
    public interface Work<T> {
        /** Does it; {@code callerGone} tells whether the caller has, after which it must change nothing any more. */
        T run(BooleanSupplier callerGone) throws SQLException;
    }

    /** What becomes of what comes too late. */
    public interface Unwanted<T> {
        void discard(T value) throws SQLException;
    }

    /**
     * What the work gives or throws.
     *
     * @throws SQLTransientConnectionException if it takes longer; nobody knows then what becomes of it
     */
    public <T> T inTime(Duration patience, Work<T> work, Unwanted<T> unwanted) throws SQLException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> run(answer, work, unwanted));
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException full) {
            // Without their causes, here and below, which name classes and no reasons.
            throw new SQLTransientConnectionException(
                    threads.isShutdown() ? "the storage is closed" : "too many callers wait for " + awaited + "s");
        } catch (TimeoutException late) {
            if (answer.completeExceptionally(late)) {
                throw new SQLTransientConnectionException("no " + awaited + " within " + patience.toMillis() + " ms");
            }
            return ended(answer);
        } catch (ExecutionException failed) {
            throw asThrown(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            if (answer.completeExceptionally(interrupted)) {
                throw new SQLTransientConnectionException("interrupted while waiting for the " + awaited, interrupted);
            }
            return ended(answer);
        }
    }

    /** It has ended at the moment when its caller was about to leave. */
    private static <T> T ended(CompletableFuture<T> answer) throws SQLException {
        try {
            return answer.join();
        } catch (CompletionException failed) {
            throw asThrown(failed);
        }
    }

    private static <T> void run(CompletableFuture<T> answer, Work<T> work, Unwanted<T> unwanted) {
        if (answer.isDone()) {
            return;
        }
        try {
            T value = work.run(answer::isDone);
            if (!answer.complete(value)) {
                unwanted.discard(value);
            }
        } catch (Throwable failed) {
            if (!answer.completeExceptionally(failed)) {
                log.debug("what nobody waited for any more failed, too", RedactedFailure.of(failed));
            }
        }
    }

    /** As it would have been thrown here. */
    private static SQLException asThrown(Exception failed) {
        if (failed.getCause() instanceof Error error) {
            throw error;
        }
        if (failed.getCause() instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        return failed.getCause() instanceof SQLException why ? why : new SQLException(failed);
    }

    /** The threads, to be closed by whoever closes the storage. */
    public WorkerThreads.Pool threads() {
        return new WorkerThreads.Pool(threads, started);
    }
}
