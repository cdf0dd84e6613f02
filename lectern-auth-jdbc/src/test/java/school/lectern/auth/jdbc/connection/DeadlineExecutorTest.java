package school.lectern.auth.jdbc.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import school.lectern.auth.thread.WorkerThreads;

/** The result of a background task is returned or discarded, and never lost. */
class DeadlineExecutorTest {

    private static final int ROUNDS = 500;

    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger had = new AtomicInteger();
    private final AtomicInteger discarded = new AtomicInteger();

    @Test
    void a_result_is_not_lost_if_the_caller_is_interrupted_as_it_arrives() throws InterruptedException {
        Thread caller = Thread.currentThread();
        all((aside, round) -> {
            try {
                return aside.inTime(
                        Duration.ofSeconds(5),
                        callerGone -> {
                            begun.incrementAndGet();
                            caller.interrupt();
                            return round;
                        },
                        late -> discarded.incrementAndGet());
            } finally {
                assertThat(Thread.interrupted())
                        .as("the caller's thread stays interrupted")
                        .isTrue();
            }
        });
    }

    @Test
    void a_result_that_arrives_at_the_deadline_is_not_lost() throws InterruptedException {
        all((aside, round) -> aside.inTime(
                Duration.ofMillis(1),
                callerGone -> {
                    begun.incrementAndGet();
                    sleep(Duration.ofNanos(800_000 + 1_000L * round));
                    return round;
                },
                late -> discarded.incrementAndGet()));
    }

    private interface Round {
        int run(DeadlineExecutor aside, int round) throws SQLException;
    }

    private void all(Round round) throws InterruptedException {
        DeadlineExecutor aside = new DeadlineExecutor("answer", 2);
        // On a busy machine, the caller gives up many rounds before they begin.
        for (int i = 0; i < ROUNDS || begun.get() <= ROUNDS / 2; i++) {
            try {
                assertThat(round.run(aside, i % ROUNDS)).isEqualTo(i % ROUNDS);
                had.incrementAndGet();
            } catch (SQLException left) {
                // The result that arrives late must be discarded.
            }
        }
        WorkerThreads.close(Duration.ofMinutes(1), aside.threads());
        assertThat(had.get() + discarded.get()).isEqualTo(begun.get()).isGreaterThan(ROUNDS / 2);
    }

    private static void sleep(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
