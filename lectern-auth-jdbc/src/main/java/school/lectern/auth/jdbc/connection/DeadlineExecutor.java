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
 * Runs work on a few threads of the library, while the caller waits with a timeout: for calls that have no timeout of their own
 * for a server that has stopped responding. Such a thread waits until the server responds or the connection ends, and no caller
 * waits for it. Thread-safe.
 */
public final class DeadlineExecutor {

    private static final Logger log = LoggerFactory.getLogger(DeadlineExecutor.class);

    private static final int MAX_WAITING = 1_000;

    private final String awaited;
    private final WorkerThreads started;
    private final ThreadPoolExecutor threads;

    /**
     * Creates an executor.
     *
     * @param awaited the result that callers wait for; part of exception messages and of the names of the threads
     * @param atOnce the maximum number of threads; idle threads end, and none of them keeps the process from ending
     */
    public DeadlineExecutor(String awaited, int atOnce) {
        this.awaited = awaited;
        this.started = new WorkerThreads("lectern-auth-" + awaited);
        this.threads = new ThreadPoolExecutor(
                atOnce, atOnce, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), started);
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Work that runs on a thread of the executor.
     *
     * @param <T> the type of the result
     */
    public interface Work<T> {
        /**
         * Runs the work.
         *
         * @param callerGone whether the caller has stopped waiting; from then on, the work must not change the database
         * @return the result
         * @throws SQLException if the work fails
         */
        T run(BooleanSupplier callerGone) throws SQLException;
    }

    /**
     * Disposes of a result that came after the caller had stopped waiting.
     *
     * @param <T> the type of the result
     */
    public interface Unwanted<T> {
        /**
         * Disposes of the result.
         *
         * @param value the result
         * @throws SQLException if that fails
         */
        void discard(T value) throws SQLException;
    }

    /**
     * Runs work and waits for its result.
     *
     * @param patience the maximum time to wait
     * @param work the work
     * @param unwanted disposes of the result if the work ends too late
     * @param <T> the type of the result
     * @return the result of the work
     * @throws SQLException if the work throws it
     * @throws SQLTransientConnectionException if the work takes longer than the maximum time, after which its outcome is
     *     unknown; if too many callers wait, or this is closed; or if the caller is interrupted
     */
    public <T> T inTime(Duration patience, Work<T> work, Unwanted<T> unwanted) throws SQLException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> run(answer, work, unwanted));
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException full) {
            // Without the cause, here and below: its text names classes and no reason.
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

    /** Returns the result of work that ended at the moment at which its caller was about to stop waiting. */
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
                log.debug("abandoned database call failed", RedactedFailure.of(failed));
            }
        }
    }

    /** Returns the SQLException that the work has thrown; rethrows an unchecked exception or an error. */
    private static SQLException asThrown(Exception failed) {
        if (failed.getCause() instanceof Error error) {
            throw error;
        }
        if (failed.getCause() instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        return failed.getCause() instanceof SQLException why ? why : new SQLException(failed);
    }

    /** {@return the threads, which must be closed with the storage} */
    public WorkerThreads.Pool threads() {
        return new WorkerThreads.Pool(threads, started);
    }
}
