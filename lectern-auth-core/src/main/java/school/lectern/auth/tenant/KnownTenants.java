package school.lectern.auth.tenant;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.thread.WorkerThreads;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;

/**
 * A cache of the application's tenants, which each decision queries. A result of the directory is valid for one minute, or
 * for one second if the directory does not know the tenant; both times start before the call of the directory. For each
 * tenant at most one call runs at a time, in a thread of the library. No caller waits for a call that is older than the
 * deadline. A call that fails or is late leaves nothing in the cache.
 */
public final class KnownTenants implements AutoCloseable {

    private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long UNKNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);
    static final Duration DEADLINE = Duration.ofMillis(500);
    private static final int MAX_TENANTS = 10_000;
    private static final int THREADS = 8;
    private static final int MAX_WAITING = 1_000;

    private final TenantDirectory directory;
    private final Clocks clocks;
    private final Duration deadline;

    private final Cache<String, Answer> answers = Caffeine.newBuilder()
            .maximumSize(MAX_TENANTS)
            .executor(Runnable::run)
            .build();

    private final ConcurrentHashMap<String, Call> calls = new ConcurrentHashMap<>();

    private final WorkerThreads workers = new WorkerThreads("lectern-auth-tenants");
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS, THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_WAITING), workers);

    /**
     * Creates an empty cache.
     *
     * @param directory the application's directory
     * @param clocks the clocks that determine the age of a result
     * @param deadline the maximum time that a caller waits for the directory
     */
    public KnownTenants(TenantDirectory directory, Clocks clocks, Duration deadline) {
        this.directory = directory;
        this.clocks = clocks;
        this.deadline = deadline;
        threads.allowCoreThreadTimeOut(true);
    }

    /** The result of the directory, and the moment before it was called. */
    private record Answer(Optional<Tenant> tenant, Moment called) {

        boolean isYoung(Moment now) {
            return now.since(called) < (tenant.isPresent() ? KNOWN_NANOS : UNKNOWN_NANOS);
        }
    }

    /**
     * A call of the directory. It is removed from the running calls before its result is returned to the callers that wait
     * for it, so no caller joins a call whose result is old.
     */
    private final class Call implements Callable<Answer> {
        private final String tenantId;
        private final long late = System.nanoTime() + deadline.toNanos();
        private final FutureTask<Answer> task = new FutureTask<>(this);

        Call(String tenantId) {
            this.tenantId = tenantId;
        }

        @Override
        public Answer call() {
            try {
                return answer(tenantId);
            } finally {
                calls.remove(tenantId, this);
            }
        }
    }

    /**
     * {@return the tenant, or empty if the directory does not know it}
     *
     * @param tenantId the tenant's id
     * @throws StorageException if there is no valid result, and the directory fails or is late
     */
    public Optional<Tenant> find(String tenantId) {
        Answer young = youngAnswer(tenantId);
        return (young == null ? call(tenantId) : young).tenant();
    }

    private @Nullable Answer youngAnswer(String tenantId) {
        Answer answer = answers.getIfPresent(tenantId);
        return answer != null && answer.isYoung(clocks.now()) ? answer : null;
    }

    private Answer call(String tenantId) {
        Call own = new Call(tenantId);
        Call running = calls.putIfAbsent(tenantId, own);
        if (running == null) {
            start(own);
        }
        return await(running == null ? own : running);
    }

    private void start(Call call) {
        try {
            threads.execute(call.task);
        } catch (RejectedExecutionException full) {
            calls.remove(call.tenantId, call);
            call.task.cancel(false);
            throw new StorageException(
                    "cannot call the tenant directory: " + MAX_WAITING + " calls are waiting, or it is closed", full);
        }
    }

    /**
     * {@return the result of the directory} If another call ended just before this one started, the result of that call is
     * returned.
     */
    private Answer answer(String tenantId) {
        Answer young = youngAnswer(tenantId);
        if (young != null) {
            return young;
        }
        Moment before = clocks.now();
        Answer answer = new Answer(call(directory, tenantId), before);
        answers.put(tenantId, answer);
        return answer;
    }

    /**
     * {@return the result of the directory}
     *
     * @throws StorageException if the directory returned null, or another tenant
     */
    static Optional<Tenant> call(TenantDirectory directory, String tenantId) {
        Optional<Tenant> tenant = directory.find(tenantId);
        if (tenant == null || (tenant.isPresent() && !tenant.get().id().equals(tenantId))) {
            throw new StorageException("the tenant directory must return the requested tenant or empty,"
                    + " but returned null or another tenant");
        }
        return tenant;
    }

    private Answer await(Call call) {
        try {
            return call.task.get(call.late - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            throw new StorageException("the tenant directory failed", failed);
        } catch (TimeoutException | CancellationException late) {
            calls.remove(call.tenantId, call);
            call.task.cancel(true);
            throw new StorageException(
                    "the tenant directory did not answer within " + deadline.toMillis() + " ms", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted while waiting for the tenant directory", interrupted);
        }
    }

    /** {@return the number of tenants in the cache} For tests. */
    public long size() {
        answers.cleanUp();
        return answers.estimatedSize();
    }

    @Override
    public void close() {
        WorkerThreads.close(Duration.ZERO, new WorkerThreads.Pool(threads, workers));
    }
}
