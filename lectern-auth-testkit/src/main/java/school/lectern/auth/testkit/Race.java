package school.lectern.auth.testkit;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs steps at the same moment, each on a thread of its own. Used by one thread. */
final class Race implements AutoCloseable {

    private static final int SECONDS = 60;

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "lectern-auth-testkit-race");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Runs the steps and returns their results in the same order. Fails the test if a step throws or takes longer than a
     * minute.
     */
    <T> List<T> run(List<Callable<T>> steps) throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(steps.size());
        List<FutureTask<T>> running = steps.stream()
                .map(step -> new FutureTask<>(() -> {
                    start.await();
                    return step.call();
                }))
                .toList();
        // The step that reaches the barrier last continues first. The random order makes that a different step each
        // time.
        List<FutureTask<T>> byLot = new ArrayList<>(running);
        Collections.shuffle(byLot);
        byLot.forEach(threads::execute);
        List<T> results = new ArrayList<>();
        for (FutureTask<T> step : running) {
            results.add(result(step));
        }
        return results;
    }

    private static <T> T result(Future<T> step) throws InterruptedException {
        try {
            return step.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException broken) {
            return fail("one of several concurrent calls threw " + broken.getCause(), broken.getCause());
        } catch (TimeoutException stuck) {
            return fail("one of several concurrent calls has not returned after " + SECONDS + " s", stuck);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
