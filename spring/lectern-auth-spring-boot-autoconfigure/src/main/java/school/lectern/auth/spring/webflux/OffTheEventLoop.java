package school.lectern.auth.spring.webflux;

import java.util.concurrent.Callable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Runs work that may wait for a database on Reactor's threads for blocking work, which are virtual threads if Reactor is set so. A
 * client that goes away does not interrupt it: an interrupt in the middle of a statement would cost the connection, and H2 its
 * file.
 */
final class OffTheEventLoop {

    /** The threads. They are looked up for each use, since tests and applications can replace them. */
    static Scheduler threads() {
        return Schedulers.boundedElastic();
    }

    private OffTheEventLoop() {}

    /** Returns the result of the work, with which the caller continues on the thread of the work. */
    static <T> Mono<T> call(Callable<T> work) {
        return Mono.deferContextual(context -> Mono.fromFuture(
                () -> Mono.fromCallable(work)
                        .subscribeOn(threads())
                        .contextWrite(context)
                        .toFuture(),
                true));
    }
}
