package school.lectern.auth.spring.webflux;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Runs work that may wait for a database on threads for it, which are virtual threads if those of Reactor are. Decisions have
 * threads of their own, and so has the management API: neither blocking work of the application nor a client that sends or
 * reads slowly keeps a decision waiting, and such a client keeps no work of the application waiting. There are more threads
 * than a cache reads the storage with, so its bound applies and not this one.
 *
 * <p>A client that goes away does not interrupt work that has begun: an interrupt in the middle of a statement would cost the
 * connection, and H2 its file. Work that has not begun is left out. Thread-safe.
 */
final class OffTheEventLoop implements Disposable {

    private static final int THREADS = 256;
    private static final int QUEUED_FOR_EACH_THREAD = 100;
    private static final int IDLE_SECONDS = 60;
    private static final String NAME = "lectern-auth";

    private final Scheduler threads;

    private OffTheEventLoop(Scheduler threads) {
        this.threads = threads;
    }

    /** Returns threads of their own, which the caller disposes of. */
    static OffTheEventLoop own() {
        return new OffTheEventLoop(
                Schedulers.DEFAULT_BOUNDED_ELASTIC_ON_VIRTUAL_THREADS
                        ? Schedulers.newBoundedElastic(
                                THREADS,
                                QUEUED_FOR_EACH_THREAD,
                                new VirtualThreadTaskExecutor(NAME + "-").getVirtualThreadFactory(),
                                IDLE_SECONDS)
                        : Schedulers.newBoundedElastic(THREADS, QUEUED_FOR_EACH_THREAD, NAME, IDLE_SECONDS, true));
    }

    /** Returns the threads that the application's own blocking work shares. */
    static OffTheEventLoop shared() {
        return new OffTheEventLoop(Schedulers.boundedElastic());
    }

    Scheduler threads() {
        return threads;
    }

    /** Returns the result of the work, with which the caller continues on the thread of the work. */
    <T> Mono<T> call(Callable<T> work) {
        return Mono.deferContextual(context -> {
            AtomicBoolean gone = new AtomicBoolean();
            return Mono.fromFuture(
                            () -> Mono.fromCallable(() -> run(work, gone))
                                    .subscribeOn(threads)
                                    .contextWrite(context)
                                    .toFuture(),
                            true)
                    .doOnCancel(() -> gone.set(true));
        });
    }

    /** Reactor would not report errors of the virtual machine, so that the request would never get a response. */
    private static <T> T run(Callable<T> work, AtomicBoolean gone) throws Exception {
        if (gone.get()) {
            throw new CancellationException("the client has gone");
        }
        try {
            return work.call();
        } catch (VirtualMachineError | LinkageError broken) {
            throw new IllegalStateException("a request could not be evaluated", broken);
        }
    }

    @Override
    public void dispose() {
        threads.dispose();
    }
}
