package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BulkheadTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void stop() {
        goOn.countDown();
        threads.shutdownNow();
    }

    /** Takes turns, and returns once that many are taken. */
    private List<Future<String>> occupy(Bulkhead bulkhead, int turns) throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(turns);
        List<Future<String>> working = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            working.add(threads.submit(() -> bulkhead.run(() -> {
                inside.countDown();
                await(goOn);
                return "done";
            })));
        }
        assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
        return working;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    @Test
    void who_finds_no_turn_in_time_is_turned_away_and_nothing_is_done() throws Exception {
        Bulkhead bulkhead = new Bulkhead(2, Duration.ofMillis(20));
        List<Future<String>> working = occupy(bulkhead, 2);

        assertThatExceptionOfType(HashingOverloadedException.class)
                .isThrownBy(() -> bulkhead.run(() -> {
                    throw new AssertionError("was run");
                }))
                .satisfies(busy -> assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(1)));

        goOn.countDown();
        for (Future<String> each : working) {
            assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo("done");
        }
        assertThat(bulkhead.run(() -> "after")).isEqualTo("after");
    }

    @Test
    void who_waits_gets_the_turn_that_becomes_free() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofSeconds(10));
        occupy(bulkhead, 1);
        Future<String> waiting = threads.submit(() -> bulkhead.run(() -> "waited"));

        goOn.countDown();

        assertThat(waiting.get(60, TimeUnit.SECONDS)).isEqualTo("waited");
    }

    @Test
    void work_that_fails_gives_its_turn_back() {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> bulkhead.run(() -> {
                        throw new IllegalStateException("odd");
                    }))
                    .hasMessage("odd");
        }

        assertThat(bulkhead.run(() -> "after")).isEqualTo("after");
    }

    @Test
    void a_thread_that_is_stopped_while_it_waits_stays_stopped() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofSeconds(10));
        occupy(bulkhead, 1);
        Future<Boolean> stopped = threads.submit(() -> {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(HashingOverloadedException.class).isThrownBy(() -> bulkhead.run(() -> "run"));
            return Thread.interrupted();
        });

        assertThat(stopped.get(60, TimeUnit.SECONDS)).isTrue();
        goOn.countDown();
        assertThat(bulkhead.run(() -> "after")).isEqualTo("after");
    }

    @Test
    void the_time_to_wait_is_in_whole_seconds_rounded_up() {
        for (long[] each :
                new long[][] {{-5000, 1}, {0, 1}, {1, 1}, {1000, 1}, {1001, 2}, {59_999, 60}, {60_000, 60}}) {
            assertThat(new HashingOverloadedException("busy", Duration.ofMillis(each[0])).retryAfter())
                    .isEqualTo(Duration.ofSeconds(each[1]));
        }
    }
}
