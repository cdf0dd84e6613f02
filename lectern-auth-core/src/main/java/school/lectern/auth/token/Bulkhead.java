package school.lectern.auth.token;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Lets a few threads work at once, in the order they came, and turns away who would wait too long for a turn. */
final class Bulkhead {

    private final Semaphore turns;
    private final Duration maxWait;

    Bulkhead(int atOnce, Duration maxWait) {
        this.turns = new Semaphore(atOnce, true);
        this.maxWait = maxWait;
    }

    /**
     * Works when it is the caller's turn.
     *
     * @throws HashingOverloadedException if no turn came in time, or the thread was interrupted; nothing was done then
     */
    <T> T run(Supplier<T> work) {
        if (!await()) {
            throw new HashingOverloadedException("slow hashes are run at capacity", Duration.ofSeconds(1));
        }
        try {
            return work.get();
        } finally {
            turns.release();
        }
    }

    private boolean await() {
        try {
            return turns.tryAcquire(maxWait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
