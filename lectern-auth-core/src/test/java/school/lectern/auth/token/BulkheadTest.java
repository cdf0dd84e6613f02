package school.lectern.auth.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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

    /** Acquires slots, and returns when the given number of slots is acquired. */
    private List<Future<String>> occupy(Bulkhead bulkhead, int turns) throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(turns);
        List<Future<String>> working = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            working.add(threads.submit(() -> bulkhead.run("client", () -> {
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
    void a_caller_without_a_slot_in_time_is_rejected_and_nothing_is_run() throws Exception {
        Bulkhead bulkhead = new Bulkhead(2, Duration.ofMillis(20));
        List<Future<String>> working = occupy(bulkhead, 2);

        assertThatExceptionOfType(HashingOverloadedException.class)
                .isThrownBy(() -> bulkhead.run("client", () -> {
                    throw new AssertionError("was run");
                }))
                .satisfies(busy -> assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(1)));

        goOn.countDown();
        for (Future<String> each : working) {
            assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo("done");
        }
        assertThat(bulkhead.run("client", () -> "after")).isEqualTo("after");
    }

    @Test
    void a_waiting_caller_gets_the_slot_that_becomes_free() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofSeconds(10));
        occupy(bulkhead, 1);
        Future<String> waiting = threads.submit(() -> bulkhead.run("client", () -> "waited"));

        goOn.countDown();

        assertThat(waiting.get(60, TimeUnit.SECONDS)).isEqualTo("waited");
    }

    /** Returns the clients in the order in which they got their slots. */
    private List<String> order(Bulkhead bulkhead, String... arriving) throws Exception {
        occupy(bulkhead, 1);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        List<Future<Boolean>> all = new ArrayList<>();
        for (String client : arriving) {
            int waiting = bulkhead.waiting();
            all.add(threads.submit(() -> bulkhead.run(client, () -> order.add(client))));
            until(() -> bulkhead.waiting() == waiting + 1);
        }
        goOn.countDown();
        for (Future<Boolean> each : all) {
            assertThat(each.get(10, TimeUnit.SECONDS)).isTrue();
        }
        return order;
    }

    private static void until(BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void clients_take_turns_however_many_requests_one_of_them_has() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofMinutes(1));
        assertThat(order(bulkhead, "a", "a", "a", "a", "b", "b", "c"))
                .containsExactly("a", "b", "c", "a", "b", "a", "a");
    }

    /** A client that has a slot waits behind clients that have none, even if it came first. */
    @Test
    void a_client_with_a_slot_waits_behind_clients_without_one() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofMinutes(1));
        assertThat(order(bulkhead, "client", "client", "owner")).containsExactly("owner", "client", "client");
    }

    @Test
    void one_client_cannot_take_all_places_to_wait_in() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofMinutes(1));
        occupy(bulkhead, 1);
        List<Future<String>> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add(threads.submit(() -> bulkhead.run("client", () -> "waited")));
        }
        until(() -> bulkhead.waiting() == 16);
        assertThatExceptionOfType(HashingOverloadedException.class)
                .isThrownBy(() -> bulkhead.run("client", () -> "refused at once"));
        all.add(threads.submit(() -> bulkhead.run("owner", () -> "waited")));
        until(() -> bulkhead.waiting() == 17);
        goOn.countDown();
        for (Future<String> each : all) {
            assertThat(each.get(10, TimeUnit.SECONDS)).isEqualTo("waited");
        }
    }

    @Test
    void work_that_fails_gives_its_turn_back() {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> bulkhead.run("client", () -> {
                        throw new IllegalStateException("odd");
                    }))
                    .hasMessage("odd");
        }

        assertThat(bulkhead.run("client", () -> "after")).isEqualTo("after");
    }

    @Test
    void a_thread_that_is_stopped_while_it_waits_stays_stopped() throws Exception {
        Bulkhead bulkhead = new Bulkhead(1, Duration.ofSeconds(10));
        occupy(bulkhead, 1);
        Future<Boolean> stopped = threads.submit(() -> {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(HashingOverloadedException.class)
                    .isThrownBy(() -> bulkhead.run("client", () -> "run"));
            return Thread.interrupted();
        });

        assertThat(stopped.get(60, TimeUnit.SECONDS)).isTrue();
        goOn.countDown();
        assertThat(bulkhead.run("client", () -> "after")).isEqualTo("after");
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
